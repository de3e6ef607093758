"""Convert engine values to plain values and back: secrets, unknowns, failures and detailed diffs.

The engine sends property values as protobuf structs. `ProviderCore` uses plain values: strings, numbers,
booleans, lists and dicts, and UNKNOWN for a value that is not known yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import struct_pb2

from pulumi_scw_iam.common.redaction import hidden
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.marks import SECRET, SIGNATURE, UNKNOWN_MARK, UNKNOWN_MARKS
from pulumi_scw_iam.core.names import camel
from pulumi_scw_iam.native.protocol import provider_pb2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pulumi_scw_iam.core.check import Failure
    from pulumi_scw_iam.core.fields import Path, Step

__all__ = [
    "as_secret",
    "check_failures",
    "diff_response",
    "from_struct",
    "secret_names",
    "secret_paths",
    "secret_texts",
    "to_struct",
    "to_value",
]

_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


# --- from the engine -----------------------------------------------------------------------------


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the plain values of a struct: secrets in clear, unknowns as UNKNOWN, without nulls."""
    plain = {name: _from_value(value) for name, value in struct.fields.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _from_value(value: struct_pb2.Value) -> Any:  # noqa: PLR0911 - one per form of a value
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_MARKS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            inner = value.struct_value.fields
            if SIGNATURE not in inner:
                return from_struct(value.struct_value)
            if inner[SIGNATURE].string_value in (SECRET, _OUTPUT):
                return (
                    hidden(_from_value(inner["value"]), secret=True)
                    if "value" in inner
                    else UNKNOWN
                )
            return from_struct(value.struct_value)  # an asset or an archive; refused by check
        case _:
            return None


def secret_names(struct: struct_pb2.Struct) -> set[str]:
    """Return the names of the properties with a secret mark, on the whole value or on a part."""
    return {
        name for name, value in struct.fields.items() if any(True for _ in _secret_places(value))
    }


def secret_paths(struct: struct_pb2.Struct) -> set[str]:
    """Return the paths of secret values, without list indexes: `tags`, `rules.condition`."""
    return {
        f"{name}{path}" for name, value in struct.fields.items() for path in _secret_places(value)
    }


def _secret_places(value: struct_pb2.Value, path: str = "") -> Iterator[str]:
    """Yield the path of each nested value with a secret mark."""
    match value.WhichOneof("kind"):
        case "list_value":
            for item in value.list_value.values:
                yield from _secret_places(item, path)
        case "struct_value":
            inner = value.struct_value.fields
            if SIGNATURE not in inner:
                for name, item in inner.items():
                    yield from _secret_places(item, f"{path}.{name}")
            elif _is_secret(inner):
                yield path


def secret_texts(values: Iterable[struct_pb2.Value], *, secret: bool = False) -> Iterator[str]:
    """Yield the secret strings in values, at any depth.

    With `secret=True`, the values are part of a secret, so every string is yielded.
    """
    for value in values:
        match value.WhichOneof("kind"):
            case "string_value" if secret and value.string_value not in UNKNOWN_MARKS:
                yield value.string_value
            case "list_value":
                yield from secret_texts(value.list_value.values, secret=secret)
            case "struct_value":
                inner = value.struct_value.fields
                items = [item for name, item in inner.items() if name != SIGNATURE]
                yield from secret_texts(items, secret=secret or _is_secret(inner))


def _is_secret(inner: Mapping[str, struct_pb2.Value]) -> bool:
    """Return True if the fields are those of a value with a secret mark."""
    if SIGNATURE not in inner:
        return False
    mark = inner[SIGNATURE].string_value
    return mark == SECRET or (mark == _OUTPUT and inner["secret"].bool_value)


# --- to the engine -------------------------------------------------------------------------------


def to_struct(plain: Mapping[str, Any], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """Return the engine's struct for plain values; `secrets` names the properties to mark as secret."""
    values = {name: to_value(value) for name, value in plain.items()}
    return struct_pb2.Struct(
        fields={
            name: as_secret(value) if name in secrets else value for name, value in values.items()
        }
    )


def to_value(plain: Any) -> struct_pb2.Value:
    """Return the engine's value for a plain value."""
    match plain:
        case bool():
            return struct_pb2.Value(bool_value=plain)
        case str():
            return struct_pb2.Value(string_value=plain)
        case int() | float():
            return struct_pb2.Value(number_value=plain)
        case list():
            items = [to_value(item) for item in plain]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
        case dict():
            return struct_pb2.Value(struct_value=to_struct(plain))
        case _:
            assert plain is UNKNOWN
            return struct_pb2.Value(string_value=UNKNOWN_MARK)


def as_secret(value: struct_pb2.Value) -> struct_pb2.Value:
    """Mark an engine value as secret, unless the value has a mark already."""
    if SIGNATURE in value.struct_value.fields:
        return value
    mark = {SIGNATURE: struct_pb2.Value(string_value=SECRET), "value": value}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=mark))


def check_failures(failures: Iterable[Failure]) -> Iterator[provider_pb2.CheckFailure]:
    """Yield the engine's messages for the check failures of inputs."""
    for failure in failures:
        name, reason = failure.for_engine
        yield provider_pb2.CheckFailure(property=name, reason=reason)


def diff_response(
    changes: Mapping[str, Change],
    steps: Iterable[tuple[Path, Step]],
    stables: Collection[str] = (),
    *,
    deletes_first: bool = False,
) -> provider_pb2.DiffResponse:
    """Return the engine's diff: the change of each property and of each list item.

    `changes` is keyed by camelCase name. `steps` are the paths of the detailed diff, by declared name.
    `deletes_first` applies only to a replacement; a replacement can have reasons other than `changes`.
    """
    detailed = {}
    for path, step in steps:
        suffix = "_REPLACE" if changes[camel(str(path[0]))] is Change.REPLACE else ""
        detailed[_property_path(path)] = provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.Kind.Value(step.value + suffix)
        )
    some = provider_pb2.DiffResponse.DIFF_SOME
    none = provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changes else none,
        replaces=[name for name, change in changes.items() if change is Change.REPLACE],
        diffs=list(changes),
        stables=stables,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=deletes_first,
    )


def _property_path(path: Path) -> str:
    """Format a path for the engine: `rules[0].permissionSetNames[1]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{camel(part)}" for part in path)
    return "".join(parts).removeprefix(".")
