"""Fields that several functions have, and how the object of one is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, one_ofs
from pulumi_scw_iam.core.find import the_one
from pulumi_scw_iam.kinds.shared.fields import Facts

# Arguments

SearchedName = Annotated[
    str | None,
    Prop("Its name, when only one has it; upper and lower case differ.", min_length=1),
]
SearchedOrganization = Annotated[
    str | None,
    Prop(
        "Organization that is searched, when the id is not given; the provider's by default.",
        format=formats.uuid_of("organization"),
        setting="organization_id",
    ),
]
OrganizationArgument = Annotated[
    str,
    Prop(
        "The organization; the provider's by default.",
        format=formats.uuid_of("organization"),
        setting="organization_id",
    ),
]
NameFilter = Annotated[str | None, Prop("Only those of this name, as the API compares names.")]
TagFilter = Annotated[str | None, Prop("Only those with this tag, as the API compares tags.")]
EditableFilter = Annotated[bool | None, Prop("Only those that can be changed, or that cannot.")]


# Results

Id = Annotated[str, Prop("Its id.")]
Name = Annotated[str, Prop("Its name.")]
Description = Annotated[str, Prop("Free text.")]
TagList = Annotated[tuple[str, ...], Prop("Its tags.")]
UpdatedAt = Annotated[str, Prop("When it was changed last (RFC 3339, UTC).")]


@dataclass(frozen=True, kw_only=True)
class Labelled(Facts):
    """What applications, groups and policies have in common."""

    id: Id
    name: Name
    description: Description
    tags: TagList
    organization_id: Annotated[str, Prop("Organization that owns it.")]
    updated_at: UpdatedAt


# How one is found

T = TypeVar("T", bound=Mapping[str, Any])


def look_up(arguments: object) -> tuple[str, str]:
    """By which of its one-of arguments a function is to find the object, and the value."""
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
    """The object that `arguments` names: read by its id, or the only one of its name in the organization.

    `name_filter` is what the API's list calls its filter by name.
    """
    key, value = look_up(arguments)
    if key != "name":
        return get(value)
    return the_one(
        partial(listed, organization_id=organization_id),
        key,
        value,
        place=f"organization {organization_id}",
        filters={name_filter: value},
    )
