"""The data of the page of access, from the model."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from pulumi_scw_iam.access.implied import inclusions
from pulumi_scw_iam.access.model import BUCKET_POLICIES
from pulumi_scw_iam.access.page import (
    Grant,
    Organization,
    PageData,
    Path,
    PermissionSet,
    Principal,
    Project,
)
from pulumi_scw_iam.access.wording import NO_KEY
from pulumi_scw_iam.common.permission_sets import ESCALATION
from pulumi_scw_iam.common.words import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.access import model, world
    from pulumi_scw_iam.access.page import Noun, Scope

__all__ = ["EVERYTHING", "page_data"]

EVERYTHING = "everything"
"""The name of all permission sets together, which the owner has."""
_UNKNOWN_CONDITION = "a condition that is not known yet"
_FIELDS = {
    "permission_sets": "the permission sets",
    "project_ids": "the projects",
    "condition": "the condition",
}


def page_data(access: model.Access) -> PageData:
    """Return the page of a world: all paths of all principals, and all doubts."""
    found = list(access.grants())
    sets = _sets(access, found)
    projects = _projects(access, found)
    return PageData(
        as_of=access.world.as_of,
        organization=Organization(id=access.world.organization_id, name=""),
        principals=[_principal(access, one) for one in access.principals.values()],
        projects=projects,
        sets=sets,
        grants=_grants(access, found, sets, projects),
        unknown=list(dict.fromkeys(_doubts(access))),
        orphans=[policy.name or policy.id for policy in access.world.policies if policy.is_orphan],
    )


def _sets(access: model.Access, found: list[model.Grant]) -> list[PermissionSet]:
    sure = inclusions().sure
    names = sorted({name for grant in found for name in grant.permission_sets})
    sets = [
        PermissionSet(
            name=name,
            scope_type=access.scope_type(name),
            leads_to_any_right=name in ESCALATION,
            includes=tuple(sorted(sure.get(name, frozenset()) - {name})),
        )
        for name in names
    ]
    if any(grant.is_owner for grant in found):
        everything = PermissionSet(
            name=EVERYTHING,
            scope_type="organization",
            leads_to_any_right=True,
            includes=tuple(sorted(access.index.names)),
        )
        sets.append(everything)
    return sets


def _projects(access: model.Access, found: list[model.Grant]) -> list[Project]:
    """Return the projects of the world, then those that only rules name."""
    others = {one for grant in found for one in grant.project_ids or ()} - access.projects.keys()
    known = sorted(access.projects.items(), key=lambda item: (item[1].casefold(), item[0]))
    return [
        Project(id=one, name=name) for one, name in (*known, *((one, "") for one in sorted(others)))
    ]


def _principal(access: model.Access, principal: world.Principal) -> Principal:
    noun: Noun = principal.kind  # type: ignore[assignment] # one of the three
    notes = []
    if getattr(principal, "locked", False):
        notes.append("locked: no permissions until the unlock")
    if getattr(principal, "managed", False):
        notes.append("managed by Scaleway")
    if noun == "application" and access.working_keys(principal.id) == []:
        notes.append(NO_KEY)
    if getattr(principal, "type", "") == "owner":
        noun = "owner"
    return Principal(id=principal.id, noun=noun, name=principal.name, notes=tuple(notes))


def _grants(
    access: model.Access,
    found: list[model.Grant],
    sets: list[PermissionSet],
    projects: list[Project],
) -> Iterator[Grant]:
    """Yield the grants of one principal after the other."""
    principals = {one: index for index, one in enumerate(access.principals)}
    set_indexes = {one.name: index for index, one in enumerate(sets)}
    scopes = _Scopes(projects)
    of_organization = {one.name for one in sets if access.scope_type(one.name) != "projects"}
    for principal_id, own in groupby(found, key=lambda grant: grant.principal.id):
        principal = principals[principal_id]
        held: dict[tuple[int, str], list[tuple[int, Path]]] = defaultdict(list)
        for grant in own:
            if grant.policy is None:
                whole = scopes.of(_ORGANIZATION | _ALL_PROJECTS)
                yield Grant(principal, set_indexes[EVERYTHING], whole)
                continue
            condition = grant.condition or (_UNKNOWN_CONDITION if grant.is_conditional else "")
            group = None if grant.group is None else grant.group.name or grant.group.id
            path = Path(group, grant.policy.name or grant.policy.id, grant.number)
            limited = scopes.bits(grant.project_ids or ())
            for name in grant.permission_sets:
                bits = limited
                if grant.project_ids is None:
                    bits = _ORGANIZATION if name in of_organization else _ALL_PROJECTS
                held[set_indexes[name], condition].append((bits, path))
        for (set_index, condition), rules in held.items():
            for bits, paths in _parts(rules):
                yield Grant(principal, set_index, scopes.of(bits), condition, paths)


_ORGANIZATION, _ALL_PROJECTS = 1, 2


class _Scopes:
    """Scopes as bits: the organization, all projects, then each project."""

    def __init__(self, projects: list[Project]) -> None:
        self._bits = {one.id: 4 << index for index, one in enumerate(projects)}
        self._scopes: list[Scope] = ["organization", "all projects", *range(len(projects))]
        self._known: dict[int, tuple[Scope, ...]] = {}

    def bits(self, project_ids: Iterable[str]) -> int:
        return sum(self._bits[one] for one in project_ids)

    def of(self, bits: int) -> tuple[Scope, ...]:
        if bits not in self._known:
            self._known[bits] = tuple(
                scope for place, scope in enumerate(self._scopes) if bits >> place & 1
            )
        return self._known[bits]


def _parts(rules: list[tuple[int, Path]]) -> list[tuple[int, tuple[Path, ...]]]:
    """Return the scopes of rules as disjoint parts, each with the paths of all its rules."""
    parts: list[tuple[int, tuple[Path, ...]]] = []
    for bits, path in rules:
        rest = bits
        split = []
        for part, paths in parts:
            if common := part & rest:
                split.append((common, (*paths, path)))
                rest ^= common
            if part ^ common:
                split.append((part ^ common, paths))
        if rest:
            split.append((rest, (path,)))
        parts = split
    return parts


def _doubts(access: model.Access) -> Iterator[str]:
    """Yield what the model cannot know, once for each cause."""
    facts = access.world
    if facts.is_partial:
        yield "the source has the objects of some stacks only: other stacks may give more"
    yield BUCKET_POLICIES
    for gap in facts.gaps:
        yield gap.reason
    for user in facts.users:
        if not user.type:
            yield f"the source does not show whether user {user.name or user.id} is the owner"
    holders = {policy.group_id for policy in facts.policies}
    for group in facts.groups:
        if group.id in holders and not (group.users_known and group.applications_known):
            yield f"the source does not have all members of group {group.name or group.id}"
    for policy in facts.policies:
        if not policy.is_orphan:
            yield from _doubts_of(access, policy)


def _doubts_of(access: model.Access, policy: world.Policy) -> Iterator[str]:
    title = policy.name or policy.id
    if not policy.principal_known:
        yield f"the principal of policy {title} is not known yet"
    if policy.rules is None:
        yield f"the rules of policy {title} are unknown"
    known = inclusions()
    for number, rule in enumerate(policy.rules or (), 1):
        where = f"of policy {title}, rule {number},"
        for field in sorted(rule.unknown):
            verb = "is" if field == "condition" else "are"
            yield f"{_FIELDS[field]} {where} {verb} not known yet"
        for name in rule.permission_sets:
            if rule.project_ids is not None and access.scope_type(name) == "organization":
                yield f"the effect of {name} in a rule with projects is not documented (policy {title}, rule {number})"
            elif name not in known.sure:
                yield f"the content of {name} is unknown: the bundled catalogue does not have it"
            elif others := known.perhaps[name]:
                yield f"the documentation does not say whether {name} includes {joined(sorted(others), 'or')}"
