"""Bring adopted objects into a stack, and check the result against the API and the program."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pulumi_scw_iam.adopt.engine import EngineError
from pulumi_scw_iam.adopt.import_file import STACK_TYPE, Component, ImportEntry, import_document
from pulumi_scw_iam.adopt.private_files import FileError, removal, write_private
from pulumi_scw_iam.adopt.state import (
    Placed,
    Sorted,
    StackContent,
    default_inputs,
    extended,
    sort_out,
)
from pulumi_scw_iam.common.words import counted, joined, quoted, shown
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.core.marks import UNKNOWN_MARKS
from pulumi_scw_iam.core.names import camel, from_pulumi, name_of
from pulumi_scw_iam.states.fronts import front_and_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pulumi_scw_iam.adopt.engine import Engine
    from pulumi_scw_iam.adopt.objects import Front

__all__ = ["Delivery", "DeliveryError", "Finding", "Way", "check_stack", "deliver"]

Way = Literal["import", "apply"]
"""`pulumi import`, or our own change of the state with `pulumi stack export` and `import`."""

_IGNORED = frozenset({"same", "read", "create-replacement", "delete-replaced"})
"""The operations of unchanged resources, and the steps of a replacement beside `replace`."""


class DeliveryError(Exception):
    """The resources were not imported, or not all of them. The message is one line."""

    def __init__(self, line: str, output: str = "") -> None:
        super().__init__(shown(line))
        self.output = output
        """The output of the engine, of several lines; empty if the engine was not the reason."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A difference that a check found after the import."""

    command: Literal["refresh", "preview"]
    """`refresh` compared the state with the API, `preview` compared the program with the state."""
    urn: str
    operation: str
    """The engine's name of the operation: `update`, `create`, `delete`, `replace`, …"""
    properties: tuple[str, ...] = ()
    """The different properties, in the spelling of the front. Empty for a whole resource."""

    @property
    def line(self) -> str:
        """The difference on one line."""
        _, kind = front_and_kind(_type_in(self.urn))
        what = f"{kind.noun if kind else 'resource'} {quoted(name_of(self.urn))}"
        told = _WHOLE.get((self.command, self.operation))
        if told is None:
            told = f"{_SIDES[self.command]} and the stack differ"
            told += f" in {joined(self.properties)}" if self.properties else ""
            told += ", so it would be replaced" if self.operation == "replace" else ""
        return f"{what}: {told} (pulumi {self.command})"


_SIDES = {"refresh": "the API", "preview": "the program"}
_WHOLE = {
    ("refresh", "delete"): "it does not exist in the API",
    ("preview", "create"): "the program declares it, but the stack does not have it",
    ("preview", "delete"): "the program does not declare it",
}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The result of bringing adopted objects into a stack."""

    way: Way
    stack: str
    imported: tuple[Placed, ...]
    present: tuple[Placed, ...] = ()
    """The resources that the stack had already."""
    refused: tuple[str, ...] = ()
    """A line for each resource that was not imported."""
    findings: tuple[Finding, ...] = ()
    failures: tuple[str, ...] = ()
    """A line for each check that failed."""
    checked: bool = True
    backup: Path | None = None
    """The copy of the state before the import, with encrypted secrets."""

    @property
    def status(self) -> int:
        """The exit status: 0 no differences, 3 differences, 1 failed or incomplete."""
        if self.refused or self.failures:
            return 1
        return 3 if self.findings else 0

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report, without refusals and failures."""
        yield f"{counted(len(self.imported), 'resource')} imported into stack {self.stack}"
        if self.present:
            yield f"{counted(len(self.present), 'resource')} in the stack already"
        yield from (finding.line for finding in self.findings)
        if self.checked and not self.findings and not self.failures:
            yield "the API, the stack and the program agree"
        if self.backup is not None:
            yield f"a copy of the state before is in {self.backup}; if all is well: {removal(self.backup)}"

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "way": self.way,
            "stack": self.stack,
            "imported": [placed.urn for placed in self.imported],
            "present": [placed.urn for placed in self.present],
            "refused": list(self.refused),
            "checked": self.checked,
            "differences": [
                {
                    "found_by": finding.command,
                    "urn": finding.urn,
                    "operation": finding.operation,
                    "properties": list(finding.properties),
                }
                for finding in self.findings
            ],
            "failures": list(self.failures),
            "state_before": str(self.backup) if self.backup else None,
        }


