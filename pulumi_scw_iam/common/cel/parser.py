"""Parse CEL: lark applies the grammar; this module reads strings and builds the syntax tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.cel.expressions import (
    CallExpression,
    Literal,
    Name,
    Node,
    OperatorExpression,
    Select,
    Uint,
)
from pulumi_scw_iam.common.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lark import Lark

__all__ = ["ESCAPE", "PLAIN_ESCAPES", "STRING", "SyntaxFailure", "UnsupportedSyntax", "parse"]


class SyntaxFailure(ValueError):
    """The text is not CEL."""


class UnsupportedSyntax(ValueError):
    """The text may be CEL, but uses a part of the language that this parser does not support."""


# CEL strings are read here, not by a grammar rule: a rule would end some raw strings too late (`r"\"`) and
# would not decode escapes.
STRING = re.compile(r"(?P<prefix>[bB]?(?P<raw>[rR])?)(?P<quote>\"\"\"|'''|\"|')", re.ASCII)
_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*)"
    r"|(?P<string>(?<![A-Za-z0-9_])(?:[bB][rR]?|[rR])?(?:\"\"\"|'''|\"|'))"
    r"|(?P<bool>\b(?:true|false)\b)"
    r"|(?P<escaped>`[A-Za-z0-9_.\-/ ]+`)"
    r"|(?P<comma>,(?=(?:\s|//[^\n]*\n)*[\]}]))"
    r"|(?P<optional>\.\?|[\[{,]\s*\?)"
)
ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
PLAIN_ESCAPES = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_WORD = re.compile(r"[A-Za-z0-9_]+|[&|=<>!]+|.", re.DOTALL)
_CURES = {
    "=": "write == to compare",
    "===": "write == to compare",
    "<>": "write != to compare",
    "&": "write && for and",
    "|": "write || for or",
    "and": "write && for and",
    "AND": "write && for and",
    "or": "write || for or",
    "OR": "write || for or",
    "not": "write ! for not",
    "NOT": "write ! for not",
}


@dataclass(frozen=True)
class _Source:
    """The text prepared for the grammar, with the same length, and the replaced parts by position."""

    text: str
    strings: dict[int, Literal]
    escaped: dict[int, str]
    optional: bool


def _source(text: str) -> _Source:
    """Replace the parts of CEL that the grammar does not support.

    The contents of strings and names in backticks become underscores; `_string` decodes the strings. A trailing
    comma becomes a space.
    """
    out = list(text)
    strings: dict[int, Literal] = {}
    escaped: dict[int, str] = {}
    optional = False
    at = 0
    while (match := _TOKEN.search(text, at)) is not None:
        at = match.end()
        if match["string"]:
            at, literal = _string(text, match.start())
            strings[match.start()] = literal
            quotes = STRING.match(text, match.start())
            size = len(quotes["quote"]) if quotes else 1
            for i in range(match.end(), at - size):
                if out[i] not in "\r\n":
                    out[i] = "_"
        elif match["escaped"] or match["bool"]:
            # The grammar reports no position for `true` and `false` as literals, but for names.
            escaped[match.start()] = match[0].strip("`")
            out[match.start() : at] = "_" * (at - match.start())
        elif match["comma"]:
            out[match.start()] = " "
        elif match["optional"]:
            optional = True
            at = match.start() + 1
    return _Source("".join(out), strings, escaped, optional)


def _string(text: str, start: int) -> tuple[int, Literal]:
    """Return the end position and the value of the string at `start`."""
    head = STRING.match(text, start)
    assert head is not None
    quote, raw = head["quote"], bool(head["raw"])
    at = head.end()
    while not text.startswith(quote, at):
        if at >= len(text) or (len(quote) == 1 and text[at] in "\r\n"):
            position = _position(text, start)
            shown = quoted(text[start:])
            raise SyntaxFailure(
                f"is not a CEL expression: the string {shown} at {position} is not closed;"
                f" close it with {quote}"
            )
        at += 2 if text[at] == "\\" and not raw else 1
    body = text[head.end() : at]
    value = body if raw else ESCAPE.sub(_unescaped, body)
    end = at + len(quote)
    kind = "bytes" if head["prefix"][:1] in {"b", "B"} else "text"
    return end, Literal(kind, value, start=start, end=end)


def _unescaped(match: re.Match[str]) -> str:
    *codes, octal, plain = match.groups()
    for code in codes:
        if code is not None:
            number = int(code, 16)
            return chr(number) if number < 0x110000 else match[0]
    if octal is not None:
        return chr(int(octal, 8))
    # Unknown escapes are kept as written: only some CEL parsers refuse them.
    return PLAIN_ESCAPES.get(plain, match[0])


def _position(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"


# The grammar of the CEL specification, in lark's notation. The rule names are from cel-python (Apache-2.0).
# _source() has blanked out strings, and has turned `true` and `false` into names.
_GRAMMAR = r"""
expr: conditionalor ["?" conditionalor ":" expr]
conditionalor: [conditionalor "||"] conditionaland
conditionaland: [conditionaland "&&"] relation

