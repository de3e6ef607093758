"""Find the objects of this package that no state of Pulumi knows; nothing is written.

The audit log has the creates with our User-Agent. A list per kind has the objects that still exist. From
these, the objects in the given states are taken away.
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
"""The beginning of our User-Agent."""
_PROCESS = re.compile(r"\bnonce=([0-9a-f]{8})")
_FRONT = re.compile(r"\bfront=(native|dynamic)\b")

_READERS = {"SSHKey": "SSHKeysReadOnly"}
"""The permission sets that listing a kind needs, if it is not IAMReadOnly."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An object that exists and that no given state knows."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    """The object as the API lists it."""
    created_at: str = ""
    process: str = ""
    """The nonce of the process that made it; empty if nobody can tell."""
    front: str = ""
    """The front that made it, native or dynamic; empty if nobody can tell."""
    pending: PendingCreate | None = None
    """The pending create that probably made it."""
    rivals: int = 0
    """The number of other findings that fit the same pending create."""

    @property
    def name(self) -> str:
        """Its name, or what people call it by; empty if it has no name."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def title(self) -> str:
        """The kind, the name and the id, on one line."""
        name = f" {quoted(self.name)}" if self.name else ""
        return f"{self.kind.noun}{name} {self.id}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The objects and pending creates to deal with."""

    organization_id: str
    since: datetime
    states: tuple[StackState, ...]
    found: tuple[Finding, ...]
    """Objects made with our User-Agent, by the audit log."""
    unrecorded: tuple[Finding, ...]
    """Objects that nobody can tell the maker of, since the audit log does not record it."""
    unmatched: tuple[PendingCreate, ...]
    """Pending creates that no finding fits."""
    not_listed: tuple[str, ...] = ()
    """Why objects that the log does not record could not be listed, one line each."""

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to deal with."""
        return not (self.found or self.unrecorded or self.unmatched)


def examine(
    client: IamClient, organization_id: str, states: Sequence[StackState], since: datetime
) -> Report:
    """Compare the audit log since a moment with states and with what exists.

    The log proves nothing about an API key whose User-Agent a gateway rewrote. So all API keys of the
    states' users and applications are compared as well.

    Raises IamError if the log, or a list of objects that it names, cannot be read. If a list of objects
    that the log does not record cannot be read, the report says so.

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
    # By URN, which includes the stack: a stack that is given twice has each of them once.
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
    """Yield the objects that the audit log says were made with our User-Agent, and that still exist."""
    # The log spells kinds as `api_key`.
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
            continue  # it was deleted since
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
    """Yield the objects of a kind that no state knows; objects without a date are new enough."""
    for resource_id, item in lists.of(kind).items():
        created_at = str(item.get("created_at") or "")
        if resource_id.lower() in known or (created_at and formats.moment(created_at) < since):
            continue
        if item.get("origin") == "scaleway":
            continue  # a certificate of Scaleway's own
        yield Finding(kind=kind, id=resource_id, item=item, created_at=created_at)


class _Lists:
    """The objects of an organization by id: one list call per kind, when it is first needed."""

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
def _reading(attempt: str, permission_set: str = "IAMReadOnly") -> Iterator[None]:
    """Context manager: add to errors the call that failed, and the permission set for it."""
    try:
        with attempting(attempt):
            yield
    except PermissionDenied as error:
        error.hint = (
            f"give its bearer the permission set {permission_set}; until then this is not looked at"
        )
        raise


def timestamp(moment: datetime) -> str:
    """Return a moment as RFC 3339 text in UTC, without fractions of a second."""
    return formats.instant(moment.astimezone(timezone.utc).replace(microsecond=0).isoformat())


def _match(findings: Sequence[Finding], pending: Iterable[PendingCreate]) -> list[Finding]:
    """Return the findings, each with the pending create that probably made it.

    If several fit, as for equal objects of two stacks, the one with the fewest findings so far is taken.
    """
    number: Counter[str] = Counter()
    chosen: list[PendingCreate | None] = []
    for finding in findings:
        fitting = [create for create in pending if _fits(create, finding)]
        certain = [create for create in fitting if create.id]
        best = min(certain or fitting, key=lambda create: number[create.urn], default=None)
        chosen.append(best)
        number.update([best.urn] if best else [])
    return [
        replace(finding, pending=create, rivals=number[create.urn] - 1 if create else 0)
        for finding, create in zip(findings, chosen, strict=True)
    ]


def _fits(create: PendingCreate, finding: Finding) -> bool:
    """Whether a create may have made an object: the ids are equal, or else the identifying fields.

    Identifying fields are the unique ones, the name, and the members of a one-of group, such as the bearer
    of an API key. A kind without any of these has its required fields.
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
