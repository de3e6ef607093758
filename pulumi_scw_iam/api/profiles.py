"""The profiles of the file that all of Scaleway's tools share, `scw/config.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Found", "Layers", "profile_layers"]

_TOP_LEVEL = "default"
"""The name of the profile that the keys at top level are."""


class Found(NamedTuple):
    """The value of one setting, and the place that has it."""

    place: str
    value: Any


Layers = list[tuple[str, "Mapping[str, object]"]]
"""The maps of the file that count, the first before the second, each after its name for messages."""


def profile_layers(environ: Mapping[str, str], chosen: Found | None) -> Layers:
    """Return what the file says in a profile, and at top level.

    `chosen` is the name of the profile and where it was set; None takes the active one of the file.
    The file is $SCW_CONFIG_PATH, or `scw/config.yaml` in $XDG_CONFIG_HOME or ~/.config.

    Raises ConfigError for a file that is malformed, and for a file or a profile that is named and does not
    exist.
    """
    path, named = _file(environ)
    content = _read(path)
    if content is None:
        if named:
            raise ConfigError(f"SCW_CONFIG_PATH in the environment: there is no file {path}")
        if chosen and chosen.value != _TOP_LEVEL:
            raise ConfigError(
                f'{chosen.place}: "{chosen.value}" needs {path}, which does not exist'
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
    """Return the path of the file, and whether the environment names it."""
    if named := environ.get("SCW_CONFIG_PATH"):
        return Path(named), True
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base, "scw", "config.yaml"), False
    home = environ.get("HOME") or Path.home()
    return Path(home, ".config", "scw", "config.yaml"), False


def _read(path: Path) -> Mapping[str, object] | None:
    """Return the file's content; None if there is no file."""
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
