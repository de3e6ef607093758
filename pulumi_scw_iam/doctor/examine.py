"""Find objects created by this package that are in no Pulumi state. Changes nothing.

The IAM log names the objects created with the User-Agent of this package. A list per kind shows which
of these still exist. Objects in the given states are left out. The Audit Trail adds the authors, and the
User-Agents of kinds that the IAM log does not record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import IamError, PermissionDenied, attempting, needing
from pulumi_scw_iam.core.fields import UNKNOWN, fields, one_ofs
from pulumi_scw_iam.doctor.authors import (
    Author,
    Creation,
    author_of,
    from_log,
    from_trail,
    key_of,
    principals,
    type_word,
)
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.rotation import Mark
from pulumi_scw_iam.states.stack_state import BEARERS, PendingCreate, StackState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Finding", "Report", "examine", "timestamp"]

_UNCHECKED = "this part was not checked"
"""The consequence of a missing permission set without which the report is incomplete."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An object that exists but is in none of the given states."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    """The fields of the object in the API's list."""
    created_at: str = ""
    """The creation date, or else the time of the create in a source; empty if unknown."""
    creations: tuple[Creation, ...] = ()
    """The records of the create, of the best source first."""
    author: Author | None = None
    """The author according to the best source; None if unknown."""
    pending: PendingCreate | None = None
    """The pending create that probably created the object."""
    rivals: int = 0
    """The number of other findings that match the same pending create."""

    @property
    def name(self) -> str:
        """The name of the object, or the field that serves as its name; empty if unset."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def mark(self) -> str:
        """The mark of the RotatingAPIKey that created an API key; empty for other objects."""
        found = Mark.found(self.name) if self.kind.name == "APIKey" else None
        return "" if found is None else found.resource

    @property
    def resource_kind(self) -> AnyKind:
        """The kind of a resource with the object: an API key with a mark is not an APIKey."""
        return KINDS["RotatingAPIKey"] if self.mark else self.kind

    @property
    def resource_name(self) -> str:
        """The name of the object, without a mark; empty if unset."""
        return Mark.removed_from(self.name) if self.mark else self.name

    @property
    def is_ours(self) -> bool:
        """Whether this package created the object, according to any source."""
        return any(creation.is_ours for creation in self.creations)

    @property
    def process(self) -> str:
        """The nonce of the creating process of this package; empty if unknown."""
        return next((one.process for one in self.creations if one.is_ours), "")

    @property
    def front(self) -> str:
        """The creating front of this package, `native` or `dynamic`; empty if unknown."""
        return next((one.front for one in self.creations if one.is_ours), "")

    @property
    def title(self) -> str:
        """The noun, name and id of the object, on one line."""
        return self.kind.title(self.item, self.id)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The objects and pending creates to resolve."""

    organization_id: str
    since: datetime
    states: tuple[StackState, ...]
    found: tuple[Finding, ...]
    """Objects created by this package, according to the Audit Trail or the IAM log."""
    unrecorded: tuple[Finding, ...]
    """Other objects: no source shows that this package created them."""
    unmatched: tuple[PendingCreate, ...]
    """Pending creates without a matching finding."""
    not_listed: tuple[str, ...] = ()
    """Errors of lists that could not be read, one line each; only for kinds without IAM log entries."""
    is_trail_read: bool = True
    """Whether the Audit Trail was read, as far as findings need it."""
    not_read: tuple[str, ...] = ()
    """Errors of sources of authors, one line each; the report has all objects without these sources."""

    @property
    def is_empty(self) -> bool:
        """Whether the report has no findings and no unmatched pending creates."""
        return not (self.found or self.unrecorded or self.unmatched)


def examine(
    client: IamClient, organization_id: str, states: Sequence[StackState], since: datetime
) -> Report:
    """Compare the IAM log since a point in time with the existing objects and the given states.

    A gateway can rewrite the User-Agent, so the log may miss API keys of this package. All API keys of
    users and applications in the states are therefore compared too.

    Raises IamError if the log, or the list of a kind in the log, cannot be read. For kinds without log
    entries, PermissionDenied becomes a line of `not_listed`. Errors of the Audit Trail become a line of
    `not_read`.

    GET /iam/v1alpha1/logs, one list per kind, and one list of the Audit Trail per kind with findings
    """
    known = frozenset[str]().union(*(state.ids for state in states))
    bearers = frozenset[str]().union(*(state.bearers for state in states))
    lists = _Lists(client)
    logs = _created(client, organization_id, since)
    findings = list(_recorded(logs, lists, known))
    if bearers:
        reported = known | {finding.id.lower() for finding in findings}
        findings += [
            key
            for key in _unrecorded(lists, KINDS["APIKey"], reported, since)
            if {key.item.get(f"{bearer}_id") for bearer in BEARERS} & bearers
        ]
    not_listed = []
    for kind in KINDS.values():
        if not kind.listed_by_doctor:
            continue
        try:
            findings += _unrecorded(lists, kind, known, since)
        except PermissionDenied as error:
            not_listed.append(str(error))
    trail, trail_error = _trail(client, organization_id, findings, since)
    recorded = from_log(logs)
    findings = [_with_creations(finding, trail, recorded) for finding in findings]
    findings, names_error = _with_authors(client, organization_id, findings)
    found = [finding for finding in findings if finding.is_ours]
    unrecorded = [finding for finding in findings if not finding.is_ours]
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
        is_trail_read=not trail_error,
        not_read=tuple(filter(None, (trail_error, names_error))),
    )


