"""Snapshots: a world as a JSON file, sorted so that two snapshots can be compared line by line.

A snapshot has no secrets. It has the names and e-mail addresses of users.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pulumi_scw_iam.access.world import World
from pulumi_scw_iam.common.formats import moment

__all__ = ["SCHEMA", "SnapshotError", "dumped", "is_snapshot", "parse_snapshot"]

T = TypeVar("T")

SCHEMA = "pulumi-scw-iam/access/1"
"""The name and the version of the format. The version grows with each incompatible change."""


class SnapshotError(Exception):
    """A file is not a snapshot. The message is one line."""


def dumped(world: World) -> str:
    """Return the text of a snapshot file. The source is not part of it: a file has its own name."""
    content = _encoded(dataclasses.replace(world, source=""))
    del content["source"]
    as_of = content.pop("as_of")
    return json.dumps({"schema": SCHEMA, "as_of": as_of, **content}, indent=1) + "\n"


def is_snapshot(parsed: Any) -> bool:
    """Return whether parsed JSON claims to be a snapshot, of any version."""
    schema = parsed.get("schema") if isinstance(parsed, dict) else None
    return isinstance(schema, str) and schema.startswith(SCHEMA.rpartition("/")[0])


def parse_snapshot(name: str, content: bytes) -> World:
    """Parse a snapshot file; `name` is its name for messages. Raises SnapshotError."""
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        raise SnapshotError(
            f"{name}: not JSON; pass a file of `pulumi-scw-iam access --save`"
        ) from None
    if not is_snapshot(parsed):
        raise SnapshotError(
            f"{name}: not a snapshot; pass a file of `pulumi-scw-iam access --save`"
        )
    if parsed["schema"] != SCHEMA:
        raise SnapshotError(
            f"{name}: the version of the snapshot is not supported; save it again, or update pulumi-scw-iam"
        )
    facts = {key: value for key, value in parsed.items() if key != "schema"}
    try:
        moment(facts["as_of"])
        world: World = _decoded(World, facts)
    except (KeyError, TypeError, ValueError) as error:
        place = f": {error.args[0]}" if error.args and isinstance(error, _Malformed) else ""
        raise SnapshotError(f"{name}: the snapshot is damaged{place}; save it again") from None
    return dataclasses.replace(world, source=name)


class _Malformed(ValueError):
    """A value has the wrong type."""


def _encoded(value: Any) -> Any:
    """Return the JSON of a value of the world, in a fixed order, without defaults."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {
            field.name: _encoded(getattr(value, field.name))
            for field in fields
            if isinstance(value, World) or getattr(value, field.name) != field.default
        }
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        items = [_encoded(item) for item in value]
        has_order = not (items and isinstance(items[0], dict) and "permission_sets" not in items[0])
        return items if has_order else sorted(items, key=json.dumps)
    if isinstance(value, dict):
        return dict(sorted(value.items()))
    return value


def _decoded(kind: Any, value: Any) -> Any:
    """Return the value of a type from its JSON. Raises TypeError or ValueError."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (kind,) = (one for one in arguments if one is not type(None))
        return None if value is None else _decoded(kind, value)
    if origin in (tuple, frozenset):
        return origin(_decoded(arguments[0], item) for item in _checked(list, value))
    if origin is not None:
        items = _checked(dict, value).items()
        return {key: _decoded(arguments[1], item) for key, item in items}
    if dataclasses.is_dataclass(kind):
        return _of_fields(kind, _checked(dict, value))
    return _checked(kind, value)


def _of_fields(cls: Any, value: dict[str, Any]) -> Any:
    """Return a dataclass from its fields; a missing field has its default."""
    hints = get_type_hints(cls)
    unknown = value.keys() - {field.name for field in dataclasses.fields(cls)}
    if unknown:
        raise _Malformed(f"unknown field {min(unknown)}")
    return cls(**{key: _decoded(hints[key], item) for key, item in value.items()})


def _checked(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise _Malformed(f"{json.dumps(value)[:40]} has the wrong type")
    return value
