"""Generate docs/reference/settings.md: every setting.

The source is the declarations in pulumi_scw_iam/api/settings.py. The page above the mark is written by hand.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.api.settings import PROFILE, SETTINGS, Setting, Settings
from tools.generate.fidelity import table
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"

ALL = (*SETTINGS.values(), PROFILE)


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, "\n\n".join(generated()) + "\n", check=check)


def generated() -> Iterator[str]:
    """Yield a table of the places of all settings, then a chapter for each setting."""
    yield "## Places"
    yield table("Pulumi config, environment, profile", map(places, ALL))
    for setting in ALL:
        yield f"## {property_name(setting)}"
        yield " ".join(described(setting))


def places(setting: Setting) -> list[str]:
    """Return the cells of one setting: its key in each place."""
    # The profile itself is chosen by a key at the top of the file.
    profile_key = "active_profile" if setting is PROFILE else setting.profile_key
    chapter = property_name(setting).lower()
    return [
        f"[`{setting.config_key}`](#{chapter})",
        *(f"`{key}`" if key else "" for key in (setting.environment, profile_key)),
    ]


def described(setting: Setting) -> Iterator[str]:
    """Yield the sentences about one setting."""
    yield setting.description
    default = {field.name: field.default for field in fields(Settings)}.get(setting.name)
    if default is MISSING:
        yield "Required."
    elif default and "by default" not in setting.description:
        yield f"`{default}` by default."
    if setting.secret:
        yield "A secret: set it with `pulumi config set --secret`."


def property_name(setting: Setting) -> str:
    """Return the name of a setting as a property of a provider."""
    return setting.config_key.removeprefix("scw-iam:")