def _created(client: IamClient, organization_id: str, since: datetime) -> list[types.Log]:
    """Return the entries of the IAM log about creates since a point in time."""
    with needing("IAMReadOnly", _UNCHECKED), attempting("read the IAM log"):
        return list(
            client.list_logs(
                organization_id=organization_id,
                created_after=timestamp(since),
                action="created",
            )
        )


def _recorded(
    logs: Iterable[types.Log], lists: _Lists, known: Collection[str]
) -> Iterator[Finding]:
    """Yield existing objects whose creation the IAM log records with this package's User-Agent."""
    kinds = {type_word(kind): kind for kind in KINDS.values()}
    ours = {
        log["resource_id"]: log
        for log in logs
        if any(creation.is_ours for creation in from_log([log]).values())
        and log["resource_type"] in kinds
        and log["resource_id"].lower() not in known
    }
    for log in ours.values():
        kind = kinds[log["resource_type"]]
        item = lists.of(kind).get(log["resource_id"])
        if item is not None:  # else deleted in the meantime
            created_at = str(item.get("created_at") or "")
            yield Finding(kind=kind, id=log["resource_id"], item=item, created_at=created_at)


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


def _trail(
    client: IamClient, organization_id: str, findings: Iterable[Finding], since: datetime
) -> tuple[dict[str, Creation], str]:
    """Return the creates of findings in the Audit Trail, and the error that ended the reading.

    The first error ends the reading: the lists of all kinds need the same permission.
    """
    created: dict[AnyKind, dict[str, str]] = {}
    for finding in findings:
        created.setdefault(finding.kind, {})[key_of(finding.id)] = finding.created_at
    found: dict[str, Creation] = {}
    try:
        with needing("AuditTrailReadOnly"), attempting("read the Audit Trail"):
            for kind, dates in created.items():
                found |= from_trail(client, organization_id, kind, dates, since)
    except IamError as error:
        return found, f"{error}; the IAM log is used instead"
    return found, ""


def _with_creations(
    finding: Finding, trail: Mapping[str, Creation], log: Mapping[str, Creation]
) -> Finding:
    key = key_of(finding.id)
    creations = tuple(source[key] for source in (trail, log) if key in source)
    recorded_at = next((one.recorded_at for one in creations if one.recorded_at), "")
    return replace(finding, creations=creations, created_at=finding.created_at or recorded_at)


def _with_authors(
    client: IamClient, organization_id: str, findings: Iterable[Finding]
) -> tuple[list[Finding], str]:
    """Return the findings with their authors, and the error of the names."""
    records = [
        (finding, next((one for one in finding.creations if one.principal_id), None))
        for finding in findings
    ]
    ids = {creation.principal_id for _, creation in records if creation}
    named, failure = None, ""
    try:
        with needing("IAMReadOnly"), attempting("read the names of authors"):
            named = principals(client, organization_id, ids)
    except IamError as error:
        failure = f"{error}; authors are listed by id"
    return [
        replace(finding, author=author_of(creation, named)) if creation else finding
        for finding, creation in records
    ], failure


class _Lists:
    """A cache of lists: the objects of an organization by id, with one list call per kind."""

    def __init__(self, client: IamClient) -> None:
        self._client = client
        self._lists: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def of(self, kind: AnyKind) -> Mapping[str, Mapping[str, Any]]:
        """Return all objects of a kind, by id."""
        if kind.name not in self._lists:
            with needing(kind.listed_with, _UNCHECKED), attempting(f"list {kind.plural}"):
                self._lists[kind.name] = dict(kind.listed(self._client))
        return self._lists[kind.name]


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
    if create.kind.name != finding.resource_kind.name:
        return False
    if create.id:
        return create.id == finding.id.lower()
    item = {**finding.item, create.kind.described_by: finding.resource_name}
    declared = fields(create.kind.inputs)
    names = {name for group in one_ofs(create.kind.inputs) for name in group.names}
    names |= {
        field.name
        for field in declared
        if field.prop.unique or field.name == create.kind.described_by
    }
    return all(
        field.same(item.get(field.name), create.inputs.get(field.name))
        for field in declared
        if (field.name in names or (not names and field.required))
        and create.inputs.get(field.name) is not UNKNOWN
    )
