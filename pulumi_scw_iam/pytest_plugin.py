"""Fixtures for test-suites that want an IAM API: they come with the package, with no line to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator


@pytest.fixture(scope="session")
def iam_emulator_server() -> Iterator[Emulator]:
    """One local IAM API for the whole run; `iam_emulator` is what a test wants."""
    # Every test run that has the package installed imports this module; few need the emulator.
    from pulumi_scw_iam.emulator import Emulator  # noqa: PLC0415

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def iam_emulator(iam_emulator_server: Emulator) -> Emulator:
    """A local IAM API with a fresh organization, for one test."""
    iam_emulator_server.reset()
    return iam_emulator_server
