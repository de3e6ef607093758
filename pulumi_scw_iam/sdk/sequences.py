"""The type of list arguments: a sequence of strings that is not itself a string.

A string is a `Sequence[str]` for type checkers, so `user_ids="..."` would pass as a list of characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol, TypeVar, overload

    T_co = TypeVar("T_co", covariant=True)

    class SequenceNotStr(Protocol[T_co]):
        """Methods of `Sequence` that a string does not have: its `in` takes only strings.

        `index` and `count` are left out. Their `Any` would have mypy take a list with any items.
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
    # The SDK reads annotations at run time, and supports this one.
    SequenceNotStr = Sequence

__all__ = ["SequenceNotStr"]
