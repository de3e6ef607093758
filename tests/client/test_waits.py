"""What was just made, or just allowed, is waited for when the API does not know it everywhere yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.client import IamClient, Retry
from pulumi_scw_iam.config import Settings
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENT = Retry(attempts=3, base=0.02, longest=0.1, total=12.0)


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def emulator(log: list[str]) -> Iterator[Emulator]:
    with Emulator(enforce=True, grant_delay=0.3, access_log=log.append) as emulator:
        yield emulator


def client(emulator: Emulator, **settings: Any) -> IamClient:
    return IamClient(Settings.resolve(environ=emulator.environment, **settings), retry=PATIENT)


def statuses(log: list[str], path: str) -> list[str]:
    """The statuses of the calls of a path, in order."""
    return [line.split()[2] for line in log if line.split()[1].split("?")[0].endswith(path)]


def allowed(emulator: Emulator, *names: str) -> IamClient:
    """A client with the key of an application that may do so much."""
    owner = client(emulator)
    robot = owner.create_application(name="robot")["id"]
    rule = {
        "permission_set_names": list(names),
        "organization_id": emulator.organization_id,
        "condition": "",
    }
    owner.create_policy(name="robot", application_id=robot, rules=[rule])  # type: ignore[list-item]
    key = owner.create_api_key(application_id=robot)
    mine = client(emulator, access_key=key["access_key"], secret_key=str(key["secret_key"]))
    while True:
        try:
            list(mine.list_policies())
        except PermissionDenied:
            continue
        return mine


def test_a_403_after_a_grant_of_ones_own_is_waited_for(emulator: Emulator, log: list[str]) -> None:
    robot = allowed(emulator, "IAMPolicyManager", "IAMApplicationReadOnly")
    (me,) = robot.list_applications()
    rule = {
        "permission_set_names": ["IAMGroupManager"],
        "organization_id": emulator.organization_id,
        "condition": "",
    }
    robot.create_policy(name="more", application_id=me["id"], rules=[rule])  # type: ignore[list-item]
    log.clear()
    assert robot.create_group(name="devs")["name"] == "devs"
    tried = statuses(log, "/groups")
    assert tried[:1] == ["403"]
    assert tried[-1] == "200"
    assert set(tried) == {"403", "200"}


def test_a_403_without_a_grant_is_an_error_at_once(emulator: Emulator, log: list[str]) -> None:
    robot = allowed(emulator, "IAMReadOnly")
    log.clear()
    with pytest.raises(PermissionDenied):
        robot.create_group(name="devs")
    assert statuses(log, "/groups") == ["403"]


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
