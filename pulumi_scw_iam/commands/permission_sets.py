"""`pulumi-scw-iam permission-sets`: list or refresh the catalogue of permission sets."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.common.permission_sets import (
    FILE_VARIABLE,
    bundled,
    catalogue,
    changes,
    dumped,
    own_file,
    refreshed,
    write,
)
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

    from pulumi_scw_iam.common.permission_sets import Catalogue

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Print the local catalogue of permission sets: name, scope type, product. Calls no API."
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="fetch the list from the API, save it for this user, and print the changes",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="with --refresh, save to this file instead"
    )


def _run(arguments: argparse.Namespace) -> int:
    if arguments.refresh:
        return _refresh(arguments)
    if arguments.output is not None:
        raise CommandError("--output is given without --refresh; pass both")
    known = catalogue()
    if arguments.json:
        print(dumped(known), end="")
        return 0
    origin = ", bundled with the package" if known is bundled() else f", from {own_file()}"
    print(f"# {len(known.by_name)} permission sets as of {known.as_of}{origin}")
    width = max((len(name) for name in known.by_name), default=0)
    for entry in known.by_name.values():
        line = f"{entry.name:{width}}  {entry.scope_type:12}  {entry.category}"
        print(shown(line.rstrip()))
    return 0


def _refresh(arguments: argparse.Namespace) -> int:
    old = catalogue()
    path, new = _fetch(old, arguments.output)
    try:
        write(new, path)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from None
    catalogue.cache_clear()
    if arguments.json:
        _print_changes_as_json(old, new, path)
    else:
        _print_changes(old, new, path)
    return 0


def _fetch(old: Catalogue, output: Path | None) -> tuple[Path, Catalogue]:
    """Return the file to write, and the catalogue fetched from the API."""
    # Imported here: a list calls no API, and requests is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415

    try:
        path = output or own_file()
        with attempting("refresh the permission sets"):
            live = list(IamClient(Settings.resolve()).list_permission_sets(order_by="name_asc"))
    except IamError as error:
        raise CommandError(str(error)) from None
    except RuntimeError:
        raise CommandError(
            f"cannot choose a file: there is no home directory; pass --output or set {FILE_VARIABLE}"
        ) from None
    if not live:
        raise CommandError(
            "refresh the permission sets: the API returned an empty list; the catalogue was kept"
        )
    return path, refreshed(old, live, datetime.now(timezone.utc).date())


def _print_changes_as_json(old: Catalogue, new: Catalogue, path: Path) -> None:
    found = changes(old, new)
    facts = {
        "file": str(path),
        "as_of": new.as_of,
        "added": [entry._asdict() for entry in found.added],
        "gone": [entry.name for entry in found.gone],
        "scope_type_changed": [
            {"name": after.name, "from": before.scope_type, "to": after.scope_type}
            for before, after in found.rescoped
        ],
    }
    print(json.dumps(facts, indent=2))


def _print_changes(old: Catalogue, new: Catalogue, path: Path) -> None:
    found = changes(old, new)
    for entry in found.added:
        print(shown(f"added: {entry.name} ({entry.scope_type})"))
    for entry in found.gone:
        print(shown(f"gone: {entry.name} ({entry.scope_type})"))
    for before, after in found.rescoped:
        line = f"scope type: {after.name} is {after.scope_type}, was {before.scope_type}"
        print(shown(line))
    print(f"wrote {len(new.by_name)} permission sets as of {new.as_of} to {path}")


COMMAND = Command(
    name="permission-sets",
    help="list or refresh the catalogue of permission sets",
    add_arguments=_add_arguments,
    run=_run,
)
