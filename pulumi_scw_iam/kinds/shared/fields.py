"""Fields of several kinds, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.core.fields import Prop

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.core.fields import Props


T = TypeVar("T")

Label = Annotated[
    str,
    Prop(
        "The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Defaults to the resource's name.",
        format=formats.label,
        min_length=1,
        max_length=64,
        autoname=True,
    ),
]

UniqueLabel = Annotated[
    str,
    Prop(
        "The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Must be unique in the"
        " organization. Defaults to the resource's name.",
        format=formats.label,
        min_length=1,
        max_length=64,
        autoname=True,
        unique=True,
    ),
]

Description = Annotated[str, Prop("A description of at most 200 characters.", max_length=200)]

DefaultProjectId = Annotated[
    str | None,
    Prop(
        "The id of the default project for Object Storage. Chosen by the API if unset.",
        format=formats.uuid_of("project"),
        server_default=True,
        always_set=True,
    ),
]

Tags = Annotated[
    frozenset[str],
    Prop(
        "At most 10 tags of 1 to 70 characters, often `key=value`. Order does not matter.",
        format=formats.tag,
        min_length=1,
        max_length=70,
        max_items=10,
    ),
]

OrganizationId = Annotated[
    str,
    Prop(
        "The id of the organization. Defaults to the provider's organization.",
        format=formats.uuid_of("organization"),
        replace=True,
        setting="organization_id",
    ),
]

CreatedAt = Annotated[str, Prop("The creation time (RFC 3339, UTC).")]

# Older responses lack it, and no other field needs it, so an absent value is no difference.
Srn = Annotated[
    str | None, Prop("The SRN, such as `srn://iam.scw.eu/groups/ID`, if the API returns it.")
]

# Responses for these kinds do not name the organization. Without this output, a 404 to credentials of
# another organization would look like a deletion.
InOrganization = Annotated[
    str | None,
    Prop(
        "The id of the organization, from the credentials of the create or first read.", kept=True
    ),
]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Outputs of objects that a Scaleway product may manage."""

    created_at: CreatedAt = ""
    editable: Annotated[bool, Prop("Whether the API allows changes.")] = True
    deletable: Annotated[bool, Prop("Whether the API allows deletion.")] = True
    managed: Annotated[bool, Prop("Whether a Scaleway product manages the object.")] = False
    srn: Srn = None


def without_default_project(inputs: dict[str, Any], outputs: Props) -> dict[str, Any]:
    """Return the inputs of an existing API key without the default project of the organization.

    This project has the id of the organization. The API chooses it for a new key.
    """
    if inputs.get("default_project_id") == outputs.get("organization_id"):
        inputs.pop("default_project_id", None)
    return inputs


def enabled(fetch: Callable[[], T]) -> T | None:
    """Return the configuration of a feature, or None if the feature is disabled."""
    try:
        return fetch()
    except NotFound:
        return None
