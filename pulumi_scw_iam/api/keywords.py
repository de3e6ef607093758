"""Keyword arguments declared by a TypedDict.

`**fields: Unpack[SomeFields]` declares the keywords for type checkers and editors. At run time, such a
method accepts any keyword, and would send a misspelled keyword to the API. `accepts` adds the check of an
ordinary signature.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["accepts"]

F = TypeVar("F", bound="Callable[..., Any]")


def accepts(fields: Any) -> Callable[[F], F]:
    """Decorate a method with `**fields: Unpack[fields]` to accept only the keywords of the TypedDict.

    The method raises TypeError for any other keyword. The signature lists all keywords, for `help`.
    """
    names = fields.__required_keys__ | fields.__optional_keys__

    def decorate(method: F) -> F:
        *declared, rest = inspect.signature(method).parameters.values()
        accepted = names | {parameter.name for parameter in declared}

        @functools.wraps(method)
        def checked(*arguments: Any, **keywords: Any) -> Any:
            for name in keywords:
                if name not in accepted:
                    raise TypeError(
                        f"{method.__qualname__}() got an unexpected keyword argument {name!r}"
                    )
            return method(*arguments, **keywords)

        optional = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
            for name in fields.__annotations__
        ]
        described = cast("Any", checked)
        described.__signature__ = inspect.signature(method).replace(
            parameters=[*declared, *optional]
        )
        # `Unpack` has no meaning at run time.
        described.__annotations__ = {
            name: hint for name, hint in method.__annotations__.items() if name != rest.name
        }
        return cast("F", checked)

    return decorate
