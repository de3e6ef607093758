"""A child process that gets each signal once, as if the shell had started it. For POSIX systems only."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["ChildRunner", "Interrupted"]

_ENDING = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""Signals that end a process by default."""

_PASSED_ON = frozenset({*_ENDING, signal.SIGTSTP, signal.SIGCONT})
_TYPED = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP})
"""The signals of Ctrl-C, Ctrl-\\ and Ctrl-Z."""

_IGNORED_BY_PYTHON = tuple(
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ") if hasattr(signal, name)
)


class Interrupted(Exception):
    """A signal arrived before the start of the child; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.number = number


class ChildRunner:
    """Context manager: runs one child, and no signal ends this process. For the main thread only.

    All signals that end or stop a process go to the child. A signal before the start calls `interrupt`, in
    another thread, and `run` raises Interrupted. A signal after the end of the child has no effect. A signal
    that the caller ignores, as with `nohup`, stays ignored.

    With a controlling terminal, the child stays in the process group of its parent, so Ctrl-C, Ctrl-Z, `fg`
    and pipelines work without help. The kernel has then already sent the signals of the terminal to the child.
    Without a terminal, the child leads a process group of its own, and this group gets each signal once.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._received: int | None = None
        self._child: int | None = None
        self._has_run = False
        self._closed = False
        self._shares_group = _has_terminal()
        self._signals = frozenset(
            number for number in _PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN
        )

    def __enter__(self) -> Self:
        # All threads inherit the mask, so only the receiver gets the signals.
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        # An ignored SIGCHLD would discard the exit status of the child.
        self._on_child = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._receiver = threading.Thread(target=self._receive, name="signals", daemon=True)
        self._receiver.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        assert self._receiver.ident is not None
        if self._signals:
            signal.pthread_kill(self._receiver.ident, next(iter(self._signals)))
        self._receiver.join()
        # A signal after the end of the child must not replace the exit status of the child.
        for number in self._signals & signal.sigpending():
            signal.sigwait({number})
        if self._on_child is not None:
            signal.signal(signal.SIGCHLD, self._on_child)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    @property
    def received(self) -> int | None:
        """The signal that arrived before the start of the child, if any."""
        return self._received

    def run(self, path: str, words: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run a program and return its exit status as in a shell: 128+n after signal n.

        Raises Interrupted if a signal arrived before the start, and OSError if the start failed.
        """
        with self._lock:
            if self._received is not None:
                raise Interrupted(self._received)
            spawn = partial(
                os.posix_spawn,
                path,
                list(words),
                environ,
                setsigmask=self._mask,
                setsigdef=_IGNORED_BY_PYTHON,
            )
            self._child = spawn() if self._shares_group else spawn(setpgroup=0)
            self._has_run = True
        _, status = os.waitpid(self._child, 0)
        with self._lock:
            self._child = None
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _receive(self) -> None:
        while self._signals:
            number, is_from_terminal = _next(self._signals)
            if self._closed:
                return
            self._handle(number, is_from_terminal=is_from_terminal)

    def _handle(self, number: int, *, is_from_terminal: bool) -> None:
        with self._lock:
            if self._child is not None and not (self._shares_group and is_from_terminal):
                with suppress(ProcessLookupError):
                    send = os.kill if self._shares_group else os.killpg
                    send(self._child, number)
            interrupts = number in _ENDING and not self._has_run
            if interrupts and self._received is None:
                self._received = number
        if interrupts:
            self._interrupt()
        if number == signal.SIGTSTP:
            _stop()


def _next(signals: frozenset[signal.Signals]) -> tuple[int, bool]:
    """Wait for a signal; return it, and whether the terminal sent it."""
    if hasattr(signal, "sigwaitinfo"):  # not on macOS
        info = signal.sigwaitinfo(signals)
        return info.si_signo, info.si_code > 0  # the kernel sent it; `kill` has 0 or less
    number = signal.sigwait(signals)
    return number, number in _TYPED


def _stop() -> None:
    """Stop this process until SIGCONT, as SIGTSTP does by default."""
    signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})


def _has_terminal() -> bool:
    """Return whether this process has a controlling terminal."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
