"""The entry point of `pulumi-scw-iam`: collects the commands of this package and runs one."""

from __future__ import annotations

import argparse
import pkgutil
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_scw_iam import commands
from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.commands.streams import complain, discard, prepare_streams
from pulumi_scw_iam.common.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["all_commands", "main"]

_FIRST_IN_HELP = ("emulator", "permission-sets", "guardrails", "path", "doctor", "delete")
"""The order of the commands in --help; all other commands follow by name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. A failure prints one line on stderr and returns 1.

    Raises SystemExit for --help, --version and wrong arguments, as argparse does.
    """
    prepare_streams()
    try:
        try:
            return _run(argv)
        finally:
            # If the interpreter flushed stdout at exit, a failure would print a traceback.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `head` does. This is not an error.
        discard(sys.stdout)
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return complain("interrupted", 128 + signal.SIGINT)
    except OSError as error:
        discard(sys.stdout)
        return complain(f"cannot write to stdout: {error.strerror or error}")


def all_commands() -> list[Command]:
    """Return the commands of all modules with a COMMAND, in the order of --help."""
    modules = [
        import_module(f"{commands.__name__}.{module.name}")
        for module in pkgutil.iter_modules(commands.__path__)
        if module.name != "__main__"  # importing the module runs it
    ]
    found = [module.COMMAND for module in modules if hasattr(module, "COMMAND")]
    places = {name: place for place, name in enumerate(_FIRST_IN_HELP)}
    return sorted(found, key=lambda command: (places.get(command.name, len(places)), command.name))


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="pulumi-scw-iam", description="Scaleway IAM in Pulumi.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in all_commands():
        subparser = subparsers.add_parser(command.name, help=command.help)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    arguments = parser.parse_args(argv)
    if sys.stdout is None:
        return complain("cannot write to stdout: stdout is closed")
    try:
        return int(arguments.run(arguments))
    except CommandError as error:
        return complain(str(error))
