"""SCIM: provisioning of members by an identity provider, and its tokens."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.organizations import ONE as ORGANIZATION_PATH
from pulumi_scw_iam.emulator.operations.organizations import organization_of
from pulumi_scw_iam.emulator.operations.standard import declare_delete, declare_get, declare_list
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import SCIM, SCIM_TOKEN
from pulumi_scw_iam.emulator.schema.refusals import already_exists, not_found, quota_exceeded
from pulumi_scw_iam.emulator.schema.times import stamp
from pulumi_scw_iam.emulator.state.sources import URL_SAFE

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{ORGANIZATION_PATH}/scim"
ONE = f"{IAM}/scim/<scim_id>"
TOKENS = f"{ONE}/tokens"
ONE_TOKEN = f"{IAM}/scim-tokens/<token_id>"
MOST_TOKENS = 2


@behaviour(RECORDED, "If SCIM is disabled: 404 `organization_scim` with the organization's id.")
@operation("GET", PATH, SCIM.guard, ground=RECORDED)
def get_organization_scim(call: Call) -> Json:
    """Return the SCIM configuration of the organization. Raises a 404 if SCIM is disabled."""
    organization_id = organization_of(call)["id"]
    for scim in call.store.having(SCIM, "organization_id", organization_id):
        return call.show(SCIM, scim)
    raise not_found("organization_scim", organization_id)


@behaviour(RECORDED, "The configuration has the fields `id` and `created_at` only.")
@behaviour(ASSUMED, "To enable SCIM twice is a 409 `already_exists`.")
@operation("POST", PATH, SCIM.guard, ground=RECORDED)
def enable_organization_scim(call: Call) -> Json:
    """Enable SCIM. Raises a 409 if SCIM is already enabled."""
    organization_id = organization_of(call)["id"]
    if call.store.count_having(SCIM, "organization_id", organization_id):
        raise already_exists("organization_scim", organization_id, "SCIM is already enabled")
    return call.show(SCIM, call.add(SCIM))


@behaviour(
    RECORDED,
    "A token expires after a year. Only this response has the bearer token: the token's id in "
    "base64, a dot and 72 characters.",
)
@behaviour(
    DOCUMENTED,
    "A SCIM configuration has at most two tokens; the 403 `quotas_exceeded` is assumed.",
)
@operation("POST", TOKENS, SCIM_TOKEN.guard, ground=RECORDED)
def create_scim_token(call: Call) -> Json:
    """Create a token for a year; only this response has the bearer token."""
    tokens = tokens_of(call)
    if len(tokens) >= MOST_TOKENS:
        raise quota_exceeded("scim_token", MOST_TOKENS, len(tokens))
    (scim_id,) = call.args.values()
    year = call.now.year + 1
    last_day = 28 if (call.now.month, call.now.day) == (2, 29) else call.now.day
    expires_at = stamp(call.now.replace(year=year, day=last_day))
    token = call.add(SCIM_TOKEN, scim_id=scim_id, expires_at=expires_at)
    name = base64.urlsafe_b64encode(token["id"].encode()).decode()
    bearer_token = f"{name}.{call.sources.text(72, URL_SAFE)}"
    return {"token": call.show(SCIM_TOKEN, token), "bearer_token": bearer_token}


def tokens_of(call: Call) -> list[Object]:
    """Return the tokens of the configuration in the path."""
    return call.store.having(SCIM_TOKEN, "scim_id", call.named(SCIM)["id"])


@behaviour(ASSUMED, "A delete of the configuration deletes its tokens.")
def remove_tokens(call: Call, _scim: Object) -> None:
    """Remove the tokens of a deleted configuration."""
    for token in tokens_of(call):
        call.store.remove(SCIM_TOKEN, token["id"])


declare_delete(SCIM, ONE, "scim", cascade=remove_tokens, ground=RECORDED)
declare_list(SCIM_TOKEN, TOKENS, items=tokens_of, ground=RECORDED)
# In the Go SDK since 1.39, without a description; the response is a ScimToken.
declare_get(SCIM_TOKEN, ONE_TOKEN, "scim_token", ground=DOCUMENTED)
declare_delete(SCIM_TOKEN, ONE_TOKEN, "scim_token", ground=RECORDED)
