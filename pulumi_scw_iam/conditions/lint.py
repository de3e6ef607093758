"""Run all condition checks on the condition of a rule.

The API checks only the syntax, and accepts conditions that are never true or use unknown names. Only a syntax
error is therefore a failure here. All other findings are warnings: Scaleway does not document the strictness
of its CEL parser, and samples in Scaleway's documentation are not strict CEL.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.cel.parser import SyntaxFailure, UnsupportedSyntax, parse
from pulumi_scw_iam.common.cel.syntax import refuse_misuse
from pulumi_scw_iam.conditions.checks import (
    CHECKS,
    OPTIONAL_FIELDS,
    SYNTAX,
    ConditionFinding,
    Subject,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_scw_iam.common.cel.expressions import Node
    from pulumi_scw_iam.common.permission_sets import PermissionSet

__all__ = ["LintReport", "lint"]


class LintReport(NamedTuple):
    """The findings of all checks in one condition."""

    failure: ConditionFinding | None = None
    warnings: tuple[ConditionFinding, ...] = ()


def lint(
    condition: str,
    permission_sets: Collection[PermissionSet] = (),
    *,
    ignored: Collection[str] = (),
    now: datetime | None = None,
) -> LintReport:
    """Run the checks on a condition.

    `permission_sets` are the permission sets of the rule. `ignored` are the ids of checks to skip. `now` is the
    reference for past dates: a time with a zone, by default the current time.
    """
    if not condition or len(condition) > formats.LONGEST_CONDITION:
        # A longer condition fails by the field's limit, and could take very long to parse.
        return LintReport()
    try:
        root = parse(condition)
        refuse_misuse(root)
    except SyntaxFailure as failure:
        return LintReport(ConditionFinding(SYNTAX.id, str(failure)))
    except UnsupportedSyntax as unsupported:
        finding = ConditionFinding(OPTIONAL_FIELDS.id, str(unsupported))
        return LintReport(None, () if finding.check_id in ignored else (finding,))
    except Exception:  # noqa: BLE001 - a bug in the parser library is not an error of the condition
        return LintReport()
    if _is_too_deep(root):
        return LintReport()
    subject = Subject(condition, root, tuple(permission_sets), now or datetime.now(timezone.utc))
    findings = [
        ConditionFinding(check.id, reason)
        for check in CHECKS.values()
        if check.find is not None and check.id not in ignored
        for reason in check.find(subject)
    ]
    return LintReport(None, tuple(dict.fromkeys(findings)))


_MAX_DEPTH = 64
"""The maximum depth of a tree: CEL requires 32 levels of parentheses, each with up to two operations."""


def _is_too_deep(root: Node) -> bool:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [below for node in level for below in node.below]
        if not level:
            return False
    return True
