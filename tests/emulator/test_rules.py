"""Rules of policies, and permission sets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.local_api import UNKNOWN_ID, Answer, Iam, denied, invalid, not_found

NO_SCOPE = invalid(("rules[0]", "format", "embedded message failed validation"))


def rule(iam: Iam, *names: str, **rest: Any) -> dict[str, Any]:
    return {
        "permission_set_names": names or ["VPCReadOnly"],
        "organization_id": iam.organization_id,
        **rest,
    }


def test_setting_rules_gives_all_of_them_new_ids_and_moves_the_policy(iam: Iam) -> None:
    project_id = iam.create("/account/v3/projects", name="p")["id"]
    policy = iam.get(f"/policies/{iam.policy()}")
    first = rule(iam, "IAMManager", condition="1 == 1")
    second = {"permission_set_names": ["VPCReadOnly"], "project_ids": [project_id]}
    answer = iam.put("/rules", policy_id=policy["id"], rules=[first, second])
    ids = [item["id"] for item in answer["rules"]]
    assert [list(item.items()) for item in answer["rules"]] == [
        [
            ("id", ids[0]),
            ("permission_set_names", ["IAMManager"]),
            ("permission_sets_scope_type", "organization"),
            ("condition", "1 == 1"),
            ("organization_id", iam.organization_id),
        ],
        [
            ("id", ids[1]),
            ("permission_set_names", ["VPCReadOnly"]),
            ("permission_sets_scope_type", "projects"),
            ("condition", ""),
            ("project_ids", [project_id]),
        ],
    ]
    assert list(answer) == ["rules"]
    listed = iam.get("/rules", policy_id=policy["id"])
    assert listed == {**answer, "total_count": 2}
    moved = iam.get(f"/policies/{policy['id']}")
    assert moved["updated_at"] > policy["updated_at"]
    assert moved == {
        **policy,
        "updated_at": moved["updated_at"],
        "nb_rules": 2,
        "nb_scopes": 2,
        "nb_permission_sets": 2,
    }
    again = iam.put("/rules", policy_id=policy["id"], rules=[first, second])
    assert not {item["id"] for item in again["rules"]} & set(ids)
    assert iam.put("/rules", policy_id=policy["id"], rules=[]) == {"rules": []}


def test_rules_are_listed_in_pages(iam: Iam) -> None:
    policy_id = iam.policy()
    conditions = [str(number) for number in range(25)]
    rules = [rule(iam, condition=text) for text in conditions]
    iam.put("/rules", policy_id=policy_id, rules=rules)
    pages = [iam.get("/rules", policy_id=policy_id, page=number) for number in (1, 2, 3)]
    assert [page["total_count"] for page in pages] == [25, 25, 25]
    assert [item["condition"] for page in pages for item in page["rules"]] == conditions
    assert [len(page["rules"]) for page in pages] == [20, 5, 0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"organization_id": None}, NO_SCOPE),
        ({"project_ids": [UNKNOWN_ID]}, NO_SCOPE),
        (
            {"permission_set_names": []},
            invalid(
                (
                    "rules[0].permission_set_names",
                    "constraint",
                    "value must contain at least 1 item(s)",
                )
            ),
        ),
        (
            {"permission_set_names": ["VPCReadOnly", "IAMManager"]},
            invalid(
                (
                    "rules[0].permission_set_names",
                    "constraint",
                    "permission sets must be of the same scope type",
                )
            ),
        ),
        (
            {"permission_set_names": ["Everything"]},
            invalid(
                (
                    "rules[0].permission_set_names",
                    "constraint",
                    "unknown permission set: Everything",
                )
            ),
        ),
        (
            {"condition": "x" * 2049},
            invalid(
                ("rules[0].condition", "constraint", "value length must be at most 2048 runes")
            ),
        ),
        ({"organization_id": None, "project_ids": [UNKNOWN_ID]}, not_found("project", UNKNOWN_ID)),
    ],
)
def test_a_bad_rule_is_refused_as_a_whole_in_both_places(
    iam: Iam, change: dict[str, Any], expected: Answer
) -> None:
    policy_id = iam.policy()
    before = iam.put("/rules", policy_id=policy_id, rules=[rule(iam)])
    bad = [{**rule(iam), **change}]
    assert iam.call("PUT", "/rules", {"policy_id": policy_id, "rules": bad}) == expected
    body = {"name": "p", "organization_id": iam.organization_id, "rules": bad}
    assert iam.call("POST", "/policies", {**body, "no_principal": True}) == expected
    assert iam.get("/rules", policy_id=policy_id)["rules"] == before["rules"]
    assert iam.list("/policies")["total_count"] == 1


def test_organization_wide_permissions_are_not_limited_to_projects(iam: Iam) -> None:
    body = {
        "policy_id": iam.policy(),
        "rules": [{"permission_set_names": ["IAMManager"], "project_ids": [iam.organization_id]}],
    }
    assert iam.call("PUT", "/rules", body) == invalid(
        (
            "rules[0].project_ids",
            "constraint",
            "permission sets of scope type organization cannot be limited to projects",
        )
    )


def test_a_rule_is_for_the_own_organization(iam: Iam) -> None:
    rules = [rule(iam, organization_id=UNKNOWN_ID)]
    body: dict[str, Any] = {"policy_id": iam.policy(), "rules": rules}
    assert iam.call("PUT", "/rules", body) == denied("write", "rule")
    body = {"name": "p", "organization_id": iam.organization_id, "no_principal": True}
    assert iam.call("POST", "/policies", {**body, "rules": rules}) == denied("write", "policy")


def test_a_policy_has_one_principal_that_exists(iam: Iam) -> None:
    body = {"name": "p", "organization_id": iam.organization_id}
    assert iam.call("POST", "/policies", body) == invalid(
        ("principal", "required", "value is required")
    )
    two = {**body, "user_id": iam.user(), "no_principal": True}
    one_of = "only one of user_id, group_id, application_id, no_principal may be set"
    assert iam.call("POST", "/policies", two) == invalid(("principal", "constraint", one_of))
    unknown = {**body, "group_id": UNKNOWN_ID}
    assert iam.call("POST", "/policies", unknown) == not_found("group", UNKNOWN_ID)
    path = f"/policies/{iam.policy()}"
    assert iam.call("PATCH", path, {"no_principal": False}) == invalid(
        ("no_principal", "constraint", "value must equal true")
    )


def test_a_clone_has_the_rules_and_nobody(iam: Iam) -> None:
    made = iam.create(
        "/policies", name="p", tags=["x"], group_id=iam.group(), rules=[rule(iam, condition="a")]
    )
    original = iam.get(f"/policies/{made['id']}")
    clone = iam.post(f"/policies/{original['id']}/clone")
    del original["group_id"]
    zero = {"nb_rules": 0, "nb_scopes": 0, "nb_permission_sets": 0}
    own = {name: clone[name] for name in ("id", "created_at", "updated_at")}
    assert clone == {
        **original,
        **own,
        **zero,
        "name": "Copy of p",
        "tags": [],
        "no_principal": True,
    }
    rules = [
        iam.get("/rules", policy_id=policy_id)["rules"][0]
        for policy_id in (made["id"], clone["id"])
    ]
    assert rules[0].pop("id") != rules[1].pop("id")
    assert rules[0] == rules[1]


def test_permission_sets_are_listed_by_name_with_ids_that_stay(iam: Iam) -> None:
    sets = [
        entry
        for page in (1, 2, 3)
        for entry in iam.list("/permission-sets", page_size=100, page=page)["permission_sets"]
    ]
    names = [entry["name"] for entry in sets]
    assert names == sorted(names, key=str.casefold)
    assert len(set(names)) == iam.list("/permission-sets")["total_count"] == len(sets)
    (manager,) = [entry for entry in sets if entry["name"] == "IAMManager"]
    assert manager == {
        "id": "87628e76-a9ca-4c10-a85d-5f535aeecaf9",
        "name": "IAMManager",
        "scope_type": "organization",
        "description": "",
        "categories": ["IAM"],
    }
