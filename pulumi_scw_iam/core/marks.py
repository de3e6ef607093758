"""The marks of special values in the engine's property values and in states."""

from __future__ import annotations

__all__ = ["SECRET", "SIGNATURE"]

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of a special value. The value of the key names the form."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a constant mark, not a secret
"""The form of a secret."""
