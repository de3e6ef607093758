"""No unknown API key is left in silence: the key of a lost create is deleted, or named in a message.

The client reaches the local IAM API through a relay that loses responses and delays effects.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.api.user_agent import mark, user_agent
from pulumi_scw_iam.common.errors import UnknownOutcome
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.relays.messages import MessageRelay
from tests.support.scripted_api import CUT, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted_api import Api, Received

pytestmark = pytest.mark.faults

RETRY = Retry(attempts=8, base=0.01, longest=0.1, total=3.6)
"""The API lags by up to 0.3 s."""
GATEWAY = Answer(b"", 504)
FINDS = "find it with `pulumi stack export | pulumi-scw-iam doctor -`"
DENIED = Answer({"type": "permissions_denied", "message": "insufficient permissions"}, 403)


class World:
    """A relay in front of the local IAM API, and a client of the relay."""

    def __init__(self, api: Api, emulator: Emulator) -> None:
        self.emulator = emulator
        self.relay = MessageRelay(api, emulator)
        self.direct = IamClient(Settings.resolve(environ=emulator.environment))
        self.bearer = self.direct.create_application(name="robot")["id"]
        environ = {**emulator.environment, "SCW_API_URL": api.url}
        self.client = IamClient(Settings.resolve(environ=environ), retry=RETRY)
        self.timers: list[threading.Timer] = []

    def create(self) -> Any:
        return self.client.create_api_key(application_id=self.bearer, description="ci")

    @property
    def keys(self) -> set[str]:
        return {key["access_key"] for key in self.direct.list_api_keys(application_id=self.bearer)}

    def after(self, seconds: float) -> Callable[[Received], Answer]:
        """Return a responder: 504 at once, and the effect of the call after `seconds`."""

        def respond(received: Received) -> Answer:
            timer = threading.Timer(seconds, self.relay.forward, (received,))
            self.timers.append(timer)
            timer.start()
            return GATEWAY

        return respond

    def settle(self) -> None:
        """Wait until all calls have taken effect, then finish all watches, as a process does at its end."""
        for timer in self.timers:
            timer.join()
        create_watch.finish()


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    with Emulator() as emulator:
        world = World(api, emulator)
        yield world
        world.settle()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def repeated(world: World, made: str) -> str:
    return (
        f"the create of API key of application {world.bearer} {made} was repeated, because the response"
        " to a call was lost (the API gateway timed out); a call may still take effect and"
        f" leave an unknown API key of application {world.bearer}; {FINDS}"
    )


# Late effects


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2])
def test_a_key_that_appears_while_the_create_is_looked_for_is_deleted_and_made_again(
    seconds: float, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.relay.posts = [world.after(seconds)]
    made = world.create()
    assert world.keys == {made["access_key"]}
    assert warnings(caplog) == []
    assert world.relay.posted == 2


@pytest.mark.parametrize("seconds", [0.5, 0.7])
def test_a_key_that_appears_after_the_repeat_is_deleted_before_the_process_ends(
    seconds: float, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.relay.posts = [world.after(seconds)]
    made = world.create()
    assert warnings(caplog) == [repeated(world, made["access_key"])]
    world.settle()
    assert world.keys == {made["access_key"]}


def test_when_every_call_is_lost_and_takes_effect_late_two_are_made_and_the_error_names_them(
    world: World,
) -> None:
    world.relay.posts = [world.after(2.0)] * 8
    with pytest.raises(UnknownOutcome) as caught:
        world.create()
    assert str(caught.value) == (
        "POST api-keys: the API gateway timed out, tried 2 times (504); 2 calls may still"
        f" take effect and leave an unknown API key of application {world.bearer}; {FINDS}"
    )
    world.settle()
    assert len(world.keys) == 2


def test_a_refused_repeat_says_what_the_first_call_may_have_left(world: World) -> None:
    world.relay.posts = [world.after(2.0), world.relay.before(DENIED)]
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its words are compared
        world.create()
    assert str(caught.value).endswith(
        f"a call may still take effect and leave an unknown API key of application {world.bearer};"
        f" {FINDS}"
    )


def test_a_suspect_of_one_call_does_not_hide_that_another_may_take_effect(world: World) -> None:
    def unnamed(received: Received) -> Answer:
        return world.relay.forward(
            replace(received, headers={**received.headers, "User-Agent": ""})
        )

    def late(received: Received) -> Answer:
        unnamed(received)
        return GATEWAY

    world.relay.posts = [world.after(2.0), late]
    with pytest.raises(UnknownOutcome) as caught:
        world.create()
    (leftover_key,) = world.keys
    assert str(caught.value) == (
        "POST api-keys: the API gateway timed out, tried 2 times (504); the call may have created API key"
        f" {leftover_key}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete api-key {leftover_key}`, and run again; 2 calls may still take effect and leave"
        f" an unknown API key of application {world.bearer}; {FINDS}"
    )


# Changed audit logs


def rewritten(world: World, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change each entry of the audit log with `change`."""

    def respond(received: Received) -> Answer:
        answer = world.relay.forward(received)
        assert isinstance(answer.body, bytes)
        page = json.loads(answer.body)
        return Answer({**page, "logs": [change(log) for log in page["logs"]]})

    world.relay.gets["/logs"] = respond


