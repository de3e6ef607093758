"""What faults left behind: objects that this package made, and that no state of Pulumi knows.

Looks and compares; nothing here writes but `delete`. The audit log tells what was made by our
User-Agent, states tell what Pulumi knows of, and a list for each kind what still exists.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import PermissionDenied, Refused, attempting
from pulumi_scw_iam.common.words import dashed, quoted
from pulumi_scw_iam.core.fields import UNKNOWN, fields, one_ofs
from pulumi_scw_iam.core.names import PACKAGE, from_pulumi, token
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.provider import ProviderCore

    AnyKind = Kind[Any, Any]

__all__ = [
    "Find",
    "Line",
    "Pending",
    "Report",
    "State",
    "StateError",
    "Target",
    "clears",
    "commands",
    "delete",
    "examine",
    "facts",
    "kind_called",
    "parsed",
    "remarks",
    "since",
    "target",
    "told",
    "word",
]

_OURS = "pulumi-scw-iam/"
_DYNAMIC = "pulumi-python:dynamic/scw_iam"
_NATIVE = f"{PACKAGE}:index"
_PROCESS = re.compile(r"\bnonce=([0-9a-f]{8})")
_FRONT = re.compile(r"\bfront=(native|dynamic)\b")

UNRECORDED = ("SSHKey", "SAMLCertificate", "SCIMToken")
"""Kinds that the log says nothing of, and of which an organization may have a forgotten one. Of the others
there is one at most, which a create finds, or they go with the objects that they are made of."""

_READERS = {"SSHKey": "SSHKeysReadOnly"}
"""The permission sets with which kinds are listed, where it is not IAMReadOnly."""

_BEARERS = ("application", "user")

_DURATION = re.compile(r"(\d{1,6})([hdw])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 168}

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the engine's mark of a special value
_GZIP = b"\x1f\x8b"


def word(kind: AnyKind) -> str:
    """What commands call a kind: `api-key`."""
    return dashed(kind.noun)


def kind_called(name: str) -> AnyKind:
    """The kind that a command names; raises Refused where there is none that can be deleted."""
    # Deleting security settings leaves them as they are, so there is nothing to delete.
    kinds = {word(kind): kind for kind in KINDS.values() if not _is_settings(kind)}
    kind = kinds.get(name.lower().replace(" ", "-").replace("_", "-"))
    if kind is None:
        raise Refused(f"{quoted(name)} is no kind; there are {', '.join(sorted(kinds))}")
    return kind


def _is_settings(kind: AnyKind) -> bool:
    return kind.described_by == "organization_id"


def since(text: str, now: datetime) -> datetime:
    """The moment that lies a span such as 12h, 7d or 4w before now; raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} must look like 12h, 7d or 4w")
    try:
        return now - timedelta(hours=int(match[1]) * _HOURS[match[2]])
    except OverflowError:
        raise ValueError(f"{text!r} is before all time; choose a shorter span") from None


# --- states -----------------------------------------------------------------------------------


class StateError(Exception):
    """A file is no state of a stack; the message says why, in one line."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A create of which the engine does not know how it ended."""

    urn: str
    kind: AnyKind
    id: str = ""
    """Where the provider had answered, and the engine came to write that down, but not the resource."""
    dynamic: bool
    inputs: Mapping[str, Any]
    """By their declared names; what is secret is UNKNOWN, since it is encrypted."""
    parent: str = ""
    """The URN of the resource that it is a child of; empty where that is the stack itself."""
    provider: str = ""
    """The URN of the provider that the program chose; empty where it is the default one."""
    state: str
    """The state that holds it, as the user named it."""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return _name_of(self.urn)


@dataclass(frozen=True, kw_only=True)
class State:
    """What one stack knows."""

    name: str
    ids: frozenset[str]
    bearers: frozenset[str] = frozenset()
    """The ids of its users and applications, and of the bearers of its API keys."""
    fronts: frozenset[str]
    """`native`, `dynamic`, or both."""
    pending: tuple[Pending, ...] = ()
    foreign_creates: int = 0
    """How many pending creates there are of other packages."""


