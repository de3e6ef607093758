"""What threads share."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["shared_property"]

T = TypeVar("T")

if TYPE_CHECKING:
    shared_property = functools.cached_property
else:

    class shared_property(functools.cached_property):  # noqa: N801 - a decorator, as the one that it is made of
        """A cached property that is computed once, also if several threads ask for it at the same time.

        From Python 3.12 on, `functools.cached_property` has no lock.
        """

        _turn = threading.RLock()

        def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
            with self._turn:
                return super().__get__(instance, owner)
