"""Parse Pulumi states: the ids and the pending creates in an export or a checkpoint of a stack."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.marks import SIGNATURE
from pulumi_scw_iam.core.names import from_pulumi
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.rotation import Mark
from pulumi_scw_iam.states.fronts import front_and_kind

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = [
    "BEARERS",
    "PendingCreate",
    "StackState",
    "StateError",
    "dicts",
    "name_in_urn",
    "parse_deployment",
    "parse_json",
    "parse_state",
    "without_secrets",
]

BEARERS = ("application", "user")
"""The nouns of the possible bearers of an API key."""

_BY_NOUN = {kind.noun: name for name, kind in KINDS.items()}

_GZIP = b"\x1f\x8b"


class StateError(Exception):
    """A file is not the state of a stack. The message is one line."""


@dataclass(frozen=True, kw_only=True)
class PendingCreate:
    """A create with an unknown outcome: the engine was interrupted during the create."""

    urn: str
    kind: AnyKind
    id: str = ""
    """The id, if the provider had responded and the engine had saved the id but not the resource."""
    dynamic: bool
    inputs: Mapping[str, Any]
    """The inputs by declared name. Secrets are UNKNOWN, because a state encrypts them."""
    parent: str = ""
    """The URN of the parent resource; empty for the stack itself."""
    provider: str = ""
    """The URN of the explicit provider; empty for the default provider."""
    state: str
    """The file of the state, as spelled by the user."""

    @property
    def name(self) -> str:
        """The name of the resource in the program."""
        return name_in_urn(self.urn)

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return _stack_of(self.urn)


@dataclass(frozen=True, kw_only=True)
class StackState:
    """The facts of one stack's state that the doctor compares."""

    name: str
    """The file of the state, as spelled by the user."""
    stack: str = ""
    """The name of the stack; empty for a state without resources."""
    ids: frozenset[str]
    """The ids of the resources, the parts of compound ids, and the ids of their objects; in lower case."""
    resources: frozenset[tuple[str, str]] = frozenset()
    """The kind and the id of each resource, and of each object of a resource; ids in lower case."""
    bearers: frozenset[str] = frozenset()
    """The ids of users, applications, and bearers of API keys."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The URN of each rotating API key by the mark in the descriptions of its keys."""
    fronts: frozenset[str]
    """`native`, `dynamic`, or both."""
    pending: tuple[PendingCreate, ...] = ()
    foreign_creates: int = 0
    """The number of pending creates of other packages."""


def parse_state(name: str, content: bytes) -> StackState:
    """Parse the output of `pulumi stack export`, or a checkpoint file of a local backend.

    Both may be gzipped. Raises StateError for any other content.
    """
    return _stack_state(name, parse_deployment(name, content))


def parse_deployment(name: str, content: bytes) -> Mapping[str, Any]:
    """Parse an export or a checkpoint; return the deployment, with its resources.

    Raises StateError as `parse_state`.
    """
    parsed = parse_json(content)
    if parsed is None:
        raise StateError(f"{name}: not JSON; pass the output of `pulumi stack export`")
    deployment: Mapping[str, Any] = _deployment(name, *parsed)
    return deployment


def parse_json(content: bytes) -> tuple[Any] | None:
    """Parse JSON, which may be gzipped; return None for any other content.

    The parser's exception contains the whole text, secrets included, so it never leaves this function.
    """
    try:
        return (json.loads(gzip.decompress(content) if content[:2] == _GZIP else content),)
    except (ValueError, OSError, EOFError, RecursionError, zlib.error):
        return None


def _deployment(name: str, parsed: Any) -> Any:
    """Return the deployment, with the resources, of an export or a checkpoint."""
    match parsed:
        case {"deployment": {"resources": list()} as deployment}:
            return deployment
        case {"checkpoint": {"latest": {"resources": list()} as deployment}}:
            return deployment
        # A new stack, before its first `pulumi up`, has no resources, or no deployment at all.
        case {"deployment": None} | {"checkpoint": {"latest": None}}:
            return {}
        case {"deployment": {"manifest": _, **rest}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"latest": {"manifest": _, **rest}}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"stack": _, **rest}} if "latest" not in rest:
            return {}
    raise StateError(
        f"{name}: not the state of a stack; pass the output of `pulumi stack export`, or a"
        " checkpoint file"
    )


