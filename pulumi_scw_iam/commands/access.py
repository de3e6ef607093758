"""`pulumi-scw-iam access`: who has which permission sets, by which policies."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.commands.access_source import add_source, load, warn
from pulumi_scw_iam.commands.access_why import WHO, WHY
from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.access.model import Access, Answer, Grant

__all__ = ["COMMAND", "SUBCOMMANDS"]

SUBCOMMANDS = (WHY, WHO)
"""The subcommands, in the order of --help. A subcommand may be run without the options of `access`."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List who has which permission sets, in which scope, through which group, policy and rule. Reads"
        " the organization, states of stacks, or a snapshot. Changes nothing."
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

    world = load(arguments)
    if arguments.save is not None:
        try:
            arguments.save.write_text(dumped(world), "utf-8")
        except OSError as error:
            raise CommandError(f"cannot write {arguments.save}: {error.strerror}") from None
    access = Access(world)
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
        print(json.dumps(_to_json(access, grants, open_answers), indent=2))
    else:
        is_filtered = bool(one or arguments.set or project_id)
        for line in _to_lines(access, grants, open_answers, is_filtered=is_filtered):
            print(shown(line))
    return 1 if warn(world) else 0


def _to_lines(
    access: Access, grants: list[Grant], open_answers: list[Answer], *, is_filtered: bool
) -> Iterator[str]:
    from pulumi_scw_iam.access.wording import (  # noqa: PLC0415
        ANY_RIGHT,
        scope_text,
        title_of,
        via_text,
    )

    world = access.world
    part = ", only the objects of these states" if world.is_partial else ""
    yield f"# as of {world.as_of}, from {world.source}{part}"
    rows = []
    for grant in grants:
        locked = " (locked)" if getattr(grant.principal, "locked", False) else ""
        notes = [f"only if {grant.condition}"] if grant.condition else []
        for name in ("everything",) if grant.is_owner else grant.permission_sets:
            scope = scope_text(access, grant.project_ids)
            if grant.project_ids is None and access.scope_type(name) == "projects":
                scope = "all projects"
            leads = [ANY_RIGHT] if name in grant.escalation else []
            who = title_of(grant.principal) + locked
            rows.append((who, name, scope, via_text(grant), "; ".join([*leads, *notes])))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    general, own = _split(open_answers)
    for answer, reason in own:
        yield f"{title_of(answer.principal)}  {answer.permission_set}  cannot tell: {reason}"
    for reason in general:
        yield f"# cannot tell for all others: {reason}"
    if not is_filtered:
        for policy in world.policies:
            if policy.is_orphan:
                yield f"# policy {policy.title} has no principal, so no effect"


def _split(answers: Iterable[Answer]) -> tuple[list[str], list[tuple[Answer, str]]]:
    """Return the doubts about everybody once, and the other doubts with their answers."""
    general: dict[str, None] = {}
    own = []
    for answer in answers:
        for doubt in answer.doubts:
            if doubt.is_general:
                general[doubt.reason] = None
            else:
                own.append((answer, doubt.reason))
    return list(general), own


def _to_json(access: Access, grants: list[Grant], open_answers: list[Answer]) -> dict[str, Any]:
    from pulumi_scw_iam.access.wording import answer_json, grant_json  # noqa: PLC0415

    world = access.world
    return {
        "organization_id": world.organization_id,
        "as_of": world.as_of,
        "source": world.source,
        "is_partial": world.is_partial,
        "grants": [grant_json(access, grant) for grant in grants],
        "open": [answer_json(access, answer) for answer in open_answers],
        "orphan_policies": [
            {"id": policy.id, "name": policy.name} for policy in world.policies if policy.is_orphan
        ],
        "not_read": [gap.reason for gap in world.gaps],
    }


COMMAND = Command(
    name="access",
    help="list who has which permissions, and explain why",
    add_arguments=_add_arguments,
    run=_run,
)
