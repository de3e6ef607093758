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
                f"{policy.spell('user_id')} attaches it to one person; attach it to a group with"
                f" {policy.spell('group_id')}, and put the person in",
                policy.urn,
            )


POLICY_TO_GROUP = Guardrail(
    id="policy-to-group",
    expects="People have their rights through groups.",
    why="Rights of single persons are forgotten when they change teams.",
    cure="Attach the policy to a group, and put the person into it.",
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
    if any(principals) and not all(one in (None, "", UNKNOWN) for one in principals):
        return
    orphan = policy.get("no_principal")
    if UNKNOWN in (*principals, orphan):
        yield NotApplicable("whether it has a principal is not known yet")
    elif orphan or not any(principals):
        yield (
            f"it is attached to nobody; set {policy.spell('group_id')} or"
            f" {policy.spell('application_id')}, or remove the policy"
        )


POLICY_NOT_ORPHAN = Guardrail(
    id="policy-not-orphan",
    expects="Every policy is attached to somebody.",
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
    validate_resource=_not_orphan,
)


def _idle(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    used: set[Any] = set()
    for policy in stack.of("Policy"):
        used |= {stack.target(policy, name, kind) for name, kind in PRINCIPALS}
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
    expects="Every application and every group has rights from a policy of the stack.",
    why="What is left over from former days looks as if it were needed, and fills up quotas.",
    cure="Give it a policy, or remove it. Disable this guardrail if policies are in other stacks.",
    severity="low",
    level="advisory",
    kinds=("Application", "Group"),
    fails='iam.Application("robot")',
    passes='robot = iam.Application("robot")\n'
    'iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["InstancesReadOnly"], project_ids=[PROJECT_ID])])',
    validate_stack=_idle,
)
