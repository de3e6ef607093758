"""Syntax: invalid CEL, and CEL that not all parsers accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.expressions import Literal, walk
from pulumi_scw_iam.common.cel.syntax import unknown_escape
from pulumi_scw_iam.conditions.checks.declaration import ConditionCheck, Subject, check

if TYPE_CHECKING:
    from collections.abc import Iterator

SYNTAX = ConditionCheck(
    id="condition-syntax",
    finds="The text is not a CEL expression.",
    example='request.ip = "203.0.113.7"',
    cure="Correct the expression at the position in the message.",
    severity="failure",
)

OPTIONAL_FIELDS = ConditionCheck(
    id="condition-optional-fields",
    finds="Optional fields (`.?`, `[?`) are an extension of CEL.",
    example='resource.?id == "x"',
    cure="Test the field with `has(…)`. The rest of such a condition is not checked.",
)


@check(
    id="condition-escape",
    finds="A string has an escape unknown to CEL.",
    example=r'request.user_agent.matches("\d")',
    cure=r'Write `"\\d"` or `r"\d"`.',
)
def unknown_escapes(subject: Subject) -> Iterator[str]:
    """Yield a reason for the first unknown escape of each string."""
    for node in walk(subject.root):
        shown = unknown_escape(subject.text, node) if isinstance(node, Literal) else None
        if shown is not None:
            yield f'\\{shown} is not an escape of CEL; write \\\\{shown}, or a raw string r"…"'
