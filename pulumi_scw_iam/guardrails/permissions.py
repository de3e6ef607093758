"""Guardrails about the grants of policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.permission_sets import ESCALATION, catalogue
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.grants import (
    ALL_PRODUCTS,
    NO_ADMINISTRATORS,
    by_rule,
    grants,
    names,
    path_of_names,
    privileged,
)
from pulumi_scw_iam.guardrails.guardrail import (
    Context,
    Guardrail,
    NotApplicable,
    Option,
)
from pulumi_scw_iam.guardrails.resources import PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource

__all__ = [
    "ESCALATION_NAMED",
    "FULL_ACCESS_BY_PROJECT",
    "NO_ALL_PRODUCTS",
    "PRIVILEGED_CONDITION",
    "SECRETS_BY_PROJECT",
]

CHAPTER = "Permissions of policies"

_ID = re.compile(r"[0-9a-f-]{36}", re.IGNORECASE)


def _escalation(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    named = set(context.texts("named"))
    identifiers = [policy.get("name"), *(policy.get(name) for name, _ in PRINCIPALS)]
    if named & {identifier for identifier in identifiers if isinstance(identifier, str)}:
        return
    found, unknowns = grants(policy)
    yield from unknowns
    known = [grant for grant in found if grant.name in ESCALATION]
    ids = any(_ID.fullmatch(name) for name in named)
    if known and ((UNKNOWN in identifiers and ids) or (identifiers[0] is UNKNOWN and named)):
        yield NotApplicable("the name or the principal of the policy is not known yet")
        return
    for index, granted in by_rule(known):
        yield (
            f"{path_of_names(policy, index)} grants {names(granted)}, so the principal can obtain every"
            " permission; remove the permission set, or add the policy or the principal to the option named"
        )


ESCALATION_NAMED = Guardrail(
    id="escalation-named",
    expects="Grant permission sets for privilege escalation only to named principals.",
    why="A principal with permission to edit policies, group members, applications or users can obtain"
    " every other permission. Each of these permission sets therefore makes an administrator.",
    cure="Remove the permission set, or review the policy and add the policy or the principal to the"
    " option `named`.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    framework=NO_ADMINISTRATORS,
    options=(
        Option(
            "named",
            [],
            "Names of policies and ids of principals allowed to have these permission sets.",
        ),
    ),
    example_options={"named": ["administrators"]},
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMGroupManager"], organization_id=ORGANIZATION_ID)])',
    passes='admins = iam.Group("admins")\n'
    'iam.Policy("admins", name="administrators", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    validate_resource=_escalation,
)


def _all_products(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found, unknowns = grants(policy)
    yield from unknowns
    for grant in found:
        if grant.name == ALL_PRODUCTS and grant.whole:
            yield (
                f"{path_of_names(policy, grant.rule)} grants {ALL_PRODUCTS} on the whole organization; grant"
                f" only the required permission sets, limited with {policy.spell('project_ids')}"
            )


NO_ALL_PRODUCTS = Guardrail(
    id="no-all-products",
    expects="Do not grant AllProductsFullAccess on the whole organization.",
    why="The permission set gives full access to every product in every project, including future projects.",
    cure="Grant the permission sets of the required products, limited to the required projects.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    framework=NO_ADMINISTRATORS,
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["AllProductsFullAccess"], all_projects=True)])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], project_ids=[PROJECT_ID])])',
    validate_resource=_all_products,
)


def _full_access(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    allowed = {ALL_PRODUCTS, *context.texts("except_names")}
    found, unknowns = grants(policy)
    yield from unknowns
    wide = []
    for grant in found:
        if grant.name.endswith("FullAccess") and grant.whole and grant.name not in allowed:
            known = catalogue().by_name.get(grant.name)
            # Permission sets with organization scope have no smaller scope.
            if known is None or known.scope_type != "organization":
                wide.append(grant)
    for index, granted in by_rule(wide):
        yield (
            f"{path_of_names(policy, index)} grants {names(granted)} on the whole organization; limit the"
            f" rule with {policy.spell('project_ids')}, or grant less than full access"
        )


FULL_ACCESS_BY_PROJECT = Guardrail(
    id="full-access-by-project",
    expects="Limit full access to a product to selected projects.",
    why="Organization scope includes the projects of other teams and all future projects.",
    cure="List the projects in project_ids, or grant a narrower permission set.",
    severity="high",
    level="advisory",
    kinds=("Policy",),
    options=(Option("except_names", [], "Permission sets allowed with organization scope."),),
    fails='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], all_projects=True)])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesFullAccess"], project_ids=[PROJECT_ID])])',
    validate_resource=_full_access,
)

_SECRETS = ("SecretManagerSecretAccess", "KeyManagerKeyDecrypt")


def _secrets(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found, unknowns = grants(policy)
    yield from unknowns
    for index, granted in by_rule(
        grant for grant in found if grant.name in _SECRETS and grant.whole
    ):
        yield (
            f"{path_of_names(policy, index)} grants access to secrets ({names(granted)}) on the whole"
            f" organization; limit the rule with {policy.spell('project_ids')}"
        )


SECRETS_BY_PROJECT = Guardrail(
    id="secrets-by-project",
    expects="Limit access to secrets to selected projects.",
    why="A leaked key with organization scope exposes the secrets of every project.",
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
    validate_resource=_secrets,
)


def _condition(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found, unknowns = privileged(policy)
    yield from unknowns
    for index, granted in by_rule(found):
        condition = granted[0].condition
        path = f"{policy.spell('rules')}[{index}].{policy.spell('condition')}"
        if condition is UNKNOWN:
            yield NotApplicable(f"{path} is not known yet")
        elif not condition.strip():
            yield (
                f"{path} is not set, but the rule grants {names(granted)}; limit the rule by address or"
                " time, for example with conditions.ip(…)"
            )


PRIVILEGED_CONDITION = Guardrail(
    id="privileged-condition",
    expects="Set a condition on privileged rules.",
    why="Without a condition, a stolen administrator key works from any address at any time.",
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
    validate_resource=_condition,
)
