"""`pulumi-scw-iam exec`: run a command with an API key that expires, and remove the key afterwards."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.commands.command import Command, CommandError, add_organization
from pulumi_scw_iam.commands.streams import OnStderr, complain
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted, shown

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.api.types import APIKey, Application
    from pulumi_scw_iam.commands.child import ChildRunner

__all__ = ["COMMAND"]

_FAILED = 125
_NOT_EXECUTABLE = 126
_NOT_FOUND = 127
_BY_SIGNAL = 128
"""The statuses of a wrapper such as `env` or `timeout`. The command's own status must stay distinct."""

_MINUTE = timedelta(minutes=1)

_LONGEST_DESCRIPTION = 200
_LONGEST_WORD = 80

_REMOVAL_SECONDS = 20.0
"""The time limit for the retries of the removal. A user waits for it after Ctrl-C."""

_DROPPED = frozenset(
    {
        # A profile has keys of its own.
        "SCW_PROFILE",
        # The old names of the secret key, the access key and the organization in Scaleway's tools.
        "SCW_TOKEN",
        "SCW_ORGANIZATION",
        "SCALEWAY_ACCESS_KEY",
        "SCALEWAY_ORGANIZATION",
        "SCALEWAY_ORGANIZATION_ID",
        "SCALEWAY_PROJECT_ID",
        "SCALEWAY_SECRET_KEY",
        "SCALEWAY_TOKEN",
    }
)
"""Variables with other credentials, which the child must not get."""

_OF_PROFILE = {"default_region": "SCW_DEFAULT_REGION", "default_zone": "SCW_DEFAULT_ZONE"}
"""Variables by the key in a profile. The child would lose these values with SCW_PROFILE."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [-h] --application APPLICATION [OPTIONS] -- COMMAND [ARG ...]"
    parser.description = (
        "Run a command with a new API key of an application. The key is in the environment of the command"
        " only, expires, and is deleted when the command ends. Signals are passed on to the command."
    )
    parser.epilog = (
        "Exit status: the status of the command, 128+n if signal n ended it; 125 failed before the start,"
        " 126 command not executable, 127 command not found."
    )
    parser.add_argument("--application", required=True, help="bearer of the key: name or id")
    parser.add_argument(
        "--ttl",
        type=_ttl,
        default="1h",
        metavar="SPAN",
        help="lifetime of the key if it cannot be deleted: 30m, 2h, 1d (default: %(default)s)",
    )
    parser.add_argument(
        "--project",
        type=_project,
        metavar="ID",
        help="default project of the key and of the command (default: from the configuration)",
    )
    add_organization(parser)
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="-- COMMAND [ARG ...]",
        help="the command and its arguments",
    )


def _ttl(text: str) -> timedelta:
    try:
        return formats.span(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _project(text: str) -> str:
    try:
        return formats.uuid_of("project")(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class _Failed(CommandError):
    """A failure with an exit status of its own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _run_command(arguments)
    except _Failed as error:
        return complain(str(error), error.status)
    except CommandError as error:
        return complain(str(error), _FAILED)


def _run_command(arguments: argparse.Namespace) -> int:
    if os.name != "posix":
        raise CommandError(
            "exec needs the signals of Linux or macOS; on Windows, run it in the Windows Subsystem for Linux"
        )
    words = _words(arguments.command)
    path = _path(words[0])
    # Imported here: most commands call no API, and requests is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415
    from pulumi_scw_iam.api.settings import Settings  # noqa: PLC0415
    from pulumi_scw_iam.commands.child import ChildRunner, Interrupted  # noqa: PLC0415
    from pulumi_scw_iam.common.errors import IamError  # noqa: PLC0415
    from pulumi_scw_iam.core.reporting import show_user_log  # noqa: PLC0415

    show_user_log(OnStderr())
    try:
        settings = Settings.resolve(organization_id=arguments.organization)
        client = IamClient(settings)
    except IamError as error:
        raise CommandError(str(error)) from None
    with ChildRunner(client.cancel) as runner:
        try:
            application = _application(client, arguments.application)
            project_id = arguments.project or _own_project(
                settings, arguments.organization, application
            )
            key = _create(client, application, arguments.ttl, words[0], project_id)
            try:
                environ = _environ(settings, key, application, project_id)
                return runner.run(path, words, environ)
            except OSError as error:
                raise _not_started(words[0], error) from None
            finally:
                _remove(client, settings, key, runner)
        except (IamError, Interrupted) as error:
            raise _before_start(str(error), runner) from None
        finally:
            # Looks once more for the key of a call with a lost response.
            client.close()


