r"""Regular expressions of `matches`: the common part of RE2, the syntax of CEL, and Python's `re`.

A pattern with a different meaning in Python is refused: look-around, back references, `(?m)`, `\Z`.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["compiled"]

_GROUP = re.compile(r"\((?:\?(?::|P<[A-Za-z_][A-Za-z0-9_]*>|[is]+[:)]))?(?!\?)", re.ASCII)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|[aAbBdDfnrsStvwWz]|[^A-Za-z0-9])", re.ASCII | re.DOTALL)
_REPEAT = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??", re.ASCII)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of RE2. Raises ValueError for a wrong or unsupported pattern."""
    out = []
    at = 0
    while at < len(pattern):
        part = pattern[at]
        if part == "[":
            part, end = _class(pattern, at)
        else:
            end = at + 1
            for token in (_GROUP, _ESCAPE, _REPEAT):
                match = token.match(pattern, at)
                if match is not None:
                    part, end = match[0], match.end()
                    break
            else:
                if part in "\\(":
                    raise ValueError(f"{pattern[at : at + 3]} is not supported")
            if _REPEAT.fullmatch(part) and _REPEAT.match(pattern, end):
                raise ValueError(f"{pattern[at : end + 1]} repeats a repetition")
        # Python's `$` also matches before a final line feed. A brace without a number is literal in RE2.
        out.append({"$": r"\Z", r"\z": r"\Z", "{": r"\{"}.get(part, part))
        at = end
    try:
        return re.compile("".join(out), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _class(pattern: str, start: int) -> tuple[str, int]:
    """Return the character class at a position, in Python's syntax, and its end."""
    at = start + 1
    out = ["["]
    if pattern.startswith("^", at):
        out.append("^")
        at += 1
    first = at
    while at < len(pattern):
        match = _ESCAPE.match(pattern, at)
        if match is not None and match[0] not in {r"\A", r"\b", r"\B", r"\z"}:
            out.append(match[0])
            at = match.end()
            continue
        character = pattern[at]
        if character == "\\" or pattern.startswith(("[:", "--"), at):
            raise ValueError(f"{pattern[at : at + 2]} in a character class is not supported")
        at += 1
        if character == "]" and at - 1 > first:
            return "".join([*out, "]"]), at
        # Python reserves these characters for operations on sets.
        out.append(f"\\{character}" if character in "[]&~|" else character)
    raise ValueError("a character class is not closed")
