"""Guardrails about the combined permissions of several policies."""

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
    """A permission set of a principal, and the granting policy."""

    name: str
    whole: bool
    policy: Resource


def _holders(
    stack: Stack,
) -> tuple[dict[tuple[str, Any], set[str]], dict[str, list[_Held]], list[NotApplicable]]:
    """Return the policy URNs of each principal, the grants of each policy, and the unknowns."""
    unknowns: list[NotApplicable] = []
    gives: dict[str, list[_Held]] = {}
    direct: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for policy in stack.of("Policy"):
        found, not_yet = grants(policy)
        gives[policy.urn] = [_Held(grant.name, grant.whole, policy) for grant in found]
        unknowns += not_yet
        for name, kind in PRINCIPALS:
            key = stack.target(policy, name, kind)
            if key is UNKNOWN:
                unknowns.append(unknown(policy, name))
            elif key:
                direct[kind, key].add(policy.urn)
    # Groups come first: a combination shared by all members is reported for the group.
    holders = {
        principal: set(urns) for principal, urns in sorted(direct.items(), key=_groups_first)
    }
    for (_, group), urns in direct.items():
        for kind, key in sorted(stack.members.get(group, ()), key=str):
            if key is UNKNOWN:
                unknowns.append(NotApplicable("a member of a group is not known yet"))
            else:
                holders.setdefault((kind, key), set()).update(urns)
    return holders, gives, unknowns


def _groups_first(holder: tuple[tuple[str, Any], Any]) -> tuple[bool, str, str]:
    (kind, key), _ = holder
    return kind != "Group", kind, str(key)


def _together(
    stack: Stack, combinations: list[list[list[str]]]
) -> Iterator[tuple[str, list[_Held]] | NotApplicable]:
    """Yield each principal with one permission set of every part of a combination, and its grants."""
    holders, gives, unknowns = _holders(stack)
    reported: set[frozenset[tuple[str, str]]] = set()
    for (kind, key), urns in holders.items():
        each = [gives[urn] for urn in sorted(urns)]
        for parts in combinations:
            # A single policy with the whole combination is reported in preference to two policies.
            candidates = (_one_of_each(parts, held) for held in [*each, list(chain(*each))])
            found = next((candidate for candidate in candidates if candidate), [])
            grants_found = frozenset((held.policy.urn, held.name) for held in found)
            if found and grants_found not in reported:
                reported.add(grants_found)
                yield stack.describe(key, kind), found
    yield from unknowns


def _one_of_each(parts: list[list[str]], held: list[_Held]) -> list[_Held]:
    """Return one permission set of each part; an empty list if a part is missing."""
    candidates = [
        next((item for item in held if item.name in part and _counts(item)), None) for part in parts
    ]
    found = [item for item in candidates if item is not None]
    return found if len(found) == len(parts) else []


def _counts(held: _Held) -> bool:
    """Return True if a permission set counts. All products count only with organization scope."""
    return held.whole or held.name != ALL_PRODUCTS


def _sources(held: Iterable[_Held]) -> str:
    """Return permission sets and their policies, for a message."""
    return " and ".join(f"{item.name} from {item.policy.title}" for item in held)


def _accumulated(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    parts = [["OrganizationManager", "IAMManager", "IAMPolicyManager"], [ALL_PRODUCTS]]
    for found in _together(stack, [parts]):
        if isinstance(found, NotApplicable):
            yield found
            continue
        principal, held = found
        policies = sorted({item.policy.urn for item in held})
        if len(policies) < 2:
            continue  # other guardrails report a single policy with all permission sets
        last = stack.by_urn[policies[-1]]
        yield Violation(
            f"makes {principal} an administrator: {_sources(held)} add up; detach one of the policies",
            last.urn,
        )


NO_ADMINISTRATOR_BY_ACCUMULATION = Guardrail(
    id="no-administrator-by-accumulation",
    expects="Do not make an administrator by combining policies and groups.",
    why="The policies of a principal and of its groups add up, although each policy looks harmless in"
    " a review.",
    cure="Detach one of the policies, or remove the member from one of the groups.",
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
        principal, held = found
        last = stack.by_urn[max(item.policy.urn for item in held)]
        yield Violation(
            f"{principal} has conflicting duties: {_sources(held)}; grant one of these permission sets"
            " to another principal",
            last.urn,
        )


SEPARATED_DUTIES = Guardrail(
    id="separated-duties",
    expects="Separate conflicting duties.",
    why="An administrator of permissions should not maintain the audit trail. An administrator of"
    " encryption keys should not read secrets.",
    cure="Grant one of the permission sets to another principal.",
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
            "Lists of permission sets that no principal may combine.",
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
