"""Logic: conditions, or parts of them, that decide nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.conditions.checks.declaration import Subject, check
from pulumi_scw_iam.conditions.expressions import (
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    arms_of,
    is_operation,
    path_of,
    walk,
)
from pulumi_scw_iam.conditions.truth import constant
from pulumi_scw_iam.conditions.vocabulary import CLOCK, PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator

_VALUE_FUNCTIONS = {
    *CLOCK,
    *("size", "timestamp", "duration", "string", "int", "uint", "double"),
}


@check(
    id="condition-not-a-test",
    finds="An operand of `&&`, `||` or `!` is a value, and not true or false.",
    example='request.ip == "203.0.113.7" || "203.0.113.8"',
    cure='Compare it: `request.ip == "203.0.113.7" || request.ip == "203.0.113.8"`.',
)
def not_a_test(subject: Subject) -> Iterator[str]:
    """Yield a reason for each value that stands where a test is needed."""
    for node in _operands(subject.root):
        if _is_value(node):
            yield (
                f"{subject.shown(node)} is not a test;"
                ' compare it, as in request.ip == "203.0.113.7"'
            )


def _operands(node: Node) -> Iterator[Node]:
    """Yield the nodes that decide whether a condition is true."""
    if is_operation(node, "&&", "||", "!", "?:"):
        for below in node.below:
            yield from _operands(below)
    else:
        yield node


def _is_value(node: Node) -> bool:
    if isinstance(node, Literal):
        return node.kind != "bool"
    if isinstance(node, CallExpression):
        return node.name in _VALUE_FUNCTIONS
    return path_of(node) in PATHS or is_operation(node, "+", "-", "*", "/", "%", "list", "map")


@check(
    id="condition-always-true",
    finds="The condition, or a part of it, is true for every request, so it limits nothing.",
    example='request.ip != "203.0.113.7" || request.ip != "203.0.113.8"',
    cure="Test something of the request, or leave the condition out.",
)
def always_true(subject: Subject) -> Iterator[str]:
    """Yield a reason for each of the widest parts that are always true."""
    for node, value in _constant_parts(subject.root):
        if value:
            effect = (
                "so it limits nothing; test something of the request, or leave the condition out"
                if node is subject.root
                else "so it limits nothing; correct or remove it"
            )
            yield f"{_whose(subject, node)}is always true{_because(subject, node)}, {effect}"


@check(
    id="condition-never-true",
    finds="The condition, or a part of it, is false for every request, so it allows nothing.",
    example='request.ip == "203.0.113.7" && request.ip == "203.0.113.8"',
    cure="Correct the condition, or remove the rule.",
)
def never_true(subject: Subject) -> Iterator[str]:
    """Yield a reason for each of the widest parts that are never true."""
    for node, value in _constant_parts(subject.root):
        if not value:
            effect = (
                "so the rule never counts; correct it, or remove the rule"
                if node is subject.root
                else "so it adds nothing; correct or remove it"
            )
            yield f"{_whose(subject, node)}is never true{_because(subject, node)}, {effect}"


def _constant_parts(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the widest parts that do not depend on the request, and whether each is true."""
    value = constant(node)
    if value is not None:
        yield node, value
    elif is_operation(node, "&&", "||", "!", "?:"):
        for below in node.below:
            yield from _constant_parts(below)


def _whose(subject: Subject, node: Node) -> str:
    return "" if node is subject.root else f"{subject.shown(node)} "


def _because(subject: Subject, node: Node) -> str:
    cause = _cause(node, value=bool(constant(node)))
    return "" if cause is node else f", because of {subject.shown(cause)}"


def _cause(node: Node, *, value: bool) -> Node:
    """Return the smallest part that gives the whole this value."""
    if is_operation(node, "||" if value else "&&"):
        for below in node.below:
            if constant(below) is value:
                return _cause(below, value=value)
    return node


@check(
    id="condition-adds-nothing",
    finds="An alternative of `||` allows nothing that another one does not allow.",
    example='request.ip == "203.0.113.7" || request.ip == "203.0.113.7"'
    ' && request.user_agent.contains("a")',
    cure="Remove it: `a || a && b` is `a`.",
)
def adds_nothing(subject: Subject) -> Iterator[str]:
    """Yield a reason for each operand of `||` that another one includes."""
    for arm, other in _redundant(subject.root, "||", "&&"):
        yield f"{subject.shown(arm)} adds nothing beside {subject.shown(other)}; remove it"


@check(
    id="condition-limits-nothing",
    finds="A test of `&&` refuses nothing that another one does not refuse.",
    example='request.ip == "203.0.113.7" && (request.ip == "203.0.113.7"'
    ' || request.user_agent.contains("a"))',
    cure="Remove it: `a && (a || b)` is `a`.",
)
def limits_nothing(subject: Subject) -> Iterator[str]:
    """Yield a reason for each operand of `&&` that another one includes."""
    for arm, other in _redundant(subject.root, "&&", "||"):
        yield f"{subject.shown(arm)} limits nothing beside {subject.shown(other)}; remove it"


def _redundant(root: Node, outer: str, inner: str) -> Iterator[tuple[Node, Node]]:
    """Yield operands of `outer` that have all parts of another one, joined by `inner`, and that other one."""
    for node in walk(root):
        if not isinstance(node, OperatorExpression) or node.operator != outer:
            continue
        arms = [(arm, frozenset(arms_of(arm, inner))) for arm in node.args]
        for i, (arm, parts) in enumerate(arms):
            for j, (other, others) in enumerate(arms):
                if others < parts or (others == parts and j < i):
                    yield arm, other
                    break
