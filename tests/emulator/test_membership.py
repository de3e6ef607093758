"""Members of groups, and the cascade of a deleted user or application."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.support.local_api import UNKNOWN_ID, Answer, Iam, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_setting_members_echoes_the_order_that_reading_sorts(iam: Iam) -> None:
    group = iam.get(f"/groups/{iam.group()}")
    users = sorted((iam.user(name) for name in ("alice", "bobby", "carol")), reverse=True)
    application_id = iam.application()
    path = f"/groups/{group['id']}"
    answer = iam.put(f"{path}/members", user_ids=users, application_ids=[application_id])
    assert answer == {**group, "user_ids": users, "application_ids": [application_id]}
    assert iam.get(path) == {**answer, "user_ids": sorted(users)}
    assert iam.list("/groups")["groups"] == [iam.get(path)]
    assert iam.put(f"{path}/members", user_ids=[], application_ids=[]) == group


def test_members_are_added_and_removed_one_by_one_or_together(iam: Iam) -> None:
    path = f"/groups/{iam.group()}"
    alice, bobby, app = iam.user("alice"), iam.user("bobby"), iam.application()
    assert iam.post(f"{path}/add-member", user_id=alice)["user_ids"] == [alice]
    assert iam.post(f"{path}/add-member", user_id=alice)["user_ids"] == [alice]
    both = iam.post(f"{path}/add-members", user_ids=[bobby, alice], application_ids=[app])
    assert both["user_ids"] == sorted([alice, bobby])
    assert both["application_ids"] == [app]
    left = iam.post(f"{path}/remove-member", user_id=alice)
    assert (left["user_ids"], left["application_ids"]) == ([bobby], [app])
    assert left["updated_at"] == left["created_at"]


def test_removing_who_is_no_member_names_no_resource(iam: Iam) -> None:
    path = f"/groups/{iam.group()}/remove-member"
    alice = iam.user()
    assert iam.call("POST", path, {"user_id": alice}) == not_found("", alice)


@pytest.mark.parametrize(
    ("method", "action", "body", "resource"),
    [
        ("PUT", "members", {"user_ids": [UNKNOWN_ID], "application_ids": []}, "user"),
        ("PUT", "members", {"user_ids": [], "application_ids": [UNKNOWN_ID]}, "application"),
        ("POST", "add-members", {"application_ids": [UNKNOWN_ID]}, "application"),
        ("POST", "add-member", {"user_id": UNKNOWN_ID}, "user"),
    ],
)
def test_a_member_must_exist(
    iam: Iam, method: str, action: str, body: dict[str, Any], resource: str
) -> None:
    path = f"/groups/{iam.group()}"
    before = iam.get(path)
    assert iam.call(method, f"{path}/{action}", body) == not_found(resource, UNKNOWN_ID)
    assert iam.get(path) == before


def test_one_member_at_a_time(iam: Iam) -> None:
    path = f"/groups/{iam.group()}/add-member"
    assert iam.call("POST", path, {}) == invalid(("member", "required", "value is required"))
    both = {"user_id": iam.user(), "application_id": iam.application()}
    assert iam.call("POST", path, both) == invalid(
        ("member", "constraint", "only one of user_id, application_id may be set")
    )


class Unfinished:
    """A request with headers, but without its body."""

    def __init__(self, iam: Iam, path: str, body: bytes) -> None:
        address = urlsplit(iam.emulator.url)
        assert address.hostname
        assert address.port
        self.socket = socket.create_connection((address.hostname, address.port))
        self.body = body
        head = (
            f"PUT /iam/v1alpha1{path} HTTP/1.1\r\nHost: iam\r\nConnection: close\r\n"
            f"X-Auth-Token: {iam.emulator.secret_key}\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        assert self.socket.recv(100).startswith(b"HTTP/1.1 100 ")

    def finish(self) -> bytes:
        self.socket.sendall(self.body)
        with self.socket.makefile("rb") as answer:
            return answer.readline()


@pytest.fixture
def unfinished(iam: Iam) -> Iterator[tuple[str, Unfinished]]:
    group_id = iam.group()
    body = b'{"user_ids": [], "application_ids": []}'
    request = Unfinished(iam, f"/groups/{group_id}/members", body)
    with request.socket:
        yield group_id, request


def test_overlapping_member_changes_of_one_group_are_transient(
    iam: Iam, unfinished: tuple[str, Unfinished]
) -> None:
    group_id, request = unfinished
    user_id = iam.user()
    add = (f"/groups/{group_id}/add-member", {"user_id": user_id})
    busy = Answer(
        409,
        {
            "current_state": "updating",
            "message": "resource is in a transient state",
            "resource": "group",
            "resource_id": group_id,
            "type": "transient_state",
        },
    )
    # The server has sent "100 Continue", and may be about to claim the group.
    answers = (iam.call("POST", *add) for _ in range(1000))
    assert next((answer for answer in answers if answer.status != 200), None) == busy
    assert iam.post(f"/groups/{iam.group('other')}/add-member", user_id=user_id)
    assert iam.patch(f"/groups/{group_id}", description="not a member change")
    assert request.finish() == b"HTTP/1.1 200 OK\r\n"
    assert iam.get(f"/groups/{group_id}")["user_ids"] == []
    assert iam.call("POST", *add).status == 200


def test_deleting_an_application_removes_its_keys_orphans_its_policies_and_leaves_its_groups(
    iam: Iam,
) -> None:
    application_id, user_id = iam.application(), iam.user()
    group_id = iam.group()
    iam.put(f"/groups/{group_id}/members", user_ids=[user_id], application_ids=[application_id])
    policy = iam.get(f"/policies/{iam.policy(application_id=application_id)}")
    key = iam.post("/api-keys", application_id=application_id)
    iam.delete(f"/applications/{application_id}")
    assert iam.call("GET", f"/api-keys/{key['access_key']}").status == 404
    group = iam.get(f"/groups/{group_id}")
    assert (group["user_ids"], group["application_ids"]) == ([user_id], [])
    del policy["application_id"]
    assert iam.get(f"/policies/{policy['id']}") == {**policy, "no_principal": True}


def test_deleting_a_user_removes_its_keys_orphans_its_policies_and_leaves_its_groups(
    iam: Iam,
) -> None:
    user_id, group_id = iam.user(), iam.group()
    iam.post(f"/groups/{group_id}/add-member", user_id=user_id)
    policy_id = iam.policy(user_id=user_id)
    key = iam.post("/api-keys", user_id=user_id)
    iam.delete(f"/users/{user_id}")
    assert iam.call("GET", f"/api-keys/{key['access_key']}").status == 404
    assert iam.get(f"/groups/{group_id}")["user_ids"] == []
    assert iam.get(f"/policies/{policy_id}")["no_principal"] is True


def test_deleting_a_group_keeps_its_members_and_orphans_its_policies(iam: Iam) -> None:
    group_id, user_id = iam.group(), iam.user()
    iam.post(f"/groups/{group_id}/add-member", user_id=user_id)
    policy_id = iam.policy(group_id=group_id)
    iam.delete(f"/groups/{group_id}")
    assert iam.get(f"/users/{user_id}")["id"] == user_id
    policy = iam.get(f"/policies/{policy_id}")
    assert policy["no_principal"] is True
    assert "group_id" not in policy
