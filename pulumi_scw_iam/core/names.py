"""The names in the schema: tokens, and the declared names in camelCase.

Only this module and the native plugin convert to camelCase.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.fields import Field, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PACKAGE",
    "camel",
    "dynamic_token",
    "from_pulumi",
    "in_component",
    "name_of",
    "to_pulumi",
    "token",
]

PACKAGE = "scw-iam"


@functools.cache
def camel(name: str) -> str:
    """Return the schema's spelling of a declared name: `userIds` for `user_ids`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def token(name: str) -> str:
    """Return the token of a resource, a function or a type."""
    return f"{PACKAGE}:index:{name}"


def dynamic_token(kind: str) -> str:
    """Return the type token of a kind's dynamic resources; users' states have it, so it is fixed."""
    return f"pulumi-python:dynamic/scw_iam:{kind}"


def to_pulumi(cls: type, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values by the schema's names; the fields are those of a dataclass."""
    declared, _ = _declared(cls)
    return {
        camel(name): _renamed(declared.get(name), value, to_pulumi) for name, value in plain.items()
    }


def from_pulumi(cls: type, props: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values by declared names; undeclared names stay unchanged."""
    _, declared = _declared(cls)
    return {
        declared[name].name if name in declared else name: _renamed(
            declared.get(name), value, from_pulumi
        )
        for name, value in props.items()
    }


@functools.cache
def _declared(cls: Any) -> tuple[Mapping[str, Field], Mapping[str, Field]]:
    """Return the fields of a dataclass by declared name, and by schema name."""
    declared = {field.name: field for field in fields(cls)}
    return declared, {camel(name): field for name, field in declared.items()}


def _renamed(field: Field | None, value: Any, rename: Any) -> Any:
    if field is None or not field.nested:
        return value
    if isinstance(value, dict):
        return rename(field.item, value)
    if isinstance(value, list):
        return [_renamed(field, item, rename) for item in value]
    return value


def name_of(urn: str) -> str:
    """Return the resource's logical name from its URN."""
    return urn.split("::", 3)[3]


def in_component(urn: str) -> bool:
    """Return whether the resource of a URN has a parent component."""
    return "$" in urn.split("::", 3)[2]
