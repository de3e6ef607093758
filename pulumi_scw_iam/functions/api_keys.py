"""getAPIKey and getAPIKeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pulumi_scw_iam.api.settings import SETTINGS
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, encode
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    Description,
    EditableFilter,
    OrganizationArgument,
    UpdatedAt,
)
from pulumi_scw_iam.kinds.shared.fields import Facts

# Says what is wrong without quoting it: whoever mixes the two up must not find the secret key in a log.
_ACCESS_KEY = SETTINGS["access_key"].parse


@dataclass(frozen=True, kw_only=True)
class GetAPIKey:
    """One API key by its access key; never its secret key, which the API tells only once."""

    access_key: Annotated[
        str, Prop("Its access key, which begins with SCW.", format=_ACCESS_KEY, unshown=True)
    ]


@dataclass(frozen=True, kw_only=True)
class APIKeyResult(Facts):
    """An API key, as the API tells of it: without its secret key."""

    access_key: Annotated[str, Prop("The public half, and the id of the key.")]
    description: Description
    application_id: Annotated[str | None, Prop("The bearer, where that is an application.")] = None
    user_id: Annotated[str | None, Prop("The bearer, where that is a user.")] = None
    default_project_id: Annotated[str, Prop("Project that Object Storage uses with this key.")]
    expires_at: Annotated[
        str | None, Prop("When the key stops working (RFC 3339, UTC); unset, never.")
    ] = None
    creation_ip: Annotated[str, Prop("Address from which the key was made.")]
    updated_at: UpdatedAt


@dataclass(frozen=True, kw_only=True)
class GetAPIKeys:
    """The API keys of an organization, oldest first; all of them, or those that pass every filter.

    Never their secret keys, which the API tells only once.
    """

    organization_id: OrganizationArgument
    access_keys: Annotated[
        frozenset[str] | None,
        Prop("Only those with these access keys.", format=_ACCESS_KEY, unshown=True),
    ] = None
    description: Annotated[
        str | None, Prop("Only those of this description, as the API compares descriptions.")
    ] = None
    bearer_id: Annotated[
        str | None,
        Prop("Only those of this user or application.", format=formats.uuid_of("bearer")),
    ] = None
    bearer_type: Annotated[
        str | None,
        Prop("Only those of users, or of applications.", choices=("user", "application")),
    ] = None
    editable: EditableFilter = None
    expired: Annotated[bool | None, Prop("Only those that have expired, or that have not.")] = None


@dataclass(frozen=True, kw_only=True)
class APIKeysResult:
    """The API keys that were found."""

    api_keys: Annotated[tuple[APIKeyResult, ...], Prop("The API keys.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getAPIKey",
        noun="API key",
        arguments=GetAPIKey,
        result=APIKeyResult,
        query=lambda client, arguments: client.get_api_key(arguments.access_key),
    ),
    Function(
        name="getAPIKeys",
        noun="API keys",
        arguments=GetAPIKeys,
        result=APIKeysResult,
        query=lambda client, arguments: {
            "api_keys": list(client.list_api_keys(**encode(arguments)))
        },
    ),
)
