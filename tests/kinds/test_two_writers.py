"""Two writers on one group: a second writer changes members at every point of an update.

The second writer's change happens before, during and after each call of the update, or while a call is refused
with 409 `transient_state`. A list outside the update must end as the second writer left it, with no member lost
and no member restored. A list in the update must end as declared, unless the second writer changed it after the
last call with the list in its response.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Incomplete, NotFound
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS
from tests.support.relays.messages import MessageRelay
from tests.support.scripted_api import Answer, Api, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted_api import Received

LISTS = ("user_ids", "application_ids")
Members = dict[str, frozenset[str]]

BEFORE, AFTER, REFUSED = "before call", "after call", "409 at call"
WHEN = (BEFORE, AFTER, REFUSED)


@dataclass(frozen=True)
class Update:
    """An update of the group, from `before` to `after`. "u2" is a user, "a2" is an application."""

    before: dict[str, Any]
    after: dict[str, Any]
    held: str = ""
    """Further members of the group, from outside the program."""

    def takes(self, name: str) -> bool:
        """Return whether a list is part of the update: set by the program, and changed."""
        return name in self.after and self.after[name] != self.before.get(name)


def declared(users: str | None = None, applications: str | None = None, **more: Any) -> Any:
    lists = {"user_ids": users, "application_ids": applications}
    return {**{name: ids.split() for name, ids in lists.items() if ids is not None}, **more}


UPDATES = {
    "users added, applications unset": Update(declared("u1 u2"), declared("u1 u2 u3"), "a1 a2"),
    "users removed, applications unset": Update(declared("u1 u2 u3"), declared("u1"), "a1 a2"),
    "users exchanged, applications unset": Update(declared("u1 u2"), declared("u1 u3"), "a1 a2"),
    "users exchanged, applications set and unchanged or ignored": Update(
        declared("u1 u2", "a1 a2"), declared("u1 u3", "a1 a2")
    ),
    "users set for the first time": Update(declared(), declared("u1 u3"), "u2 a1 a2"),
    "users no longer set": Update(declared("u1 u2"), declared(), "a1 a2"),
    "users exchanged, applications no longer set": Update(
        declared("u1 u2", "a1 a2"), declared("u1 u3")
    ),
    "applications added, users unset": Update(
        declared(None, "a1 a2"), declared(None, "a1 a2 a3"), "u1 u2"
    ),
    "applications exchanged, users set and unchanged or ignored": Update(
        declared("u1 u2", "a1 a2"), declared("u1 u2", "a1 a3")
    ),
    "both exchanged": Update(declared("u1 u2", "a1 a2"), declared("u1 u3", "a1 a3")),
    "description": Update(declared("u1 u2"), declared("u1 u2", description="d"), "a1 a2"),
    "description and users exchanged": Update(
        declared("u1 u2"), declared("u1 u3", description="d"), "a1 a2"
    ),
    "description and both exchanged": Update(
        declared("u1 u2", "a1 a2"), declared("u1 u3", "a1 a3", description="d")
    ),
    "users emptied": Update(declared("u1 u2"), declared(""), "a1 a2"),
}

OTHERS = [
    f"{verb} {member}"
    for verb, member in itertools.product(("add", "remove"), ("u1", "u2", "u3", "u4"))
    if (verb, member) not in {("add", "u1"), ("remove", "u4")}
] + [
    f"{verb} {member}"
    for verb, member in itertools.product(("add", "remove"), ("a1", "a2", "a3", "a4"))
    if (verb, member) not in {("add", "a1"), ("remove", "a4")}
]
"""The second writer's changes, of members that the update keeps, removes, adds, or does not declare."""


