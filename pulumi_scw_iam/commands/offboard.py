"""`pulumi-scw-iam offboard`: the references to a user or an application."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.access_source import warn
from pulumi_scw_iam.commands.command import (
    Command,
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the references to a user or an application, in the order of removal: API keys, policies,"
        " memberships, resources of states, and SSH keys by their names. Changes nothing."
    )
    parser.epilog = "Exit status: 0 nothing is left, 3 something is left, 1 failed or incomplete. SSH keys do not count."
    parser.add_argument(
        "principal",
        metavar="PRINCIPAL",
        help="user:EMAIL, user:USERNAME, application:NAME, or an id; also the id of a deleted one",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="FILE",
        help="also search this state: output of `pulumi stack export`, or a checkpoint file; - reads stdin;"
        " repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: the parser needs no client, and requests is slow to load.
    from pulumi_scw_iam.access.lookup import LookupFailure  # noqa: PLC0415
    from pulumi_scw_iam.access.offboarding import (  # noqa: PLC0415
        Organization,
        findings,
        findings_json,
        findings_lines,
    )
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415
    from pulumi_scw_iam.states.resources import parse_resources  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import StateError  # noqa: PLC0415

    refuse_second_stdin(arguments.state)
    try:
        resources = [
            one for name in arguments.state for one in parse_resources(name, read_content(name))
        ]
        with attempting("read the organization"):
            client = IamClient(Settings.resolve(organization_id=arguments.organization))
            organization = Organization.read(client, client.default_organization_id)
        found = findings(organization, arguments.principal, resources)
    except (IamError, LookupFailure, StateError) as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        print(json.dumps(findings_json(organization, found), indent=2))
    else:
        for line in findings_lines(organization, found):
            print(shown(line))
    warn(organization.world)
    # SSH keys give hints only, and there are none about a deleted principal.
    is_incomplete = any(gap.noun != "SSH keys" for gap in organization.world.gaps)
    if found.items:
        return 3
    return 1 if is_incomplete else 0


COMMAND = Command(
    name="offboard",
    help="list the references to a user or an application",
    add_arguments=_add_arguments,
    run=_run,
)
