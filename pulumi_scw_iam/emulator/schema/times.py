"""Formats of times and durations in requests and responses."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_DURATION = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)

LONGEST = 315_576_000_000
"""The longest duration of protocol buffers in seconds: 10,000 years."""


def stamp(time: datetime) -> str:
    """Format a time of the server: always six decimals."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shortest_stamp(time: datetime) -> str:
    """Format a time from a request: 0, 3 or 6 decimals."""
    text = stamp(time)
    for zeros in ("000000", "000"):
        if text.endswith(f"{zeros}Z"):
            return text[: -len(zeros) - 1].rstrip(".") + "Z"
    return text


def parse_instant(text: str) -> datetime:
    """Parse an RFC 3339 time, truncated to microseconds. Raises ValueError."""
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError("not an RFC 3339 time")
    day, time, fraction, zone = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    offset = "+00:00" if zone == "Z" else zone
    return datetime.fromisoformat(f"{day}T{time}.{micros}{offset}").astimezone(timezone.utc)


def parse_duration(text: str) -> timedelta:
    """Parse a duration such as `3600s`, truncated to microseconds. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if not match or int(match[1]) > LONGEST:
        raise ValueError("not a duration in seconds")
    seconds, fraction = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    return timedelta(seconds=int(seconds), microseconds=int(micros))
