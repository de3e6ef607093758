"""Text helpers for messages: quoting, escaping, lists of names, plurals."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["counted", "dashed", "escaped", "invisible", "joined", "plural", "quoted", "shown"]


def shown(text: str) -> str:
    r"""Escape a text for a terminal: the result is one line without control sequences.

    All unprintable characters are escaped, `\x1b` as `\u001b`: control characters, line ends, and marks for
    the text direction.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else escaped(c) for c in text)


def escaped(character: str) -> str:
    r"""Return the escape of a character: `\u001b`, or `\U000e0100` beyond four digits."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted(text: str) -> str:
    """Return the text in quotes, escaped for a terminal and shortened to 40 characters."""
    return shown(json.dumps(text if len(text) <= 40 else f"{text[:37]}...", ensure_ascii=False))


def dashed(noun: str) -> str:
    """Return the spelling of a noun in commands: `api-key` for `API key`."""
    return noun.lower().replace(" ", "-")


def joined(names: Iterable[str], word: str = "and") -> str:
    """Join names for a sentence: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 resource`, `2 resources`."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a noun."""
    if noun.endswith("s"):
        return noun
    return f"{noun.removesuffix('y')}ies" if noun == "policy" else f"{noun}s"


_INVISIBLE = {
    "\t": "a tab",
    "\n": "a line feed",
    "\r": "a carriage return",
    " ": "a space",
    "\ufeff": "a byte order mark",
}


def invisible(text: str) -> str | None:
    """Describe the first invisible character of a text; return None if all characters are visible.

    For messages that must not quote the text, such as a secret key copied with its line feed.
    """
    for character in text:
        if character.isprintable() and not character.isspace():
            continue
        name = unicodedata.name(character, "").lower()
        words = _INVISIBLE.get(character) or (f"a {name}" if name else "a control character")
        return f"{words} (U+{ord(character):04X})"
    return None
