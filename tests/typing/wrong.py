"""Wrong user programs. Mypy must report each line, because an unused ignore is an error. Never run."""

from __future__ import annotations

import pulumi_scw_iam as iam
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings

client = IamClient(Settings.resolve())

iam.Group("g", nmae="x")  # type: ignore[call-arg]
iam.Group("g", None, "x")  # type: ignore[call-arg]
iam.Group("g", name=1)  # type: ignore[arg-type]
iam.User("u")  # type: ignore[call-arg]
iam.SSHKey("k")  # type: ignore[call-arg]
iam.OrganizationSecuritySettings("s", login_attempts_before_locked="3")  # type: ignore[arg-type]
iam.SAMLCertificate("c", type="signing", content="x")  # type: ignore[call-arg]
iam.SCIMToken("t")  # type: ignore[call-arg]
iam.GroupMembership("m", user_id="x")  # type: ignore[call-arg]
iam.Policy("p", rules=[iam.PolicyRuleArgs()])  # type: ignore[call-arg]
iam.Policy("p", rules=[{"project_ids": []}])  # type: ignore[list-item]
iam.Team("t", nmae="x")  # type: ignore[call-arg]
iam.Team("t", application=iam.Group("g").editable)  # type: ignore[arg-type]
iam.Team("t", rules=[iam.PolicyRuleArgs()])  # type: ignore[call-arg]
iam.Team("t").user_ids  # type: ignore[attr-defined] # noqa: B018
iam.Grop("g")  # type: ignore[attr-defined]
iam.Group("g").user_id  # type: ignore[attr-defined] # noqa: B018
iam.get_group("devs")  # type: ignore[call-arg]
iam.get_group(nmae="devs")  # type: ignore[call-arg]
iam.get_group(group_id=iam.Group("g").id)  # type: ignore[arg-type]
iam.get_api_key()  # type: ignore[call-arg]
iam.get_groups().groups[0].nmae  # type: ignore[attr-defined] # noqa: B018
client.create_application(description="x")  # type: ignore[call-arg]
client.create_application(name="x", nmae="y")  # type: ignore[call-arg]
client.update_application("x", "y")  # type: ignore[call-arg]
client.update_application("x", tags=1)  # type: ignore[arg-type]
client.update_user("x", username="y")  # type: ignore[call-arg]
