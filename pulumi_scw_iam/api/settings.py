"""Credentials and defaults: where they are looked for, and what they must look like.

Each setting is declared once, in `SETTINGS`. It is looked for in the call's argument, in the stack's
configuration, in the environment, and in the profile of the file that all of Scaleway's tools share.
An empty value counts as none, as an unset secret of a pipeline is.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import ConfigError
from pulumi_scw_iam.common.formats import Format
from pulumi_scw_iam.common.words import invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["PROFILE", "SETTINGS", "Setting", "Settings", "found", "sources"]

API_URL = "https://api.scaleway.com"

_TOP_LEVEL = "default"

_ACCESS_KEY = re.compile(r"SCW[0-9A-Z]{17}", re.IGNORECASE)
_SECRET_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:\d{1,5})?(/[\w.~-]+)*",
    re.ASCII,
)
_PRINTABLE = re.compile(r"[!-~]+( [!-~]+)*")


# The messages never quote a key: whoever mixes the two up must not find the secret one in a log.
def _access_key(text: str) -> str:
    if not _ACCESS_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the secret key" if _SECRET_KEY.fullmatch(text) else ""
        raise ValueError(f"is not an access key, which is SCW and 17 letters or digits{hint}")
    return text


def _secret_key(text: str) -> str:
    if not _SECRET_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the access key" if _ACCESS_KEY.fullmatch(text) else ""
        raise ValueError(f"is not a secret key, which is a UUID{hint}")
    return text


def _refuse_invisible(text: str) -> None:
    if (character := invisible(text)) is not None:
        raise ValueError(f"contains {character}, which cannot be seen; set the key without it")


def _api_url(text: str) -> str:
    url = text.removesuffix("/")
    if not _URL.fullmatch(url):
        raise ValueError(f"is not the address of an API, such as {API_URL}")
    return url


def _is_local(url: str) -> bool:
    """Whether an address is of this machine, so that what is sent to it stays here."""
    match = _URL.fullmatch(url)
    host = match["host"].strip("[]") if match else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)


def _seconds(text: str) -> str:
    if not _SECONDS.fullmatch(text) or float(text) <= 0:
        raise ValueError("is not a number of seconds above 0, such as 30")
    return text


def _suffix(text: str) -> str:
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("is not a line of printable ASCII")
    return text


def _yes_or_no(text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text.lower()


_NAMES = re.compile(r"\w+(\s*,\s*\w+)*", re.ASCII)


def _names(text: str) -> str:
    if not _NAMES.fullmatch(text.strip()):
        raise ValueError("is not a list of names with commas between them")
    return ",".join(name.strip() for name in text.split(","))


def _anything(text: str) -> str:
    return text


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: its names in the places where it is looked for, and its form."""

    name: str
    """The argument, and the attribute of `Settings`."""
    description: str
    config_key: str
    """In the stack's configuration."""
    environment: str | None = None
    profile_key: str | None = None
    format: Format = _anything
    secret: bool = False


PROFILE = Setting(
    name="profile",
    description="Profile of the file that Scaleway's tools share.",
    config_key="scw-iam:profile",
    environment="SCW_PROFILE",
)

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            name="access_key",
            description="Access key, the public half of the API key.",
            config_key="scw-iam:accessKey",
            environment="SCW_ACCESS_KEY",
            profile_key="access_key",
            format=_access_key,
        ),
        Setting(
            name="secret_key",
            description="Secret key, the secret half of the API key.",
            config_key="scw-iam:secretKey",
            environment="SCW_SECRET_KEY",
            profile_key="secret_key",
            format=_secret_key,
            secret=True,
        ),
        Setting(
            name="api_url",
            description="Address of the API.",
            config_key="scw-iam:apiUrl",
            environment="SCW_API_URL",
            profile_key="api_url",
            format=_api_url,
        ),
        Setting(
            name="organization_id",
            description="Organization of resources that do not name one.",
            config_key="scw-iam:organizationId",
            environment="SCW_DEFAULT_ORGANIZATION_ID",
            profile_key="default_organization_id",
            format=formats.uuid_of("organization"),
        ),
        Setting(
            name="project_id",
            description="Project of resources that do not name one.",
            config_key="scw-iam:projectId",
            environment="SCW_DEFAULT_PROJECT_ID",
            profile_key="default_project_id",
            format=formats.uuid_of("project"),
        ),
        Setting(
            name="user_agent_suffix",
            description="What the User-Agent of each call ends with.",
            config_key="scw-iam:userAgentSuffix",
            format=_suffix,
        ),
        Setting(
            name="allow_self_lockout",
            description="`true` allows changes that take from the API key that runs the program what"
            " it needs to manage IAM.",
            config_key="scw-iam:allowSelfLockout",
            format=_yes_or_no,
        ),
        Setting(
            name="allow_unknown_permission_sets",
            description="Names of permission sets that exist though no list has them, such as those of a"
            " beta; with commas between them.",
            config_key="scw-iam:allowUnknownPermissionSets",
            format=_names,
        ),
        Setting(
            name="trust_policy_timestamps",
            description="`true` reads the rules of a policy in a refresh only if its `updated_at` or the"
            " number of its rules says that they changed: fewer calls for hundreds of policies.",
            config_key="scw-iam:trustPolicyTimestamps",
            format=_yes_or_no,
        ),
        Setting(
            name="request_timeout",
            description="How long to wait for the next bytes of an answer of the API, in seconds; 30 by default."
            " The whole answer may take four times as long.",
            config_key="scw-iam:requestTimeout",
            environment="PULUMI_SCW_IAM_REQUEST_TIMEOUT",
            format=_seconds,
        ),
        Setting(
            name="retry_timeout",
            description="How long to try a call again that fails, in seconds; 120 by default. The waits"
            " between the tries grow and shrink with it.",
            config_key="scw-iam:retryTimeout",
            environment="PULUMI_SCW_IAM_RETRY_TIMEOUT",
            format=_seconds,
        ),
        Setting(
            name="allow_http",
            description="`true` allows an API address without TLS that is not of this machine; the"
            " secret key is then sent unencrypted.",
            config_key="scw-iam:allowHttp",
            environment="PULUMI_SCW_IAM_ALLOW_HTTP",
            format=_yes_or_no,
        ),
    )
}
"""All settings but `profile`, which only chooses among them."""


