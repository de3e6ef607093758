"""The clock and the random generator: the only sources of times, ids and secrets."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from random import SystemRandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

ACCESS_KEY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_BEGINNING = datetime.min.replace(tzinfo=timezone.utc)


def utc_now() -> datetime:
    """Return the real time."""
    return datetime.now(timezone.utc)


class Sources:
    """The clock and the random generator of one emulator; tests may replace both."""

    def __init__(self, clock: Callable[[], datetime] = utc_now, dice: Random | None = None) -> None:
        self.time = clock
        """Return the time of the emulator."""
        self._dice = dice or SystemRandom()
        self.restart()

    def restart(self) -> None:
        """Start again from the clock's time: `now` no longer depends on earlier times."""
        self._last = _BEGINNING

    def turn_back(self, duration: timedelta) -> None:
        """Follow a clock that was moved back: new objects are not in the future."""
        self._last = max(self._last, _BEGINNING + duration) - duration

    def now(self) -> datetime:
        """Return a time in microseconds, later than all before: no two objects have the same time."""
        self._last = max(self.time(), self._last + timedelta(microseconds=1))
        return self._last

    def uuid(self) -> str:
        """Generate a UUID v4."""
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))

    def access_key(self) -> str:
        """Generate the access key of an API key."""
        return "SCW" + self.text(17, ACCESS_KEY_ALPHABET)

    def text(self, length: int, alphabet: str) -> str:
        """Generate a random string."""
        return "".join(self._dice.choices(alphabet, k=length))
