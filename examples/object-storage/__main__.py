"""Pass the API key of an application to another resource, a bucket. The key stays secret throughout."""

import pulumi
from bucket import Bucket

import pulumi_scw_iam as iam

config = pulumi.Config()

backup = iam.Application("backup", description="Writes the backups")

policy = iam.Policy(
    "backup",
    application_id=backup.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[iam.default_project_id()],
        )
    ],
)

key = iam.APIKey(
    "backup",
    application_id=backup.id,
    description="Backups",
    default_project_id=iam.default_project_id(),
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)

bucket = Bucket(
    "backups",
    bucket=config.require("bucket"),
    region=config.require("region"),
    access_key=key.access_key,
    secret_key=key.secret_key,
)

pulumi.export("bucket", bucket.id)
pulumi.export("access_key", key.access_key)
