"""Write what docs/reference/guardrails.md says about every rule of the policy pack.

The part of the page above the mark is written by hand; all below comes from the rules in
pulumi_scw_iam/guardrails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.guardrails import CHAPTERS, GUARDRAILS, Guardrail
from pulumi_scw_iam.kinds import KINDS
from tools.generate.fidelity import table
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "guardrails.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    text = "\n\n".join(generated()) + "\n"
    return write(TARGET, text, check=check, formatted=formatted)


def formatted(page: str) -> str:
    """The page with its programs in the form that all of the project's programs have."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    command = [ruff, "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=page, capture_output=True, text=True, check=True).stdout


def generated() -> Iterator[str]:
    """All that follows from the rules, paragraph by paragraph."""
    yield f"## The {len(GUARDRAILS)} rules"
    yield table(
        "rule, level, severity, what it wants",
        (
            [f"[`{rule.id}`](#{rule.id})", rule.level, rule.severity, rule.wants]
            for rule in GUARDRAILS.values()
        ),
    )
    for title, rules in CHAPTERS.items():
        yield f"## {title}"
        for rule in rules:
            yield from described(rule)


def described(rule: Guardrail) -> Iterator[str]:
    """One rule."""
    yield f"### {rule.id}"
    yield f"{rule.wants} {rule.why}"
    yield f"**Cure:** {rule.cure}"
    looks = " or ".join(f"`{kind}`" for kind in rule.kinds if kind in KINDS)
    where = f"at each {looks}" if rule.resource is not None else f"at all of the stack, for {looks}"
    facts = [f"{rule.level.capitalize()}, {rule.severity}", f"looks {where}"]
    if rule.like is not None:
        facts.append(f"like CIS {rule.like.number}, “{rule.like.wants}”")
    yield f"{'; '.join(facts)}."
    if rule.remediation:
        yield f"**Remediation:** {rule.remediation}"
    if rule.options:
        yield table(
            "option, default, what it says",
            (
                [f"`{option.name}`", f"`{json.dumps(option.default)}`", option.description]
                for option in rule.options
            ),
        )
    needs = ""
    if rule.example_options:
        options = json.dumps(rule.example_options)
        needs = f", with `{options}`"
    yield f"Fails{needs}:"
    yield f"```python\n{rule.fails}\n```"
    yield "Passes:"
    yield f"```python\n{rule.passes}\n```"
