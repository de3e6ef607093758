"""The command `pulumi-scw-iam`."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        "organization_id, project_id, access_key and secret_key, and the api_keys that a seed names "
        "one by one; each request is a line on stderr."
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
    parser.add_argument(
        "--enforce",
        action="store_true",
        help="allow bearers what their policies allow (everything)",
    )
    parser.add_argument(
        "--grant-delay",
        type=float,
        default=0,
        metavar="SECONDS",
        help="with --enforce, time before a change of policies or members counts (%(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        action="append",
        default=[],
        metavar="FILE|NAME=N,...",
        help="what an empty state begins with: a JSON file, or numbers such as users=100,groups=20",
    )
    parser.add_argument(
        "--faults", type=_json, default=[], metavar="FILE", help="JSON list of what goes wrong when"
    )
    parser.add_argument(
        "--rate-limit", type=float, metavar="N", help="answer 429 beyond N requests a second"
    )
    parser.add_argument(
        "--latency", type=float, metavar="SECONDS", help="let every answer take so much longer"
    )
    parser.add_argument(
        "--lag", type=float, metavar="SECONDS", help="hide what is created from reads for so long"
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


def _json(path: str) -> Any:
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise argparse.ArgumentTypeError(f"{path}: is not JSON") from None


def _seed(text: str) -> Any:
    if "=" not in text:
        return _json(text)
    parts = [part.partition("=") for part in text.split(",")]
    if not all(number.isdecimal() for _, _, number in parts):
        raise argparse.ArgumentTypeError(f"{text!r} must look like users=100,groups=20")
    return {name: int(number) for name, _, number in parts}


def _emulator(arguments: argparse.Namespace) -> int:
    try:
        from pulumi_scw_iam.emulator import (  # noqa: PLC0415 - an extra
            Emulator,
            Fault,
            StateFileError,
            faults_from_json,
        )
    except ModuleNotFoundError as error:
        if error.name != "werkzeug":
            raise
        raise _Failure(
            "the emulator needs an extra: pip install 'pulumi-scw-iam[emulator]'"
        ) from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    effects = {
        "latency": {"latency": arguments.latency},
        "lag": {"hidden_seconds": arguments.lag},
        "rate_limit": {"per_second": arguments.rate_limit, "status": 429},
    }
    try:
        faults = [
            *faults_from_json(arguments.faults),
            *(
                Fault(**effect)
                for name, effect in effects.items()
                if getattr(arguments, name) is not None
            ),
        ]
        emulator = Emulator(
            host=arguments.host,
            port=arguments.port,
            state=arguments.state,
            quotas=dict(arguments.quota),
            faults=faults,
            enforce=arguments.enforce,
            grant_delay=arguments.grant_delay,
            access_log=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except (OSError, StateFileError, ValueError) as error:
        raise _Failure(f"cannot start the emulator: {error}") from None
    with emulator:
        facts: dict[str, Any] = dict(emulator.facts)
        if emulator.fresh:
            for wanted in arguments.seed:
                try:
                    made = emulator.seed(wanted)
                except ValueError as error:
                    raise _Failure(f"cannot seed the emulator: {error}") from None
                if isinstance(wanted.get("api_keys"), list):
                    facts.setdefault("api_keys", []).extend(made["api_keys"])
        print(json.dumps(facts), flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
