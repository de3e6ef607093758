"""getGroup and getGroups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop, encode
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
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
class GetGroup:
    """One group with its members, by its id or by its name."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("group", ("group_id", "name")),)

    group_id: Annotated[str | None, Prop("Its id.", format=formats.uuid_of("group"))] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class GroupResult(Labelled):
    """A group with its members, as the API tells of it."""

    user_ids: Annotated[tuple[str, ...], Prop("The users in it.")]
    application_ids: Annotated[tuple[str, ...], Prop("The applications in it.")]
    all_users: Annotated[bool, Prop("Whether it is the built-in group of all users.")] = False
    all_applications: Annotated[
        bool, Prop("Whether it is the built-in group of all applications.")
    ] = False


def _group(client: IamClient, arguments: GetGroup) -> Mapping[str, Any]:
    return by_id_or_name(client.get_group, client.list_groups, arguments, arguments.organization_id)


@dataclass(frozen=True, kw_only=True)
class GetGroups:
    """The groups of an organization, oldest first; all of them, or those that pass every filter."""

    organization_id: OrganizationArgument
    name: NameFilter = None
    tag: TagFilter = None
    group_ids: Annotated[
        frozenset[str] | None, Prop("Only these groups.", format=formats.uuid_of("group"))
    ] = None
    user_ids: Annotated[
        frozenset[str] | None,
        Prop("Only those that one of these users is in.", format=formats.uuid_of("user")),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "Only those that one of these applications is in.",
            format=formats.uuid_of("application"),
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GroupsResult:
    """The groups that were found."""

    groups: Annotated[tuple[GroupResult, ...], Prop("The groups.")]


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(name="getGroup", noun="group", arguments=GetGroup, result=GroupResult, query=_group),
    Function(
        name="getGroups",
        noun="groups",
        arguments=GetGroups,
        result=GroupsResult,
        query=lambda client, arguments: {"groups": list(client.list_groups(**encode(arguments)))},
    ),
)
