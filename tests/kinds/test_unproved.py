"""A create may adopt an object without proof. Such an object is never changed or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.errors import UnknownOutcome
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from tests.kinds.world import World


INPUTS: dict[str, dict[str, Any]] = {
    "Group": {"name": "devs", "application_ids": ["$robot"]},
    "SSHKey": {"name": "laptop", "public_key": SSH_KEY, "disabled": True},
    "User": {"email": "a@example.com", "username": "alice", "locked": True},
    "SAML": {"entity_id": "https://idp"},
}
"""Inputs for creates with two API calls."""

CREATES = {
    "Group": "create_group",
    "SSHKey": "create_ssh_key",
    "User": "create_user",
    "SAML": "enable_organization_saml",
}
WORDS = {"Group": "group", "SSHKey": "ssh-key", "User": "user", "SAML": "saml-configuration"}


def lose_response(world: World, operation: str) -> None:
    """Lose the response to the create, and refuse the audit log."""
    world.emulator.faults.add(
        Fault(operation=operation, lost="after", last=1),
        Fault(operation="list_logs", status=403),
    )


@pytest.mark.parametrize("kind", INPUTS)
def test_a_create_of_two_calls_leaves_an_unproved_object_as_it_is(kind: str, world: World) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    inputs = {k: [robot] if v == ["$robot"] else v for k, v in INPUTS[kind].items()}
    lose_response(world, CREATES[kind])
    world.calls()
    with pytest.raises(UnknownOutcome) as caught:
        world.create(kind, **inputs)
    calls = [call for call in world.calls() if not call.startswith("GET ")]
    assert len(calls) == 1, calls
    line = str(caught.value)
    noun = WORDS[kind].replace("-", " ").replace("ssh", "SSH").replace("saml", "SAML")
    resource_id = line.partition(f", and {noun} ")[2].split(" ")[0]
    assert line.endswith(
        f": the response to the create was lost, and {noun} {resource_id} appeared without proof that"
        " this create made it, so it was left as it is; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete {WORDS[kind]} {resource_id}`, and run again"
    )


@pytest.mark.parametrize("kind", ["Group", "SSHKey"])
def test_a_create_of_one_call_adopts_an_unproved_object(kind: str, world: World) -> None:
    inputs = {k: v for k, v in INPUTS[kind].items() if k not in {"application_ids", "disabled"}}
    lose_response(world, CREATES[kind])
    _, state = world.create(kind, **inputs)
    assert state["name"] == inputs["name"]


def test_a_group_that_has_members_already_is_not_adopted(world: World) -> None:
    """A new group has no members, so this group belongs to another program or was changed."""
    robot = world.iam.create_application(name="robot")["id"]
    theirs = world.iam.create_group(name="devs")["id"]
    world.iam.add_group_member(theirs, application_id=robot)
    world.emulator.faults.add(
        Fault(operation="create_group", lost="before", last=1),
        Fault(operation="list_logs", status=403),
    )
    with pytest.raises(Exception, match="409"):
        world.create("Group", name="devs")
    assert world.iam.get_group(theirs)["application_ids"] == [robot]


# The undo of an abandoned create


def test_an_undo_deletes_a_new_membership(world: World) -> None:
    group, _ = world.create("Group", name="devs")
    robot, _ = world.create("Application", name="robot")
    kind = KINDS["GroupMembership"]
    inputs, failures = world.core.check(kind, {}, {"group_id": group, "application_id": robot})
    assert failures == []
    resource_id, state = world.core.create(kind, inputs)
    world.core.undo_create(kind, resource_id, state)
    assert world.iam.get_group(group)["application_ids"] == []


def test_an_undo_keeps_a_member_that_may_have_existed_before(world: World) -> None:
    group, _ = world.create("Group", name="devs")
    robot, _ = world.create("Application", name="robot")
    resource_id, state = world.create("GroupMembership", group_id=group, application_id=robot)
    world.core.undo_create(KINDS["GroupMembership"], resource_id, state)
    assert world.iam.get_group(group)["application_ids"] == [robot]


def test_an_undo_keeps_a_member_that_existed_before(world: World) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    group = world.iam.create_group(name="devs")["id"]
    world.iam.add_group_member(group, application_id=robot)
    kind = KINDS["GroupMembership"]
    inputs, failures = world.core.check(kind, {}, {"group_id": group, "application_id": robot})
    assert failures == []
    resource_id, state = world.core.create(kind, inputs)
    world.core.undo_create(kind, resource_id, state)
    assert world.iam.get_group(group)["application_ids"] == [robot]


def test_an_undo_keeps_an_unproved_object(world: World) -> None:
    lose_response(world, "create_ssh_key")
    resource_id, state = world.create("SSHKey", name="laptop", public_key=SSH_KEY)
    world.core.undo_create(KINDS["SSHKey"], resource_id, state)
    assert world.iam.get_ssh_key(resource_id)["name"] == "laptop"
