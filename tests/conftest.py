"""What holds for all tests."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from pulumi_scw_iam.common.redaction import declared_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing here is timed: machines are small, shared and noisy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A developer's own catalogue of permission sets must not change what the tests see.
os.environ["PULUMI_SCW_IAM_CATALOGUE"] = os.devnull

# Python 3.14 makes no event loop for an output outside of a program. So do all versions here: such an output is an error.
asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests() -> Iterator[None]:
    """Forget what a test has marked as secret: another one may expect it in a message."""
    yield
    declared_secrets.__init__()  # type: ignore[misc]


@pytest.fixture(scope="session")
def one_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield an event loop, and close it at the end. Its threads have event loops too.

    Pulumi's mocks run in these threads. A mock opens an event loop in a thread without one, and never closes it.
    """
    loops: list[asyncio.AbstractEventLoop] = []

    def set_loop() -> None:
        loop = asyncio.new_event_loop()
        loops.append(loop)
        asyncio.set_event_loop(loop)

    with ThreadPoolExecutor(initializer=set_loop) as threads:
        loop = asyncio.new_event_loop()
        loop.set_default_executor(threads)
        yield loop
    for opened in [loop, *loops]:
        opened.close()


@pytest.fixture
def outputs_loop(one_loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Set the event loop that outputs are made for, during a test."""
    asyncio.set_event_loop(one_loop)
    yield
    asyncio.set_event_loop(None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many crash points were tried; here, since only this file is read by what gathers reports."""
    cases, operations, meetings = 0, set(), 0
    for reports in terminalreporter.stats.values():
        for report in reports:
            said = dict(getattr(report, "user_properties", ()))
            if "cases" in said and report.when == "call":
                cases += said["cases"]
                operations.add(said["operation"])
            if getattr(report, "when", "") == "call":
                meetings += said.get("meetings", 0)
    if cases:
        terminalreporter.write_line(
            f"crash points: {cases} cases over {len(operations)} operations"
        )
    if meetings:
        terminalreporter.write_line(f"two writers on one group: {meetings} meetings")
