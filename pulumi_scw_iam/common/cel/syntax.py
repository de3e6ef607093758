"""Refuse all that the CEL specification calls a syntax error, also what the grammar of the parser accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.evaluation import macro_variable
from pulumi_scw_iam.common.cel.expressions import CallExpression, Literal, Name, Node, Select, walk
from pulumi_scw_iam.common.cel.parser import (
    ESCAPE,
    PLAIN_ESCAPES,
    STRING,
    SyntaxFailure,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse_strictly", "refuse_misuse", "unknown_escape"]

LEVELS = 128
"""The maximum depth of a tree. The specification requires 32 levels of each kind of nesting."""

_RESERVED = frozenset(
    {
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"),
        *("loop", "package", "namespace", "return", "var", "void", "while"),
    }
)


def parse_strictly(text: str) -> Node:
    """Return the syntax tree of an expression.

    Raises SyntaxFailure for each syntax error of the specification, and UnsupportedSyntax for optional fields.
    """
    try:
        root = parse(text)
        _refuse_deep(root)
        refuse_misuse(root)
    except RecursionError:
        raise SyntaxFailure("is not a CEL expression: it is nested too deeply") from None
    for node in walk(root):
        escape = unknown_escape(text, node) if isinstance(node, Literal) else None
        if escape is not None:
            raise SyntaxFailure(f"is not a CEL expression: \\{escape} is not an escape")
    return root


def refuse_misuse(root: Node) -> None:
    """Raise SyntaxFailure for what all parsers of CEL refuse after the grammar: misused macros and words."""
    for node in walk(root):
        for reason in _misuses(node):
            raise SyntaxFailure(f"is not a CEL expression: {reason}")


def _refuse_deep(root: Node) -> None:
    level = [root]
    for _ in range(LEVELS):
        level = [below for node in level for below in node.below]
        if not level:
            return
    raise RecursionError


def _misuses(node: Node) -> Iterator[str]:
    match node:
        case Name(name=name) if name in _RESERVED:
            yield f"{name} is a reserved word; use another name"
        case Literal(kind="number", value=int(number)) if not -(2**63) <= number < 2**64:
            yield f"the number {number} is too large; write a number of 64 bits"
        case CallExpression(name="has", target=None, args=(argument,)):
            if not isinstance(argument, Select):
                yield "has() needs a field, as in has(resource.id)"
        case CallExpression():
            variable = macro_variable(node)
            if variable is not None and not isinstance(variable, Name):
                yield f"the first argument of {node.name}() is not a name; write a name such as x"


def unknown_escape(text: str, literal: Literal) -> str | None:
    r"""Return the character of the first escape that CEL does not define: `d` for `\d`."""
    head = STRING.match(text, literal.start) if literal.kind in {"text", "bytes"} else None
    if head is None or head["raw"]:
        return None
    for escape in ESCAPE.finditer(text, head.end(), literal.end):
        if escape[6] is not None and escape[6] not in PLAIN_ESCAPES:
            return json.dumps(escape[6], ensure_ascii=False)[1:-1]
    return None
