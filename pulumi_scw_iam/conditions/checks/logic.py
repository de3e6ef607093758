"""Logic: conditions and parts of conditions without an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.expressions import (
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    arms_of,
    is_operation,
    path_of,
    walk,
)
from pulumi_scw_iam.conditions.checks.declaration import Subject, check
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
    finds="An operand of `&&`, `||` or `!` is a value instead of a comparison.",
    example='request.ip == "203.0.113.7" || "203.0.113.8"',
    cure='Write a comparison: `request.ip == "203.0.113.7" || request.ip == "203.0.113.8"`.',
)
def not_a_test(subject: Subject) -> Iterator[str]:
    """Yield a reason for each value in the place of a comparison."""
    for node in _operands(subject.root):
        if _is_value(node):
            yield (
                f"{subject.shown(node)} is a value, not a comparison;"
                ' write a comparison such as request.ip == "203.0.113.7"'
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
    finds="The condition, or a part of the condition, is true for every request and limits nothing.",
    example='request.ip != "203.0.113.7" || request.ip != "203.0.113.8"',
    cure="Test a field of the request, or remove the condition.",
)
def always_true(subject: Subject) -> Iterator[str]:
    """Yield a reason for each of the widest parts that are always true."""
    for node, value in _constant_parts(subject.root):
        if value:
            effect = (
                "limits nothing; test a field of the request, or remove the condition"
                if node is subject.root
                else "limits nothing; correct or remove this part"
            )
            yield f"{_part(subject, node)}is always true{_because(subject, node)} and {effect}"


@check(
    id="condition-never-true",
    finds="The condition, or a part of the condition, is false for every request and allows nothing.",
    example='request.ip == "203.0.113.7" && request.ip == "203.0.113.8"',
    cure="Correct the condition, or remove the rule.",
)
def never_true(subject: Subject) -> Iterator[str]:
    """Yield a reason for each of the widest parts that are never true."""
    for node, value in _constant_parts(subject.root):
        if not value:
            effect = (
                ", so the rule never applies; correct the condition, or remove the rule"
                if node is subject.root
                else " and has no effect; correct or remove this part"
            )
            yield f"{_part(subject, node)}is never true{_because(subject, node)}{effect}"


def _constant_parts(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the widest parts that do not depend on the request, each with its value."""
    value = constant(node)
    if value is not None:
        yield node, value
    elif is_operation(node, "&&", "||", "!", "?:"):
        for below in node.below:
            yield from _constant_parts(below)


def _part(subject: Subject, node: Node) -> str:
    """Return the code of a part, as the subject of a reason; empty for the whole condition."""
    return "" if node is subject.root else f"{subject.shown(node)} "


def _because(subject: Subject, node: Node) -> str:
    cause = _cause(node, value=bool(constant(node)))
    return "" if cause is node else f" because of {subject.shown(cause)}"


def _cause(node: Node, *, value: bool) -> Node:
    """Return the smallest part that determines the value of a node."""
    if is_operation(node, "||" if value else "&&"):
        for below in node.below:
            if constant(below) is value:
                return _cause(below, value=value)
    return node


@check(
    id="condition-adds-nothing",
    finds="An operand of `||` is redundant: another operand allows the same requests.",
    example='request.ip == "203.0.113.7" || request.ip == "203.0.113.7"'
    ' && request.user_agent.contains("a")',
    cure="Remove the operand: `a || a && b` is `a`.",
)
def adds_nothing(subject: Subject) -> Iterator[str]:
    """Yield a reason for each operand of `||` implied by another operand."""
    for arm, other in _redundant(subject.root, "||", "&&"):
        yield (
            f"{subject.shown(arm)} is redundant: {subject.shown(other)} allows the same requests;"
            " remove the former"
        )


@check(
    id="condition-limits-nothing",
    finds="An operand of `&&` is redundant: another operand refuses the same requests.",
    example='request.ip == "203.0.113.7" && (request.ip == "203.0.113.7"'
    ' || request.user_agent.contains("a"))',
    cure="Remove the operand: `a && (a || b)` is `a`.",
)
def limits_nothing(subject: Subject) -> Iterator[str]:
    """Yield a reason for each operand of `&&` implied by another operand."""
    for arm, other in _redundant(subject.root, "&&", "||"):
        yield (
            f"{subject.shown(arm)} is redundant: {subject.shown(other)} refuses the same requests;"
            " remove the former"
        )


def _redundant(root: Node, outer: str, inner: str) -> Iterator[tuple[Node, Node]]:
    """Yield each redundant operand of `outer`, with the operand that covers it.

    An operand is redundant if its parts, joined by `inner`, include all parts of the other operand.
    """
    for node in walk(root):
        if not isinstance(node, OperatorExpression) or node.operator != outer:
            continue
        arms = [(arm, frozenset(arms_of(arm, inner))) for arm in node.args]
        for i, (arm, parts) in enumerate(arms):
            for j, (other, others) in enumerate(arms):
                if others < parts or (others == parts and j < i):
                    yield arm, other
                    break