def _words(given: list[str]) -> list[str]:
    """Return the command and its arguments, without the leading `--`."""
    if given[:1] != ["--"]:
        found = f", before {quoted(given[0])}" if given else ""
        raise _Failed(f"exec: put -- and the command last{found}: exec OPTIONS -- COMMAND", 2)
    if len(given) == 1:
        raise _Failed("exec: there is no command after --", 2)
    return given[1:]


def _path(word: str) -> str:
    """Return the path of a command, so that no key is created for a wrong command."""
    path = shutil.which(word)
    if path:
        return path
    if (os.sep in word and Path(word).exists()) or shutil.which(word, os.F_OK):
        raise _Failed(f"{quoted(word)}: not executable", _NOT_EXECUTABLE)
    raise _Failed(f"{quoted(word)}: command not found", _NOT_FOUND)


def _not_started(word: str, error: OSError) -> _Failed:
    if isinstance(error, FileNotFoundError):
        return _Failed(f"{quoted(word)}: its interpreter was not found", _NOT_FOUND)
    return _Failed(f"{quoted(word)}: {error.strerror}", _NOT_EXECUTABLE)


def _before_start(line: str, runner: ChildRunner) -> _Failed:
    """Return a failure before the start of the command; the status names a signal, if one arrived."""
    signal_number = runner.received
    return _Failed(line, _FAILED if signal_number is None else _BY_SIGNAL + signal_number)


def _application(client: IamClient, given: str) -> Application:
    """Return the application with an id or a unique name. Raises IamError."""
    from pulumi_scw_iam.common.errors import attempting  # noqa: PLC0415 - as above
    from pulumi_scw_iam.core.find import find_one  # noqa: PLC0415

    try:
        application_id = formats.uuid_of("application")(given)
    except ValueError:
        application_id = ""
    with attempting(f"find application {quoted(given)}"):
        if application_id:
            return client.get_application(application_id)
        return find_one(
            client.list_applications,
            "name",
            given,
            place=f"organization {client.default_organization_id}",
            filters={"name": given},
        )


def _own_project(
    settings: Settings, organization_id: str | None, application: Application
) -> str | None:
    """Return the configured project, unless the application belongs to another organization."""
    of_configuration = organization_id is None
    if of_configuration and settings.organization_id in {None, application["organization_id"]}:
        return settings.project_id
    return None


def _create(
    client: IamClient,
    application: Application,
    ttl: timedelta,
    word: str,
    project_id: str | None,
) -> APIKey:
    """Create the key. Raises IamError; no key is left then, or the message says how to find the key."""
    from pulumi_scw_iam.common.errors import attempting  # noqa: PLC0415 - as above

    with attempting(f"create an API key of application {quoted(application['name'])}"):
        _check_longest(client, application["organization_id"], ttl)
        return client.create_api_key(
            application_id=application["id"],
            description=_description(word),
            # By the API's clock, so a wrong local clock neither shortens nor extends the life.
            expires_at=formats.instant((client.now + ttl).isoformat()),
            default_project_id=project_id,
        )


