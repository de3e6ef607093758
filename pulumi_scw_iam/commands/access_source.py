"""The options of `pulumi-scw-iam access` for the source of the objects, shared by its subcommands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import (
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.commands.streams import complain

if TYPE_CHECKING:
    import argparse

    from pulumi_scw_iam.access.world import World

__all__ = ["add_source", "load", "read_live", "warn"]


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options for the source: the live organization, states, or a snapshot."""
    parser.add_argument(
        "--state",
        action="append",
        metavar="FILE",
        help="read this state instead of the API: output of `pulumi stack export`, or a checkpoint file;"
        " - reads stdin; repeatable",
    )
    parser.add_argument(
        "--snapshot", metavar="FILE", help="read this file of --save instead of the API"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def load(arguments: argparse.Namespace) -> World:
    """Return the objects of the chosen source. Raises CommandError."""
    # Imported here: the parser needs no client, and requests is slow to load.
    from pulumi_scw_iam.access.snapshot import SnapshotError, parse_snapshot  # noqa: PLC0415

    if arguments.snapshot is not None and arguments.state:
        raise CommandError("--state and --snapshot are both given; pass one of them")
    if arguments.snapshot is not None:
        try:
            return parse_snapshot(arguments.snapshot, read_content(arguments.snapshot))
        except SnapshotError as error:
            raise CommandError(str(error)) from None
    return _of_states(arguments) if arguments.state else read_live(arguments)


def _of_states(arguments: argparse.Namespace) -> World:
    from pulumi_scw_iam.access.live import now  # noqa: PLC0415
    from pulumi_scw_iam.access.state import world_of_resources  # noqa: PLC0415
    from pulumi_scw_iam.states.resources import parse_resources  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import StateError  # noqa: PLC0415

    refuse_second_stdin(arguments.state)
    try:
        return world_of_resources(
            [one for name in arguments.state for one in parse_resources(name, read_content(name))],
            source=" and ".join(arguments.state),
            as_of=now(),
            organization_id=arguments.organization,
        )
    except StateError as error:
        raise CommandError(str(error)) from None


def read_live(arguments: argparse.Namespace) -> World:
    """Return the objects of the live organization. Raises CommandError."""
    from pulumi_scw_iam.access.live import live_world  # noqa: PLC0415
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415

    try:
        with attempting("read the organization"):
            settings = Settings.resolve(organization_id=arguments.organization)
            client = IamClient(settings)
            return live_world(client, client.default_organization_id)
    except IamError as error:
        raise CommandError(str(error)) from None


def warn(world: World) -> bool:
    """Print a line on stderr for each list that could not be read; return whether there is one."""
    for gap in world.gaps:
        complain(gap.reason)
    return bool(world.gaps)
