"""`pulumi-scw-iam doctor`: find objects left behind by failed updates."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import (
    Command,
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.commands.span import ago
from pulumi_scw_iam.commands.streams import complain
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find objects left behind by failed updates: created by pulumi-scw-iam, still existing, and in"
        " none of the given states. Changes nothing."
    )
    parser.epilog = "Exit status: 0 no findings, 3 findings, 1 failed or incomplete."
    parser.add_argument(
        "states",
        nargs="*",
        metavar="STATE",
        help="output of `pulumi stack export`, or a checkpoint file; - reads stdin",
    )
    parser.add_argument(
        "--since",
        type=ago,
        default="30d",
        metavar="SPAN",
        help="maximum age of objects: 12h, 7d, 4w (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: most commands call no API, and requests is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415
    from pulumi_scw_iam.doctor.examine import examine  # noqa: PLC0415
    from pulumi_scw_iam.doctor.report import to_json, to_lines  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import StateError, parse_state  # noqa: PLC0415

    refuse_second_stdin(arguments.states)
    try:
        states = [parse_state(name, read_content(name)) for name in arguments.states]
        with attempting("find objects left behind"):
            settings = Settings.resolve(organization_id=arguments.organization)
            client = IamClient(settings)
            organization_id = client.default_organization_id
        report = examine(client, organization_id, states, arguments.since)
    except (IamError, StateError) as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        print(json.dumps(to_json(report, arguments.organization), indent=2))
    else:
        for line in to_lines(report, arguments.organization):
            print(shown(line))
    for line in (*report.not_listed, *report.not_read):
        complain(line)
    if report.not_listed:
        return 1
    return 0 if report.is_empty else 3


COMMAND = Command(
    name="doctor",
    help="find objects left behind by failed updates",
    add_arguments=_add_arguments,
    run=_run,
)
