"""Functions on the local IAM API, and on an API with scripted responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functions.world import Scripted, World
from tests.support.scripted_api import Api, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    api = Api()
    with serving(api):
        yield Scripted(api)
