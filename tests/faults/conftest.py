"""One organization for all faults, and a line at the end that says how many there were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    from tests.faults.world import World  # noqa: PLC0415 - not needed by the other tests here

    world = World()
    yield world
    world.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    cases, operations = 0, set()
    for reports in terminalreporter.stats.values():
        for report in reports:
            said = dict(getattr(report, "user_properties", ()))
            if "cases" in said and report.when == "call":
                cases += said["cases"]
                operations.add(said["operation"])
    if cases:
        terminalreporter.write_line(
            f"crash points: {cases} cases over {len(operations)} operations"
        )
