"""Fields that several functions have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pulumi_scw_iam import forms
from pulumi_scw_iam.kinds.shared import Facts
from pulumi_scw_iam.prop import Prop, one_ofs

# Arguments

SearchedName = Annotated[
    str | None,
    Prop("Its name, when only one has it; upper and lower case differ.", min_length=1),
]
SearchedOrganization = Annotated[
    str | None,
    Prop(
        "Organization that is searched, when the id is not given; the provider's by default.",
        form=forms.uuid_of("organization"),
        setting="organization_id",
    ),
]
AskedOrganization = Annotated[
    str,
    Prop(
        "The organization; the provider's by default.",
        form=forms.uuid_of("organization"),
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


def look_up(asked: object) -> tuple[str, str]:
    """By which of its one-of arguments a function is to find the object, and the value."""
    names = [name for group in one_ofs(type(asked)) for name in group.names]
    (said,) = [(name, value) for name in names if (value := getattr(asked, name)) is not None]
    return said
