"""What a workflow needs to deploy containers, and nothing else: an application, a policy, a key.

Put the outputs into the workflow's secrets:

    pulumi stack output secret_key --show-secrets | gh secret set SCW_SECRET_KEY
"""

import pulumi

import pulumi_scw_iam as iam

config = pulumi.Config()

deployment = iam.Application(
    "github-actions",
    description="Deploys from GitHub Actions",
    tags=["managed-by=pulumi", "used-by=github-actions"],
)

# One project only, and only the two products that the deployment touches.
policy = iam.Policy(
    "github-actions",
    description="Push images and deploy containers, in one project",
    application_id=deployment.id,
    rules=[
        iam.PolicyRuleArgs(
            project_ids=[iam.default_project_id()],
            permission_set_names=["ContainerRegistryFullAccess", "ContainersFullAccess"],
        )
    ],
)

key = iam.APIKey(
    "github-actions",
    application_id=deployment.id,
    description="GitHub Actions",
    expires_at=config.require("keyExpiresAt"),
    # Nothing can use the key before the policy is there, so it is handed out last.
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)

pulumi.export("access_key", key.access_key)
pulumi.export("secret_key", key.secret_key)
pulumi.export("expires_at", key.expires_at)
