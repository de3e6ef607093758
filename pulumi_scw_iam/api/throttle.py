"""The throttle of a process: a 429 slows down all calls to the same API."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Throttle", "throttle_of"]

_SLOWER = 2.0
_FASTER = 0.9
_LEAST = 0.001
"""The smallest gap between two calls, in seconds; a smaller gap becomes 0."""


class Throttle:
    """Schedules the calls of all threads to one API.

    Without a 429, calls are sent immediately. After a 429, all calls wait, and then continue with a gap
    between calls. Each further 429 doubles the gap, up to `widest`; each success shrinks the gap, until
    calls are sent immediately again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._gap = 0.0
        self._slowed = 0.0

    def turn(self) -> float:
        """Reserve the next slot; return the wait for this slot in seconds."""
        with self._lock:
            now = self._clock()
            begins = max(now, self._next)
            self._next = begins + self._gap
            return begins - now

    def refused(self, sent: float, wait: float, gap: float, widest: float) -> None:
        """Hold all calls for `wait` seconds after a 429 for a call that was sent at `sent`.

        The gap widens only if the call was sent after the last widening. `gap` is the first gap, `widest`
        the limit, both in seconds.
        """
        with self._lock:
            now = self._clock()
            if sent >= self._slowed:
                self._gap = min(widest, self._gap * _SLOWER or gap)
                self._slowed = now
            self._next = max(self._next, now + wait)

    def went_through(self) -> None:
        """Shrink the gap after a success."""
        if not self._gap:
            return
        with self._lock:
            self._gap *= _FASTER
            if self._gap < _LEAST:
                self._gap = 0.0


_throttles: dict[str, Throttle] = {}
_lock = threading.Lock()


def throttle_of(api_url: str) -> Throttle:
    """Return the throttle for one API, shared by all clients of this process."""
    with _lock:
        return _throttles.setdefault(api_url, Throttle())
