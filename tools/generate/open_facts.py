"""Write docs/reference/open-facts.md: what no recording of the real API shows, and what this package assumes.

The source is tools/record/questions.py. The calls of a question are those that it makes on the local IAM API. The page
above the mark is written by hand.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED
from tools.generate.fidelity import behaviours, coded, table
from tools.generate.pages import write
from tools.record.questions import QUESTIONS
from tools.record.run import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator.schema.grounds import Behaviour
    from tools.record.questions import Question

__all__ = ["main", "settled"]

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "open-facts.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, "\n\n".join(_paragraphs()) + "\n", check=check)


def settled(question: Question) -> list[Behaviour]:
    """Return the behaviours of the local IAM API that a question proves or refutes."""
    return [
        behaviour
        for start in question.settles
        for behaviour in behaviours()
        if behaviour.text.startswith(start)
    ]


def _paragraphs() -> Iterator[str]:
    calls = _calls()
    yield "## Questions"
    for question in QUESTIONS:
        yield f"### {question.id}"
        yield f"{question.asks} {question.matters}"
        answers = ([label, f"`{text}`"] for label, text in question.assumed.items())
        yield table("case, assumed answer", answers)
        yield f"Calls: {coded(calls[question.id])}." + (
            " Asked with `LIVE_EMAIL` only." if question.creates_users else ""
        )
    yield "## Assumed, and not asked"
    yield "The other assumptions of the local IAM API: no source has them, and no question asks them yet."
    asked = {behaviour.text for question in QUESTIONS for behaviour in settled(question)}
    rows = [
        [_title(behaviour.module), behaviour.text]
        for behaviour in behaviours()
        if behaviour.ground is ASSUMED and behaviour.text not in asked
    ]
    yield table("part, assumption", rows)


def _calls() -> dict[str, list[str]]:
    """Return the operations of each question, in the order of their first call."""
    routes = [
        (name, re.compile(f"{one.method} {re.sub('<[^>]*>', '[^/]+', one.path)}"))
        for name, one in OPERATIONS.items()
    ]
    with Emulator() as emulator:
        api, _ = ask(Settings.resolve(environ=emulator.environment), "person@example.com")
    found: dict[str, list[str]] = {}
    for call in api.calls:
        (name,) = (name for name, route in routes if route.fullmatch(f"{call.method} {call.path}"))
        names = found.setdefault(call.question, [])
        if name not in names:
            names.append(name)
    return found


def _title(module: str) -> str:
    """Return the title of a module: the first sentence of its docstring, up to a colon."""
    importlib.import_module(module)
    first = (sys.modules[module].__doc__ or "").partition("\n")[0]
    return first.rstrip(".").partition(":")[0].partition(",")[0]