def parsed(name: str, content: bytes) -> State:
    """What the output of `pulumi stack export` knows, or the checkpoint file of a local backend.

    Raises StateError for anything else.
    """
    try:
        if content[:2] == _GZIP:
            content = gzip.decompress(content)
        found = json.loads(content)
    except (ValueError, OSError, EOFError, RecursionError):
        raise StateError(f"{name}: is not JSON; give what `pulumi stack export` prints") from None
    return _state(name, _deployment(name, found))


def _deployment(name: str, found: Any) -> Any:
    match found:
        case {"deployment": {"resources": list()} as deployment}:
            return deployment
        case {"checkpoint": {"latest": {"resources": list()} as deployment}}:
            return deployment
        # A stack that was never brought up has no resources, or no deployment at all.
        case {"deployment": None} | {"checkpoint": {"latest": None}}:
            return {}
        case {"deployment": {"manifest": _, **rest}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"latest": {"manifest": _, **rest}}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"stack": _, **rest}} if "latest" not in rest:
            return {}
    raise StateError(
        f"{name}: is not the state of a stack; give what `pulumi stack export` prints, or a"
        " checkpoint file"
    )


def _state(name: str, deployment: Mapping[str, Any]) -> State:
    operations = [
        operation
        for operation in _list(deployment.get("pending_operations"))
        if isinstance(operation, dict) and isinstance(operation.get("resource"), dict)
    ]
    resources = [it for it in _list(deployment.get("resources")) if isinstance(it, dict)]
    # What is being made is no resource yet, whether it has an id already or not.
    begun = [it["resource"] for it in operations if it.get("type") == "creating"]
    resources += [it["resource"] for it in operations if it.get("type") != "creating"]
    ids: set[str] = set()
    bearers: set[str] = set()
    fronts = {front for front, kind in map(_type_of, begun) if kind}
    for resource in resources:
        front, kind = _type_of(resource)
        if kind is None:
            continue
        fronts.add(front)
        whole = str(resource.get("id") or "").lower()
        # What an id is made of is in use as well: the group and the member of a membership.
        ids |= {whole, *whole.split("/")} - {""}
        bearers |= _bearers(kind, whole, resource)
    pending = []
    foreign = 0
    for operation in operations:
        if operation.get("type") == "creating":
            one = _pending(name, operation["resource"])
            foreign += one is None
            pending += [one] if one else []
    return State(
        name=name,
        ids=frozenset(ids),
        bearers=frozenset(bearers - {""}),
        fronts=frozenset(fronts),
        pending=tuple(pending),
        foreign_creates=foreign,
    )


