"""Compare the measured coverage with its floor, `fail_under` in pyproject.toml.

    python tools/coverage_floor.py

The floor may only rise. If the measured coverage allows a higher floor, print the line to change.
"""

from __future__ import annotations

import io
import sys

from coverage import Coverage


def lines(total: float, floor: int) -> list[str]:
    """Return the lines to print about a coverage and its floor, both in percent."""
    found = [f"coverage is {total:.2f} %; the floor is {floor} %"]
    if total < floor:
        found.append(
            "test the new code: `coverage report` lists the lines and branches without a test"
        )
    elif int(total) > floor:
        found.append(
            f"raise the floor: in pyproject.toml, [tool.coverage.report], fail_under = {int(total)}"
        )
    return found


def main() -> int:
    """Print the coverage and its floor; return 1 if the coverage is below."""
    data = Coverage()
    data.load()
    total = data.report(file=io.StringIO())
    floor = int(float(str(data.get_option("report:fail_under") or 0)))
    print("\n".join(lines(total, floor)))
    return int(total < floor)


if __name__ == "__main__":
    sys.exit(main())
