"""Validation of responses against the TypedDicts in `types`.

Each response is validated once, on arrival, so no other code checks responses. Unknown fields and unknown
enum values are valid, because the API grows.
"""

from __future__ import annotations

import functools
import math
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pulumi_scw_iam.api.types import MAY_BE_EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any], str | None]
    """Returns the reason if a value is invalid, with the path first: ".id is missing". None if valid."""

__all__ = ["wrong", "wrong_page"]

_IDS = frozenset({"id", "access_key"})
"""The fields with ids: their values become resource ids, path segments and parts of messages."""

_LONGEST_ID = 100


def wrong(response_type: Any, value: object) -> str | None:
    """Return the reason if a JSON value does not match a type, as `groups[3].id is missing`; else None.

    The reason contains only field names of the type and names of JSON types, never a value from the response.
    Raises TypeError for a type that is not a JSON type.
    """
    return _sentence(_check_of(response_type)(value))


def wrong_page(item_type: Any, name: str, value: object) -> str | None:
    """Return the reason if a value is not a page of a list, else None.

    A page has its items in the field `name`, and a `total_count`.
    """
    return _sentence(_page(item_type, name)(value))


def _sentence(words: str | None) -> str | None:
    if words is None:
        return None
    return f"it{words}" if words[0] == " " else words.removeprefix(".")


class _NotRequired:
    """A substitute for `NotRequired` in evaluated annotations: Python 3.10 has no `NotRequired`."""

    def __class_getitem__(cls, hint: Any) -> Any:
        return Annotated[hint, cls]


@functools.cache
def _check_of(hint: Any) -> Check:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if typing.is_typeddict(hint):
        return _typed_dict(hint)
    if origin is Annotated:
        return _check_of(args[0])
    if origin in {typing.Union, types.UnionType}:
        (not_null,) = (arm for arm in args if arm is not type(None))
        return _or_null(_check_of(not_null))
    if origin is list:
        return _list_of(_check_of(args[0]))
    # A Literal accepts any text, because the API's enums grow. The content of a `dict` is never used.
    checks: dict[Any, Check] = {
        bool: _bool,
        dict: _object({}, {}),
        float: _float,
        int: _int,
        Literal: _text,
        str: _text,
    }
    if (origin or hint) not in checks:
        raise TypeError(f"{hint} is not the type of a JSON value")
    return checks[origin or hint]


def _typed_dict(hint: Any) -> Check:
    hints = typing.get_type_hints(hint, localns={"NotRequired": _NotRequired}, include_extras=True)
    # With postponed annotations, `__required_keys__` also contains the NotRequired fields.
    absent = {
        name
        for name, of_key in hints.items()
        if name not in hint.__required_keys__ or _NotRequired in getattr(of_key, "__metadata__", ())
    }
    checks = {
        name: _id if name in _IDS and not _may_be_empty(of_key) else _check_of(of_key)
        for name, of_key in hints.items()
    }
    return _object(
        {name: check for name, check in checks.items() if name not in absent},
        {name: check for name, check in checks.items() if name in absent},
    )


def _may_be_empty(hint: Any) -> bool:
    return MAY_BE_EMPTY in getattr(hint, "__metadata__", ())


@functools.cache
def _page(item_type: Any, name: str) -> Check:
    return _object({name: _list_of(_check_of(item_type)), "total_count": _count}, {})


def _object(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    must, may = tuple(required.items()), tuple(optional.items())

    def check(value: Any) -> str | None:
        if type(value) is not dict:
            return f" is {_called(value)}, not an object"
        for name, of_item in must:
            if name not in value:
                return f".{name} is missing"
            if (words := of_item(value[name])) is not None:
                return f".{name}{words}"
        for name, of_item in may:
            if name in value and (words := of_item(value[name])) is not None:
                return f".{name}{words}"
        return None

    return check


def _list_of(of_item: Check) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not list:
            return f" is {_called(value)}, not a list"
        for index, item in enumerate(value):
            if (words := of_item(item)) is not None:
                return f"[{index}]{words}"
        return None

    return check


def _or_null(of_value: Check) -> Check:
    def check(value: Any) -> str | None:
        return None if value is None else of_value(value)

    return check


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return f" is {_called(value)}, not a string"
    # JSON can escape a lone surrogate, which cannot be encoded.
    return None if value.isascii() or _is_unicode(value) else " is not Unicode text"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _id(value: Any) -> str | None:
    if not isinstance(value, str):
        return f" is {_called(value)}, not a string"
    return None if 0 < len(value) <= _LONGEST_ID and value.isprintable() else " is not an id"


def _bool(value: Any) -> str | None:
    return None if type(value) is bool else f" is {_called(value)}, not true or false"


def _int(value: Any) -> str | None:
    if type(value) is not int:
        return f" is {_called(value)}, not a whole number"
    # Pulumi's numbers are floating point; larger integers would lose precision.
    return None if -(2**53) < value < 2**53 else " is too large a number"


def _count(value: Any) -> str | None:
    words = _int(value)
    return " is negative" if words is None and value < 0 else words


def _float(value: Any) -> str | None:
    if type(value) is int:
        return _int(value)
    if type(value) is not float:
        return f" is {_called(value)}, not a number"
    # Python's parser accepts NaN and Infinity, which are not valid JSON.
    return None if math.isfinite(value) else " is not a finite number"


_NAMES = {
    type(None): "null",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def _called(value: object) -> str:
    """Return the JSON name of a value or of its type."""
    return str(value).lower() if type(value) is bool else _NAMES[type(value)]
