"""Rules about what policies give, and to whom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Given,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)
from pulumi_scw_iam.guardrails.resources import PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = [
    "ESCALATION_NAMED",
    "FULL_ACCESS_BY_PROJECT",
    "NOT_IDLE",
    "NO_ADMINISTRATOR_BY_ACCUMULATION",
    "NO_ALL_PRODUCTS",
    "POLICY_NOT_ORPHAN",
    "POLICY_TO_GROUP",
    "PRIVILEGED_CONDITION",
    "SECRETS_BY_PROJECT",
    "SEPARATED_DUTIES",
]

CHAPTER = "Policies"

ESCALATION = (
    "OrganizationManager",
    "IAMManager",
    "IAMPolicyManager",
    "IAMGroupManager",
    "IAMApplicationManager",
    "IAMUserManager",
)
"""Permission sets whose holder can come to any right: by a policy, by a group, or by a key of another."""
ALL_PRODUCTS = "AllProductsFullAccess"
_SCOPES = ("organization_id", "all_projects", "project_ids")
_ID = re.compile(r"[0-9a-f-]{36}", re.IGNORECASE)

_NO_ADMINISTRATORS = CIS("1.16", 'No policy that allows "*:*" is attached')


class Grant(NamedTuple):
    """One permission set that a rule of a policy gives."""

    rule: int
    """The index of the rule."""
    name: str
    whole: bool
    """Whether the scope is the whole organization, as far as it is known."""
    condition: Any


def grants(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """What a policy gives, and what cannot be told yet."""
    found: list[Grant] = []
    untold: list[NotApplicable] = []
    for index, rule in enumerate(policy.items("rules")):
        if not isinstance(rule, Mapping):
            untold.append(unknown(policy, "rules"))
            continue
        for name in _list(rule.get("permission_set_names")):
            whole = UNKNOWN if name is UNKNOWN else _whole(rule, name)
            if whole is UNKNOWN:
                what = "permission_set_names" if name is UNKNOWN else "organization_id"
                untold.append(
                    NotApplicable(f"rules[{index}].{policy.spell(what)} is not known yet")
                )
            else:
                found.append(Grant(index, name, whole, rule.get("condition") or ""))
    return found, untold


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (UNKNOWN,)


def _whole(rule: Mapping[str, Any], name: str) -> Any:
    """Whether the scope is the whole organization.

    Exactly one scope is set, so one that is set to what is not known yet tells enough.
    """
    known = catalogue().by_name.get(name)
    if known is not None and known.scope_type == "organization":
        return True
    said = {scope for scope in _SCOPES if rule.get(scope) not in (None, False, "", [])}
    sure = {scope for scope in said if rule[scope] is not UNKNOWN}
    chosen = sure or said
    if len(chosen) == 1:
        return chosen != {"project_ids"}
    return UNKNOWN if chosen else False


def is_privileged(grant: Grant) -> bool:
    """Whether it makes an administrator, or lets one become it."""
    return grant.name in ESCALATION or (grant.name == ALL_PRODUCTS and grant.whole)


def privileged(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """The privileged grants of a policy, and what cannot be told."""
    found, untold = grants(policy)
    return list(filter(is_privileged, found)), untold


def by_rule(found: Iterable[Grant]) -> Iterator[tuple[int, list[Grant]]]:
    """Grants by the index of their rule."""
    several: dict[int, list[Grant]] = defaultdict(list)
    for grant in found:
        several[grant.rule].append(grant)
    yield from sorted(several.items())


def names(found: Iterable[Grant]) -> str:
    """The permission sets of grants, as messages list them."""
    return joined(sorted({grant.name for grant in found}))


def _at(policy: Resource, index: int) -> str:
    return f"{policy.spell('rules')}[{index}].{policy.spell('permission_set_names')}"


# --- too much -----------------------------------------------------------------------------------


def _escalation(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    named = set(given.texts("named"))
    who = [policy.get("name"), *(policy.get(name) for name, _ in PRINCIPALS)]
    if named & {one for one in who if isinstance(one, str)}:
        return
    found, untold = grants(policy)
    yield from untold
    known = [grant for grant in found if grant.name in ESCALATION]
    ids = any(_ID.fullmatch(name) for name in named)
    if known and ((UNKNOWN in who and ids) or (who[0] is UNKNOWN and named)):
        yield NotApplicable("whether the policy or the principal is named is not known yet")
        return
    for index, some in by_rule(known):
        yield (
            f"{_at(policy, index)} has {names(some)}, with which the principal can come to any right;"
            " take it out, or name the policy or the principal in the option named"
        )


ESCALATION_NAMED = Guardrail(
    id="escalation-named",
    wants="Permission sets that lead to any right are given to named principals only.",
    why="Who can edit policies, members of groups, applications or users can give itself every other"
    " right, so each of these sets makes an administrator.",
    cure="Take the set out, or name the policy or the principal in the option `named`, after a review.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    like=_NO_ADMINISTRATORS,
    options=(Option("named", [], "Names of policies, and ids of principals, that may have them."),),
    example_options={"named": ["administrators"]},
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMGroupManager"], organization_id=ORGANIZATION_ID)])',
    passes='admins = iam.Group("admins")\n'
    'iam.Policy("admins", name="administrators", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    resource=_escalation,
)


def _all_products(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    del given
    found, untold = grants(policy)
    yield from untold
    for grant in found:
        if grant.name == ALL_PRODUCTS and grant.whole:
            yield (
                f"{_at(policy, grant.rule)} has {ALL_PRODUCTS} on the whole organization; give the sets of"
                f" the products that are needed, in {policy.spell('project_ids')}"
            )


NO_ALL_PRODUCTS = Guardrail(
    id="no-all-products",
    wants="No policy gives AllProductsFullAccess on the organization.",
    why="It is everything in every project, those of tomorrow included.",
    cure="Give the permission sets of the products that are needed, in the projects where they are.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    like=_NO_ADMINISTRATORS,
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AllProductsFullAccess"], all_projects=True)])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], project_ids=[PROJECT_ID])])',
    resource=_all_products,
)


def _full_access(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    allowed = {ALL_PRODUCTS, *given.texts("except_names")}
    found, untold = grants(policy)
    yield from untold
    wide = []
    for grant in found:
        if grant.name.endswith("FullAccess") and grant.whole and grant.name not in allowed:
            known = catalogue().by_name.get(grant.name)
            # Sets of the organization have no smaller scope.
            if known is None or known.scope_type != "organization":
                wide.append(grant)
    for index, some in by_rule(wide):
        yield (
            f"{_at(policy, index)} has {names(some)} on the whole organization; limit it with"
            f" {policy.spell('project_ids')}, or give less than full access"
        )


FULL_ACCESS_BY_PROJECT = Guardrail(
    id="full-access-by-project",
    wants="Full access to a product is limited to projects.",
    why="A scope of the whole organization has the projects of other teams, and all that come later.",
    cure="List the projects in project_ids, or give a set that allows less.",
    severity="high",
    level="advisory",
    kinds=("Policy",),
    options=(Option("except_names", [], "Permission sets that may have this scope."),),
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], all_projects=True)])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], project_ids=[PROJECT_ID])])',
    resource=_full_access,
)

_SECRETS = ("SecretManagerSecretAccess", "KeyManagerKeyDecrypt")


def _secrets(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    del given
    found, untold = grants(policy)
    yield from untold
    for index, some in by_rule(one for one in found if one.name in _SECRETS and one.whole):
        yield (
            f"{_at(policy, index)} has {names(some)}, which reads secrets, on the whole organization;"
            f" limit it with {policy.spell('project_ids')}"
        )


SECRETS_BY_PROJECT = Guardrail(
    id="secrets-by-project",
    wants="Reading secrets is limited to projects.",
    why="Who reads the secrets of all projects holds what all of them protect.",
    cure="List the projects in project_ids.",
    severity="high",
    level="advisory",
    kinds=("Policy",),
    fails='robot = iam.Application("robot")\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["SecretManagerSecretAccess"], all_projects=True)])',
    passes='robot = iam.Application("robot")\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["SecretManagerSecretAccess"], project_ids=[PROJECT_ID])])',
    resource=_secrets,
)


def _condition(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    del given
    found, untold = privileged(policy)
    yield from untold
    for index, some in by_rule(found):
        condition = some[0].condition
        where = f"{policy.spell('rules')}[{index}].{policy.spell('condition')}"
        if condition is UNKNOWN:
            yield NotApplicable(f"{where} is not known yet")
        elif not condition.strip():
            yield (
                f"{where} is not set, and the rule gives {names(some)}; limit it by address or time,"
                " such as with conditions.ip(…)"
            )


PRIVILEGED_CONDITION = Guardrail(
    id="privileged-condition",
    wants="Privileged rules have a condition.",
    why="A stolen key of an administrator works from anywhere, at any time.",
    cure="Limit the rule to the addresses of the office or the pipeline, or to a time.",
    severity="medium",
    level="advisory",
    kinds=("Policy",),
    fails='admins = iam.Group("admins")\n'
    'iam.Policy("admins", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    passes='admins = iam.Group("admins")\n'
    'iam.Policy("admins", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID,\n'
    '    condition=iam.conditions.ip("203.0.113.7"))])',
    resource=_condition,
)


# --- to whom ------------------------------------------------------------------------------------


def _to_groups(stack: Stack, given: Given) -> Iterator[Violation | NotApplicable]:
    del given
    for policy in stack.of("Policy"):
        user = stack.one(policy, "user_id", "User")
        if user is UNKNOWN:
            yield unknown(policy, "user_id")
        elif user:
            yield Violation(
                f"{policy.spell('user_id')} attaches it to one person; attach it to a group with"
                f" {policy.spell('group_id')}, and put the person in",
                policy.urn,
            )


POLICY_TO_GROUP = Guardrail(
    id="policy-to-group",
    wants="People have their rights through groups.",
    why="Rights of single persons are forgotten when they change teams.",
    cure="Attach the policy to a group, and put the person into it.",
    severity="medium",
    level="advisory",
    kinds=("Policy",),
    like=CIS("1.15", "Users receive permissions only through groups"),
    fails='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'iam.Policy("ana", user_id=ana.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    passes='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'devs = iam.Group("devs", user_ids=[ana.id])\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    stack=_to_groups,
)


def _not_orphan(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
    del given
    said = [policy.get(name) for name, _ in PRINCIPALS]
    if any(said) and not all(one in (None, "", UNKNOWN) for one in said):
        return
    orphan = policy.get("no_principal")
    if UNKNOWN in (*said, orphan):
        yield NotApplicable("whether it has a principal is not known yet")
    elif orphan or not any(said):
        yield (
            f"it is attached to nobody; set {policy.spell('group_id')} or"
            f" {policy.spell('application_id')}, or remove the policy"
        )


POLICY_NOT_ORPHAN = Guardrail(
    id="policy-not-orphan",
    wants="Every policy is attached to somebody.",
    why="A policy without a principal gives nothing now, and all at once to whom it is attached some day.",
    cure="Attach it to a group or an application, or remove it.",
    severity="low",
    level="advisory",
    kinds=("Policy",),
    fails='iam.Policy("spare", no_principal=True, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    resource=_not_orphan,
)


def _idle(stack: Stack, given: Given) -> Iterator[Violation | NotApplicable]:
    del given
    used: set[Any] = set()
    for policy in stack.of("Policy"):
        used |= {stack.one(policy, name, kind) for name, kind in PRINCIPALS}
    for members in stack.members.values():
        used |= {key for _, key in members}
    if UNKNOWN in used:
        yield NotApplicable("whom the policies and groups of the stack name is not known yet")
        return
    for resource in stack.of("Application", "Group"):
        if resource.urn not in used:
            what = "no policy and no group" if resource.kind == "Application" else "no policy"
            yield Violation(
                f"{what} of the stack names it, so it has no rights here; give it a policy, or remove it",
                resource.urn,
            )


NOT_IDLE = Guardrail(
    id="not-idle",
    wants="Every application and every group has rights from a policy of the stack.",
    why="What is left over from former days looks as if it were needed, and fills up quotas.",
    cure="Give it a policy, or remove it. Disable this rule where policies are in other stacks.",
    severity="low",
    level="advisory",
    kinds=("Application", "Group"),
    fails='iam.Application("robot")',
    passes='robot = iam.Application("robot")\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    stack=_idle,
)


# --- together -----------------------------------------------------------------------------------


class _Held(NamedTuple):
    """A permission set that a principal has, by which policy."""

    name: str
    whole: bool
    policy: Resource


def _holders(
    stack: Stack,
) -> tuple[dict[tuple[str, Any], set[str]], dict[str, list[_Held]], list[NotApplicable]]:
    """The policies (by URN) of each principal, what each policy gives, and what cannot be told."""
    untold: list[NotApplicable] = []
    gives: dict[str, list[_Held]] = {}
    direct: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for policy in stack.of("Policy"):
        found, not_yet = grants(policy)
        gives[policy.urn] = [_Held(one.name, one.whole, policy) for one in found]
        untold += not_yet
        for name, kind in PRINCIPALS:
            key = stack.one(policy, name, kind)
            if key is UNKNOWN:
                untold.append(unknown(policy, name))
            elif key:
                direct[kind, key].add(policy.urn)
    # Groups come first, so that what all members have is told of the group.
    holders = {who: set(urns) for who, urns in sorted(direct.items(), key=_groups_first)}
    for (_, group), urns in direct.items():
        for kind, key in sorted(stack.members.get(group, ()), key=str):
            if key is UNKNOWN:
                untold.append(NotApplicable("who the members of a group are is not known yet"))
            else:
                holders.setdefault((kind, key), set()).update(urns)
    return holders, gives, untold


def _groups_first(one: tuple[tuple[str, Any], Any]) -> tuple[bool, str, str]:
    (kind, key), _ = one
    return kind != "Group", kind, str(key)


def _together(
    stack: Stack, wanted: list[list[list[str]]]
) -> Iterator[tuple[str, list[_Held]] | NotApplicable]:
    """Who has one set of each of several lists: its title, and how it has them."""
    holders, gives, untold = _holders(stack)
    told: set[frozenset[tuple[str, str]]] = set()
    for (kind, key), urns in holders.items():
        each = [gives[urn] for urn in sorted(urns)]
        for parts in wanted:
            # A policy that gives all by itself explains more than two that do together.
            ways = (_one_of_each(parts, held) for held in [*each, list(chain(*each))])
            have = next((way for way in ways if way), [])
            once = frozenset((one.policy.urn, one.name) for one in have)
            if have and once not in told:
                told.add(once)
                yield stack.describe(key, kind), have
    yield from untold


def _one_of_each(parts: list[list[str]], held: list[_Held]) -> list[_Held]:
    """One set of each part, or nothing."""
    found = [
        next((one for one in held if one.name in part and _counts(one)), None) for part in parts
    ]
    have = [one for one in found if one is not None]
    return have if len(have) == len(parts) else []


def _counts(held: _Held) -> bool:
    """In projects, everything is not the organization."""
    return held.whole or held.name != ALL_PRODUCTS


def _ways(held: Iterable[_Held]) -> str:
    """How somebody has permission sets, as messages list them."""
    return " and ".join(f"{one.name} by {one.policy.title}" for one in held)


def _accumulated(stack: Stack, given: Given) -> Iterator[Violation | NotApplicable]:
    del given
    parts = [["OrganizationManager", "IAMManager", "IAMPolicyManager"], [ALL_PRODUCTS]]
    for found in _together(stack, [parts]):
        if isinstance(found, NotApplicable):
            yield found
            continue
        who, held = found
        policies = sorted({one.policy.urn for one in held})
        if len(policies) < 2:
            continue  # one policy that does it all is told by other rules
        last = stack.by_urn[policies[-1]]
        yield Violation(
            f"makes an administrator of {who}, which has {_ways(held)}; detach one of them",
            last.urn,
        )


NO_ADMINISTRATOR_BY_ACCUMULATION = Guardrail(
    id="no-administrator-by-accumulation",
    wants="Nobody becomes an administrator by several policies and groups that add up.",
    why="All policies of a principal add up, those of its groups included; each looks harmless in a"
    " review.",
    cure="Detach one of the policies, or take the member out of one of the groups.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    like=_NO_ADMINISTRATORS,
    fails='robot = iam.Application("robot")\n'
    'ops = iam.Group("ops", application_ids=[robot.id])\n'
    'iam.Policy("ops", group_id=ops.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AllProductsFullAccess"], all_projects=True)])\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMPolicyManager"], organization_id=ORGANIZATION_ID)])',
    passes='robot = iam.Application("robot")\n'
    'ops = iam.Group("ops")\n'
    'iam.Policy("ops", group_id=ops.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AllProductsFullAccess"], all_projects=True)])\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMPolicyManager"], organization_id=ORGANIZATION_ID)])',
    stack=_accumulated,
)


def _separated(stack: Stack, given: Given) -> Iterator[Violation | NotApplicable]:
    wanted = [[[str(name)] for name in duties] for duties in given.options["duties"] if duties]
    if not wanted:
        yield NotApplicable("the option duties is empty")
        return
    for found in _together(stack, wanted):
        if isinstance(found, NotApplicable):
            yield found
            continue
        who, held = found
        last = stack.by_urn[max(one.policy.urn for one in held)]
        yield Violation(
            f"{who} has duties that two parties should have, {_ways(held)}; give one to another"
            " principal",
            last.urn,
        )


SEPARATED_DUTIES = Guardrail(
    id="separated-duties",
    wants="Nobody holds duties that should be apart.",
    why="Who gives rights should not tend the record of it, and who manages the encryption keys should not"
    " read the secrets.",
    cure="Give one of the permission sets to another principal.",
    severity="high",
    level="advisory",
    kinds=("Policy",),
    options=(
        Option(
            "duties",
            [
                ["IAMManager", "AuditTrailFullAccess"],
                ["IAMManager", "BillingManager"],
                ["KeyManagerFullAccess", "SecretManagerSecretAccess"],
            ],
            "Lists of permission sets that nobody may have together.",
        ),
    ),
    fails='ops = iam.Group("ops")\n'
    'iam.Policy("rights", group_id=ops.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])\n'
    'iam.Policy("record", group_id=ops.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AuditTrailFullAccess"], organization_id=ORGANIZATION_ID)])',
    passes='admins, auditors = iam.Group("admins"), iam.Group("auditors")\n'
    'iam.Policy("rights", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])\n'
    'iam.Policy("record", group_id=auditors.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AuditTrailFullAccess"], organization_id=ORGANIZATION_ID)])',
    stack=_separated,
)
