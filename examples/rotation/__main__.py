"""Pipelines with rotating API keys: one group, one policy, and a secret of the Secret Manager for each key.

The secrets exist already, and the configuration names them:

    pulumi config set --path 'pipelines["build-01"]' fr-par/11111111-1111-1111-1111-111111111111

Run `pulumi up` at least once per day, for instance as a scheduled job. On most days it changes nothing. consumer.py
shows how a pipeline reads its current key.
"""

import pulumi

import pulumi_scw_iam as iam

OWNER = "owner=platform"

secrets: dict[str, str] = pulumi.Config().require_object("pipelines")

pipelines = {
    name: iam.Application(name, description=f"Pipeline {name}", tags=[OWNER]) for name in secrets
}

# The permissions belong to the group, so a new pipeline needs no new policy.
group = iam.Group(
    "pipelines",
    description="All pipelines",
    application_ids=[pipeline.id for pipeline in pipelines.values()],
    tags=[OWNER],
)

iam.Policy(
    "pipelines",
    description="Push container images, in one project",
    group_id=group.id,
    tags=[OWNER],
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ContainerRegistryFullAccess"],
            project_ids=[iam.default_project_id()],
        )
    ],
)

# Two weeks for a pipeline to read its new key. No secret key is in the state.
keys = {
    name: iam.RotatingAPIKey(
        name,
        application_id=pipeline.id,
        description=f"For pipeline {name}, {OWNER}",
        rotate_after="60d",
        overlap="14d",
        secret_id=secrets[name],
        secret_format="json",
    )
    for name, pipeline in pipelines.items()
}

pulumi.export("next_rotations", {name: key.next_rotation_at for name, key in keys.items()})
