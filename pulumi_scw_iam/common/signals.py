"""How a process that serves waits until it is asked to end."""

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
    """That SIGINT or SIGTERM has come, which end nothing by themselves within this context.

    For the main thread. Not an event that a handler sets: the kernel may hand a signal to any thread,
    Python runs the handler in the main one, and nothing wakes that up where it waits for a lock. The
    engine gives a plugin five seconds before it kills it, which is how long its command then takes.
    """

    def __enter__(self) -> Self:
        self._told, self._tells = socket.socketpair()
        self._tells.setblocking(False)
        signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        if hasattr(signal, "pthread_sigmask"):
            # Whatever was inherited: a background job of a shell ignores SIGINT, others block signals.
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
        self._told.close()
        self._tells.close()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has come, for so long at most; whether it has."""
        ready, _, _ = select.select([self._told], [], [], seconds)
        return bool(ready)