def _bearers(kind: AnyKind, resource_id: str, resource: Mapping[str, Any]) -> set[str]:
    """Return the users and applications that a resource is, or that an API key is for."""
    if kind.noun in _BEARERS:
        return {resource_id}
    if kind.name != "APIKey":
        return set()
    known = resource.get("outputs") or resource.get("inputs")
    names = [spelled for it in _BEARERS for spelled in (f"{it}_id", f"{it}Id")]
    values = [known.get(name) for name in names] if isinstance(known, dict) else []
    return {value.lower() for value in values if isinstance(value, str)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _type_of(resource: Mapping[str, Any]) -> tuple[str, AnyKind | None]:
    """The front and the kind of a resource in a state; None for one that is not ours."""
    package, _, name = str(resource.get("type") or "").rpartition(":")
    front = {_NATIVE: "native", _DYNAMIC: "dynamic"}.get(package, "")
    return front, KINDS.get(name) if front else None


def _pending(state: str, resource: Mapping[str, Any]) -> Pending | None:
    front, kind = _type_of(resource)
    if kind is None:
        return None
    said = resource.get("inputs")
    inputs = {
        name: UNKNOWN if isinstance(value, dict) and _SECRET in value else value
        for name, value in (said if isinstance(said, dict) else {}).items()
    }
    parent = str(resource.get("parent") or "")
    provider = str(resource.get("provider") or "").rpartition("::")[0]
    return Pending(
        urn=str(resource.get("urn") or ""),
        kind=kind,
        id=str(resource.get("id") or "").lower(),
        dynamic=front == "dynamic",
        inputs=inputs if front == "dynamic" else from_pulumi(kind.inputs, inputs),
        parent="" if "::pulumi:pulumi:Stack::" in parent else parent,
        provider="" if _name_of(provider).startswith("default") else provider,
        state=state,
    )


def _name_of(urn: str) -> str:
    return urn.rpartition("::")[2]


# --- what is found ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Find:
    """An object that exists and that no given state knows."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    made_at: str = ""
    process: str = ""
    """The nonce of the process that made it; empty where nobody can tell."""
    front: str = ""
    """The front that made it, native or dynamic; empty where nobody can tell."""
    pending: Pending | None = None
    """The pending create that it is likely the outcome of."""
    rivals: int = 0
    """How many other finds fit the same pending create."""

    @property
    def name(self) -> str:
        """What people call it; empty where it has no name."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def title(self) -> str:
        """The kind, the name and the id, on one line."""
        name = f" {quoted(self.name)}" if self.name else ""
        return f"{self.kind.noun}{name} {self.id}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What there is to deal with."""

    organization_id: str
    since: datetime
    states: tuple[State, ...]
    found: tuple[Find, ...]
    """Made by our User-Agent, by the log."""
    unrecorded: tuple[Find, ...]
    """What the log does not record, so that nobody can tell who made it."""
    unmatched: tuple[Pending, ...]
    """Pending creates that nothing found fits."""
    not_listed: tuple[str, ...] = ()
    """Why some of what is not recorded could not be looked at, one line each."""

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to deal with."""
        return not (self.found or self.unrecorded or self.unmatched)


def examine(
    client: IamClient, organization_id: str, states: Sequence[State], after: datetime
) -> Report:
    """Compare the audit log since a moment with states and with what exists. Nothing is written.

    The log proves nothing about an API key whose User-Agent a gateway rewrote. So all API keys of the
    states' users and applications are compared as well.

    Raises IamError where the log, or a list of what it names, cannot be read. That one of what the log
    does not record cannot be read is in the report.
    """
    known = frozenset[str]().union(*(state.ids for state in states))
    bearers = frozenset[str]().union(*(state.bearers for state in states))
    lists = _Lists(client)
    found = tuple(_found(client, lists, organization_id, known, after))
    unrecorded: list[Find] = []
    if bearers:
        keys = _unrecorded(lists, KINDS["APIKey"], known | {one.id.lower() for one in found}, after)
        unrecorded += [
            key for key in keys if {key.item.get(f"{it}_id") for it in _BEARERS} & bearers
        ]
    not_listed = []
    for name in UNRECORDED:
        kind = KINDS[name]
        try:
            unrecorded += _unrecorded(lists, kind, known, after)
        except PermissionDenied as error:
            not_listed.append(str(error))
    # By their URN, in which the stack is: a stack that is given twice has none more.
    pending = {one.urn: one for state in states for one in state.pending}.values()
    matched = _matched([*found, *unrecorded], pending)
    met = {one.pending.urn for one in matched if one.pending}
    return Report(
        organization_id=organization_id,
        since=after,
        states=tuple(states),
        found=tuple(matched[: len(found)]),
        unrecorded=tuple(matched[len(found) :]),
        unmatched=tuple(one for one in pending if one.urn not in met),
        not_listed=tuple(not_listed),
    )


def _found(
    client: IamClient,
    lists: _Lists,
    organization_id: str,
    known: Collection[str],
    after: datetime,
) -> Iterator[Find]:
    kinds = {word(kind).replace("-", "_"): kind for kind in KINDS.values()}
    with _reading("read the audit log"):
        logs = [
            log
            for log in client.list_logs(
                organization_id=organization_id,
                created_after=_stamp(after),
                action="created",
            )
            if log["user_agent"].startswith(_OURS)
            and log["resource_type"] in kinds
            and log["resource_id"].lower() not in known
        ]
    for log in {log["resource_id"]: log for log in logs}.values():
        kind = kinds[log["resource_type"]]
        item = lists.of(kind).get(log["resource_id"])
        if item is None:
            continue  # it was deleted since
        process, front = (it.search(log["user_agent"]) for it in (_PROCESS, _FRONT))
        yield Find(
            kind=kind,
            id=log["resource_id"],
            item=item,
            made_at=str(item.get("created_at") or log["created_at"] or ""),
            process=process[1] if process else "",
            front=front[1] if front else "",
        )


def _unrecorded(
    lists: _Lists, kind: AnyKind, known: Collection[str], after: datetime
) -> Iterator[Find]:
    for it, item in lists.of(kind).items():
        made_at = str(item.get("created_at") or "")
        if it.lower() in known or (made_at and formats.moment(made_at) < after):
            continue
        if item.get("origin") == "scaleway":
            continue  # a certificate of Scaleway's own
        yield Find(kind=kind, id=it, item=item, made_at=made_at)


class _Lists:
    """The objects of an organization by id, one list for each kind that is asked for."""

    def __init__(self, client: IamClient) -> None:
        self._client = client
        self._lists: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def of(self, kind: AnyKind) -> Mapping[str, Mapping[str, Any]]:
        """Return all objects of a kind."""
        if kind.name not in self._lists:
            with _reading(f"list {kind.plural}", _READERS.get(kind.name, "IAMReadOnly")):
                self._lists[kind.name] = dict(kind.listed(self._client))
        return self._lists[kind.name]


@contextmanager
def _reading(attempt: str, needs: str = "IAMReadOnly") -> Iterator[None]:
    """Say what was being read, and which permission set that needs."""
    try:
        with attempting(attempt):
            yield
    except PermissionDenied as error:
        error.hint = f"give its bearer the permission set {needs}; until then this is not looked at"
        raise


def _stamp(moment: datetime) -> str:
    return formats.instant(moment.astimezone(timezone.utc).replace(microsecond=0).isoformat())


def _matched(finds: Sequence[Find], pending: Iterable[Pending]) -> list[Find]:
    """The finds, each with the pending create that it may be the outcome of.

    Of several that fit, as for twins in two stacks, it is the one with the fewest finds so far.
    """
    number: Counter[str] = Counter()
    chosen: list[Pending | None] = []
    for find in finds:
        fitting = [one for one in pending if _fits(one, find)]
        certain = [one for one in fitting if one.id]
        best = min(certain or fitting, key=lambda one: number[one.urn], default=None)
        chosen.append(best)
        number.update([best.urn] if best else [])
    return [
        replace(find, pending=one, rivals=number[one.urn] - 1 if one else 0)
        for find, one in zip(finds, chosen, strict=True)
    ]


def _fits(pending: Pending, find: Find) -> bool:
    if pending.kind.name != find.kind.name:
        return False
    if pending.id:
        return pending.id == find.id.lower()
    declared = fields(pending.kind.inputs)
    telling = {name for group in one_ofs(pending.kind.inputs) for name in group.names}
    telling |= {
        it.name for it in declared if it.prop.unique or it.name == pending.kind.described_by
    }
    return all(
        it.same(find.item.get(it.name), pending.inputs.get(it.name))
        for it in declared
        if (it.name in telling or (not telling and it.required))
        and pending.inputs.get(it.name) is not UNKNOWN
    )


# --- what to do about it ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Line:
    """A command that deals with what was found."""

    does: str
    """`import`, `delete` or `clear`."""
    command: str


def commands(report: Report, find: Find, organization: str | None = None) -> tuple[Line, ...]:
    """The lines that deal with a find, the one that is likely right first.

    `organization` is the one that was asked for, where that is not the configured one.
    """
    delete = ["pulumi-scw-iam", "delete", word(find.kind), find.id]
    if organization:
        delete += ["--organization", organization]
    lines = [Line(does="delete", command=shlex.join(delete))]
    if not _is_dynamic(report, find):
        keeps = Line(does="import", command=_import(find))
        lines.insert(1 if find.kind.told_once() else 0, keeps)
    return tuple(lines)


def _is_dynamic(report: Report, find: Find) -> bool:
    """Whether it is of a program with the Python classes, by the best that can be known."""
    if find.pending:
        return find.pending.dynamic
    if find.front:
        return find.front == "dynamic"
    states = {front for state in report.states for front in state.fronts}
    return (states or {one.front for one in report.found}) == {"dynamic"}


def _import(find: Find) -> str:
    # Not `pulumi refresh --import-pending-creates`: 3.259 marks the operation as "importing", which no part
    # of it reads, and drops it in that very refresh, so that nothing knows of the object any more.
    arguments = ["pulumi", "import"]
    name = find.name or word(find.kind)
    if pending := find.pending:
        name = pending.name
        # The program has it already, and does not protect it.
        arguments += ["--protect=false", "--generate-code=false"]
        arguments += ["--stack", _stack_of(pending.urn)]
        for flag, urn in (("--parent", pending.parent), ("--provider", pending.provider)):
            if urn:
                arguments += [flag, f"{_name_of(urn)}={urn}"]
    name = "".join(letter if letter.isprintable() else " " for letter in name)
    if name.startswith("-"):
        arguments.append("--")
    return shlex.join([*arguments, token(find.kind.name), name, find.id])


def _stack_of(urn: str) -> str:
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def clears(state: State) -> Line | None:
    """The line that drops the pending creates of a state, once each is dealt with."""
    if not state.pending:
        return None
    stack = _stack_of(state.pending[0].urn)
    command = ["pulumi", "refresh", "--stack", stack, "--clear-pending-creates"]
    return Line(does="clear", command=shlex.join(command))


def remarks(report: Report, find: Find) -> Iterator[str]:
    """What is to be known before one of the lines is run, each a sentence without its end."""
    if find.pending:
        yield f"it fits the pending create of {find.pending.urn} in {find.pending.state}"
    if find.rivals:
        yield (
            f"{find.rivals} more of these fit it: keep one, and delete the others"
            if not _is_dynamic(report, find)
            else f"{find.rivals} more of these fit it"
        )
    if _is_dynamic(report, find):
        yield (
            "Pulumi cannot import it into a program that uses the Python classes without the plugin;"
            " delete it, and the next `pulumi up` makes it anew if the program has it"
        )
    elif find.kind.told_once():
        yield "its secret was told only once and is lost, so an imported one is of little use"


# --- how it is told ---------------------------------------------------------------------------


def told(report: Report, organization: str | None = None) -> Iterator[str]:
    """The report for people, line by line."""
    after = _stamp(report.since)
    if not report.states:
        yield "no state was given, so this is all that pulumi-scw-iam has made, in use or not"
    if report.found:
        number = len(report.found)
        objects = "1 object" if number == 1 else f"{number} objects"
        where = "" if not report.states else ", in no state that was given"
        yield f"{objects} made by pulumi-scw-iam since {after}{where}:"
        yield from _told(report, report.found, organization)
    elif report.states:
        yield (
            f"all objects that the audit log knows to be made by pulumi-scw-iam since {after} are in a"
            " state, or deleted"
        )
    else:
        yield f"pulumi-scw-iam has made nothing since {after} that still exists"
    if report.unrecorded:
        yield ""
        yield "in no state either, and nobody can tell who made it; check before you delete:"
        yield from _told(report, report.unrecorded, organization)
    if report.unmatched:
        yield ""
        yield f"pending creates that fit nothing that was made since {after} and is in no state:"
        for one in report.unmatched:
            yield f"  {one.urn} in {one.state}"
    if cleared := _cleared(report):
        yield ""
        yield "when all of these are dealt with, drop the pending creates:"
        for line, state in cleared.items():
            yield f"  {line.command}"
            if state.foreign_creates:
                yield f"  it drops {state.foreign_creates} of other packages too; see to them first"
        yield '  on a terminal, Pulumi asks about each: answer "clear", since "import" forgets the object'


def _cleared(report: Report) -> Mapping[Line, State]:
    """The states with pending creates, one per stack, and the lines that drop these."""
    cleared: dict[Line, State] = {}
    for state in report.states:
        if line := clears(state):
            cleared.setdefault(line, state)
    return cleared


def _told(report: Report, finds: Iterable[Find], organization: str | None) -> Iterator[str]:
    for find in finds:
        yield ""
        yield find.title
        if find.made_at:
            yield f"  made {find.made_at}" + (f" by process {find.process}" * bool(find.process))
        for remark in remarks(report, find):
            yield f"  {remark}"
        for line in commands(report, find, organization):
            yield f"  {line.does}: {line.command}"


def facts(report: Report, organization: str | None = None) -> dict[str, Any]:
    """The report for programs, as JSON."""
    return {
        "organization_id": report.organization_id,
        "since": _stamp(report.since),
        "states": [state.name for state in report.states],
        "found": [_facts(report, find, organization) for find in report.found],
        "unrecorded": [_facts(report, find, organization) for find in report.unrecorded],
        "unmatched": [{"urn": one.urn, "state": one.state} for one in report.unmatched],
        "clear": [
            {
                "state": state.name,
                "command": line.command,
                "pending_creates": len(state.pending),
                "of_other_packages": state.foreign_creates,
            }
            for line, state in _cleared(report).items()
        ],
        "not_listed": list(report.not_listed),
    }


def _facts(report: Report, find: Find, organization: str | None) -> dict[str, Any]:
    pending = find.pending
    return {
        "kind": find.kind.name,
        "name": find.name,
        "id": find.id,
        "created_at": find.made_at or None,
        "process": find.process or None,
        "pending": {"urn": pending.urn, "state": pending.state} if pending else None,
        "remarks": list(remarks(report, find)),
        "commands": [
            {"does": line.does, "command": line.command}
            for line in commands(report, find, organization)
        ],
    }


# --- deleting one -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Target:
    """An object that is to be deleted, as it was just read."""

    kind: AnyKind
    id: str
    outputs: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """What it is: the kind, the id, its name, when it was made and of whom it is."""
        name = self.outputs.get(self.kind.described_by)
        parts = [f"{self.kind.noun} {self.id}"]
        if isinstance(name, str) and name:
            parts[0] += f" {quoted(name)}"
        if made_at := self.outputs.get("created_at"):
            parts.append(f"made {made_at}")
        if self.kind.id_of(self.outputs) is None:
            parts += [
                f"of {bearer} {it}"
                for bearer in ("user", "group", "application")
                if (it := self.outputs.get(f"{bearer}_id"))
            ]
        return ", ".join(parts)


def target(front: ProviderCore, kind: AnyKind, resource_id: str) -> Target:
    """Read what is to be deleted; raises NotFound where there is none."""
    outputs = front.read(kind, resource_id, None, looks_up=False)
    return Target(kind=kind, id=resource_id, outputs=outputs or {})


def delete(front: ProviderCore, wanted: Target) -> None:
    """Delete it, unless the kind refuses that, or the caller would lock itself out."""
    front.delete(wanted.kind, wanted.id, wanted.outputs)
