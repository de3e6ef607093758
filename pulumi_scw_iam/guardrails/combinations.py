"""Guardrails about what several policies grant together."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.grants import (
    ALL_PRODUCTS,
    NO_ADMINISTRATORS,
    grants,
)
from pulumi_scw_iam.guardrails.guardrail import (
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)
from pulumi_scw_iam.guardrails.resources import PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = [
    "NO_ADMINISTRATOR_BY_ACCUMULATION",
    "SEPARATED_DUTIES",
]

CHAPTER = "Combined permissions"


class _Held(NamedTuple):
    """A permission set that a principal has, and the policy that grants it."""

    name: str
    whole: bool
    policy: Resource


def _holders(
    stack: Stack,
) -> tuple[dict[tuple[str, Any], set[str]], dict[str, list[_Held]], list[NotApplicable]]:
    """Return the policies (by URN) of each principal, what each policy grants, and what is not known yet."""
    unknowns: list[NotApplicable] = []
    gives: dict[str, list[_Held]] = {}
    direct: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for policy in stack.of("Policy"):
        found, not_yet = grants(policy)
        gives[policy.urn] = [_Held(one.name, one.whole, policy) for one in found]
        unknowns += not_yet
        for name, kind in PRINCIPALS:
            key = stack.target(policy, name, kind)
            if key is UNKNOWN:
                unknowns.append(unknown(policy, name))
            elif key:
                direct[kind, key].add(policy.urn)
    # Groups come first: what all members have is reported for the group.
    holders = {who: set(urns) for who, urns in sorted(direct.items(), key=_groups_first)}
    for (_, group), urns in direct.items():
        for kind, key in sorted(stack.members.get(group, ()), key=str):
            if key is UNKNOWN:
                unknowns.append(NotApplicable("who the members of a group are is not known yet"))
            else:
                holders.setdefault((kind, key), set()).update(urns)
    return holders, gives, unknowns


def _groups_first(one: tuple[tuple[str, Any], Any]) -> tuple[bool, str, str]:
    (kind, key), _ = one
    return kind != "Group", kind, str(key)


def _together(
    stack: Stack, combinations: list[list[list[str]]]
) -> Iterator[tuple[str, list[_Held]] | NotApplicable]:
    """Yield each principal that has one permission set of each part of a combination, and how it has them."""
    holders, gives, unknowns = _holders(stack)
    reported: set[frozenset[tuple[str, str]]] = set()
    for (kind, key), urns in holders.items():
        each = [gives[urn] for urn in sorted(urns)]
        for parts in combinations:
            # One policy that grants all explains more than two that do together.
            ways = (_one_of_each(parts, held) for held in [*each, list(chain(*each))])
            have = next((way for way in ways if way), [])
            once = frozenset((one.policy.urn, one.name) for one in have)
            if have and once not in reported:
                reported.add(once)
                yield stack.describe(key, kind), have
    yield from unknowns


def _one_of_each(parts: list[list[str]], held: list[_Held]) -> list[_Held]:
    """Return one permission set of each part; nothing if a part is missing."""
    found = [
        next((one for one in held if one.name in part and _counts(one)), None) for part in parts
    ]
    have = [one for one in found if one is not None]
    return have if len(have) == len(parts) else []


def _counts(held: _Held) -> bool:
    """Return whether a permission set counts: all products of a project are not the organization."""
    return held.whole or held.name != ALL_PRODUCTS


def _ways(held: Iterable[_Held]) -> str:
    """Return how a principal has permission sets, as messages list them."""
    return " and ".join(f"{one.name} by {one.policy.title}" for one in held)


def _accumulated(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    parts = [["OrganizationManager", "IAMManager", "IAMPolicyManager"], [ALL_PRODUCTS]]
    for found in _together(stack, [parts]):
        if isinstance(found, NotApplicable):
            yield found
            continue
        who, held = found
        policies = sorted({one.policy.urn for one in held})
        if len(policies) < 2:
            continue  # other guardrails report a single policy that does it all
        last = stack.by_urn[policies[-1]]
        yield Violation(
            f"makes an administrator of {who}, which has {_ways(held)}; detach one of them",
            last.urn,
        )


NO_ADMINISTRATOR_BY_ACCUMULATION = Guardrail(
    id="no-administrator-by-accumulation",
    expects="Nobody becomes an administrator by several policies and groups that add up.",
    why="All policies of a principal add up, those of its groups included; each looks harmless in a"
    " review.",
    cure="Detach one of the policies, or take the member out of one of the groups.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    framework=NO_ADMINISTRATORS,
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
    validate_stack=_accumulated,
)


def _separated(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    combinations = [
        [[str(name)] for name in duties] for duties in context.options["duties"] if duties
    ]
    if not combinations:
        yield NotApplicable("the option duties is empty")
        return
    for found in _together(stack, combinations):
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
    expects="Nobody holds duties that should be apart.",
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
    validate_stack=_separated,
)
