"""getAuditEvents and getAuthenticationEvents: the recorded API calls and logins of an organization."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.fields import Prop, encode
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import Id, OrganizationArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient

# Arguments

Region = Annotated[
    str,
    Prop(
        "The region of the Audit Trail. Defaults to `fr-par`, the region with the events of IAM.",
        format=formats.region,
    ),
]
Limit = Annotated[
    int,
    Prop(
        "The maximum number of events. Each 100 events cost one API call. Defaults to 1000. If there are"
        " more events, a warning says so.",
        minimum=1,
    ),
]
RecordedAfter = Annotated[
    str | None,
    Prop(
        "The start of the time window (RFC 3339), inclusive. Defaults to one hour before the call.",
        format=formats.instant,
    ),
]
RecordedBefore = Annotated[
    str | None,
    Prop(
        "The end of the time window (RFC 3339), exclusive. Defaults to the time of the call.",
        format=formats.instant,
    ),
]

# Results

RecordedAt = Annotated[str | None, Prop("The time of the event (RFC 3339, UTC).")]
SourceIp = Annotated[str, Prop("The IP address of the request.")]
UserAgent = Annotated[str | None, Prop("The user agent of the request, if any.")]
EventOrganization = Annotated[str, Prop("The id of the organization.")]
WindowStart = Annotated[
    str, Prop("The start of the time window as used: the argument, or its default.")
]
HasMore = Annotated[
    bool, Prop("Whether the window has more events than `limit`. The oldest events are missing.")
]


@dataclass(frozen=True, kw_only=True)
class AuditEventResourceResult:
    """A resource of an event."""

    id: Id
    type: Annotated[str, Prop("The type, such as `iam_api_key`.")]
    name: Annotated[str | None, Prop("The name, if any.")] = None
    created_at: Annotated[str | None, Prop("The creation time (RFC 3339, UTC).")] = None
    updated_at: Annotated[str | None, Prop("The time of the last change (RFC 3339, UTC).")] = None
    deleted_at: Annotated[
        str | None, Prop("The time of the deletion (RFC 3339, UTC), if deleted.")
    ] = None


EventResources = Annotated[
    tuple[AuditEventResourceResult, ...], Prop("The resources of the event.")
]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The window of a list of events."""

    organization_id: OrganizationArgument
    region: Region = "fr-par"
    recorded_after: RecordedAfter = None
    recorded_before: RecordedBefore = None
    limit: Limit = 1000


# API calls


