"""Write the accepted programs: `python -m tests.adopt.accepted`. Review the difference before a commit."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.adopt.organization import CASES, FRONTS

__all__ = ["PROGRAMS"]

PROGRAMS = Path(__file__).parent / "programs"


def main() -> None:
    """Write all programs."""
    for front in FRONTS:
        shutil.rmtree(PROGRAMS / front, ignore_errors=True)
        for case, organization in CASES.items():
            folder = PROGRAMS / front / case
            folder.mkdir(parents=True)
            for name, text in organization().program(front, project=case).files.items():
                (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main()
