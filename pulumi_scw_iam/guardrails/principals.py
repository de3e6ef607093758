"""Guardrails about the principals of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Context,
    Guardrail,
    NotApplicable,
    Violation,
    unknown,
)
from pulumi_scw_iam.guardrails.resources import PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = [
    "NOT_IDLE",
    "POLICY_NOT_ORPHAN",
    "POLICY_TO_GROUP",
]

CHAPTER = "Principals of policies"


def _to_groups(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    for policy in stack.of("Policy"):
        user = stack.target(policy, "user_id", "User")
        if user is UNKNOWN:
            yield unknown(policy, "user_id")
        elif user:
            yield Violation(
                f"{policy.spell('user_id')} attaches the policy to a single user; set"
                f" {policy.spell('group_id')} instead, and add the user to the group",
                policy.urn,
            )


POLICY_TO_GROUP = Guardrail(
    id="policy-to-group",
    expects="Grant permissions to users through groups.",
    why="Permissions of single users are forgotten when the users change teams.",
    cure="Attach the policy to a group, and add the user to the group.",
    severity="medium",
    level="advisory",
    kinds=("Policy",),
    framework=CIS("1.15", "Users receive permissions only through groups"),
    fails='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'iam.Policy("ana", user_id=ana.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    passes='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'devs = iam.Group("devs", user_ids=[ana.id])\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    validate_stack=_to_groups,
)


def _not_orphan(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    principals = [policy.get(name) for name, _ in PRINCIPALS]
    if any(principals) and not all(principal in (None, "", UNKNOWN) for principal in principals):
        return
    orphan = policy.get("no_principal")
    if UNKNOWN in (*principals, orphan):
        yield NotApplicable("the principal of the policy is not known yet")
    elif orphan or not any(principals):
        yield (
            f"the policy has no principal; set {policy.spell('group_id')} or"
            f" {policy.spell('application_id')}, or remove the policy"
        )


POLICY_NOT_ORPHAN = Guardrail(
    id="policy-not-orphan",
    expects="Attach every policy to a principal.",
    why="A policy without a principal has no effect. A principal attached later gets all permissions at once.",
    cure="Attach the policy to a group or an application, or remove the policy.",
    severity="low",
    level="advisory",
    kinds=("Policy",),
    fails='iam.Policy("spare", no_principal=True, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    passes='devs = iam.Group("devs")\n'
    'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    validate_resource=_not_orphan,
)


def _idle(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    used: set[Any] = set()
    for policy in stack.of("Policy"):
        used |= {stack.target(policy, name, kind) for name, kind in PRINCIPALS}
    for group, members in stack.members.items():
        # A built-in group has every user or application as a member, and matters only with a policy.
        if group in used or not (group in stack.by_urn and stack.by_urn[group].is_built_in):
            used |= {key for _, key in members}
    if UNKNOWN in used:
        yield NotApplicable("a principal or a member of a group is not known yet")
        return
    for resource in stack.of("Application", "Group"):
        if resource.urn not in used and not resource.is_built_in:
            noun, owners = (
                ("application", "no policy and no group")
                if resource.kind == "Application"
                else ("group", "no policy")
            )
            if stack.may_refer_to(resource.kind):
                yield NotApplicable(
                    "the state has no references of an imported resource yet; run `pulumi up`"
                )
                continue
            yield Violation(
                f"{owners} of the stack refers to this {noun}, so the {noun} has no permissions here;"
                f" attach a policy, or remove the {noun}",
                resource.urn,
            )


NOT_IDLE = Guardrail(
    id="not-idle",
    expects="Remove applications and groups without permissions.",
    why="Leftover objects look necessary, and consume quotas.",
    cure="Attach a policy, or remove the resource. Disable this guardrail if the policies are in other"
    " stacks.",
    severity="low",
    level="advisory",
    kinds=("Application", "Group"),
    fails='iam.Application("robot")',
    passes='robot = iam.Application("robot")\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    validate_stack=_idle,
)
