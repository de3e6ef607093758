"""`pulumi-scw-iam path`: print a folder of this package: the plugin, the policy pack, the scripts for CI."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command, CommandError

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMAND"]

_FOLDERS = {"plugin": "plugin", "policy-pack": "policy_pack", "ci": "ci"}


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Print the path of a folder of this package: plugin, for `pulumi package add`; policy-pack, for"
        " `pulumi up --policy-pack`; or ci, the scripts for pull requests."
    )
    parser.add_argument("folder", choices=_FOLDERS)


def _run(arguments: argparse.Namespace) -> int:
    folder = files("pulumi_scw_iam") / _FOLDERS[arguments.folder]
    if not isinstance(folder, Path):
        raise CommandError(
            "the package is inside an archive: Pulumi cannot read folders of an archive;"
            " install the package with pip"
        )
    print(folder)
    return 0


COMMAND = Command(
    name="path",
    help="print the folder of the plugin, of the policy pack, or of the scripts for CI",
    add_arguments=_add_arguments,
    run=_run,
)
