"""Permission sets, quotas, audit logs and security settings of an organization."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, encode
from pulumi_scw_iam.core.find import find_one
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import Id, Name, OrganizationArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient

# Permission sets


@dataclass(frozen=True, kw_only=True)
class GetPermissionSet:
    """Get a permission set by name, for the rules of policies."""

    name: Annotated[str, Prop("The name, such as `IAMReadOnly`.", min_length=1)]
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class PermissionSetResult:
    """A permission set."""

    id: Id
    name: Name
    scope_type: Annotated[
        str,
        Prop("The scope type: `projects` or `organization`. Must be the same in a whole rule."),
    ]
    description: Annotated[str, Prop("The description of the granted permissions.")]
    categories: Annotated[tuple[str, ...], Prop("The product categories.")] = ()


def _permission_set(client: IamClient, arguments: GetPermissionSet) -> Mapping[str, Any]:
    return find_one(
        partial(client.list_permission_sets, organization_id=arguments.organization_id),
        "name",
        arguments.name,
        place=f"organization {arguments.organization_id}",
    )


@dataclass(frozen=True, kw_only=True)
class GetPermissionSets:
    """List all permission sets for the rules of policies."""

    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class PermissionSetsResult:
    """The list of all permission sets."""

    permission_sets: Annotated[tuple[PermissionSetResult, ...], Prop("The permission sets.")]


# Quotas


@dataclass(frozen=True, kw_only=True)
class GetQuotum:
    """Get a quota of an organization by name."""

    name: Annotated[str, Prop("The name of the quota, such as `iam_groups`.", min_length=1)]
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class QuotumLimitResult:
    """The limit in one region or zone, or everywhere if neither is set."""

    region: Annotated[str | None, Prop("The region of the limit, if any.")] = None
    zone: Annotated[str | None, Prop("The zone of the limit, if any.")] = None
    limit: Annotated[int | None, Prop("The maximum number. Unset if unlimited.")] = None
    unlimited: Annotated[bool, Prop("Whether the quota is unlimited.")] = False


@dataclass(frozen=True, kw_only=True)
class QuotumResult:
    """A quota of an organization."""

    name: Name
    pretty_name: Annotated[str, Prop("The display name.")]
    unit: Annotated[str, Prop("The unit of the limit, if the limit is not a count.")]
    description: Annotated[str, Prop("The description of the quota.")]
    locality_type: Annotated[str, Prop("The type of locality: `global`, `region` or `zone`.")]
    limits: Annotated[tuple[QuotumLimitResult, ...], Prop("The limits of all localities.")]
    limit: Annotated[int | None, Prop("The maximum number. Unset if unlimited.")] = None
    unlimited: Annotated[bool, Prop("Whether the quota is unlimited.")] = False


def _quotum(client: IamClient, arguments: GetQuotum) -> Mapping[str, Any]:
    # The list also allows an error that names similar quotas.
    return find_one(
        partial(client.list_quota, organization_id=arguments.organization_id),
        "name",
        arguments.name,
        place=f"organization {arguments.organization_id}",
        filters={"quotum_names": [arguments.name]},
    )


@dataclass(frozen=True, kw_only=True)
class GetQuota:
    """List the quotas of an organization."""

    organization_id: OrganizationArgument
    quotum_names: Annotated[frozenset[str] | None, Prop("Filter by names.")] = None


@dataclass(frozen=True, kw_only=True)
class QuotaResult:
    """The list of matching quotas."""

    quota: Annotated[tuple[QuotumResult, ...], Prop("The quotas.")]


# Logs


@dataclass(frozen=True, kw_only=True)
class GetLog:
    """Get an entry of the audit log by id."""

    log_id: Annotated[str, Prop("The id of the log entry.", format=formats.uuid_of("log"))]


@dataclass(frozen=True, kw_only=True)
class LogResult:
    """An entry of the audit log: one change in an organization."""

    id: Id
    created_at: Annotated[str | None, Prop("The time of the change (RFC 3339, UTC).")] = None
    action: Annotated[str, Prop("The action: `created`, `updated` or `deleted`.")]
    resource_type: Annotated[str, Prop("The type of the changed resource, such as `api_key`.")]
    resource_id: Annotated[str, Prop("The id of the changed resource.")]
    bearer_id: Annotated[str, Prop("The id of the user or application that made the change.")]
    ip: Annotated[str, Prop("The IP address of the request.")]
    user_agent: Annotated[str, Prop("The user agent of the request.")]
    organization_id: Annotated[str, Prop("The id of the organization.")]


@dataclass(frozen=True, kw_only=True)
class GetLogs:
    """List the latest entries of an organization's audit log, newest first."""

    organization_id: OrganizationArgument
    limit: Annotated[
        int,
        Prop(
            "The maximum number of entries. Each 100 entries cost one API call. Defaults to 100.",
            minimum=1,
        ),
    ] = 100
    created_after: Annotated[
        str | None, Prop("Filter by time: at or after (RFC 3339).", format=formats.instant)
    ] = None
    created_before: Annotated[
        str | None, Prop("Filter by time: before (RFC 3339).", format=formats.instant)
    ] = None
    action: Annotated[
        str | None,
        Prop(
            "Filter by action: `created`, `updated` or `deleted`.",
            choices=("created", "updated", "deleted"),
        ),
    ] = None
    resource_type: Annotated[
        str | None,
        Prop(
            "Filter by the type of the changed resource.",
            choices=("api_key", "user", "application", "group", "policy"),
        ),
    ] = None
    search: Annotated[
        str | None, Prop("Filter by the id of the bearer or of the changed resource.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class LogsResult:
    """The list of matching log entries."""

    logs: Annotated[tuple[LogResult, ...], Prop("The log entries.")]


def _logs(client: IamClient, arguments: GetLogs) -> Mapping[str, Any]:
    filters = encode(arguments)
    limit = filters.pop("limit")
    logs = client.list_logs(order_by="created_at_desc", **filters)
    return {"logs": list(itertools.islice(logs, limit))}


# Security settings


@dataclass(frozen=True, kw_only=True)
class GetOrganizationSecuritySettings:
    """Get the security settings of an organization."""

    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class OrganizationSecuritySettingsResult:
    """The security settings of an organization. Durations are in seconds, such as `259200s`."""

    enforce_password_renewal: Annotated[
        bool, Prop("Whether members with a password must renew the password at their first login.")
    ]
    grace_period_duration: Annotated[
        str | None,
        Prop(
            "The time that a member has to renew the password and enable MFA before being locked."
        ),
    ] = None
    login_attempts_before_locked: Annotated[
        int, Prop("The number of failed logins after which a member is locked.")
    ]
    max_login_session_duration: Annotated[
        str | None, Prop("The maximum duration of a console session.")
    ] = None
    max_api_key_expiration_duration: Annotated[
        str | None, Prop("The maximum lifetime of a new API key. `0s` means no limit.")
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
