"""Values shared by all calls of functions in one run of a program."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Run"]

T = TypeVar("T")


class Run:
    """One run of a program: a preview, or an update. Thread-safe."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._turns: dict[Hashable, threading.Lock] = {}
        self._values: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the value of a key, computed by the first call; concurrent calls wait for the value.

        A failure is raised, and not kept: the next call computes again.
        """
        with self._turn:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            if key not in self._values:
                self._values[key] = compute()
            return cast("T", self._values[key])
