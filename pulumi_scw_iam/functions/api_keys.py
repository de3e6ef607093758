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

# Its errors never quote the value, because a user may pass the secret key by mistake.
_ACCESS_KEY = SETTINGS["access_key"].parse


@dataclass(frozen=True, kw_only=True)
class GetAPIKey:
    """Get an API key by its access key. The API returns the secret key only at creation."""

    access_key: Annotated[
        str, Prop("The access key, such as `SCW…`.", format=_ACCESS_KEY, unshown=True)
    ]


@dataclass(frozen=True, kw_only=True)
class APIKeyResult(Facts):
    """An API key, without the secret key."""

    access_key: Annotated[str, Prop("The access key, which is also the id of the API key.")]
    description: Description
    application_id: Annotated[
        str | None, Prop("The id of the application, if the bearer is an application.")
    ] = None
    user_id: Annotated[str | None, Prop("The id of the user, if the bearer is a user.")] = None
    default_project_id: Annotated[str, Prop("The id of the default project for Object Storage.")]
    expires_at: Annotated[
        str | None, Prop("The expiry time (RFC 3339, UTC). Unset if the key never expires.")
    ] = None
    creation_ip: Annotated[str, Prop("The IP address of the request that created the key.")]
    updated_at: UpdatedAt


@dataclass(frozen=True, kw_only=True)
class GetAPIKeys:
    """List the API keys of an organization, oldest first. All filters must match.

    The API returns secret keys only at creation.
    """

    organization_id: OrganizationArgument
    access_keys: Annotated[
        frozenset[str] | None,
        Prop("Filter by access keys.", format=_ACCESS_KEY, unshown=True),
    ] = None
    description: Annotated[str | None, Prop("Filter by description, compared by the API.")] = None
    bearer_id: Annotated[
        str | None,
        Prop(
            "Filter by bearer: the id of a user or application.", format=formats.uuid_of("bearer")
        ),
    ] = None
    bearer_type: Annotated[
        str | None,
        Prop("Filter by type of bearer: `user` or `application`.", choices=("user", "application")),
    ] = None
    editable: EditableFilter = None
    expired: Annotated[bool | None, Prop("Filter by whether the key has expired.")] = None


@dataclass(frozen=True, kw_only=True)
class APIKeysResult:
    """The list of matching API keys."""

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
