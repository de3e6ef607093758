"""Turns: calls of one process that must not overlap.

Two writes of the members of one group answer 409 when they meet, and two equal creates cannot be told apart
if a response is lost. So all clients of a process share the turns.
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
"""The thread that has the turn, by key. `_changed` guards it, and tells when it changes."""


class Cancellation:
    """The state of a client that can be cancelled, once and for good."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.at = math.inf
        """The time of `time.monotonic` at which the client was cancelled; infinity before."""

    def __bool__(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """End all waits, now and later."""
        self.at = min(self.at, time.monotonic())
        self._event.set()
        with _changed:
            _changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait so long, and return whether the client is cancelled."""
        return self._event.wait(seconds)


class Turns:
    """The turns of one client. All clients of the process share the keys."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation

    @contextmanager
    def turn(self, key: str, others: str) -> Iterator[None]:
        """Let no other thread of the process enter the same key; one thread may enter it again.

        `others` describes what the other thread does, for the error. Raises Cancelled if the client is
        cancelled while another thread has the turn.
        """
        thread = threading.get_ident()
        if _owners.get(key) == thread:
            yield
            return
        with _changed:
            _changed.wait_for(lambda: key not in _owners or bool(self._cancellation))
            if key in _owners:
                raise Cancelled(f"cancelled while {others} was under way")
            _owners[key] = thread
        try:
            yield
        finally:
            with _changed:
                del _owners[key]
                _changed.notify_all()
