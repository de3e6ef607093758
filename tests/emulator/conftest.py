"""One emulator for all tests, with a new state for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import Clock, Iam

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Emulator, Clock]]:
    clock = Clock()
    with Emulator(clock=clock, quotas={"iam_ssh_keys": 2}) as emulator:
        yield emulator, clock


@pytest.fixture
def iam(served: tuple[Emulator, Clock]) -> Iterator[Iam]:
    emulator, clock = served
    clock.restart()
    emulator.reset()
    client = Iam(emulator, clock)
    with client.session:
        yield client


@pytest.fixture(params=[False, True], ids=["all-permissions", "enforced"])
def either(request: pytest.FixtureRequest) -> Iterator[Iam]:
    """The owner of an emulator in each of the two modes."""
    with Emulator(enforce=request.param) as emulator:
        iam = Iam(emulator, Clock())
        with iam.session:
            yield iam
