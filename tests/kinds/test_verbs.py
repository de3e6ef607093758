"""The verbs of the kinds over HTTP: what they do, in how few calls, and what they refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.client import IamClient
from pulumi_scw_iam.config import Settings
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.errors import IamError, NotFound, Refused
from pulumi_scw_iam.front import Front
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER"
NOBODY = "99999999-9999-4999-8999-999999999999"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}")


class World:
    """A local IAM API, a front on it, and what the front has asked it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.emulator = Emulator(access_log=self.log.append)
        settings = Settings.resolve(environ=self.emulator.environment)
        self.front = Front(lambda: settings)
        self.iam = IamClient(settings)
        self.organization = self.emulator.organization_id
        self.project = self.emulator.project_id

    def calls(self) -> list[str]:
        """The calls since this was asked last, without ids and times: "GET groups/ID 200"."""
        lines = [_ID.sub("ID", line.rpartition(" ")[0]) for line in self.log]
        self.log.clear()
        return [line.replace("/iam/v1alpha1/", "") for line in lines]

    def made(self, kind: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        """Check and create; fails the test on check failures."""
        checked, failures = self.front.check(KINDS[kind], {}, inputs, resource_name="it")
        assert failures == []
        return self.front.create(KINDS[kind], checked)

    def updated(self, kind: str, it: str, olds: dict[str, Any], **inputs: Any) -> dict[str, Any]:
        checked, failures = self.front.check(KINDS[kind], olds, inputs, resource_name="it")
        assert failures == []
        return self.front.update(KINDS[kind], it, olds, checked)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.emulator.close()


def test_a_group_takes_one_call_and_one_more_for_its_members(world: World) -> None:
    alice, _ = world.made("User", email="a@example.com", username="alice")
    robot, _ = world.made("Application")
    world.calls()

    it, empty = world.made("Group", name="empty", user_ids=[])
    assert world.calls() == ["POST groups 200"]
    assert empty["user_ids"] == []
    it, state = world.made("Group", user_ids=[alice])
    assert world.calls() == ["POST groups 200", "PUT groups/ID/members 200"]
    assert state == {
        "name": "it",
        "description": "",
        "tags": [],
        "user_ids": [alice],
        "organization_id": world.organization,
        "created_at": world.iam.get_group(it)["created_at"],
        "editable": True,
        "deletable": True,
        "managed": False,
        "all_users": False,
        "all_applications": False,
    }
    world.calls()
    assert world.front.read(KINDS["Group"], it, state) == state
    assert world.calls() == ["GET groups/ID 200"]

    state = world.updated("Group", it, state, user_ids=[alice], description="d")
    assert world.calls() == ["PATCH groups/ID 200"]
    world.iam.add_group_member(it, application_id=robot)
    world.calls()
    state = world.updated("Group", it, state, user_ids=[], description="d")
    # The list that the program does not speak of is sent back as it is.
    assert world.calls() == ["GET groups/ID 200", "PUT groups/ID/members 200"]
    assert world.iam.get_group(it)["application_ids"] == [robot]
    world.calls()
    state = world.updated("Group", it, state, user_ids=[], application_ids=[], description="d")
    assert world.calls() == ["PUT groups/ID/members 200"]
    state = world.updated("Group", it, state, description="d")
    assert world.calls() == []
    assert "user_ids" not in state
    world.front.delete(KINDS["Group"], it, state)
    assert world.calls() == ["DELETE groups/ID 204"]


def test_a_policy_sends_its_rules_only_when_they_mean_something_else(world: World) -> None:
    group, _ = world.made("Group")
    rules = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": world.organization},
        {"permission_set_names": ["AllProductsReadOnly"], "project_ids": [world.project]},
    ]
    world.calls()
    it, state = world.made("Policy", group_id=group, rules=rules)
    assert world.calls() == ["POST policies 200"]
    assert world.front.read(KINDS["Policy"], it, state) == state
    assert sorted(world.calls()) == ["GET policies/ID 200", "GET rules 200"]

    state = world.updated("Policy", it, state, group_id=group, rules=rules[::-1], tags=["t"])
    assert world.calls() == ["PATCH policies/ID 200"]
    state = world.updated("Policy", it, state, no_principal=True, rules=rules, tags=["t"])
    assert world.calls() == ["PATCH policies/ID 200"]
    assert world.iam.get_policy(it)["no_principal"] is True
    assert "group_id" not in state
    world.calls()
    state = world.updated("Policy", it, state, no_principal=True, rules=rules[:1], tags=["t"])
    assert world.calls() == ["PUT rules 200"]
    assert world.front.read(KINDS["Policy"], it, state) == state


