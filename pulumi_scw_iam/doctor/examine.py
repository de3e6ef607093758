"""Find objects created by this package that are in no Pulumi state. Changes nothing.

The audit log names the objects created with the User-Agent of this package. A list per kind shows which
of these still exist. Objects in the given states are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import PermissionDenied, attempting
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, fields, one_ofs
from pulumi_scw_iam.doctor.stack_state import BEARERS, PendingCreate, StackState
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Finding", "Report", "examine", "timestamp"]

_OURS = "pulumi-scw-iam/"
"""The prefix of this package's User-Agent."""
_PROCESS = re.compile(r"\bnonce=([0-9a-f]{8})")
_FRONT = re.compile(r"\bfront=(native|dynamic)\b")

_READERS = {"SSHKey": "SSHKeysReadOnly"}
"""The permission set for the list of a kind, if IAMReadOnly does not suffice."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An object that exists but is in none of the given states."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    """The fields of the object in the API's list."""
    created_at: str = ""
    process: str = ""
    """The nonce of the creating process; empty if unknown."""
    front: str = ""
    """The creating front, `native` or `dynamic`; empty if unknown."""
    pending: PendingCreate | None = None
    """The pending create that probably created the object."""
    rivals: int = 0
    """The number of other findings that match the same pending create."""

    @property
    def name(self) -> str:
        """The name of the object, or the field that serves as its name; empty if unset."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def title(self) -> str:
        """The noun, name and id of the object, on one line."""
        name = f" {quoted(self.name)}" if self.name else ""
        return f"{self.kind.noun}{name} {self.id}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The objects and pending creates to resolve."""

    organization_id: str
    since: datetime
    states: tuple[StackState, ...]
    found: tuple[Finding, ...]
    """Objects created by this package, according to the audit log."""
    unrecorded: tuple[Finding, ...]
    """Objects of unknown origin: the audit log does not record their creation."""
    unmatched: tuple[PendingCreate, ...]
    """Pending creates without a matching finding."""
    not_listed: tuple[str, ...] = ()
    """Errors of lists that could not be read, one line each; only for kinds without audit log entries."""

    @property
    def is_empty(self) -> bool:
        """Whether the report has no findings and no unmatched pending creates."""
        return not (self.found or self.unrecorded or self.unmatched)


def examine(
    client: IamClient, organization_id: str, states: Sequence[StackState], since: datetime
) -> Report:
    """Compare the audit log since a point in time with the existing objects and the given states.

    A gateway can rewrite the User-Agent, so the log may miss API keys of this package. All API keys of
    users and applications in the states are therefore compared too.

    Raises IamError if the log, or the list of a kind in the log, cannot be read. For kinds without log
    entries, PermissionDenied becomes a line of `not_listed`.

    GET /iam/v1alpha1/logs, and one list per kind
    """
    known = frozenset[str]().union(*(state.ids for state in states))
    bearers = frozenset[str]().union(*(state.bearers for state in states))
    lists = _Lists(client)
    found = tuple(_recorded(client, lists, organization_id, known, since))
    unrecorded: list[Finding] = []
    if bearers:
        reported = known | {finding.id.lower() for finding in found}
        unrecorded += [
            key
            for key in _unrecorded(lists, KINDS["APIKey"], reported, since)
            if {key.item.get(f"{bearer}_id") for bearer in BEARERS} & bearers
        ]
    not_listed = []
    for kind in KINDS.values():
        if not kind.listed_by_doctor:
            continue
        try:
            unrecorded += _unrecorded(lists, kind, known, since)
        except PermissionDenied as error:
            not_listed.append(str(error))
    # Keyed by URN, which includes the stack: a stack given twice counts once.
    pending = {create.urn: create for state in states for create in state.pending}.values()
    matched = _match([*found, *unrecorded], pending)
    urns = {finding.pending.urn for finding in matched if finding.pending}
    return Report(
        organization_id=organization_id,
        since=since,
        states=tuple(states),
        found=tuple(matched[: len(found)]),
        unrecorded=tuple(matched[len(found) :]),
        unmatched=tuple(create for create in pending if create.urn not in urns),
        not_listed=tuple(not_listed),
    )