def _say(progress: Callable[[str], None] | None, line: str) -> None:
    if progress is not None:
        progress(line)


def deliver(
    engine: Engine,
    entries: Sequence[ImportEntry],
    front: Front,
    *,
    components: Sequence[Component] = (),
    way: Way | None = None,
    checks: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Delivery:
    """Bring resources into the stack of a program, and check the stack.

    Without a `way`, `pulumi import` is used if the engine is new enough. But it keeps pending operations, so the
    interrupted create of an adopted object needs the other way. Raises DeliveryError if not all resources
    were imported, and EngineError if the engine cannot be run.
    """
    if way == "import" and not engine.takes_inputs:
        version = ".".join(map(str, engine.version))
        raise DeliveryError(
            f"pulumi {version} cannot import resources with outputs; use version 3.254 or newer, or pass --apply"
        )
    content = StackContent(engine.export(), engine.stack, engine.project)
    found = sort_out(entries, content, front, components)
    if way is None:
        was_pending = any(placed.urn in content.pending for placed in found.new)
        way = "import" if engine.takes_inputs and not was_pending else "apply"
    needed = [component for component in components if component.urn not in content.by_urn]
    backup = None
    if found.new:
        _say(progress, f"importing {counted(len(found.new), 'resource')}")
        if way == "import":
            _import(engine, found, front, needed)
        else:
            backup = _apply(engine, content, found, front, needed)
    placed = [*found.new, *found.present]
    checks = checks and bool(placed)
    findings, failures = check_stack(engine, placed, progress) if checks else ([], [])
    return Delivery(
        way=way,
        stack=engine.stack,
        imported=found.new,
        present=found.present,
        refused=found.refused,
        findings=tuple(findings),
        failures=tuple(failures),
        checked=checks,
        backup=backup,
    )


def _import(engine: Engine, found: Sorted, front: Front, components: Sequence[Component]) -> None:
    document = import_document([placed.entry for placed in found.new], front, components)
    try:
        engine.import_resources(document)
    except EngineError as error:
        raise DeliveryError(f"{error}; {_progress_of(engine, found)}", error.output) from None


def _progress_of(engine: Engine, found: Sorted) -> str:
    """Return the words for the state after a failed import. A second run imports the rest."""
    known = StackContent(engine.export(), engine.stack, engine.project).by_urn
    done = sum(placed.urn in known for placed in found.new)
    if not done:
        return "nothing was imported"
    return f"{done} of {len(found.new)} resources were imported; run again for the others"


def _apply(
    engine: Engine,
    content: StackContent,
    found: Sorted,
    front: Front,
    components: Sequence[Component],
) -> Path:
    """Append the resources to the state, and return the copy of the state before."""
    added = {placed.urn for placed in found.new}
    if foreign := [urn for urn in content.pending if urn not in added]:
        raise DeliveryError(
            f"the stack has pending operations ({quoted(name_of(foreign[0]))}"
            f"{' and others' if len(foreign) > 1 else ''}), and `pulumi stack import` would drop them;"
            " run `pulumi refresh`, and run again"
        )
    state = extended(
        content,
        found.new,
        front,
        lambda package: default_inputs(package, engine.config()),
        components,
    )
    backup = _copy(engine, content)
    try:
        engine.replace_state(state)
        _refuse_missing(engine, added)
    except EngineError as error:
        raise DeliveryError(
            f"{error}; {_restored(engine, content, backup)}", error.output
        ) from None
    return backup


def _refuse_missing(engine: Engine, urns: set[str]) -> None:
    """Raise EngineError if the state lacks a resource."""
    missing = urns - StackContent(engine.export(), engine.stack, engine.project).by_urn.keys()
    if missing:
        raise EngineError(f"the new state lacks {quoted(name_of(min(missing)))}")


def _copy(engine: Engine, content: StackContent) -> Path:
    """Write the state before to the folder of the program. Its secrets are encrypted."""
    now = datetime.now(timezone.utc)
    path = engine.folder / f"{engine.stack}.before-adopt-{now:%Y%m%dT%H%M%SZ}.json"
    try:
        # A program is mostly in a git work tree, and the copy has no secret in clear.
        write_private(path, json.dumps(content.export, indent=2), force=True)
    except FileError as error:
        raise DeliveryError(f"{error}; the stack was not changed") from None
    return path


def _restored(engine: Engine, content: StackContent, backup: Path) -> str:
    """Restore the state before if it has changed; return the words for the error."""
    try:
        now = StackContent(engine.export(), engine.stack, engine.project)
        if now.by_urn.keys() != content.by_urn.keys():
            engine.replace_state(content.export)
    except EngineError:
        command = shlex.join(["pulumi", "stack", "import", "--file", str(backup)])
        return f"restoring the state failed too; restore it with `{command}`"
    return "the stack is as before"


# --- checks --------------------------------------------------------------------------------------


def check_stack(
    engine: Engine,
    placed: Iterable[Placed],
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Finding], list[str]]:
    """Compare the state with the API, and the program with the state; return differences and failures.

    The import reads nothing, so a wrong value is found here. Only differences of the given resources are
    found, and resources of the program that the stack lacks.
    """
    urns = {one.urn for one in placed}
    findings, failures = list[Finding](), list[str]()
    for check in _CHECKS:
        _say(progress, f"checking: pulumi {check.command}")
        try:
            for event in engine.events(check.command, *check.options):
                failures += _errors(check.command, event)
                step = (event.get(check.event) or {}).get("metadata")
                finding = _finding(check, step) if step else None
                if finding and (finding.urn in urns or finding.operation == "create"):
                    findings.append(finding)
        except EngineError as error:
            failures.append(str(error))
    return findings, failures


