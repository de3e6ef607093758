"""Turns: locks by key for calls of one process that must not overlap.

Concurrent changes of one group's members fail with 409, and two equal creates are indistinguishable if a
response is lost. All clients of a process share the turns.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cancellation", "Turns"]

_changed = threading.Condition()
_owners: dict[str, int] = {}
"""The thread that has the turn, by key. `_changed` guards this mapping and signals changes."""


class Cancellation:
    """The cancellation of a client. A cancelled client stays cancelled."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.at = math.inf
        """The time of the cancellation by `time.monotonic`; infinity before."""

    def __bool__(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """End all waits, now and later."""
        self.at = min(self.at, time.monotonic())
        self._event.set()
        with _changed:
            _changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait `seconds`, or until the client is cancelled; return whether the client is cancelled."""
        return self._event.wait(seconds)


class Turns:
    """The turns of one client. All clients of the process share the keys."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation

    @contextmanager
    def turn(self, key: str, others: str) -> Iterator[None]:
        """Hold the turn of a key; other threads of the process wait. A thread may enter a key again.

        `others` describes the operation of the other thread, for the error. Raises Cancelled if the client
        is cancelled while another thread has the turn.
        """
        thread = threading.get_ident()
        if _owners.get(key) == thread:
            yield
            return
        with _changed:
            _changed.wait_for(lambda: key not in _owners or bool(self._cancellation))
            if key in _owners:
                raise Cancelled(f"cancelled while {others} was in progress")
            _owners[key] = thread
        try:
            yield
        finally:
            with _changed:
                del _owners[key]
                _changed.notify_all()
