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
    """Get a group with its members, by id or name."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("group", ("group_id", "name")),)

    group_id: Annotated[
        str | None, Prop("The id of the group.", format=formats.uuid_of("group"))
    ] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class GroupResult(Labelled):
    """A group with its members."""

    user_ids: Annotated[tuple[str, ...], Prop("The ids of the users in the group.")]
    application_ids: Annotated[tuple[str, ...], Prop("The ids of the applications in the group.")]
    all_users: Annotated[bool, Prop("Whether the group is the built-in group of all users.")] = (
        False
    )
    all_applications: Annotated[
        bool, Prop("Whether the group is the built-in group of all applications.")
    ] = False


def _group(client: IamClient, arguments: GetGroup) -> Mapping[str, Any]:
    return by_id_or_name(client.get_group, client.list_groups, arguments, arguments.organization_id)


@dataclass(frozen=True, kw_only=True)
class GetGroups:
    """List the groups of an organization, oldest first. All filters must match."""

    organization_id: OrganizationArgument
    name: NameFilter = None
    tag: TagFilter = None
    group_ids: Annotated[
        frozenset[str] | None, Prop("Filter by group ids.", format=formats.uuid_of("group"))
    ] = None
    user_ids: Annotated[
        frozenset[str] | None,
        Prop("Filter by members: any of these user ids.", format=formats.uuid_of("user")),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "Filter by members: any of these application ids.",
            format=formats.uuid_of("application"),
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GroupsResult:
    """The list of matching groups."""

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
