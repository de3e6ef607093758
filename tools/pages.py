"""Pages of docs that begin with a part written by hand, and go on with what follows from the code."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["is_check", "mark", "write"]


def is_check(about: str) -> bool:
    """Whether the command line of a generator asks only if its pages are up to date."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether all is up to date")
    return bool(parser.parse_args().check)


def mark(script: str) -> str:
    """The line that ends the part written by hand."""
    return f"<!-- All below is written by tools/{script}. -->\n"


def write(
    target: Path,
    script: str,
    generated: str,
    *,
    check: bool,
    formatted: Callable[[str], str] = str,
) -> int:
    """Write or check one page; returns the exit code, and says why it is 1."""
    page = target.read_text(encoding="utf-8")
    by_hand, line, _ = page.partition(mark(script))
    if not line:
        print(
            f"{target.name} has lost the line that ends its hand-written part: {mark(script)}",
            end="",
        )
        return 1
    whole = formatted(f"{by_hand}{line}\n{generated}")
    if check and page != whole:
        print(f"{target.name} is not up to date; run tools/{script}")
        return 1
    if not check:
        target.write_text(whole, encoding="utf-8")
    return 0
