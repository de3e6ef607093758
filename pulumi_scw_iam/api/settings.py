"""Credentials and defaults of a client.

Each setting is declared once, as a field of `Settings` with a `Setting` in its annotation. The lookup goes
through the arguments, the stack's configuration, the environment and a profile of `scw/config.yaml`. The first
text is parsed, once, into the type of the field. An empty text counts as none: pipelines set unset secrets so.
"""

from __future__ import annotations

import os
import typing
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from pulumi_scw_iam.api import parsers
from pulumi_scw_iam.api.profiles import Found, profile_layers
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from typing_extensions import Self

__all__ = ["PROFILE", "SETTINGS", "Setting", "Settings", "found", "sources"]


@dataclass(frozen=True)
class Setting:
    """The declaration of one setting, in the annotation of a field of `Settings`."""

    description: str
    _: KW_ONLY
    parse: Callable[[str], Any] = str
    """Returns the value of a text; raises ValueError with the reason, as it follows the place in a message."""
    environment: str | None = None
    """The environment variable."""
    profile_key: str | None = None
    """The key in the profile."""
    secret: bool = False
    name: str = ""
    """The argument, and the attribute of `Settings`. It is taken from the field."""

    @property
    def config_key(self) -> str:
        """The key in the stack's configuration."""
        first, *rest = self.name.split("_")
        return f"scw-iam:{first}{''.join(map(str.capitalize, rest))}"


PROFILE = Setting(
    "Profile of the file that Scaleway's tools share.",
    environment="SCW_PROFILE",
    name="profile",
)
"""Only chooses among profiles, so it is no field of `Settings`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a client. They refuse to be pickled, so that no key gets into a state."""

    access_key: Annotated[
        str | None,
        Setting(
            "Access key, the public half of the API key.",
            parse=parsers.access_key,
            environment="SCW_ACCESS_KEY",
            profile_key="access_key",
        ),
    ] = None
    secret_key: Annotated[
        str,
        Setting(
            "Secret key, the secret half of the API key.",
            parse=parsers.secret_key,
            environment="SCW_SECRET_KEY",
            profile_key="secret_key",
            secret=True,
        ),
    ] = field(repr=False)
    api_url: Annotated[
        str,
        Setting(
            "Address of the API.",
            parse=parsers.api_url,
            environment="SCW_API_URL",
            profile_key="api_url",
        ),
    ] = parsers.API_URL
    organization_id: Annotated[
        str | None,
        Setting(
            "Organization of resources that do not name one.",
            parse=formats.uuid_of("organization"),
            environment="SCW_DEFAULT_ORGANIZATION_ID",
            profile_key="default_organization_id",
        ),
    ] = None
    project_id: Annotated[
        str | None,
        Setting(
            "Project of resources that do not name one.",
            parse=formats.uuid_of("project"),
            environment="SCW_DEFAULT_PROJECT_ID",
            profile_key="default_project_id",
        ),
    ] = None
    user_agent_suffix: Annotated[
        str | None, Setting("What the User-Agent of each call ends with.", parse=parsers.suffix)
    ] = None
    allow_self_lockout: Annotated[
        bool,
        Setting(
            "`true` allows changes that take from the API key that runs the program what it needs to manage IAM.",
            parse=parsers.switch,
        ),
    ] = False
    allow_unknown_permission_sets: Annotated[
        frozenset[str],
        Setting(
            "Names of permission sets that exist though no list has them, such as those of a beta; with commas"
            " between them.",
            parse=parsers.names,
        ),
    ] = frozenset()
    ignore_condition_checks: Annotated[
        frozenset[str],
        Setting(
            "Ids of the checks of conditions that do not warn, with commas between them. A warning ends with the"
            " id of its check.",
            parse=parsers.condition_checks,
        ),
    ] = frozenset()
    trust_policy_timestamps: Annotated[
        bool,
        Setting(
            "`true` reads the rules of a policy in a refresh only if its `updated_at` or the number of its rules"
            " says that they changed: fewer calls for hundreds of policies.",
            parse=parsers.switch,
        ),
    ] = False
    request_timeout: Annotated[
        float,
        Setting(
            "How long to wait for the next bytes of an answer of the API, in seconds; 30 by default. The whole"
            " answer may take four times as long.",
            parse=parsers.seconds,
            environment="PULUMI_SCW_IAM_REQUEST_TIMEOUT",
        ),
    ] = 30.0
    retry_timeout: Annotated[
        float,
        Setting(
            "How long to try a call again that fails, in seconds; 120 by default. The waits between the tries"
            " grow and shrink with it.",
            parse=parsers.seconds,
            environment="PULUMI_SCW_IAM_RETRY_TIMEOUT",
        ),
    ] = 120.0
    allow_http: Annotated[
        bool,
        Setting(
            "`true` allows an API address without TLS that is not of this machine; the secret key is then sent"
            " unencrypted.",
            parse=parsers.switch,
            environment="PULUMI_SCW_IAM_ALLOW_HTTP",
        ),
    ] = False
    keys_apart: str | None = None
    """Where the access key and the secret key come from, if that is not one place: they may be of two API
    keys."""

    @property
    def is_local(self) -> bool:
        """Whether the API is on this machine, so that what is sent to it stays here."""
        return parsers.is_local(self.api_url)

    @classmethod
    def resolve(
        cls,
        *,
        profile: str | None = None,
        pulumi_config: Callable[[str], str | None] = lambda key: None,  # noqa: ARG005
        environ: Mapping[str, str] = os.environ,
        **arguments: str | float | Collection[str] | None,
    ) -> Self:
        """Look up each setting: arguments, `pulumi_config` (by key), `environ`, the profile.

        Each field but `keys_apart` is an argument, as a text or as a value of its type; None counts as not given.

        The profile's file is $SCW_CONFIG_PATH, or `scw/config.yaml` in $XDG_CONFIG_HOME or ~/.config;
        its keys at top level hold for all profiles that do not set them. It is read only if
        a setting is not found before, or if a profile is chosen by name.

        Raises ConfigError for a malformed value, for a profile or a file that is named and does not
        exist, and without a secret key. Raises TypeError for an argument that is no setting.
        """
        settings = _declared(cls)
        for name in arguments.keys() - settings:
            raise TypeError(f"{name} is not a setting; there are {', '.join(settings)} and profile")
        search = _Search({**arguments, "profile": profile}, pulumi_config, environ)
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        for name, setting in settings.items():
            if found := search.find(setting):
                values[name], places[name] = found.value, found.place
        if "secret_key" not in values:
            looked = ", ".join(place for place, _ in search.places(settings["secret_key"]))
            raise ConfigError(f"there is no secret key; looked for {looked}")
        if "access_key" in values and _source(places["access_key"]) != _source(
            places["secret_key"]
        ):
            values["keys_apart"] = f"{places['access_key']} and {places['secret_key']}"
        resolved = cls(**values)
        if not (resolved.api_url.startswith("https:") or resolved.is_local or resolved.allow_http):
            raise ConfigError(
                f"{places['api_url']}: would send the secret key unencrypted; use https"
                f" (or set {settings['allow_http'].config_key}, if the network is yours)"
            )
        return resolved

    def __reduce__(self) -> NoReturn:
        raise TypeError("Settings hold the secret key, and are never pickled")