def sources(name: str) -> str:
    """The places where a setting can be set, for the end of a sentence: "a, B or c in the profile"."""
    setting = SETTINGS[name]
    places = [setting.config_key]
    if setting.environment:
        places.append(setting.environment)
    if setting.profile_key:
        places.append(f"{setting.profile_key} in the profile")
    *first, last = places
    return f"{', '.join(first)} or {last}" if first else last


def _no_config(key: str) -> None:
    del key


def found(name: str, pulumi_config: Callable[[str], str | None]) -> str | None:
    """Return one setting, looked up as `Settings.resolve` does; None if it is not set or malformed."""
    try:
        search = _Search(arguments={}, pulumi_config=pulumi_config, environ=os.environ)
        setting = search.find(SETTINGS[name])
    except ConfigError:
        return None  # `resolve` tells it
    return setting.value if setting else None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a client needs to know. It refuses to be pickled, so that no key gets into a state."""

    secret_key: str = field(repr=False)
    access_key: str | None = None
    api_url: str = API_URL
    organization_id: str | None = None
    project_id: str | None = None
    user_agent_suffix: str | None = None
    allow_self_lockout: str | None = None
    """"true", or none."""
    allow_unknown_permission_sets: str | None = None
    trust_policy_timestamps: str | None = None
    request_timeout: str = "30"
    retry_timeout: str = "120"
    allow_http: str | None = None
    keys_apart: str | None = None
    """Where the access key and the secret key come from, if that is not one place: they may be of two API
    keys."""

    @property
    def is_local(self) -> bool:
        """Whether the API is on this machine, so that what is sent to it stays here."""
        return _is_local(self.api_url)

    @classmethod
    def resolve(
        cls,
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        api_url: str | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
        profile: str | None = None,
        user_agent_suffix: str | None = None,
        allow_self_lockout: str | None = None,
        pulumi_config: Callable[[str], str | None] = _no_config,
        environ: Mapping[str, str] = os.environ,
    ) -> Settings:
        """Look each setting up: arguments, `pulumi_config` (by key), `environ`, the profile.

        The profile's file is $SCW_CONFIG_PATH, or `scw/config.yaml` in $XDG_CONFIG_HOME or ~/.config;
        its keys at top level hold for all profiles that do not set them. It is read only when
        something is not found before, or when a profile is asked for by name.

        Raises ConfigError for a value that is malformed, a profile or a file that is asked for and
        does not exist, and when there is no secret key.
        """
        search = _Search(
            arguments={
                "access_key": access_key,
                "secret_key": secret_key,
                "api_url": api_url,
                "organization_id": organization_id,
                "project_id": project_id,
                "profile": profile,
                "user_agent_suffix": user_agent_suffix,
                "allow_self_lockout": allow_self_lockout,
            },
            pulumi_config=pulumi_config,
            environ=environ,
        )
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        for name, setting in SETTINGS.items():
            if found := search.find(setting):
                values[name], places[name] = found.value, found.place
        if "secret_key" not in values:
            looked = ", ".join(place for place, _ in search.places(SETTINGS["secret_key"]))
            raise ConfigError(f"there is no secret key; looked for {looked}")
        if "access_key" in values and _source(places["access_key"]) != _source(
            places["secret_key"]
        ):
            values["keys_apart"] = f"{places['access_key']} and {places['secret_key']}"
        settings = cls(**values)
        if not (
            settings.api_url.startswith("https:")
            or settings.is_local
            or settings.allow_http == "true"
        ):
            raise ConfigError(
                f"{places['api_url']}: would send the secret key unencrypted; use https"
                f" (or set {SETTINGS['allow_http'].config_key}, if the network is yours)"
            )
        return settings

    def __reduce__(self) -> NoReturn:
        raise TypeError("Settings hold the secret key, and are never pickled")


def _source(place: str) -> str:
    """Return the place without what the setting is called there."""
    return place.partition(" in ")[2]


class _Found(NamedTuple):
    place: str
    value: str


class _Search:
    """One look through all places."""

    def __init__(
        self,
        arguments: Mapping[str, str | None],
        pulumi_config: Callable[[str], str | None],
        environ: Mapping[str, str],
    ) -> None:
        self._arguments = arguments
        self._pulumi_config = pulumi_config
        self._environ = environ
        self._asked = self.find(PROFILE)
        # A profile that is asked for by name must exist, even when nothing is taken from it.
        self._layers = self._load() if self._asked else None

    def find(self, setting: Setting) -> _Found | None:
        for place, value in self.places(setting):
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise ConfigError(f"{place}: is not a text; put it into quotes")
            try:
                return _Found(place, setting.format(value))
            except ValueError as wrong:
                reason = str(wrong)
            raise ConfigError(f"{place}: {reason}")
        return None

    def places(self, setting: Setting) -> Iterator[tuple[str, object]]:
        argument = self._arguments.get(setting.name)
        if argument is not None:
            yield f"the argument {setting.name}", argument
        yield f"{setting.config_key} in the configuration", self._pulumi_config(setting.config_key)
        if setting.environment:
            yield (
                f"{setting.environment} in the environment",
                self._environ.get(setting.environment),
            )
        if setting.profile_key:
            if self._layers is None:
                self._layers = self._load()
            for layer, values in self._layers:
                yield f"{setting.profile_key} in {layer}", values.get(setting.profile_key)

    def _load(self) -> list[tuple[str, Mapping[str, object]]]:
        """The maps of the profile's file that count, the particular one first, and their names."""
        asked = self._asked
        path, named = self._file()
        content = _read(path)
        if content is None:
            if named:
                raise ConfigError(f"SCW_CONFIG_PATH in the environment: there is no file {path}")
            if asked and asked.value != _TOP_LEVEL:
                raise ConfigError(
                    f'{asked.place}: "{asked.value}" needs {path}, which does not exist'
                )
            return [(f"{path}, which does not exist", {})]
        profiles = _mapping(content.get("profiles"), f"profiles in {path}")
        active = content.get("active_profile")
        chosen = asked or _Found(f"active_profile in {path}", str(active or _TOP_LEVEL))
        if chosen.value in profiles:
            layer = f'profile "{chosen.value}" of {path}'
            return [(layer, _mapping(profiles[chosen.value], layer)), (str(path), content)]
        if chosen.value == _TOP_LEVEL:
            return [(str(path), content)]
        has = ", ".join(map(str, profiles)) or "none"
        raise ConfigError(
            f'{chosen.place}: there is no profile "{chosen.value}" in {path}; profiles: {has}'
        )

    def _file(self) -> tuple[Path, bool]:
        """The path of the profiles' file, and whether it was asked for."""
        if named := self._environ.get("SCW_CONFIG_PATH"):
            return Path(named), True
        if base := self._environ.get("XDG_CONFIG_HOME"):
            return Path(base, "scw", "config.yaml"), False
        home = self._environ.get("HOME") or Path.home()
        return Path(home, ".config", "scw", "config.yaml"), False


def _read(path: Path) -> Mapping[str, object] | None:
    """The file's content; None when there is no file."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror
    else:
        # Imported here: many programs find all they need before, and never read a file.
        import yaml  # noqa: PLC0415

        try:
            return _mapping(yaml.safe_load(raw), str(path))
        except (yaml.YAMLError, ValueError) as error:
            # The parser's own words quote the file, which holds a secret key.
            mark = getattr(error, "problem_mark", None)
            reason = f"it is not YAML, see line {mark.line + 1}" if mark else "it is not YAML"
    raise ConfigError(f"{path} cannot be read: {reason}")


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{place}: is not a list of keys and values")
    return value
