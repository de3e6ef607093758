"""getApplication and getApplications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop, encode
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    EditableFilter,
    Labelled,
    NameFilter,
    OrganizationArgument,
    SearchedName,
    SearchedOrganization,
    TagFilter,
    by_id_or_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class GetApplication:
    """Get an application by id or name. Names of applications are not always unique."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("application", ("application_id", "name")),
    )

    application_id: Annotated[
        str | None, Prop("The id of the application.", format=formats.uuid_of("application"))
    ] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class ApplicationResult(Labelled):
    """An application."""

    nb_api_keys: Annotated[int, Prop("The number of API keys of the application.")]


def _application(client: IamClient, arguments: GetApplication) -> Mapping[str, Any]:
    return by_id_or_name(
        client.get_application, client.list_applications, arguments, arguments.organization_id
    )


@dataclass(frozen=True, kw_only=True)
class GetApplications:
    """List the applications of an organization, oldest first. All filters must match."""

    organization_id: OrganizationArgument
    name: NameFilter = None
    tag: TagFilter = None
    editable: EditableFilter = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop("Filter by application ids.", format=formats.uuid_of("application")),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ApplicationsResult:
    """The list of matching applications."""

    applications: Annotated[tuple[ApplicationResult, ...], Prop("The applications.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getApplication",
        noun="application",
        arguments=GetApplication,
        result=ApplicationResult,
        query=_application,
    ),
    Function(
        name="getApplications",
        noun="applications",
        arguments=GetApplications,
        result=ApplicationsResult,
        query=lambda client, arguments: {
            "applications": list(client.list_applications(**encode(arguments)))
        },
    ),
)
