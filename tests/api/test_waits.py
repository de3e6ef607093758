"""New objects and new grants: the client retries until the API shows the write everywhere."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import NotFound, PermissionDenied
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.samples import ID
from tests.support.scripted_api import Answer, fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted_api import Api, Received

LONG_RETRY = Retry(attempts=3, base=0.02, longest=0.1, total=12.0)


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def emulator(log: list[str]) -> Iterator[Emulator]:
    with Emulator(enforce=True, grant_delay=0.3, access_log=log.append) as emulator:
        yield emulator


def client(emulator: Emulator, **settings: Any) -> IamClient:
    return IamClient(Settings.resolve(environ=emulator.environment, **settings), retry=LONG_RETRY)


def statuses(log: list[str], path: str) -> list[str]:
    """Return the statuses of the calls to a path, in order."""
    return [line.split()[2] for line in log if line.split()[1].split("?")[0].endswith(path)]


def allowed(emulator: Emulator, *names: str) -> IamClient:
    """Return a client with the API key of an application with these permission sets."""
    owner = client(emulator)
    robot = owner.create_application(name="robot")["id"]
    rule = {
        "permission_set_names": list(names),
        "organization_id": emulator.organization_id,
        "condition": "",
    }
    owner.create_policy(name="robot", application_id=robot, rules=[rule])  # type: ignore[list-item]
    key = owner.create_api_key(application_id=robot)
    client_of_robot = client(
        emulator, access_key=key["access_key"], secret_key=str(key["secret_key"])
    )
    while True:
        try:
            list(client_of_robot.list_policies())
        except PermissionDenied:
            continue
        return client_of_robot


def test_a_403_after_a_grant_of_ones_own_is_waited_for(emulator: Emulator, log: list[str]) -> None:
    robot = allowed(emulator, "IAMPolicyManager", "IAMApplicationReadOnly")
    (application,) = robot.list_applications()
    rule = {
        "permission_set_names": ["IAMGroupManager"],
        "organization_id": emulator.organization_id,
        "condition": "",
    }
    robot.create_policy(name="more", application_id=application["id"], rules=[rule])  # type: ignore[list-item]
    log.clear()
    assert robot.create_group(name="devs")["name"] == "devs"
    received = statuses(log, "/groups")
    assert received[:1] == ["403"]
    assert received[-1] == "200"
    assert set(received) == {"403", "200"}


def test_a_403_without_a_grant_is_an_error_at_once(emulator: Emulator, log: list[str]) -> None:
    robot = allowed(emulator, "IAMReadOnly")
    log.clear()
    with pytest.raises(PermissionDenied):
        robot.create_group(name="devs")
    assert statuses(log, "/groups") == ["403"]


DENIED = Answer(
    {
        "type": "permissions_denied",
        "message": "insufficient permissions",
        "details": [{"action": "write", "resource": "group"}],
    },
    403,
)
SHORT_RETRY = Retry(attempts=3, base=0.001, longest=0.01, total=0.4)


def denying(received: Received) -> Answer:
    """Return a 403 for calls about groups, and a success for all other calls."""
    return DENIED if "/groups" in received.path else fitting(received)


def denied_tries(call: Callable[[], object]) -> int:
    """Return the number of attempts of a call with a final 403."""
    with pytest.raises(PermissionDenied) as caught:
        call()
    return caught.value.tries


def test_the_wait_for_a_grant_ends_and_counts_from_the_grant(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    """Otherwise each of many refused calls would wait anew."""
    api.otherwise = denying
    client = connect(retry=SHORT_RETRY)
    client.create_policy(name="a", no_principal=True)
    assert denied_tries(lambda: client.create_group(name="a")) > 1
    time.sleep(SHORT_RETRY.grant)
    assert denied_tries(lambda: client.delete_group(ID)) == 1
    assert denied_tries(lambda: client.get_group(ID)) == 1


def test_a_later_grant_does_not_make_the_wait_longer(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    client = connect(retry=SHORT_RETRY)

    def grant() -> None:
        client.create_policy(name="a", no_principal=True)

    def answer(received: Received) -> Answer:
        return replace(DENIED, meanwhile=grant) if "/groups" in received.path else fitting(received)

    api.otherwise = answer
    grant()
    assert denied_tries(lambda: client.create_group(name="a")) > 1


def test_what_was_refused_before_a_grant_is_refused_at_once_after_it(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    api.otherwise = denying
    client = connect()
    assert denied_tries(lambda: client.delete_group(ID)) == 1
    client.create_policy(name="a", no_principal=True)
    assert denied_tries(lambda: client.delete_group(ID)) == 1
    # After a success, a grant may explain the next refusal.
    api.otherwise = fitting
    client.delete_group(ID)
    client.create_policy(name="a", no_principal=True)
    api.say(DENIED)
    client.delete_group(ID)


WITHOUT_GRANT: dict[str, Callable[[IamClient], object]] = {
    "delete a policy": lambda client: client.delete_policy(ID),
    "delete a group": lambda client: client.delete_group(ID),
    "remove a member": lambda client: client.remove_group_member(ID, user_id=ID),
    "read rules": lambda client: list(client.list_rules(policy_id=ID)),
    "create a group": lambda client: client.create_group(name="a"),
}


@pytest.mark.parametrize("call", WITHOUT_GRANT.values(), ids=WITHOUT_GRANT)
def test_what_gives_nobody_a_right_makes_no_403_wait(
    call: Callable[[IamClient], object], client: IamClient, api: Api
) -> None:
    call(client)
    api.otherwise = DENIED
    assert denied_tries(lambda: client.create_application(name="a")) == 1


GRANTING: dict[str, Callable[[IamClient], object]] = {
    "create a policy": lambda client: client.create_policy(name="a", no_principal=True),
    "update a policy": lambda client: client.update_policy(ID, user_id=ID),
    "set rules": lambda client: client.set_rules(policy_id=ID, rules=[]),
    "clone a policy": lambda client: client.clone_policy(ID),
    "add a member": lambda client: client.add_group_member(ID, user_id=ID),
    "add members": lambda client: client.add_group_members(ID, user_ids=[ID]),
    "set members": lambda client: client.set_group_members(ID, user_ids=[ID], application_ids=[]),
}


@pytest.mark.parametrize("call", GRANTING.values(), ids=GRANTING)
def test_what_may_give_a_right_makes_a_403_wait(
    call: Callable[[IamClient], object], client: IamClient, api: Api
) -> None:
    call(client)
    api.say(DENIED)
    assert client.create_application(name="a")


@pytest.mark.parametrize("body", [b"<html>forbidden</html>", {"message": "blocked"}])
def test_a_403_that_is_not_the_apis_own_is_not_waited_for(
    body: object, client: IamClient, api: Api
) -> None:
    client.create_policy(name="a", no_principal=True)
    api.otherwise = Answer(body, 403)
    assert denied_tries(lambda: client.create_group(name="a")) == 1


def test_what_was_just_made_is_waited_for(emulator: Emulator, log: list[str]) -> None:
    emulator.faults.add(Fault(operation="create_group", hidden_reads=3))
    owner = client(emulator)
    group = owner.create_group(name="devs")["id"]
    assert owner.get_group(group)["name"] == "devs"
    assert statuses(log, f"/groups/{group}") == ["404", "404", "404", "200"]


def test_what_somebody_else_made_is_not_waited_for(emulator: Emulator, log: list[str]) -> None:
    emulator.faults.add(Fault(operation="create_group", hidden_reads=3))
    group = client(emulator).create_group(name="devs")["id"]
    with pytest.raises(NotFound):
        client(emulator).get_group(group)
    assert statuses(log, f"/groups/{group}") == ["404"]


def test_what_was_deleted_again_is_not_waited_for(emulator: Emulator, log: list[str]) -> None:
    owner = client(emulator)
    group = owner.create_group(name="devs")["id"]
    owner.delete_group(group)
    with pytest.raises(NotFound):
        owner.get_group(group)
    assert statuses(log, f"/groups/{group}") == ["204", "404"]
