"""One organization for all fault tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    from tests.support.faults.world import World  # noqa: PLC0415 - the other tests here need no world

    world = World()
    yield world
    world.close()
