"""The client of Scaleway's Audit Trail in one region: the API calls and logins of an organization.

Bodies of recorded requests may contain secrets of any product. The client masks secrets by field name, and
the secrets that this process has sent or received also by value.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypedDict, TypeVar

from pulumi_scw_iam.api import types  # noqa: TC001 - `validation` evaluates the annotations
from pulumi_scw_iam.api.operations import Operations
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import NotRequired

    from pulumi_scw_iam.api.calls import Calls
    from pulumi_scw_iam.api.settings import Settings

__all__ = ["AuditTrail"]

T = TypeVar("T")

_REGION = "/audit-trail/v1alpha1/regions/{}"


class AuditTrail(Operations):
    """A client of the Audit Trail in one region, from `IamClient.audit_trail`. Thread-safe.

    The methods may raise the errors of `IamClient`. Times are RFC 3339 strings. A list has the events from
    `recorded_after` to `recorded_before`, or to the present without `recorded_before`. `recorded_after` is
    required: without it, the API returns the events of the last hour only.
    """

    def __init__(self, settings: Settings, calls: Calls, region: str) -> None:
        super().__init__(settings, calls)
        self.region = region

    def default_start(self) -> str:
        """Return the default of `recorded_after` in the API: one hour ago, by the API's clock."""
        now = datetime.now(timezone.utc) + self._calls.ahead
        return formats.instant((now - timedelta(hours=1)).isoformat())

    def list_events(
        self,
        *,
        recorded_after: str,
        recorded_before: str | None = None,
        organization_id: str | None = None,
        order_by: types.AuditEventOrder = "recorded_at_asc",
        project_id: str | None = None,
        resource_type: str | None = None,
        resource_id: str | None = None,
        product_name: str | None = None,
        service_name: str | None = None,
        method_name: str | None = None,
        principal_id: str | None = None,
        source_ip: str | None = None,
        status: int | None = None,
    ) -> Iterator[types.AuditEvent]:
        """Yield the recorded API calls of an organization, with masked bodies.

        `status` is 200 for successful calls, or 403 for refused calls.

        GET /audit-trail/v1alpha1/regions/{region}/events
        """
        return self._token_pages(
            _Events,
            "events",
            f"{_REGION}/events",
            self.region,
            organization_id=self._organization(organization_id),
            recorded_after=recorded_after,
            recorded_before=recorded_before,
            order_by=order_by,
            project_id=project_id,
            resource_type=resource_type,
            resource_id=resource_id,
            product_name=product_name,
            service_name=service_name,
            method_name=method_name,
            principal_id=principal_id,
            source_ip=source_ip,
            status=status,
        )

    def list_authentication_events(
        self,
        *,
        recorded_after: str,
        recorded_before: str | None = None,
        organization_id: str | None = None,
        order_by: types.AuditEventOrder = "recorded_at_asc",
    ) -> Iterator[types.AuthenticationEvent]:
        """Yield the successful and failed logins of an organization.

        GET /audit-trail/v1alpha1/regions/{region}/authentication-events
        """
        return self._token_pages(
            _AuthenticationEvents,
            "events",
            f"{_REGION}/authentication-events",
            self.region,
            organization_id=self._organization(organization_id),
            recorded_after=recorded_after,
            recorded_before=recorded_before,
            order_by=order_by,
        )

    def list_products(self, *, organization_id: str | None = None) -> list[types.AuditProduct]:
        """Return the products, services and methods that the Audit Trail records.

        GET /audit-trail/v1alpha1/regions/{region}/products
        """
        response = self._get(
            _Products,
            f"{_REGION}/products",
            self.region,
            organization_id=self._organization(organization_id),
        )
        return response["products"]

    def _get(self, response: type[T], path: str, /, *ids: str, **query: object) -> T:
        try:
            return super()._get(response, path, *ids, **query)
        except PermissionDenied as denied:
            denied.hint = (
                "give its bearer the permission set AuditTrailReadOnly or OrganizationManager"
            )
            raise


class _Events(TypedDict):
    events: list[types.AuditEvent]
    next_page_token: NotRequired[str | None]


class _AuthenticationEvents(TypedDict):
    events: list[types.AuthenticationEvent]
    next_page_token: NotRequired[str | None]


class _Products(TypedDict):
    products: list[types.AuditProduct]
