"""All condition checks. Each module of this package is a chapter: the checks of one theme."""

from __future__ import annotations

import re

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.conditions.checks import addresses, logic, names, resources, syntax, times
from pulumi_scw_iam.conditions.checks.declaration import ConditionCheck, ConditionFinding, Subject
from pulumi_scw_iam.conditions.checks.syntax import OPTIONAL_FIELDS, SYNTAX
from pulumi_scw_iam.conditions.vocabulary import did_you_mean

__all__ = [
    "CHECKS",
    "OPTIONAL_FIELDS",
    "SYNTAX",
    "ConditionCheck",
    "ConditionFinding",
    "Subject",
    "parse_ids",
]

CHECKS: dict[str, ConditionCheck] = {
    value.id: value
    for module in (syntax, names, logic, resources, times, addresses)
    for value in vars(module).values()
    if isinstance(value, ConditionCheck)
}
"""The checks by id, in the order of execution and documentation."""

_IDS = re.compile(r"[\w-]+(\s*,\s*[\w-]+)*", re.ASCII)


def parse_ids(text: str) -> frozenset[str]:
    """Parse a comma-separated list of check ids to ignore.

    Raises ValueError for a malformed list, an unknown id, and a check that cannot be ignored.
    """
    if not _IDS.fullmatch(text.strip()):
        raise ValueError("is not a list of check ids; separate the ids with commas")
    ids = [check_id.strip() for check_id in text.split(",")]
    for check_id in ids:
        if check_id not in CHECKS:
            cure = did_you_mean(
                check_id, CHECKS, "use the id in brackets at the end of the warning"
            )
            raise ValueError(f"has an unknown condition check {quoted(check_id)}; {cure}")
        if not CHECKS[check_id].can_be_ignored:
            raise ValueError(
                f"cannot ignore {check_id}: the API refuses such a condition; remove the id from the"
                " list"
            )
    return frozenset(ids)
