"""Fields that several functions have, and how one object is found among many."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pulumi_scw_iam import forms
from pulumi_scw_iam.errors import IamError
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

T = TypeVar("T", bound=Mapping[str, Any])

_TOLD = 5
"""So many candidates are named; then their number has to do."""


def look_up(asked: object) -> tuple[str, str]:
    """By which of its one-of arguments a function is to find the object, and the value."""
    names = [name for group in one_ofs(type(asked)) for name in group.names]
    (said,) = [(name, value) for name in names if (value := getattr(asked, name)) is not None]
    return said


def the_one(
    listed: Callable[..., Iterable[T]],
    field: str,
    wanted: str,
    *,
    place: str,
    filters: Mapping[str, object] | None = None,
    titled_by: str | None = None,
    form: Callable[[str], str] = str,
) -> T:
    """The only object whose `field` is `wanted`; equal is what has the same `form`.

    `listed` yields all objects of the `place`, and with the `filters` at least those that are wanted:
    whether the API looks for the whole text or for a part of it is left to the API.

    Raises IamError when there is none or more than one, and names those that may have been meant, by
    the field `titled_by` where their ids say less.
    """
    items = list(listed(**(filters or {})))
    found = [item for item in items if form(item[field]) == form(wanted)]
    if len(found) == 1:
        return found[0]
    words = field.replace("_", " ")
    if found:
        them = [f"{item['id']} (created {item['created_at']})" for item in found]
        raise IamError(
            f"{len(found)} in {place} have this {words}: {_enumerated(them)}",
            hint="pass the id of one of them",
        )
    there = listed() if filters else items
    titles = sorted({title for item in there if (title := item[titled_by or field])})
    near = difflib.get_close_matches(wanted, titles, n=1) if titled_by is None else []
    if near:
        hint = f"did you mean {forms.quoted(near[0])}?"
    elif titles:
        hint = f"there are {_enumerated([forms.quoted(title) for title in titles])}"
    else:
        hint = "there are none at all"
    raise IamError(f"none in {place} has this {words}", hint=hint)


def _enumerated(texts: list[str]) -> str:
    told = ", ".join(texts[:_TOLD])
    return f"{told} and {len(texts) - _TOLD} more" if len(texts) > _TOLD else told
