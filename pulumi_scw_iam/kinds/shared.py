"""What several kinds have, declared once: fields, and what an organization has one of at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pulumi_scw_iam import forms
from pulumi_scw_iam.errors import NotFound, Refused
from pulumi_scw_iam.prop import Prop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.organization import Organization

T = TypeVar("T")

Label = Annotated[
    str,
    Prop(
        "Name: 1 to 64 letters, digits, spaces and ( ) . _ -; the resource's name by default.",
        form=forms.label,
        min_length=1,
        max_length=64,
        autoname=True,
    ),
]

GroupName = Annotated[
    str,
    Prop(
        "Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) . _ -; the"
        " resource's name by default.",
        form=forms.label,
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
        form=forms.tag,
        min_length=1,
        max_length=70,
        max_items=10,
    ),
]

OrganizationId = Annotated[
    str,
    Prop(
        "Organization that owns it; the provider's by default.",
        form=forms.uuid_of("organization"),
        replace=True,
        setting="organization_id",
    ),
]

CreatedAt = Annotated[str, Prop("When it was made (RFC 3339, UTC).")]


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


def foresee_enabled(feature: str, organization: Organization) -> Iterator[tuple[str, str]]:
    """What a check says where an organization has a feature already: a name and a reason."""
    held = organization.enabled(feature)
    if held is not None:
        adopt = organization.adopt(feature, feature.lower(), held)
        yield (
            "",
            f"{feature} is enabled already in organization {organization.id}; {adopt}, or disable it first",
        )


def refuse_enabled(feature: str, organization_id: str, held: Mapping[str, Any] | None) -> None:
    """Raise Refused when an organization has a feature already.

    To look first costs a call. But what the API answers to enabling twice is not known, and a
    configuration that others made must never be taken over unasked.
    """
    if held is not None:
        raise Refused(
            f"{feature} is enabled already in organization {organization_id}",
            hint=f"import it by its id {held['id']}, look it up with {feature}.get, or disable it"
            " first",
        )


def require_same(resource_id: str, held_id: str, noun: str, organization_id: str) -> None:
    """Raise NotFound when an organization has another configuration than the one that is meant."""
    if held_id != resource_id:
        raise NotFound(
            f"the {noun} of organization {organization_id} is another one, {held_id}", status=404
        )
