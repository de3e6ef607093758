"""Validation of answers: whether their JSON is of the types in `types`.

An answer is checked once, where it comes in, so that no other code checks it again.
Only what would do harm is wrong: keys and words that are not known yet are no reason to refuse.
"""

from __future__ import annotations

import functools
import math
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any], str | None]
    """Returns why a value is wrong, beginning with the path within it: ".id is missing"."""

__all__ = ["wrong", "wrong_page"]

_IDS = frozenset({"id", "access_key"})
"""The keys whose values become ids of resources, parts of paths and words of messages."""

_LONGEST_ID = 100


def wrong(answer_type: Any, value: object) -> str | None:
    """Return why a JSON value is not of a type of `types`, as `groups[3].id is missing`; None if it is.

    The words contain keys of the type and JSON types only, never what the API sent. Raises TypeError for a type
    that no JSON value can be of.
    """
    return _sentence(_check_of(answer_type)(value))


def wrong_page(item_type: Any, name: str, value: object) -> str | None:
    """Return why a value is not a page of a list: its items stand under `name`, beside `total_count`."""
    return _sentence(_page(item_type, name)(value))


def _sentence(words: str | None) -> str | None:
    if words is None:
        return None
    return f"it{words}" if words[0] == " " else words.removeprefix(".")


class _NotRequired:
    """Stands for `NotRequired`, which Python 3.10 does not have, when annotations are evaluated."""

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
    # The API's enums grow, and what is in a `dict` nobody reads.
    checks: dict[Any, Check] = {
        bool: _bool,
        dict: _object({}, {}),
        float: _float,
        int: _int,
        Literal: _text,
        str: _text,
    }
    if (origin or hint) not in checks:
        raise TypeError(f"an answer of the API cannot be a {hint}")
    return checks[origin or hint]


def _typed_dict(hint: Any) -> Check:
    hints = typing.get_type_hints(hint, localns={"NotRequired": _NotRequired}, include_extras=True)
    # Annotations that are text are all taken for required where NotRequired hides in them.
    absent = {
        name
        for name, of_key in hints.items()
        if name not in hint.__required_keys__ or _NotRequired in getattr(of_key, "__metadata__", ())
    }
    checks = {name: _id if name in _IDS else _check_of(of_key) for name, of_key in hints.items()}
    return _object(
        {name: check for name, check in checks.items() if name not in absent},
        {name: check for name, check in checks.items() if name in absent},
    )


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
    # JSON can escape half a character, which nobody could store or print.
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
    # Pulumi's numbers are floating point, and would not hold it.
    return None if -(2**53) < value < 2**53 else " is too large a number"


def _count(value: Any) -> str | None:
    words = _int(value)
    return " is negative" if words is None and value < 0 else words


def _float(value: Any) -> str | None:
    if type(value) is int:
        return _int(value)
    if type(value) is not float:
        return f" is {_called(value)}, not a number"
    # Python reads NaN and Infinity, which are no JSON.
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
    """Return what JSON calls a value."""
    return str(value).lower() if type(value) is bool else _NAMES[type(value)]
