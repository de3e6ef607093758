"""getApplication and getApplications."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam import forms
from pulumi_scw_iam.function import Function
from pulumi_scw_iam.lookups.shared import (
    AskedOrganization,
    EditableFilter,
    Labelled,
    NameFilter,
    SearchedName,
    SearchedOrganization,
    TagFilter,
    look_up,
)
from pulumi_scw_iam.prop import OneOf, Prop, encode
from pulumi_scw_iam.search import the_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.client import IamClient


@dataclass(frozen=True, kw_only=True)
class GetApplication:
    """One application, by its id or by its name, which several may have."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("application", ("application_id", "name")),
    )

    application_id: Annotated[str | None, Prop("Its id.", form=forms.uuid_of("application"))] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class ApplicationResult(Labelled):
    """An application, as the API tells of it."""

    nb_api_keys: Annotated[int, Prop("How many API keys it bears.")]


def _application(client: IamClient, asked: GetApplication) -> Mapping[str, Any]:
    key, wanted = look_up(asked)
    if key == "application_id":
        return client.get_application(wanted)
    return the_one(
        partial(client.list_applications, organization_id=asked.organization_id),
        key,
        wanted,
        place=f"organization {asked.organization_id}",
        filters={"name": wanted},
    )


@dataclass(frozen=True, kw_only=True)
class GetApplications:
    """The applications of an organization, oldest first; all, or those that pass every filter."""

    organization_id: AskedOrganization
    name: NameFilter = None
    tag: TagFilter = None
    editable: EditableFilter = None
    application_ids: Annotated[
        frozenset[str] | None, Prop("Only these.", form=forms.uuid_of("application"))
    ] = None


@dataclass(frozen=True, kw_only=True)
class ApplicationsResult:
    """The applications that were found."""

    applications: Annotated[tuple[ApplicationResult, ...], Prop("The applications.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getApplication",
        noun="application",
        arguments=GetApplication,
        result=ApplicationResult,
        ask=_application,
    ),
    Function(
        name="getApplications",
        noun="applications",
        arguments=GetApplications,
        result=ApplicationsResult,
        ask=lambda client, asked: {"applications": list(client.list_applications(**encode(asked)))},
    ),
)
