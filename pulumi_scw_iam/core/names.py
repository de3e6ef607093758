"""The names of the schema: tokens, and the declared names in camelCase.

Besides the native front, this is the only place that knows camelCase.
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
    """A declared name as it is spelled in the schema: `user_ids` is `userIds`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def token(name: str) -> str:
    """The token of a resource, a function or a type."""
    return f"{PACKAGE}:index:{name}"


def dynamic_token(kind: str) -> str:
    """The type token of a kind's dynamic resources. It is in the states of users, so it never changes."""
    return f"pulumi-python:dynamic/scw_iam:{kind}"


def to_pulumi(cls: type, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with the names of the schema, for those that a dataclass declares."""
    declared, _ = _declared(cls)
    return {
        camel(name): _renamed(declared.get(name), value, to_pulumi) for name, value in plain.items()
    }


def from_pulumi(cls: type, props: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with the declared names; a name that is not declared stays as it is."""
    _, declared = _declared(cls)
    return {
        declared[name].name if name in declared else name: _renamed(
            declared.get(name), value, from_pulumi
        )
        for name, value in props.items()
    }


@functools.cache
def _declared(cls: Any) -> tuple[Mapping[str, Field], Mapping[str, Field]]:
    """The fields of a dataclass by their declared names, and by those of the schema."""
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
    """Return the name that the program gives a resource."""
    return urn.split("::", 3)[3]


def in_component(urn: str) -> bool:
    """Return whether a resource has a component for a parent."""
    return "$" in urn.split("::", 3)[2]
