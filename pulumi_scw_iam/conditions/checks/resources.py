"""Tests of the resource, which lists do not have and only some products support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.conditions.checks.declaration import Subject, check, cut
from pulumi_scw_iam.conditions.expressions import (
    Literal,
    Node,
    OperatorExpression,
    Select,
    is_operation,
    once,
    path_of,
    walk,
)
from pulumi_scw_iam.conditions.truth import is_has

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUPPORTED = ("IAM", "SSH keys", "Security / Key Manager", "Security / Secret Manager")
"""The categories of permission sets whose products have a `resource`."""

_LONGEST_CURE = 160


@once
def _reads_resource(node: Node) -> bool:
    """Return whether a field of the resource is used other than in `has(…)`."""
    if is_has(node, "resource"):
        return False
    if isinstance(node, Select) and path_of(node.of) == "resource":
        return True
    return any(_reads_resource(below) for below in node.below)


@check(
    id="condition-lists-unlimited",
    finds="`&&` binds stronger than `||`, so lists get through without the other tests.",
    example='request.ip == "203.0.113.7" && resource.id == "x" || !has(resource.id)',
    cure="Write brackets: `a && (b || !has(resource.id))`.",
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
                    f"lets lists through without {cut(kept)}, since && binds stronger than ||;"
                    f" write {cure}"
                )


def _operand(subject: Subject, node: Node) -> str:
    """Return the code of a node as an operand, in brackets if it needs them."""
    code = subject.code(node)
    return f"({code})" if node.bracketed or is_operation(node, "||", "?:") else code


@check(
    id="condition-lists-refused",
    finds="A resource is tested, and a list has no single resource, so lists are refused.",
    example='resource.id == "x"',
    cure='Write `(resource.id == "x" || !has(resource.id))`; `has(resource.id) && …` if lists'
    " shall be refused.",
)
def lists_refused(subject: Subject) -> Iterator[str]:
    """Yield one reason that names all parts that make lists fail."""
    parts = list(_failing_for_lists(subject.root))
    if parts:
        cures = [
            cut(f"({_alternative(subject, part)} || !has(resource.id))", _LONGEST_CURE)
            for part in parts
        ]
        yield (
            "refuses lists, since a list has no single resource;"
            f" write {' and '.join(dict.fromkeys(cures))} to let lists through"
        )


def _alternative(subject: Subject, node: Node) -> str:
    code = subject.code(node)
    return f"({code})" if is_operation(node, "?:") else code


def _failing_for_lists(node: Node) -> Iterator[Node]:
    """Yield the parts that make lists fail, except those that test whether there is a resource."""
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
    """Return what an expression can evaluate to for a list: true, false, error (T, F, E).

    As CEL specifies, `&&` and `||` ignore an error of one side if the other side decides.
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
    finds="A rule for another product tests `resource`, which only IAM, SSH keys, Key Manager and"
    " Secret Manager support.",
    example='resource.id == "x" || !has(resource.id)',
    cure="Give the permission sets of the other product a rule without the test.",
)
def resource_unsupported(subject: Subject) -> Iterator[str]:
    """Yield one reason with the permission sets of the rule whose products have no `resource`."""
    if not any((path_of(node) or "").startswith("resource.") for node in walk(subject.root)):
        return
    names = sorted(s.name for s in subject.permission_sets if s.category not in _SUPPORTED)
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        shown = f"{', '.join(names[:3])}{more}" if more else joined(names)
        yield (
            f"tests resource, which only IAM, SSH keys, Key Manager and Secret Manager support;"
            f" give {shown} a rule without it"
        )
