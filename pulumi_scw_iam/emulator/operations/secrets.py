"""Secrets and their versions: a part of the Secret Manager, in each region."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING
from zlib import crc32

from pulumi_scw_iam.emulator.operations.base import Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import list_query
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
    PROJECT,
    REGIONS,
    SECRET,
    SECRET_ACCESS_GUARD,
    SECRET_CREATE_GUARD,
    SECRET_VERSION,
    SECRET_WRITE_GUARD,
)
from pulumi_scw_iam.emulator.schema.refusals import (
    InvalidArgument,
    already_exists,
    invalid,
    not_found,
    precondition,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = "/secret-manager/v1beta1/regions/<region>/secrets"
ONE = f"{PATH}/<secret_id>"
VERSIONS = f"{ONE}/versions"
VERSION = f"{VERSIONS}/<revision>"

LARGEST = 65_536
"""The size of the largest payload in bytes."""


@behaviour(DOCUMENTED, "The regions are `fr-par`, `nl-ams` and `pl-waw`.")
@behaviour(ASSUMED, "Another region is a 400.")
def region_of(call: Call) -> str:
    """Return the region of the path. Raises a 400 for an unknown region."""
    region = call.args["region"]
    if region not in REGIONS:
        raise invalid(InvalidArgument("region", f"value must be one of {', '.join(REGIONS)}"))
    return region


@behaviour(DOCUMENTED, "A secret exists in one region; in all other regions, its id is a 404.")
def secret_of(call: Call) -> Object:
    """Return the secret of the path. Raises a 404 if the region has no such secret."""
    region = region_of(call)
    secret = call.find(SECRET, call.args["secret_id"])
    if secret["region"] != region:
        raise not_found(SECRET.resource, secret["id"])
    return secret


@behaviour(
    DOCUMENTED,
    "A revision is the number of a version, `latest` or `latest_enabled`. The 404 of an unknown"
    " revision is assumed.",
)
def version_of(call: Call) -> Object:
    """Return the version of the path. Raises a 404 if there is no such version."""
    secret, revision = secret_of(call), call.args["revision"]
    for version in versions_of(call, secret):
        is_newest = revision == "latest" or (
            revision == "latest_enabled" and version["status"] == "enabled"
        )
        if is_newest or revision == str(version["revision"]):
            return version
    raise not_found(SECRET_VERSION.resource, revision)


def versions_of(call: Call, secret: Object) -> list[Object]:
    """Return the versions of a secret, newest first."""
    versions = call.store.having(SECRET_VERSION, "secret_id", secret["id"])
    return sorted(versions, key=lambda version: -int(version["revision"]))


@behaviour(ASSUMED, "The name of a secret is unique within its project, region and path.")
@behaviour(ASSUMED, "The project of a secret must exist.")
@behaviour(DOCUMENTED, "By default, the type of a secret is `opaque` and its path is `/`.")
@operation("POST", PATH, SECRET_CREATE_GUARD, body=SECRET.create, ground=DOCUMENTED)
def create_secret(call: Call) -> Json:
    """Create a secret without versions."""
    region = region_of(call)
    call.find(PROJECT, call.body["project_id"])
    kind = call.body["type"]
    values = {
        **call.body,
        "type": "opaque" if kind in {None, "unknown_type"} else kind,
        "path": call.body["path"] or "/",
        "region": region,
    }
    for other in call.store.having(SECRET, "name", values["name"]):
        if all(other[name] == values[name] for name in ("project_id", "region", "path")):
            raise already_exists(
                SECRET.resource, other["id"], "a secret with this name already exists"
            )
    return call.show(SECRET, call.add(SECRET, **values))


@operation("GET", PATH, SECRET.guard, query=list_query(SECRET), ground=DOCUMENTED)
def list_secrets(call: Call) -> Json:
    """List the secrets of a region."""
    region = region_of(call)
    kept = [secret for secret in call.store.all(SECRET) if secret["region"] == region]
    return call.page(SECRET, kept)


@operation("GET", ONE, SECRET.guard, ground=DOCUMENTED)
def get_secret(call: Call) -> Json:
    """Return a secret without the payloads of its versions."""
    return call.show(SECRET, secret_of(call))


@behaviour(
    DOCUMENTED, "The first version of a secret has the revision 1, the next one the revision 2."
)
@behaviour(
    DOCUMENTED,
    "`disable_previous` disables the newest version before; without an enabled version before, it has no"
    " effect.",
)
@operation("POST", VERSIONS, SECRET_CREATE_GUARD, body=SECRET_VERSION.create, ground=DOCUMENTED)
def create_secret_version(call: Call) -> Json:
    """Create an enabled version."""
    secret = secret_of(call)
    _check_payload(call.body["data"], call.body["data_crc32"])
    before = versions_of(call, secret)
    if call.body["disable_previous"] and before and before[0]["status"] == "enabled":
        call.change(SECRET_VERSION, before[0], status="disabled")
    revision = len(before) + 1
    new = call.add(
        SECRET_VERSION,
        id=f"{secret['id']}/{revision}",
        secret_id=secret["id"],
        revision=revision,
        region=secret["region"],
        description=call.body["description"],
        data=call.body["data"],
        data_crc32=call.body["data_crc32"],
    )
    return call.show(SECRET_VERSION, new)


@behaviour(ASSUMED, "`data` must be base64; otherwise the create is a 400.")
@behaviour(DOCUMENTED, "A payload has at most 64 KiB; the 400 is assumed.")
@behaviour(
    DOCUMENTED,
    "If `data_crc32` is present, it must be the CRC32 of the payload; the 400 is assumed.",
)
def _check_payload(data: str, checksum: int | None) -> None:
    """Raise a 400 for a payload that is not base64, is too large, or has another CRC32."""
    try:
        payload = b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(InvalidArgument("data", "value must be valid base64", "format")) from None
    if len(payload) > LARGEST:
        raise invalid(InvalidArgument("data", f"value length must be at most {LARGEST} bytes"))
    if checksum not in {None, crc32(payload)}:
        raise invalid(InvalidArgument("data_crc32", "value must be the CRC32 of the data"))


@behaviour(ASSUMED, "The list of versions begins with the newest version.")
@operation("GET", VERSIONS, SECRET.guard, query=list_query(SECRET_VERSION), ground=DOCUMENTED)
def list_secret_versions(call: Call) -> Json:
    """List the versions of a secret without their payloads."""
    return call.page(SECRET_VERSION, versions_of(call, secret_of(call)))


@operation("GET", VERSION, SECRET.guard, ground=DOCUMENTED)
def get_secret_version(call: Call) -> Json:
    """Return a version without its payload."""
    return call.show(SECRET_VERSION, version_of(call))


@behaviour(
    DOCUMENTED, "Only an enabled version can be accessed. The 412 for all others is assumed."
)
@behaviour(DOCUMENTED, "`data_crc32` is null if the create of the version had no `data_crc32`.")
@operation("GET", f"{VERSION}/access", SECRET_ACCESS_GUARD, ground=DOCUMENTED)
def access_secret_version(call: Call) -> Json:
    """Return the payload of an enabled version."""
    secret, version = secret_of(call), version_of(call)
    if version["status"] != "enabled":
        raise precondition("resource_not_usable", "the version is not enabled")
    return {
        "secret_id": secret["id"],
        "revision": version["revision"],
        "data": version["data"],
        "data_crc32": version["data_crc32"],
        "type": secret["type"],
    }


@behaviour(ASSUMED, "To enable an enabled version, or to disable a disabled one, is a success.")
@operation("POST", f"{VERSION}/enable", SECRET_WRITE_GUARD, ground=DOCUMENTED)
def enable_secret_version(call: Call) -> Json:
    """Make a version accessible."""
    return call.change(SECRET_VERSION, version_of(call), status="enabled")


@operation("POST", f"{VERSION}/disable", SECRET_WRITE_GUARD, ground=DOCUMENTED)
def disable_secret_version(call: Call) -> Json:
    """Make a version inaccessible."""
    return call.change(SECRET_VERSION, version_of(call), status="disabled")
