"""Compare the measured coverage with its floor, `fail_under` in pyproject.toml.

    python tools/coverage_floor.py

The floor may only rise. If the measured coverage allows a higher floor, print the line to change.
Coverage below the floor has already failed in `coverage report`.
"""

from __future__ import annotations

import io
import sys

from coverage import Coverage


def main() -> int:
    """Print the coverage and its floor; return 1 if the coverage is below."""
    data = Coverage()
    data.load()
    total = data.report(file=io.StringIO())
    floor = float(str(data.get_option("report:fail_under") or 0))
    print(f"coverage is {total:.2f} %; the floor is {floor:g} %")
    if int(total) > floor:
        print(
            f"raise the floor: in pyproject.toml, [tool.coverage.report], fail_under = {int(total)}"
        )
    return int(total < floor)


if __name__ == "__main__":
    sys.exit(main())