def _check_longest(client: IamClient, organization_id: str, ttl: timedelta) -> None:
    """Raise Refused if the organization does not allow keys with this lifetime."""
    from pulumi_scw_iam.common.errors import PermissionDenied, Refused  # noqa: PLC0415 - as above

    try:
        limits = client.get_organization_security_settings(organization_id)
    except PermissionDenied:
        return  # the API enforces its limit
    longest = limits["max_api_key_expiration_duration"]
    most = formats.limit(longest)
    if most and ttl > most:
        raise Refused(
            f"organization {organization_id} allows API keys to last {longest} at most",
            hint=f"pass --ttl {formats.spelled(most // _MINUTE * _MINUTE)}"
            if most >= _MINUTE
            else "",
        )


def _description(word: str) -> str:
    """Describe the key: the command without its arguments, which may contain secrets, and the machine."""
    name = shown(Path(word).name or word)[:_LONGEST_WORD]
    return f"pulumi-scw-iam exec: {name} on {shown(socket.gethostname())[:_LONGEST_WORD]}"


def _environ(
    settings: Settings, key: APIKey, application: Application, project_id: str | None
) -> dict[str, str]:
    """Return the environment of the command: the caller's, with the new key instead of other credentials.

    SCW_CONFIG_PATH stays, because variables precede the file, and the file has the region and the zone.
    """
    from pulumi_scw_iam.api.settings import SETTINGS  # noqa: PLC0415 - as above

    secret_key = key["secret_key"]
    if not secret_key:
        raise CommandError(f"the API returned API key {key['access_key']} without its secret key")
    values = {
        "access_key": key["access_key"],
        "secret_key": secret_key,
        "organization_id": application["organization_id"],
        "project_id": project_id,
        "api_url": _api_url(settings),
    }
    variables = {SETTINGS[name].environment: value for name, value in values.items()}
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED and name not in variables
    }
    for name, value in _of_profile().items():
        environ[name] = environ.get(name) or value
    return environ | {name: value for name, value in variables.items() if name and value}


def _api_url(settings: Settings) -> str | None:
    """Return the URL of the API if it is configured.

    Without SCW_PROFILE, the file may lead the command to the URL of another profile.
    """
    from pulumi_scw_iam.api.parsers import API_URL  # noqa: PLC0415 - as above

    chosen = os.environ.get("SCW_PROFILE") or settings.api_url != API_URL
    return settings.api_url if chosen else None


def _of_profile() -> dict[str, str]:
    """Return the variables for the region and the zone of the profile in SCW_PROFILE."""
    from pulumi_scw_iam.api.profiles import Found, profile_layers  # noqa: PLC0415 - as above

    profile = os.environ.get("SCW_PROFILE")
    if not profile:
        return {}
    layers = profile_layers(os.environ, Found("SCW_PROFILE in the environment", profile))
    found: dict[str, str] = {}
    for key, variable in _OF_PROFILE.items():
        value = next((values[key] for _, values in layers if values.get(key)), None)
        if isinstance(value, str):
            found[variable] = value
    return found


def _remove(client: IamClient, settings: Settings, key: APIKey, runner: ChildRunner) -> None:
    """Delete the key. A failure is a line on stderr, and changes no exit status."""
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415 - as above
    from pulumi_scw_iam.common.errors import IamError, NotFound  # noqa: PLC0415 - as above

    access_key = key["access_key"]
    try:
        if runner.received is None:
            with suppress(NotFound), client.bounded(_REMOVAL_SECONDS):
                client.delete_api_key(access_key)
        else:
            # The client is cancelled and waits for nothing. A 404 could be the lag of the API.
            client = IamClient(settings)
            with client.bounded(_REMOVAL_SECONDS):
                client.delete_api_key(access_key)
    except IamError as error:
        complain(
            f"API key {access_key} is not deleted, and expires at {key['expires_at']}: {error.aside};"
            f" delete it now with `pulumi-scw-iam delete api-key {access_key}`"
        )


COMMAND = Command(
    name="exec",
    help="run a command with an API key that expires",
    add_arguments=_add_arguments,
    run=_run,
)
