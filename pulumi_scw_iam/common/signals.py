"""Graceful shutdown of a serving process by SIGINT or SIGTERM."""

from __future__ import annotations

import select
import signal
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Shutdown"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shutdown:
    """Context manager: SIGINT and SIGTERM no longer end the process; `wait` returns True after a signal.

    For the main thread only. Signals arrive through a socket, not through an event set by a handler:
    the kernel may deliver a signal to any thread, Python runs handlers in the main thread, and a main
    thread blocked on a lock would not wake up. The engine kills a plugin five seconds after the signal.
    """

    def __enter__(self) -> Self:
        self._receiver, self._sender = socket.socketpair()
        self._sender.setblocking(False)
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        if hasattr(signal, "pthread_sigmask"):
            # A parent process may have blocked these signals, and the mask is inherited.
            self._blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, self._blocked)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._receiver.close()
        self._sender.close()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, at most `seconds` (None: no limit); return whether a signal arrived."""
        ready, _, _ = select.select([self._receiver], [], [], seconds)
        return bool(ready)
