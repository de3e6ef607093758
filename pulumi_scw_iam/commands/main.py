"""The command `pulumi-scw-iam`."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pulumi_scw_iam import __version__
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
from pulumi_scw_iam.common.signals import Shutdown
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_scw_iam.emulator import Emulator


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand, and return the exit status: 1 for what one line on stderr explains."""
    _prepare_streams()
    try:
        try:
            return _run(argv)
        finally:
            # Not left to the interpreter, which would print a traceback of its own.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `head` does: that is its right, and no news to the user.
        _discard(sys.stdout)
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return _complain("interrupted", 128 + signal.SIGINT)
    except OSError as error:
        _discard(sys.stdout)
        return _complain(f"cannot write to stdout: {error.strerror or error}")


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="pulumi-scw-iam", description="Scaleway IAM in Pulumi.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_emulator(commands.add_parser("emulator", help="serve a local IAM API"))
    _add_permission_sets(
        commands.add_parser("permission-sets", help="list or refresh the known permission sets")
    )
    _add_guardrails(
        commands.add_parser("guardrails", help="list the guardrails of the policy pack")
    )
    _add_path(commands.add_parser("path", help="print where the plugin or the policy pack is"))
    _add_doctor(commands.add_parser("doctor", help="find what failed updates left behind"))
    _add_delete(commands.add_parser("delete", help="delete one object"))
    arguments = parser.parse_args(argv)
    if sys.stdout is None:
        return _complain("cannot write to stdout: it is closed")
    try:
        return int(arguments.run(arguments))
    except _Failure as failure:
        return _complain(str(failure))


def _prepare_streams() -> None:
    """Make stderr a file in any case, and let stdout escape what its encoding does not have."""
    if sys.stderr is None:
        # `print` would take stdout in its place, and the next file that is opened its descriptor.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Let a stream lead nowhere, so that neither what it holds back nor what follows fails."""
    with suppress(OSError, ValueError):  # a stream that is no file has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _complain(message: str, status: int = 1) -> int:
    """Print one line on stderr, if anybody reads it, and return the status."""
    _print_on_stderr(f"pulumi-scw-iam: {message}")
    return status


def _print_on_stderr(line: str) -> None:
    # In one write: two would let the lines of threads run into each other.
    try:
        print(f"{shown(line)}\n", end="", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


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
    with Shutdown() as ending, _started(arguments) as emulator:
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
        ending.wait()
    return 0


def _started(arguments: argparse.Namespace) -> Emulator:
    try:
        from pulumi_scw_iam.emulator import Emulator, Fault, StateFileError, faults_from_json  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "werkzeug":
            raise
        raise _Failure(
            "the emulator needs an extra: pip install 'pulumi-scw-iam[emulator]'"
        ) from None
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
        return Emulator(
            host=arguments.host,
            port=arguments.port,
            state=arguments.state,
            quotas=dict(arguments.quota),
            faults=faults,
            enforce=arguments.enforce,
            grant_delay=arguments.grant_delay,
            access_log=_print_on_stderr,
        )
    except (OSError, StateFileError, ValueError) as error:
        raise _Failure(f"cannot start the emulator: {error}") from None


def _add_permission_sets(parser: argparse.ArgumentParser) -> None:
    parser.description = "Print the permission sets that are known without asking the API: name, scope type, product."
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="ask the API, keep what it answers for this user, and print what has changed",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="with --refresh, write to this file instead"
    )
    parser.set_defaults(run=_permission_sets)


def _permission_sets(arguments: argparse.Namespace) -> int:
    if arguments.refresh:
        return _refresh(arguments)
    if arguments.output is not None:
        raise _Failure("--output needs --refresh, which is what it writes")
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
    # Imported here: the other commands ask no API, and requests is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415

    old = catalogue()
    try:
        path = arguments.output or own_file()
        with attempting("refresh the permission sets"):
            live = list(IamClient(Settings.resolve()).list_permission_sets(order_by="name_asc"))
    except IamError as error:
        raise _Failure(str(error)) from None
    except RuntimeError:
        raise _Failure(
            f"there is no home directory; pass --output or set {FILE_VARIABLE}"
        ) from None
    if not live:
        raise _Failure("the API named no permission sets, so the catalogue is left as it was")
    new = refreshed(old, live, datetime.now(timezone.utc).date())
    try:
        write(new, path)
    except OSError as error:
        raise _Failure(f"cannot write {path}: {error.strerror}") from None
    catalogue.cache_clear()
    found = changes(old, new)
    if arguments.json:
        facts = {
            "file": str(path),
            "as_of": new.as_of,
            "added": [entry._asdict() for entry in found.added],
            "gone": [entry.name for entry in found.gone],
            "scope_type_changed": [
                {"name": is_now.name, "from": was.scope_type, "to": is_now.scope_type}
                for was, is_now in found.rescoped
            ],
        }
        print(json.dumps(facts, indent=2))
        return 0
    for entry in found.added:
        print(shown(f"added: {entry.name} ({entry.scope_type})"))
    for entry in found.gone:
        print(shown(f"gone: {entry.name} ({entry.scope_type})"))
    for was, is_now in found.rescoped:
        line = f"scope type: {is_now.name} is {is_now.scope_type}, was {was.scope_type}"
        print(shown(line))
    print(f"wrote {len(new.by_name)} permission sets as of {new.as_of} to {path}")
    return 0


