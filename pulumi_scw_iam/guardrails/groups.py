"""Guardrails about groups and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.grants import names, privileged
from pulumi_scw_iam.guardrails.guardrail import (
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)
from pulumi_scw_iam.guardrails.resources import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Stack

__all__ = [
    "BUILTIN_GROUP_UNPRIVILEGED",
    "GROUP_NOT_MIXED",
    "GROUP_ONE_STYLE",
    "PRIVILEGED_GROUP_CLOSED",
]

CHAPTER = "Groups"


def _one_style(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    for membership in stack.of("GroupMembership"):
        key = stack.target(membership, "group_id", "Group")
        if key is UNKNOWN:
            yield unknown(membership, "group_id")
        group = stack.by_urn.get(key)
        if group is None:
            continue
        for name, several, _ in MEMBERS:
            if membership.get(name) is not None and group.get(several) is not None:
                yield Violation(
                    f"{group.title} sets {group.spell(several)}, and every member outside of this list"
                    " is removed; add the member to the list, or remove the list",
                    membership.urn,
                )


GROUP_ONE_STYLE = Guardrail(
    id="group-one-style",
    expects="Declare the members of a group either in the group or in memberships.",
    why="At every second update, the list of a group removes the member that a membership adds.",
    cure="List all members in the group, or remove the list and use only GroupMembership resources.",
    severity="high",
    level="mandatory",
    kinds=("GroupMembership",),
    fails='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'devs = iam.Group("devs", user_ids=[])\n'
    'iam.GroupMembership("ana", group_id=devs.id, user_id=ana.id)',
    passes='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'devs = iam.Group("devs")\n'
    'iam.GroupMembership("ana", group_id=devs.id, user_id=ana.id)',
    validate_stack=_one_style,
)


def _not_mixed(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    for group in stack.of("Group"):
        members = stack.members.get(group.urn, frozenset())
        known = {kind for kind, key in members if key is not UNKNOWN}
        if len(known) > 1:
            yield Violation(
                "the group has users and applications; create one group with its own policy for each",
                group.urn,
            )
        elif len({kind for kind, _ in members}) > 1 or any(key is UNKNOWN for _, key in members):
            yield NotApplicable("a member of a group is not known yet")


GROUP_NOT_MIXED = Guardrail(
    id="group-not-mixed",
    expects="Do not mix users and applications in a group.",
    why="Users and applications need different permissions. A shared policy grants too much to one side.",
    cure="Create a group for users and a group for applications.",
    severity="low",
    level="advisory",
    kinds=("Group",),
    fails='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'robot = iam.Application("robot")\n'
    'iam.Group("devs", user_ids=[ana.id], application_ids=[robot.id])',
    passes='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'iam.Group("devs", user_ids=[ana.id])',
    validate_stack=_not_mixed,
)


def _builtin(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    builtin = {group.urn for group in stack.of("Group") if group.is_built_in}
    builtin |= set(context.texts("group_ids"))
    for policy in stack.of("Policy"):
        key = stack.target(policy, "group_id", "Group")
        found, unknowns = privileged(policy)
        if key is UNKNOWN:
            yield unknown(policy, "group_id")
        elif key is not None and {key, policy.get("group_id")} & builtin:
            yield from unknowns
            if found:
                yield Violation(
                    f"{policy.spell('group_id')} is a built-in group, but the policy grants"
                    f" {names(found)}; attach the policy to a group of selected members",
                    policy.urn,
                )


BUILTIN_GROUP_UNPRIVILEGED = Guardrail(
    id="builtin-group-unprivileged",
    expects="Do not grant privileged permission sets to built-in groups.",
    why="The built-in groups contain all users or all applications. Every new member and every new"
    " application has the permissions at once.",
    cure="Attach the policy to a group of selected members.",
    severity="critical",
    level="mandatory",
    kinds=("Policy",),
    options=(
        Option(
            "group_ids",
            [],
            "Ids of built-in groups. A built-in `Group` imported into the stack is recognized without"
            " this option.",
        ),
    ),
    example_options={"group_ids": ["EVERYBODY_ID"]},
    fails='iam.Policy("everybody", group_id=EVERYBODY_ID, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    passes='iam.Policy("everybody", group_id=EVERYBODY_ID, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMReadOnly"], organization_id=ORGANIZATION_ID)])',
    validate_stack=_builtin,
)


def _closed(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    for policy in stack.of("Policy"):
        key = stack.target(policy, "group_id", "Group")
        found, unknowns = privileged(policy)
        if key is UNKNOWN:
            yield unknown(policy, "group_id")
            continue
        group = stack.by_urn.get(key)
        if group is None or group.is_built_in:
            continue  # the lists of a built-in group cannot be set
        yield from unknowns
        free = [group.spell(several) for _, several, _ in MEMBERS if group.get(several) is None]
        if found and free:
            yield Violation(
                f"{' and '.join(free)} {'are' if len(free) > 1 else 'is'} not set, so members added"
                f" elsewhere stay and have {names(found)} from {policy.title}; list all members, or set []",
                group.urn,
            )


PRIVILEGED_GROUP_CLOSED = Guardrail(
    id="privileged-group-closed",
    expects="List all members of groups with a privileged policy.",
    why="Pulumi ignores an unset list, so members added outside of Pulumi stay in the group.",
    cure="Set user_ids and application_ids. An empty list means no members.",
    severity="medium",
    level="advisory",
    kinds=("Policy",),
    fails='admins = iam.Group("admins")\n'
    'iam.Policy("admins", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    passes='admins = iam.Group("admins", user_ids=[USER_ID], application_ids=[])\n'
    'iam.Policy("admins", group_id=admins.id, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    validate_stack=_closed,
)
