"""`pulumi-scw-iam doctor`: find objects left behind by failed updates."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
import re
from datetime import datetime, timedelta, timezone

from pulumi_scw_iam.commands.command import (
    Command,
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.commands.streams import complain
from pulumi_scw_iam.common.words import shown

__all__ = ["COMMAND"]

_SPAN = re.compile(r"(\d{1,6})([hdw])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 168}


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
        type=_since,
        default="30d",
        metavar="SPAN",
        help="maximum age of objects: 12h, 7d, 4w (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def _since(text: str) -> datetime:
    """Return the time a span before now; a span reads 12h, 7d or 4w."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} must look like 12h, 7d or 4w")
    try:
        return datetime.now(timezone.utc) - timedelta(hours=int(match[1]) * _HOURS[match[2]])
    except OverflowError:
        raise argparse.ArgumentTypeError(
            f"{text!r} starts before the year 1; pass a shorter span"
        ) from None


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