relation: [relation_lt | relation_le | relation_ge | relation_gt | relation_eq | relation_ne | relation_in] addition
relation_lt: relation "<"
relation_le: relation "<="
relation_ge: relation ">="
relation_gt: relation ">"
relation_eq: relation "=="
relation_ne: relation "!="
relation_in: relation "in"

addition: [addition_add | addition_sub] multiplication
addition_add: addition "+"
addition_sub: addition "-"

multiplication: [multiplication_mul | multiplication_div | multiplication_mod] unary
multiplication_mul: multiplication "*"
multiplication_div: multiplication "/"
multiplication_mod: multiplication "%"

unary: member | unary_not unary | unary_neg unary
unary_not: "!"
unary_neg: "-"

member: member_dot | member_dot_arg | member_index | member_object | primary
member_dot: member "." IDENT
member_dot_arg: member "." IDENT "(" [exprlist] ")"
member_index: member "[" expr "]"
member_object: member "{" [fieldinits] "}"

primary: literal | dot_ident_arg | dot_ident | ident_arg | paren_expr | list_lit | map_lit | ident
dot_ident_arg: "." IDENT "(" [exprlist] ")"
dot_ident: "." IDENT
ident_arg: IDENT "(" [exprlist] ")"
ident: IDENT
paren_expr: "(" expr ")"
list_lit: "[" [exprlist] "]"
map_lit: "{" [mapinits] "}"

exprlist: expr ("," expr)*
fieldinits: IDENT ":" expr ("," IDENT ":" expr)*
mapinits: expr ":" expr ("," expr ":" expr)*

literal: UINT_LIT | FLOAT_LIT | INT_LIT | STRING_LIT | NULL_LIT

