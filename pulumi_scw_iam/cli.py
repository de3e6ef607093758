"""The command `pulumi-scw-iam`."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand, and return the exit status: 1 for what one line on stderr explains."""
    parser = argparse.ArgumentParser(prog="pulumi-scw-iam", description="Scaleway IAM in Pulumi.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_emulator(commands.add_parser("emulator", help="serve a local IAM API"))
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except _Failure as failure:
        print(f"pulumi-scw-iam: {failure}", file=sys.stderr)
        return 1


class _Failure(Exception):
    """A command cannot do its work; the message says why, in one line."""


def _add_emulator(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a local IAM API until SIGTERM or Ctrl-C. The first line on stdout is JSON with url, "
        "organization_id, project_id, access_key and secret_key; each request is a line on stderr."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument("--state", metavar="FILE", help="keep everything in this SQLite file")
    parser.add_argument(
        "--quota",
        type=_quota,
        action="append",
        default=[],
        metavar="NAME=N",
        help="limit, such as iam_groups=50; may be repeated (no limits)",
    )
    parser.set_defaults(run=_emulator)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def _quota(text: str) -> tuple[str, int]:
    name, _, limit = text.partition("=")
    if not limit.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} must look like iam_groups=50")
    return name, int(limit)


def _emulator(arguments: argparse.Namespace) -> int:
    try:
        from pulumi_scw_iam.emulator import Emulator, StateFileError  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "werkzeug":
            raise
        raise _Failure(
            "the emulator needs an extra: pip install 'pulumi-scw-iam[emulator]'"
        ) from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        emulator = Emulator(
            host=arguments.host,
            port=arguments.port,
            state=arguments.state,
            quotas=dict(arguments.quota),
            access_log=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except (OSError, StateFileError, ValueError) as error:
        raise _Failure(f"cannot start the emulator: {error}") from None
    with emulator:
        facts = ("url", "organization_id", "project_id", "access_key", "secret_key")
        print(json.dumps({name: getattr(emulator, name) for name in facts}), flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
