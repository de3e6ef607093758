"""Background lookups after a repeated create: its lost calls may still take effect."""

from __future__ import annotations

import atexit
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING, ClassVar

from pulumi_scw_iam.common.errors import IamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.retry import Retry

__all__ = ["Watch", "finish"]

_log = logging.getLogger(__name__)

_LAGS = 3
"""The length of a watch, as a multiple of the API's lag (`Retry.lag`)."""


class Watch:
    """A thread that looks up the objects of lost calls.

    The watch ends as soon as `look` returns True, after three times the API's lag, or with the process.
    """

    running: ClassVar[set[Watch]] = set()

    def __init__(self, retry: Retry, look: Callable[[], bool]) -> None:
        self._retry = retry
        self._look = look
        self._is_last = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lost create", daemon=True)
        self.running.add(self)
        self._thread.start()

    def _run(self) -> None:
        ends = time.monotonic() + _LAGS * self._retry.lag
        for number in itertools.count(1):
            wait = min(self._retry.wait(number), ends - time.monotonic())
            is_last = wait <= 0 or self._is_last.wait(wait)
            try:
                known = self._look()
            except IamError as error:
                _log.debug("the lookup of a lost create failed: %s", error)
                known = False
            if known or is_last:
                break
        self.running.discard(self)

    def finish(self, ends: float) -> None:
        """Look once more, now; wait for the result until `ends` (`time.monotonic`)."""
        self._is_last.set()
        self._thread.join(max(0.0, ends - time.monotonic()))


def finish(seconds: float = 3.0) -> None:
    """Finish all watches with a last lookup, within `seconds`; called before the process ends."""
    ends = time.monotonic() + seconds
    for watch in tuple(Watch.running):
        watch.finish(ends)


# User programs and the host of dynamic providers end without a call of `finish`.
atexit.register(finish)
