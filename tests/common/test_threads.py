"""A shared property is computed once for all threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from pulumi_scw_iam.common.threads import shared_property


class Shared:
    def __init__(self) -> None:
        self.made: list[object] = []
        self.never = threading.Event()

    @shared_property
    def value(self) -> object:
        value = object()
        self.made.append(value)
        # In the meantime, the other threads read the property.
        self.never.wait(0.05)
        return value


def test_threads_that_ask_at_the_same_time_get_one_value() -> None:
    shared, barrier = Shared(), threading.Barrier(8)

    def read(_: int) -> object:
        barrier.wait()
        return shared.value

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(read, range(8))) == set(shared.made)
    assert len(shared.made) == 1
