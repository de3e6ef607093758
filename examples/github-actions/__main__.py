"""The minimum for a workflow that deploys containers: an application, a policy and a key.

Save the outputs as secrets of the workflow:

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

# One project, and only the two products of the deployment.
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
    # The key is created last: without the policy, the key has no permissions.
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)

pulumi.export("access_key", key.access_key)
pulumi.export("secret_key", key.secret_key)
pulumi.export("expires_at", key.expires_at)
