"""Builders of programs with existing objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Existing, Survey
from pulumi_scw_iam.adopt.program_first import ProgramFirst, adopt_program
from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.preview import PlannedResource, Preview
from tests.support.strategies import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.kinds.shared.secret_sink import Version

__all__ = ["OWNER", "existing", "found", "planned"]

OWNER = "11111111-1111-4111-8111-111111111111"


def planned(kind: str, inputs: Props, **more: Any) -> PlannedResource:
    """Return a new resource with checked inputs."""
    urn = f"urn:pulumi:test::shop::{token(kind)}::{RESOURCE}"
    fields: dict[str, Any] = {"urn": urn, "type": token(kind), "op": "create", "front": "native"}
    return PlannedResource(**{**fields, "kind": KINDS[kind], "inputs": inputs, **more})


def found(
    resource: PlannedResource,
    *existing: Existing,
    owner: str = OWNER,
    versions: Callable[[str], Mapping[str, Version]] = lambda _: {},
) -> ProgramFirst:
    preview = Preview(name="preview", steps=(resource,))
    return adopt_program(preview, Survey(organization_id=owner, existing=existing), versions)


def existing(kind: str, **item: Any) -> Existing:
    object_id = item.pop("id", "00000000-0000-4000-8000-000000000001")
    return Existing(kind=KINDS[kind], id=object_id, item={"id": object_id, **item})
