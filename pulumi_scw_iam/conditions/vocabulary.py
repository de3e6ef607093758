"""The vocabulary of conditions: the fields of the request and the resource, and the functions of CEL."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CLOCK", "FIELDS", "FUNCTIONS", "MACROS", "PATHS", "TYPES", "did_you_mean"]

FIELDS = {
    "request": ("ip", "time", "user_agent"),
    "resource": ("name", "id", "locality"),
}
"""The variables and their fields."""

PATHS = tuple(f"{variable}.{name}" for variable, names in FIELDS.items() for name in names)
"""The fields as spelled in conditions: `request.ip`."""

TYPES = frozenset(
    {"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"}
)

MACROS = frozenset({"all", "exists", "exists_one", "existsOne", "filter", "map"})
"""The methods with a variable of their own: `["a"].exists(x, …)`."""

CLOCK: dict[str, range | None] = {
    "getDate": range(1, 32),
    "getDayOfMonth": range(31),
    "getDayOfWeek": range(7),
    "getDayOfYear": range(366),
    "getFullYear": None,
    "getHours": range(24),
    "getMilliseconds": range(1000),
    "getMinutes": range(60),
    "getMonth": range(12),
    "getSeconds": range(60),
}
"""The methods of a time, with their range of values; None for an unbounded range."""

FUNCTIONS = frozenset(
    {
        *("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type"),
        *("contains", "endsWith", "has", "matches", "size", "startsWith", "uint"),
        *MACROS,
        *CLOCK,
    }
)


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return "did you mean X?" with the closest known word, or `otherwise` without a close match."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise
