"""`pulumi-scw-iam delete`: show an object, ask for confirmation, and delete the object."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command, CommandError, add_organization
from pulumi_scw_iam.commands.confirmation import is_confirmed
from pulumi_scw_iam.commands.streams import OnStderr
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show an object, ask for confirmation, and delete the object."
    parser.add_argument("kind", metavar="KIND", help="resource type: group, api-key, ssh-key, ...")
    parser.add_argument("id", metavar="ID", help="id of the object; the access key of an API key")
    parser.add_argument("--yes", action="store_true", help="delete without confirmation")
    add_organization(parser)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: most commands call no API, and requests is slow to load.
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError  # noqa: PLC0415
    from pulumi_scw_iam.core.provider import ProviderCore  # noqa: PLC0415
    from pulumi_scw_iam.core.reporting import show_user_log  # noqa: PLC0415
    from pulumi_scw_iam.doctor.deletion import delete_target, kind_called, read_target  # noqa: PLC0415

    show_user_log(OnStderr())
    core = ProviderCore(lambda: Settings.resolve(organization_id=arguments.organization))
    try:
        target = read_target(core, kind_called(arguments.kind), arguments.id)
        if not arguments.yes and not is_confirmed(f"delete {target.title}?"):
            raise CommandError(f"{target.title}: not deleted, because the answer was not yes")
        delete_target(core, target)
    except IamError as error:
        raise CommandError(str(error)) from None
    print(shown(f"deleted {target.title}"))
    return 0


COMMAND = Command(name="delete", help="delete an object", add_arguments=_add_arguments, run=_run)
