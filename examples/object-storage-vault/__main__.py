"""Pass the API key of a team's application to a bucket by a secret. The secret key is in no state."""

import pulumi
from bucket import Bucket

import pulumi_scw_iam as iam

config = pulumi.Config()

backup = iam.Team(
    "backup",
    description="Writes the backups",
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[iam.default_project_id()],
        )
    ],
    application=True,
    default_project_id=iam.default_project_id(),
    secret_id=config.require("vault"),
)

bucket = Bucket(
    "backups",
    bucket=config.require("bucket"),
    region=config.require("region"),
    access_key=backup.access_key,
    secret_id=config.require("vault"),
    secret_version=backup.secret_version,
)

pulumi.export("bucket", bucket.id)
pulumi.export("access_key", backup.access_key)
pulumi.export("secret_version", backup.secret_version)
