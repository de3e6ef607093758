"""What an organization tells of itself: permission sets, quota, logs and security settings."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, encode
from pulumi_scw_iam.core.find import the_one
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import Id, Name, OrganizationArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient

# Permission sets


@dataclass(frozen=True, kw_only=True)
class GetPermissionSet:
    """One permission set, which the rules of policies can grant, by its name."""

    name: Annotated[str, Prop("Its name, such as `IAMReadOnly`.", min_length=1)]
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class PermissionSetResult:
    """A permission set, as the API tells of it."""

    id: Id
    name: Name
    scope_type: Annotated[
        str,
        Prop("`projects` or `organization`; all permission sets of one rule have the same."),
    ]
    description: Annotated[str, Prop("What it allows.")]
    categories: Annotated[tuple[str, ...], Prop("The products that it belongs to.")] = ()


def _permission_set(client: IamClient, arguments: GetPermissionSet) -> Mapping[str, Any]:
    return the_one(
        partial(client.list_permission_sets, organization_id=arguments.organization_id),
        "name",
        arguments.name,
        place=f"organization {arguments.organization_id}",
    )


@dataclass(frozen=True, kw_only=True)
class GetPermissionSets:
    """All permission sets that the rules of policies can grant."""

    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class PermissionSetsResult:
    """All permission sets."""

    permission_sets: Annotated[tuple[PermissionSetResult, ...], Prop("The permission sets.")]


# Quota


@dataclass(frozen=True, kw_only=True)
class GetQuotum:
    """How many of one thing an organization may have."""

    name: Annotated[str, Prop("Its name, such as `iam_groups`.", min_length=1)]
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class QuotumLimitResult:
    """How many are allowed in one place: everywhere, where neither region nor zone is set."""

    region: Annotated[str | None, Prop("The region that it counts in.")] = None
    zone: Annotated[str | None, Prop("The zone that it counts in.")] = None
    limit: Annotated[int | None, Prop("So many are allowed; unset where it is unlimited.")] = None
    unlimited: Annotated[bool, Prop("Whether there may be any number.")] = False


@dataclass(frozen=True, kw_only=True)
class QuotumResult:
    """A quota, as the API tells of it."""

    name: Name
    pretty_name: Annotated[str, Prop("Its name for people.")]
    unit: Annotated[str, Prop("What the limit counts in, where that is not a number of things.")]
    description: Annotated[str, Prop("What is limited.")]
    locality_type: Annotated[str, Prop("Where it counts: `global`, by `region` or by `zone`.")]
    limits: Annotated[tuple[QuotumLimitResult, ...], Prop("The limit of every place.")]
    limit: Annotated[int | None, Prop("So many are allowed; unset where it is unlimited.")] = None
    unlimited: Annotated[bool, Prop("Whether there may be any number.")] = False


def _quotum(client: IamClient, arguments: GetQuotum) -> Mapping[str, Any]:
    # From the list, which can also say what others there are.
    return the_one(
        partial(client.list_quota, organization_id=arguments.organization_id),
        "name",
        arguments.name,
        place=f"organization {arguments.organization_id}",
        filters={"quotum_names": [arguments.name]},
    )


@dataclass(frozen=True, kw_only=True)
class GetQuota:
    """How many of each thing an organization may have."""

    organization_id: OrganizationArgument
    quotum_names: Annotated[frozenset[str] | None, Prop("Only those of these names.")] = None


@dataclass(frozen=True, kw_only=True)
class QuotaResult:
    """The quota that were found."""

    quota: Annotated[tuple[QuotumResult, ...], Prop("The quota.")]


# Logs


@dataclass(frozen=True, kw_only=True)
class GetLog:
    """One change that somebody made in an organization."""

    log_id: Annotated[str, Prop("Its id.", format=formats.uuid_of("log"))]


@dataclass(frozen=True, kw_only=True)
class LogResult:
    """A change: who changed what, from where, with which program."""

    id: Id
    created_at: Annotated[str | None, Prop("When it was made (RFC 3339, UTC).")] = None
    action: Annotated[str, Prop("`created`, `updated` or `deleted`.")]
    resource_type: Annotated[str, Prop("What was changed, such as `api_key` or `group`.")]
    resource_id: Annotated[str, Prop("The id of what was changed.")]
    bearer_id: Annotated[str, Prop("The user or application that changed it.")]
    ip: Annotated[str, Prop("Address from which it was changed.")]
    user_agent: Annotated[str, Prop("Program with which it was changed.")]
    organization_id: Annotated[str, Prop("Organization in which it was changed.")]


@dataclass(frozen=True, kw_only=True)
class GetLogs:
    """The last changes in an organization, newest first: as many as `limit` says."""

    organization_id: OrganizationArgument
    limit: Annotated[
        int, Prop("At most so many; 100 by default, and for each 100 there is a call.", minimum=1)
    ] = 100
    created_after: Annotated[
        str | None, Prop("Only changes from then on (RFC 3339).", format=formats.instant)
    ] = None
    created_before: Annotated[
        str | None, Prop("Only changes before then (RFC 3339).", format=formats.instant)
    ] = None
    action: Annotated[
        str | None,
        Prop("Only these changes.", choices=("created", "updated", "deleted")),
    ] = None
    resource_type: Annotated[
        str | None,
        Prop(
            "Only changes of such resources.",
            choices=("api_key", "user", "application", "group", "policy"),
        ),
    ] = None
    search: Annotated[
        str | None, Prop("Only changes by the bearer, or of the resource, with this id.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class LogsResult:
    """The changes that were found."""

    logs: Annotated[tuple[LogResult, ...], Prop("The changes.")]


def _logs(client: IamClient, arguments: GetLogs) -> Mapping[str, Any]:
    filters = encode(arguments)
    limit = filters.pop("limit")
    logs = client.list_logs(order_by="created_at_desc", **filters)
    return {"logs": list(itertools.islice(logs, limit))}


# Security settings


@dataclass(frozen=True, kw_only=True)
class GetOrganizationSecuritySettings:
    """What an organization demands of its users."""

    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class OrganizationSecuritySettingsResult:
    """What an organization demands of its users. Durations are in seconds, such as `259200s`."""

    enforce_password_renewal: Annotated[
        bool, Prop("Whether users must renew their passwords regularly.")
    ]
    grace_period_duration: Annotated[
        str | None, Prop("How long users have to satisfy a new demand.")
    ] = None
    login_attempts_before_locked: Annotated[
        int, Prop("After so many failed attempts to log in, a user is locked.")
    ]
    max_login_session_duration: Annotated[str | None, Prop("How long one may stay logged in.")] = (
        None
    )
    max_api_key_expiration_duration: Annotated[
        str | None, Prop("How long an API key may live; `0s` is for ever.")
    ] = None


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getPermissionSet",
        noun="permission set",
        arguments=GetPermissionSet,
        result=PermissionSetResult,
        query=_permission_set,
    ),
    Function(
        name="getPermissionSets",
        noun="permission sets",
        arguments=GetPermissionSets,
        result=PermissionSetsResult,
        query=lambda client, arguments: {
            "permission_sets": list(client.list_permission_sets(**encode(arguments)))
        },
    ),
    Function(
        name="getQuotum", noun="quotum", arguments=GetQuotum, result=QuotumResult, query=_quotum
    ),
    Function(
        name="getQuota",
        noun="quota",
        arguments=GetQuota,
        result=QuotaResult,
        query=lambda client, arguments: {"quota": list(client.list_quota(**encode(arguments)))},
    ),
    Function(
        name="getLog",
        noun="log",
        arguments=GetLog,
        result=LogResult,
        query=lambda client, arguments: client.get_log(arguments.log_id),
    ),
    Function(name="getLogs", noun="logs", arguments=GetLogs, result=LogsResult, query=_logs),
    Function(
        name="getOrganizationSecuritySettings",
        noun="security settings",
        arguments=GetOrganizationSecuritySettings,
        result=OrganizationSecuritySettingsResult,
        query=lambda client, arguments: client.get_organization_security_settings(
            arguments.organization_id
        ),
    ),
)
