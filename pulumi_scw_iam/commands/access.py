"""`pulumi-scw-iam access`: the permission sets of each principal."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.access_check import CHECK
from pulumi_scw_iam.commands.access_diff import DIFF
from pulumi_scw_iam.commands.access_source import add_source, load, warn
from pulumi_scw_iam.commands.access_why import WHO, WHY
from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from pulumi_scw_iam.access.model import Answer

__all__ = ["COMMAND", "SUBCOMMANDS"]

SUBCOMMANDS = (WHY, WHO, DIFF, CHECK)
"""The subcommands, in the order of --help."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the permission sets of each principal, with their scope, group, policy and rule. Reads the"
        " organization, states of stacks, or a snapshot. Changes nothing."
    )
    parser.epilog = "Exit status: 0 success, 1 failed or incomplete."
    parser.add_argument(
        "--principal",
        metavar="PRINCIPAL",
        help="only this principal: user:EMAIL, user:USERNAME, application:NAME, group:NAME, or an id",
    )
    parser.add_argument("--set", metavar="SET", help="only rules that include this permission set")
    parser.add_argument(
        "--project", metavar="PROJECT", help="only rules for this project: name or id"
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="also write all objects to this file, as a snapshot",
    )
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="also write one HTML page with all permissions, which loads nothing from a network, to this file",
    )
    add_source(parser)
    parser.set_defaults(run_access=_run_table)
    subparsers = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND")
    for command in SUBCOMMANDS:
        # An option before the subcommand must survive the defaults of the subcommand's own options.
        subparser = subparsers.add_parser(
            command.name, help=command.help, argument_default=argparse.SUPPRESS
        )
        command.add_arguments(subparser)
        _suppress_defaults(subparser)
        subparser.set_defaults(run_access=command.run)


def _suppress_defaults(parser: argparse.ArgumentParser) -> None:
    """Let an option of the subcommand set its value only if it is given."""
    known = {"json", "organization", "snapshot", "state"}
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of its arguments
        if action.dest in known:
            action.default = argparse.SUPPRESS


def _run(arguments: argparse.Namespace) -> int:
    return int(arguments.run_access(arguments))


def _run_table(arguments: argparse.Namespace) -> int:
    # Imported here: the parser needs no model.
    from pulumi_scw_iam.access.lookup import (  # noqa: PLC0415
        LookupFailure,
        check_permission_set,
        find_principal,
        find_project,
    )
    from pulumi_scw_iam.access.model import Access  # noqa: PLC0415
    from pulumi_scw_iam.access.snapshot import dumped  # noqa: PLC0415
    from pulumi_scw_iam.access.table import table_json, table_lines  # noqa: PLC0415

    world = load(arguments)
    access = Access(world)
    if arguments.save is not None:
        _write(arguments.save, dumped(world))
    if arguments.html is not None:
        from pulumi_scw_iam.access.page import render  # noqa: PLC0415
        from pulumi_scw_iam.access.page_data import page_data  # noqa: PLC0415

        _write(arguments.html, render(page_data(access)))
    try:
        one = find_principal(access, arguments.principal) if arguments.principal else None
        project_id = find_project(access, arguments.project) if arguments.project else None
        if arguments.set:
            check_permission_set(access, arguments.set)
    except LookupFailure as error:
        raise CommandError(str(error)) from None
    grants = list(access.grants(one.id if one else None, arguments.set, project_id))
    open_answers: list[Answer] = []
    if arguments.set:
        chosen = [one.id] if one else access.principals
        answers = [access.answer(each, arguments.set, project_id) for each in chosen]
        open_answers = [answer for answer in answers if answer.doubts]
    if arguments.json:
        print(json.dumps(table_json(access, grants, open_answers), indent=2))
    else:
        is_filtered = bool(one or arguments.set or project_id)
        for line in table_lines(access, grants, open_answers, is_filtered=is_filtered):
            print(shown(line))
    return 1 if warn(world) else 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from None


COMMAND = Command(
    name="access",
    help="list permissions of users, applications and groups, and explain them",
    add_arguments=_add_arguments,
    run=_run,
)
