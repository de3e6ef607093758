"""Credentials and defaults of a client.

Each setting is declared once, as a field of `Settings` with a `Setting` in its annotation. The sources are,
in order: arguments, the stack's configuration, the environment, a profile of `scw/config.yaml`. The first
text found is parsed into the type of the field. An empty text counts as unset, because CI systems pass unset
secrets as empty texts.
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
    """Parses the text; raises ValueError with the reason, see `parsers`."""
    environment: str | None = None
    """The environment variable."""
    profile_key: str | None = None
    """The key in the profile."""
    secret: bool = False
    name: str = ""
    """The name of the argument and of the field of `Settings`; filled in from the field."""

    @property
    def config_key(self) -> str:
        """The key in the stack's configuration."""
        first, *rest = self.name.split("_")
        return f"scw-iam:{first}{''.join(map(str.capitalize, rest))}"


PROFILE = Setting(
    "Profile in `scw/config.yaml`, the configuration file of Scaleway's tools.",
    environment="SCW_PROFILE",
    name="profile",
)
"""The profile is a source of settings, and no field of `Settings`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a client. Pickling raises TypeError, to keep the secret key out of states."""

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
            "URL of the API.",
            parse=parsers.api_url,
            environment="SCW_API_URL",
            profile_key="api_url",
        ),
    ] = parsers.API_URL
    organization_id: Annotated[
        str | None,
        Setting(
            "Default organization for resources.",
            parse=formats.uuid_of("organization"),
            environment="SCW_DEFAULT_ORGANIZATION_ID",
            profile_key="default_organization_id",
        ),
    ] = None
    project_id: Annotated[
        str | None,
        Setting(
            "Default project for resources.",
            parse=formats.uuid_of("project"),
            environment="SCW_DEFAULT_PROJECT_ID",
            profile_key="default_project_id",
        ),
    ] = None
    user_agent_suffix: Annotated[
        str | None, Setting("Suffix of the User-Agent header.", parse=parsers.suffix)
    ] = None
    allow_self_lockout: Annotated[
        bool,
        Setting(
            "`true` allows changes after which the program's own API key can no longer manage IAM.",
            parse=parsers.switch,
        ),
    ] = False
    allow_unknown_permission_sets: Annotated[
        frozenset[str],
        Setting(
            "Comma-separated names of permission sets that exist without being listed, such as permission sets of a"
            " beta.",
            parse=parsers.names,
        ),
    ] = frozenset()
    ignore_condition_checks: Annotated[
        frozenset[str],
        Setting(
            "Comma-separated ids of condition checks to ignore. Each warning ends with the id of its check.",
            parse=parsers.condition_checks,
        ),
    ] = frozenset()
    trust_policy_timestamps: Annotated[
        bool,
        Setting(
            "`true` lets a refresh skip the rules of each policy with unchanged `updated_at` and rule count: fewer"
            " calls for hundreds of policies.",
            parse=parsers.switch,
        ),
    ] = False
    request_timeout: Annotated[
        float,
        Setting(
            "Timeout for the next bytes of a response, in seconds; 30 by default. The complete response may take"
            " four times as long.",
            parse=parsers.seconds,
            environment="PULUMI_SCW_IAM_REQUEST_TIMEOUT",
        ),
    ] = 30.0
    retry_timeout: Annotated[
        float,
        Setting(
            "Time limit for the retries of a failed call, in seconds; 120 by default. The waits between attempts are"
            " proportional to this limit.",
            parse=parsers.seconds,
            environment="PULUMI_SCW_IAM_RETRY_TIMEOUT",
        ),
    ] = 120.0
    allow_http: Annotated[
        bool,
        Setting(
            "`true` allows an API URL without TLS on another machine; the secret key is then sent unencrypted.",
            parse=parsers.switch,
            environment="PULUMI_SCW_IAM_ALLOW_HTTP",
        ),
    ] = False
    keys_apart: str | None = None
    """The sources of the access key and the secret key if the sources differ, else None. Keys from two
    sources may belong to two API keys."""

    @property
    def is_local(self) -> bool:
        """Whether the API runs on this machine, as the local IAM API does."""
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
        """Look up each setting in the arguments, `pulumi_config` (by key), `environ` and the profile.

        Each field except `keys_apart` is an argument, as a text or a value of its type; None counts as unset.

        The file with profiles is $SCW_CONFIG_PATH, or `scw/config.yaml` in $XDG_CONFIG_HOME or ~/.config.
        Keys at the top level are defaults for all profiles. The file is read only if another source lacks
        a setting, or if a profile is selected by name.

        Raises ConfigError for a malformed value, for a named profile or file that does not exist, and for a
        missing secret key. Raises TypeError for an unknown argument.
        """
        settings = _declared(cls)
        for name in arguments.keys() - settings:
            raise TypeError(
                f"{name} is not a setting; the settings are {', '.join(settings)} and profile"
            )
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
                f" (or set {settings['allow_http'].config_key} if the network is trusted)"
            )
        return resolved

    def __reduce__(self) -> NoReturn:
        raise TypeError("Settings contain the secret key and are never pickled")


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
    """Return the sources of a setting, for the end of a sentence: "a, B or c in the profile"."""
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
        return None  # `resolve` raises this error
    return setting.value if setting else None


def _source(place: str) -> str:
    """Return a place without the name of the setting."""
    return place.partition(" in ")[2]


def _text_of(argument: object) -> object:
    """Convert a bool, a number or a collection of names to text; return other arguments unchanged."""
    if isinstance(argument, bool):
        return str(argument).lower()
    if isinstance(argument, (int, float)):
        return str(argument)
    if isinstance(argument, (frozenset, set, list, tuple)):
        return ",".join(sorted(map(str, argument)))
    return argument


class _Search:
    """The lookup of settings in all sources."""

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
        # A profile selected by name must exist, even if all settings come from other sources.
        self._layers = profile_layers(environ, self._profile) if self._profile else None

    def find(self, setting: Setting) -> Found | None:
        for place, value in self.places(setting):
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise ConfigError(f"{place}: is not a string; put the value in quotes")
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
