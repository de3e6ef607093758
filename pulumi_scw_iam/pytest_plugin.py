"""Pytest fixtures with a local IAM API, available once the package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator


@pytest.fixture(scope="session")
def iam_emulator_server() -> Iterator[Emulator]:
    """Yield a local IAM API for the whole test session. Tests should use `iam_emulator`."""
    # Pytest imports this module in every environment with the package, mostly without need of the emulator.
    from pulumi_scw_iam.emulator import Emulator  # noqa: PLC0415

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def iam_emulator(iam_emulator_server: Emulator) -> Emulator:
    """Return the local IAM API, reset to a fresh organization."""
    iam_emulator_server.reset()
    return iam_emulator_server
