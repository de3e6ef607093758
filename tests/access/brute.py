"""A second evaluation of access, one question at a time, and random worlds.

The evaluation shares no code with the model, except the table of inclusions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.implied import inclusions
from pulumi_scw_iam.access.world import (
    Application,
    Gap,
    Group,
    Policy,
    Project,
    Rule,
    User,
    World,
)
from pulumi_scw_iam.common.permission_sets import bundled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SETS = (
    *("IAMManager", "IAMReadOnly", "IAMGroupReadOnly", "OrganizationManager", "ProjectReadOnly"),
    *("NotificationManagerFullAccess", "AllProductsFullAccess", "AllProductsReadOnly"),
    *("InstancesFullAccess", "InstancesReadOnly", "InstancesServerSerialConsoleAccess"),
    *("ObjectStorageFullAccess", "ObjectStorageReadOnly", "KubernetesFullAccess"),
    *("KubernetesSystemMastersGroupAccess", "BrandNewFullAccess", "BrandNewManager", "NewerYet"),
)
"""Permission sets with all kinds of inclusions; the last three are not in the catalogue."""
LIVE = {"BrandNewFullAccess": "projects", "BrandNewManager": "organization"}
CONDITION = 'request.ip == "203.0.113.7"'


def expected(world: World, who: Any, name: str, project: str | None) -> str:
    """Return the verdict about one principal, permission set, and project or None."""
    kind = who.type if isinstance(who, User) else "other"
    if kind != "other" and who.locked:
        return "no"
    if kind == "owner":
        return "yes"
    if type_of(world, name) == "organization":
        project = None
    are_policies_missing = any(gap.noun == "policies" for gap in world.gaps)
    is_open = name.startswith("ObjectStorage") or are_policies_missing or not kind
    best = "cannot tell" if is_open else "no"
    order = ["no", "cannot tell", "only if", "yes"]
    for policy in world.policies:
        has = holds(world, who, policy)
        if has == "no":
            continue
        if policy.rules is None:
            best = max(best, "cannot tell", key=order.index)
        for rule in policy.rules or ():
            given = of_rule(world, rule, name, project)
            if has == "perhaps" and given != "no":
                given = "cannot tell"
            best = max(best, given, key=order.index)
    return best


def type_of(world: World, name: str) -> str:
    if name in bundled().by_name:
        return bundled().by_name[name].scope_type
    return world.permission_sets.get(name, "")


def holds(world: World, who: Any, policy: Policy) -> str:
    """Return whether a principal has a policy: yes, no, perhaps."""
    if not policy.principal_known:
        return "perhaps"
    if who.id in (policy.user_id, policy.application_id, policy.group_id):
        return "yes"
    if not policy.group_id or isinstance(who, Group):
        return "no"
    for group in world.groups:
        if group.id != policy.group_id:
            continue
        if isinstance(who, User):
            is_member = group.all_users or who.id in group.user_ids
            is_known = group.users_known
        else:
            is_everybody = group.all_applications and not who.managed
            is_member = is_everybody or who.id in group.application_ids
            is_known = group.applications_known
        return "yes" if is_member else "no" if is_known else "perhaps"
    return "perhaps" if any(gap.noun == "groups" for gap in world.gaps) else "no"


def of_rule(world: World, rule: Rule, name: str, project: str | None) -> str:
    """Return what a rule of the principal says about one permission set."""
    if rule.project_ids is None:
        in_scope = True
    elif project is None:
        in_scope = len(rule.project_ids) > 0
    else:
        in_scope = project in rule.project_ids
    is_scope_open = "project_ids" in rule.unknown
    best = "no"
    if "permission_sets" in rule.unknown and (in_scope or is_scope_open):
        best = "cannot tell"
    for held in rule.permission_sets:
        included = includes(world, held, name)
        if included == "no":
            continue
        if rule.project_ids is not None and type_of(world, held) == "organization":
            best = "cannot tell" if best == "no" else best
        elif included == "perhaps" or not in_scope:
            if in_scope or is_scope_open:
                best = "cannot tell" if best == "no" else best
        elif rule.condition or "condition" in rule.unknown:
            best = "only if"
        else:
            return "yes"
    return best


def includes(world: World, held: str, name: str) -> str:
    if held == name:
        return "yes"
    reviewed = bundled().by_name
    if held in reviewed and name in reviewed:
        if name in inclusions().sure[held]:
            return "yes"
        return "perhaps" if name in inclusions().perhaps[held] else "no"
    types = {type_of(world, held), type_of(world, name)}
    return "no" if types == {"organization", "projects"} else "perhaps"


def random_world(dice: Random) -> World:
    """Return a small organization: users, applications, groups, policies, and what nobody knows."""

    def some(items: Sequence[str], most: int = 2) -> list[str]:
        return dice.sample(items, dice.randint(0, min(most, len(items))))

    def rarely(chance: float = 0.06) -> bool:
        return dice.random() < chance

    users = tuple(
        User(
            id=f"u{number}",
            username=f"user{number}",
            type="owner" if rarely(0.1) else "" if rarely() else "member",
            locked=rarely(0.1),
        )
        for number in range(dice.randint(1, 3))
    )
    applications = tuple(
        Application(id=f"a{number}", name=f"app{number}", managed=rarely(0.4))
        for number in range(dice.randint(0, 2))
    )
    user_ids, application_ids = [one.id for one in users], [one.id for one in applications]
    groups = tuple(
        Group(
            id=f"g{number}",
            name=f"group{number}",
            user_ids=frozenset(some(user_ids)),
            application_ids=frozenset(some(application_ids)),
            users_known=not rarely(),
            applications_known=not rarely(),
            all_users=rarely(0.25),
            all_applications=rarely(0.25),
        )
        for number in range(dice.randint(0, 3))
    )
    projects = [f"p{number}" for number in range(dice.randint(1, 3))]
    kinds = {
        "user_id": user_ids,
        "application_id": application_ids,
        "group_id": [*(group.id for group in groups), "gone"],
    }
    policies = tuple(
        _random_policy(dice, f"y{number}", kinds, projects) for number in range(dice.randint(0, 4))
    )
    gaps = tuple(Gap(noun=noun, reason=noun) for noun in ("policies", "groups") if rarely(0.03))
    return World(
        source="dice",
        as_of="2030-01-01T00:00:00Z",
        users=users,
        applications=applications,
        groups=groups,
        policies=policies,
        projects=tuple(Project(id=one, name=one) for one in projects),
        permission_sets={} if rarely(0.5) else _live(),
        gaps=gaps,
    )


def _live() -> dict[str, str]:
    return {name: entry.scope_type for name, entry in bundled().by_name.items()} | LIVE


def _random_policy(
    dice: Random, policy_id: str, kinds: dict[str, list[str]], projects: list[str]
) -> Policy:
    kind = dice.choice(["user_id", "application_id", "group_id", "group_id", ""])
    principal = {kind: dice.choice(kinds[kind])} if kind and kinds[kind] else {}
    rules = tuple(_random_rule(dice, projects) for _ in range(dice.randint(0, 3)))
    return Policy(
        id=policy_id,
        name=f"policy {policy_id}",
        rules=None if dice.random() < 0.03 else rules,
        principal_known=bool(principal) or dice.random() < 0.8,
        user_id=principal.get("user_id", ""),
        application_id=principal.get("application_id", ""),
        group_id=principal.get("group_id", ""),
    )


def _random_rule(dice: Random, projects: list[str]) -> Rule:
    fields = ("permission_sets", "project_ids", "condition")
    limited = dice.random() < 0.6
    unknown = {field for field in fields if dice.random() < 0.03}
    if not limited:
        unknown.discard("project_ids")
    return Rule(
        permission_sets=tuple(sorted(dice.sample(SETS, dice.randint(0, 3)))),
        project_ids=frozenset(dice.sample(projects, dice.randint(0, 2) % (len(projects) + 1)))
        if limited
        else None,
        condition=CONDITION if dice.random() < 0.3 else "",
        unknown=frozenset(unknown),
    )
