"""Invalid requests and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_api import (
    UNKNOWN_ID,
    Answer,
    Iam,
    invalid,
    not_found,
    protected,
    taken,
)
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    import requests

LENGTH = "value length must be between 1 and 64 runes, inclusive"
TAG_PATTERN = r'value does not match regex pattern "^[a-zA-Z0-9\\._\\-\\/=+@ ]+$"'
NAME_PATTERN = r'value does not match regex pattern "^[a-zA-Z0-9()._\\- ]+$"'


@pytest.mark.parametrize("path", ["/applications", "/groups", "/policies"])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": ""}, ("name", "constraint", LENGTH)),
        ({"name": None}, ("name", "constraint", LENGTH)),
        ({"name": "x" * 65}, ("name", "constraint", LENGTH)),
        ({"name": "a/b"}, ("name", "constraint", NAME_PATTERN)),
        ({"name": 5}, ("name", "format", "value must be a string")),
        ({"description": "\ud800"}, ("description", "format", "value must be valid UTF-8")),
        (
            {"description": "x" * 201},
            ("description", "constraint", "value length must be at most 200 runes"),
        ),
        (
            {"tags": [str(number) for number in range(11)]},
            ("tags", "constraint", "value must contain no more than 10 item(s)"),
        ),
        ({"tags": ["a", "b:c"]}, ("tags[1]", "constraint", TAG_PATTERN)),
        (
            {"tags": [""]},
            ("tags[0]", "constraint", "value length must be between 1 and 70 runes, inclusive"),
        ),
        (
            {"tags": ["a", "a"]},
            ("tags", "constraint", "repeated value must contain unique items"),
        ),
        ({"tags": "a"}, ("tags", "format", "value must be a list")),
        ({"organization_id": "x"}, ("organization_id", "format", "value must be a valid UUID")),
        ({"organization_id": None}, ("organization_id", "format", "value must be a valid UUID")),
    ],
)
def test_a_bad_argument_is_named(
    iam: Iam, path: str, change: dict[str, Any], problem: tuple[str, str, str]
) -> None:
    body = {"name": "ok", "organization_id": iam.organization_id, **change}
    if path == "/policies":
        body["no_principal"] = True
    assert iam.call("POST", path, body) == invalid(problem)
    assert iam.list(path)["total_count"] == 0


def test_all_bad_arguments_are_named_at_once(iam: Iam) -> None:
    body = {"organization_id": "", "tags": ["é"]}
    assert iam.call("POST", "/groups", body) == invalid(
        ("name", "constraint", LENGTH),
        ("tags[0]", "constraint", TAG_PATTERN),
        ("organization_id", "format", "value must be a valid UUID"),
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"username": "x"},
            (
                "member.username",
                "constraint",
                "value length must be between 2 and 64 runes, inclusive",
            ),
        ),
        ({"email": ""}, ("member.email", "format", "value must be a valid email address")),
        (
            {"password": "é" * 37},
            ("member.password", "constraint", "value length must be at most 72 bytes"),
        ),
    ],
)
def test_a_bad_argument_of_a_member_is_named_with_its_path(
    iam: Iam, change: dict[str, Any], problem: tuple[str, str, str]
) -> None:
    member = {"username": "alice", "email": "alice@example.com", **change}
    body = {"organization_id": iam.organization_id, "member": member}
    assert iam.call("POST", "/users", body) == invalid(problem)


def test_updates_are_held_to_the_same_rules_and_keep_what_they_do_not_name(iam: Iam) -> None:
    path = f"/applications/{iam.create('/applications', name='a', tags=['x'])['id']}"
    assert iam.call("PATCH", path, {"name": ""}) == invalid(("name", "constraint", LENGTH))
    assert iam.patch(path, name=None, description="d")["name"] == "a"
    assert iam.get(path)["tags"] == ["x"]


def test_the_name_of_a_policy_is_unique(iam: Iam) -> None:
    policy_id = iam.policy("devs")
    body = {"name": "devs", "organization_id": iam.organization_id, "no_principal": True}
    name_taken = taken("policy", policy_id, "a policy with this name already exists")
    assert iam.call("POST", "/policies", body) == name_taken
    path = f"/policies/{iam.policy('ops')}"
    assert iam.call("PATCH", path, {"name": "devs"}) == name_taken
    assert iam.patch(f"/policies/{policy_id}", name="devs", description="d")["description"] == "d"
    # The comparison of names is case-sensitive.
    assert iam.call("PATCH", path, {"name": "Devs"}).status == 200
    copy = iam.post(f"/policies/{policy_id}/clone")
    copy_taken = taken("policy", copy["id"], "a policy with this name already exists")
    assert iam.call("POST", f"/policies/{policy_id}/clone") == copy_taken
    iam.delete(f"/policies/{policy_id}")
    assert iam.call("POST", "/policies", body).status == 200


def test_applications_may_share_a_name(iam: Iam) -> None:
    assert iam.application("robot") != iam.application("robot")


def test_a_group_name_and_a_username_are_unique(iam: Iam) -> None:
    group_id, user_id = iam.group("devs"), iam.user("alice")
    body = {"name": "devs", "organization_id": iam.organization_id}
    name_taken = taken("group", group_id, "a group with this name already exists")
    assert iam.call("POST", "/groups", body) == name_taken
    assert iam.call("PATCH", f"/groups/{iam.group('ops')}", {"name": "devs"}) == name_taken
    member = {"username": "alice", "email": "a@example.com"}
    body = {"organization_id": iam.organization_id, "member": member}  # type: ignore[dict-item]
    username_taken = taken("user", user_id, "a user with this username already exists")
    assert iam.call("POST", "/users", body) == username_taken
    path = f"/users/{iam.user('bobby')}/update-username"
    assert iam.call("POST", path, {"username": "alice"}) == username_taken
    iam.delete(f"/users/{user_id}")
    assert iam.call("POST", path, {"username": "alice"}).status == 200


def test_the_owner_can_be_neither_deleted_nor_locked(iam: Iam) -> None:
    (owner,) = iam.list("/users", type="owner")["users"]
    assert iam.call("DELETE", f"/users/{owner['id']}") == protected("this user is not deletable")
    assert iam.call("POST", f"/users/{owner['id']}/lock") == protected(
        "this operation requires a member"
    )


@pytest.mark.parametrize("user_type", ["member", "guest"])
def test_an_invited_person_keeps_the_email_and_cannot_be_locked(iam: Iam, user_type: str) -> None:
    entry = {"email": "bob@example.com", **({"type": "guest"} if user_type == "guest" else {})}
    (user,) = iam.emulator.seed({"users": [entry]})["users"]
    path = f"/users/{user['id']}"
    assert iam.call("PATCH", path, {"email": "x@example.com"}) == protected(
        "the e-mail of an invited user cannot be changed"
    )
    calls = [
        ("lock", None),
        ("unlock", None),
        ("update-username", {"username": "bob"}),
        ("update-password", {"password": "Correct-horse-1"}),
    ]
    for action, body in calls:
        assert iam.call("POST", f"{path}/{action}", body) == protected(
            "this operation requires a member"
        )
    assert iam.get(path) == user
    assert iam.patch(path, email="bob@example.com", tags=["x"]) == {**user, "tags": ["x"]}


def test_a_project_in_use_and_the_default_one_cannot_be_deleted(iam: Iam) -> None:
    assert iam.call("DELETE", f"/account/v3/projects/{iam.organization_id}") == protected(
        "the default project cannot be deleted"
    )
    project_id = iam.create("/account/v3/projects", name="p")["id"]
    key = iam.post("/ssh-keys", name="k", public_key=SSH_KEY, project_id=project_id)
    path = f"/account/v3/projects/{project_id}"
    assert iam.call("DELETE", path) == protected(
        "the project is not empty", precondition="resource_still_in_use"
    )
    iam.delete(f"/ssh-keys/{key['id']}")
    iam.delete(path)


def test_a_body_that_is_not_json_is_refused(iam: Iam) -> None:
    url = f"{iam.emulator.url}/iam/v1alpha1/groups"
    answers = [iam.session.post(url, data=data, timeout=10) for data in (b"{", b"[]", b"[" * 9999)]
    malformed = invalid(("body", "format", "value must be valid JSON"))
    assert [Answer(answer.status_code, answer.json()) for answer in answers] == [
        malformed,
        invalid(("", "format", "value must be an object")),
        malformed,
    ]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nonsense", Answer(404, {"message": "no such route", "type": "unknown_route"})),
        ("GET", "/groups/", Answer(404, {"message": "no such route", "type": "unknown_route"})),
        (
            "POST",
            "/rules",
            Answer(405, {"message": "method not allowed", "type": "method_not_allowed"}),
        ),
        ("GET", "/groups/nonsense", invalid(("group_id", "format", "value must be a valid UUID"))),
        ("GET", "/api-keys/nonsense", not_found("access_key", "nonsense")),
        (
            "DELETE",
            f"/webauthn-authenticator/{UNKNOWN_ID}",
            Answer(
                501,
                {
                    "message": "delete_web_authn_authenticator is not part of this local IAM API",
                    "type": "not_implemented",
                },
            ),
        ),
        (
            "POST",
            f"/account/v3/projects/{UNKNOWN_ID}/project-qualification",
            Answer(
                501,
                {
                    "message": "set_project_qualification is not part of this local IAM API",
                    "type": "not_implemented",
                },
            ),
        ),
        (
            "GET",
            "/secret-manager/v1beta1/regions/fr-par/secrets/browse",
            Answer(
                501,
                {
                    "message": "browse_secrets is not part of this local IAM API",
                    "type": "not_implemented",
                },
            ),
        ),
        (
            "GET",
            "/account/v3/contracts",
            Answer(
                501,
                {
                    "message": "/account/v3/contracts is not part of this local IAM API",
                    "type": "not_implemented",
                },
            ),
        ),
    ],
)
def test_a_path_that_is_not_served_says_why(
    iam: Iam, method: str, path: str, expected: Answer
) -> None:
    assert iam.call(method, path) == expected


def test_ids_are_taken_in_upper_case_too(iam: Iam) -> None:
    group_id = iam.group()
    assert iam.get(f"/groups/{group_id.upper()}")["id"] == group_id


def test_answers_have_the_headers_of_the_gateway(iam: Iam) -> None:
    group_id = iam.group()
    url = f"{iam.emulator.url}/iam/v1alpha1/groups/{group_id}"
    answers: list[requests.Response] = [
        iam.session.request(method, url, json={}, timeout=10) for method in ("GET", "DELETE", "GET")
    ]
    assert [answer.status_code for answer in answers] == [200, 204, 404]
    for answer in answers:
        headers = dict(answer.headers)
        request_id, date = headers.pop("X-Request-Id"), headers.pop("Date")
        length = headers.pop("Content-Length", None)
        assert request_id
        assert date.endswith(" GMT")
        assert length == (str(len(answer.content)) if answer.content else None)
        assert headers == {
            "Content-Type": "application/json",
            "Server": "Scaleway API Gateway (fr-par-1;local)",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Strict-Transport-Security": "max-age=63072000",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


WEAK = (
    "value must have at least 12 characters, with a lower-case letter, an upper-case letter, a digit and"
    " another character"
)


@pytest.mark.parametrize(
    "password",
    [
        "Aa1-",
        "Aa1-5678901",
        "aa1-56789012",
        "AA1-56789012",
        "Aab-abcdefgh",
        "Aa1b56789012",
        " " * 12,
    ],
)
def test_a_short_or_simple_password_is_refused(iam: Iam, password: str) -> None:
    member = {"username": "alice", "email": "alice@example.com", "password": password}
    body = {"organization_id": iam.organization_id, "member": member}
    refused = invalid(("member.password", "constraint", WEAK))
    assert iam.call("POST", "/users", body) == refused
    assert iam.list("/users")["total_count"] == 1
    path = f"/users/{iam.user()}"
    refused = invalid(("password", "constraint", WEAK))
    assert iam.call("POST", f"{path}/update-password", {"password": password}) == refused


@pytest.mark.parametrize("password", ["Aa1-56789012", "Correct horse 1", "éÈ1 " + "é" * 33])
def test_a_strong_password_is_accepted_and_not_shown(iam: Iam, password: str) -> None:
    member = {"username": "alice", "email": "alice@example.com", "password": password}
    made = iam.create("/users", member=member)
    assert password not in made.values()
    path = f"/users/{made['id']}"
    changed = iam.post(f"{path}/update-password", password=password)
    assert changed == made


def test_a_new_member_may_have_no_password(iam: Iam) -> None:
    member = {"username": "alice", "email": "alice@example.com", "password": ""}
    assert iam.create("/users", member=member)["status"] == "activated"
