"""Fields of several functions, and the lookup of a single object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, one_ofs
from pulumi_scw_iam.core.find import find_one
from pulumi_scw_iam.kinds.shared.fields import Facts

# Arguments

SearchedName = Annotated[
    str | None,
    Prop("The exact name, with case. Must match exactly one object.", min_length=1),
]
SearchedOrganization = Annotated[
    str | None,
    Prop(
        "The id of the organization to search. Ignored with an id. Defaults to the provider's"
        " organization.",
        format=formats.uuid_of("organization"),
        setting="organization_id",
    ),
]
OrganizationArgument = Annotated[
    str,
    Prop(
        "The id of the organization. Defaults to the provider's organization.",
        format=formats.uuid_of("organization"),
        setting="organization_id",
    ),
]
NameFilter = Annotated[str | None, Prop("Filter by name, compared by the API.")]
TagFilter = Annotated[str | None, Prop("Filter by tag, compared by the API.")]
EditableFilter = Annotated[bool | None, Prop("Filter by whether the API allows changes.")]


# Results

Id = Annotated[str, Prop("The id.")]
Name = Annotated[str, Prop("The name.")]
Description = Annotated[str, Prop("The description.")]
TagList = Annotated[tuple[str, ...], Prop("The tags.")]
UpdatedAt = Annotated[str, Prop("The time of the last change (RFC 3339, UTC).")]


@dataclass(frozen=True, kw_only=True)
class Labelled(Facts):
    """Outputs of applications, groups and policies."""

    id: Id
    name: Name
    description: Description
    tags: TagList
    organization_id: Annotated[str, Prop("The id of the organization.")]
    updated_at: UpdatedAt


# Lookup

T = TypeVar("T", bound=Mapping[str, Any])


def look_up(arguments: object) -> tuple[str, str]:
    """Return the name and value of the one-of argument that a function was called with."""
    names = [name for group in one_ofs(type(arguments)) for name in group.names]
    (chosen,) = [(name, value) for name in names if (value := getattr(arguments, name)) is not None]
    return chosen


def by_id_or_name(
    get: Callable[[str], T],
    listed: Callable[..., Iterable[T]],
    arguments: object,
    organization_id: str | None,
    *,
    name_filter: str = "name",
) -> T:
    """Fetch an object by its id, or by a unique name in the organization.

    `name_filter` is the query parameter of the API's list for names. Raises IamError unless exactly one
    object has the name.
    """
    key, value = look_up(arguments)
    if key != "name":
        return get(value)
    return find_one(
        partial(listed, organization_id=organization_id),
        key,
        value,
        place=f"organization {organization_id}",
        filters={name_filter: value},
    )
