"""`pulumi-scw-iam access check`: compare access with a file of expectations."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.access_source import add_source, load, warn
from pulumi_scw_iam.commands.command import Command, read_content, refuse_second_stdin
from pulumi_scw_iam.commands.streams import complain
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    import argparse

__all__ = ["CHECK"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Compare access with a file of expectations, in YAML, and print the paths of each violation."
    parser.epilog = "Exit status: 0 all expectations hold, 3 violations, 1 failed or incomplete."
    parser.add_argument("file", metavar="FILE", help="file of expectations; - reads stdin")
    add_source(parser)


def _run(arguments: argparse.Namespace) -> int:
    from pulumi_scw_iam.access.checking import check, result_json, result_lines  # noqa: PLC0415
    from pulumi_scw_iam.access.expectations import (  # noqa: PLC0415
        ExpectationError,
        parse_expectations,
    )
    from pulumi_scw_iam.access.model import Access  # noqa: PLC0415

    name = arguments.file
    refuse_second_stdin([name, *(arguments.state or ())])
    try:
        # Parsed first: a malformed file needs no call of the API.
        expectations = parse_expectations(read_content(name))
        access = Access(load(arguments))
        results = check(access, expectations)
    except ExpectationError as error:
        for problem in error.problems:
            complain(f"{name}:{problem.line}: {problem.message}")
        return 1
    if arguments.json:
        print(json.dumps([result_json(access, result) for result in results], indent=2))
    else:
        for line in result_lines(access, name, results):
            print(shown(line))
    is_incomplete = warn(access.world)
    if any(not result.holds for result in results):
        return 3
    return 1 if is_incomplete else 0


CHECK = Command(
    name="check",
    help="compare access with a file of expectations",
    add_arguments=_add_arguments,
    run=_run,
)
