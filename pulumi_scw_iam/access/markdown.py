"""A comparison as Markdown, for a comment on a pull request.

A name is text of an unknown author. In the text, each name is a code span: no HTML, mention, reference, link or
formatting works inside. In the graph, each character that may have a meaning is an entity.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

from pulumi_scw_iam.access.change_wording import (
    Name,
    notes,
    scope_of,
    sentence,
    summary,
    unclear_sentence,
)
from pulumi_scw_iam.access.changes import Kind, Severity
from pulumi_scw_iam.common.words import escaped, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.access.change_wording import Sentence
    from pulumi_scw_iam.access.changes import Change, Comparison

__all__ = ["MOST_CHARACTERS", "code", "comparison_markdown", "marker", "mermaid_label"]

MOST_CHARACTERS = 65_536
"""The limit of a comment on GitHub. The bytes in UTF-8 stay below it too."""

_MOST_OF_A_NAME = 300
_MOST_OF_A_LABEL = 100
_MOST_EDGES = 60
_HEADINGS = {
    Severity.ESCALATION: "Escalation: leads to any right",
    Severity.BROADENING: "Broadening",
    Severity.CANNOT_TELL: "Cannot tell: counts as broadening",
    Severity.NARROWING: "Narrowing",
}
_VERBS = {
    Kind.GAINED: "gains",
    Kind.LOST: "loses",
    Kind.CONDITION: "other condition",
    Kind.CANNOT_TELL: "cannot tell",
}
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols without a shape."""


def marker(title: str = "") -> str:
    """Return the first line, by which a later run finds its comment; `title` tells several comments apart."""
    key = re.sub(r"[^A-Za-z0-9_./]+", "-", title).strip("-")
    return f"<!-- pulumi-scw-iam access diff{f': {key}' if key else ''} -->"


