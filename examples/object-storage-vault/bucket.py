"""A small dynamic resource for this example: a bucket on Object Storage, with a key in the Secret Manager."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import pulumi
from botocore.config import Config
from botocore.exceptions import ClientError
from pulumi import dynamic

from pulumi_scw_iam.api import IamClient, Settings

# A new policy takes up to five minutes to apply to Object Storage.
PATIENCE_SECONDS = 300


class BucketProvider(dynamic.ResourceProvider):
    """Create and delete a bucket. Each call reads the secret key from the Secret Manager."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the bucket; retry until the permissions of the key apply."""
        s3 = _client(props)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                s3.create_bucket(
                    Bucket=props["bucket"],
                    CreateBucketConfiguration={"LocationConstraint": props["region"]},
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if (
                    code not in ("AccessDenied", "InvalidAccessKeyId")
                    or time.monotonic() > deadline
                ):
                    raise
                time.sleep(5)
            else:
                return dynamic.CreateResult(props["bucket"], props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Replace the bucket if the name or region changes; update it if only the key changes."""
        replaces = [name for name in ("bucket", "region") if _olds[name] != _news[name]]
        keys = [
            name
            for name in ("access_key", "secret_id", "secret_version")
            if _olds[name] != _news[name]
        ]
        return dynamic.DiffResult(changes=bool(replaces or keys), replaces=replaces)

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        """Save the place of the new key for the deletion."""
        return dynamic.UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the bucket. The bucket must be empty."""
        _client(_props).delete_bucket(Bucket=_id)


class Bucket(dynamic.Resource, module="example", name="Bucket"):
    """A bucket on Object Storage."""

    bucket: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        bucket: pulumi.Input[str],
        region: pulumi.Input[str],
        access_key: pulumi.Input[str | None],
        secret_id: pulumi.Input[str],
        secret_version: pulumi.Input[int | None],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            BucketProvider(),
            resource_name,
            {
                "bucket": bucket,
                "region": region,
                "access_key": access_key,
                "secret_id": secret_id,
                "secret_version": secret_version,
            },
            opts,
        )


def _client(props: dict[str, Any]) -> Any:
    region = props["region"]
    # boto3's own variable can point to another S3 server, such as a local server in tests.
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3", f"https://s3.{region}.scw.cloud")
    return boto3.session.Session(
        aws_access_key_id=props["access_key"],
        aws_secret_access_key=_secret_key(props["secret_id"], int(props["secret_version"])),
        region_name=region,
    ).client("s3", endpoint_url=endpoint, config=Config(retries={"mode": "standard"}))


def _secret_key(secret_id: str, revision: int) -> str:
    """Read the secret key, with the credentials in the environment or in the profile of `scw`."""
    region, _, uuid = secret_id.partition("/")
    secrets = IamClient(Settings.resolve()).secret_manager(region)
    return secrets.access_secret_version(uuid, revision)["data"].decode()
