"""Parse the resources of this package in a Pulumi state, with their inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.names import from_pulumi
from pulumi_scw_iam.states.fronts import front_and_kind
from pulumi_scw_iam.states.stack_state import (
    dicts,
    name_in_urn,
    parse_deployment,
    without_secrets,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["StateResource", "parse_resources", "resource_of"]


@dataclass(frozen=True, kw_only=True)
class StateResource:
    """A resource of this package in a state. Secrets in its values are UNKNOWN."""

    kind: AnyKind
    id: str
    urn: str
    front: str
    """`native` or `dynamic`."""
    inputs: Mapping[str, Any] = field(repr=False)
    """The inputs of the program, by declared name."""
    outputs: Mapping[str, Any] = field(repr=False)
    """The outputs of the last operation, by declared name."""
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The URNs of the resources that an input depends on, by declared name."""
    state: str = ""
    """The file of the state, as spelled by the user."""

    @property
    def name(self) -> str:
        """The name of the resource in the program."""
        return name_in_urn(self.urn)


def parse_resources(name: str, content: bytes) -> tuple[StateResource, ...]:
    """Return the resources of this package in a state, in order; `name` is the file of the state.

    The forms of a state are those of `parse_state`. Resources that the engine is about to delete, and
    creates without a known outcome, are left out. Raises StateError.
    """
    deployment = parse_deployment(name, content)
    found = (resource_of(item, state=name) for item in dicts(deployment.get("resources")))
    return tuple(resource for resource in found if resource is not None)


def resource_of(item: Mapping[str, Any], *, state: str = "") -> StateResource | None:
    """Return a resource from its JSON in a state; None for other packages and for deleted resources."""
    front, kind = front_and_kind(item.get("type"))
    if kind is None or item.get("delete") is True:
        return None
    dependencies = item.get("propertyDependencies")
    return StateResource(
        kind=kind,
        id=str(item.get("id") or ""),
        urn=str(item.get("urn") or ""),
        front=front,
        inputs=_values(front, kind.inputs, item.get("inputs")),
        outputs=_values(front, kind.state, item.get("outputs")),
        dependencies={
            key: tuple(filter(_is_text, urns if isinstance(urns, list) else ()))
            for key, urns in _declared(front, kind.inputs, dependencies).items()
        },
        state=state,
    )


def _values(front: str, cls: type, values: Any) -> dict[str, Any]:
    """Return the properties of a resource by declared name, without the engine's own and without nulls."""
    named = _declared(front, cls, without_secrets(values))
    return {name: value for name, value in named.items() if value is not None}


def _declared(front: str, cls: type, values: Any) -> dict[str, Any]:
    given = values if isinstance(values, dict) else {}
    own = {name: value for name, value in given.items() if not name.startswith("__")}
    return from_pulumi(cls, own) if front == "native" else own


def _is_text(value: object) -> bool:
    return isinstance(value, str)
