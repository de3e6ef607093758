"""What several kinds have, declared once: fields, and what an organization has one of at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.core.fields import Prop

if TYPE_CHECKING:
    from collections.abc import Callable


T = TypeVar("T")

Label = Annotated[
    str,
    Prop(
        "Name: 1 to 64 letters, digits, spaces and ( ) . _ -; the resource's name by default.",
        format=formats.label,
        min_length=1,
        max_length=64,
        autoname=True,
    ),
]

UniqueLabel = Annotated[
    str,
    Prop(
        "Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) . _ -; the"
        " resource's name by default.",
        format=formats.label,
        min_length=1,
        max_length=64,
        autoname=True,
        unique=True,
    ),
]

Description = Annotated[str, Prop("Free text of at most 200 characters.", max_length=200)]

Tags = Annotated[
    frozenset[str],
    Prop(
        "At most 10 tags of 1 to 70 characters, in any order; `key=value` is the usual shape.",
        format=formats.tag,
        min_length=1,
        max_length=70,
        max_items=10,
    ),
]

OrganizationId = Annotated[
    str,
    Prop(
        "Organization that owns it; the provider's by default.",
        format=formats.uuid_of("organization"),
        replace=True,
        setting="organization_id",
    ),
]

CreatedAt = Annotated[str, Prop("When it was made (RFC 3339, UTC).")]

# The API does not tell it of these kinds. Without it, a 404 to credentials of another organization
# would read as a deletion.
InOrganization = Annotated[
    str | None, Prop("Organization of the credentials that made it, or read it first.", kept=True)
]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What only the API knows of an object that a Scaleway product may manage."""

    created_at: CreatedAt = ""
    editable: Annotated[bool, Prop("Whether it can be changed.")] = True
    deletable: Annotated[bool, Prop("Whether it can be deleted.")] = True
    managed: Annotated[bool, Prop("Whether a Scaleway product manages it.")] = False


def enabled(held: Callable[[], T]) -> T | None:
    """What an organization has of a feature; None where it is not enabled."""
    try:
        return held()
    except NotFound:
        return None
