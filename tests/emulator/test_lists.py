"""Pages, orders and filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.local_api import UNKNOWN_ID, Iam, invalid


def names(iam: Iam, path: str, **query: Any) -> list[str]:
    (items, total) = iam.list(path, **query).values()
    assert total >= len(items)
    return [item["name"] for item in items]


def test_a_page_has_20_unless_asked_for_up_to_100_and_says_how_many_there_are(iam: Iam) -> None:
    made = [f"g{number:04}" for number in range(1010)]
    for name in made:
        iam.group(name)
    assert iam.list("/groups")["total_count"] == 1010
    assert names(iam, "/groups") == made[:20]
    assert names(iam, "/groups", page=2) == made[20:40]
    assert names(iam, "/groups", page=11, page_size=100) == made[1000:]
    assert names(iam, "/groups", page=12, page_size=100) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"page": 0}, ("page", "constraint", "value must be inside range [1, 10000]")),
        ({"page_size": 101}, ("page_size", "constraint", "value must be inside range [1, 100]")),
        ({"page": "x"}, ("page", "format", "value must be an integer")),
        (
            {"order_by": "email_asc"},
            ("order_by", "format", "value must be one of the defined enum values"),
        ),
        ({"group_ids": "x"}, ("group_ids[0]", "format", "value must be a valid UUID")),
        (
            {"group_ids[]": UNKNOWN_ID},
            ("group_ids[]", "unknown", "repeat the key without brackets"),
        ),
    ],
)
def test_a_bad_query_is_refused(
    iam: Iam, query: dict[str, Any], problem: tuple[str, str, str]
) -> None:
    assert iam.call("GET", "/groups", **query) == invalid(problem)


def test_names_are_ordered_without_regard_to_case(iam: Iam) -> None:
    for name in ("b", "C", "a"):
        iam.policy(name)
    assert names(iam, "/policies") == ["b", "C", "a"]
    assert names(iam, "/policies", order_by="policy_name_asc") == ["a", "b", "C"]
    assert names(iam, "/policies", order_by="policy_name_desc") == ["C", "b", "a"]
    assert names(iam, "/policies", order_by="created_at_desc") == ["a", "C", "b"]


def test_policies_are_found_by_principal_name_and_tag(iam: Iam) -> None:
    group_id, user_id, application_id = iam.group(), iam.user(), iam.application()
    iam.policy("group", group_id=group_id)
    iam.policy("user", user_id=user_id)
    iam.policy("application", application_id=application_id)
    iam.create("/policies", name="nobody", no_principal=True, tags=["env=prod"])
    assert names(iam, "/policies", group_ids=[group_id]) == ["group"]
    assert names(iam, "/policies", user_ids=[user_id, UNKNOWN_ID]) == ["user"]
    assert names(iam, "/policies", application_ids=[application_id]) == ["application"]
    assert names(iam, "/policies", no_principal="true") == ["nobody"]
    assert names(iam, "/policies", no_principal="false") == ["group", "user", "application"]
    assert names(iam, "/policies", policy_name="user") == ["user"]
    assert names(iam, "/policies", tag="prod") == ["nobody"]
    assert names(iam, "/policies", editable="False") == []
    assert len(names(iam, "/policies", application_id=UNKNOWN_ID)) == 4


def test_groups_are_found_by_members(iam: Iam) -> None:
    user_id = iam.user()
    group_id = iam.group("with")
    iam.group("without")
    iam.post(f"/groups/{group_id}/add-member", user_id=user_id)
    assert names(iam, "/groups", user_ids=user_id) == ["with"]
    assert names(iam, "/groups", application_ids=UNKNOWN_ID) == []
    assert names(iam, "/groups", group_ids=group_id) == ["with"]
    assert names(iam, "/groups", name="without") == ["without"]


def test_users_are_found_by_type(iam: Iam) -> None:
    iam.user("alice")
    iam.create("/users", email="bob@example.com")

    def found(**query: Any) -> list[str]:
        return [user["username"] for user in iam.list("/users", **query)["users"]]

    assert found(type="member") == ["alice", "bob@example.com"]
    query = {"organization_id": iam.organization_id, "type": "guest"}
    assert iam.call("GET", "/users", **query) == invalid(
        ("type", "format", "value must be one of the defined enum values")
    )
    assert found(type="unknown_type") == ["owner@example.com", "alice", "bob@example.com"]
    assert found(mfa="true") == []
    assert found(order_by="username_asc") == ["alice", "bob@example.com", "owner@example.com"]


@pytest.mark.parametrize(
    "path", ["/applications", "/policies", "/users", "/permission-sets", "/logs", "/quota"]
)
def test_lists_that_need_an_organization_say_so(iam: Iam, path: str) -> None:
    assert iam.call("GET", path) == invalid(
        ("organization_id", "format", "value must be a valid UUID")
    )


def test_a_list_in_any_order_shows_every_change_at_once(iam: Iam) -> None:
    first = iam.group("b")

    def names(order: str) -> list[str]:
        return [group["name"] for group in iam.list("/groups", order_by=order)["groups"]]

    assert (names("name_asc"), names("created_at_desc")) == (["b"], ["b"])
    iam.group("a")
    assert (names("name_asc"), names("created_at_desc")) == (["a", "b"], ["a", "b"])
    iam.patch(f"/groups/{first}", name="0")
    assert (names("name_asc"), names("created_at_asc")) == (["0", "a"], ["0", "a"])
    assert iam.call("PATCH", f"/groups/{first}", {"name": "a"}).status == 409
    assert names("name_desc") == ["a", "0"]
    iam.delete(f"/groups/{first}")
    assert (names("name_asc"), names("created_at_asc")) == (["a"], ["a"])
