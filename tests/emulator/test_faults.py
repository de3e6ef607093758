"""Faults: matching requests, effects and invalid plans."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.emulator import Emulator, Fault, faults_from_json
from tests.support.local_api import UNKNOWN_ID, Answer, Clock, Iam, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = {"name": "devs"}


def statuses(iam: Iam, times: int, method: str = "GET", path: str = "/applications") -> list[int]:
    query = {"organization_id": iam.organization_id}
    return [iam.call(method, path, **query).status for _ in range(times)]


def create(iam: Iam) -> Answer:
    return iam.call("POST", "/groups", {**GROUP, "organization_id": iam.organization_id})


def names(iam: Iam) -> list[str]:
    return [group["name"] for group in iam.list("/groups")["groups"]]


def struck(iam: Iam) -> list[tuple[int, int]]:
    return [(met, struck) for _, met, struck in iam.emulator.faults.tally()]


# Matching requests


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [503] * 6),
        ({"first": 3, "last": 3}, [200, 200, 503, 200, 200, 200]),
        ({"first": 5}, [200, 200, 200, 200, 503, 503]),
        ({"last": 2}, [503, 503, 200, 200, 200, 200]),
        ({"every": 3}, [503, 200, 200, 503, 200, 200]),
        ({"first": 2, "every": 2, "last": 4}, [200, 503, 200, 503, 200, 200]),
        ({"probability": 0}, [200] * 6),
        ({"operation": "list_*"}, [503] * 6),
        ({"operation": "list_groups"}, [200] * 6),
        ({"method": "POST"}, [200] * 6),
        ({"path": "/iam/v1alpha1/app*"}, [503] * 6),
        ({"path": "/iam"}, [200] * 6),
    ],
)
def test_a_fault_strikes_when_it_says(
    iam: Iam, filters: dict[str, Any], expected: list[int]
) -> None:
    iam.emulator.faults.add(Fault(status=503, **filters))
    assert statuses(iam, 6) == expected


def test_the_dice_of_a_fault_fall_the_same_for_the_same_seed(iam: Iam) -> None:
    def run(seed: int) -> list[int]:
        iam.emulator.faults.clear()
        iam.emulator.faults.add(Fault(status=500, probability=0.5, seed=seed))
        return statuses(iam, 16)

    dice = Random(7)
    assert run(7) == [500 if dice.random() < 0.5 else 200 for _ in range(16)]
    assert run(7) == run(7)
    assert run(7) != run(8)


def test_beyond_a_rate_the_gateway_answers_429_without_a_body(iam: Iam) -> None:
    iam.emulator.faults.add(Fault(status=429, per_second=2, burst=3))
    assert statuses(iam, 5) == [200, 200, 200, 429, 429]
    iam.clock.advance(seconds=1)
    assert statuses(iam, 3) == [200, 200, 429]
    iam.clock.advance(seconds=100)
    assert statuses(iam, 4) == [200, 200, 200, 429]
    answer = iam.session.get(f"{iam.emulator.url}/iam/v1alpha1/groups", timeout=10)
    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["x-envoy-ratelimited"] == "true"
    assert answer.headers["Content-Length"] == "0"
    assert not answer.headers.keys() & {"Content-Type", "Retry-After"}


def test_each_fault_counts_by_itself_and_says_how_often_it_struck(iam: Iam) -> None:
    faults = (
        Fault(operation="list_*", first=2, status=503),
        Fault(method="POST", status=500),
        Fault(operation="list_applications", status=502),
    )
    iam.emulator.faults.add(*faults)
    assert statuses(iam, 2) == [502, 503]
    assert create(iam).status == 500
    assert iam.emulator.faults.tally() == [(faults[0], 2, 1), (faults[1], 1, 1), (faults[2], 2, 2)]


def test_a_reset_returns_to_the_faults_of_the_start_with_all_counts_at_zero() -> None:
    first = Fault(operation="list_applications", last=1, status=503)
    with Emulator(faults=[first]) as emulator:
        for _ in range(2):
            iam = Iam(emulator, Clock())
            with iam.session:
                assert statuses(iam, 2) == [503, 200]
                emulator.faults.add(Fault(status=500))
                assert statuses(iam, 1) == [500]
                emulator.reset()
        assert emulator.faults.tally() == [(first, 0, 0)]
        emulator.faults.clear()
        assert emulator.faults.tally() == []


# Effects


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            401,
            {
                "message": "authentication is denied",
                "method": "api_key",
                "reason": "not_found",
                "type": "denied_authentication",
            },
        ),
        (
            403,
            {"details": [], "message": "insufficient permissions", "type": "permissions_denied"},
        ),
        (404, not_found("group", UNKNOWN_ID).body),
        (
            409,
            {
                "current_state": "updating",
                "message": "resource is in a transient state",
                "resource": "group",
                "resource_id": UNKNOWN_ID,
                "type": "transient_state",
            },
        ),
        (500, {"message": "internal error", "type": "internal_error"}),
        (429, None),
        (503, None),
    ],
)
def test_a_status_has_the_body_that_the_api_has_for_it(iam: Iam, status: int, body: Any) -> None:
    iam.emulator.faults.add(Fault(status=status))
    assert iam.call("GET", f"/groups/{UNKNOWN_ID}") == Answer(status, body)


def test_a_status_can_have_another_body_or_none_and_does_nothing(iam: Iam) -> None:
    quota = {"type": "quotas_exceeded", "message": "quota exceeded", "details": []}
    iam.emulator.faults.add(
        Fault(operation="create_group", last=1, status=403, body=quota),
        Fault(operation="create_group", last=1, status=500, body={}),
        Fault(operation="create_group", first=2, last=2, status=500, body={}),
        Fault(operation="create_group", first=3, last=3, status=503, body={"status": "down"}),
    )
    assert create(iam) == Answer(403, quota)
    assert create(iam) == Answer(500, None)
    assert create(iam) == Answer(503, {"status": "down"})
    assert names(iam) == []
    assert create(iam).status == 200


@pytest.mark.parametrize(("lost", "remaining"), [("before", []), ("after", ["devs"])])
def test_an_answer_is_lost_before_or_after_the_effect(
    iam: Iam, lost: str, remaining: list[str]
) -> None:
    iam.emulator.faults.add(Fault(operation="create_group", last=1, lost=lost))
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        create(iam)
    assert names(iam) == remaining


def test_the_answer_to_a_refused_request_is_lost_as_well(iam: Iam) -> None:
    iam.group("devs")
    iam.emulator.faults.add(Fault(operation="create_group", lost="after"))
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        create(iam)


@pytest.mark.parametrize(("lost", "remaining"), [("before", []), ("after", ["devs"])])
def test_a_request_that_hangs_ends_when_the_client_gives_up(
    iam: Iam, lost: str, remaining: list[str]
) -> None:
    iam.emulator.faults.add(Fault(operation="create_group", lost=lost, hang=True))
    url = f"{iam.emulator.url}/iam/v1alpha1/groups"
    body = {**GROUP, "organization_id": iam.organization_id}
    with pytest.raises(requests.ReadTimeout):
        iam.session.post(url, json=body, timeout=0.05)
    assert names(iam) == remaining


def test_closing_ends_what_hangs_and_what_waits() -> None:
    with Emulator(
        faults=[
            Fault(operation="list_groups", lost="before", hang=True),
            Fault(operation="list_users", latency=1000),
        ]
    ) as emulator:
        iam = Iam(emulator, Clock())
        outcomes: list[object] = []

        def call(path: str) -> None:
            headers, url = iam.session.headers, f"{emulator.url}/iam/v1alpha1{path}"
            try:
                outcomes.append(requests.get(url, headers=headers, timeout=10).status_code)
            except requests.ConnectionError:
                outcomes.append("cut")

        threads = [
            threading.Thread(target=call, args=(path,))
            for path in ("/groups", f"/users?organization_id={emulator.organization_id}")
        ]
        for thread in threads:
            thread.start()
        while sum(struck for _, _, struck in emulator.faults.tally()) < 2:
            pass
        iam.session.close()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert "cut" in outcomes


def test_latencies_add_up(iam: Iam) -> None:
    iam.emulator.faults.add(
        Fault(latency=0.004), Fault(operation="list_*", latency=0.006), Fault(first=2, status=503)
    )
    for status in (200, 503):
        started = time.perf_counter()
        assert statuses(iam, 1) == [status]
        assert time.perf_counter() - started >= 0.01


def test_slow_member_changes_meet_the_transient_state() -> None:
    with Emulator(faults=[Fault(operation="add_*", latency=1000)]) as emulator:
        iam = Iam(emulator, Clock())
        group_id, user_id = iam.group(), iam.user()
        path = f"/groups/{group_id}"

        def add_slowly() -> None:
            client = Iam(emulator, iam.clock)
            # Closing the emulator ends the delay, and may happen before the response.
            with client.session, suppress(requests.ConnectionError):
                while client.call("POST", f"{path}/add-member", {"user_id": user_id}).status == 409:
                    pass  # a delete is in progress

        thread = threading.Thread(target=add_slowly)
        thread.start()
        while (answer := iam.call("POST", f"{path}/remove-member", {"user_id": user_id})) == (
            not_found("", user_id)
        ):
            pass
        assert (answer.status, answer.body["type"]) == (409, "transient_state")
        assert iam.get(path)["user_ids"] == []
        iam.session.close()
    thread.join()
    (group,) = emulator.snapshot().objects["group"]
    assert group["user_ids"] == [user_id]


# Stale reads after a create


def test_what_was_created_is_hidden_until_so_many_reads_have_missed_it(iam: Iam) -> None:
    old = iam.group("old")
    iam.emulator.faults.add(Fault(operation="create_group", hidden_reads=3))
    new = iam.group("new")
    assert iam.call("GET", f"/groups/{new}") == not_found("group", new)
    assert iam.get(f"/groups/{old}")["id"] == old
    assert names(iam) == ["old"]
    # Writes see hidden objects and do not count as reads.
    assert iam.patch(f"/groups/{new}", description="d")["id"] == new
    assert create(iam).status == 200
    assert iam.list("/groups", name="new")["total_count"] == 0
    assert iam.get(f"/groups/{new}")["description"] == "d"


def test_what_was_created_is_hidden_for_a_time(iam: Iam) -> None:
    iam.emulator.faults.add(Fault(hidden_seconds=2))
    application_id = iam.application()
    key = iam.post("/api-keys", application_id=application_id)
    policy_id = iam.policy()
    hidden: list[Callable[[], Answer]] = [
        lambda: iam.call("GET", f"/applications/{application_id}"),
        lambda: iam.call("GET", f"/api-keys/{key['access_key']}"),
        lambda: iam.call("GET", "/rules", policy_id=policy_id),
    ]
    # Authentication finds a hidden API key.
    bearer = Iam(iam.emulator, iam.clock, key["secret_key"])
    with bearer.session:
        assert bearer.list("/applications") == {"applications": [], "total_count": 0}
    assert [look().status for look in hidden] == [404, 404, 404]
    iam.clock.advance(seconds=2)
    assert [look().status for look in hidden] == [200, 200, 200]
    assert iam.get(f"/applications/{application_id}")["nb_api_keys"] == 1
    another = iam.post("/api-keys", application_id=application_id)["access_key"]
    assert iam.get(f"/applications/{application_id}")["nb_api_keys"] == 1
    assert iam.list("/api-keys", bearer_id=application_id)["total_count"] == 1
    snapshot = iam.emulator.snapshot()
    iam.emulator.restore(snapshot)
    assert iam.get(f"/api-keys/{another}")["access_key"] == another
    last = iam.group()
    iam.emulator.faults.clear()
    assert iam.get(f"/groups/{last}")["id"] == last


def test_what_was_created_is_hidden_from_lists_only(iam: Iam) -> None:
    iam.emulator.faults.add(Fault(hidden_seconds=2, lists_only=True))
    policy_id = iam.policy()
    assert iam.get(f"/policies/{policy_id}")["id"] == policy_id
    assert iam.call("GET", "/rules", policy_id=policy_id).status == 200
    assert iam.list("/policies") == {"policies": [], "total_count": 0}
    iam.clock.advance(seconds=2)
    assert iam.list("/policies")["total_count"] == 1


# Invalid faults


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            {},
            "a fault has no effect: set one of latency, status, lost, hidden_seconds, hidden_reads",
        ),
        (
            {"latncy": 1},
            (
                "latncy: unknown field; use one of operation, method, path, first, last, every, "
                "probability, seed, per_second, burst, latency, status, body, lost, hang, "
                "hidden_seconds, hidden_reads, lists_only"
            ),
        ),
        (
            {"operation": "create_grup", "latency": 1},
            "operation: no operation matches 'create_grup'",
        ),
        ({"operation": 5, "latency": 1}, "operation: must be a string"),
        ({"status": "503"}, "status: must be a whole number"),
        ({"status": 42}, "status: must be between 200 and 599"),
        ({"status": True}, "status: must be a whole number"),
        ({"status": 503, "body": "x"}, "body: must be an object"),
        ({"body": {}, "latency": 1}, "body: needs a status"),
        ({"lost": "now"}, "lost: must be before or after"),
        ({"lost": "after", "status": 503}, "lost: cannot be combined with a status"),
        ({"hang": True, "latency": 1}, "hang: needs lost to be before or after"),
        ({"hang": "yes", "lost": "after"}, "hang: must be true or false"),
        ({"first": 0, "latency": 1}, "first: must be at least 1"),
        ({"last": 1.5, "latency": 1}, "last: must be a whole number"),
        ({"every": None, "latency": 1}, "every: must be a whole number"),
        ({"probability": 2, "latency": 1}, "probability: must be between 0 and 1"),
        ({"latency": float("nan")}, "latency: must be between 0 and 3600"),
        ({"lists_only": True, "latency": 1}, "lists_only: needs hidden_seconds or hidden_reads"),
        ({"burst": 5, "status": 429}, "burst: needs per_second"),
        (5, "a fault must be an object"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^\[1\]: ") as caught:
        faults_from_json([{"latency": 1}, fault])
    assert str(caught.value) == f"[1]: {reason}"


def test_a_fault_reads_as_it_is_written() -> None:
    written = {"operation": "create_*", "first": 2, "status": 403, "body": {"type": "x"}}
    (fault,) = faults_from_json([written])
    assert fault == Fault(operation="create_*", first=2, status=403, body={"type": "x"})
    assert fault.to_json() == written
