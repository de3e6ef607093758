"""Generate docs/reference/commands.md: every command with its arguments.

The source is the argument parsers of pulumi_scw_iam/commands. The page above the mark is written by hand.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.main import all_commands
from tools.generate.fidelity import table
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.commands.command import Command

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def main(*, check: bool) -> int:
    """Write or check the page."""
    text = "\n\n".join(paragraph for command in all_commands() for paragraph in described(command))
    return write(TARGET, f"{text}\n", check=check)


def described(command: Command) -> Iterator[str]:
    """Yield the paragraphs about one command, in the words of its --help."""
    parser = argparse.ArgumentParser(prog=f"pulumi-scw-iam {command.name}", add_help=False)
    command.add_arguments(parser)
    yield f"## {command.name}"
    yield from chapter(parser, command.help)


def chapter(parser: argparse.ArgumentParser, summary: str) -> Iterator[str]:
    """Yield the paragraphs about a parser below its heading, then the chapters of its subcommands."""
    everything = parser._actions  # noqa: SLF001 - argparse has no public list of arguments
    actions = [
        action
        for action in everything
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)  # noqa: SLF001
    ]
    yield f"```shell\n{' '.join([parser.prog, *usage(actions)])}\n```"
    yield prose(parser.description or f"{summary.capitalize()}.")
    if actions:
        yield table("argument, meaning", ([*cells(parser, action)] for action in actions))
    if parser.epilog:
        yield prose(parser.epilog)
    for action in everything:
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, subparser in action.choices.items():
                # The usage line of argparse would repeat the positional arguments of the parent.
                subparser.prog = f"{parser.prog} {name}"
                yield f"### {parser.prog.removeprefix('pulumi-scw-iam ')} {name}"
                yield from chapter(subparser, name)


def usage(actions: list[argparse.Action]) -> Iterator[str]:
    """Yield the parts of the usage line after the name of the command."""
    if any(action.option_strings for action in actions):
        yield "[OPTIONS]"
    for action in actions:
        if action.option_strings and action.required:
            yield f"{action.option_strings[0]} {placeholder(action)}"
        if not action.option_strings:
            name = placeholder(action)
            yield {"*": f"[{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def placeholder(action: argparse.Action) -> str:
    """Return the placeholder of an argument's value in --help."""
    if action.choices:
        return f"{{{','.join(map(str, action.choices))}}}"
    return str(action.metavar or action.dest.upper())


def cells(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    """Yield the cells of one argument."""
    name = " ".join(action.option_strings)
    value = "" if action.nargs == 0 else placeholder(action)
    yield f"`{f'{name} {value}'.strip()}`"
    # The formatter of --help replaces %(default)s.
    formatter = parser._get_formatter()  # noqa: SLF001
    text = formatter._expand_help(action) if action.help else ""  # noqa: SLF001
    yield prose(text)


def prose(text: str) -> str:
    """Return a text of --help on one line, with options as code."""
    plain_and_code = " ".join(text.split()).split("`")
    plain_and_code[::2] = [
        re.sub(r"(?<![\w-])--[a-z][a-z-]+", lambda option: f"`{option[0]}`", plain)
        for plain in plain_and_code[::2]
    ]
    return "`".join(plain_and_code)
