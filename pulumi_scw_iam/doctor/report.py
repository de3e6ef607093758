"""Format a report as text or as JSON, with commands that resolve the findings."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import counted, dashed
from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.doctor.authors import SOURCES
from pulumi_scw_iam.doctor.examine import timestamp
from pulumi_scw_iam.states.stack_state import name_in_urn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_scw_iam.doctor.examine import Finding, Report
    from pulumi_scw_iam.states.stack_state import StackState

__all__ = ["Remedy", "remarks", "remedies", "to_json", "to_lines"]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A command line that resolves a finding or clears pending creates."""

    does: str
    """`import`, `delete`, `update` or `clear`."""
    command: str


def remedies(report: Report, finding: Finding, organization: str | None = None) -> list[Remedy]:
    """Return the commands that resolve a finding, best first.

    `organization` is the id given on the command line, if it differs from the configured organization.
    """
    if owner := _owner(report, finding):
        update = shlex.join(["pulumi", "up", "--stack", owner.stack])
        return [Remedy(does="update", command=update)]
    delete = ["pulumi-scw-iam", "delete", dashed(finding.kind.noun), finding.id]
    if organization:
        delete += ["--organization", organization]
    found = [Remedy(does="delete", command=shlex.join(delete))]
    command = _import_command(finding)
    if _is_dynamic(report, finding):
        command = _adopt_command(report, finding, organization)
    if command:
        imports = Remedy(does="import", command=command)
        found.insert(1 if finding.kind.secrets_note() else 0, imports)
    return found


def _owner(report: Report, finding: Finding) -> StackState | None:
    """Return the state with the RotatingAPIKey that created an API key; None without one."""
    return next((state for state in report.states if finding.mark in state.marks), None)


def _is_dynamic(report: Report, finding: Finding) -> bool:
    """Return True if the dynamic front created the object.

    Sources, in this order: the pending create, the User-Agent of the create, the fronts in the states.
    """
    if finding.pending:
        return finding.pending.dynamic
    if finding.front:
        return finding.front == "dynamic"
    fronts = {front for state in report.states for front in state.fronts}
    return (fronts or {recorded.front for recorded in report.found}) == {"dynamic"}


def _import_command(finding: Finding) -> str:
    # `pulumi refresh --import-pending-creates` does not work in Pulumi 3.259: the operation is marked as
    # "importing", the mark is ignored, and the same refresh drops the operation. The object stays in no state.
    arguments = ["pulumi", "import"]
    name = finding.resource_name or dashed(finding.resource_kind.noun)
    if pending := finding.pending:
        name = pending.name
        # The program declares the resource already, without protection.
        arguments += ["--protect=false", "--generate-code=false"]
        arguments += ["--stack", pending.stack]
        for flag, urn in (("--parent", pending.parent), ("--provider", pending.provider)):
            if urn:
                arguments += [flag, f"{name_in_urn(urn)}={urn}"]
    name = "".join(letter if letter.isprintable() else " " for letter in name)
    if name.startswith("-"):
        arguments.append("--")
    return shlex.join([*arguments, token(finding.resource_kind.name), name, finding.id])


def _adopt_command(report: Report, finding: Finding, organization: str | None) -> str:
    """Return the command that imports objects of a program with the Python classes.

    Empty unless exactly one stack can have the object.
    """
    stacks = {state.stack for state in report.states if "dynamic" in state.fronts} - {""}
    if finding.pending:
        stacks = {finding.pending.stack}
    if len(stacks) != 1:
        return ""
    command = ["pulumi-scw-iam", "adopt", "--program", ".", "--stack", *stacks]
    return shlex.join([*command, *(["--organization", organization] if organization else [])])


def remarks(report: Report, finding: Finding) -> Iterator[str]:
    """Yield facts to know before a remedy, each a sentence without a full stop."""
    if owner := _owner(report, finding):
        yield (
            f"an interrupted update of {owner.marks[finding.mark]} in {owner.name} left it; the next `pulumi up` of"
            " the stack settles it"
        )
        return
    if finding.mark:
        yield (
            f"its mark {finding.mark} is of a RotatingAPIKey in none of the given states; delete it if no other"
            " stack has it"
        )
    dynamic = _is_dynamic(report, finding)
    if finding.pending:
        yield f"matches the pending create of {finding.pending.urn} in {finding.pending.state}"
    if finding.rivals:
        yield (
            f"the same pending create matches {finding.rivals} more of these objects"
            if dynamic
            else f"the same pending create matches {finding.rivals} more of these objects;"
            " keep one and delete the rest"
        )
    if finding.kind.secrets_note():
        yield "its secret cannot be read again; an imported object has no secret"
    if dynamic and _adopt_command(report, finding, None):
        yield (
            "run the import in the folder of the program, after all deletions: it imports the objects that the"
            " program declares and no state has"
        )
    elif dynamic:
        yield (
            "if a program with the Python classes declares it, import it with `pulumi-scw-iam adopt --program"
            " DIR --stack NAME`"
        )


