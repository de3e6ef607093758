"""The client shared by all calls of a plugin."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.provider import ProviderCore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.api.client import IamClient

THREADS = 16
ROUNDS = 40
"""Without a lock, about one round in five creates two clients."""


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let Python switch threads as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_calls_that_come_first_and_together_share_the_client_that_cancel_reaches() -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(ROUNDS):
            settings = Settings(secret_key=str(uuid4()))
            core = ProviderCore(lambda settings=settings: settings)  # type: ignore[misc]
            together = Barrier(THREADS)

            def client(core: ProviderCore = core, together: Barrier = together) -> IamClient:
                together.wait()
                return core.client

            calls = [threads.submit(client) for _ in range(THREADS)]
            assert {call.result() for call in calls} == {core.client}
