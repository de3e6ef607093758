"""API keys of users and applications."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, APPLICATION, ORGANIZATION, PROJECT, USER
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid
from pulumi_scw_iam.emulator.schema.times import parse_duration, parse_instant

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{IAM}/api-keys"
ONE = f"{PATH}/<access_key>"
BEARER_KINDS = {"application_id": APPLICATION, "user_id": USER}


def digest(secret_key: str) -> str:
    """Return the digest of a secret key; only the digest is stored."""
    return hashlib.sha256(secret_key.encode()).hexdigest()


@behaviour(RECORDED, "Only the response to the create has the secret key.")
@behaviour(
    RECORDED,
    "Without `default_project_id`, an API key has the organization's default project; its id is "
    "the organization's id.",
)
@behaviour(
    RECORDED,
    "An access key is `SCW` and 17 digits or capital letters other than I, L, O and U.",
)
@behaviour(RECORDED, "`creation_ip` is the IP address of the caller.")
@behaviour(ASSUMED, "The bearer and the project must exist.")
@operation("POST", PATH, API_KEY.guard, body=API_KEY.create, ground=RECORDED)
def create_api_key(call: Call) -> Json:
    """Create an API key; only this response has the secret key."""
    for field, kind in BEARER_KINDS.items():
        if field in call.body:
            call.find(kind, call.body[field])
    project_id = call.body["default_project_id"]
    if project_id:
        call.find(PROJECT, project_id)
    check_expiry(call)
    secret_key = call.given.get("secret_key") or call.sources.uuid()
    key = call.add(
        API_KEY,
        **{
            **call.body,
            "access_key": call.given.get("access_key") or call.sources.access_key(),
            "secret_digest": digest(secret_key),
            # The default project of an organization has the organization's id.
            "default_project_id": project_id or call.organization_id,
            "creation_ip": call.ip,
        },
    )
    return {**call.show(API_KEY, key), "secret_key": secret_key}


@behaviour(ASSUMED, "An expiry in the past is refused.")
@behaviour(
    DOCUMENTED,
    "With `max_api_key_expiration_duration`, a new API key without expiry or with a later expiry is"
    " refused; existing API keys are unchanged. The wording is assumed.",
)
def check_expiry(call: Call) -> None:
    """Raise a 400 for an expiry in the past, or after the organization's maximum."""
    expires_at = call.body["expires_at"]
    if expires_at and parse_instant(expires_at) <= call.now:
        raise invalid(InvalidArgument("expires_at", "value must be greater than now"))
    settings = call.find(ORGANIZATION, call.organization_id)
    most = parse_duration(settings["max_api_key_expiration_duration"])
    if most and (not expires_at or parse_instant(expires_at) - call.now > most):
        raise invalid(
            InvalidArgument(
                "expires_at",
                "value must be within the organization's maximum API key expiration duration of"
                f" {settings['max_api_key_expiration_duration']}",
            )
        )


@behaviour(
    ASSUMED,
    "An API key keeps the id of a deleted default project. An update with this id is a 404 `project`, an"
    " update of other fields is not.",
)
@behaviour(
    ASSUMED,
    "The expiry of an API key can be set once; after that, a change or removal is refused.",
)
def check_update(call: Call, old: Object) -> None:
    """Raise a 400 for a change of an existing expiry, and a 404 for an unknown project."""
    if call.body.get("default_project_id"):
        call.find(PROJECT, call.body["default_project_id"])
    expires_at = call.body.get("expires_at", old["expires_at"])
    if expires_at == old["expires_at"]:
        return
    if old["expires_at"]:
        raise invalid(InvalidArgument("expires_at", "value cannot be changed once it is set"))
    check_expiry(call)


declare_list(API_KEY, PATH, ground=RECORDED)
declare_get(API_KEY, ONE, "api_key", ground=RECORDED)
declare_update(API_KEY, ONE, "api_key", check=check_update, ground=RECORDED)
declare_delete(API_KEY, ONE, "api_key", ground=RECORDED)
