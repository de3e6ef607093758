"""Print a report: lines for people, JSON for programs, and the commands that deal with its findings."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import dashed
from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.doctor.examine import timestamp
from pulumi_scw_iam.doctor.stack_state import name_in_urn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_scw_iam.doctor.examine import Finding, Report
    from pulumi_scw_iam.doctor.stack_state import StackState

__all__ = ["Remedy", "remarks", "remedies", "to_json", "to_lines"]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A command line that deals with a finding, or with pending creates."""

    does: str
    """`import`, `delete` or `clear`."""
    command: str


def remedies(report: Report, finding: Finding, organization: str | None = None) -> list[Remedy]:
    """Return the commands that deal with a finding, the best one first.

    `organization` is the id that the user gave, if it is not the configured one.
    """
    delete = ["pulumi-scw-iam", "delete", dashed(finding.kind.noun), finding.id]
    if organization:
        delete += ["--organization", organization]
    found = [Remedy(does="delete", command=shlex.join(delete))]
    if not _is_dynamic(report, finding):
        imports = Remedy(does="import", command=_import_command(finding))
        found.insert(1 if finding.kind.told_once() else 0, imports)
    return found


def _is_dynamic(report: Report, finding: Finding) -> bool:
    """Whether a program with the Python classes made it, by its create, the log, or the states."""
    if finding.pending:
        return finding.pending.dynamic
    if finding.front:
        return finding.front == "dynamic"
    fronts = {front for state in report.states for front in state.fronts}
    return (fronts or {recorded.front for recorded in report.found}) == {"dynamic"}


def _import_command(finding: Finding) -> str:
    # Not `pulumi refresh --import-pending-creates`: 3.259 marks the operation as "importing", does not read
    # that mark, and drops the operation in the same refresh. The object is then in no state.
    arguments = ["pulumi", "import"]
    name = finding.name or dashed(finding.kind.noun)
    if pending := finding.pending:
        name = pending.name
        # The program has it already, and does not protect it.
        arguments += ["--protect=false", "--generate-code=false"]
        arguments += ["--stack", pending.stack]
        for flag, urn in (("--parent", pending.parent), ("--provider", pending.provider)):
            if urn:
                arguments += [flag, f"{name_in_urn(urn)}={urn}"]
    name = "".join(letter if letter.isprintable() else " " for letter in name)
    if name.startswith("-"):
        arguments.append("--")
    return shlex.join([*arguments, token(finding.kind.name), name, finding.id])


def remarks(report: Report, finding: Finding) -> Iterator[str]:
    """Yield what the user should know before a remedy, each a sentence without its full stop."""
    dynamic = _is_dynamic(report, finding)
    if finding.pending:
        yield f"it fits the pending create of {finding.pending.urn} in {finding.pending.state}"
    if finding.rivals:
        yield (
            f"{finding.rivals} more of these fit it"
            if dynamic
            else f"{finding.rivals} more of these fit it: keep one, and delete the others"
        )
    if dynamic:
        yield (
            "Pulumi cannot import it into a program that uses the Python classes without the plugin;"
            " delete it, and the next `pulumi up` makes it anew if the program has it"
        )
    elif finding.kind.told_once():
        yield "its secret was told only once and is lost, so an imported one is of little use"


def _clear_commands(report: Report) -> Mapping[Remedy, StackState]:
    """Return the command that drops the pending creates of a stack, with its state, for each stack."""
    commands: dict[Remedy, StackState] = {}
    for state in report.states:
        if not state.pending:
            continue
        stack = state.pending[0].stack
        command = ["pulumi", "refresh", "--stack", stack, "--clear-pending-creates"]
        commands.setdefault(Remedy(does="clear", command=shlex.join(command)), state)
    return commands


def to_lines(report: Report, organization: str | None = None) -> Iterator[str]:
    """Yield the report for people, line by line; see `remedies` for `organization`."""
    since = timestamp(report.since)
    if not report.states:
        yield "no state was given, so this is all that pulumi-scw-iam has made, in use or not"
    if report.found:
        number = len(report.found)
        objects = "1 object" if number == 1 else f"{number} objects"
        where = "" if not report.states else ", in no state that was given"
        yield f"{objects} made by pulumi-scw-iam since {since}{where}:"
        yield from _finding_lines(report, report.found, organization)
    elif report.states:
        yield (
            f"all objects that the audit log knows to be made by pulumi-scw-iam since {since} are in a"
            " state, or deleted"
        )
    else:
        yield f"pulumi-scw-iam has made nothing since {since} that still exists"
    if report.unrecorded:
        yield ""
        yield "in no state either, and nobody can tell who made it; check before you delete:"
        yield from _finding_lines(report, report.unrecorded, organization)
    if report.unmatched:
        yield ""
        yield f"pending creates that fit nothing that was made since {since} and is in no state:"
        for create in report.unmatched:
            yield f"  {create.urn} in {create.state}"
    if clear_commands := _clear_commands(report):
        yield ""
        yield "when all of these are dealt with, drop the pending creates:"
        for remedy, state in clear_commands.items():
            yield f"  {remedy.command}"
            if state.foreign_creates:
                yield f"  it drops {state.foreign_creates} of other packages too; see to them first"
        yield '  on a terminal, Pulumi asks about each: answer "clear", since "import" forgets the object'


def _finding_lines(
    report: Report, findings: Iterable[Finding], organization: str | None
) -> Iterator[str]:
    for finding in findings:
        yield ""
        yield finding.title
        if finding.created_at:
            by = f" by process {finding.process}" if finding.process else ""
            yield f"  made {finding.created_at}{by}"
        for remark in remarks(report, finding):
            yield f"  {remark}"
        for remedy in remedies(report, finding, organization):
            yield f"  {remedy.does}: {remedy.command}"


def to_json(report: Report, organization: str | None = None) -> dict[str, Any]:
    """Return the report for programs, as an object of JSON; see `remedies` for `organization`."""
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
    }


def _finding_json(report: Report, finding: Finding, organization: str | None) -> dict[str, Any]:
    pending = finding.pending
    return {
        "kind": finding.kind.name,
        "name": finding.name,
        "id": finding.id,
        "created_at": finding.created_at or None,
        "process": finding.process or None,
        "pending": {"urn": pending.urn, "state": pending.state} if pending else None,
        "remarks": list(remarks(report, finding)),
        "commands": [
            {"does": remedy.does, "command": remedy.command}
            for remedy in remedies(report, finding, organization)
        ],
    }