def _clear_commands(report: Report) -> Mapping[Remedy, StackState]:
    """Return, for each stack, the command that clears its pending creates, and the stack's state."""
    commands: dict[Remedy, StackState] = {}
    for state in report.states:
        if not state.pending:
            continue
        stack = state.pending[0].stack
        command = ["pulumi", "refresh", "--stack", stack, "--clear-pending-creates"]
        commands.setdefault(Remedy(does="clear", command=shlex.join(command)), state)
    return commands


def to_lines(report: Report, organization: str | None = None) -> Iterator[str]:
    """Yield the lines of the report as text; see `remedies` for `organization`."""
    since = timestamp(report.since)
    if not report.states:
        yield (
            "no state was given: this report lists all objects created by pulumi-scw-iam, in use or not"
        )
    if report.found:
        objects = counted(len(report.found), "object")
        scope = "" if not report.states else ", in none of the given states"
        yield f"{objects} created by pulumi-scw-iam since {since}{scope}:"
        yield from _finding_lines(report, report.found, organization)
    elif report.states:
        yield (
            "all objects created by pulumi-scw-iam, according to the IAM log"
            f" since {since}, are in a state or deleted"
        )
    else:
        yield f"no object created by pulumi-scw-iam since {since} still exists"
    if report.unrecorded:
        yield ""
        yield (
            "objects without proof that pulumi-scw-iam created them, in none of the given states; check each"
            " before you delete it:"
        )
        yield from _finding_lines(report, report.unrecorded, organization)
    if report.unmatched:
        yield ""
        yield f"pending creates without a matching object since {since}:"
        for create in report.unmatched:
            yield f"  {create.urn} in {create.state}"
    if clear_commands := _clear_commands(report):
        yield ""
        yield "after all findings are resolved, clear the pending creates:"
        for remedy, state in clear_commands.items():
            yield f"  {remedy.command}"
            if state.foreign_creates:
                yield (
                    "  this also clears pending creates of other packages"
                    f" ({state.foreign_creates}); resolve them first"
                )
        yield '  if Pulumi asks about a pending create, choose "clear": "import" loses the object'


def _finding_lines(
    report: Report, findings: Iterable[Finding], organization: str | None
) -> Iterator[str]:
    for finding in findings:
        yield ""
        yield finding.title
        if finding.created_at:
            by = f" by process {finding.process}" if finding.process else ""
            yield f"  created {finding.created_at}{by}"
        yield f"  author: {_author(report, finding)}"
        for remark in remarks(report, finding):
            yield f"  {remark}"
        for remedy in remedies(report, finding, organization):
            yield f"  {remedy.does}: {remedy.command}"


def _author(report: Report, finding: Finding) -> str:
    """Return the author of an object and the source, or the reason for an unknown author."""
    if finding.author:
        return f"{finding.author.title}, according to the {SOURCES[finding.author.source]}"
    if report.is_trail_read:
        return "cannot tell: the Audit Trail and the IAM log have no author of the object"
    return "cannot tell: the Audit Trail could not be read, and the IAM log has no author of the object"


def to_json(report: Report, organization: str | None = None) -> dict[str, Any]:
    """Return the report as a JSON object; see `remedies` for `organization`."""
    return {
        "organization_id": report.organization_id,
        "since": timestamp(report.since),
        "states": [state.name for state in report.states],
        "found": [_finding_json(report, finding, organization) for finding in report.found],
        "unrecorded": [
            _finding_json(report, finding, organization) for finding in report.unrecorded
        ],
        "unmatched": [{"urn": create.urn, "state": create.state} for create in report.unmatched],
        "clear": [
            {
                "state": state.name,
                "command": remedy.command,
                "pending_creates": len(state.pending),
                "of_other_packages": state.foreign_creates,
            }
            for remedy, state in _clear_commands(report).items()
        ],
        "not_listed": list(report.not_listed),
        "not_read": list(report.not_read),
    }


def _finding_json(report: Report, finding: Finding, organization: str | None) -> dict[str, Any]:
    pending, author = finding.pending, finding.author
    return {
        "kind": finding.kind.name,
        "name": finding.name,
        "id": finding.id,
        "created_at": finding.created_at or None,
        "process": finding.process or None,
        "author": {
            "kind": author.kind.name if author.kind else None,
            "name": author.name or None,
            "id": author.id,
            "source": author.source,
        }
        if author
        else None,
        "pending": {"urn": pending.urn, "state": pending.state} if pending else None,
        "remarks": list(remarks(report, finding)),
        "commands": [
            {"does": remedy.does, "command": remedy.command}
            for remedy in remedies(report, finding, organization)
        ],
    }
