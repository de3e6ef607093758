"""The throttle of a process: a 429 slows all its calls, and not only the refused one."""

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
"""A gap between two calls, in seconds, that is not worth keeping."""


class Throttle:
    """Tells when the next call may be sent; all threads that call the same API share one.

    Calls are sent as they come until the API says that there are too many. Then all wait, and go on
    with a gap between one and the next: it doubles with each further refusal, up to `widest`, and
    shrinks with each success until it is gone.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._gap = 0.0
        self._slowed = 0.0

    def turn(self) -> float:
        """Take the next turn, and return the seconds until it comes."""
        with self._lock:
            now = self._clock()
            begins = max(now, self._next)
            self._next = begins + self._gap
            return begins - now

    def refused(self, sent: float, wait: float, gap: float, widest: float) -> None:
        """Hold all calls for `wait` seconds, because the API refused a call that was sent at `sent`.

        A refusal widens the gap only if its call was sent after the gap was last widened.
        """
        with self._lock:
            now = self._clock()
            if sent >= self._slowed:
                self._gap = min(widest, self._gap * _SLOWER or gap)
                self._slowed = now
            self._next = max(self._next, now + wait)

    def went_through(self) -> None:
        """Let the calls come a little closer again."""
        if not self._gap:
            return
        with self._lock:
            self._gap *= _FASTER
            if self._gap < _LEAST:
                self._gap = 0.0


_throttles: dict[str, Throttle] = {}
_lock = threading.Lock()


def throttle_of(api_url: str) -> Throttle:
    """Return the throttle of this process for one API, which all its clients share."""
    with _lock:
        return _throttles.setdefault(api_url, Throttle())
