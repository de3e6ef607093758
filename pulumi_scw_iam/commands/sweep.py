"""`pulumi-scw-iam sweep`: delete the old objects with a prefix."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command, CommandError, add_organization
from pulumi_scw_iam.commands.confirmation import is_confirmed
from pulumi_scw_iam.commands.span import ago
from pulumi_scw_iam.commands.streams import OnStderr, complain
from pulumi_scw_iam.common.words import counted, shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from pulumi_scw_iam.doctor.sweep import Candidate

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the old objects whose name starts with a prefix, ask for confirmation, and delete them: API keys by their"
        " description, SSH keys, policies, groups and applications, in this order. Users, protected objects, and the API"
        " key that runs the command with its rights are left."
    )
    parser.epilog = (
        "Exit status: 0 nothing is left to delete, 3 objects to delete with --dry-run, 1 failed, refused, or an object"
        " was not deleted."
    )
    parser.add_argument(
        "--prefix",
        required=True,
        metavar="PREFIX",
        help="start of the names, at least 6 characters; case counts",
    )
    parser.add_argument(
        "--older-than",
        type=ago,
        default="2d",
        metavar="SPAN",
        help="minimum age of objects: 12h, 7d, 4w (default: %(default)s)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show the objects")
    parser.add_argument("--yes", action="store_true", help="delete without confirmation")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: most commands call no API, and requests is slow to load.
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError  # noqa: PLC0415
    from pulumi_scw_iam.core.provider import ProviderCore  # noqa: PLC0415
    from pulumi_scw_iam.core.reporting import show_user_log  # noqa: PLC0415
    from pulumi_scw_iam.doctor import sweep  # noqa: PLC0415

    if arguments.json and not (arguments.dry_run or arguments.yes):
        raise CommandError("--json cannot ask for confirmation; pass --dry-run or --yes")
    show_user_log(OnStderr())
    core = ProviderCore(lambda: Settings.resolve(organization_id=arguments.organization))
    try:
        found = sweep.survey(
            core, arguments.prefix, arguments.older_than, datetime.now(timezone.utc)
        )
    except IamError as error:
        raise CommandError(str(error)) from None
    if not arguments.json:
        for line in sweep.to_lines(found):
            print(shown(line))
    if arguments.dry_run or not found.doomed:
        if arguments.json:
            print(json.dumps(sweep.to_json(found, None), indent=2))
        return 3 if found.doomed else 0
    objects = counted(len(found.doomed), "object")
    if not arguments.yes and not is_confirmed(f"delete {objects}?"):
        raise CommandError(f"{objects} not deleted, because the answer was not yes")
    swept = _swept(sweep.sweep(core, found), is_json=arguments.json)
    if arguments.json:
        print(json.dumps(sweep.to_json(found, swept), indent=2))
    return 0 if all(one.is_deleted for one in swept) else 1


def _swept(outcomes: Iterable[Candidate], *, is_json: bool) -> list[Candidate]:
    """Print the outcome of each deletion at once; return the outcomes."""
    swept = []
    for one in outcomes:
        swept.append(one)
        if one.kept:
            complain(f"{one.title} is left: {one.kept}")
        elif not is_json:
            print(shown(f"deleted {one.title}"), flush=True)
    return swept


COMMAND = Command(
    name="sweep",
    help="delete old objects with a prefix, such as those of test runs",
    add_arguments=_add_arguments,
    run=_run,
)
