"""getUser and getUsers, and more of a user: getWebAuthnAuthenticators, getGracePeriods, getJWT, getJWTs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop, encode
from pulumi_scw_iam.core.find import find_one
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    Id,
    Name,
    OrganizationArgument,
    SearchedOrganization,
    TagFilter,
    TagList,
    UpdatedAt,
    look_up,
)
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, Srn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class GetUser:
    """Get a user by id, e-mail address or username."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("user", ("user_id", "email", "username")),)

    user_id: Annotated[str | None, Prop("The id of the user.", format=formats.uuid_of("user"))] = (
        None
    )
    email: Annotated[
        str | None,
        Prop("The e-mail address. Case is ignored.", format=formats.email),
    ] = None
    username: Annotated[str | None, Prop("The username for login.", min_length=1)] = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class UserResult:
    """A user."""

    id: Id
    email: Annotated[str, Prop("The e-mail address.")]
    username: Annotated[str, Prop("The username for login.")]
    type: Annotated[str, Prop("The type of the user: `owner`, `member` or `guest`.")]
    status: Annotated[
        str | None, Prop("The status: `activated` or `invitation_pending`, if known.")
    ] = None
    first_name: Annotated[str, Prop("The first name.")]
    last_name: Annotated[str, Prop("The last name.")]
    phone_number: Annotated[str, Prop("The phone number.")]
    locale: Annotated[str, Prop("The language and country, such as `fr_FR`.")]
    tags: TagList
    locked: Annotated[
        bool, Prop("Whether the user is locked. A locked user cannot log in or use API keys.")
    ]
    mfa: Annotated[bool, Prop("Whether the user has enabled MFA.")]
    two_factor_enabled: Annotated[bool, Prop("The old name of `mfa`, with the same value.")]
    deletable: Annotated[bool, Prop("Whether the API allows deletion. An owner cannot be deleted.")]
    account_root_user_id: Annotated[
        str, Prop("The id of the account's root user, if the user is an owner.")
    ]
    organization_id: Annotated[str, Prop("The id of the organization.")]
    last_login_at: Annotated[
        str | None, Prop("The time of the last login (RFC 3339, UTC), if any.")
    ] = None
    created_at: CreatedAt
    updated_at: UpdatedAt
    srn: Srn = None


def _user(client: IamClient, arguments: GetUser) -> Mapping[str, Any]:
    key, value = look_up(arguments)
    if key == "user_id":
        return _typed(client.get_user(value))
    return _typed(
        find_one(
            partial(client.list_users, organization_id=arguments.organization_id),
            key,
            value,
            place=f"organization {arguments.organization_id}",
            normalize=str.casefold if key == "email" else str,
        )
    )


