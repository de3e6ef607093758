"""Spans on the command line: 12h, 7d or 4w before now."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta, timezone

__all__ = ["ago"]

_SPAN = re.compile(r"(\d{1,6})([hdw])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 168}


def ago(text: str) -> datetime:
    """Return the time a span before now; a span reads 12h, 7d or 4w.

    Raises argparse.ArgumentTypeError.
    """
    match = _SPAN.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} must look like 12h, 7d or 4w")
    try:
        return datetime.now(timezone.utc) - timedelta(hours=int(match[1]) * _HOURS[match[2]])
    except OverflowError:
        raise argparse.ArgumentTypeError(
            f"{text!r} starts before the year 1; pass a shorter span"
        ) from None
