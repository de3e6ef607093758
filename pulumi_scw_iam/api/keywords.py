"""Keywords of a method that a TypedDict declares, instead of its signature.

`**fields: Unpack[SomeFields]` tells type checkers and editors which keywords there are. At run time such a
method would take any keyword, and a misspelled one would be sent. `accepts` refuses it, as Python does.
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
    """Have a method with `**fields: Unpack[fields]` take the keywords of the TypedDict, and no others.

    The method raises TypeError for another keyword. Its signature lists all keywords, for `help`.
    """
    names = fields.__required_keys__ | fields.__optional_keys__

    def decorate(method: F) -> F:
        *declared, rest = inspect.signature(method).parameters.values()
        taken = names | {one.name for one in declared}

        @functools.wraps(method)
        def checked(*arguments: Any, **keywords: Any) -> Any:
            for name in keywords:
                if name not in taken:
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
