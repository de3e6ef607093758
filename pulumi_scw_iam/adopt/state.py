"""States of a stack: their resources, and new states with appended resources for `pulumi stack import`."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.import_file import (
    STACK_TYPE,
    Component,
    ImportEntry,
    hidden_outputs,
    parent_of,
    resource_properties,
    resource_type,
)
from pulumi_scw_iam.common.formats import UuidOf
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.marks import SECRET, SIGNATURE
from pulumi_scw_iam.core.names import camel, name_of, token
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.fronts import front_and_kind

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Front

__all__ = [
    "Placed",
    "Sorted",
    "StackContent",
    "default_inputs",
    "extended",
    "sort_out",
]

_PROVIDERS = "pulumi:providers:"


@dataclass(frozen=True)
class StackContent:
    """The resources of a stack, from the output of `pulumi stack export`."""

    export: Mapping[str, Any] = field(repr=False)
    stack: str
    project: str

    @functools.cached_property
    def resources(self) -> list[Mapping[str, Any]]:
        """The resources in the order of the state. A new stack has none."""
        deployment = self.export.get("deployment") or {}
        return list(deployment.get("resources") or ())

    @functools.cached_property
    def by_urn(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by URN."""
        return {str(resource.get("urn")): resource for resource in self.resources}

    @functools.cached_property
    def objects(self) -> Mapping[tuple[str, str], str]:
        """The URN of the resource of each object, by kind and id. Of both fronts."""
        return {
            (kind.name, str(resource.get("id")).lower()): str(resource.get("urn"))
            for resource in self.resources
            if (kind := front_and_kind(resource.get("type"))[1])
        }

    @property
    def pending(self) -> list[str]:
        """The URNs of the pending operations."""
        deployment = self.export.get("deployment") or {}
        operations = deployment.get("pending_operations") or ()
        return [str(operation["resource"].get("urn")) for operation in operations]

    @property
    def stack_urn(self) -> str:
        """The URN of the stack's own resource."""
        return f"{self._prefix}::{STACK_TYPE}::{self.project}-{self.stack}"

    @property
    def _prefix(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}"

    def urn(self, entry: ImportEntry, front: Front) -> str:
        """Return the URN of a resource to import."""
        types = resource_type(entry.adoption.kind, front)
        if parent := parent_of(entry):
            types = f"{parent.split('::', 3)[2]}${types}"
        return f"{self._prefix}::{types}::{entry.adoption.name}"

    def default_provider(self, package: str) -> str | None:
        """Return the reference of a default provider; None if the state has none."""
        references = [
            _reference(resource)
            for resource in self.resources
            if resource.get("type") == f"{_PROVIDERS}{package}"
            and not resource.get("delete")
            and name_of(str(resource["urn"])).startswith("default")
        ]
        return references[-1] if references else None

    def new_provider(self, package: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the resource of a default provider without a version.

        The engine takes a default provider of another version for the same provider.
        """
        kind = f"{_PROVIDERS}{package}"
        return {
            "urn": f"{self._prefix}::{kind}::default",
            "custom": True,
            "id": str(uuid.uuid4()),
            "type": kind,
            "inputs": dict(inputs),
            "outputs": dict(inputs),
            **_times(),
        }


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A resource to import, with its URN."""

    urn: str
    entry: ImportEntry


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """The resources to import, the resources that the stack has already, and a line for each refused one."""

    new: tuple[Placed, ...]
    present: tuple[Placed, ...]
    refused: tuple[str, ...]


def sort_out(
    entries: Iterable[ImportEntry],
    content: StackContent,
    front: Front,
    components: Iterable[Component] = (),
) -> Sorted:
    """Compare the resources to import with the stack."""
    created = {component.urn for component in components}
    new, present, refused = dict[str, Placed](), list[Placed](), list[str]()
    taken = dict[tuple[str, str], str](content.objects)
    for entry in entries:
        adoption = entry.adoption
        placed = Placed(urn=content.urn(entry, front), entry=entry)
        identity = (adoption.kind.name, adoption.id.lower())
        known = content.by_urn.get(placed.urn) or {}
        if taken.get(identity) == placed.urn and placed.urn not in new and not known.get("delete"):
            present.append(placed)
        elif reason := _clash(placed, taken.get(identity), known, new) or _orphan(
            entry, content, created
        ):
            refused.append(f"{adoption.existing.title}: {reason}")
        else:
            new[placed.urn] = placed
            taken[identity] = placed.urn
    return Sorted(new=tuple(new.values()), present=tuple(present), refused=tuple(refused))


def _clash(
    placed: Placed, holder: str | None, known: Mapping[str, Any], new: Collection[str]
) -> str | None:
    """Return the reason if another resource has the object or the name; None without one."""
    name = quoted(placed.entry.adoption.name)
    if holder is not None:
        where = "the import" if holder in new else "the stack"
        return f"{where} has it as {quoted(name_of(holder))} already"
    if known:
        other = known.get("id")
        return f"the stack has another resource {name} of this type, {other}"
    if placed.urn in new:
        return f"the import has another resource {name} of this type"
    return None


def _orphan(entry: ImportEntry, content: StackContent, created: Collection[str]) -> str | None:
    """Return the reason if the parent or the provider does not exist; None if both do."""
    for what, urn in (("parent", parent_of(entry)), ("provider", entry.provider)):
        if urn and urn not in content.by_urn and urn not in created:
            return (
                f"its {what} {quoted(name_of(urn))} is not in the stack; create it with"
                " `pulumi up --target`, and run again"
            )
    return None


def extended(
    content: StackContent,
    new: Sequence[Placed],
    front: Front,
    inputs: Callable[[str], Mapping[str, Any]],
    components: Iterable[Component] = (),
) -> dict[str, Any]:
    """Return the state with resources appended, in the form of `pulumi stack import`.

    `inputs` returns the inputs of the default provider of a package. They are the stack's configuration, which
    a refresh and a destroy take from the state.
    """
    resources = list(content.resources)
    if content.stack_urn not in content.by_urn:
        stack = {"urn": content.stack_urn, "custom": False, "type": STACK_TYPE, **_times()}
        resources.insert(0, stack)
    resources += [
        {
            "urn": component.urn,
            "custom": False,
            "type": component.urn.split("::", 3)[2].rpartition("$")[2],
            "parent": parent_of(component) or content.stack_urn,
            **_times(),
        }
        for component in components
        if component.urn not in content.by_urn
    ]
    default: str | None = None
    if any(placed.entry.provider is None for placed in new):
        package = "pulumi-python" if front == "python" else token("").partition(":")[0]
        default = content.default_provider(package)
        if default is None:
            provider = content.new_provider(package, inputs(package))
            resources.append(provider)
            default = _reference(provider)
    resources += _in_order(new, content, front, default)
    empty = {"manifest": {"time": _times()["created"], "magic": "", "version": ""}}
    deployment = {**(content.export.get("deployment") or empty), "resources": resources}
    # `pulumi stack import` drops them with a warning. The caller has refused all others.
    deployment.pop("pending_operations", None)
    return {"version": 3, **content.export, "deployment": deployment}


def _in_order(
    new: Sequence[Placed], content: StackContent, front: Front, default: str | None
) -> Iterator[dict[str, Any]]:
    """Yield the resources of a state: a resource comes after the resources that it depends on."""
    holders = {
        **content.objects,
        **{(p.entry.adoption.kind.name, p.entry.adoption.id.lower()): p.urn for p in new},
    }
    depends = {placed.urn: dict(_dependencies(placed.entry, holders)) for placed in new}
    by_urn = {placed.urn: placed for placed in new}
    sorter = TopologicalSorter[str]()
    for urn, properties in depends.items():
        parent = parent_of(by_urn[urn].entry)
        sorter.add(urn, *_union(properties), *([parent] if parent else []))
    for urn in sorter.static_order():
        if urn in by_urn:
            yield _resource(by_urn[urn], depends[urn], content, front, default)


def _resource(
    placed: Placed,
    depends: Mapping[str, list[str]],
    content: StackContent,
    front: Front,
    default: str | None,
) -> dict[str, Any]:
    entry, kind = placed.entry, placed.entry.adoption.kind
    inputs, outputs = resource_properties(entry, front)
    provider = _reference(content.by_urn[entry.provider]) if entry.provider else default
    spelled = {name if front == "python" else camel(name): urns for name, urns in depends.items()}
    hidden = hidden_outputs(kind, front)
    return {
        "urn": placed.urn,
        "custom": True,
        "id": entry.adoption.id,
        "type": resource_type(kind, front),
        "inputs": inputs,
        "outputs": outputs,
        "parent": parent_of(entry) or content.stack_urn,
        "dependencies": _union(depends),
        "provider": provider,
        "propertyDependencies": {name: spelled.get(name, []) for name in inputs},
        **({"additionalSecretOutputs": hidden} if hidden else {}),
        **_times(),
    }


def _dependencies(
    entry: ImportEntry, holders: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the inputs that refer to resources, with the URNs of these resources."""
    adoption = entry.adoption
    for declared in fields(adoption.kind.inputs):
        reference, value = declared.prop.format, adoption.inputs.get(declared.name)
        if not isinstance(reference, UuidOf) or value is None:
            continue
        kind = _by_noun().get(reference.noun, "")
        ids = value if isinstance(value, list) else [value]
        urns = {
            holders[kind, str(id_).lower()] for id_ in ids if (kind, str(id_).lower()) in holders
        }
        if urns:
            yield declared.name, sorted(urns)


@functools.cache
def _by_noun() -> Mapping[str, str]:
    return {kind.noun: name for name, kind in KINDS.items()}


def _union(depends: Mapping[str, list[str]]) -> list[str]:
    return sorted({urn for urns in depends.values() for urn in urns})


def _reference(provider: Mapping[str, Any]) -> str:
    return f"{provider['urn']}::{provider['id']}"


def _times() -> dict[str, str]:
    now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    return {"created": now, "modified": now}


def default_inputs(package: str, config: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the inputs that the engine gives to a package's default provider: the configuration.

    The provider of the Python classes gets the whole configuration, other providers get their own keys.
    """
    inputs = {}
    for key, entry in config.items():
        namespace, _, name = key.partition(":")
        value = entry.get("value")
        if value is None or package not in ("pulumi-python", namespace):
            continue
        spelled = key if package == "pulumi-python" else name
        secret = {SIGNATURE: SECRET, "plaintext": json.dumps(value)}
        inputs[spelled] = secret if entry.get("secret") else value
    return inputs