def _typed(user: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a user with a type: an absent type is `unknown_type`, as in the official SDKs."""
    return {**user, "type": user.get("type") or "unknown_type"}


@dataclass(frozen=True, kw_only=True)
class GetUsers:
    """List the users of an organization, oldest first. All filters must match."""

    organization_id: OrganizationArgument
    user_ids: Annotated[
        frozenset[str] | None, Prop("Filter by user ids.", format=formats.uuid_of("user"))
    ] = None
    type: Annotated[
        str | None,
        Prop(
            "Filter by type: `guest`, `member` or `owner`. Scaleway made all guests members in July 2025.",
            choices=("guest", "member", "owner"),
        ),
    ] = None
    mfa: Annotated[bool | None, Prop("Filter by whether the user has enabled MFA.")] = None
    tag: TagFilter = None


def _users(client: IamClient, arguments: GetUsers) -> Mapping[str, Any]:
    filters = encode(arguments)
    # The newest API may not know the type `guest`, so its guests are selected here.
    only_guests = filters.get("type") == "guest" and filters.pop("type")
    users = client.list_users(**filters)
    return {
        "users": [_typed(one) for one in users if not only_guests or one.get("type") == "guest"]
    }


@dataclass(frozen=True, kw_only=True)
class UsersResult:
    """The list of matching users."""

    users: Annotated[tuple[UserResult, ...], Prop("The users.")]


@dataclass(frozen=True, kw_only=True)
class GetGracePeriods:
    """Get the grace periods in which a user must satisfy new security settings."""

    user_id: Annotated[
        str | None,
        Prop(
            "The id of the user. Defaults to the bearer of the provider's API key.",
            format=formats.uuid_of("user"),
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GracePeriodResult:
    """The grace period of a user for one security setting."""

    type: Annotated[str, Prop("The required action: `update_password` or `set_mfa`.")]
    created_at: Annotated[str | None, Prop("The start of the grace period (RFC 3339, UTC).")] = None
    expires_at: Annotated[str | None, Prop("The end of the grace period (RFC 3339, UTC).")] = None


@dataclass(frozen=True, kw_only=True)
class GracePeriodsResult:
    """The grace periods of a user."""

    grace_periods: Annotated[tuple[GracePeriodResult, ...], Prop("The grace periods.")]


@dataclass(frozen=True, kw_only=True)
class GetWebAuthnAuthenticators:
    """List the passkeys and security keys (WebAuthn) of a user, oldest first."""

    user_id: Annotated[str, Prop("The id of the user.", format=formats.uuid_of("user"))]


@dataclass(frozen=True, kw_only=True)
class WebAuthnAuthenticatorResult:
    """A passkey or security key (WebAuthn) of a user."""

    id: Id
    name: Name
    created_at: Annotated[str | None, Prop("The creation time (RFC 3339, UTC).")] = None
    last_login_at: Annotated[
        str | None, Prop("The time of the last login with the key (RFC 3339, UTC), if any.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class WebAuthnAuthenticatorsResult:
    """The passkeys and security keys of a user."""

    authenticators: Annotated[
        tuple[WebAuthnAuthenticatorResult, ...], Prop("The passkeys and security keys.")
    ]


@dataclass(frozen=True, kw_only=True)
class GetJWT:
    """Get the metadata of a login session's token (JWT), without the token."""

    # A user may pass the token by mistake, which is longer and secret.
    jti: Annotated[str, Prop("The id of the token.", min_length=1, max_length=64, unshown=True)]


@dataclass(frozen=True, kw_only=True)
class JWTResult:
    """The metadata of a login session's token (JWT), without the token."""

    jti: Annotated[str, Prop("The id of the token.")]
    issuer_id: Annotated[str, Prop("The id of the issuer.")]
    audience_id: Annotated[str, Prop("The id of the user.")]
    ip: Annotated[str, Prop("The IP address of the login.")]
    user_agent: Annotated[str, Prop("The user agent of the login.")]
    created_at: Annotated[str | None, Prop("The creation time (RFC 3339, UTC).")] = None
    updated_at: Annotated[str | None, Prop("The time of the last renewal (RFC 3339, UTC).")] = None
    expires_at: Annotated[str | None, Prop("The expiry time (RFC 3339, UTC).")] = None


@dataclass(frozen=True, kw_only=True)
class GetJWTs:
    """List the metadata of a user's login sessions (JWTs), oldest first, without the tokens."""

    audience_id: Annotated[str, Prop("The id of the user.", format=formats.uuid_of("user"))]
    expired: Annotated[bool | None, Prop("Filter by whether the token has expired.")] = None


@dataclass(frozen=True, kw_only=True)
class JWTsResult:
    """The list of matching tokens."""

    jwts: Annotated[tuple[JWTResult, ...], Prop("The tokens.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(name="getUser", noun="user", arguments=GetUser, result=UserResult, query=_user),
    Function(
        name="getUsers",
        noun="users",
        arguments=GetUsers,
        result=UsersResult,
        query=_users,
    ),
    Function(
        name="getWebAuthnAuthenticators",
        noun="passkeys of user",
        arguments=GetWebAuthnAuthenticators,
        result=WebAuthnAuthenticatorsResult,
        query=lambda client, arguments: {
            "authenticators": list(client.list_user_web_authn_authenticators(arguments.user_id))
        },
    ),
    Function(
        name="getGracePeriods",
        noun="grace periods",
        arguments=GetGracePeriods,
        result=GracePeriodsResult,
        query=lambda client, arguments: {
            "grace_periods": client.list_grace_periods(user_id=arguments.user_id)
        },
    ),
    Function(
        name="getJWT",
        noun="JWT",
        arguments=GetJWT,
        result=JWTResult,
        query=lambda client, arguments: client.get_jwt(arguments.jti),
    ),
    Function(
        name="getJWTs",
        noun="JWTs of user",
        arguments=GetJWTs,
        result=JWTsResult,
        query=lambda client, arguments: {"jwts": list(client.list_jw_ts(**encode(arguments)))},
    ),
)
