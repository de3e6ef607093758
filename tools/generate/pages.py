"""Pages with a hand-written part, followed by a generated part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["MARK", "write"]


MARK = "<!-- All below is written by `make generate`. -->\n"
"""The line between the hand-written and the generated part."""


def write(
    target: Path,
    generated: str,
    *,
    check: bool,
    formatted: Callable[[str], str] = str,
) -> int:
    """Write or check one page; return the exit code, and print the reason if it is 1."""
    page = target.read_text(encoding="utf-8")
    by_hand, line, _ = page.partition(MARK)
    if not line:
        print(
            f"{target.name} has no line that ends the hand-written part; add {MARK}",
            end="",
        )
        return 1
    whole = formatted(f"{by_hand}{line}\n{generated}")
    if check and page != whole:
        print(f"{target.name} is not up to date; run `make generate`")
        return 1
    if not check:
        target.write_text(whole, encoding="utf-8")
    return 0
