"""How messages write things: names, lists of names, nouns, and texts of others on one line."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["dashed", "invisible", "joined", "plural", "quoted", "shown"]


def shown(text: str) -> str:
    r"""Return the text as a terminal shows it safely: on one line, in one direction, without commands.

    A character that is not printable is escaped, `\x1b` as `\u001b`. Among these are controls, ends of
    lines, and the marks that turn the direction of what follows.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted(text: str) -> str:
    """The text in quotes, as `shown`, cut where it is long."""
    return shown(json.dumps(text if len(text) <= 40 else f"{text[:37]}...", ensure_ascii=False))


def dashed(noun: str) -> str:
    """What commands call a kind: `api-key`."""
    return noun.lower().replace(" ", "-")


def joined(names: Iterable[str], word: str = "and") -> str:
    """Names as a sentence lists them: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last


def plural(noun: str) -> str:
    """What messages call several."""
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
    """Describe the first character of a text that cannot be seen; None if it has none.

    For a text that must not be shown: a key that was copied with the end of its line.
    """
    for character in text:
        if character.isprintable() and not character.isspace():
            continue
        name = unicodedata.name(character, "").lower()
        words = _INVISIBLE.get(character) or (f"a {name}" if name else "a control character")
        return f"{words} (U+{ord(character):04X})"
    return None
