"""Whole responses with all fields in order; the other tests compare parts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.local_api import Iam, certificate, code_at
from tests.support.ssh_keys import SSH_KEY

COUNTED = {"nb_rules": 1, "nb_scopes": 1, "nb_permission_sets": 1}


@pytest.mark.parametrize(
    ("path", "filter_", "body", "differs"),
    [
        ("/applications", "application_ids", {"tags": ["b", "a"]}, {}),
        ("/groups", "group_ids", {"description": "d"}, {}),
        ("/users", "user_ids", {"email": "bob@example.com"}, {}),
        (
            "/policies",
            "policy_ids",
            {"no_principal": True, "rules": [{"permission_set_names": ["VPCReadOnly"]}]},
            COUNTED,
        ),
        ("/api-keys", "access_keys", {"description": "d"}, {"secret_key": None}),
        ("/ssh-keys", "name", {"public_key": SSH_KEY}, {}),
        (
            "/account/v3/projects",
            "project_ids",
            {"description": "d"},
            {
                "qualification": {"architecture_type": "unknown_architecture_type"},
                "status": "active",
            },
        ),
    ],
)
def test_an_object_looks_the_same_wherever_it_is_shown(
    iam: Iam, path: str, filter_: str, body: dict[str, Any], differs: dict[str, Any]
) -> None:
    if path == "/api-keys":
        body = {**body, "application_id": iam.application()}
    for rule in body.get("rules", []):
        rule["organization_id"] = iam.organization_id
    made = iam.create(path, name="n", project_id=iam.emulator.project_id, **body)
    key = made.get("access_key") or made["id"]
    item_path = f"{path}/{key}"
    shown = iam.get(item_path)
    assert list(shown.items()) == list({**made, **differs}.items())
    named = {filter_: "n" if filter_ == "name" else key}
    items = path.rpartition("/")[2].replace("-", "_")
    listed = iam.list(path, **named)
    assert listed == {items: [shown], "total_count": 1}
    assert list(listed[items][0]) == list(shown)
    patched = iam.patch(item_path)
    assert list(patched) == list(made)
    changed = {name for name in patched if patched[name] != shown[name]}
    assert changed - {"updated_at"} <= differs.keys()


def test_every_member_change_answers_with_the_whole_group(iam: Iam) -> None:
    group = iam.get(f"/groups/{iam.group()}")
    alice, bobby, app = iam.user("alice"), iam.user("bobby"), iam.application()
    users = sorted([alice, bobby])
    calls: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
        ("add-member", {"user_id": alice}, [alice], []),
        ("add-member", {"application_id": app}, [alice], [app]),
        ("add-members", {"user_ids": [bobby]}, users, [app]),
        ("remove-member", {"application_id": app}, users, []),
        ("remove-member", {"user_id": alice}, [bobby], []),
    ]
    for action, body, user_ids, application_ids in calls:
        answer = iam.post(f"/groups/{group['id']}/{action}", **body)
        expected = {**group, "user_ids": user_ids, "application_ids": application_ids}
        assert list(answer.items()) == list(expected.items())


def test_every_change_of_a_user_answers_with_the_whole_user(iam: Iam) -> None:
    user = iam.get(f"/users/{iam.user()}")
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("update-username", {"username": "al"}, {"username": "al"}),
        ("update-password", {"password": "Correct-horse-1"}, {}),
        ("lock", {}, {"locked": True}),
        ("unlock", {}, {"locked": False}),
    ]
    for action, body, change in calls:
        answer = iam.post(f"/users/{user['id']}/{action}", **body)
        assert list(answer.items()) == list({**user, **change}.items())
        user = iam.get(f"/users/{user['id']}")
        assert {name for name in user if user[name] != answer[name]} == {"updated_at"}


def test_one_time_passwords_begin_with_a_secret_and_end_with_recovery_codes(iam: Iam) -> None:
    path = f"/users/{iam.user()}"
    made = iam.post(f"{path}/mfa-otp")
    assert list(made) == ["secret"]
    assert re.fullmatch("[A-Z2-7]{32}", made["secret"])
    code = code_at(made["secret"], iam.clock.time.timestamp())
    recovery = iam.post(f"{path}/validate-mfa-otp", one_time_password=code)
    assert list(recovery) == ["recovery_codes"]
    assert len(set(recovery["recovery_codes"])) == 10
    user = iam.get(path)
    iam.delete(f"{path}/mfa-otp")
    off = iam.get(path)
    assert off == {
        **user,
        "mfa": False,
        "two_factor_enabled": False,
        "updated_at": off["updated_at"],
    }


def test_a_jwt_says_who_made_it_for_whom_from_where_and_for_how_long(iam: Iam) -> None:
    (owner,) = iam.list("/users")["users"]
    iam.session.headers["User-Agent"] = "test/1"
    made = iam.post("/jwts", user_id=owner["id"], referrer="https://example.com")
    jwt = made["jwt"]
    assert list(jwt.items()) == [
        ("jti", jwt["jti"]),
        ("issuer_id", owner["id"]),
        ("audience_id", owner["id"]),
        ("created_at", jwt["created_at"]),
        ("updated_at", jwt["created_at"]),
        ("expires_at", jwt["created_at"].replace("T00:", "T01:")),
        ("ip", "127.0.0.1"),
        ("user_agent", "test/1"),
    ]


def test_every_change_of_saml_answers_with_the_whole_configuration(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}/saml"
    saml = iam.post(path)
    saml_path = f"/saml/{saml['id']}"
    iam.post(f"{saml_path}/certificates", type="encryption", content=certificate())
    for change in (
        {"entity_id": "idp", "status": "missing_single_sign_on_url"},
        {"single_sign_on_url": "https://idp.example.com", "status": "valid"},
        {"entity_id": "", "status": "missing_entity_id"},
    ):
        saml |= change
        answer = iam.patch(saml_path, **{name: change[name] for name in change if name != "status"})
        assert list(answer.items()) == list(saml.items())
        assert iam.get(path) == saml