class _Check(NamedTuple):
    """A command that compares two sides."""

    command: Literal["refresh", "preview"]
    options: tuple[str, ...]
    event: str
    """The event with the result for a resource."""


_CHECKS = (
    # The event before the read of a resource has its old values only.
    _Check("refresh", ("--preview-only",), "resOutputsEvent"),
    _Check("preview", (), "resourcePreEvent"),
)


def _errors(command: str, event: Mapping[str, Any]) -> Iterator[str]:
    """Yield the line of an event that is an error."""
    diagnostic = event.get("diagnosticEvent") or {}
    if diagnostic.get("severity") != "error":
        return
    text = str(diagnostic.get("message")).strip().removeprefix("error:").strip()
    urn = str(diagnostic.get("urn") or "")
    named = urn.count("::") > 2 and f"::{STACK_TYPE}::" not in urn
    where = f"{quoted(name_of(urn))}: " if named else ""
    yield shown(f"pulumi {command}: {where}{' '.join(text.split())}")


def _finding(check: _Check, step: Mapping[str, Any]) -> Finding | None:
    """Return the difference of one step; None without a difference.

    For the Python classes, the engine knows no properties, so they are compared here.
    """
    urn, operation = str(step.get("urn")), str(step.get("op"))
    front, kind = front_and_kind(_type_in(urn))
    if kind is None or operation in _IGNORED:
        return None
    python = front == "dynamic"
    old, new = step.get("old") or {}, step.get("new") or {}
    names: Iterable[str] = ()
    if old and new:
        olds = _plain(kind.state, old.get("outputs"), python=python)
        if check.command == "preview":
            names = kind.diff(olds, _plain(kind.inputs, new.get("inputs"), python=python))
        elif operation != "delete":
            news = _plain(kind.state, new.get("outputs"), python=python)
            declared = fields(kind.state)
            names = [f.name for f in declared if not f.same(olds.get(f.name), news.get(f.name))]
    spelled = tuple(name if python else camel(name) for name in names)
    return Finding(command=check.command, urn=urn, operation=operation, properties=spelled)


def _type_in(urn: str) -> str:
    """Return the type token of a resource from its URN."""
    return "".join(urn.split("::", 3)[2:3]).rpartition("$")[2]


def _plain(cls: type, values: Mapping[str, Any] | None, *, python: bool) -> dict[str, Any]:
    """Return the plain values of properties in the output of the engine, where a secret is `[secret]`."""
    known = {name: _known(value) for name, value in (values or {}).items()}
    return known if python else from_pulumi(cls, known)


def _known(value: Any) -> Any:
    match value:
        case dict():
            return {name: _known(item) for name, item in value.items()}
        case list():
            return [_known(item) for item in value]
        case _:
            return UNKNOWN if value in UNKNOWN_MARKS else value
