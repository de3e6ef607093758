"""Bar charts as SVG, readable on light and dark pages."""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Bar", "bars"]

COLOURS = ("#8c8c8c", "#9ecae9", "#4c9bd6", "#1f5f99")
WIDTH, LEFT, TOP, BAR, GAP = 720, 150, 44, 13, 16


class Bar(NamedTuple):
    """A median, a minimum and a maximum."""

    median: float
    least: float
    most: float


def bars(title: str, series: Sequence[str], groups: Mapping[str, Sequence[Bar | None]]) -> str:
    """Draw a group of horizontal bars for each name, with one bar for each series, in seconds."""
    longest = max(bar.most for row in groups.values() for bar in row if bar)
    step = 10 ** math.floor(math.log10(longest))
    step = next(s for s in (step / 5, step / 2, step, step * 2) if longest / s <= 8)
    scale = (WIDTH - LEFT - 60) / longest
    body = TOP + len(groups) * (len(series) * BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {body + 24}"'
        ' font-family="sans-serif" font-size="11" fill="#808080">',
        f'<text x="{LEFT}" y="14" font-size="13" font-weight="bold">{escape(title)}</text>',
    ]
    for i, name in enumerate(series):
        x = LEFT + i * 135
        parts.append(f'<rect x="{x}" y="22" width="10" height="10" fill="{COLOURS[i]}"/>')
        parts.append(f'<text x="{x + 14}" y="31">{escape(name)}</text>')
    for tick in range(int(longest / step) + 1):
        x = LEFT + tick * step * scale
        parts.append(f'<path d="M{x:.1f} {TOP}V{body}" stroke="#808080" stroke-opacity=".25"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{body + 14}" text-anchor="middle">{tick * step:g} s</text>'
        )
    y = TOP
    for name, row in groups.items():
        middle = y + len(series) * BAR / 2 + 4
        parts.append(f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>')
        for i, bar in enumerate(row):
            if bar:
                at, end = y + i * BAR, LEFT + bar.median * scale
                parts.append(
                    f'<rect x="{LEFT}" y="{at}" width="{end - LEFT:.1f}" height="{BAR - 2}"'
                    f' fill="{COLOURS[i]}"/>'
                )
                low, high = LEFT + bar.least * scale, LEFT + bar.most * scale
                parts.append(
                    f'<path d="M{low:.1f} {at + 5.5}H{high:.1f}" stroke="#d62728" stroke-width="1.5"/>'
                )
                parts.append(f'<text x="{high + 5:.1f}" y="{at + 9.5}">{bar.median:.1f}</text>')
        y += len(series) * BAR + GAP
    return "\n".join([*parts, "</svg>\n"])
