"""How a process that serves waits until it is asked to end."""

from __future__ import annotations

import select
import signal
import socket

__all__ = ["Ending"]


class Ending:
    """That SIGINT or SIGTERM has come; from when this is made on, they end nothing by themselves.

    To be made by the main thread. Not an event that a handler sets: the kernel may hand a signal to any
    thread, Python runs the handler in the main one, and nothing wakes that up where it waits for a lock.
    The engine gives a plugin five seconds before it kills it, which is how long its command then takes.
    """

    def __init__(self) -> None:
        self._told, self._tells = socket.socketpair()
        self._tells.setblocking(False)
        signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has come, for so long at most; whether it has."""
        ready, _, _ = select.select([self._told], [], [], seconds)
        return bool(ready)
