"""The sections of CHANGELOG.md: the notes of a release, and a new section for the next one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.release.version import ReleaseError

if TYPE_CHECKING:
    from datetime import date

__all__ = ["notes", "released"]


def notes(text: str, version: str) -> str:
    """Return the section of a version, without its heading."""
    found = re.search(
        rf"(?ms)^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|^\[[^\]\n]+\]: |\Z)", text
    )
    if found is None:
        raise ReleaseError(f"CHANGELOG.md has no section [{version}]; `make release` writes it")
    return found[1].strip() + "\n"


def released(text: str, version: str, day: date) -> str:
    """Return the changelog with the unreleased section under this version, and a new empty section."""
    heading = "## [Unreleased]\n"
    if f"## [{version}]" in text:
        raise ReleaseError(f"CHANGELOG.md already has a section [{version}]")
    if text.count(heading) != 1:
        raise ReleaseError(f"CHANGELOG.md must have one section {heading.strip()[3:]}")
    return text.replace(heading, f"{heading}\n## [{version}] - {day.isoformat()}\n")
