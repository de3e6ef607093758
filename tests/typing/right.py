"""Programs as users write them; mypy must have nothing to say. Never run."""

from __future__ import annotations

import pulumi

import pulumi_scw_iam as iam

alice = iam.User("alice", email="alice@example.com", username="alice")
robot = iam.Application("robot", tags=["a", pulumi.Output.from_input("b")])
group = iam.Group(
    "group",
    user_ids=[alice.id, "33333333-3333-4333-8333-333333333333"],
    application_ids=pulumi.Output.all(robot.id).apply(list[str]),
    opts=pulumi.ResourceOptions(protect=True),
)
policy = iam.Policy(
    "policy",
    pulumi.ResourceOptions(depends_on=[group]),
    group_id=group.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["IAMReadOnly"], organization_id=group.organization_id
        ),
        {"permission_set_names": ["AllProductsReadOnly"], "project_ids": ["x"]},
    ],
)
key = iam.APIKey("key", application_id=robot.id, expires_at="2030-01-31T12:00:00Z")
found: iam.Group = iam.Group.get("found", group.id)

name: pulumi.Output[str] = group.name
secret: pulumi.Output[str | None] = key.secret_key
first_sets: pulumi.Output[list[str]] = policy.rules.apply(
    lambda rules: list(rules[0].permission_set_names)
)
project: str = iam.default_project_id()
