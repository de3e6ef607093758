"""The worlds before and after a plan: the steps of a preview, joined with the state.

A new object has no id yet. Its URN is its id in the world after. The dependencies of an input resolve an unknown
id, with exactly one new object of the right kind. Other unknown values stay unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.changes import Unclear
from pulumi_scw_iam.access.state import world_of_resources
from pulumi_scw_iam.access.world import Group, Policy, Principal, Project, World
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN, fields, has_unknown
from pulumi_scw_iam.states.preview import PreviewError
from pulumi_scw_iam.states.resources import StateResource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.states.preview import PlannedResource, Preview

    AnyKind = Kind[Any, Any]

__all__ = ["PlanWorlds", "joined_worlds", "opaque", "unlisted", "worlds_of_plan"]

_GONE = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard"})
_NEW = frozenset({"create", "create-replacement"})
_LOOKED_UP = ("User", "Application", "Group")
"""The kinds of look-ups with a place in a world: principals."""


@dataclass(frozen=True, kw_only=True)
class PlanWorlds:
    """The worlds before and after a plan."""

    before: World
    after: World
    unclear: tuple[Unclear, ...] = ()
    """Objects with values that the plan changes, or may change, and does not show."""


def unlisted(parsed: Mapping[str, Any]) -> int:
    """Return the number of unchanged resources that the JSON of a preview counts, but does not list."""
    summary, steps = parsed.get("changeSummary"), parsed.get("steps")
    count = summary.get("same") if isinstance(summary, dict) else 0
    listed = [one for one in steps if isinstance(one, dict)] if isinstance(steps, list) else []
    sames = sum(one.get("op") == "same" for one in listed)
    # The stack itself is a resource too.
    has_stack = any("::pulumi:pulumi:Stack::" in str(one.get("urn")) for one in listed)
    return max(0, count - sames - (not has_stack)) if isinstance(count, int) else 0


def worlds_of_plan(
    preview: Preview,
    state: Iterable[StateResource] = (),
    *,
    as_of: str,
    organization_id: str | None = None,
) -> PlanWorlds:
    """Return the worlds before and after a plan.

    `state` has the resources that the plan does not list. Raises PreviewError for a failed preview, and
    StateError if the resources belong to several organizations.
    """
    if preview.errors:
        raise PreviewError(f"{preview.name}: the preview failed: {preview.errors[0]}")
    before = _before(preview, state)
    applied = _Applied(preview)
    after = dict(before)
    for step in preview.steps:
        if step.kind is None:
            continue
        if step.op in _GONE:
            if step.urn not in applied.created:
                after.pop(step.urn, None)
        elif (one := applied.resource(step, before.get(step.urn))) is not None:
            after[step.urn] = one
    worlds = [
        world_of_resources(
            resources.values(),
            source=preview.name,
            as_of=as_of,
            organization_id=organization_id or _only_organization(before.values()),
        )
        for resources in (before, after)
    ]
    steady = {step.urn for step in preview.steps if step.op in ("same", "refresh")}
    touched = [one for urn, one in after.items() if urn in applied.touched - steady]
    return PlanWorlds(
        before=worlds[0],
        after=replace(worlds[1], projects=applied.projects),
        unclear=tuple(_unclear(touched, {one.id: one for one in before.values()})),
    )


def _before(preview: Preview, state: Iterable[StateResource]) -> dict[str, StateResource]:
    """Return the resources before the plan by their URN after it: those of the steps and of the state."""
    before = {resource.urn: resource for resource in state}
    for step in preview.steps:
        for alias in step.aliases:
            if alias in before and step.urn not in before:
                before[step.urn] = before.pop(alias)
        if step.kind and step.old_outputs:
            before[step.urn] = StateResource(
                kind=step.kind,
                id=step.id,
                urn=step.urn,
                front=step.front,
                inputs=step.old_inputs,
                outputs=step.old_outputs,
            )
    return before


def _only_organization(resources: Iterable[StateResource]) -> str | None:
    """Return the organization of the resources of the state, if there is one."""
    owners = {one.outputs.get("organization_id") for one in resources} - {None, "", UNKNOWN}
    return str(next(iter(owners))) if len(owners) == 1 else None


class _Applied:
    """The resources after the steps of a preview."""

    def __init__(self, preview: Preview) -> None:
        self.created = {step.urn: step for step in preview.steps if step.op in _NEW}
        """The new resources, by URN."""
        self.touched = {step.urn for step in preview.steps}
        self.projects = tuple(
            Project(id=step.urn, name=_text(step.inputs.get("name")) or step.name)
            for step in self.created.values()
            if _is_project(step)
        )

    def resource(self, step: PlannedResource, old: StateResource | None) -> StateResource | None:
        """Return the resource after a step; None if the step shows nothing new."""
        if step.kind is None or (step.external and old is not None):
            return None
        if step.external and step.kind.name not in _LOOKED_UP:
            # A look-up changes nothing, and a plan does not show its rules.
            return None
        if step.op in _NEW:
            old = None
        elif step.urn in self.created:
            return None
        new = {name: self._resolved(step, name, value) for name, value in step.inputs.items()}
        outputs = {**new, **_kept(step.kind, old.outputs, new)} if old else {**new}
        if old is None:
            outputs |= _defaults(step, outputs)
        return StateResource(
            kind=step.kind,
            id=(old.id if old else "") or ("" if step.op in _NEW else step.id) or step.urn,
            urn=step.urn,
            front=step.front,
            inputs=new,
            outputs=outputs,
        )

    def _resolved(self, step: PlannedResource, name: str, value: Any) -> Any:
        """Return an input with the ids of new resources instead of unknown ids."""
        if any(path.partition(".")[0] == name for path in step.secrets):
            return value
        fresh = [
            self.created[urn]
            for urn in dict.fromkeys(step.property_dependencies.get(name, ()))
            if urn in self.created
        ]
        if name == "rules":
            projects = [one.urn for one in fresh if _is_project(one)]
            return _with_projects(value, projects) if len(projects) == 1 else value
        noun = name.removesuffix("s").removesuffix("_id")
        fitting = [one.urn for one in fresh if one.kind and one.kind.noun == noun]
        if value is UNKNOWN:
            is_single = name.endswith("_id") and len(fitting) == 1
            return fitting[0] if is_single else value
        if isinstance(value, list) and sum(item is UNKNOWN for item in value) == len(fitting):
            return [*(item for item in value if item is not UNKNOWN), *fitting]
        return value


def _kept(kind: AnyKind, outputs: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that an update with new inputs does not change."""
    declared = {field.name: field for field in fields(kind.inputs)}
    kept: dict[str, Any] = {}
    for name, value in outputs.items():
        field = declared.get(name)
        is_unmanaged_list = field is not None and bool(field.container) and field.default is None
        if (
            field is None
            or field.prop.create_only
            or (name not in new and (field.chosen_by_api or is_unmanaged_list))
        ):
            kept[name] = value
    return kept


