"""Organizations of the preview cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.preview.organizations import Worlds
from tests.support.preview.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    worlds = Worlds()
    yield worlds
    worlds.close()


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.emulator.close()
