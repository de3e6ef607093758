"""The changelog: its notes of a release, and the section of the next one."""

from __future__ import annotations

from datetime import date

import pytest

from tools.release.changelog import notes, released
from tools.release.version import ReleaseError

TEXT = """\
# Changelog

## [Unreleased]

### Fixed

- `Group`: a fault.

## [0.1.0] - 2026-12-01

### Added

- All.

[0.1.0]: https://example.com
"""


def test_the_unreleased_changes_become_the_section_of_the_release() -> None:
    text = released(TEXT, "0.2.0", date(2027, 1, 2))
    assert text.replace("\n## [0.2.0] - 2027-01-02\n", "") == TEXT
    assert notes(text, "0.2.0") == "### Fixed\n\n- `Group`: a fault.\n"
    assert "## [Unreleased]\n\n## [0.2.0] - 2027-01-02\n" in text


def test_the_notes_of_a_release_are_its_section() -> None:
    assert notes(TEXT, "0.1.0") == "### Added\n\n- All.\n"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            lambda: notes(TEXT, "0.3.0"),
            "CHANGELOG.md has no section [0.3.0]; `make release` writes it",
        ),
        (
            lambda: released(TEXT, "0.1.0", date(2027, 1, 2)),
            "CHANGELOG.md already has a section [0.1.0]",
        ),
        (
            lambda: released("# Changelog\n", "0.1.0", date(2027, 1, 2)),
            "CHANGELOG.md must have one section [Unreleased]",
        ),
    ],
)
def test_a_missing_or_second_section_is_an_error(step: object, message: str) -> None:
    with pytest.raises(ReleaseError) as raised:
        step()  # type: ignore[operator]
    assert str(raised.value) == message
