"""Names: variables, fields and functions that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.expressions import CallExpression, Node, path_of, walk
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.conditions.checks.declaration import Subject, check
from pulumi_scw_iam.conditions.vocabulary import (
    FIELDS,
    FUNCTIONS,
    MACROS,
    PATHS,
    TYPES,
    did_you_mean,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANNOTATION = "resource.annotation"


def _free_paths(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the dotted names in an expression, without the variables of macros."""
    path = path_of(node)
    if path is not None:
        if path.partition(".")[0] not in bound:
            yield path
        return
    if isinstance(node, CallExpression) and node.name in MACROS and node.target and node.args:
        yield from _free_paths(node.target, bound)
        inner = bound | {variable for variable in [path_of(node.args[0])] if variable}
        for arg in node.args[1:]:
            yield from _free_paths(arg, inner)
        return
    for below in node.below:
        yield from _free_paths(below, bound)


@check(
    id="condition-unknown-name",
    finds="A variable or a field does not exist. The condition fails or is never true.",
    example='request.ipp == "203.0.113.7"',
    cure=f"Use one of {', '.join(f'`{path}`' for path in PATHS)}.",
)
def unknown_names(subject: Subject) -> Iterator[str]:
    """Yield a reason for each name that Scaleway does not document."""
    for path in _free_paths(subject.root):
        variable, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        if path in PATHS or path in TYPES or variable == "google" or path.startswith(_ANNOTATION):
            continue
        if variable not in FIELDS:
            fix = did_you_mean(path, PATHS, f"use one of {joined(PATHS, 'or')}")
            yield f"{path} does not exist; {fix}"
            continue
        fields = joined((f"{variable}.{field}" for field in FIELDS[variable]), "or")
        if not name:
            yield f"{variable} is not a value; use one of its fields: {fields}"
        elif name in FIELDS[variable]:
            yield f"{path} does not exist: {variable}.{name} has no fields; write {variable}.{name}"
        else:
            yield f"{path} does not exist; {did_you_mean(path, PATHS, f'use one of {fields}')}"


@check(
    id="condition-annotation",
    finds="`resource.annotation` is not supported by Scaleway.",
    example='resource.annotation == "x" || !has(resource.id)',
    cure="Test `resource.name` or `resource.id`.",
)
def resource_annotation(subject: Subject) -> Iterator[str]:
    """Yield a reason for each use of `resource.annotation`."""
    for path in _free_paths(subject.root):
        if path.startswith(_ANNOTATION):
            yield f"{path} is not supported by Scaleway; test resource.name or resource.id"


@check(
    id="condition-unknown-function",
    finds="A function is not part of standard CEL.",
    example='request.user_agent.startswith("a")',
    cure="Use `contains`, `startsWith`, `matches` or another CEL function. Names are case-sensitive.",
)
def unknown_functions(subject: Subject) -> Iterator[str]:
    """Yield a reason for each call of an unknown function."""
    for node in walk(subject.root):
        if isinstance(node, CallExpression) and node.name not in FUNCTIONS:
            cure = did_you_mean(
                node.name, FUNCTIONS, "use contains, startsWith, matches or another CEL function"
            )
            yield f"{node.name}() is not a function of standard CEL; {cure}"
