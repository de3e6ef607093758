"""Expressions of Python, printed in the form of a formatter.

The text is what `ruff format` and `black` write with their default settings, so formatting it again
changes nothing. The grammar is small: calls, lists, dictionaries, strings, and operators.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "WIDTH",
    "Atom",
    "Brackets",
    "Expression",
    "Operation",
    "Strings",
    "filled",
    "printed",
    "string",
    "width",
]

WIDTH = 88
_INDENT = "    "


@dataclass(frozen=True)
class Atom:
    """A text without line breaks."""

    text: str


@dataclass(frozen=True)
class Brackets:
    """A call, a list or a dictionary."""

    opening: str
    """The text before the items, such as `iam.Group(`."""
    items: tuple[tuple[str, Expression], ...]
    """The prefix and the value of each item, such as `name=`."""
    closing: str
    is_long: bool = False
    """Whether each item has its own line in any case."""


@dataclass(frozen=True)
class Operation:
    """Operands with the same operator."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Strings:
    """A long string in several literals."""

    parts: tuple[str, ...]


Expression = Atom | Brackets | Operation | Strings


def printed(expression: Expression, *, indent: int = 0, before: str = "", after: str = "") -> str:
    """Return the lines of an expression between two texts, on one line if it fits."""
    margin = _INDENT * indent
    flat = _flat(expression)
    if flat is not None and width(f"{margin}{before}{flat}{after}") <= WIDTH:
        return f"{margin}{before}{flat}{after}"
    match expression:
        case Brackets(opening, items, closing) if items:
            lines = [
                printed(value, indent=indent + 1, before=prefix, after=",")
                for prefix, value in items
            ]
            return "\n".join([f"{margin}{before}{opening}", *lines, f"{margin}{closing}{after}"])
        case Operation():
            return _in_parentheses(expression, indent, before, after)
        case Strings(parts) if width(f"{margin}{_INDENT}{string(''.join(parts))}") > WIDTH:
            lines = [f"{margin}{_INDENT}{string(part)}" for part in parts]
            return "\n".join([f"{margin}{before}(", *lines, f"{margin}){after}"])
    return f"{margin}{before}{flat}{after}"  # too long, but in one piece


def _in_parentheses(operation: Operation, indent: int, before: str, after: str) -> str:
    """Return the lines of an operation in parentheses: one line inside if it fits."""
    margin = _INDENT * indent
    whole = f"{margin}{_INDENT}{_flat(operation)}"
    lines = [whole]
    if width(whole) > WIDTH:
        lines = [
            _operand(operand, indent + 1, f"{operation.operator} " if number else "")
            for number, operand in enumerate(operation.operands)
        ]
    return "\n".join([f"{margin}{before}(", *lines, f"{margin}){after}"])


def _operand(operand: Expression, indent: int, before: str) -> str:
    """Return the lines of an operand. An operation with another operator is in parentheses."""
    if not isinstance(operand, Operation):
        return printed(operand, indent=indent, before=before)
    line = f"{_INDENT * indent}{before}({_flat(operand)})"
    return line if width(line) <= WIDTH else _in_parentheses(operand, indent, before, "")


def _flat(expression: Expression) -> str | None:
    """Return an expression on one line; None if it must have several lines."""
    match expression:
        case Atom(text):
            return text
        case Brackets(opening, items, closing, is_long):
            texts = _all_flat(value for _, value in items)
            if is_long or texts is None:
                return None
            named = (f"{name}{text}" for (name, _), text in zip(items, texts, strict=True))
            return f"{opening}{', '.join(named)}{closing}"
        case Operation(operator, operands):
            texts = _all_flat(operands)
            return (
                None
                if texts is None
                else f" {operator} ".join(
                    f"({text})" if isinstance(operand, Operation) else text
                    for text, operand in zip(texts, operands, strict=True)
                )
            )
        case Strings(parts):
            text = string("".join(parts))
            return text if width(text) <= WIDTH else None


def _all_flat(expressions: Iterable[Expression]) -> list[str] | None:
    texts = []
    for expression in expressions:
        text = _flat(expression)
        if text is None:
            return None
        texts.append(text)
    return texts


def filled(items: Sequence[str], *, indent: int = 1) -> list[str]:
    """Return the lines of a long list, with as many items on each line as fit."""
    margin = _INDENT * indent
    lines: list[str] = []
    line = margin
    for item in items:
        if width(line) + width(item) + 2 > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = margin
        line += f"{item}, "
    return [*lines, line.rstrip()]


def width(text: str) -> int:
    """Return the number of columns of a text. A wide character has two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def string(text: str) -> str:
    """Return a string literal. All unprintable characters are escaped, as marks for the direction."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = "".join((f"\\{c}" if c == quote else c) if c in "'\"" else repr(c)[1:-1] for c in text)
    return f"{quote}{body}{quote}"
