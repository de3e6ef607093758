"""Print a constraints file with the oldest allowed version of each dependency.

    python tools/floors.py

Covers the dependencies of users: at run time, and of the extras `emulator` and `policy`. The
versions come from the metadata of the installed package.
"""

from __future__ import annotations

import sys
from importlib.metadata import requires

from packaging.requirements import Requirement

EXTRAS = ("", "emulator", "policy")


def main() -> int:
    """Print the constraints; return 1 if a dependency has no oldest version."""
    for requirement in map(Requirement, requires("pulumi-scw-iam") or ()):
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        floors = [clause.version for clause in requirement.specifier if clause.operator == ">="]
        if len(floors) != 1:
            print(f"{requirement} has no oldest version; write name>=VERSION", file=sys.stderr)
            return 1
        print(f"{requirement.name}=={floors[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
