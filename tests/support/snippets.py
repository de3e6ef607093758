"""The programs and commands in the documentation."""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGES", "ROOT", "Snippet", "commands", "program", "snippets"]

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if page.parent.name != "decisions"
)
"""Every page for users, from the root of the checkout."""

_FENCE = re.compile(r'^```(\w*)(?: title="([^"]*)")?([^\n]*)\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Snippet:
    """One fenced block of a page."""

    page: str
    language: str
    title: str
    """The file name above the block; empty without a title."""
    text: str


def snippets(page: str) -> list[Snippet]:
    """Return the fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for language, title, rest, body in _FENCE.findall(text):
        assert not rest, f"{page}: the fence ```{language} has {rest!r}; only a title may follow"
        found.append(Snippet(page, language, title, body))
    assert text.count("\n```") == 2 * len(found), f"{page}: a fence is not closed, or indented"
    return found


def program(page: str, language: str, *titles: str) -> str:
    """Return one program: all blocks of a page in a language with one of the titles, joined in order.

    Without titles, the blocks without a title.
    """
    blocks = [
        snippet.text
        for snippet in snippets(page)
        if snippet.language == language and snippet.title in (titles or ("",))
    ]
    assert blocks, f"{page} has no program in {language}"
    return "\n".join(blocks)


def commands(page: str) -> Iterator[list[str]]:
    """Yield each command of the shell blocks of a page as a list of words; each one of a pipe by itself."""
    for snippet in snippets(page):
        lines = snippet.text.replace("\\\n", " ").splitlines()
        if snippet.language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        elif snippet.language != "shell":
            continue
        for line in lines:
            words = shlex.split(line, comments=True)
            for is_pipe, command in itertools.groupby(words, lambda word: word == "|"):
                if not is_pipe:
                    yield list(command)