def _declared(cls: type[Settings]) -> Mapping[str, Setting]:
    """Return the settings that a class declares, by name."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {
        attribute.name: replace(declaration, name=attribute.name)
        for attribute in fields(cls)
        for declaration in getattr(hints[attribute.name], "__metadata__", ())
        if isinstance(declaration, Setting)
    }


SETTINGS = _declared(Settings)
"""All settings but `profile`, by name."""


def sources(name: str) -> str:
    """Return the places where a setting can be set, for the end of a sentence: "a, B or c in the profile"."""
    setting = SETTINGS[name]
    places = [setting.config_key]
    if setting.environment:
        places.append(setting.environment)
    if setting.profile_key:
        places.append(f"{setting.profile_key} in the profile")
    *first, last = places
    return f"{', '.join(first)} or {last}" if first else last


def found(name: str, pulumi_config: Callable[[str], str | None]) -> Any:
    """Return one setting, looked up as `Settings.resolve` does; None if it is not set or malformed."""
    try:
        setting = _Search({}, pulumi_config, os.environ).find(SETTINGS[name])
    except ConfigError:
        return None  # `resolve` raises it
    return setting.value if setting else None


def _source(place: str) -> str:
    """Return the place without the name of the setting."""
    return place.partition(" in ")[2]


def _text_of(argument: object) -> object:
    """Return a switch, a number or a list of names as its text; any other argument as it is."""
    if isinstance(argument, bool):
        return str(argument).lower()
    if isinstance(argument, (int, float)):
        return str(argument)
    if isinstance(argument, (frozenset, set, list, tuple)):
        return ",".join(sorted(map(str, argument)))
    return argument


class _Search:
    """One lookup in all places."""

    def __init__(
        self,
        arguments: Mapping[str, object],
        pulumi_config: Callable[[str], str | None],
        environ: Mapping[str, str],
    ) -> None:
        self._arguments = arguments
        self._pulumi_config = pulumi_config
        self._environ = environ
        self._profile = self.find(PROFILE)
        # A profile that is chosen by name must exist, even when nothing is taken from it.
        self._layers = profile_layers(environ, self._profile) if self._profile else None

    def find(self, setting: Setting) -> Found | None:
        for place, value in self.places(setting):
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise ConfigError(f"{place}: is not a text; put it into quotes")
            try:
                return Found(place, setting.parse(value))
            except ValueError as wrong:
                reason = str(wrong)
            raise ConfigError(f"{place}: {reason}")
        return None

    def places(self, setting: Setting) -> Iterator[tuple[str, object]]:
        argument = self._arguments.get(setting.name)
        if argument is not None:
            yield f"the argument {setting.name}", _text_of(argument)
        yield f"{setting.config_key} in the configuration", self._pulumi_config(setting.config_key)
        if setting.environment:
            yield (
                f"{setting.environment} in the environment",
                self._environ.get(setting.environment),
            )
        if setting.profile_key:
            if self._layers is None:
                self._layers = profile_layers(self._environ, self._profile)
            for layer, values in self._layers:
                yield f"{setting.profile_key} in {layer}", values.get(setting.profile_key)
