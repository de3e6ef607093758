"""The rule for passwords that no known API refuses.

Scaleway documents no rule. Recorded and reported is the length only: 1 to 72 bytes, or empty in a create.
"""

from __future__ import annotations

__all__ = ["LEAST", "NEEDED", "is_strong"]

LEAST = 12
NEEDED = (
    f"at least {LEAST} characters, with a lower-case letter, an upper-case letter, a digit and another"
    " character"
)
"""The rule, in words."""


def is_strong(text: str) -> bool:
    """Return whether a password follows the rule."""
    kinds = (
        str.islower,
        str.isupper,
        str.isdecimal,
        lambda character: not character.isalnum(),
    )
    return len(text) >= LEAST and all(any(map(kind, text)) for kind in kinds)
