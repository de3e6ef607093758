"""Delete one object, as `pulumi-scw-iam delete` does: by its kind and id, with the guards of an update."""

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
    """An object to delete, as it was just read."""

    kind: AnyKind
    id: str
    outputs: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """The kind, the id, the name, the date and the owner of the object, for the question to the user."""
        name = self.outputs.get(self.kind.described_by)
        parts = [f"{self.kind.noun} {self.id}"]
        if isinstance(name, str) and name:
            parts[0] += f" {quoted(name)}"
        if created_at := self.outputs.get("created_at"):
            parts.append(f"made {created_at}")
        if self.kind.overlap.id_of(self.outputs) is None:
            parts += [
                f"of {owner} {owner_id}"
                for owner in ("user", "group", "application")
                if (owner_id := self.outputs.get(f"{owner}_id"))
            ]
        return ", ".join(parts)


def kind_called(name: str) -> AnyKind:
    """Return the kind with a noun such as `api-key`, `API key` or `api_key`.

    Raises Refused for any other name, and for security settings: deleting them leaves them as they are.
    """
    kinds = {
        dashed(kind.noun): kind
        for kind in KINDS.values()
        if kind.described_by != "organization_id"  # security settings
    }
    kind = kinds.get(name.lower().replace(" ", "-").replace("_", "-"))
    if kind is None:
        raise Refused(f"{quoted(name)} is no kind; there are {', '.join(sorted(kinds))}")
    return kind


def read_target(core: ProviderCore, kind: AnyKind, resource_id: str) -> Target:
    """Read the object to delete; raises NotFound if it does not exist, or another IamError."""
    outputs = core.read(kind, resource_id, None, looks_up=False)
    return Target(kind=kind, id=resource_id, outputs=outputs or {})


def delete_target(core: ProviderCore, target: Target) -> None:
    """Delete an object.

    Raises Refused if the kind protects it, or if the caller would lose the right to manage IAM; or another
    IamError.
    """
    core.delete(target.kind, target.id, target.outputs)
