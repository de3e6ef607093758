"""Where time and ids come from, and how times and durations are written.

Nothing else in the emulator asks the clock or draws a random number.
"""

from __future__ import annotations

import re
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

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_DURATION = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)

LONGEST = 315_576_000_000
"""The seconds of the longest duration that the protocol behind the API knows: 10,000 years."""


def utc_now() -> datetime:
    """Return the real time."""
    return datetime.now(timezone.utc)


class Sources:
    """The clock and the dice of one emulator; a test may bring its own of each."""

    def __init__(self, clock: Callable[[], datetime] = utc_now, dice: Random | None = None) -> None:
        self._clock = clock
        self._dice = dice or SystemRandom()
        self.restart()

    def restart(self) -> None:
        """Forget which times were given: there is nothing left that they could be compared with."""
        self._last = datetime.min.replace(tzinfo=timezone.utc)

    def now(self) -> datetime:
        """Return the time in microseconds, later than any before: objects keep the order of birth."""
        self._last = max(self._clock(), self._last + timedelta(microseconds=1))
        return self._last

    def uuid(self) -> str:
        """Draw a UUID v4."""
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))

    def access_key(self) -> str:
        """Draw the identifier of an API key."""
        return "SCW" + self.text(17, ACCESS_KEY_ALPHABET)

    def text(self, length: int, alphabet: str) -> str:
        """Draw a text."""
        return "".join(self._dice.choices(alphabet, k=length))


def stamp(time: datetime) -> str:
    """Write a time as the API writes its own: always with six decimals."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shortest_stamp(time: datetime) -> str:
    """Write a time as the API writes those that a caller gave: with 0, 3 or 6 decimals."""
    text = stamp(time)
    for zeros in ("000000", "000"):
        if text.endswith(f"{zeros}Z"):
            return text[: -len(zeros) - 1].rstrip(".") + "Z"
    return text


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 time, cut to microseconds. Raises ValueError."""
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError("not an RFC 3339 time")
    day, time, fraction, zone = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    offset = "+00:00" if zone == "Z" else zone
    return datetime.fromisoformat(f"{day}T{time}.{micros}{offset}").astimezone(timezone.utc)


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `3600s`, cut to microseconds. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if not match or int(match[1]) > LONGEST:
        raise ValueError("not a duration in seconds")
    seconds, fraction = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    return timedelta(seconds=int(seconds), microseconds=int(micros))
