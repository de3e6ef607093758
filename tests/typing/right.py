"""Correct user programs, without mypy errors. Never run."""

from __future__ import annotations

import pulumi

import pulumi_scw_iam as iam
from pulumi_scw_iam import api

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
        iam.PolicyRuleArgs(permission_set_names=["SSHKeysReadOnly"], all_projects=True),
        *iam.rules_by_scope(
            {"IAMReadOnly", "InstancesReadOnly"},
            organization_id=group.organization_id,
            project_ids=["x", pulumi.Output.from_input("y")],
            condition="request.ip == '203.0.113.7'",
        ),
    ],
)
iam.Policy("all", group_id=group.id, rules=iam.rules_by_scope(["AllProductsReadOnly"]))
key = iam.APIKey("key", application_id=robot.id, expires_at="2030-01-31T12:00:00Z")
iam.OrganizationSecuritySettings("settings", login_attempts_before_locked=3)
saml = iam.SAML("saml", single_sign_on_url="https://idp.example.com/sso")
iam.SAMLCertificate("certificate", saml_id=saml.id, type="signing", content="-----BEGIN")
token = iam.SCIMToken("token", scim_id=iam.SCIM("scim").id)
found: iam.Group = iam.Group.get("found", group.id)
team = iam.Team(
    "team",
    pulumi.ResourceOptions(parent=group),
    user_ids=[alice.id],
    rules=[{"permission_set_names": ["AllProductsReadOnly"], "all_projects": True}],
    application=True,
    secret_format="json",
)

name: pulumi.Output[str] = group.name
secret: pulumi.Output[str] = key.secret_key
of_team: pulumi.Output[str] = team.group_id
key_of_team: pulumi.Output[str | None] = team.secret_key
bearer: pulumi.Output[str] = token.bearer_token
entity_id: pulumi.Output[str] = saml.service_provider.apply(lambda provider: provider.entity_id)
first_sets: pulumi.Output[list[str]] = policy.rules.apply(
    lambda rules: list(rules[0].permission_set_names)
)
project: str = iam.default_project_id()

devs: iam.GroupResult = iam.get_group(name="devs")
members: list[str] = [*devs.user_ids, *devs.application_ids]
mine: pulumi.Output[iam.PolicyResult] = iam.get_policy_output(policy_id=policy.id)
tags: pulumi.Output[list[str]] = mine.apply(lambda found: list(found.tags))
emails: list[str] = [user.email for user in iam.get_users(type="member", mfa=False).users]
iam.get_groups_output(user_ids=[alice.id], tag="t")
last: iam.LogResult = iam.get_logs(limit=1, search=project).logs[0]
settings = api.Settings.resolve(retry_timeout=10, allow_self_lockout=True, organization_id="x")
client = api.IamClient(settings, retry=api.Retry(attempts=3))
try:
    user_ids: list[str] = client.get_group("x")["user_ids"]
except api.NotFound as error:
    gone: tuple[int, str] = error.status, error.resource_id
created: api.types.Group = client.create_group(name="devs")
client.create_application(name="robot", tags={"t"}, description=None)
client.update_policy("x", name="y", no_principal=True, tags=("t",))
client.update_user("x", first_name="y", email=None)
keys: list[str] = [key["access_key"] for key in client.list_api_keys()]
