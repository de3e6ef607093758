"""The clock moves forward on request: keys expire and permissions take effect without a wait."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.common.formats import moment
from pulumi_scw_iam.emulator import Emulator, Snapshot
from tests.support.emulator_command import command
from tests.support.local_api import Answer, Clock, Iam, invalid

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2030, 1, 1, tzinfo=timezone.utc)


def clock(iam: Iam, method: str, body: Any = None) -> Answer:
    headers = {"X-Auth-Token": iam.emulator.secret_key}
    url = f"{iam.emulator.url}/__emulator/clock"
    response = requests.request(method, url, json=body, headers=headers, timeout=10)
    return Answer(response.status_code, response.json())


def test_the_clock_is_moved_by_a_duration_or_to_a_time(iam: Iam) -> None:
    assert clock(iam, "GET") == Answer(200, {"now": "2030-01-01T00:00:00.000000Z"})
    moved = clock(iam, "POST", {"advance": "3600s"})
    assert moved == Answer(200, {"now": "2030-01-01T01:00:00.000000Z"})
    moved = clock(iam, "POST", {"now": "2030-02-01T01:00:00+01:00"})
    assert moved == Answer(200, {"now": "2030-02-01T00:00:00.000000Z"})
    assert clock(iam, "GET") == moved
    assert iam.create("/groups", name="late")["created_at"].startswith("2030-02-01T00:00:00")


def test_responses_have_the_date_of_the_clock(iam: Iam) -> None:
    iam.emulator.advance(timedelta(days=31))
    url = f"{iam.emulator.url}/iam/v1alpha1/groups"
    date = iam.session.get(url, timeout=10).headers["Date"]
    assert parsedate_to_datetime(date) == START + timedelta(days=31)


def test_a_key_expires_once_the_clock_has_passed_its_date(iam: Iam) -> None:
    expires_at = "2030-01-02T00:00:00Z"
    key = iam.create("/api-keys", application_id=iam.application(), expires_at=expires_at)
    bearer = Iam(iam.emulator, iam.clock, key["secret_key"])
    assert bearer.call("GET", "/groups").status == 200
    iam.emulator.advance(timedelta(days=1, seconds=1))
    refused = bearer.call("GET", "/groups")
    assert (refused.status, refused.body["reason"]) == (401, "expired")
    listed = iam.list("/api-keys", expired=True)
    assert [item["access_key"] for item in listed["api_keys"]] == [key["access_key"]]


def test_a_grant_takes_effect_once_the_clock_has_passed_its_delay() -> None:
    with Emulator(clock=Clock(), enforce=True, grant_delay=60) as emulator:
        owner = Iam(emulator, Clock())
        application_id = owner.application()
        robot = owner.acting_as(application_id=application_id)
        scope = {"organization_id": owner.organization_id}
        rules = [{"permission_set_names": ["IAMReadOnly"], **scope}]
        owner.create("/policies", name="p", application_id=application_id, rules=rules)
        assert robot.call("GET", "/groups", **scope).status == 403
        emulator.advance(timedelta(seconds=61))
        assert robot.call("GET", "/groups", **scope).status == 200


IN_VAIN: list[Any] = [None, {}, [], {"advance": 1}, {"advance": "1s", "now": "x"}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"now": "2029-12-31T00:00:00Z"}, "the clock only moves forward"),
        ({"advance": "1h"}, "advance: not a duration in seconds"),
        ({"now": "tomorrow"}, "now: not an RFC 3339 time"),
        ({"advance": "300000000000s"}, "the clock stops before the year 10000"),
        *(
            (body, 'must be {"advance": "3600s"} or {"now": "2030-01-31T12:00:00Z"}')
            for body in IN_VAIN
        ),
    ],
    ids=str,
)
def test_an_invalid_move_is_a_400_and_leaves_the_clock(iam: Iam, body: Any, reason: str) -> None:
    refused = clock(iam, "POST", body)
    assert refused == Answer(*invalid(("body", "format", reason)))
    assert iam.emulator.time == START


def test_a_moved_clock_stays_in_the_state_file_and_in_snapshots(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state, clock=Clock()) as emulator:
        emulator.advance(timedelta(days=1))
        snapshot = Snapshot.from_json(json.loads(json.dumps(emulator.snapshot().to_json())))
    with Emulator(state=state, clock=Clock()) as emulator:
        assert emulator.time == START + timedelta(days=1)
        emulator.reset()
        assert emulator.time == START
        emulator.restore(snapshot)
        assert emulator.time == START + timedelta(days=1)
    edited = {**json.loads(json.dumps(snapshot.to_json())), "ahead_seconds": 5.0}
    with pytest.raises(ValueError, match="not a snapshot of this version"):
        Snapshot.from_json(edited)


def test_a_restored_clock_makes_no_objects_in_the_future() -> None:
    with Emulator(clock=Clock()) as emulator:
        owner, snapshot = Iam(emulator, Clock()), emulator.snapshot()
        emulator.advance(timedelta(days=31))
        owner.application("later")
        emulator.restore(snapshot)
        made = owner.create("/applications", name="now")["created_at"]
        assert moment(made) - START < timedelta(seconds=1)


def test_the_command_starts_at_a_later_time(capsys: pytest.CaptureFixture[str]) -> None:
    with command("--now", "2130-01-31T12:00:00Z") as (_, facts):
        headers = {"X-Auth-Token": facts["secret_key"]}
        response = requests.get(f"{facts['url']}/__emulator/clock", headers=headers, timeout=10)
        assert response.json()["now"].startswith("2130-01-31T12:00:")
    assert main.main(["emulator", "--now", "2020-01-31T12:00:00Z"]) == 1
    expected = "pulumi-scw-iam: --now 2020-01-31T12:00:00Z: the clock only moves forward\n"
    assert capsys.readouterr().err == expected


def test_an_object_of_an_older_state_file_gets_the_fields_of_this_version(iam: Iam) -> None:
    iam.create("/groups", name="old")
    snapshot = iam.emulator.snapshot()
    groups = tuple(
        {name: value for name, value in group.items() if name != "tags"}
        for group in snapshot.objects["group"]
    )
    assert groups
    iam.emulator.restore(Snapshot({**snapshot.objects, "group": groups}))
    (group,) = iam.list("/groups")["groups"]
    assert group["tags"] == []
