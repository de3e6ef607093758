"""API keys: authentication and expiry; SSH keys: formats and fingerprints."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.local_api import UNKNOWN_ID, Answer, Iam, denied, invalid, not_found
from tests.support.ssh_keys import SSH_KEY

DENIED = {
    "message": "authentication is denied",
    "method": "api_key",
    "reason": "not_found",
    "type": "denied_authentication",
}


@pytest.mark.parametrize("token", [None, "", "nonsense", UNKNOWN_ID])
def test_a_secret_key_that_is_missing_or_unknown_is_denied(iam: Iam, token: str | None) -> None:
    iam.session.headers["X-Auth-Token"] = token  # type: ignore[assignment]
    assert iam.call("GET", "/groups") == Answer(401, DENIED)
    assert iam.call("POST", "/account/v3/projects") == Answer(401, DENIED)


def test_an_issued_key_opens_the_api_until_it_is_deleted(iam: Iam) -> None:
    application_id = iam.application()
    key = iam.post("/api-keys", application_id=application_id)
    robot = Iam(iam.emulator, iam.clock, key["secret_key"])
    assert robot.group()
    iam.delete(f"/api-keys/{key['access_key']}")
    assert robot.call("GET", "/groups") == Answer(401, DENIED)


def test_an_expired_key_is_refused_and_still_listed(iam: Iam) -> None:
    expires_at = (iam.clock.time + timedelta(days=365)).isoformat()
    key = iam.post("/api-keys", application_id=iam.application(), expires_at=expires_at)
    robot = Iam(iam.emulator, iam.clock, key["secret_key"])
    assert robot.list("/api-keys", expired="false")["total_count"] == 2
    iam.clock.advance(days=366)
    assert robot.call("GET", "/groups") == Answer(401, {**DENIED, "reason": "expired"})
    assert [item["access_key"] for item in iam.list("/api-keys", expired="True")["api_keys"]] == [
        key["access_key"]
    ]
    past = {"application_id": iam.application("b"), "expires_at": expires_at}
    assert iam.call("POST", "/api-keys", past) == invalid(
        ("expires_at", "constraint", "value must be greater than now")
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2035-07-06T11:00:00+02:00", "2035-07-06T09:00:00Z"),
        ("2035-07-06T11:00:00.5Z", "2035-07-06T11:00:00.500Z"),
        ("2035-04-21T11:49:57.648653377+02:00", "2035-04-21T09:49:57.648653Z"),
        ("2035-07-06T11:00:00.000000Z", "2035-07-06T11:00:00Z"),
    ],
)
def test_an_expiry_is_kept_in_utc_with_as_few_decimals_as_say_it(
    iam: Iam, given: str, expected: str
) -> None:
    key = iam.post("/api-keys", application_id=iam.application(), expires_at=given)
    assert key["expires_at"] == expected


def test_an_expiry_can_be_set_once(iam: Iam) -> None:
    key = iam.post("/api-keys", application_id=iam.application())
    path = f"/api-keys/{key['access_key']}"
    assert (
        iam.patch(path, expires_at="2035-01-01T00:00:00Z")["expires_at"] == "2035-01-01T00:00:00Z"
    )
    assert iam.patch(path, expires_at="2035-01-01T01:00:00+01:00")
    assert iam.call("PATCH", path, {"expires_at": "2036-01-01T00:00:00Z"}) == invalid(
        ("expires_at", "constraint", "value cannot be changed once it is set")
    )


def test_the_organization_can_cap_the_life_of_new_keys(iam: Iam) -> None:
    settings = f"/organizations/{iam.organization_id}/security-settings"
    iam.patch(settings, max_api_key_expiration_duration="3600s")
    refused = invalid(
        (
            "expires_at",
            "constraint",
            "value must be within the organization's maximum API key expiration duration of 3600s",
        )
    )
    application_id = iam.application()
    assert iam.call("POST", "/api-keys", {"application_id": application_id}) == refused
    body = {"application_id": application_id, "expires_at": "2050-01-01T00:00:00Z"}
    assert iam.call("POST", "/api-keys", body) == refused
    soon = (iam.clock.time + timedelta(minutes=59)).isoformat()
    assert iam.post("/api-keys", application_id=application_id, expires_at=soon)
    iam.patch(settings, max_api_key_expiration_duration="315576000000s")
    assert iam.post("/api-keys", **body)


def test_keys_of_a_locked_member_are_refused_until_it_is_unlocked(iam: Iam) -> None:
    user_id = iam.user()
    alice = iam.acting_as(user_id=user_id)
    iam.post(f"/users/{user_id}/lock")
    assert alice.call("GET", "/groups") == denied("list", "group")
    assert alice.call("DELETE", f"/users/{user_id}") == denied("delete", "user")
    iam.post(f"/users/{user_id}/unlock")
    assert alice.list("/groups")["total_count"] == 0


def test_a_key_has_one_bearer_and_a_project_that_exist(iam: Iam) -> None:
    bearer = "only one of application_id, user_id may be set"
    application_id = iam.application()
    cases: list[tuple[dict[str, Any], Answer]] = [
        ({}, invalid(("bearer", "required", "value is required"))),
        (
            {"application_id": application_id, "user_id": iam.user()},
            invalid(("bearer", "constraint", bearer)),
        ),
        ({"application_id": UNKNOWN_ID}, not_found("application", UNKNOWN_ID)),
        ({"user_id": UNKNOWN_ID}, not_found("user", UNKNOWN_ID)),
        (
            {"application_id": application_id, "default_project_id": UNKNOWN_ID},
            not_found("project", UNKNOWN_ID),
        ),
    ]
    for body, expected in cases:
        assert iam.call("POST", "/api-keys", body) == expected
    assert iam.list("/api-keys")["total_count"] == 1


def test_keys_are_found_by_their_bearer(iam: Iam) -> None:
    application_id, user_id = iam.application(), iam.user()
    keys = {
        name: iam.post("/api-keys", **{name: bearer}, description=name)["access_key"]
        for name, bearer in (("application_id", application_id), ("user_id", user_id))
    }

    def found(**query: Any) -> list[str]:
        return [item["access_key"] for item in iam.list("/api-keys", **query)["api_keys"]]

    assert found(application_id=application_id) == [keys["application_id"]]
    assert found(bearer_id=user_id, bearer_type="unknown_bearer_type") == [keys["user_id"]]
    assert found(bearer_type="application") == [keys["application_id"]]
    assert found(bearer_id=user_id, bearer_type="application") == []
    assert found(access_keys=list(keys.values())) == list(keys.values())
    assert found(description="user_id") == [keys["user_id"]]


def test_the_same_ssh_key_may_be_there_twice_and_a_quota_ends_it(iam: Iam) -> None:
    body = {"name": "k", "public_key": SSH_KEY, "project_id": iam.organization_id}
    first, second = (iam.post("/ssh-keys", **body) for _ in range(2))
    assert first["id"] != second["id"]
    assert iam.call("POST", "/ssh-keys", body) == Answer(
        403,
        {
            "details": [{"current": 2, "quota": 2, "resource": "iam_ssh_keys"}],
            "message": "quota exceeded",
            "type": "quotas_exceeded",
        },
    )


def test_an_ssh_key_needs_a_project_and_a_real_key(iam: Iam) -> None:
    body = {"name": "k", "public_key": SSH_KEY, "project_id": ""}
    assert iam.call("POST", "/ssh-keys", body) == invalid(
        ("project_id", "format", "value must be a valid UUID")
    )
    body["project_id"] = UNKNOWN_ID
    assert iam.call("POST", "/ssh-keys", body) == not_found("project", UNKNOWN_ID)
    body |= {"project_id": iam.organization_id, "public_key": "ssh-ed25519 AAAA"}
    text = "value is not a public key: its second word is not a ssh-ed25519 key"
    assert iam.call("POST", "/ssh-keys", body) == invalid(("public_key", "format", text))
