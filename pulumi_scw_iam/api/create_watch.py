"""Watches of creates that were repeated: their lost calls may still take effect, until the process ends."""

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
"""A create that was repeated without proof is watched for so many times the API's lag (`Retry.lag`)."""


class Watch:
    """Looks for what a lost call made, in a thread, until that is known or the process ends."""

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
                _log.debug("a lost create could not be looked for: %s", error)
                known = False
            if known or is_last:
                break
        self.running.discard(self)

    def finish(self, ends: float) -> None:
        """Look once more, now, and wait for that until a time of the monotonic clock."""
        self._is_last.set()
        self._thread.join(max(0.0, ends - time.monotonic()))


def finish(seconds: float = 3.0) -> None:
    """Look for what lost calls made, once more: the process is about to end. Takes so long at most."""
    ends = time.monotonic() + seconds
    for watch in tuple(Watch.running):
        watch.finish(ends)


# Programs that use the client, and the host of dynamic providers, end without calling `finish`.
atexit.register(finish)
