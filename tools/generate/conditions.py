"""Generate the table of condition checks in docs/guide/conditions.md.

The page above the mark is written by hand.
"""

from __future__ import annotations

from pathlib import Path

from pulumi_scw_iam.conditions.checks import CHECKS
from tools.generate.fidelity import coded, table
from tools.generate.pages import write

TARGET = Path(__file__).parents[2] / "docs" / "guide" / "conditions.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, f"{generated()}\n", check=check)


def generated() -> str:
    """Return the table of all condition checks, and the exceptions to what the page says about all."""
    rows = (
        [f"`{check.id}`", check.finds, f"`{check.example}`", check.cure]
        for check in CHECKS.values()
    )
    failures = coded(check.id for check in CHECKS.values() if check.severity == "failure")
    fixed = coded(check.id for check in CHECKS.values() if not check.can_be_ignored)
    return "\n\n".join(
        [
            f"Fails the preview: {failures}. Cannot be ignored: {fixed}. All other checks warn, and can be ignored.",
            table("check, finds, example, fix", rows),
        ]
    )
