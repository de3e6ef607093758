"""The world of the states of stacks: the objects that Pulumi programs declare.

Other objects may exist, so the world is partial. An object that a state names only by its id becomes a
principal without a name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.world import ApiKey, Application, Group, Policy, Rule, User, World
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.states.stack_state import StateError

if TYPE_CHECKING:
    from pulumi_scw_iam.states.resources import StateResource

__all__ = ["rule_from", "world_of_resources"]

_MEMBERS = {"user_id": "user_ids", "application_id": "application_ids"}
_PRINCIPALS = ("user_id", "application_id", "group_id")


def world_of_resources(
    resources: Iterable[StateResource],
    *,
    source: str,
    as_of: str,
    organization_id: str | None = None,
) -> World:
    """Return the world of resources from states, of one organization.

    Raises StateError if the resources belong to several organizations, and none is chosen.
    """
    chosen = list(resources)
    owners = sorted({owner for one in chosen if (owner := _text(one.outputs, "organization_id"))})
    if organization_id is None and len(owners) > 1:
        raise StateError(
            f"{source}: the states have objects of the organizations {joined(owners)}; choose one with"
            " --organization"
        )
    organization_id = organization_id or (owners[0] if owners else "")
    by_kind: dict[str, list[StateResource]] = defaultdict(list)
    for one in chosen:
        if _text(one.outputs, "organization_id") in ("", organization_id):
            by_kind[one.kind.name].append(one)
    memberships = [one.outputs for one in by_kind["GroupMembership"]]
    policies = tuple(_policy(one) for one in by_kind["Policy"])
    groups = {one.id: _group(one, memberships) for one in by_kind["Group"]}
    users = {one.id: _user(one) for one in by_kind["User"]}
    applications = {
        one.id: Application(
            id=one.id, name=_text(one.outputs, "name"), managed=_flag(one.outputs, "managed")
        )
        for one in by_kind["Application"]
    }
    for group_id in (
        *(policy.group_id for policy in policies),
        *(_text(facts, "group_id") for facts in memberships),
    ):
        if group_id:
            groups.setdefault(group_id, _external_group(group_id, memberships))
    keys = tuple(
        key for kind in ("APIKey", "RotatingAPIKey") for one in by_kind[kind] for key in _keys(one)
    )
    for user_id in (
        *(policy.user_id for policy in policies),
        *(one for group in groups.values() for one in sorted(group.user_ids)),
    ):
        if user_id:
            users.setdefault(user_id, User(id=user_id))
    for application_id in (
        *(policy.application_id for policy in policies),
        *(one for group in groups.values() for one in sorted(group.application_ids)),
    ):
        if application_id:
            applications.setdefault(application_id, Application(id=application_id))
    return World(
        organization_id=organization_id,
        as_of=as_of,
        source=source,
        is_partial=True,
        users=tuple(users.values()),
        applications=tuple(applications.values()),
        groups=tuple(groups.values()),
        policies=policies,
        api_keys=keys,
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    """Return a text of a resource; empty if it is unset, secret or not known yet."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _flag(values: Mapping[str, Any], name: str) -> bool:
    return values.get(name) is True


def _user(resource: StateResource) -> User:
    values = resource.outputs
    return User(
        id=resource.id,
        username=_text(values, "username"),
        email=_text(values, "email"),
        type=_text(values, "type"),
        locked=_flag(values, "locked"),
    )


def _keys(resource: StateResource) -> Iterator[ApiKey]:
    """Yield the keys of a resource: a rotating key has two in an overlap. No state has the expiry of the second.

    A rotating key without a key, such as a new one of a plan, gets a key from the next update.
    """
    values = resource.outputs
    bearer = _text(values, "user_id") or _text(values, "application_id")
    objects = resource.kind.objects_of(resource.id, values)
    for number, access_key in enumerate([key for _, key in objects] or [resource.id]):
        expires_at = "" if number else _text(values, "expires_at")
        if bearer:
            yield ApiKey(access_key=access_key, bearer_id=bearer, expires_at=expires_at)


def _group(resource: StateResource, memberships: Iterable[Mapping[str, Any]]) -> Group:
    """Return a group with the members of its lists and of the memberships of all states."""
    values = resource.outputs
    lists = {field: values.get(field) for field in _MEMBERS.values()}
    known = {
        field: isinstance(items, list) and UNKNOWN not in items for field, items in lists.items()
    }
    members = _extended(resource.id, lists, memberships)
    return Group(
        id=resource.id,
        name=_text(values, "name"),
        user_ids=members["user_ids"],
        application_ids=members["application_ids"],
        users_known=known["user_ids"],
        applications_known=known["application_ids"],
        all_users=_flag(values, "all_users"),
        all_applications=_flag(values, "all_applications"),
        managed=_flag(values, "managed"),
    )


def _external_group(group_id: str, memberships: Iterable[Mapping[str, Any]]) -> Group:
    """Return a group of which the states have only the id, and perhaps some memberships."""
    members = _extended(group_id, {}, memberships)
    return Group(
        id=group_id,
        user_ids=members["user_ids"],
        application_ids=members["application_ids"],
        users_known=False,
        applications_known=False,
    )


def _extended(
    group_id: str, lists: Mapping[str, Any], memberships: Iterable[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {
        field: {item for item in _items(lists.get(field)) if isinstance(item, str)}
        for field in _MEMBERS.values()
    }
    for facts in memberships:
        if facts.get("group_id") == group_id:
            for name, field in _MEMBERS.items():
                if member := _text(facts, name):
                    found[field].add(member)
    return {field: frozenset(items) for field, items in found.items()}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _policy(resource: StateResource) -> Policy:
    values = resource.outputs
    rules = values.get("rules", [])
    principals = {name: values.get(name) for name in _PRINCIPALS}
    return Policy(
        id=resource.id,
        name=_text(values, "name"),
        **{name: _text(values, name) for name in _PRINCIPALS},
        rules=tuple(rule_from(rule) for rule in rules) if isinstance(rules, list) else None,
        managed=_flag(values, "managed"),
        principal_known=UNKNOWN not in principals.values(),
    )


def rule_from(rule: Any) -> Rule:
    """Return a rule from its plain values by declared name. Values may be UNKNOWN, or have UNKNOWN items."""
    if not isinstance(rule, Mapping):
        fields = frozenset({"permission_sets", "project_ids", "condition"})
        return Rule(permission_sets=(), project_ids=frozenset(), unknown=fields)
    unknown = set()
    names, projects, condition = (
        rule.get(name) for name in ("permission_set_names", "project_ids", "condition")
    )
    if names is UNKNOWN or UNKNOWN in _items(names):
        unknown.add("permission_sets")
    if projects is UNKNOWN or UNKNOWN in _items(projects):
        unknown.add("project_ids")
    if condition is UNKNOWN:
        unknown.add("condition")
    is_limited = projects not in (None, []) and not rule.get("organization_id")
    return Rule(
        permission_sets=tuple(sorted(name for name in _items(names) if isinstance(name, str))),
        project_ids=frozenset(one for one in _items(projects) if isinstance(one, str))
        if is_limited
        else None,
        condition=condition if isinstance(condition, str) else "",
        unknown=frozenset(unknown),
    )
