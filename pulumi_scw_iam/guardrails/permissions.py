"""Guardrails about what policies grant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.grants import (
    ALL_PRODUCTS,
    ESCALATION,
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
    who = [policy.get("name"), *(policy.get(name) for name, _ in PRINCIPALS)]
    if named & {one for one in who if isinstance(one, str)}:
        return
    found, unknowns = grants(policy)
    yield from unknowns
    known = [grant for grant in found if grant.name in ESCALATION]
    ids = any(_ID.fullmatch(name) for name in named)
    if known and ((UNKNOWN in who and ids) or (who[0] is UNKNOWN and named)):
        yield NotApplicable("whether the policy or the principal is named is not known yet")
        return
    for index, some in by_rule(known):
        yield (
            f"{path_of_names(policy, index)} has {names(some)}, with which the principal can come to any right;"
            " take it out, or name the policy or the principal in the option named"
        )


ESCALATION_NAMED = Guardrail(
    id="escalation-named",
    expects="Permission sets that lead to any right are given to named principals only.",
    why="Who can edit policies, members of groups, applications or users can give itself every other"
    " right, so each of these sets makes an administrator.",
    cure="Take the set out, or name the policy or the principal in the option `named`, after a review.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    framework=NO_ADMINISTRATORS,
    options=(Option("named", [], "Names of policies, and ids of principals, that may have them."),),
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
                f"{path_of_names(policy, grant.rule)} has {ALL_PRODUCTS} on the whole organization; give the sets of"
                f" the products that are needed, in {policy.spell('project_ids')}"
            )


NO_ALL_PRODUCTS = Guardrail(
    id="no-all-products",
    expects="No policy gives AllProductsFullAccess on the organization.",
    why="It is everything in every project, those of tomorrow included.",
    cure="Give the permission sets of the products that are needed, in the projects where they are.",
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
            # Sets of the organization have no smaller scope.
            if known is None or known.scope_type != "organization":
                wide.append(grant)
    for index, some in by_rule(wide):
        yield (
            f"{path_of_names(policy, index)} has {names(some)} on the whole organization; limit it with"
            f" {policy.spell('project_ids')}, or give less than full access"
        )


FULL_ACCESS_BY_PROJECT = Guardrail(
    id="full-access-by-project",
    expects="Full access to a product is limited to projects.",
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
    validate_resource=_full_access,
)

_SECRETS = ("SecretManagerSecretAccess", "KeyManagerKeyDecrypt")


def _secrets(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found, unknowns = grants(policy)
    yield from unknowns
    for index, some in by_rule(one for one in found if one.name in _SECRETS and one.whole):
        yield (
            f"{path_of_names(policy, index)} has {names(some)}, which reads secrets, on the whole organization;"
            f" limit it with {policy.spell('project_ids')}"
        )


SECRETS_BY_PROJECT = Guardrail(
    id="secrets-by-project",
    expects="Reading secrets is limited to projects.",
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
    validate_resource=_secrets,
)


def _condition(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found, unknowns = privileged(policy)
    yield from unknowns
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
    expects="Privileged rules have a condition.",
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
    validate_resource=_condition,
)
