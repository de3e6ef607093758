"""The picture of the README is the current output of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.picture import TARGET, refused_preview, svg

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine


def test_the_picture_of_a_refused_preview_is_up_to_date(tmp_path: Path) -> None:
    output = refused_preview(tmp_path)
    assert "error: " in output
    assert "allowSelfLockout" in output
    assert svg(output) == TARGET.read_text(encoding="utf-8"), "run `make picture`"
