"""Read an export of a stack with the pulumiverse Scaleway package, with the secrets of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi_scw_iam.adopt.recorded import SourceError
from pulumi_scw_iam.adopt.recorder import KIND_NAMES, Recorder
from pulumi_scw_iam.core.marks import SECRET, SIGNATURE
from pulumi_scw_iam.core.names import camel, from_pulumi
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.stack_state import (
    StateError,
    name_in_urn,
    parse_deployment,
    parse_json,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.recorded import Recordings

__all__ = ["read_stack"]


def _tokens(module: str, name: str) -> tuple[str, str]:
    """Return the tokens of a type: in its module, and in `index`, the old name."""
    word, old = camel(name), camel(f"{module}_{name}")
    return (
        f"scaleway:{module}/{word}:{word[0].upper()}{word[1:]}",
        f"scaleway:index/{old}:{old[0].upper()}{old[1:]}",
    )


_KINDS: Final = {
    token: kind
    for module, name, kind in (
        *(("iam", name, kind) for name, kind in KIND_NAMES.items()),
        ("account", "ssh_key", "SSHKey"),
    )
    for token in _tokens(module, name)
}
"""Our kinds by type token: `scaleway:iam/group:Group`, and `scaleway:index/iamGroup:IamGroup`."""

_UNKNOWN = ("scaleway:iam/", "scaleway:index/iam")
"""The beginnings of type tokens of Scaleway IAM."""


_DEEPEST = 8
"""The deepest nesting of a property that is read. The rules of a policy have 4 levels."""

_DAMAGED = object()
"""Stands for a value that the engine does not write; no field has its type."""


class _EncryptedError(Exception):
    """A value contains an encrypted secret."""


def read_stack(name: str, content: bytes) -> Recordings:
    """Read the output of `pulumi stack export --show-secrets`.

    `name` is the file in messages. Raises SourceError for any other content. A resource with an
    encrypted secret is left out, so that its secret is not lost.
    """
    recorder = Recorder(name, spell=camel)
    try:
        deployment = parse_deployment(name, content)
    except StateError as error:
        raise SourceError(_hint(name, content) or str(error)) from None
    resources = [item for item in _list(deployment, "resources") if isinstance(item, Mapping)]
    parents = {str(item.get("urn")): str(item.get("parent") or "") for item in resources}
    encrypted = 0
    for resource in resources:
        resource_type = resource.get("type")
        if not isinstance(resource_type, str) or not resource.get("custom"):
            continue
        address = f"{resource_type}::{name_in_urn(str(resource.get('urn') or ''))}"
        if (kind_name := _KINDS.get(resource_type)) is None:
            _skip(recorder, resource_type, address)
        elif resource.get("delete"):
            recorder.add_skipped(address, "Pulumi deletes it at the next `pulumi up`")
        elif resource.get("external"):
            recorder.add_skipped(address, "only read by the stack, with `get`, not managed")
        elif not _record(recorder, kind_name, resource, address, _labels(resource, parents)):
            encrypted += 1
    if encrypted:
        recorder.add_failure(
            "",
            f"{encrypted} resources have encrypted secrets, so they are left out; export the stack again"
            " with `pulumi stack export --show-secrets`"
            if encrypted > 1
            else "1 resource has an encrypted secret, so it is left out; export the stack again with"
            " `pulumi stack export --show-secrets`",
        )
    pending = sum(_is_of_iam(operation) for operation in _list(deployment, "pending_operations"))
    if pending:
        recorder.add_failure(
            "",
            f"{pending} unfinished {'create' if pending == 1 else 'creates'} of Scaleway IAM; run `pulumi refresh`, and export again",
        )
    return recorder.result()


def _hint(name: str, content: bytes) -> str | None:
    """Return the message for the state of Terraform; None for other content."""
    match parse_json(content):
        case ({"lineage": _} | {"terraform_version": _},):
            return f"{name}: the state of Terraform; pass it with --from-terraform"
    return None


def _list(deployment: Mapping[str, Any], name: str) -> list[Any]:
    items = deployment.get(name)
    return items if isinstance(items, list) else []


def _skip(recorder: Recorder, resource_type: str, address: str) -> None:
    """Skip a resource of another type; complain about an unknown type of Scaleway IAM."""
    if resource_type.startswith(_UNKNOWN):
        recorder.add_failure(
            address,
            "this version does not know the type; upgrade pulumi-scw-iam, or declare the object by hand",
        )
    elif not resource_type.startswith("pulumi:"):
        recorder.skip_foreign(resource_type)


def _is_of_iam(operation: Any) -> bool:
    """Return whether a pending operation creates an object of Scaleway IAM."""
    match operation:
        case {"type": "creating", "resource": {"type": str() as resource_type}}:
            return resource_type in _KINDS
    return False


def _record(
    recorder: Recorder,
    kind_name: str,
    resource: Mapping[str, Any],
    address: str,
    labels: list[str],
) -> bool:
    """Record a resource; return False if a secret output is encrypted."""
    kind = KINDS[kind_name]
    outputs = resource.get("outputs")
    if not isinstance(outputs, Mapping):
        recorder.add_failure(address, "has no outputs, so it is left out")
        return True
    secrets = {camel(name) for name in set(kind.secrets()).intersection(kind.outputs())}
    props: dict[str, Any] = {}
    for name, value in outputs.items():
        try:
            props[name] = _clear(value)
        except _EncryptedError:
            # Another encrypted property is a plain input, marked as secret by the program.
            if name in secrets:
                return False
    external = props.get("externalMembership")
    recorder.record(
        kind,
        resource.get("id"),
        {**from_pulumi(kind.state, props), "external_membership": external},
        address=address,
        labels=labels,
    )
    return True


def _clear(value: Any, depth: int = 0) -> Any:
    """Return a value without the engine's marks of secrets."""
    if depth > _DEEPEST:
        return _DAMAGED
    match value:
        case {"ciphertext": _} if SIGNATURE in value:
            raise _EncryptedError
        case {"plaintext": str() as text} if value.get(SIGNATURE) == SECRET:
            parsed = parse_json(text.encode(errors="replace"))
            return _DAMAGED if parsed is None else _clear(parsed[0], depth + 1)
        case Mapping() if SIGNATURE in value:
            return _DAMAGED
        case Mapping():
            return {name: _clear(item, depth + 1) for name, item in value.items()}
        case list():
            return [_clear(item, depth + 1) for item in value]
    return value


def _labels(resource: Mapping[str, Any], parents: Mapping[str, str]) -> list[str]:
    """Return the possible logical names: the name of the resource, then with the names of its parents."""
    label = name_in_urn(str(resource.get("urn") or "")) or "resource"
    labels = [label]
    parent = str(resource.get("parent") or "")
    seen: set[str] = set()
    while parent and "::pulumi:pulumi:Stack::" not in parent and parent not in seen:
        seen.add(parent)
        label = f"{name_in_urn(parent)}-{label}"
        labels.append(label)
        parent = parents.get(parent, "")
    return labels
