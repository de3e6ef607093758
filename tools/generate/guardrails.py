"""Generate docs/reference/guardrails.md from the declarations in pulumi_scw_iam/guardrails.

The page above the mark is written by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.guardrails import CHAPTERS, GUARDRAILS, Guardrail
from pulumi_scw_iam.kinds import KINDS
from tools.generate.fidelity import table
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "reference" / "guardrails.md"
README = ROOT / "README.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    text = "\n\n".join(generated()) + "\n"
    return max(write(TARGET, text, check=check, formatted=formatted), write_number(check=check))


def write_number(*, check: bool) -> int:
    """Write or check the number of guardrails in the README."""
    page = README.read_text(encoding="utf-8")
    whole = re.sub(r"\b\d+ guardrails\b", f"{len(GUARDRAILS)} guardrails", page)
    if check and page != whole:
        print(
            "README.md is not up to date: it has another number of guardrails; run `make generate`"
        )
        return 1
    if page != whole:
        README.write_text(whole, encoding="utf-8")
    return 0


def formatted(page: str) -> str:
    """Format the programs in the page with ruff."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    command = [ruff, "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=page, capture_output=True, text=True, check=True).stdout


def generated() -> Iterator[str]:
    """Yield the generated paragraphs."""
    yield f"## The {len(GUARDRAILS)} guardrails"
    yield table(
        "guardrail, level, severity, title",
        (
            [
                f"[`{guardrail.id}`](#{guardrail.id})",
                guardrail.level,
                guardrail.severity,
                guardrail.expects,
            ]
            for guardrail in GUARDRAILS.values()
        ),
    )
    for title, guardrails in CHAPTERS.items():
        yield f"## {title}"
        for guardrail in guardrails:
            yield from described(guardrail)


def described(guardrail: Guardrail) -> Iterator[str]:
    """Yield the paragraphs of one guardrail."""
    yield f"### {guardrail.id}"
    yield guardrail.expects
    yield f"**Rationale:** {guardrail.why}"
    yield f"**Fix:** {guardrail.cure}"
    if guardrail.remediation:
        yield f"**Level `remediate`:** {guardrail.remediation}"
    kinds = [f"`{kind}`" for kind in guardrail.kinds if kind in KINDS]
    scope = (
        f"each {joined(kinds, 'or')}"
        if guardrail.validate_resource is not None
        else f"all {joined(kinds)} resources of the stack together"
    )
    facts = f"Level {guardrail.level}, severity {guardrail.severity}. Checks {scope}."
    if guardrail.framework is not None:
        facts += (
            f" Analogue: CIS {guardrail.framework.number}, “{guardrail.framework.specification}”."
        )
    yield facts
    if guardrail.options:
        yield table(
            "option, default, description",
            (
                [f"`{option.name}`", f"`{json.dumps(option.default)}`", option.description]
                for option in guardrail.options
            ),
        )
    options = ""
    if guardrail.example_options:
        options = f" with `{json.dumps(guardrail.example_options)}`"
    yield f"Fails{options}:"
    yield f"```python\n{guardrail.fails}\n```"
    yield "Passes:"
    yield f"```python\n{guardrail.passes}\n```"
