"""Syntax trees of CEL expressions, for the condition checks, the guardrails and the evaluation.

`parser` creates the trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Uint(int):
    """An unsigned number, such as `1u`. Equal to the same int, as in CEL."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of a syntax tree. Equality ignores the position in the text."""

    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    bracketed: bool = field(default=False, compare=False)

    @property
    def below(self) -> tuple[Node, ...]:
        """The children of this node."""
        return ()


@dataclass(frozen=True)
class Literal(Node):
    """A constant."""

    kind: str
    """`text`, `bytes`, `bool`, `number` or `null`. Keeps True and 1 apart, as CEL does and Python does not."""
    value: Any


@dataclass(frozen=True)
class Name(Node):
    """A variable, such as `request`."""

    name: str


@dataclass(frozen=True)
class Select(Node):
    """A field of a value: `request.ip`."""

    of: Node
    name: str

    @property
    def below(self) -> tuple[Node, ...]:
        return (self.of,)


@dataclass(frozen=True)
class CallExpression(Node):
    """A call of a function, or of a method of `target`."""

    name: str
    target: Node | None
    args: tuple[Node, ...]

    @property
    def below(self) -> tuple[Node, ...]:
        return self.args if self.target is None else (self.target, *self.args)


@dataclass(frozen=True)
class OperatorExpression(Node):
    """An operator with its operands.

    A chain of `&&` or `||` without parentheses is one node. Lists, maps and indexes are operators too.
    """

    operator: str
    args: tuple[Node, ...]

    @property
    def below(self) -> tuple[Node, ...]:
        return self.args


def once(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Decorator: cache the result of a function of a node on the node.

    Without the cache, every level of parentheses repeats the work of all levels below: a condition of 2048
    characters took a minute. The cache is not keyed by equality, because equal nodes can have different
    positions.
    """
    key = f"once {function.__name__}"

    def cached(node: Node) -> T:
        results = node.__dict__
        if key not in results:
            results[key] = function(node)
        return results[key]  # type: ignore[no-any-return]

    return cached


for _part in (Literal, Name, Select, CallExpression, OperatorExpression):
    _part.__hash__ = once(_part.__hash__)  # type: ignore[assignment]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all its descendants."""
    yield node
    for below in node.below:
        yield from walk(below)


def arms_of(node: Node, operator: str) -> Iterator[Node]:
    """Yield the operands of `&&` or `||`. A nested chain of the same operator is flattened."""
    if isinstance(node, OperatorExpression) and node.operator == operator:
        for arg in node.args:
            yield from arms_of(arg, operator)
    else:
        yield node


def is_operation(node: Node, *operators: str) -> bool:
    """Return True if a node is an operation with one of the operators."""
    return isinstance(node, OperatorExpression) and node.operator in operators


def path_of(node: Node) -> str | None:
    """Return the dotted name of a variable or field, such as `request.ip`; None for other nodes."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select):
        of = path_of(node.of)
        return f"{of}.{node.name}" if of else None
    return None


OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@once
def negated(node: Node) -> Node:
    """Return the negation of a node, with each `!` moved inwards as far as possible."""
    place: dict[str, Any] = {"start": node.start, "end": node.end, "bracketed": node.bracketed}
    if isinstance(node, OperatorExpression):
        if node.operator == "!":
            return normalized(node.args[0])
        if node.operator in OPPOSITE:
            return OperatorExpression(OPPOSITE[node.operator], node.args, **place)
        if node.operator in {"&&", "||"}:
            other = "||" if node.operator == "&&" else "&&"
            return OperatorExpression(other, tuple(negated(arg) for arg in node.args), **place)
    return OperatorExpression("!", (node,), **place)


@once
def normalized(node: Node) -> Node:
    """Return an equivalent node: each `!` moved inwards, constants on the right of comparisons."""
    if isinstance(node, OperatorExpression):
        place: dict[str, Any] = {"start": node.start, "end": node.end, "bracketed": node.bracketed}
        if node.operator == "!":
            return negated(node.args[0])
        if node.operator in {"&&", "||"}:
            return OperatorExpression(
                node.operator, tuple(normalized(arg) for arg in node.args), **place
            )
        if node.operator in MIRRORED and isinstance(node.args[0], Literal):
            mirrored = MIRRORED[node.operator]
            return OperatorExpression(mirrored, (node.args[1], node.args[0]), **place)
    return node


def comparisons(root: Node, *operators: str) -> Iterator[tuple[Node, str, Node, Node]]:
    """Yield each comparison: the node, the operator, the left side and the right side.

    If only the right side is a variable, the comparison is mirrored to put the variable on the left.
    """
    for node in walk(root):
        if not isinstance(node, OperatorExpression) or node.operator not in operators:
            continue
        left, right = node.args
        if node.operator != "in" and path_of(left) is None:
            yield node, MIRRORED[node.operator], right, left
        else:
            yield node, node.operator, left, right
