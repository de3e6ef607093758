"""The profiles in `scw/config.yaml`, the configuration file of Scaleway's tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Found", "Layers", "profile_layers"]

_TOP_LEVEL = "default"
"""The name of the profile at the top level of the file."""


class Found(NamedTuple):
    """The value of one setting and its source, for messages."""

    place: str
    value: Any


Layers = list[tuple[str, "Mapping[str, object]"]]
"""The relevant mappings of the file in order of precedence, each with its name for messages."""


def profile_layers(environ: Mapping[str, str], chosen: Found | None) -> Layers:
    """Return the mapping of a profile and the top level of the file.

    `chosen` is the name of the profile and the source of this name; None selects the active profile of
    the file. The file is $SCW_CONFIG_PATH, or `scw/config.yaml` in $XDG_CONFIG_HOME or ~/.config.

    Raises ConfigError for a malformed file, and for a named file or profile that does not exist.
    """
    path, named = _file(environ)
    content = _read(path)
    if content is None:
        if named:
            raise ConfigError(f"SCW_CONFIG_PATH in the environment: {path} does not exist")
        if chosen and chosen.value != _TOP_LEVEL:
            raise ConfigError(
                f'{chosen.place}: profile "{chosen.value}" requires {path}, which does not exist'
            )
        return [(f"{path}, which does not exist", {})]
    profiles = _mapping(content.get("profiles"), f"profiles in {path}")
    if chosen is None:
        active = str(content.get("active_profile") or _TOP_LEVEL)
        chosen = Found(f"active_profile in {path}", active)
    if chosen.value in profiles:
        layer = f'profile "{chosen.value}" of {path}'
        return [(layer, _mapping(profiles[chosen.value], layer)), (str(path), content)]
    if chosen.value == _TOP_LEVEL:
        return [(str(path), content)]
    names = ", ".join(map(str, profiles)) or "none"
    raise ConfigError(
        f'{chosen.place}: there is no profile "{chosen.value}" in {path}; profiles: {names}'
    )


def _file(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return the path of the file, and whether SCW_CONFIG_PATH set the path."""
    if named := environ.get("SCW_CONFIG_PATH"):
        return Path(named), True
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base, "scw", "config.yaml"), False
    home = environ.get("HOME") or Path.home()
    return Path(home, ".config", "scw", "config.yaml"), False


def _read(path: Path) -> Mapping[str, object] | None:
    """Return the content of the file; None if the file does not exist."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror
    else:
        # Imported on first use: many programs need no file.
        import yaml  # noqa: PLC0415

        try:
            return _mapping(yaml.safe_load(raw), str(path))
        except (yaml.YAMLError, ValueError) as error:
            # The parser's message quotes the file, which contains a secret key.
            mark = getattr(error, "problem_mark", None)
            reason = f"invalid YAML in line {mark.line + 1}" if mark else "invalid YAML"
    raise ConfigError(f"{path} cannot be read: {reason}")


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{place}: is not a mapping of keys to values")
    return value