def _recorded(
    client: IamClient,
    lists: _Lists,
    organization_id: str,
    known: Collection[str],
    since: datetime,
) -> Iterator[Finding]:
    """Yield existing objects whose creation the audit log records with this package's User-Agent."""
    # The log spells kinds like `api_key`.
    kinds = {kind.noun.lower().replace(" ", "_"): kind for kind in KINDS.values()}
    with _reading("read the audit log"):
        logs = [
            log
            for log in client.list_logs(
                organization_id=organization_id,
                created_after=timestamp(since),
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
            continue  # deleted in the meantime
        process, front = (pattern.search(log["user_agent"]) for pattern in (_PROCESS, _FRONT))
        yield Finding(
            kind=kind,
            id=log["resource_id"],
            item=item,
            created_at=str(item.get("created_at") or log["created_at"] or ""),
            process=process[1] if process else "",
            front=front[1] if front else "",
        )


def _unrecorded(
    lists: _Lists, kind: AnyKind, known: Collection[str], since: datetime
) -> Iterator[Finding]:
    """Yield the objects of a kind in no state, created after `since` or without a creation date."""
    for resource_id, item in lists.of(kind).items():
        created_at = str(item.get("created_at") or "")
        if resource_id.lower() in known or (created_at and formats.moment(created_at) < since):
            continue
        if item.get("origin") == "scaleway":
            continue  # a certificate created by Scaleway
        yield Finding(kind=kind, id=resource_id, item=item, created_at=created_at)


class _Lists:
    """A cache of lists: the objects of an organization by id, with one list call per kind."""

    def __init__(self, client: IamClient) -> None:
        self._client = client
        self._lists: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def of(self, kind: AnyKind) -> Mapping[str, Mapping[str, Any]]:
        """Return all objects of a kind, by id."""
        if kind.name not in self._lists:
            with _reading(f"list {kind.plural}", _READERS.get(kind.name, "IAMReadOnly")):
                self._lists[kind.name] = dict(kind.listed(self._client))
        return self._lists[kind.name]


@contextmanager
def _reading(attempt: str, permission_set: str = "IAMReadOnly") -> Iterator[None]:
    """Context manager: add the failed call and the missing permission set to errors."""
    try:
        with attempting(attempt):
            yield
    except PermissionDenied as error:
        error.hint = (
            f"give its bearer the permission set {permission_set}; this part was not checked"
        )
        raise


def timestamp(moment: datetime) -> str:
    """Format a time as RFC 3339 text in UTC, without fractions of a second."""
    return formats.instant(moment.astimezone(timezone.utc).replace(microsecond=0).isoformat())


def _match(findings: Sequence[Finding], pending: Iterable[PendingCreate]) -> list[Finding]:
    """Return the findings, each with the pending create that probably created the object.

    If several pending creates match, as for equal objects of two stacks, the one with the fewest
    findings so far is chosen.
    """
    number: Counter[str] = Counter()
    chosen: list[PendingCreate | None] = []
    for finding in findings:
        candidates = [create for create in pending if _matches(create, finding)]
        certain = [create for create in candidates if create.id]
        best = min(certain or candidates, key=lambda create: number[create.urn], default=None)
        chosen.append(best)
        number.update([best.urn] if best else [])
    return [
        replace(finding, pending=create, rivals=number[create.urn] - 1 if create else 0)
        for finding, create in zip(findings, chosen, strict=True)
    ]


def _matches(create: PendingCreate, finding: Finding) -> bool:
    """Return True if the ids are equal or, without an id, if the identifying fields are equal.

    Identifying fields are unique fields, the name, and the members of a one-of group, such as the bearer
    of an API key. For a kind without any of these, the required fields identify the object.
    """
    if create.kind.name != finding.kind.name:
        return False
    if create.id:
        return create.id == finding.id.lower()
    declared = fields(create.kind.inputs)
    names = {name for group in one_ofs(create.kind.inputs) for name in group.names}
    names |= {
        field.name
        for field in declared
        if field.prop.unique or field.name == create.kind.described_by
    }
    return all(
        field.same(finding.item.get(field.name), create.inputs.get(field.name))
        for field in declared
        if (field.name in names or (not names and field.required))
        and create.inputs.get(field.name) is not UNKNOWN
    )
