"""Generate the table of condition checks in docs/guide/conditions.md.

The page above the mark is written by hand.
"""

from __future__ import annotations

from pathlib import Path

from pulumi_scw_iam.conditions.checks import CHECKS
from tools.generate.fidelity import table
from tools.generate.pages import write

TARGET = Path(__file__).parents[2] / "docs" / "guide" / "conditions.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, f"{generated()}\n", check=check)


def generated() -> str:
    """Return the table of all condition checks."""
    rows = (
        [
            f"`{check.id}`",
            check.finds,
            f"`{check.example}`",
            check.cure,
            check.severity,
            "yes" if check.can_be_ignored else "no",
        ]
        for check in CHECKS.values()
    )
    return table("check, finds, example, fix, severity, can be ignored", rows)
