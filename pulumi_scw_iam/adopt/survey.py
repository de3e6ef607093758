"""Read an organization, and choose the objects to adopt. Makes no writing call."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Existing, External, Skipped, Survey
from pulumi_scw_iam.common.errors import IamError, attempting, needing
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS, built_in
from pulumi_scw_iam.kinds.shared.rotation import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.states.stack_state import StackState

    AnyKind = Kind[Any, Any]
    Item = Mapping[str, Any]

__all__ = ["ADOPTED", "IN_STATE", "Objects", "Selection", "read_objects", "survey"]

ADOPTED: tuple[str, ...] = tuple(
    name for name in KINDS if name not in ("GroupMembership", "RotatingAPIKey")
)
"""The kinds that a survey adopts. The members of a group are adopted with the group.

The API does not know the schedule and the secret of a rotating API key, so only its program can declare it.
"""

IN_STATE = "a given state has it"
"""The reason to skip an object of a state."""

_ROTATING = (
    "a RotatingAPIKey made it, and only its program knows the schedule; declare a RotatingAPIKey, and use"
    " `adopt --program`"
)

_REFERRED = ("User", "Application", "Group")
"""The kinds with names for references; always listed."""

_OTHERS = "the others are read"
"""The consequence of a missing permission set."""

_LISTS_AT_ONCE = 4
_RULES_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The choice of objects by the user. An empty choice selects all objects."""

    kinds: tuple[str, ...] = ()
    """Names of kinds."""
    tags: tuple[str, ...] = ()
    """The object has one of these tags."""
    names: tuple[str, ...] = ()
    """Patterns such as `ci-*`: one matches the name, the e-mail address, the username or the description."""
    projects: tuple[str, ...] = ()
    """Names or ids of projects: the object belongs to one of them, or a rule of the policy names it."""

    def has_kind(self, name: str) -> bool:
        """Return whether the objects of a kind are selected."""
        return name in self.kinds if self.kinds else True

    def includes(self, existing: Existing, projects: Collection[str]) -> bool:
        """Return whether an object is selected; `projects` are the ids of the selected projects."""
        item = existing.item
        if self.tags and not set(self.tags) & set(item.get("tags") or ()):
            return False
        if self.names and not any(
            fnmatchcase(name, pattern) for name in _names(existing) for pattern in self.names
        ):
            return False
        return not self.projects or bool(_project_ids(item) & set(projects))


@dataclass(frozen=True, kw_only=True)
class Objects:
    """The objects of an organization in the form of the API, by the name of the kind and by id."""

    organization_id: str
    by_kind: Mapping[str, Mapping[str, Item]]
    projects: Mapping[str, str]
    """The names of the projects by id."""
    unread: frozenset[str] = frozenset()
    """The ids of policies whose rules could not be read. The policies are in no list."""
    failures: tuple[str, ...] = ()


