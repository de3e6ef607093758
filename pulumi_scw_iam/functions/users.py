"""getUser, getUsers, and what a user's sessions and delays are: getJWT, getJWTs, getGracePeriods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop, encode
from pulumi_scw_iam.core.find import the_one
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    Id,
    OrganizationArgument,
    SearchedOrganization,
    TagFilter,
    TagList,
    UpdatedAt,
    look_up,
)
from pulumi_scw_iam.kinds.shared.fields import CreatedAt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class GetUser:
    """One user, by its id, its e-mail address or the name with which it logs in."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("user", ("user_id", "email", "username")),)

    user_id: Annotated[str | None, Prop("Its id.", format=formats.uuid_of("user"))] = None
    email: Annotated[
        str | None,
        Prop("Its e-mail address; upper and lower case are alike.", format=formats.email),
    ] = None
    username: Annotated[str | None, Prop("The name with which it logs in.", min_length=1)] = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class UserResult:
    """A user, as the API tells of it."""

    id: Id
    email: Annotated[str, Prop("Its e-mail address.")]
    username: Annotated[str, Prop("The name with which it logs in.")]
    type: Annotated[str, Prop("`owner`, `member` or `guest`.")]
    status: Annotated[
        str | None, Prop("`activated` or `invitation_pending`; unset where the API does not say.")
    ] = None
    first_name: Annotated[str, Prop("First name.")]
    last_name: Annotated[str, Prop("Last name.")]
    phone_number: Annotated[str, Prop("Phone number.")]
    locale: Annotated[str, Prop("Language and country, such as `fr_FR`.")]
    tags: TagList
    locked: Annotated[
        bool, Prop("Whether it is kept from logging in, and its API keys from working.")
    ]
    mfa: Annotated[bool, Prop("Whether it logs in with a second factor.")]
    two_factor_enabled: Annotated[bool, Prop("The same as `mfa`, under its old name.")]
    deletable: Annotated[bool, Prop("Whether it can be deleted; an owner cannot.")]
    account_root_user_id: Annotated[
        str, Prop("Root user of the account, where the user is an owner.")
    ]
    organization_id: Annotated[str, Prop("Organization that it is in.")]
    last_login_at: Annotated[
        str | None, Prop("When it logged in last (RFC 3339, UTC); unset, never.")
    ] = None
    created_at: CreatedAt
    updated_at: UpdatedAt


def _user(client: IamClient, arguments: GetUser) -> Mapping[str, Any]:
    key, value = look_up(arguments)
    if key == "user_id":
        return client.get_user(value)
    return the_one(
        partial(client.list_users, organization_id=arguments.organization_id),
        key,
        value,
        place=f"organization {arguments.organization_id}",
        normalize=str.casefold if key == "email" else str,
    )


@dataclass(frozen=True, kw_only=True)
class GetUsers:
    """The users of an organization, oldest first; all of them, or those that pass every filter."""

    organization_id: OrganizationArgument
    user_ids: Annotated[
        frozenset[str] | None, Prop("Only these.", format=formats.uuid_of("user"))
    ] = None
    type: Annotated[
        str | None,
        Prop("Only those of this type.", choices=("guest", "member", "owner")),
    ] = None
    mfa: Annotated[
        bool | None, Prop("Only those that log in with a second factor, or that do not.")
    ] = None
    tag: TagFilter = None


@dataclass(frozen=True, kw_only=True)
class UsersResult:
    """The users that were found."""

    users: Annotated[tuple[UserResult, ...], Prop("The users.")]


@dataclass(frozen=True, kw_only=True)
class GetGracePeriods:
    """Until when a user has time to satisfy what the organization demands."""

    user_id: Annotated[
        str | None,
        Prop(
            "The user; the bearer of the provider's API key by default.",
            format=formats.uuid_of("user"),
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GracePeriodResult:
    """The time that a user has to satisfy one demand."""

    type: Annotated[str, Prop("What is demanded: `update_password` or `set_mfa`.")]
    created_at: Annotated[str | None, Prop("When the time began (RFC 3339, UTC).")] = None
    expires_at: Annotated[str | None, Prop("When it ends (RFC 3339, UTC).")] = None


@dataclass(frozen=True, kw_only=True)
class GracePeriodsResult:
    """The grace periods of a user."""

    grace_periods: Annotated[tuple[GracePeriodResult, ...], Prop("The grace periods.")]


@dataclass(frozen=True, kw_only=True)
class GetJWT:
    """What is known of one token of a login session; never the token itself."""

    # The token itself may stand here by mistake, which is longer.
    jti: Annotated[str, Prop("Its id.", min_length=1, max_length=64, unshown=True)]


@dataclass(frozen=True, kw_only=True)
class JWTResult:
    """A token of a login session, as the API tells of it: without the token itself."""

    jti: Annotated[str, Prop("Its id.")]
    issuer_id: Annotated[str, Prop("Who made it.")]
    audience_id: Annotated[str, Prop("The user for whom it was made.")]
    ip: Annotated[str, Prop("Address from which it was requested.")]
    user_agent: Annotated[str, Prop("Program with which it was requested.")]
    created_at: Annotated[str | None, Prop("When it was made (RFC 3339, UTC).")] = None
    updated_at: Annotated[str | None, Prop("When it was renewed last (RFC 3339, UTC).")] = None
    expires_at: Annotated[str | None, Prop("When it ends (RFC 3339, UTC).")] = None


@dataclass(frozen=True, kw_only=True)
class GetJWTs:
    """The tokens of the login sessions of a user, oldest first; never the tokens themselves."""

    audience_id: Annotated[str, Prop("The user.", format=formats.uuid_of("user"))]
    expired: Annotated[bool | None, Prop("Only those that have expired, or that have not.")] = None


@dataclass(frozen=True, kw_only=True)
class JWTsResult:
    """The tokens that were found."""

    jwts: Annotated[tuple[JWTResult, ...], Prop("The tokens.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(name="getUser", noun="user", arguments=GetUser, result=UserResult, query=_user),
    Function(
        name="getUsers",
        noun="users",
        arguments=GetUsers,
        result=UsersResult,
        query=lambda client, arguments: {"users": list(client.list_users(**encode(arguments)))},
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
