"""Delete the old objects with a prefix, such as those of test runs.

Users are never swept. Policies only allow, so no deletion widens the rights of a principal. API keys are deleted
before their bearers: a failure then leaves no key without a reason in the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import IamError, NotFound, Refused, attempting, needing
from pulumi_scw_iam.common.words import counted, dashed, quoted
from pulumi_scw_iam.doctor.deletion import Target, delete_target, read_target
from pulumi_scw_iam.doctor.examine import timestamp
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import timedelta

    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.provider import ProviderCore

    AnyKind = Kind[Any, Any]

__all__ = [
    "ORDER",
    "SHORTEST_PREFIX",
    "Candidate",
    "Survey",
    "check_prefix",
    "survey",
    "sweep",
    "to_json",
    "to_lines",
]

ORDER = ("APIKey", "SSHKey", "Policy", "Group", "Application")
"""The swept kinds, in the order of deletion: first what gives access, then the holders of rights."""

SHORTEST_PREFIX = 6
"""The least number of characters of a prefix."""

_UNCHECKED = "nothing is deleted without this list"
_MEMBERS = {"user_ids": "user", "application_ids": "application"}
_PRINCIPALS = {"user_id": "user", "group_id": "group", "application_id": "application"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An object with the prefix, or an API key of such an application."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    age: str
    """The age in words; empty without a creation date."""
    holder: str
    """Who holds the object: the bearer, the principal, the members, the project."""
    kept: str = ""
    """The reason to leave the object; empty if the sweep deletes it."""
    is_deleted: bool = False

    @property
    def name(self) -> str:
        """The name; the description of an API key."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def title(self) -> str:
        """The noun, name and id."""
        name = f" {quoted(self.name)}" if self.name else ""
        return f"{self.kind.noun}{name} {self.id}"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The objects with a prefix in an organization, by what a sweep does with them."""

    organization_id: str
    prefix: str
    before: datetime
    doomed: tuple[Candidate, ...]
    """The objects to delete, in the order of deletion."""
    kept: tuple[Candidate, ...]
    """The objects to leave, each with the reason."""


def check_prefix(prefix: str) -> None:
    """Raise Refused for a prefix that may match objects by accident."""
    if len(prefix.strip()) < SHORTEST_PREFIX:
        raise Refused(
            f"the prefix {quoted(prefix)} has less than {SHORTEST_PREFIX} characters, so it may match other"
            " objects; pass a longer prefix"
        )


def survey(core: ProviderCore, prefix: str, before: datetime, now: datetime) -> Survey:
    """Return the objects with the prefix. Changes nothing.

    Raises Refused for a short prefix, or if the API key that runs the command is unknown. Raises another
    IamError if a list cannot be read.
    """
    check_prefix(prefix)
    return _Search(core, prefix, before, now).run()


class _Search:
    """One search for objects with a prefix."""

    def __init__(self, core: ProviderCore, prefix: str, before: datetime, now: datetime) -> None:
        self._core = core
        self._prefix = prefix
        self._own = _own_key(core)
        # The API dates its objects. A clock of this machine that is ahead must not make them older.
        ahead = core.client.now - now
        self._before = before + ahead
        self._now = now + ahead
        # Applications first: the keys of all listed applications are then in the list of keys.
        self._lists = {name: self._listed(KINDS[name]) for name in reversed(ORDER)}
        principal = "user_id" if self._own.get("user_id") else "application_id"
        self._bearer = (principal, str(self._own.get(principal)))
        built_in = {"user_id": "all_users", "application_id": "all_applications"}[principal]
        self._own_groups = {
            group_id
            for group_id, group in self._lists["Group"].items()
            if group.get(built_in) or self._bearer[1] in (group.get(f"{principal}s") or ())
        }

    def _listed(self, kind: AnyKind) -> Mapping[str, Mapping[str, Any]]:
        with needing(kind.listed_with, _UNCHECKED), attempting(f"list {kind.plural}"):
            return dict(kind.listed(self._core.client))

    def run(self) -> Survey:
        """Return the survey."""
        found = {name: self._found(name) for name in ORDER}
        applications = {one.id: one for one in found["Application"]}
        doomed = {one.id for one in found["Application"] if not one.kept}
        # The deletion of an application deletes its keys, whatever their description.
        own = {one.id for one in found["APIKey"]}
        keys = found["APIKey"] + [
            self._candidate(KINDS["APIKey"], access_key, item)
            for access_key, item in self._lists["APIKey"].items()
            if item.get("application_id") in doomed and access_key not in own
        ]
        left_keys = {one.item.get("application_id"): one.id for one in keys if one.kept}
        for application_id in doomed & left_keys.keys():
            application = applications[application_id]
            applications[application_id] = replace(
                application, kept=_left_key(left_keys[application_id])
            )
        found["Application"] = list(applications.values())
        found["APIKey"] = [
            one
            if one.kept or one.id in own or one.item.get("application_id") not in left_keys
            else replace(one, kept="its application is left")
            for one in keys
        ]
        candidates = [one for name in ORDER for one in found[name]]
        return Survey(
            organization_id=self._core.client.default_organization_id,
            prefix=self._prefix,
            before=self._before,
            doomed=tuple(one for one in candidates if not one.kept),
            kept=tuple(one for one in candidates if one.kept),
        )

    def _found(self, name: str) -> list[Candidate]:
        kind = KINDS[name]
        return [
            self._candidate(kind, resource_id, item)
            for resource_id, item in self._lists[name].items()
            if self._has_prefix(kind, item)
        ]

    def _has_prefix(self, kind: AnyKind, item: Mapping[str, Any]) -> bool:
        return str(item.get(kind.described_by) or "").startswith(self._prefix)

    def _candidate(self, kind: AnyKind, resource_id: str, item: Mapping[str, Any]) -> Candidate:
        created_at = str(item.get("created_at") or "")
        return Candidate(
            kind=kind,
            id=resource_id,
            item=item,
            age=_age(self._now - formats.moment(created_at)) if created_at else "",
            holder=", ".join(self._holders(kind, resource_id, item)),
            kept=self._reason_to_keep(kind, resource_id, item),
        )

    def _reason_to_keep(self, kind: AnyKind, resource_id: str, item: Mapping[str, Any]) -> str:
        return (
            self._part_of_caller(kind, resource_id, item)
            or _protection(item)
            or self._too_new(item)
        )

    def _part_of_caller(self, kind: AnyKind, resource_id: str, item: Mapping[str, Any]) -> str:
        if resource_id == self._own["access_key"]:
            return "it runs this command"
        if resource_id == self._bearer[1]:
            return "it is the bearer of the API key that runs this command"
        if resource_id in self._own_groups:
            return "the bearer of the API key that runs this command is a member"
        if kind.name == "Policy" and (
            item.get(self._bearer[0]) == self._bearer[1] or item.get("group_id") in self._own_groups
        ):
            return "it gives rights to the API key that runs this command"
        return ""

    def _too_new(self, item: Mapping[str, Any]) -> str:
        created_at = item.get("created_at")
        if not created_at:
            return "it has no creation date"
        if formats.moment(str(created_at)) >= self._before:
            return f"it was created after {timestamp(self._before)}"
        return ""

    def _holders(self, kind: AnyKind, resource_id: str, item: Mapping[str, Any]) -> Iterator[str]:
        if kind.name == "SSHKey":
            yield f"in project {item['project_id']}"
        elif kind.name == "Group":
            numbers = [(len(item.get(name) or ()), noun) for name, noun in _MEMBERS.items()]
            yield " and ".join(counted(number, noun) for number, noun in numbers if number) or (
                "no members"
            )
        elif kind.name == "Application":
            yield counted(
                sum(
                    key.get("application_id") == resource_id
                    for key in self._lists["APIKey"].values()
                ),
                "API key",
            )
        else:
            held = [self._named(name, str(item[name])) for name in _PRINCIPALS if item.get(name)]
            yield f"of {held[0]}" if held else "no principal"
        if kind.name in ("Group", "Application"):
            field_name = f"{kind.noun}_id"
            for policy in self._lists["Policy"].values():
                if policy.get(field_name) == resource_id and not self._has_prefix(
                    KINDS["Policy"], policy
                ):
                    yield f"policy {quoted(str(policy['name']))} stays without it"

    def _named(self, field_name: str, resource_id: str) -> str:
        noun = _PRINCIPALS[field_name]
        listed = self._lists.get(noun.capitalize(), {}).get(resource_id, {})
        return (
            f"{noun} {quoted(str(listed['name']))}" if "name" in listed else f"{noun} {resource_id}"
        )


def _own_key(core: ProviderCore) -> Mapping[str, Any]:
    """Return the API key that runs the command. Raises Refused if it is unknown."""
    settings = core.settings
    reason = ""
    if settings.access_key is None:
        reason = "the configuration has a secret key, but no access key"
    elif settings.keys_apart:
        reason = f"the access key and the secret key come from two places, {settings.keys_apart}"
    if settings.access_key is None or reason:
        raise Refused(
            f"cannot tell which API key runs this command: {reason}",
            hint="set both keys in one place, so that the command leaves its own key",
        )
    with attempting("read the API key that runs this command"):
        return core.client.get_api_key(settings.access_key)


def _protection(item: Mapping[str, Any]) -> str:
    if item.get("managed"):
        return "a Scaleway product manages it"
    if not item.get("deletable", True) or not item.get("editable", True):
        return "Scaleway protects it"
    return ""


def _left_key(access_key: str) -> str:
    return f"its API key {access_key} is left"


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return counted(hours // 24, "day") if hours >= 48 else counted(max(hours, 0), "hour")


def sweep(core: ProviderCore, found: Survey) -> Iterator[Candidate]:
    """Delete the objects of a survey; yield each with its outcome, in the order of the deletions.

    Each object is read again before its deletion. An object is left if it has another name since the
    survey, or if one of its API keys is left.
    """
    left_keys: dict[object, str] = {}
    deleted: set[str] = set()
    for candidate in found.doomed:
        try:
            kept = _sweep_one(core, candidate, left_keys, deleted)
        except IamError as error:
            kept = str(error)
        if kept and candidate.kind.name == "APIKey":
            left_keys[candidate.item.get("application_id")] = candidate.id
        if not kept:
            deleted.add(candidate.id)
        yield replace(candidate, kept=kept, is_deleted=not kept)


def _sweep_one(
    core: ProviderCore,
    candidate: Candidate,
    left_keys: Mapping[object, str],
    deleted: Collection[str],
) -> str:
    """Delete one object; return the reason if it is left."""
    if candidate.kind.name == "Application":
        if candidate.id in left_keys:
            return _left_key(left_keys[candidate.id])
        with attempting(f"list API keys of {candidate.title}"):
            for key in core.client.list_api_keys(bearer_id=candidate.id):
                if key["access_key"] not in deleted:
                    return f"its API key {key['access_key']} is new"
    try:
        target: Target = read_target(core, candidate.kind, candidate.id)
    except NotFound:
        return ""
    name = str(target.outputs.get(candidate.kind.described_by) or "")
    if name != candidate.name:
        return f"it has another {candidate.kind.described_by} now, {quoted(name)}"
    if protection := _protection(target.outputs):
        return protection
    delete_target(core, target)
    return ""


def to_lines(found: Survey) -> Iterator[str]:
    """Yield the lines of a survey."""
    yield (
        f"# prefix {quoted(found.prefix)}, created before {timestamp(found.before)}, in organization"
        f" {found.organization_id}"
    )
    if found.doomed:
        yield f"# {counted(len(found.doomed), 'object')} to delete, in this order"
    else:
        yield "# nothing to delete"
    for one in found.doomed:
        yield f"{one.title}: {one.age} old, {one.holder}"
    if found.kept:
        yield "# left"
    for one in found.kept:
        yield f"{one.title}: {one.kept}"


def to_json(found: Survey, swept: Iterable[Candidate] | None) -> dict[str, Any]:
    """Return a survey as JSON, with the outcomes of the sweep; None if nothing was to be deleted."""
    return {
        "organization_id": found.organization_id,
        "prefix": found.prefix,
        "created_before": timestamp(found.before),
        "delete": [_json(one) for one in (found.doomed if swept is None else swept)],
        "left": [_json(one) for one in found.kept],
    }


def _json(one: Candidate) -> dict[str, Any]:
    return {
        "kind": dashed(one.kind.noun),
        "id": one.id,
        "name": one.name,
        "created_at": one.item.get("created_at"),
        "held_by": one.holder,
        "deleted": one.is_deleted,
        "reason": one.kept or None,
    }