@dataclass(frozen=True, kw_only=True)
class GetAuditEvents(Window):
    """List the recorded API calls of an organization, newest first. All filters must match.

    Needs the permission set `AuditTrailReadOnly` or `OrganizationManager`.
    """

    with_request_bodies: Annotated[
        bool,
        Prop(
            "Whether to return the request bodies. Secrets are masked, but a body may contain secrets in"
            " fields with unknown names. Defaults to `false`."
        ),
    ] = False
    principal_id: Annotated[
        str | None,
        Prop(
            "Filter by the id of the user or application that made the call.",
            format=formats.uuid_of("principal"),
        ),
    ] = None
    resource_id: Annotated[str | None, Prop("Filter by the id of a resource.", min_length=1)] = None
    resource_type: Annotated[
        str | None, Prop("Filter by the type of a resource, such as `iam_api_key`.", min_length=1)
    ] = None
    method_name: Annotated[
        str | None, Prop("Filter by method, such as `CreateAPIKey`.", min_length=1)
    ] = None
    service_name: Annotated[
        str | None, Prop("Filter by service, such as `scaleway.iam.v1alpha1.Api`.", min_length=1)
    ] = None
    product_name: Annotated[
        str | None, Prop("Filter by product, such as `secret-manager`.", min_length=1)
    ] = None
    project_id: Annotated[
        str | None,
        Prop("Filter by the project of the resources.", format=formats.uuid_of("project")),
    ] = None
    source_ip: Annotated[
        str | None, Prop("Filter by the IP address of the request.", min_length=1)
    ] = None
    status: Annotated[
        int | None,
        Prop(
            "Filter by HTTP status: 200 for successful calls, 403 for calls without permission.",
            minimum=100,
            maximum=599,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class AuditEventResult:
    """A recorded API call."""

    id: Id
    recorded_at: RecordedAt = None
    method_name: Annotated[str, Prop("The method, such as `CreateAPIKey`.")]
    service_name: Annotated[str, Prop("The service, such as `scaleway.iam.v1alpha1.Api`.")]
    product_name: Annotated[str, Prop("The product, such as `iam`.")]
    status_code: Annotated[int, Prop("The HTTP status: 200, or 403 for a missing permission.")]
    principal_id: Annotated[
        str | None, Prop("The id of the user or application that made the call, if known.")
    ] = None
    source_ip: SourceIp
    user_agent: UserAgent = None
    resources: EventResources
    request_body: Annotated[
        str | None,
        Prop(
            "The body of the request as JSON with masked secrets, with `with_request_bodies` only."
        ),
    ] = None
    request_id: Annotated[str, Prop("The id of the request.")]
    locality: Annotated[str, Prop("The region or zone of the resources, or `global`.")]
    project_id: Annotated[str | None, Prop("The id of the resources' project, if any.")] = None
    organization_id: EventOrganization


@dataclass(frozen=True, kw_only=True)
class AuditEventsResult:
    """The list of matching API calls."""

    events: Annotated[tuple[AuditEventResult, ...], Prop("The API calls, newest first.")]
    recorded_after: WindowStart
    has_more: HasMore


def _audit_events(client: IamClient, arguments: GetAuditEvents) -> Mapping[str, Any]:
    query = encode(arguments)
    trail = client.audit_trail(query.pop("region"))
    with_bodies = query.pop("with_request_bodies")
    found = _newest(trail.list_events, trail.default_start(), query, "audit events")
    events = [
        {
            **event,
            "principal_id": (event.get("principal") or {}).get("id"),
            "request_body": _body_of(event) if with_bodies else None,
        }
        for event in found["events"]
    ]
    return {**found, "events": events}


def _body_of(event: Mapping[str, Any]) -> str | None:
    """Return the body of a request as JSON, with masked secrets.

    The client has masked the secrets with known names and its own secrets.
    """
    body = event.get("request_body")
    return None if body is None else json.dumps(declared_secrets.json(body), ensure_ascii=False)


# Logins


@dataclass(frozen=True, kw_only=True)
class GetAuthenticationEvents(Window):
    """List the successful and failed logins to the console of an organization, newest first.

    Needs the permission set `AuditTrailReadOnly` or `OrganizationManager`.
    """


@dataclass(frozen=True, kw_only=True)
class AuthenticationEventResult:
    """A login to the console, successful or failed."""

    id: Id
    recorded_at: RecordedAt = None
    result: Annotated[str, Prop("The result: `success` or `failure`.")]
    failure_reason: Annotated[
        str | None, Prop("The reason of a failed login, such as `invalid_password`.")
    ] = None
    method: Annotated[
        str,
        Prop("The method: `password`, `authentication_code`, `oauth2`, `saml` or `passkey`."),
    ]
    mfa_type: Annotated[str | None, Prop("The second factor: `totp` or `webauthn`, if any.")] = None
    origin: Annotated[str, Prop("The origin: `public_api` or `admin_api`.")]
    source_ip: SourceIp
    country_code: Annotated[
        str | None, Prop("The country of the IP address (ISO 3166-1 alpha-2), if known.")
    ] = None
    user_agent: UserAgent = None
    resources: EventResources
    organization_id: EventOrganization


@dataclass(frozen=True, kw_only=True)
class AuthenticationEventsResult:
    """The list of matching logins."""

    events: Annotated[tuple[AuthenticationEventResult, ...], Prop("The logins, newest first.")]
    recorded_after: WindowStart
    has_more: HasMore


def _authentication_events(
    client: IamClient, arguments: GetAuthenticationEvents
) -> Mapping[str, Any]:
    query = encode(arguments)
    trail = client.audit_trail(query.pop("region"))
    start = trail.default_start()
    return _newest(trail.list_authentication_events, start, query, "authentication events")


# Both


def _newest(
    listed: Callable[..., Iterator[Mapping[str, Any]]],
    start: str,
    query: dict[str, Any],
    what: str,
) -> dict[str, Any]:
    """Return the newest events of a window, and whether the window has more.

    `start` is the default of `recorded_after`.
    """
    limit = query.pop("limit")
    start = query.setdefault("recorded_after", start)
    end = query.get("recorded_before")
    if end is not None and formats.moment(end) <= formats.moment(start):
        raise Refused(f"the time window is empty: its end {end} is not after its start {start}")
    events = listed(order_by="recorded_at_desc", **query)
    newest = list(itertools.islice(events, limit))
    has_more = next(events, None) is not None
    if has_more:
        user_log.warning(
            "there are more %s since %s than the limit of %d, and the result has only the newest; raise"
            " limit, or choose a shorter time window",
            what,
            start,
            limit,
        )
    return {"events": newest, "recorded_after": start, "has_more": has_more}


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getAuditEvents",
        noun="audit events",
        arguments=GetAuditEvents,
        result=AuditEventsResult,
        query=_audit_events,
    ),
    Function(
        name="getAuthenticationEvents",
        noun="authentication events",
        arguments=GetAuthenticationEvents,
        result=AuthenticationEventsResult,
        query=_authentication_events,
    ),
)
