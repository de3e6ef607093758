"""Find expressions that are always true or never true, for every request.

Each comparison of a subject with constants is a set of values; combined sets decide. Other tests are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.cel.expressions import (
    OPPOSITE,
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    arms_of,
    is_operation,
    negated,
    normalized,
    once,
    path_of,
)
from pulumi_scw_iam.conditions.vocabulary import CLOCK, PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["constant", "is_has"]

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def is_has(node: Node, variable: str) -> bool:
    """Return True if a node is `has(…)` of a field of the variable."""
    return (
        isinstance(node, CallExpression)
        and node.name == "has"
        and node.target is None
        and len(node.args) == 1
        and (path_of(node.args[0]) or "").startswith(f"{variable}.")
    )


@dataclass(frozen=True)
class _Values:
    """The values of `subject` that make a test true: `listed`, or all except `listed` if `excluded`."""

    subject: Node
    listed: frozenset[Any]
    excluded: bool


@once
def _values(node: Node) -> _Values | None:  # noqa: C901, PLR0911 - one per operator
    """Return a test as a set of values of one subject; None for other tests."""
    if is_operation(node, "!") and isinstance(node, OperatorExpression):
        inner = _values(node.args[0])
        return None if inner is None else _complement(inner)
    if is_operation(node, "||"):
        arms = [_values(arm) for arm in arms_of(node, "||")]
        known = [values for values in arms if values is not None]
        if len(known) < len(arms) or len({values.subject for values in known}) > 1:
            return None
        none = _complement(known[0])
        for values in known[1:]:
            none = _intersection(none, _complement(values))
        return _complement(none)
    if not isinstance(node, OperatorExpression) or len(node.args) != 2:
        return None
    subject, other = node.args
    if isinstance(subject, Literal):
        return None
    domain = _domain(subject)
    if node.operator == "in" and is_operation(other, "list"):
        if not all(isinstance(item, Literal) for item in other.below):
            return None
        return _within(domain, _Values(subject, frozenset(other.below), excluded=False))
    if node.operator not in OPPOSITE or not isinstance(other, Literal):
        return None
    if domain is not None and other.kind == "number":
        test = _COMPARED[node.operator]
        listed = frozenset(Literal("number", n) for n in domain if test(n, other.value))
        return _Values(subject, listed, excluded=False)
    if node.operator in {"==", "!="}:
        return _Values(subject, frozenset({other}), excluded=node.operator == "!=")
    return None


def _domain(subject: Node) -> range | None:
    return CLOCK.get(subject.name) if isinstance(subject, CallExpression) else None


def _within(domain: range | None, values: _Values) -> _Values:
    if domain is None:
        return values
    everything = frozenset(Literal("number", number) for number in domain)
    kept = everything - values.listed if values.excluded else everything & values.listed
    return _Values(values.subject, kept, excluded=False)


def _complement(values: _Values) -> _Values:
    other = _Values(values.subject, values.listed, excluded=not values.excluded)
    return _within(_domain(values.subject), other)


def _intersection(a: _Values, b: _Values) -> _Values:
    match a.excluded, b.excluded:
        case False, False:
            return _Values(a.subject, a.listed & b.listed, excluded=False)
        case False, True:
            return _Values(a.subject, a.listed - b.listed, excluded=False)
        case True, False:
            return _Values(a.subject, b.listed - a.listed, excluded=False)
        case _:
            return _Values(a.subject, a.listed | b.listed, excluded=True)


@once
def constant(node: Node) -> bool | None:  # noqa: PLR0911 - one per operator
    """Return True if a node is always true, False if a node is never true, and None if unknown."""
    if isinstance(node, Literal):
        return node.value if node.kind == "bool" else None
    if isinstance(node, CallExpression):
        return _constant_call(node)
    if not isinstance(node, OperatorExpression):
        return None
    args = node.args
    match node.operator:
        case "!":
            inner = constant(args[0])
            return None if inner is None else not inner
        case "&&":
            arms = [constant(arm) for arm in arms_of(node, "&&")]
            if False in arms or _contradict(arms_of(normalized(node), "&&")):
                return False
            return True if all(arms) else None
        case "||":
            opposite = constant(negated(node))
            return None if opposite is None else not opposite
        case "?:":
            test = constant(args[0])
            if test is not None:
                return constant(args[1] if test else args[2])
            first, second = constant(args[1]), constant(args[2])
            return first if first == second else None
        case _:
            return _constant_comparison(normalized(node))


def _constant_call(node: CallExpression) -> bool | None:
    if is_has(node, "request"):
        return path_of(node.args[0]) in PATHS or None
    empty = Literal("text", "")
    if node.name in {"contains", "startsWith", "endsWith"} and node.args == (empty,):
        return True
    return None


def _constant_comparison(node: Node) -> bool | None:  # noqa: PLR0911 - one per operator
    if not isinstance(node, OperatorExpression) or len(node.args) != 2:
        return None
    left, right = node.args
    if node.operator in _COMPARED:
        if left == right:
            return node.operator in {"==", "<=", ">="}
        if isinstance(left, Literal) and isinstance(right, Literal):
            return (
                _COMPARED[node.operator](left.value, right.value)
                if left.kind == right.kind and left.kind in {"text", "number"}
                else None
            )
    if is_operation(right, "list") and node.operator == "in":
        if not right.below or left in right.below:
            return bool(right.below)
        if isinstance(left, Literal) and all(isinstance(n, Literal) for n in right.below):
            return False
    values = _values(node)
    if values is None or values.excluded:
        return None
    domain = _domain(values.subject)
    if not values.listed:
        return False
    return True if domain is not None and len(values.listed) == len(domain) else None


def _contradict(arms: Iterable[Node]) -> bool:
    """Return True if the tests can never be true at the same time."""
    earlier: set[Node] = set()
    allowed: dict[Node, _Values] = {}
    for arm in arms:
        if negated(arm) in earlier:
            return True
        earlier.add(arm)
        values = _values(arm)
        if values is None:
            continue
        known = allowed.get(values.subject)
        values = values if known is None else _intersection(known, values)
        if not values.excluded and not values.listed:
            return True
        allowed[values.subject] = values
    return False
