"""Import files: resources for `pulumi import --file`, with inputs and outputs.

Since engine 3.254, a resource with outputs is imported without a read. So resources of the Python classes
can be imported, and an API key keeps its secret key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Adoption
from pulumi_scw_iam.core.marks import SECRET, SIGNATURE
from pulumi_scw_iam.core.names import camel, dynamic_token, to_pulumi, token
from pulumi_scw_iam.dynamic import PROVIDER_KEY, SECRETS_KEY, pickled_provider

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pulumi_scw_iam.adopt.objects import AnyKind, Front

__all__ = [
    "STACK_TYPE",
    "Component",
    "ImportEntry",
    "hidden_outputs",
    "holds_secrets",
    "import_document",
    "parent_of",
    "resource_properties",
    "resource_type",
]


STACK_TYPE = "pulumi:pulumi:Stack"
"""The type of the stack's own resource."""


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """A resource to import, with its place in the program."""

    adoption: Adoption
    parent: str | None = None
    """The URN of the parent; None, or the URN of the stack, for a resource without a parent."""
    provider: str | None = None
    """The URN of the explicit provider; None for the default provider."""
    secrets: frozenset[str] = frozenset()
    """The paths that the program marks as secret, by declared name: `tags`, `rules.condition`."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A component of the program that the stack does not have yet, as a parent of resources."""

    urn: str
    parent: str | None = None
    """The URN of the parent; None, or the URN of the stack, for a component without a parent."""


def import_document(
    entries: Sequence[ImportEntry], front: Front, components: Iterable[Component] = ()
) -> dict[str, Any]:
    """Return the content of an import file.

    A component is named by its URN, because its logical name may be the name of another resource too.
    """
    components = list(components)
    resources = [_component(component) for component in components]
    resources += [_resource(entry, front) for entry in entries]
    created = {component.urn for component in components}
    placed: list[ImportEntry | Component] = [*components, *entries]
    parents = map(parent_of, placed)
    existing = {urn for urn in (*parents, *(entry.provider for entry in entries)) if urn} - created
    table = {"nameTable": {urn: urn for urn in sorted(existing)}} if existing else {}
    return {**table, "resources": resources}


def parent_of(resource: ImportEntry | Component) -> str | None:
    """Return the URN of the parent; None for the stack."""
    is_stack = resource.parent and resource.parent.split("::", 3)[2] == STACK_TYPE
    return None if is_stack else resource.parent


def _component(component: Component) -> dict[str, Any]:
    _, _, types, name = component.urn.split("::", 3)
    parent = parent_of(component)
    return {
        "type": types.rpartition("$")[2],
        "name": component.urn,
        "logicalName": name,
        "component": True,
        **({"parent": parent} if parent else {}),
    }


def _resource(entry: ImportEntry, front: Front) -> dict[str, Any]:
    adoption = entry.adoption
    inputs, outputs = resource_properties(entry, front)
    place = {"parent": parent_of(entry), "provider": entry.provider}
    return {
        "type": resource_type(adoption.kind, front),
        "name": adoption.name,
        "id": adoption.id,
        **{name: urn for name, urn in place.items() if urn},
        "inputs": inputs,
        "outputs": outputs,
    }


def resource_type(kind: AnyKind, front: Front) -> str:
    """Return the type token of a kind on a front."""
    return dynamic_token(kind.name) if front == "python" else token(kind.name)


def resource_properties(entry: ImportEntry, front: Front) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs and outputs in the form of the state, with secrets marked and in clear."""
    adoption, kind = entry.adoption, entry.adoption.kind
    # The engine marks a whole property, even if only a part is secret.
    secret = {*kind.secrets(), *(path.partition(".")[0] for path in entry.secrets)}
    if front != "python":
        names = {camel(name) for name in secret}
        return (
            _marked(to_pulumi(kind.inputs, adoption.inputs), names),
            _marked(to_pulumi(kind.state, adoption.outputs), names),
        )
    own: dict[str, Any] = {PROVIDER_KEY: pickled_provider(kind.name)}
    if paths := sorted(entry.secrets - {*kind.secrets()}):
        own[SECRETS_KEY] = paths
    return {**own, **_marked(adoption.inputs, secret)}, {**own, **_marked(adoption.outputs, secret)}


def _marked(values: Mapping[str, Any], secret: Collection[str]) -> dict[str, Any]:
    return {
        name: {SIGNATURE: SECRET, "plaintext": json.dumps(value)} if name in secret else value
        for name, value in values.items()
        if value is not None
    }


def hidden_outputs(kind: AnyKind, front: Front) -> list[str]:
    """Return the outputs that are always secret, in the spelling of the front."""
    return [name if front == "python" else camel(name) for name in kind.secrets()]


def holds_secrets(document: Any) -> bool:
    """Return whether an import file or a state has a secret in clear."""
    match document:
        case dict():
            return (SIGNATURE in document and "plaintext" in document) or any(
                map(holds_secrets, document.values())
            )
        case list():
            return any(map(holds_secrets, document))
        case _:
            return False
