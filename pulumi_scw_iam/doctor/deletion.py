"""Delete one object by kind and id, with the same safety checks as an update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.words import dashed, quoted
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.provider import ProviderCore

    AnyKind = Kind[Any, Any]

__all__ = ["Target", "delete_target", "kind_called", "read_target"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """An object to delete, with its current outputs."""

    kind: AnyKind
    id: str
    outputs: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """The noun, id, name, creation date and owner of the object, for the confirmation prompt."""
        name = self.outputs.get(self.kind.described_by)
        parts = [f"{self.kind.noun} {self.id}"]
        if isinstance(name, str) and name:
            parts[0] += f" {quoted(name)}"
        if created_at := self.outputs.get("created_at"):
            parts.append(f"created {created_at}")
        if self.kind.overlap.id_of(self.outputs) is None:
            parts += [
                f"of {owner} {owner_id}"
                for owner in ("user", "group", "application")
                if (owner_id := self.outputs.get(f"{owner}_id"))
            ]
        return ", ".join(parts)


def kind_called(name: str) -> AnyKind:
    """Return the kind with the noun `name`, spelled like `api-key`, `API key` or `api_key`.

    Raises Refused for an unknown noun. Security settings are refused too: their deletion has no effect. The API has
    no object of a kind with objects of another noun, such as a rotating API key.
    """
    kinds = {
        dashed(kind.noun): kind
        for kind in KINDS.values()
        if kind.described_by != "organization_id"  # security settings
        and not kind.counted
    }
    kind = kinds.get(name.lower().replace(" ", "-").replace("_", "-"))
    if kind is None:
        raise Refused(f"unknown kind {quoted(name)}; use one of {', '.join(sorted(kinds))}")
    return kind


def read_target(core: ProviderCore, kind: AnyKind, resource_id: str) -> Target:
    """Read the object to delete.

    Raises NotFound if the object does not exist, or another IamError.
    """
    outputs = core.read(kind, resource_id, None, looks_up=False)
    return Target(kind=kind, id=resource_id, outputs=outputs or {})


def delete_target(core: ProviderCore, target: Target) -> None:
    """Delete an object.

    Raises Refused if the kind protects the object or if the deletion is a self-lockout, or another
    IamError.
    """
    core.delete(target.kind, target.id, target.outputs)