def _stack_state(name: str, deployment: Mapping[str, Any]) -> StackState:
    """Return the facts of a deployment; `name` is the file of the state."""
    creating: list[dict[str, Any]] = []
    resources = dicts(deployment.get("resources"))
    for operation in dicts(deployment.get("pending_operations")):
        match operation:
            # A pending create is not part of the state yet, with or without an id.
            case {"type": "creating", "resource": dict(resource)}:
                creating.append(resource)
            case {"resource": dict(resource)}:
                resources.append(resource)
    ids: set[str] = set()
    managed: set[tuple[str, str]] = set()
    bearers: set[str] = set()
    marks: dict[str, str] = {}
    fronts = {
        front
        for front, kind in (front_and_kind(resource.get("type")) for resource in creating)
        if kind
    }
    for resource in resources:
        front, kind = front_and_kind(resource.get("type"))
        if kind is None:
            continue
        fronts.add(front)
        given_id = str(resource.get("id") or "")
        resource_id = given_id.lower()
        # The parts of a compound id are in use too: the group and the member of a membership.
        managed.add((kind.name, resource_id))
        ids |= {resource_id, *resource_id.split("/")} - {""}
        bearers |= _bearers(kind, resource_id, resource)
        if kind.counted:
            outputs = _outputs(front, kind, resource)
            objects = {(noun, key.lower()) for noun, key in kind.objects_of(given_id, outputs)}
            managed |= {(_BY_NOUN[noun], key) for noun, key in objects}
            ids |= {key for _, key in objects}
            mark = str(outputs.get("mark") or Mark.of(given_id).resource)
            marks[mark] = str(resource.get("urn") or "")
    pending = [_pending_create(name, resource) for resource in creating]
    ours = tuple(create for create in pending if create)
    urns = [str(resource.get("urn") or "") for resource in (*resources, *creating)]
    return StackState(
        name=name,
        stack=next((_stack_of(urn) for urn in urns if urn), ""),
        ids=frozenset(ids),
        resources=frozenset(managed),
        bearers=frozenset(bearers - {""}),
        marks=marks,
        fronts=frozenset(fronts),
        pending=ours,
        foreign_creates=len(pending) - len(ours),
    )


def dicts(items: Any) -> list[dict[str, Any]]:
    """Return the JSON objects in a list; other items are dropped."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _bearers(kind: AnyKind, resource_id: str, resource: Mapping[str, Any]) -> set[str]:
    """Return the id of a user or application, or the bearer of an API key."""
    if kind.noun in BEARERS:
        return {resource_id}
    if "APIKey" not in (kind.name, _BY_NOUN.get(kind.counted)):
        return set()
    properties = resource.get("outputs") or resource.get("inputs")
    names = [name for bearer in BEARERS for name in (f"{bearer}_id", f"{bearer}Id")]
    values = [properties.get(name) for name in names] if isinstance(properties, dict) else []
    return {value.lower() for value in values if isinstance(value, str)}


def _outputs(front: str, kind: AnyKind, resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the outputs of a resource by declared name; secrets are UNKNOWN."""
    given = resource.get("outputs")
    outputs = without_secrets(given if isinstance(given, dict) else {})
    return from_pulumi(kind.state, outputs) if front == "native" else outputs


def _pending_create(state: str, resource: Mapping[str, Any]) -> PendingCreate | None:
    """Return the pending create of a resource; None for other packages."""
    front, kind = front_and_kind(resource.get("type"))
    if kind is None:
        return None
    given = resource.get("inputs")
    inputs = without_secrets(given if isinstance(given, dict) else {})
    parent = str(resource.get("parent") or "")
    provider = str(resource.get("provider") or "").rpartition("::")[0]
    return PendingCreate(
        urn=str(resource.get("urn") or ""),
        kind=kind,
        id=str(resource.get("id") or "").lower(),
        dynamic=front == "dynamic",
        inputs=inputs if front == "dynamic" else from_pulumi(kind.inputs, inputs),
        parent="" if "::pulumi:pulumi:Stack::" in parent else parent,
        provider="" if name_in_urn(provider).startswith("default") else provider,
        state=state,
    )


def _stack_of(urn: str) -> str:
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def without_secrets(value: Any) -> Any:
    """Return a value of a state with UNKNOWN for each secret and each other special value, at any depth."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return UNKNOWN
        return {name: without_secrets(item) for name, item in value.items()}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def name_in_urn(urn: str) -> str:
    """Return the name at the end of a URN; the name may contain `::`. Empty for a malformed URN."""
    return "".join(urn.split("::", 3)[3:])