@pytest.mark.parametrize(
    "agent",
    [
        lambda agent: "",  # noqa: ARG005
        lambda agent: "gateway/2.0",  # noqa: ARG005
        lambda agent: agent[:40],
        lambda agent: agent.split(" nonce=")[0],
        lambda agent: re.sub(r"(nonce=\S+)\S .*", r"\1", agent),
    ],
    ids=["omitted", "rewritten", "cut", "cut before the nonce", "cut within the nonce"],
)
def test_a_key_without_a_nonce_in_the_log_is_named_and_left(
    agent: Callable[[str], str], world: World
) -> None:
    rewritten(world, lambda log: {**log, "user_agent": agent(log["user_agent"])})
    world.relay.posts = [world.relay.after(GATEWAY)]
    with pytest.raises(UnknownOutcome) as caught:
        world.create()
    (leftover_key,) = world.keys
    assert str(caught.value) == (
        "POST api-keys: the API gateway timed out (504); the call may have created API key"
        f" {leftover_key}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete api-key {leftover_key}`, and run again"
    )


@pytest.mark.parametrize("offset", [4, 600])
def test_the_log_may_have_another_clock_than_the_api(offset: int, world: World) -> None:
    """The nonce is the proof, so clocks need not agree."""

    def earlier(log: dict[str, Any]) -> dict[str, Any]:
        created_at = datetime.now(timezone.utc) - timedelta(seconds=offset)
        return {**log, "created_at": created_at.isoformat()}

    rewritten(world, earlier)
    world.relay.posts = [world.relay.after(GATEWAY)]
    made = world.create()
    assert world.keys == {made["access_key"]}


def test_the_log_and_the_objects_may_have_another_clock_than_the_response(api: Api) -> None:
    lag = timedelta(seconds=4)
    with Emulator(clock=lambda: datetime.now(timezone.utc) - lag) as emulator:
        world = World(api, emulator)
        world.relay.posts = [world.relay.after(GATEWAY)]
        made = world.create()
        assert world.keys == {made["access_key"]}


def test_when_list_and_log_both_lag_a_warning_names_the_bearer_and_the_key_is_deleted_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visible_at = time.monotonic() + 0.6
    world.relay.gets["/logs"] = lambda received: (
        Answer({"logs": [], "total_count": 0})
        if time.monotonic() < visible_at
        else world.relay.forward(received)
    )
    world.emulator.faults.add(Fault(operation="create_api_key", hidden_seconds=0.6, last=1))
    world.relay.posts = [world.relay.after(GATEWAY)]
    made = world.create()
    assert warnings(caplog) == [repeated(world, made["access_key"])]
    time.sleep(max(0.0, visible_at - time.monotonic()))
    world.settle()
    assert world.keys == {made["access_key"]}


def test_an_id_in_the_log_that_is_no_access_key_proves_no_deletion(world: World) -> None:
    unknown = "5f0b0e97-1111-4222-8333-444444444444"
    rewritten(world, lambda log: {**log, "resource_id": unknown})
    world.relay.posts = [world.relay.after(GATEWAY)]
    with pytest.raises(UnknownOutcome) as caught:
        world.create()
    (leftover_key,) = world.keys
    assert str(caught.value) == (
        "POST api-keys: the API gateway timed out (504); the audit log shows that the call created"
        f" API key {unknown}, but the API has no API key with this id; a candidate is API key {leftover_key}; if"
        f" nothing uses it, delete it with `pulumi-scw-iam delete api-key {leftover_key}`"
    )


def test_the_key_of_another_process_of_this_package_is_not_touched(world: World) -> None:
    foreign_keys: list[str] = []

    def lost(received: Received) -> Answer:
        nonce = f"nonce={'0' * 8}.{'1' * 8}"
        agent = re.sub(r"nonce=\S+", nonce, received.headers["User-Agent"])
        other = replace(received, headers={**received.headers, "User-Agent": agent})
        answer = world.relay.forward(other)
        assert isinstance(answer.body, bytes)
        foreign_keys.append(json.loads(answer.body)["access_key"])
        return CUT

    world.relay.posts = [lost]
    made = world.create()
    assert world.keys == {*foreign_keys, made["access_key"]}


def test_each_call_has_a_nonce_of_its_own(world: World) -> None:
    world.relay.posts = [world.relay.before(GATEWAY)]
    world.create()
    posts = [received for received in world.relay.api.received if received.method == "POST"]
    nonces = {
        re.findall(r"nonce=([0-9a-f]{8})\.([0-9a-f]{8}) ", received.headers["User-Agent"])[0]
        for received in posts
    }
    assert len({call for _, call in nonces}) == 2
    assert len({process for process, _ in nonces}) == 1


def test_a_forked_child_has_a_nonce_of_its_own() -> None:
    parent, (reading, writing) = user_agent(), os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, user_agent().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1000).decode() != parent
    assert user_agent() == parent
    os.close(reading)
    os.close(writing)


def test_the_nonce_stands_where_a_log_that_cuts_the_header_short_keeps_it() -> None:
    assert user_agent("12345678").index(mark("12345678")) < 40
