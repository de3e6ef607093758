"""Print a constraints file that holds each dependency at the oldest version that pyproject.toml allows.

    python tools/floors.py

For the dependencies of users: those at run time, and of the extras `emulator` and `policy`. It reads
the metadata of the installed package.
"""

from __future__ import annotations

import sys
from importlib.metadata import requires

from packaging.requirements import Requirement

EXTRAS = ("", "emulator", "policy")


def main() -> int:
    """Print the constraints; 1 if a dependency has no oldest version."""
    for requirement in map(Requirement, requires("pulumi-scw-iam") or ()):
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        floors = [clause.version for clause in requirement.specifier if clause.operator == ">="]
        if len(floors) != 1:
            print(f"{requirement}: has no floor; write name>=VERSION", file=sys.stderr)
            return 1
        print(f"{requirement.name}=={floors[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
