"""Turns: threads with the same key wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_scw_iam.api.turns import Cancellation, Turns
from pulumi_scw_iam.common.errors import Cancelled


def test_a_turn_ends_with_its_block_even_if_that_fails() -> None:
    turns = Turns(Cancellation())
    with pytest.raises(ValueError, match=r"^broken$"), turns.turn("a", "another write"):
        raise ValueError("broken")

    def enter() -> bool:
        with turns.turn("a", "another write"):
            return True

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(enter).result(10)


def test_one_thread_may_enter_a_turn_again_and_keeps_it_until_the_outer_one_ends() -> None:
    turns, other = Turns(Cancellation()), Cancellation()
    with turns.turn("a", "a write"):
        with turns.turn("a", "a write"):
            pass
        other.cancel()
        with ThreadPoolExecutor(1) as pool:
            error = pool.submit(_refused, Turns(other)).result(10)
    assert error == "cancelled while another write was in progress"


def _refused(turns: Turns) -> str:
    with pytest.raises(Cancelled) as caught, turns.turn("a", "another write"):
        pass
    return str(caught.value)


def test_a_turn_that_is_free_is_given_to_a_cancelled_client() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with Turns(cancellation).turn("a", "another write"):
        pass


def test_cancelling_wakes_the_threads_of_its_own_client_only() -> None:
    cancelled, patient = Cancellation(), Cancellation()
    entered = threading.Event()

    def enter() -> None:
        with Turns(patient).turn("a", "another write"):
            entered.set()

    with ThreadPoolExecutor(2) as pool:
        with Turns(Cancellation()).turn("a", "a write"):
            waiting, refused = pool.submit(enter), pool.submit(_refused, Turns(cancelled))
            cancelled.cancel()
            assert refused.result(10) == "cancelled while another write was in progress"
            assert not entered.is_set()
        waiting.result(10)
    assert entered.is_set()


def test_the_time_of_the_first_cancellation_counts() -> None:
    cancellation = Cancellation()
    assert not cancellation
    cancellation.cancel()
    first = cancellation.at
    cancellation.cancel()
    assert (bool(cancellation), cancellation.at, cancellation.wait(3600)) == (True, first, True)