INT_LIT: /-?0x[0-9a-fA-F]+/ | /-?[0-9]+/
UINT_LIT: /-?0x[0-9a-fA-F]+[uU]/ | /-?[0-9]+[uU]/
FLOAT_LIT: /-?[0-9]+\.[0-9]*([eE][+-]?[0-9]+)?/ | /-?\.[0-9]+([eE][+-]?[0-9]+)?/ | /-?[0-9]+[eE][+-]?[0-9]+/
STRING_LIT: /[bB]?[rR]?('''[_\r\n]*'''|'_*'|\"\"\"[_\r\n]*\"\"\"|\"_*\")/
NULL_LIT: "null"
IDENT: /[_a-zA-Z][_a-zA-Z0-9]*/

%ignore /[\t\n\f\r ]+/
%ignore /\/\/.*/
"""


@cache
def _parser() -> Lark:
    # Imported here: lark is slow to load, and most policies have no conditions.
    from lark import Lark  # noqa: PLC0415

    return Lark(
        _GRAMMAR,
        parser="lalr",
        start="expr",
        g_regex_flags=re.MULTILINE,
        propagate_positions=True,
        maybe_placeholders=False,
    )


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """Return the syntax tree of an expression.

    Raises SyntaxFailure if the text is not CEL, and UnsupportedSyntax for CEL outside of this grammar. Lark may
    raise further exceptions.
    """
    if len(text) > formats.LONGEST_CONDITION:
        raise UnsupportedSyntax(f"is longer than {formats.LONGEST_CONDITION} characters")
    source = _source(text)
    parser = _parser()
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415

    try:
        tree = parser.parse(source.text)
    except UnexpectedInput as error:
        if source.optional:
            # The grammar does not include optional fields, an extension of CEL.
            raise UnsupportedSyntax(
                "uses optional fields (`.?` or `[?`), an extension of standard CEL; test the field"
                " with has(…) instead"
            ) from None
        ended = getattr(getattr(error, "token", None), "type", "") == "$END"
        raise SyntaxFailure(_not_cel(text, None if ended else error.pos_in_stream)) from None
    return _Reader(source).node(tree)


def _not_cel(text: str, position: int | None) -> str:
    if not text.strip():
        return "is blank; write an expression, or remove the condition"
    if position is None:
        last = quoted(text.rsplit(maxsplit=1)[-1])
        return f"is not a CEL expression: unexpected end after {last}; complete the expression"
    word = _WORD.match(text, position)
    found = word[0] if word else ""
    if text[position - 1 : position + 1] == "<>":
        found, position = "<>", position - 1
    cure = _CURES.get(found, "complete or remove this part")
    return f"is not a CEL expression: unexpected {quoted(found)} at {_position(text, position)}; {cure}"


_BINARY = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
    "unary_not": "!",
    "unary_neg": "-",
}
_LOGIC = {"conditionalor": "||", "conditionaland": "&&"}


class _Reader:
    """Converts lark's tree, with one level per grammar rule, into nodes."""

    def __init__(self, source: _Source) -> None:
        self.source = source

    def node(self, tree: Any) -> Node:
        bracketed = False
        # Parentheses and levels with a single child are skipped in a loop, not by recursion.
        while len(tree.children) == 1 and hasattr(tree.children[0], "children"):
            if tree.data in {"ident_arg", "list_lit", "map_lit", "dot_ident_arg"}:
                break
            bracketed = bracketed or tree.data == "paren_expr"
            tree = tree.children[0]
        meta = tree.meta
        place: dict[str, Any] = {
            "start": getattr(meta, "start_pos", 0),
            "end": getattr(meta, "end_pos", 0),
            "bracketed": bracketed,
        }
        return self.converted(str(tree.data), tree.children, place)

    def name(self, token: Any) -> str:
        return self.source.escaped.get(token.start_pos, str(token))

    def all(self, lists: Iterable[Any]) -> tuple[Node, ...]:
        return tuple(self.node(item) for several in lists for item in several.children)

    def converted(  # noqa: C901, PLR0911, PLR0912 - one per grammar rule
        self, rule: str, children: list[Any], place: dict[str, Any]
    ) -> Node:
        match rule:
            case "conditionalor" | "conditionaland":
                return OperatorExpression(_LOGIC[rule], self.operands(rule, children), **place)
            case "expr":
                return OperatorExpression(
                    "?:", tuple(self.node(child) for child in children), **place
                )
            case "relation" | "addition" | "multiplication":
                sign, right = children
                (left,) = sign.children
                args = (self.node(left), self.node(right))
                return OperatorExpression(_BINARY[str(sign.data)], args, **place)
            case "unary":
                sign, operand = children
                return OperatorExpression(_BINARY[str(sign.data)], (self.node(operand),), **place)
            case "literal":
                return self.literal(children[0], place)
            case "ident" if self.name(children[0]) in {"true", "false"}:
                return Literal("bool", self.name(children[0]) == "true", **place)
            case "ident" | "dot_ident":
                return Name(self.name(children[0]), **place)
            case "ident_arg" | "dot_ident_arg":
                return CallExpression(self.name(children[0]), None, self.all(children[1:]), **place)
            case "member_dot":
                return Select(self.node(children[0]), self.name(children[1]), **place)
            case "member_dot_arg":
                target = self.node(children[0])
                return CallExpression(
                    self.name(children[1]), target, self.all(children[2:]), **place
                )
            case "member_index":
                of, index = (self.node(child) for child in children)
                # `resource["id"]` is another spelling of `resource.id`.
                if isinstance(of, Name) and isinstance(index, Literal) and index.kind == "text":
                    return Select(of, str(index.value), **place)
                return OperatorExpression("[]", (of, index), **place)
            case "list_lit":
                return OperatorExpression("list", self.all(children), **place)
            case "map_lit":
                return OperatorExpression("map", self.all(children), **place)
            case "member_object":
                values = [child for several in children[1:] for child in several.children]
                fields = tuple(self.node(child) for child in values if hasattr(child, "children"))
                return OperatorExpression("object", fields, **place)
        raise AssertionError(rule)

    def operands(self, rule: str, children: list[Any]) -> tuple[Node, ...]:
        """Return the operands of a chain of one operator. Lark nests a chain to the left."""
        operands = []
        while True:
            left, right = children
            operands.append(self.node(right))
            while len(left.children) == 1 and left.data in _LOGIC and left.data != rule:
                left = left.children[0]
            if left.data != rule or len(left.children) == 1:
                operands.append(self.node(left))
                return tuple(reversed(operands))
            children = left.children

    def literal(self, token: Any, place: dict[str, Any]) -> Node:
        if token.start_pos in self.source.strings:
            known = self.source.strings[token.start_pos]
            return Literal(known.kind, known.value, **place)
        text = str(token)
        match token.type:
            case "NULL_LIT":
                return Literal("null", None, **place)
            case "FLOAT_LIT":
                return Literal("number", float(text), **place)
            case _:
                digits = text.rstrip("uU")
                number = int(digits, 16 if "0x" in digits else 10)
                if digits == text:
                    return Literal("number", number, **place)
                unsigned = Literal("number", Uint(abs(number)), **place)
                return OperatorExpression("-", (unsigned,), **place) if text[0] == "-" else unsigned
