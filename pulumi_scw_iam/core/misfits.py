"""Misfits: plain values with other types than the declared fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.redaction import plain_type
from pulumi_scw_iam.core.fields import UNKNOWN, Field, Props, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mended", "misfits", "type_words"]

_TYPE_WORDS: Mapping[type, str] = {str: "a string", bool: "true or false", int: "a whole number"}


def misfits(cls: type, plain: Props) -> Iterator[tuple[str, str]]:
    """Yield the path and the reason of each value that `decode` rejects: "name", "is missing".

    Only types are compared. UNKNOWN fits every field.
    """
    for field in fields(cls):
        value = plain.get(field.name)
        if value is None and field.required:
            yield field.name, "is missing"
        elif value is not None:
            yield from _misfits(field, value, field.name)


def mended(cls: type, plain: Props, defaults: Props) -> dict[str, Any]:
    """Return plain values that `decode` accepts: no misfits, all required fields.

    A misfit list becomes an empty list, so that the field still counts as set. A required field (a
    string) becomes the value in `defaults`, or "".
    """
    values: dict[str, Any] = {}
    for field in fields(cls):
        value = plain.get(field.name)
        if value is not None and not any(_misfits(field, value, "")):
            values[field.name] = value
        elif value is not None and field.container is not None:
            values[field.name] = []
        elif field.required:
            values[field.name] = defaults.get(field.name) or ""
    return values


def type_words(value: Any) -> str:  # noqa: PLR0911 - one return per type
    """Return words for the type of a plain value."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case Sequence():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


def _misfits(field: Field, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if value is UNKNOWN:
        return
    if value == "" and field.required and field.prop.setting is not None:
        yield path, "is empty"
    elif field.container is None:
        yield from _item_misfits(field, value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item is not UNKNOWN:
                yield from _item_misfits(field, item, f"{path}[{index}]")
    else:
        yield path, f"is {type_words(value)}, not a list"


def _item_misfits(field: Field, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if not field.nested:
        if plain_type(value) is not field.item:
            yield path, f"is {type_words(value)}, not {_TYPE_WORDS[field.item]}"
    elif isinstance(value, Mapping):
        for name, words in misfits(field.item, value):
            yield f"{path}.{name}", words
    else:
        yield path, f"is {type_words(value)}, not an object"