def read_objects(
    client: IamClient,
    organization_id: str,
    kinds: Collection[str] = ADOPTED,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Objects:
    """List the objects of an organization: the kinds, and users, applications, groups and projects.

    A policy has its rules. A list or rules that cannot be read are a line of `failures`. `progress` gets the
    description of each list that was read: `groups: 12`.

    GET the list of each kind, GET /account/v3/projects, and GET /iam/v1alpha1/rules per policy
    """
    failures: list[str] = []
    unread: set[str] = set()
    names = [name for name in ADOPTED if name in kinds or name in _REFERRED]
    found: dict[str, dict[str, Item]] = {}
    with (
        ThreadPoolExecutor(_LISTS_AT_ONCE, "lists") as lists,
        ThreadPoolExecutor(_RULES_AT_ONCE, "rules") as rules,
    ):
        pending = {name: lists.submit(_listed, client, KINDS[name]) for name in names}
        projects = lists.submit(_projects, client, organization_id)
        for name, future in pending.items():
            try:
                found[name] = future.result()
            except IamError as error:
                if name in kinds:
                    failures.append(str(error))
                continue
            progress(f"{KINDS[name].plural}: {len(found[name])}")
        policies = found.get("Policy", {})
        reads = {
            policy_id: rules.submit(_rules, client, policy)
            for policy_id, policy in policies.items()
        }
        for policy_id, read in reads.items():
            try:
                policies[policy_id] = {**policies[policy_id], "rules": read.result()}
            except IamError as error:
                unread.add(policy_id)
                failures.append(str(error))
        for policy_id in unread:
            del policies[policy_id]
        if reads:
            progress(f"policies with rules: {len(policies)}")
        names_of_projects: dict[str, str] = {}
        try:
            names_of_projects = projects.result()
        except IamError as error:
            failures.append(f"{error}; projects appear by id")
    return Objects(
        organization_id=organization_id,
        by_kind=found,
        projects=names_of_projects,
        unread=frozenset(unread),
        failures=tuple(failures),
    )


def survey(
    objects: Objects,
    states: Collection[StackState] = (),
    selection: Selection | None = None,
    *,
    existing: Iterable[Existing] | None = None,
) -> Survey:
    """Choose the objects to adopt: the selected objects, without what Scaleway or a state manages.

    `existing` are the objects of a source; by default, all objects.
    """
    selection = selection or Selection()
    managed = {pair for state in states for pair in state.resources}
    projects = [
        project_id
        for project_id, name in objects.projects.items()
        if {project_id, name} & set(selection.projects)
    ]
    chosen, skipped = list[Existing](), list[Skipped]()
    for one in _existing(objects) if existing is None else existing:
        if not selection.has_kind(one.kind.name) or not selection.includes(one, projects):
            continue
        if reason := _reason_to_skip(one, managed):
            skipped.append(Skipped(existing=one, reason=reason))
        else:
            unmanaged = one.unmanaged | _single_members(one, managed)
            chosen.append(replace(one, unmanaged=unmanaged))
    unknown = [
        f"project {name}: no project has this name or id; see the projects in the console"
        for name in selection.projects
        if not any(name in pair for pair in objects.projects.items())
    ]
    return Survey(
        organization_id=objects.organization_id,
        existing=tuple(chosen),
        externals=externals(objects),
        skipped=tuple(skipped),
        failures=(*objects.failures, *unknown),
    )


def externals(objects: Objects) -> dict[str, External]:
    """Return the names of all projects and of all objects to which others may refer, by id."""
    named = {
        project_id: External(noun="project", id=project_id, name=name)
        for project_id, name in objects.projects.items()
    }
    for existing in _existing(objects):
        if existing.kind.name in _REFERRED:
            named[existing.id] = External(
                noun=existing.kind.noun, id=existing.id, name=existing.name
            )
    return named


def _existing(objects: Objects) -> Iterator[Existing]:
    for name, items in objects.by_kind.items():
        for object_id, item in items.items():
            yield Existing(kind=KINDS[name], id=object_id, item=item)


def _listed(client: IamClient, kind: AnyKind) -> dict[str, Item]:
    with needing(kind.listed_with, _OTHERS), attempting(f"list {kind.plural}"):
        return dict(kind.listed(client))


def _projects(client: IamClient, organization_id: str) -> dict[str, str]:
    with needing("ProjectReadOnly", _OTHERS), attempting("list projects"):
        projects = client.list_projects(organization_id=organization_id)
        return {project["id"]: project["name"] for project in projects}


def _rules(client: IamClient, policy: Item) -> list[Item]:
    if policy.get("nb_rules") == 0:
        return []
    kind = KINDS["Policy"]
    title = kind.describe(policy, policy["id"])
    with needing(kind.listed_with, _OTHERS), attempting(f"list rules of {title}"):
        return [dict(rule) for rule in client.list_rules(policy_id=policy["id"])]


def _names(existing: Existing) -> Iterator[str]:
    """Yield the names of an object: its name or description, and the fields of `found_by`."""
    for field in dict.fromkeys((existing.kind.described_by, *existing.kind.found_by)):
        yield str(existing.item.get(field) or "")


def _project_ids(item: Item) -> set[str]:
    """Return the projects of an object, or of the rules of a policy."""
    found = {item.get("project_id"), item.get("default_project_id")}
    for rule in item.get("rules") or ():
        found |= set(rule.get("project_ids") or ())
    return {project_id for project_id in found if project_id}


def _reason_to_skip(existing: Existing, managed: Collection[tuple[str, str]]) -> str:
    """Return the reason to leave an object out; empty for an object to adopt."""
    item = existing.item
    is_rotating = existing.kind.name == "APIKey" and Mark.found(existing.name) is not None
    everyone = built_in(item)
    rules = (
        ((existing.kind.name, existing.id.lower()) in managed, IN_STATE),
        (is_rotating, _ROTATING),
        (everyone, f"it is the built-in group of all {everyone}"),
        (item.get("managed"), "a Scaleway product manages it"),
        (item.get("origin") == "scaleway", "Scaleway created it"),
    )
    for applies, reason in rules:
        if applies:
            return reason
    for flag in ("editable", "deletable"):
        if item.get(flag) is False:
            return f"Scaleway does not allow changes ({flag} is false)"
    return ""


def _single_members(existing: Existing, managed: Collection[tuple[str, str]]) -> frozenset[str]:
    """Return the member lists of a group with members that a given state has as memberships."""
    if existing.kind.name != "Group":
        return frozenset()
    prefixes = {field: f"{existing.id}/{field.removesuffix('_ids')}/" for field in MEMBER_LISTS}
    return frozenset(
        field
        for field, prefix in prefixes.items()
        if any(
            kind == "GroupMembership" and resource_id.startswith(prefix.lower())
            for kind, resource_id in managed
        )
    )
