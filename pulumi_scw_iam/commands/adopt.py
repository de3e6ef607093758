"""`pulumi-scw-iam adopt`: bring existing objects under code."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import (
    Command,
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.commands.streams import complain, print_on_stderr
from pulumi_scw_iam.common.words import dashed, quoted, shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pulumi_scw_iam.adopt.outcome import Outcome

__all__ = ["COMMAND"]

_FRONTS = ("python", "native", "yaml")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Bring existing objects under code. The command writes a program for the objects and an import file,"
        " or imports the objects into a stack. It never changes the organization."
    )
    parser.epilog = "Exit status: 0 everything was adopted, 3 something needs a decision, 1 failed or incomplete."
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="the folder of the program to write"
    )
    parser.add_argument(
        "--program",
        type=Path,
        metavar="DIR",
        help="adopt the objects that this existing program declares; needs --stack",
    )
    parser.add_argument(
        "--from-terraform",
        metavar="FILE",
        help="adopt the objects of a Terraform state, with their secret keys; - reads stdin",
    )
    parser.add_argument(
        "--from-stack",
        metavar="FILE",
        help="adopt the objects of a pulumiverse stack, with their secret keys: the output of"
        " `pulumi stack export --show-secrets`; - reads stdin",
    )
    parser.add_argument(
        "--front",
        choices=_FRONTS,
        help="the language of the program: python uses the Python classes (default), native the"
        " Python SDK of the plugin, yaml the plugin",
    )
    parser.add_argument(
        "--kind", action="append", default=[], help="adopt only this kind; repeat for more kinds"
    )
    parser.add_argument(
        "--tag", action="append", default=[], help="adopt only objects with this tag"
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="GLOB",
        help="adopt only objects with such a name, e-mail address, username or description",
    )
    parser.add_argument(
        "--project",
        action="append",
        default=[],
        help="adopt only objects of this project, by name or id",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="FILE",
        help="leave out the objects in this state: the output of `pulumi stack export`",
    )
    parser.add_argument(
        "--as", dest="file", metavar="FILE", help="write all resources into this file of DIR"
    )
    parser.add_argument("--stack", metavar="NAME", help="import the objects into this stack")
    parser.add_argument(
        "--import-file",
        type=Path,
        metavar="FILE",
        help="write this import file, and import nothing (default without --stack: import.json in DIR)",
    )
    parser.add_argument(
        "--apply",
        action="store_true",
        help="import by `pulumi stack import`, for engines before 3.254",
    )
    parser.add_argument(
        "--no-check", action="store_true", help="no refresh and no preview after the import"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write files with secrets also inside a git work tree",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_organization(parser)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: most commands call no API, and requests is slow to load.
    from pulumi_scw_iam.adopt.delivery import DeliveryError  # noqa: PLC0415
    from pulumi_scw_iam.adopt.engine import EngineError  # noqa: PLC0415
    from pulumi_scw_iam.adopt.program.folder import ProgramError  # noqa: PLC0415
    from pulumi_scw_iam.adopt.recorded import SourceError  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError  # noqa: PLC0415
    from pulumi_scw_iam.states.preview import PreviewError  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import StateError  # noqa: PLC0415

    _refuse_combinations(arguments)
    try:
        outcome = _adopted(arguments)
    except (
        DeliveryError,
        EngineError,
        IamError,
        PreviewError,
        ProgramError,
        SourceError,
        StateError,
    ) as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        print(json.dumps(outcome.to_json(), indent=2))
    else:
        for line in outcome.lines():
            print(shown(line))
    for line in outcome.problems:
        complain(line)
    return outcome.status


def _refuse_combinations(arguments: argparse.Namespace) -> None:
    """Raise CommandError for arguments that exclude each other."""
    if (arguments.folder is None) == (arguments.program is None):
        raise CommandError("pass the folder of the program to write, or --program DIR")
    sources = {
        "--program": arguments.program,
        "--from-terraform": arguments.from_terraform,
        "--from-stack": arguments.from_stack,
    }
    given = [name for name, value in sources.items() if value is not None]
    if len(given) > 1:
        raise CommandError(f"{given[0]} and {given[1]} are given; pass one of them")
    rules = [
        (
            arguments.program and not arguments.stack,
            "--program needs --stack: the stack of the program",
        ),
        (
            arguments.program and arguments.front,
            "--front is for a program to write, not for --program",
        ),
        (arguments.program and arguments.file, "--as is for a program to write, not for --program"),
        (
            arguments.program
            and any((arguments.kind, arguments.tag, arguments.name, arguments.project)),
            "--kind, --tag, --name and --project choose objects for a program to write, not for --program",
        ),
        (
            arguments.import_file and (arguments.apply or arguments.no_check),
            "--import-file imports nothing; leave out --apply and --no-check",
        ),
        (
            arguments.apply and not arguments.stack,
            "--apply needs --stack: the stack to import into",
        ),
        (
            arguments.no_check and not arguments.stack,
            "--no-check needs --stack: the check follows the import",
        ),
    ]
    for is_broken, message in rules:
        if is_broken:
            raise CommandError(message)
    readers = [arguments.from_terraform, arguments.from_stack, *arguments.state]
    refuse_second_stdin(readers)


def _adopted(arguments: argparse.Namespace) -> Outcome:
    from pulumi_scw_iam.adopt.flows import Options, adopt_into_folder  # noqa: PLC0415
    from pulumi_scw_iam.adopt.program_import import adopt_declared  # noqa: PLC0415
    from pulumi_scw_iam.adopt.pulumiverse import read_stack  # noqa: PLC0415
    from pulumi_scw_iam.adopt.survey import Selection  # noqa: PLC0415
    from pulumi_scw_iam.adopt.terraform import read_terraform  # noqa: PLC0415
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import attempting  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import parse_state  # noqa: PLC0415

    recordings = None
    for name, read in (
        (arguments.from_terraform, read_terraform),
        (arguments.from_stack, read_stack),
    ):
        if name is not None:
            recordings = read("stdin" if name == "-" else name, read_content(name))
    states = tuple(parse_state(name, read_content(name)) for name in arguments.state)
    with attempting("adopt the organization"):
        configured = Settings.resolve()
        settings = Settings.resolve(organization_id=arguments.organization)
        client = IamClient(settings)
        organization_id = client.default_organization_id
    options = Options(
        organization_id=organization_id,
        defaults={
            "organization_id": configured.organization_id,
            "project_id": configured.project_id,
        },
        states=states,
        selection=Selection(
            kinds=_kind_names(arguments.kind),
            tags=tuple(arguments.tag),
            names=tuple(arguments.name),
            projects=tuple(arguments.project),
        ),
        stack=arguments.stack,
        import_file=arguments.import_file,
        applies=arguments.apply,
        checks=not arguments.no_check,
        force=arguments.force,
        progress=print_on_stderr if sys.stderr.isatty() else lambda _: None,
        terminal=sys.stderr if sys.stderr.isatty() else None,
    )
    if arguments.program is not None:
        return adopt_declared(client, arguments.program, options)
    return adopt_into_folder(
        client,
        arguments.folder,
        options,
        front=arguments.front,
        file=arguments.file,
        recordings=recordings,
    )


def _kind_names(given: Sequence[str]) -> tuple[str, ...]:
    """Return the names of kinds, spelled like `api-key`, `API key` or `APIKey`."""
    from pulumi_scw_iam.adopt.survey import ADOPTED  # noqa: PLC0415
    from pulumi_scw_iam.kinds import KINDS  # noqa: PLC0415

    nouns = {dashed(KINDS[name].noun): name for name in ADOPTED}
    found = {**nouns, **{name.lower(): name for name in ADOPTED}}
    names = []
    for text in given:
        name = found.get(dashed(text).replace("_", "-"))
        if name is None:
            raise CommandError(
                f"unknown kind {quoted(text)}; use one of {', '.join(sorted(nouns))}"
            )
        names.append(name)
    return tuple(names)


COMMAND = Command(
    name="adopt",
    help="bring existing objects under code",
    add_arguments=_add_arguments,
    run=_run,
)
