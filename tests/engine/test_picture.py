"""The picture of the README shows what the engine prints today."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tools.picture import PROGRAM, TARGET, refused_preview, svg

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine


def test_the_picture_of_a_refused_preview_is_up_to_date(tmp_path: Path) -> None:
    output = refused_preview(tmp_path)
    assert "error: " in output
    assert "allowSelfLockout" in output
    assert svg(output) == TARGET.read_text(encoding="utf-8"), "run `make picture`"


def test_the_changed_line_of_the_picture_is_in_its_program() -> None:
    shown = re.findall(r">([-+])(.*?)</tspan>", TARGET.read_text(encoding="utf-8"))
    (line,) = re.findall(r"^.*PERMISSION_SET.*$", PROGRAM, re.MULTILINE)
    assert [(sign, text.replace("&quot;", '"')) for sign, text in shown] == [
        ("-", line.replace("PERMISSION_SET", "IAMManager")),
        ("+", line.replace("PERMISSION_SET", "IAMReadOnly")),
    ]
