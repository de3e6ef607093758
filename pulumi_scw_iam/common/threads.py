"""A cached property for objects that several threads share."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["shared_property"]

T = TypeVar("T")

if TYPE_CHECKING:
    shared_property = functools.cached_property
else:

    class shared_property(functools.cached_property):  # noqa: N801 - a decorator, as its base class
        """A cached property that is computed once, also if several threads read it at the same time.

        Since Python 3.12, `functools.cached_property` has no lock.
        """

        _turn = threading.RLock()

        def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
            with self._turn:
                return super().__get__(instance, owner)
