"""The objects to adopt: as found in the organization, and as resources of a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Adoption", "Existing", "External", "Front", "Skipped", "Survey"]

Front = Literal["python", "native", "yaml"]
"""The language and the front of a program: the Python classes, the Python SDK of the plugin, or YAML."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An object of the organization to adopt."""

    kind: AnyKind
    id: str
    item: Mapping[str, Any] = field(repr=False)
    """The object in the form of the API. A policy also has its `rules`."""
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Values by declared name that only the source knows, such as `secret_key`."""
    unmanaged: frozenset[str] = frozenset()
    """The optional inputs that the source leaves alone, such as `user_ids` of a group."""
    label: str = ""
    """The preferred logical name, from the source; empty without a preference."""

    @property
    def name(self) -> str:
        """The name of the object, or the field that serves as its name; empty if unset."""
        return str(self.item.get(self.kind.described_by) or "")

    @property
    def title(self) -> str:
        """The noun, name and id of the object, on one line."""
        return self.kind.title(self.item, self.id)


@dataclass(frozen=True, kw_only=True)
class External:
    """An object to which adopted objects refer, but which is not adopted itself."""

    noun: str
    """The noun of the object: `project`, `user`, `group`, …"""
    id: str
    name: str
    """The name of the object; empty if unknown."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An object that is not adopted, with the reason."""

    existing: Existing
    reason: str
    """The reason, without the title: `managed by a Scaleway product`."""
    is_failure: bool = False
    """Whether the object should be adopted, but cannot be declared."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The objects to adopt, and everything else that the program or the report needs."""

    organization_id: str
    existing: tuple[Existing, ...]
    """The objects to adopt, in the order of the kinds, then of the API."""
    externals: Mapping[str, External] = field(default_factory=dict)
    """Projects, and objects of the organization that are not adopted, by id."""
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[str, ...] = ()
    """Lists or objects that could not be read, one line each."""


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """An object as a resource of a program."""

    existing: Existing
    name: str
    """The logical name of the resource, unique among the resources of its kind."""
    inputs: Mapping[str, Any] = field(repr=False)
    """The inputs as the program registers them, after the check: plain values by declared name."""
    arguments: Mapping[str, Any] = field(repr=False)
    """The inputs for the program to write: without defaults, ids of other objects in clear."""
    outputs: Mapping[str, Any] = field(repr=False)
    """The outputs as a create with these inputs leaves them."""

    @property
    def kind(self) -> AnyKind:
        """The kind of the object."""
        return self.existing.kind

    @property
    def id(self) -> str:
        """The id of the object."""
        return self.existing.id