def _add_guardrails(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the guardrails of the policy pack: id, level, severity, what each one wants."
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with all there is to know")
    parser.set_defaults(run=_guardrails)


def _guardrails(arguments: argparse.Namespace) -> int:
    # Imported here: the other commands need no rules.
    from pulumi_scw_iam.guardrails import GUARDRAILS  # noqa: PLC0415

    if arguments.json:
        print(
            json.dumps([rule.facts for rule in GUARDRAILS.values()], indent=2, ensure_ascii=False)
        )
        return 0
    width = max(len(name) for name in GUARDRAILS)
    print(f"# {len(GUARDRAILS)} guardrails; a * is one that the level remediate mends")
    for rule in GUARDRAILS.values():
        star = "*" if rule.remediable else ""
        print(f"{rule.id + star:{width + 1}}  {rule.level:9}  {rule.severity:8}  {rule.wants}")
    return 0


_FOLDERS = {"plugin": "plugin", "policy-pack": "policy_pack"}


def _add_path(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Print the path of a folder of this package: plugin for `pulumi package add`, policy-pack for"
        " `pulumi up --policy-pack`."
    )
    parser.add_argument("folder", choices=_FOLDERS)
    parser.set_defaults(run=_path)


def _path(arguments: argparse.Namespace) -> int:
    folder = files("pulumi_scw_iam") / _FOLDERS[arguments.folder]
    if not isinstance(folder, Path):
        raise _Failure(
            "the package is inside an archive, where Pulumi cannot read the folder; install it with pip"
        )
    print(folder)
    return 0


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find what failed updates left behind: objects that pulumi-scw-iam has made, that still exist"
        " and that no given state knows. Nothing is written."
    )
    parser.epilog = "Exit status: 0 nothing found, 3 something found, 1 could not look."
    parser.add_argument(
        "states",
        nargs="*",
        metavar="STATE",
        help="what `pulumi stack export` prints, or a checkpoint file; - is stdin",
    )
    parser.add_argument(
        "--since", type=_since, default="30d", metavar="SPAN", help="12h, 7d, 4w (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_organization(parser)
    parser.set_defaults(run=_doctor)


def _add_delete(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show one object, ask, and delete it."
    parser.add_argument("kind", metavar="KIND", help="a noun such as group, api-key or ssh-key")
    parser.add_argument("id", metavar="ID", help="its id; of an API key, the access key")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _add_organization(parser)
    parser.set_defaults(run=_delete)


def _add_organization(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organization", metavar="ID", help="its id (the configured one)")


def _since(text: str) -> datetime:
    from pulumi_scw_iam.doctor.examine import since  # noqa: PLC0415 - the other commands need no kinds

    try:
        return since(text, datetime.now(timezone.utc))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _doctor(arguments: argparse.Namespace) -> int:
    # Imported here: the other commands ask no API, and requests is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError, attempting  # noqa: PLC0415
    from pulumi_scw_iam.doctor import examine  # noqa: PLC0415

    if arguments.states.count("-") > 1:
        raise _Failure("- is stdin, which can be read only once")
    try:
        states = [examine.parsed(name, _content(name)) for name in arguments.states]
        with attempting("look for what was left behind"):
            settings = Settings.resolve(organization_id=arguments.organization)
            client = IamClient(settings)
            organization_id = client.default_organization_id
        report = examine.examine(client, organization_id, states, arguments.since)
    except (IamError, examine.StateError) as error:
        raise _Failure(str(error)) from None
    if arguments.json:
        print(json.dumps(examine.facts(report, arguments.organization), indent=2))
    else:
        for line in examine.told(report, arguments.organization):
            print(shown(line))
    for line in report.not_listed:
        _complain(line)
    if report.not_listed:
        return 1
    return 0 if report.nothing else 3


def _content(name: str) -> bytes:
    try:
        if name == "-":
            if sys.stdin is None:
                raise _Failure("-: stdin is closed")
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except OSError as error:
        raise _Failure(f"{name}: {error.strerror}") from None


def _delete(arguments: argparse.Namespace) -> int:
    # Imported here: the other commands ask no API, and requests is slow to load.
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError  # noqa: PLC0415
    from pulumi_scw_iam.core.provider import ProviderCore, show_user_log  # noqa: PLC0415
    from pulumi_scw_iam.doctor import examine  # noqa: PLC0415

    show_user_log(_OnStderr())
    front = ProviderCore(lambda: Settings.resolve(organization_id=arguments.organization))
    try:
        wanted = examine.target(front, examine.kind_called(arguments.kind), arguments.id)
        if not arguments.yes and not _agreed(f"delete {wanted.title}?"):
            raise _Failure(f"{wanted.title}: was not deleted")
        examine.delete(front, wanted)
    except IamError as error:
        raise _Failure(str(error)) from None
    print(shown(f"deleted {wanted.title}"))
    return 0


def _agreed(question: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise _Failure(f"{question} there is no terminal to ask on; pass --yes")
    try:
        return input(shown(f"{question} [y/N] ")).strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        print()
        return False


class _OnStderr(logging.Handler):
    """Shows what is no error and is to be known all the same."""

    def emit(self, record: logging.LogRecord) -> None:
        _complain(record.getMessage())
