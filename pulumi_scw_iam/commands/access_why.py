"""`pulumi-scw-iam access why` and `access who`: the paths to one permission set."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.access_source import add_source, load, warn
from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

    from pulumi_scw_iam.access.model import Access, Answer

__all__ = ["WHO", "WHY"]

_PRINCIPALS = "user:EMAIL, user:USERNAME, application:NAME, group:NAME, or an id"


def _add_question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("permission_set", metavar="SET", help="permission set, as in a policy")
    parser.add_argument(
        "project",
        nargs="?",
        default=None,
        metavar="PROJECT",
        help="project: name or id (default: any)",
    )
    add_source(parser)


def _add_why(parser: argparse.ArgumentParser) -> None:
    parser.description = "Explain whether a principal has a permission set: a sentence per path."
    parser.epilog = "Exit status: 0 it has the permission set, 3 it does not, 1 failed, incomplete, or cannot tell."
    parser.add_argument("who", metavar="PRINCIPAL", help=_PRINCIPALS)
    _add_question(parser)


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.description = "List who has a permission set: a sentence per path."
    parser.epilog = "Exit status: 0 somebody has the permission set, 3 nobody has it, 1 failed, incomplete, or cannot tell."
    _add_question(parser)


def _ask(arguments: argparse.Namespace, who: str | None) -> tuple[Access, list[Answer]]:
    """Return the answers about one principal, or about all that have the permission set."""
    from pulumi_scw_iam.access.lookup import (  # noqa: PLC0415
        LookupFailure,
        check_permission_set,
        find_principal,
        find_project,
    )
    from pulumi_scw_iam.access.model import Access  # noqa: PLC0415

    access = Access(load(arguments))
    name = arguments.permission_set
    try:
        project_id = find_project(access, arguments.project) if arguments.project else None
        check_permission_set(access, name)
        if who is None:
            return access, access.who(name, project_id, with_escalation=True)
        return access, [access.answer(find_principal(access, who).id, name, project_id)]
    except LookupFailure as error:
        raise CommandError(str(error)) from None


def _why(arguments: argparse.Namespace) -> int:
    from pulumi_scw_iam.access.model import Verdict  # noqa: PLC0415
    from pulumi_scw_iam.access.wording import answer_json, answer_lines  # noqa: PLC0415

    access, (answer,) = _ask(arguments, arguments.who)
    if arguments.json:
        print(json.dumps(answer_json(access, answer), indent=2))
    else:
        for line in answer_lines(access, answer):
            print(shown(line))
    if warn(access.world) or answer.verdict is Verdict.CANNOT_TELL:
        return 1
    return 3 if answer.verdict is Verdict.NO else 0


def _who(arguments: argparse.Namespace) -> int:
    from pulumi_scw_iam.access.model import Verdict  # noqa: PLC0415
    from pulumi_scw_iam.access.wording import answer_json, who_lines  # noqa: PLC0415

    access, answers = _ask(arguments, None)
    if arguments.json:
        print(json.dumps([answer_json(access, answer) for answer in answers], indent=2))
    else:
        for line in who_lines(access, arguments.permission_set, answers):
            print(shown(line))
    verdicts = {answer.verdict for answer in answers}
    has_any = not verdicts.isdisjoint({Verdict.YES, Verdict.ONLY_IF})
    if warn(access.world) or (Verdict.CANNOT_TELL in verdicts and not has_any):
        return 1
    return 0 if has_any else 3


WHY = Command(
    name="why",
    help="explain why a principal has a permission set",
    add_arguments=_add_why,
    run=_why,
)
WHO = Command(name="who", help="list who has a permission set", add_arguments=_add_who, run=_who)