def test_an_api_key_keeps_its_secret_through_reads_and_updates(world: World) -> None:
    robot, _ = world.made("Application")
    world.calls()
    it, state = world.made("APIKey", application_id=robot)
    assert world.calls() == ["POST api-keys 200"]
    secret = state["secret_key"]
    assert re.fullmatch(r"[0-9a-f-]{36}", secret)
    assert (it, state["default_project_id"]) == (state["access_key"], world.project)
    assert world.front.read(KINDS["APIKey"], it, state) == state
    state = world.updated(
        "APIKey",
        it,
        state,
        application_id=robot,
        description="d",
        expires_at="2040-01-01T00:00:00Z",
    )
    assert (state["secret_key"], state["description"]) == (secret, "d")
    assert world.calls() == ["GET api-keys/ID 200", "PATCH api-keys/ID 200"]
    looked_up = world.front.read(KINDS["APIKey"], it, None)
    assert looked_up == {name: value for name, value in state.items() if name != "secret_key"}


def test_an_ssh_key_is_disabled_by_a_second_call(world: World) -> None:
    it, state = world.made("SSHKey", public_key=f"{KEY} alice@laptop", disabled=True)
    assert world.calls() == ["POST ssh-keys 200", "PATCH ssh-keys/ID 200"]
    assert (state["public_key"], state["disabled"]) == (KEY, True)
    assert world.front.read(KINDS["SSHKey"], it, state) == state


def test_a_user_takes_one_call_per_thing_that_changes(world: World) -> None:
    member = {"email": "a@example.com", "username": "alice"}
    it, state = world.made("User", **member, password="first one")
    assert world.calls() == ["POST users 200"]
    assert (state["type"], state["password"], state["locale"]) == ("member", "first one", "en_US")
    assert world.front.read(KINDS["User"], it, state) == state
    world.calls()
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({"first_name": "A", "tags": ["t"]}, ["PATCH users/ID 200"]),
        ({"username": "alicia"}, ["POST users/ID/update-username 200"]),
        ({"password": "another"}, ["POST users/ID/update-password 200"]),
        ({"locked": True}, ["POST users/ID/lock 200"]),
        ({"locked": False}, ["POST users/ID/unlock 200"]),
    ]
    inputs: dict[str, Any] = {**member, "password": "first one"}
    for change, calls in changes:
        inputs |= change
        state = world.updated("User", it, state, **inputs)
        assert world.calls() == calls
    assert world.front.read(KINDS["User"], it, state) == state

    _, locked = world.made("User", email="b@example.com", username="bob", locked=True)
    assert world.calls()[-2:] == ["POST users 200", "POST users/ID/lock 200"]
    assert locked["locked"] is True