def _defaults(step: PlannedResource, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about a new object that its inputs do not show."""
    facts: dict[str, Any] = {}
    if step.kind and step.kind.name == "User" and not _text(outputs.get("type")):
        # No resource creates an owner.
        facts["type"] = "member"
    if outputs.get("name") is UNKNOWN:
        facts["name"] = step.name
    if step.op in _NEW and step.kind:
        # Nobody else can have added a member to a new group.
        unset = (one for one in fields(step.kind.inputs) if one.container and one.default is None)
        facts |= {one.name: [] for one in unset if outputs.get(one.name) is None}
    return facts


def _with_projects(rules: Any, projects: list[str]) -> Any:
    """Return rules with the id of the only new project instead of unknown projects."""
    if not isinstance(rules, list):
        return rules

    def known(rule: Any) -> Any:
        items = rule.get("project_ids") if isinstance(rule, dict) else None
        if not isinstance(items, list) or UNKNOWN not in items:
            return rule
        return {**rule, "project_ids": [*(i for i in items if i is not UNKNOWN), *projects]}

    return [known(rule) for rule in rules]


def _is_project(step: PlannedResource) -> bool:
    """Return whether a resource of another package is a project of Scaleway."""
    package, _, name = step.type.rpartition(":")
    return (
        step.kind is None
        and package.startswith(("scaleway:", "pulumiverse_scaleway:"))
        and name.endswith("Project")
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_DECISIVE = {
    "Policy": ("rules", "user_id", "application_id", "group_id"),
    "Group": ("user_ids", "application_ids"),
    "GroupMembership": ("group_id", "user_id", "application_id"),
    "User": ("locked",),
}
"""The values that decide about permissions, by kind."""


def _unclear(
    touched: Iterable[StateResource], before: Mapping[str, StateResource]
) -> Iterator[Unclear]:
    """Yield the changed objects with unknown values whose doubt the worlds do not show as a change."""
    for one in touched:
        names = [
            name for name in _DECISIVE.get(one.kind.name, ()) if has_unknown(one.outputs.get(name))
        ]
        if not names:
            continue
        old = before.get(one.id)
        # A policy or a list that was known, or new, becomes a doubt about its principals.
        was_open = old is not None and any(
            has_unknown(old.outputs.get(name))
            or (one.kind.name == "Group" and old.outputs.get(name) is None)
            for name in names
        )
        if was_open or one.kind.name in ("GroupMembership", "User"):
            title = _text(one.outputs.get("name")) or one.name
            reason = f"the preview does not show {joined(names)}"
            yield Unclear(one.kind.noun, one.id, title, reason)


def opaque(before: World, after: World) -> Iterator[Unclear]:
    """Yield the policies with unknown values in two sources: the values may differ."""
    old = {policy.id: policy for policy in before.policies}
    for policy in after.policies:
        if (was := old.get(policy.id)) is not None and _is_open(policy) and _is_open(was):
            reason = "the sources do not show its rules or its principal"
            yield Unclear("policy", policy.id, policy.name, reason)


def _is_open(policy: Policy) -> bool:
    """Return whether a policy has unknown values."""
    return (
        policy.rules is None
        or not policy.principal_known
        or any(rule.unknown for rule in policy.rules)
    )


def joined_worlds(base: World, before: World, after: World) -> World:
    """Return the world `base` with the changes from `before` to `after`, which have only some objects.

    A group keeps the members of `base` that `before` does not have, if its lists are not managed.
    """
    users = {one.id: one for one in base.users}
    for user in after.users:
        known = users.get(user.id)
        if known is None or user.names:
            users[user.id] = replace(user, type=user.type or (known.type if known else ""))
    applications = {one.id: one for one in base.applications}
    for application in after.applications:
        if application.id not in applications or application.names:
            applications[application.id] = application
    groups = {one.id: one for one in base.groups}
    old_groups = {one.id: one for one in before.groups}
    for group in after.groups:
        unmanaged = Group(id=group.id, users_known=False, applications_known=False)
        old = old_groups.get(group.id, unmanaged)
        groups[group.id] = _joined_group(groups.get(group.id), old, group)
    policies = {**{one.id: one for one in base.policies}, **{one.id: one for one in after.policies}}
    keys = {one.access_key: one for one in base.api_keys}
    # A state does not have all expiries, and no update removes one.
    keys |= {
        one.access_key: one
        for one in after.api_keys
        if one.expires_at or one.access_key not in keys
    }
    projects = {one.id: one for one in (*base.projects, *after.projects)}
    principals: tuple[Principal, ...] = (*before.users, *before.applications, *before.groups)
    # A state has objects without a name that it does not manage.
    gone = {one.id for one in principals if one.names} | {one.id for one in before.policies}
    left: tuple[Principal, ...] = (*after.users, *after.applications, *after.groups)
    gone -= {one.id for one in left} | {one.id for one in after.policies}
    gone_keys = {one.access_key for one in before.api_keys} - {
        one.access_key for one in after.api_keys
    }
    return replace(
        base,
        source=after.source,
        users=tuple(one for one in users.values() if one.id not in gone),
        applications=tuple(one for one in applications.values() if one.id not in gone),
        groups=tuple(one for one in groups.values() if one.id not in gone),
        policies=tuple(one for one in policies.values() if one.id not in gone),
        projects=tuple(projects.values()),
        api_keys=tuple(one for one in keys.values() if one.access_key not in gone_keys),
    )


def _joined_group(base: Group | None, before: Group, after: Group) -> Group:
    """Return a group after the changes; `base` is the whole group before."""
    if base is None:
        return after

    def members(known: bool, *ids: frozenset[str]) -> frozenset[str]:
        all_ids, old_ids, new_ids = ids
        return new_ids if known else (all_ids - old_ids) | new_ids

    return replace(
        base,
        name=after.name or base.name,
        users_known=base.users_known and not (before.users_known and not after.users_known),
        applications_known=base.applications_known
        and not (before.applications_known and not after.applications_known),
        user_ids=members(after.users_known, base.user_ids, before.user_ids, after.user_ids),
        application_ids=members(
            after.applications_known,
            base.application_ids,
            before.application_ids,
            after.application_ids,
        ),
    )
