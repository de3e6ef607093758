"""The marks of special values in the engine's property values and in states."""

from __future__ import annotations

__all__ = ["SECRET", "SIGNATURE", "UNKNOWN_MARK", "UNKNOWN_MARKS"]

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of a special value. The value of the key names the form."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a constant mark, not a secret
"""The form of a secret."""

UNKNOWN_MARK = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The text for an unknown string, or for an unknown value without a type."""

UNKNOWN_MARKS = frozenset(
    {
        UNKNOWN_MARK,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The texts for unknown values of all types."""