def test_a_membership_is_one_call_in_and_one_out(world: World) -> None:
    group, _ = world.made("Group")
    robot, _ = world.made("Application")
    world.calls()
    it, state = world.made("GroupMembership", group_id=group, application_id=robot)
    assert it == f"{group}/application/{robot}"
    assert world.front.read(KINDS["GroupMembership"], it, None) == state
    world.front.delete(KINDS["GroupMembership"], it, state)
    assert world.calls() == [
        "POST groups/ID/add-member 200",
        "GET groups/ID 200",
        "POST groups/ID/remove-member 200",
    ]
    assert world.front.read(KINDS["GroupMembership"], it, state) is None
    with pytest.raises(NotFound) as gone:
        world.front.read(KINDS["GroupMembership"], it, None)
    assert str(gone.value) == (
        f"read membership {it}: application {robot} is not in group {group} (404)"
    )
    world.front.delete(KINDS["GroupMembership"], it, state)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Group", {}),
        ("Application", {}),
        ("Policy", {"no_principal": True}),
        ("SSHKey", {"public_key": KEY}),
        ("User", {"email": "a@example.com", "username": "alice"}),
    ],
)
def test_what_is_gone_reads_as_gone_deletes_as_done_and_cannot_be_updated(
    world: World, kind: str, inputs: dict[str, Any]
) -> None:
    it, state = world.made(kind, **inputs)
    world.front.delete(KINDS[kind], it, state)
    assert world.front.read(KINDS[kind], it, state) is None
    world.front.delete(KINDS[kind], it, state)
    changed = {"tags": ["t"]} if kind != "SSHKey" else {"disabled": True}
    with pytest.raises(NotFound) as gone:
        world.updated(kind, it, state, **inputs, **changed)
    noun = KINDS[kind].noun
    assert re.fullmatch(
        rf"update {noun} \".*\": {noun.replace('SSH', 'ssh')} {it} does not exist"
        r" \(404, request [0-9a-f-]{36}\); if it was deleted outside Pulumi, `pulumi refresh`"
        r" finds out",
        str(gone.value),
    )


def test_an_owner_is_not_deleted_and_no_call_is_made(world: World) -> None:
    (owner,) = world.iam.list_users()
    state = world.front.read(KINDS["User"], owner["id"], None)
    assert state is not None
    world.calls()
    with pytest.raises(Refused, match=r"^delete user \".*\": an owner of the organization cannot"):
        world.front.delete(KINDS["User"], owner["id"], state)
    assert world.calls() == []


@pytest.mark.parametrize("kind", ["Group", "Application", "Policy"])
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"managed": True}, "it is managed by a Scaleway product, so Pulumi cannot {verb} it"),
        ({"{flag}": False}, "Scaleway does not allow to {verb} it ({flag} is false)"),
    ],
)
def test_what_scaleway_keeps_for_itself_is_refused_before_any_call(
    world: World, kind: str, facts: dict[str, bool], reason: str
) -> None:
    inputs = {"no_principal": True} if kind == "Policy" else {}
    it, state = world.made(kind, **inputs)
    world.calls()
    for verb, flag in (("change", "editable"), ("delete", "deletable")):
        locked = {**state, **{name.format(flag=flag): value for name, value in facts.items()}}
        with pytest.raises(Refused) as refused:  # noqa: PT012 - one of the two
            if verb == "delete":
                world.front.delete(KINDS[kind], it, locked)
            else:
                world.updated(kind, it, locked, **inputs, tags=["t"])
        assert refused.value.reason == reason.format(verb=verb, flag=flag)
    assert world.calls() == []


def test_the_built_in_groups_are_refused_before_any_call(world: World) -> None:
    it, state = world.made("Group")
    world.calls()
    with pytest.raises(Refused) as refused:
        world.front.delete(KINDS["Group"], it, {**state, "all_users": True})
    assert str(refused.value) == (
        'delete group "it": it is the built-in group of all users; Scaleway keeps it itself'
    )
    assert world.calls() == []


def test_a_create_whose_second_call_fails_leaves_nothing(world: World) -> None:
    with pytest.raises(IamError) as failed:
        world.made("Group", user_ids=[NOBODY])
    assert re.fullmatch(
        rf'create group "it": user {NOBODY} does not exist \(404, request [0-9a-f-]{{36}}\);'
        " the new group was removed again",
        str(failed.value),
    )
    assert world.calls() == [
        "POST groups 200",
        "PUT groups/ID/members 404",
        "DELETE groups/ID 204",
    ]
