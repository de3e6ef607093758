"""The declaration of a command. Each module of this package with a constant COMMAND is a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Command", "CommandError", "add_organization", "read_content", "refuse_second_stdin"]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of `pulumi-scw-iam`.

    `pulumi-scw-iam --help` imports the modules of all commands. Slow imports (`requests`, the kinds)
    therefore belong in `run`, not at the top of the module.
    """

    name: str
    """The word on the command line, such as `permission-sets`."""
    help: str
    """The description in `pulumi-scw-iam --help`."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    """Add arguments, a description and an epilog to the parser of the command."""
    run: Callable[[argparse.Namespace], int]
    """Run the command and return its exit status. May raise CommandError."""


class CommandError(Exception):
    """A command failed. The message is one line; the exit status is 1."""


def add_organization(parser: argparse.ArgumentParser) -> None:
    """Add the option --organization, for commands that call the API."""
    parser.add_argument(
        "--organization", metavar="ID", help="organization id (default: from the configuration)"
    )


def read_content(name: str) -> bytes:
    """Read a file, or stdin if the name is `-`. Raises CommandError."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise CommandError("-: stdin is closed")
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from None


def refuse_second_stdin(names: Iterable[object]) -> None:
    """Raise CommandError if more than one of the files is `-`."""
    if list(names).count("-") > 1:
        raise CommandError("- is given more than once: stdin can be read only once")
