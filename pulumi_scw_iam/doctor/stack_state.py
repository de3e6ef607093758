"""States of Pulumi: the ids and the pending creates in an export or a checkpoint of a stack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.names import PACKAGE, from_pulumi
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["BEARERS", "PendingCreate", "StackState", "StateError", "name_in_urn", "parse_state"]

BEARERS = ("application", "user")
"""The kinds of objects that an API key can be for."""

_FRONTS = {f"{PACKAGE}:index": "native", "pulumi-python:dynamic/scw_iam": "dynamic"}
"""The front of a resource by its type token, without the name of the kind."""

_SPECIAL = "4dabf18193072939515e22adb298388d"
"""The engine's mark of a value that is no plain one, such as an encrypted secret."""

_GZIP = b"\x1f\x8b"


class StateError(Exception):
    """A file is no state of a stack; the message says why, in one line."""


@dataclass(frozen=True, kw_only=True)
class PendingCreate:
    """A create without a known outcome: the engine began it, and was interrupted."""

    urn: str
    kind: AnyKind
    id: str = ""
    """Set if the provider had answered, and the engine wrote the id down, but not the resource."""
    dynamic: bool
    inputs: Mapping[str, Any]
    """By their declared names; secrets are UNKNOWN, since a state has them encrypted."""
    parent: str = ""
    """The URN of its parent resource; empty if that is the stack itself."""
    provider: str = ""
    """The URN of its explicit provider; empty if it has the default one."""
    state: str
    """The file of its state, as the user named it."""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return name_in_urn(self.urn)

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]


@dataclass(frozen=True, kw_only=True)
class StackState:
    """The contents of one stack's state, as far as they are compared."""

    name: str
    """The file of the state, as the user named it."""
    ids: frozenset[str]
    """The ids of its resources, and the ids that these consist of; in lower case."""
    bearers: frozenset[str] = frozenset()
    """The ids of its users and applications, and of the bearers of its API keys."""
    fronts: frozenset[str]
    """`native`, `dynamic`, or both."""
    pending: tuple[PendingCreate, ...] = ()
    foreign_creates: int = 0
    """The number of pending creates of other packages."""


def parse_state(name: str, content: bytes) -> StackState:
    """Parse the output of `pulumi stack export`, or a checkpoint file of a local backend, gzipped or not.

    Raises StateError for anything else.
    """
    try:
        if content[:2] == _GZIP:
            content = gzip.decompress(content)
        parsed = json.loads(content)
    except (ValueError, OSError, EOFError, RecursionError):
        raise StateError(f"{name}: is not JSON; give what `pulumi stack export` prints") from None
    return _stack_state(name, _deployment(name, parsed))


def _deployment(name: str, parsed: Any) -> Any:
    """Return the deployment, which has the resources, of an export or a checkpoint."""
    match parsed:
        case {"deployment": {"resources": list()} as deployment}:
            return deployment
        case {"checkpoint": {"latest": {"resources": list()} as deployment}}:
            return deployment
        # A stack that was never brought up has no resources, or no deployment at all.
        case {"deployment": None} | {"checkpoint": {"latest": None}}:
            return {}
        case {"deployment": {"manifest": _, **rest}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"latest": {"manifest": _, **rest}}} if "resources" not in rest:
            return rest
        case {"checkpoint": {"stack": _, **rest}} if "latest" not in rest:
            return {}
    raise StateError(
        f"{name}: is not the state of a stack; give what `pulumi stack export` prints, or a"
        " checkpoint file"
    )


def _stack_state(name: str, deployment: Mapping[str, Any]) -> StackState:
    """Return what a deployment knows; `name` is the file of the state."""
    creating: list[dict[str, Any]] = []
    resources = _dicts(deployment.get("resources"))
    for operation in _dicts(deployment.get("pending_operations")):
        match operation:
            # A resource that is being created is not part of the state yet, with or without an id.
            case {"type": "creating", "resource": dict(resource)}:
                creating.append(resource)
            case {"resource": dict(resource)}:
                resources.append(resource)
    ids: set[str] = set()
    bearers: set[str] = set()
    fronts = {front for front, kind in map(_front_and_kind, creating) if kind}
    for resource in resources:
        front, kind = _front_and_kind(resource)
        if kind is None:
            continue
        fronts.add(front)
        resource_id = str(resource.get("id") or "").lower()
        # The parts of an id are in use too: the group and the member of a membership.
        ids |= {resource_id, *resource_id.split("/")} - {""}
        bearers |= _bearers(kind, resource_id, resource)
    pending = [_pending_create(name, resource) for resource in creating]
    ours = tuple(create for create in pending if create)
    return StackState(
        name=name,
        ids=frozenset(ids),
        bearers=frozenset(bearers - {""}),
        fronts=frozenset(fronts),
        pending=ours,
        foreign_creates=len(pending) - len(ours),
    )


def _dicts(items: Any) -> list[dict[str, Any]]:
    """Return the objects in a list of JSON, without anything else."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _bearers(kind: AnyKind, resource_id: str, resource: Mapping[str, Any]) -> set[str]:
    """Return the users and applications that a resource is, or that an API key is for."""
    if kind.noun in BEARERS:
        return {resource_id}
    if kind.name != "APIKey":
        return set()
    properties = resource.get("outputs") or resource.get("inputs")
    names = [name for bearer in BEARERS for name in (f"{bearer}_id", f"{bearer}Id")]
    values = [properties.get(name) for name in names] if isinstance(properties, dict) else []
    return {value.lower() for value in values if isinstance(value, str)}


def _front_and_kind(resource: Mapping[str, Any]) -> tuple[str, AnyKind | None]:
    """Return the front and the kind of a resource; "" and None if it is of another package."""
    package, _, name = str(resource.get("type") or "").rpartition(":")
    front = _FRONTS.get(package, "")
    return front, KINDS.get(name) if front else None


def _pending_create(state: str, resource: Mapping[str, Any]) -> PendingCreate | None:
    """Return a resource that is being created; None if it is of another package."""
    front, kind = _front_and_kind(resource)
    if kind is None:
        return None
    given = resource.get("inputs")
    inputs = {
        name: UNKNOWN if isinstance(value, dict) and _SPECIAL in value else value
        for name, value in (given if isinstance(given, dict) else {}).items()
    }
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


def name_in_urn(urn: str) -> str:
    """Return the name at the end of a URN, which may contain `::`; empty for anything else."""
    return "".join(urn.split("::", 3)[3:])