@dataclass
class World:
    """A group on a local IAM API, a provider core behind a relay, and a second writer."""

    emulator: Emulator
    api: Api
    relay: MessageRelay
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.iam = IamClient(Settings.resolve(environ=self.emulator.environment))
        for n in "1234":
            self.ids[f"u{n}"] = self.iam.create_user(email=f"{n}@example.com")["id"]
            self.ids[f"a{n}"] = self.iam.create_application(name=f"a{n}")["id"]
        quick = {"SCW_API_URL": self.api.url, "PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"}
        settings = Settings.resolve(environ={**self.emulator.environment, **quick})
        self.core = ProviderCore(lambda: settings)

    def checked(self, olds: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
        named = {
            name: [self.ids[member] for member in value] if name in LISTS else value
            for name, value in inputs.items()
        }
        defaults = {"organization_id": self.emulator.organization_id}
        checked, failures = KINDS["Group"].check(olds, {"name": "g", **named}, settings=defaults)
        assert failures == []
        return checked

    def begin(self, update: Update) -> tuple[str, dict[str, Any]]:
        """Create the group for an update; return its id and its state."""
        group_id, state = self.core.create(KINDS["Group"], self.checked({}, update.before))
        self.other(group_id, *(f"add {member}" for member in update.held.split()))
        return group_id, state

    def other(self, group_id: str, *changes: str) -> None:
        """Make changes as another process: writers in one process would wait for each other."""
        for change in changes:
            verb, member = change.split()
            named = {"user_id" if member[0] == "u" else "application_id": self.ids[member]}
            answer = requests.post(
                f"{self.emulator.url}/iam/v1alpha1/groups/{group_id}/{verb}-member",
                json=named,
                headers={"X-Auth-Token": self.emulator.secret_key},
                timeout=10,
            )
            assert answer.ok or (verb, answer.status_code) == ("remove", 404), answer.text

    def members(self, group_id: str) -> Members:
        names = {member_id: name for name, member_id in self.ids.items()}
        group: Any = self.iam.get_group(group_id)
        return {name: frozenset(names[member_id] for member_id in group[name]) for name in LISTS}


@pytest.fixture
def world() -> Iterator[World]:
    api = Api()
    with Emulator() as emulator, serving(api):
        yield World(emulator, api, MessageRelay(api, emulator))


BUSY = {
    "type": "transient_state",
    "message": "resource is in a transient state",
    "resource": "group",
    "current_state": "updating",
}


class Meeting:
    """The second writer's change, made once, at one point of the update."""

    def __init__(self, world: World, when: str, number: int, change: Callable[[], None]) -> None:
        self.world = world
        self.when = when
        self.number = number
        self.change = change
        self.calls: list[str] = []
        self.met = False
        self.later: list[str] = []
        """The calls of the update with an effect after the change."""

    def __call__(self, received: Received) -> Answer:
        self.calls.append(received.call)
        due = not self.met and len(self.calls) == self.number
        if due and self.when != AFTER:
            self.meet()
        if due and self.when == REFUSED:
            return Answer({**BUSY, "resource_id": received.path.split("/")[4]}, 409)
        if self.met:
            self.later.append(received.call)
        answer = self.world.relay.forward(received)
        if due and self.when == AFTER:
            self.meet()
        return answer

    def meet(self) -> None:
        self.met = True
        self.change()


def changed(members: frozenset[str], change: str) -> frozenset[str]:
    verb, member = change.split()
    return members | {member} if verb == "add" else members - {member}


def failures_of(world: World, update: Update, when: str, number: int, change: str) -> Any:
    """Run an update with one meeting; return the failures, or None if the update has fewer calls."""
    world.api.otherwise = world.relay.forward
    group_id, state = world.begin(update)
    initial = world.members(group_id)
    meeting = Meeting(world, when, number, lambda: world.other(group_id, change))
    world.api.otherwise = meeting
    reached = world.core.update(KINDS["Group"], group_id, state, world.checked(state, update.after))
    world.api.otherwise = world.relay.forward
    members = world.members(group_id)
    world.iam.delete_group(group_id)
    if not meeting.met:
        assert not (update.takes("user_ids") and number == 1)
        return None
    case = f"{when} {number}, the other: {change}"
    failures = []
    for list_name in LISTS:
        theirs = change.split()[1][0] == list_name[0]
        expected = initial[list_name]
        if update.takes(list_name):
            expected = frozenset(update.after[list_name])
        if theirs and not (
            update.takes(list_name) and any("member" in call for call in meeting.later)
        ):
            expected = changed(expected, change)
        if members[list_name] != expected:
            failures.append(
                f"{case}: {list_name} is {sorted(members[list_name])}, not {sorted(expected)}"
            )
        requested = update.after.get(list_name)
        expected_state = (
            None if requested is None else sorted(world.ids[member] for member in requested)
        )
        state_members = reached.get(list_name)
        if (None if state_members is None else sorted(state_members)) != expected_state:
            failures.append(f"{case}: the state says {state_members}, not {expected_state}")
    return failures


@pytest.mark.faults
@pytest.mark.parametrize("name", UPDATES)
def test_no_member_of_the_other_writer_is_lost_and_none_comes_back(
    world: World, name: str, record_property: Callable[[str, object], None]
) -> None:
    update, cases, failures = UPDATES[name], 0, []
    for when, change in itertools.product(WHEN, OTHERS):
        for number in itertools.count(1):
            found = failures_of(world, update, when, number, change)
            if found is None:
                break
            cases += 1
            failures += found
    record_property("meetings", cases)
    assert not failures, "\n".join(failures)
    assert cases >= len(WHEN) * len(OTHERS) or "no longer set" in name


# --- single cases with whole messages -----------------------------------------------------------------


def test_a_list_that_is_as_in_the_state_is_not_written(world: World) -> None:
    """With `ignoreChanges`, the engine passes the old value of the list, which may be stale."""
    group_id, state = world.begin(UPDATES["both exchanged"])
    world.other(group_id, "add u4", "remove u1", "add a4")
    news = world.checked(state, declared("u1 u2", "a1 a3"))
    world.core.update(KINDS["Group"], group_id, state, news)
    assert world.members(group_id) == {
        "user_ids": frozenset({"u2", "u4"}),
        "application_ids": frozenset({"a1", "a3"}),
    }


def test_drift_is_taken_out_and_nothing_else(world: World) -> None:
    group_id, state = world.begin(Update(declared("u1 u2"), {}, "a1"))
    world.other(group_id, "add u3")
    drifted = world.core.read(KINDS["Group"], group_id, state)
    assert drifted is not None
    world.api.received.clear()
    world.core.update(KINDS["Group"], group_id, drifted, world.checked({}, declared("u1 u2")))
    caller = f"GET api-keys/{world.emulator.access_key}"
    assert world.api.calls == [
        caller,
        f"GET groups/{group_id}",
        f"POST groups/{group_id}/remove-member",
    ]
    assert world.members(group_id) == {
        "user_ids": frozenset({"u1", "u2"}),
        "application_ids": frozenset({"a1"}),
    }


def test_removals_come_before_additions(world: World) -> None:
    update = UPDATES["users exchanged, applications unset"]
    group_id, state = world.begin(update)
    world.api.received.clear()
    world.core.update(KINDS["Group"], group_id, state, world.checked({}, update.after))
    # The first two calls read the caller's API key and the group.
    assert [
        (request.call.rpartition("/")[2], request.body) for request in world.api.received[2:]
    ] == [
        ("remove-member", {"user_id": world.ids["u2"]}),
        ("add-members", {"user_ids": [world.ids["u3"]]}),
    ]


def test_a_deleted_member_of_the_list_that_is_left_alone_does_not_fail_the_update(
    world: World,
) -> None:
    group_id, state = world.begin(
        UPDATES["users exchanged, applications set and unchanged or ignored"]
    )
    world.iam.delete_application(world.ids["a2"])
    news = world.checked(state, declared("u1 u3", "a1 a2"))
    world.core.update(KINDS["Group"], group_id, state, news)
    assert world.members(group_id) == {
        "user_ids": frozenset({"u1", "u3"}),
        "application_ids": frozenset({"a1"}),
    }


def test_a_member_that_is_removed_and_was_deleted_is_as_good_as_removed(world: World) -> None:
    group_id, state = world.begin(UPDATES["users removed, applications unset"])

    def deleted(received: Received) -> Answer:
        world.relay.posts.clear()
        world.iam.delete_user(world.ids["u2"])
        return world.relay.forward(received)

    world.relay.posts = [deleted]
    world.core.update(KINDS["Group"], group_id, state, world.checked({}, declared("u1")))
    assert world.members(group_id)["user_ids"] == frozenset({"u1"})


def test_a_new_member_that_does_not_exist_is_named(world: World) -> None:
    group_id, state = world.begin(UPDATES["users exchanged, applications unset"])
    nobody = "99999999-9999-4999-8999-999999999999"
    world.ids["u3"] = nobody
    news = world.checked(state, declared("u1 u3"))
    with pytest.raises(Incomplete) as failed:
        world.core.update(KINDS["Group"], group_id, state, news)
    assert str(failed.value) == (
        f'update group "g": user {nobody} does not exist (404); the update is partly done;'
        " run `pulumi up` again to complete it"
    )
    left: Any = failed.value.state
    assert left.user_ids == frozenset({world.ids["u1"]})


def test_a_group_that_is_gone_is_not_taken_for_a_member_that_is(world: World) -> None:
    group_id, state = world.begin(UPDATES["users removed, applications unset"])

    def deleted(received: Received) -> Answer:
        world.iam.delete_group(group_id)
        return world.relay.forward(received)

    world.relay.posts = [deleted]
    with pytest.raises(NotFound) as gone:
        world.core.update(KINDS["Group"], group_id, state, world.checked({}, declared("u1")))
    assert gone.value.resource == "group"


def test_a_writer_who_never_rests_is_told_with_what_is_wrong(world: World) -> None:
    group_id, state = world.begin(UPDATES["users added, applications unset"])

    def taken_out(received: Received) -> Answer:
        if received.path.endswith("/add-members"):
            done = world.relay.forward(received)
            world.other(group_id, "remove u3")
            body = {**world.iam.get_group(group_id)}
            return Answer(body, done.status)
        return world.relay.forward(received)

    world.api.otherwise = taken_out
    with pytest.raises(IamError) as failed:
        world.core.update(KINDS["Group"], group_id, state, world.checked({}, declared("u1 u2 u3")))
    assert str(failed.value) == (
        f'update group "g": user {world.ids["u3"]} is missing after 3 attempts to set the'
        " members; if another program sets them too, declare the members in one program only, and run"
        " `pulumi up` again; the update is partly done; run `pulumi up` again to complete it"
    )
