"""`pulumi-scw-iam emulator`: serve the local IAM API."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.commands.command import Command, CommandError
from pulumi_scw_iam.commands.streams import print_on_stderr
from pulumi_scw_iam.common.formats import moment
from pulumi_scw_iam.common.signals import Shutdown

if TYPE_CHECKING:
    from datetime import datetime

    from pulumi_scw_iam.emulator import Emulator

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a local IAM API until SIGTERM or Ctrl-C. The first line on stdout is JSON with url, "
        "organization_id, project_id, access_key and secret_key, and with the api_keys declared in a "
        "seed file. Each request is logged as a line on stderr."
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="port; 0 chooses a free port (default: %(default)s)",
    )
    parser.add_argument(
        "--organization-id",
        metavar="ID",
        help="id of the organization, for programs with fixed ids (default: a random UUID)",
    )
    parser.add_argument(
        "--project-id",
        metavar="ID",
        help="id of the project in the first line, besides the default project"
        " (default: the id of the organization, which the default project always has)",
    )
    parser.add_argument("--state", metavar="FILE", help="keep the state in this SQLite file")
    parser.add_argument(
        "--quota",
        type=_quota,
        action="append",
        default=[],
        metavar="NAME=N",
        help="quota, such as iam_groups=50; repeatable (default: no quotas)",
    )
    parser.add_argument(
        "--enforce",
        action="store_true",
        help="enforce policies (default: every API key has all permissions)",
    )
    parser.add_argument(
        "--grant-delay",
        type=float,
        default=0,
        metavar="SECONDS",
        help="with --enforce, delay until a changed policy or group takes effect"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--client-ip",
        metavar="ADDRESS",
        help="address of all callers, for request.ip in conditions and for logs (default: the"
        " address of the connection)",
    )
    parser.add_argument(
        "--srn",
        action="store_true",
        help="return the srn of each object, as documented (default: responses as recorded)",
    )
    parser.add_argument(
        "--now",
        type=_instant,
        metavar="TIME",
        help="move the clock forward to this time, such as 2030-01-31T12:00:00Z",
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        action="append",
        default=[],
        metavar="FILE|NAME=N,...",
        help="objects for an empty state: a JSON file, or counts such as users=100,groups=20",
    )
    parser.add_argument(
        "--faults", type=_json, default=[], metavar="FILE", help="faults to inject: a JSON list"
    )
    parser.add_argument(
        "--rate-limit", type=float, metavar="N", help="return 429 above N requests per second"
    )
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="delay every response")
    parser.add_argument(
        "--lag", type=float, metavar="SECONDS", help="hide new objects from lists for this time"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; pass a number from 0 to 65535")
    return int(text)


def _quota(text: str) -> tuple[str, int]:
    name, _, limit = text.partition("=")
    if not limit.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} must look like iam_groups=50")
    return name, int(limit)


def _instant(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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


def _run(arguments: argparse.Namespace) -> int:
    with Shutdown() as shutdown, _started(arguments) as emulator:
        facts: dict[str, Any] = dict(emulator.facts)
        if arguments.now:
            try:
                emulator.advance(arguments.now - emulator.time)
            except ValueError as error:
                raise CommandError(f"--now {arguments.now:%Y-%m-%dT%H:%M:%SZ}: {error}") from None
        if emulator.fresh:
            for seed in arguments.seed:
                try:
                    seeded = emulator.seed(seed)
                except ValueError as error:
                    raise CommandError(f"cannot seed the emulator: {error}") from None
                if isinstance(seed.get("api_keys"), list):
                    facts.setdefault("api_keys", []).extend(seeded["api_keys"])
        print(json.dumps(facts), flush=True)
        shutdown.wait()
    return 0


def _started(arguments: argparse.Namespace) -> Emulator:
    """Start an emulator with the arguments of the command line, and return it."""
    try:
        from pulumi_scw_iam.emulator import (  # noqa: PLC0415 - an extra
            Emulator,
            Fault,
            FixedIdError,
            StateFileError,
            faults_from_json,
        )
    except ModuleNotFoundError as error:
        if error.name != "werkzeug":
            raise
        raise CommandError(
            "cannot start the emulator: werkzeug is not installed;"
            " run pip install 'pulumi-scw-iam[emulator]'"
        ) from None
    effects = {
        "latency": {"latency": arguments.latency},
        "lag": {"hidden_seconds": arguments.lag, "lists_only": True},
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
        return Emulator(
            host=arguments.host,
            port=arguments.port,
            organization_id=arguments.organization_id,
            project_id=arguments.project_id,
            state=arguments.state,
            quotas=dict(arguments.quota),
            faults=faults,
            enforce=arguments.enforce,
            grant_delay=arguments.grant_delay,
            client_ip=arguments.client_ip,
            access_log=print_on_stderr,
            srn=arguments.srn,
        )
    except FixedIdError as error:
        option = f"--{error.argument.replace('_', '-')}"
        raise CommandError(f"cannot start the emulator: {option}: {error.reason}") from None
    except (OSError, StateFileError, ValueError) as error:
        raise CommandError(f"cannot start the emulator: {error}") from None


COMMAND = Command(
    name="emulator", help="serve a local IAM API", add_arguments=_add_arguments, run=_run
)
