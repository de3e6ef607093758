"""The question before a deletion."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import sys

from pulumi_scw_iam.commands.command import CommandError
from pulumi_scw_iam.common.words import shown

__all__ = ["is_confirmed"]


def is_confirmed(question: str) -> bool:
    """Ask on the terminal; return True if the answer is yes. Raises CommandError without a terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(f"{question} stdin is not a terminal; pass --yes to confirm")
    try:
        return input(shown(f"{question} [y/N] ")).strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        print()
        return False
