"""The stack of the platform team: a group with read access, and the key for its registry of images."""

import pulumi

import pulumi_scw_iam as iam

# Each team adds its own members with GroupMembership, so no member list is set here.
readers = iam.Group("readers", description="Read access for all teams")
iam.Policy(
    "readers",
    group_id=readers.id,
    rules=iam.rules_by_scope(["AllProductsReadOnly"], project_ids=[iam.default_project_id()]),
)

registry = iam.Team(
    "registry",
    description="Pulls images for the teams",
    rules=iam.rules_by_scope(["ContainerRegistryReadOnly"]),
    application=True,
)

pulumi.export("project", iam.default_project_id())
pulumi.export("readers", readers.id)
pulumi.export("registryAccessKey", registry.access_key)
pulumi.export("registrySecretKey", registry.secret_key)  # stays a secret in the other stacks
