"""What a command is: one module of this package, with the constant COMMAND."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Command", "CommandError", "add_organization"]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of `pulumi-scw-iam`.

    `pulumi-scw-iam --help` imports the modules of all commands. So a module imports at its top only what
    is quick to load, and the rest (`requests`, the kinds) in `run`.
    """

    name: str
    """The word on the command line, such as `permission-sets`."""
    help: str
    """Its line in `pulumi-scw-iam --help`."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    """Add arguments, a description and an epilog to the parser of the command."""
    run: Callable[[argparse.Namespace], int]
    """Run the command, and return its exit status. It may raise CommandError."""


class CommandError(Exception):
    """A command failed; the message says why, in one line, and the exit status is 1."""


def add_organization(parser: argparse.ArgumentParser) -> None:
    """Add the option --organization of the commands that call the API."""
    parser.add_argument("--organization", metavar="ID", help="its id (the configured one)")
