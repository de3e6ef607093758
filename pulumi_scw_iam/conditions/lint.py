"""Lint a condition of a policy's rule: run all condition checks.

The API checks only the syntax. It accepts a condition that is never true, or that uses an unknown name. So only
wrong syntax is a failure here. All else is a warning: Scaleway does not document how strictly it reads CEL, and
samples of its own documentation are not strict CEL.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.conditions.checks import (
    CHECKS,
    OPTIONAL_FIELDS,
    SYNTAX,
    ConditionFinding,
    Subject,
)
from pulumi_scw_iam.conditions.parser import SyntaxFailure, UnsupportedSyntax, parse

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_scw_iam.common.permission_sets import PermissionSet
    from pulumi_scw_iam.conditions.expressions import Node

__all__ = ["LintReport", "lint"]


class LintReport(NamedTuple):
    """What the checks find in one condition."""

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

    `permission_sets` are those of the rule. `ignored` are ids of checks that do not warn. `now`, with a zone, is
    the time that decides which times are past; by default the current time.
    """
    if not condition or len(condition) > formats.LONGEST_CONDITION:
        # A longer one fails by the field's limit. It is not parsed, since that could take very long.
        return LintReport()
    try:
        root = parse(condition)
    except SyntaxFailure as failure:
        return LintReport(ConditionFinding(SYNTAX.id, str(failure)))
    except UnsupportedSyntax as unsupported:
        finding = ConditionFinding(OPTIONAL_FIELDS.id, str(unsupported))
        return LintReport(None, () if finding.check_id in ignored else (finding,))
    except Exception:  # noqa: BLE001 - a fault of the parser's library is not one of the condition
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
"""Levels of operations that are checked: 32 of brackets, as CEL's specification demands, with two in each."""


def _is_too_deep(root: Node) -> bool:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [below for node in level for below in node.below]
        if not level:
            return False
    return True
