"""A 429 slows all calls of a process, and successes end the delay."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.api import throttle
from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.throttle import Throttle, throttle_of
from pulumi_scw_iam.common.errors import Cancelled, RateLimited
from tests.support.samples import ID
from tests.support.scripted_api import Answer, Api, fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scripted_api import Received

RATE_LIMITED = Answer(b"", 429)


class Clock:
    """A manual clock."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def turns(pace: Throttle, count: int) -> list[float]:
    return [pace.turn() for _ in range(count)]


def test_calls_are_sent_as_they_come_while_nobody_minds() -> None:
    assert turns(Throttle(Clock()), 5) == [0, 0, 0, 0, 0]


def test_a_refusal_holds_all_calls_which_then_go_on_with_a_gap() -> None:
    clock = Clock()
    pace = Throttle(clock)
    pace.refused(sent=100, wait=8, gap=0.5, widest=4)
    assert turns(pace, 3) == [8, 8.5, 9]
    clock.now = 108.75
    assert turns(pace, 2) == [0.75, 1.25]
    clock.now = 200
    assert turns(pace, 2) == [0, 0.5]


def test_the_gap_doubles_with_each_refusal_up_to_the_widest() -> None:
    clock = Clock()
    pace = Throttle(clock)
    for gap in (0.5, 1, 2, 4, 4):
        clock.now += 1000
        pace.refused(sent=clock.now, wait=0, gap=0.5, widest=4)
        assert turns(pace, 2) == [0, gap]


def test_refusals_of_calls_that_were_under_way_together_count_once_but_their_waits_do_not() -> None:
    clock = Clock()
    pace = Throttle(clock)
    for wait in (1, 9, 2):
        clock.now += 1
        pace.refused(sent=100, wait=wait, gap=0.5, widest=4)
    assert turns(pace, 2) == [8, 8.5]


def test_successes_shrink_the_gap_until_it_is_gone() -> None:
    clock = Clock()
    pace = Throttle(clock)
    pace.refused(sent=100, wait=0, gap=0.5, widest=4)
    pace.went_through()
    assert turns(pace, 2) == [0, pytest.approx(0.45)]
    clock.now += 1000
    for _ in range(60):
        pace.went_through()
    assert turns(pace, 3) == [0, 0, 0]
    clock.now += 1000
    pace.refused(sent=clock.now, wait=0, gap=0.5, widest=4)
    assert turns(pace, 2) == [0, 0.5]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("later"), st.floats(0, 100)),
            st.tuples(st.just("refused"), st.floats(0, 50)),
            st.tuples(st.sampled_from(["turn", "success"]), st.just(0.0)),
        ),
        max_size=60,
    )
)
def test_no_turn_comes_before_one_that_was_given_out_or_within_the_wait_of_a_refusal(
    steps: list[tuple[str, float]],
) -> None:
    clock = Clock()
    pace = Throttle(clock)
    last = held = 0.0
    for event, number in steps:
        if event == "later":
            clock.now += number
        elif event == "refused":
            pace.refused(sent=clock.now, wait=number, gap=0.5, widest=4)
            held = max(held, clock.now + number)
        elif event == "success":
            pace.went_through()
        else:
            left = pace.turn()
            assert left >= 0
            # 1e-9 allows for the rounding error of adding and subtracting floats.
            assert clock.now + left >= max(last, held) - 1e-9
            assert clock.now + left <= max(clock.now, held, last + 4) + 1e-9
            last = clock.now + left


def test_the_clients_of_one_api_share_a_pace_and_those_of_another_do_not() -> None:
    assert throttle_of("https://a.example.com") is throttle_of("https://a.example.com")
    assert throttle_of("https://a.example.com") is not throttle_of("https://b.example.com")


def test_threads_that_meet_a_429_all_come_through(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    """Each of 8 threads, each with its own client, gets one 429, all at the same time."""
    together = threading.Barrier(8, timeout=30)
    first = [RATE_LIMITED] * 8

    def answer(received: Received) -> Answer:
        if first:
            first.pop()
            together.wait()
            return RATE_LIMITED
        return fitting(received)

    api.otherwise = answer
    clients = [connect(retry=Retry(attempts=3, base=0.01)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for call in [pool.submit(client.get_group, ID) for client in clients]:
            assert call.result(30)["id"] == ID
    assert len(api.received) == 16


def test_a_429_of_one_client_holds_the_calls_of_another_in_the_process(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    """The second client waits although the API would respond; after cancellation, the call is sent at once."""
    patient = Retry(total=7200, longest=3600)
    first, other = connect(retry=patient), connect(retry=patient)
    arrived = threading.Event()
    api.say(Answer(b"", 429, headers={"Retry-After": "3600"}, meanwhile=arrived.set))
    with ThreadPoolExecutor(2) as pool:
        refused = pool.submit(first.get_group, ID)
        try:
            assert arrived.wait(10)
            # Wait until the throttle has recorded the 429: the next slot is then far in the future.
            while throttle_of(api.url).turn() < 1000:
                pass
            held = pool.submit(other.get_group, ID)
            with pytest.raises(NotYet):
                held.result(0.1)
            assert len(api.received) == 1
            other.cancel()
            assert held.result(10)["id"] == ID
        finally:
            first.cancel()
            other.cancel()
        with pytest.raises(Cancelled) as of_refused:
            refused.result(10)
    assert str(of_refused.value) == (
        f"GET groups/{ID}: cancelled before a retry: too many requests"
    )
    assert len(api.received) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_longer_than_any_of_ours_holds_only_the_call_that_is_asked_for_it(
    status: int, api: Api, connect: Callable[..., IamClient]
) -> None:
    """The first call waits, as its `total` allows; a second call gets its response in the meantime."""
    first, other = connect(retry=Retry(base=0.001, total=200_000)), connect()
    api.say(Answer(b"", status, headers={"Retry-After": "86400"}))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(first.get_group, ID)
        try:
            while not api.received:
                pass
            assert other.get_group(ID)["id"] == ID
            with pytest.raises(NotYet):
                waiting.result(0.05)
        finally:
            first.cancel()
        with pytest.raises(Cancelled):
            waiting.result(10)
    # The wait of the first call must not delay the next slot of the throttle.
    assert throttle_of(api.url).turn() < 1


def test_the_process_waits_for_what_a_429_asks_up_to_the_longest_wait_of_ours(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    for retry_after, held in (("20", (10, 20)), ("21", (0, 1))):
        api.say(Answer(b"", 429, headers={"Retry-After": retry_after}))
        client = connect(retry=Retry(base=0.001, total=1, longest=20))
        with pytest.raises(RateLimited):
            client.get_group(ID)
        least, most = held
        assert least <= throttle_of(api.url).turn() <= most
        throttle._throttles.pop(api.url)
