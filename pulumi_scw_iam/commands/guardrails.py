"""`pulumi-scw-iam guardrails`: print the guardrails of the policy pack as a table or as JSON."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the guardrails of the policy pack: id, enforcement level, severity and title."
    )
    parser.add_argument("--json", action="store_true", help="print the full declarations as JSON")


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: no other command needs guardrails.
    from pulumi_scw_iam.guardrails import GUARDRAILS  # noqa: PLC0415

    if arguments.json:
        facts = [guardrail.facts for guardrail in GUARDRAILS.values()]
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return 0
    width = max(len(name) for name in GUARDRAILS)
    print(f"# {len(GUARDRAILS)} guardrails; * supports the level remediate")
    for guardrail in GUARDRAILS.values():
        name = guardrail.id + ("*" if guardrail.remediable else "")
        columns = f"{guardrail.level:9}  {guardrail.severity:8}  {guardrail.expects}"
        print(f"{name:{width + 1}}  {columns}")
    return 0


COMMAND = Command(
    name="guardrails",
    help="list the guardrails of the policy pack",
    add_arguments=_add_arguments,
    run=_run,
)