def code(text: str) -> str:
    """Return a name as a code span, on one line and without invisible characters."""
    visible = _visible(text, _MOST_OF_A_NAME) or "(empty)"
    if not visible.strip():
        # A code span of spaces has no visible text.
        visible = visible.replace(" ", "\\u0020")
    longest = max((len(run) for run in re.findall("`+", visible)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if visible[0] in " `" or visible[-1] in " `" else ""
    return f"{fence}{pad}{visible}{pad}{fence}"


def mermaid_label(text: str) -> str:
    """Return a text as a quoted label of Mermaid, with an entity for each special character."""
    visible = _visible(text, _MOST_OF_A_LABEL)
    escaped = (c if c.isalnum() or c in " _-" else f"#{ord(c)};" for c in visible)
    return f'"{"".join(escaped)}"'


def _visible(text: str, most: int) -> str:
    """Return a text with escapes for invisible characters, cut to a length."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(
        escaped(c) if c in _BLANK or unicodedata.category(c) in ("Mn", "Me") else c
        for c in shown(cut)
    )


def comparison_markdown(comparison: Comparison, title: str = "") -> str:
    """Return a comment: the changes with the most serious first, a graph, and the rest folded.

    A comment above MOST_CHARACTERS loses the graph, and then the last changes, with a line about it.
    """
    heading = f"### Access of {code(title)}: " if title else "### Access: "
    head = [marker(title), f"{heading}{summary(comparison)}", ""]
    sections = list(_sections(comparison))
    foot = list(_details("Sources and notes", list(_sources(comparison))))
    graph = list(_graph(comparison))
    text = _rendered(head, sections, graph, foot)
    if _size(text) > MOST_CHARACTERS:
        text = _rendered(head, sections, [], foot)
    total = sum(len(items) for _, items, _ in sections)
    kept, step = total, total
    # The largest number of changes that fits, by bisection.
    while _size(text) > MOST_CHARACTERS or (step > 1 and kept < total):
        step = max(1, step // 2)
        kept += -step if _size(text) > MOST_CHARACTERS else step
        text = _rendered(head, _first(sections, kept), [], [_left_out(total - kept), "", *foot])
    return text


def _left_out(count: int) -> str:
    return f"**{count} more changes are left out: the comment is full.** `pulumi-scw-iam access diff` prints all."


def _size(text: str) -> int:
    return len(text.encode())


_Section = tuple[str, list[str], bool]
"""A heading, its list items, and whether it is folded."""


def _sections(comparison: Comparison) -> Iterator[_Section]:
    for severity in Severity:
        items = [_markdown(sentence(comparison, entry)) for entry in comparison.of(severity)]
        if severity is Severity.CANNOT_TELL:
            items += [_markdown(unclear_sentence(one)) for one in comparison.unclear]
        if items:
            yield _HEADINGS[severity], items, severity is Severity.NARROWING


def _first(sections: Iterable[_Section], count: int) -> Iterator[_Section]:
    """Yield the sections with the first items only."""
    for heading, items, is_folded in sections:
        if kept := items[: max(0, count)]:
            yield heading, kept, is_folded
        count -= len(kept)


def _rendered(
    head: list[str], sections: Iterable[_Section], graph: list[str], foot: list[str]
) -> str:
    opened: list[str] = []
    folded: list[str] = []
    for heading, items, is_folded in sections:
        lines = [f"- {item}" for item in items]
        if is_folded:
            folded += _details(f"{heading}: {len(items)}", lines)
        else:
            opened += [f"**{heading}**", "", *lines, ""]
    return "\n".join([*head, *opened, *graph, *folded, *foot]).rstrip() + "\n"


def _details(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", "")


def _markdown(parts: Sentence) -> str:
    """Return a sentence of Markdown. Our own words have no special characters."""
    return "".join(code(part) if isinstance(part, Name) else part for part in parts) + "."


def _sources(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.before.world, comparison.after.world
    yield f"- Compared {code(before.source)} with {code(after.source)}."
    if before.is_partial or after.is_partial:
        yield "- The sources have only the objects of some stacks."
    for note in notes(comparison):
        yield f"- {_markdown(note)}"
    for gap in (*before.gaps, *after.gaps):
        yield f"- {code(gap.reason)}"


def _graph(comparison: Comparison) -> Iterator[str]:
    """Yield a Mermaid graph of the changes: principal, group, policy, permission sets with their scope."""
    ids: dict[str, str] = {}
    edges: dict[str, None] = {}

    def node(label: str) -> str:
        known = label in ids
        ids.setdefault(label, f"n{len(ids)}")
        return ids[label] if known else f"{ids[label]}[{mermaid_label(label)}]"

    def edge(start: str, end: str, label: str = "") -> None:
        edges[f"  {node(start)} -->{f'|{mermaid_label(label)}|' if label else ''} {node(end)}"] = (
            None
        )

    drawn: set[tuple[str, str]] = set()
    for entry in comparison.entries:
        for change in entry.changes:
            for steps in _routes(change, scope_of(comparison, change)):
                for place, (start, end) in enumerate(itertools.pairwise(steps)):
                    if (start, end) not in drawn:
                        drawn.add((start, end))
                        is_last = place == len(steps) - 2
                        edge(start, end, _VERBS[change.kind] if is_last else "")
    if 0 < len(edges) <= _MOST_EDGES:
        yield from ("```mermaid", "graph LR", *edges, "```", "")


def _routes(change: Change, scope: str) -> Iterator[list[str]]:
    """Yield the labels from a principal to its permission sets, for each path."""
    one = change.principal
    who = f"{one.kind} {one.name or one.id}"
    sets = ", ".join(change.named[:3]) + (" …" if len(change.named) > 3 else "")
    sets += scope
    for grant in change.grants[:3]:
        group = [f"group {grant.group.name or grant.group.id}"] if grant.group else []
        policy = [f"policy {grant.policy.name or grant.policy.id}"] if grant.policy else []
        yield [who, *group, *policy, sets]
    if not change.grants:
        yield [who, sets]
