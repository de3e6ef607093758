"""Tests of `resource`: list requests have no resource, and only some products support `resource`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.expressions import (
    Literal,
    Node,
    OperatorExpression,
    Select,
    is_operation,
    once,
    path_of,
    walk,
)
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.conditions.checks.declaration import Subject, check, cut
from pulumi_scw_iam.conditions.truth import is_has

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUPPORTED = ("IAM", "SSH keys", "Security / Key Manager", "Security / Secret Manager")
"""The categories of permission sets with support for `resource`."""

_LONGEST_CURE = 160


@once
def _reads_resource(node: Node) -> bool:
    """Return True if an expression reads a field of the resource outside of `has(…)`."""
    if is_has(node, "resource"):
        return False
    if isinstance(node, Select) and path_of(node.of) == "resource":
        return True
    return any(_reads_resource(below) for below in node.below)


@check(
    id="condition-lists-unlimited",
    finds="`&&` has precedence over `||`, so list requests are allowed without the other tests.",
    example='request.ip == "203.0.113.7" && resource.id == "x" || !has(resource.id)',
    cure="Write parentheses: `a && (b || !has(resource.id))`.",
)
def lists_unlimited(subject: Subject) -> Iterator[str]:
    """Yield a reason for each `a && b || !has(resource.id)`."""
    for node in walk(subject.root):
        if not is_operation(node, "||"):
            continue
        exempt = [
            arm for arm in node.below if is_operation(arm, "!") and is_has(arm.below[0], "resource")
        ]
        for arm in node.below:
            if not exempt or not is_operation(arm, "&&") or arm.bracketed:
                continue
            limits = [part for part in arm.below if not _reads_resource(part)]
            tests = [part for part in arm.below if _reads_resource(part)]
            if limits and tests:
                alternatives = [*(_operand(subject, t) for t in tests), subject.code(exempt[0])]
                kept = " && ".join(_operand(subject, limit) for limit in limits)
                cure = cut(f"{kept} && ({' || '.join(alternatives)})", _LONGEST_CURE)
                yield (
                    f"allows list requests without {cut(kept)}, because && has precedence over ||;"
                    f" write {cure}"
                )


def _operand(subject: Subject, node: Node) -> str:
    """Return the code of a node as an operand, in parentheses if necessary."""
    code = subject.code(node)
    return f"({code})" if node.bracketed or is_operation(node, "||", "?:") else code


@check(
    id="condition-lists-refused",
    finds="The condition refuses list requests: a list request has no single resource.",
    example='resource.id == "x"',
    cure='Write `(resource.id == "x" || !has(resource.id))`. To refuse list requests on purpose,'
    " write `has(resource.id) && …`.",
)
def lists_refused(subject: Subject) -> Iterator[str]:
    """Yield one reason with all parts that refuse list requests."""
    parts = list(_failing_for_lists(subject.root))
    if parts:
        cures = [
            cut(f"({_alternative(subject, part)} || !has(resource.id))", _LONGEST_CURE)
            for part in parts
        ]
        yield (
            "refuses list requests, because a list request has no single resource;"
            f" write {' and '.join(dict.fromkeys(cures))} to allow list requests"
        )


def _alternative(subject: Subject, node: Node) -> str:
    code = subject.code(node)
    return f"({code})" if is_operation(node, "?:") else code


def _failing_for_lists(node: Node) -> Iterator[Node]:
    """Yield the parts that refuse list requests, except tests for the existence of a resource."""
    outcomes = _outcomes_for_lists(node)
    if "E" not in outcomes:
        return
    if is_operation(node, "&&"):
        for below in node.below:
            yield from _failing_for_lists(below)
    elif is_operation(node, "||"):
        if "T" in outcomes and any(is_has(part, "resource") for part in walk(node)):
            return
        if all(_reads_resource(below) for below in node.below):
            yield node
        else:
            for below in node.below:
                yield from _failing_for_lists(below)
    elif "T" not in outcomes:
        yield node


@once
def _outcomes_for_lists(node: Node) -> frozenset[str]:
    """Return the possible results of an expression for a list request: true, false, error (T, F, E).

    In CEL, `&&` and `||` ignore an error on one side if the other side decides.
    """
    if isinstance(node, Literal) and node.kind == "bool":
        return frozenset("T" if node.value else "F")
    if is_has(node, "resource"):
        return frozenset("F")
    if isinstance(node, OperatorExpression):
        if node.operator == "!":
            opposite = {"T": "F", "F": "T", "E": "E"}
            return frozenset(opposite[outcome] for outcome in _outcomes_for_lists(node.args[0]))
        if node.operator in {"&&", "||"}:
            decides, other = ("F", "T") if node.operator == "&&" else ("T", "F")
            arms = [_outcomes_for_lists(arg) for arg in node.args]
            outcomes = set()
            if any(decides in arm for arm in arms):
                outcomes.add(decides)
            if not any(arm == {decides} for arm in arms):
                outcomes |= {"E"} if any("E" in arm for arm in arms) else set()
                outcomes |= {other} if all(other in arm for arm in arms) else set()
            return frozenset(outcomes)
        if node.operator == "?:":
            test, first, second = (_outcomes_for_lists(arg) for arg in node.args)
            chosen = (first if "T" in test else set()) | (second if "F" in test else set())
            return frozenset(chosen | ({"E"} & test))
    return frozenset("E" if _reads_resource(node) else "TF")


@check(
    id="condition-resource-unsupported",
    finds="A rule for another product tests `resource`. Only IAM, SSH keys, Key Manager and Secret"
    " Manager support `resource`.",
    example='resource.id == "x" || !has(resource.id)',
    cure="Move the permission sets of the other product to a rule without the test.",
)
def resource_unsupported(subject: Subject) -> Iterator[str]:
    """Yield one reason with the permission sets whose products do not support `resource`."""
    if not any((path_of(node) or "").startswith("resource.") for node in walk(subject.root)):
        return
    names = sorted(s.name for s in subject.permission_sets if s.category not in _SUPPORTED)
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        shown = f"{', '.join(names[:3])}{more}" if more else joined(names)
        yield (
            "tests resource, but only IAM, SSH keys, Key Manager and Secret Manager support resource;"
            f" move {shown} to a rule without this test"
        )
