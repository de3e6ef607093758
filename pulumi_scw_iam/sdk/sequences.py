"""The type of list arguments: a sequence of strings, but not a string.

For type checkers, a string is also a `Sequence[str]`, so `user_ids="..."` would pass as a list of characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol, TypeVar, overload

    T_co = TypeVar("T_co", covariant=True)

    class SequenceNotStr(Protocol[T_co]):
        """The methods of `Sequence`, with a `__contains__` that `str` does not match.

        `index` and `count` are omitted: with their `Any`, mypy would accept lists with any items.
        """

        @overload
        def __getitem__(self, index: int, /) -> T_co: ...
        @overload
        def __getitem__(self, index: slice, /) -> Sequence[T_co]: ...
        def __contains__(self, value: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def __reversed__(self) -> Iterator[T_co]: ...

else:
    # The SDK evaluates annotations at run time, and supports `Sequence`.
    SequenceNotStr = Sequence

__all__ = ["SequenceNotStr"]
