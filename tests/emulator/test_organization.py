"""Settings, SAML, SCIM, sign-in, logs and quota of the organization."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.local_api import (
    UNKNOWN_ID,
    Answer,
    Iam,
    certificate,
    code_at,
    invalid,
    metadata,
    metadata_file,
    not_found,
    protected,
    taken,
)


def test_security_settings_change_one_by_one(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}/security-settings"
    settings = {
        "enforce_password_renewal": False,
        "grace_period_duration": "259200s",
        "login_attempts_before_locked": 5,
        "max_login_session_duration": "2592000s",
        "max_api_key_expiration_duration": "0s",
    }
    assert list(iam.get(path).items()) == list(settings.items())
    settings |= {"enforce_password_renewal": True, "grace_period_duration": "3600s"}
    sent = {"enforce_password_renewal": True, "grace_period_duration": "3600.000000000s"}
    assert iam.patch(path, **sent) == settings
    assert iam.patch(path) == settings
    assert iam.call("PATCH", path, {"login_attempts_before_locked": 51}) == invalid(
        ("login_attempts_before_locked", "constraint", "value must be inside range [1, 50]")
    )
    for duration in ("1h", "315576000001s", "-1s", "1.0000000000s"):
        assert iam.call("PATCH", path, {"grace_period_duration": duration}) == invalid(
            ("grace_period_duration", "format", "value must be a valid duration")
        )
    assert iam.get(path) == settings


def test_an_organization_gets_its_alias_once_and_login_methods_at_will(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}"
    organization = iam.get(path)
    assert organization == {
        "id": iam.organization_id,
        "name": "Local organization",
        "alias": "",
        "login_password_enabled": True,
        "login_magic_code_enabled": True,
        "login_oauth2_enabled": True,
        "login_saml_enabled": False,
    }
    assert iam.put(f"{path}/alias", alias="acme") == {**organization, "alias": "acme"}
    assert iam.call("PUT", f"{path}/alias", {"alias": "other"}) == protected(
        "the organization already has an alias"
    )
    changed = iam.patch(f"{path}/login-methods", login_oauth2_enabled=False)
    assert changed == {**organization, "alias": "acme", "login_oauth2_enabled": False}


def test_one_login_method_stays_on(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}/login-methods"
    iam.patch(path, login_oauth2_enabled=False, login_magic_code_enabled=False)
    last = {"login_password_enabled": False}
    assert iam.call("PATCH", path, last) == protected(
        "at least one login method must stay enabled", precondition="last_login_method"
    )
    changed = iam.patch(path, **last, login_saml_enabled=True)
    assert [name for name, value in changed.items() if value is True] == ["login_saml_enabled"]


def test_saml_says_what_it_still_needs(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}/saml"
    disabled = not_found("organization_saml", iam.organization_id)
    assert iam.call("GET", path) == disabled
    saml = iam.post(path)
    assert saml == {
        "id": saml["id"],
        "status": "missing_certificate",
        "service_provider": {
            "entity_id": f"https://iam.scaleway.com/saml/{saml['id']}",
            "assertion_consumer_service_url": (
                f"https://api.scaleway.com/iam/v1/saml/{saml['id']}/login"
            ),
        },
        "entity_id": "",
        "single_sign_on_url": "",
    }
    assert iam.call("POST", path) == taken(
        "organization_saml", iam.organization_id, "SAML is already enabled"
    )
    saml_path = f"/saml/{saml['id']}"
    pem = certificate()
    added = iam.post(f"{saml_path}/certificates", type="signing", content=pem)
    assert added == {
        "id": added["id"],
        "type": "signing",
        "origin": "identity_provider",
        "content": pem,
        "expires_at": "2021-01-01T00:00:00Z",
    }
    assert iam.get(f"{saml_path}/certificates") == {"certificates": [added]}
    assert iam.get(f"/saml-certificates/{added['id']}") == added
    assert iam.get(path)["status"] == "missing_entity_id"
    assert iam.patch(saml_path, entity_id="idp")["status"] == "missing_single_sign_on_url"
    assert iam.patch(saml_path, single_sign_on_url="https://idp.example.com")["status"] == "valid"
    iam.delete(f"/saml-certificates/{added['id']}")
    assert iam.get(path)["status"] == "missing_certificate"
    iam.delete(saml_path)
    assert iam.call("GET", path) == disabled
    assert iam.call("GET", f"{saml_path}/certificates") == not_found("saml", saml["id"])


def test_a_saml_certificate_must_be_one(iam: Iam) -> None:
    saml = iam.post(f"/organizations/{iam.organization_id}/saml")
    body = {"type": "signing", "content": "nonsense"}
    assert iam.call("POST", f"/saml/{saml['id']}/certificates", body) == invalid(
        ("content", "format", "value must be a valid PEM certificate")
    )


def test_metadata_of_an_identity_provider_are_parsed(iam: Iam) -> None:
    pem, path = certificate(), "/parse-saml-metadata"
    assert iam.post(path, file=metadata_file(metadata(pem))) == {
        "single_sign_on_url": "https://idp/sso",
        "entity_id": "https://idp",
        "signing_certificates": [pem],
    }
    assert iam.call("POST", path, {"file": metadata_file("<a/>")}) == invalid(
        (
            "file.content",
            "format",
            "value is not SAML metadata: the root element is not an EntityDescriptor of SAML 2.0;"
            " pass the metadata that your identity provider publishes",
        )
    )
    for content in ("%", "/w=="):
        file = {**metadata_file(""), "content": content}
        assert iam.call("POST", path, {"file": file}) == invalid(
            ("file.content", "format", "value must be text in base64")
        )


def test_scim_has_at_most_two_tokens_for_a_year_each(iam: Iam) -> None:
    path = f"/organizations/{iam.organization_id}/scim"
    assert iam.call("GET", path) == not_found("organization_scim", iam.organization_id)
    scim = iam.post(path)
    assert scim == {"id": scim["id"], "created_at": scim["created_at"]}
    assert iam.get(path) == scim
    tokens = f"/scim/{scim['id']}/tokens"
    made = iam.post(tokens)
    token = made["token"]
    year = int(token["created_at"][:4])
    assert token == {
        "id": token["id"],
        "scim_id": scim["id"],
        "created_at": token["created_at"],
        "expires_at": f"{year + 1}{token['created_at'][4:]}",
    }
    name, secret = made["bearer_token"].split(".")
    assert base64.b64decode(name).decode() == token["id"]
    assert len(secret) == 72
    assert iam.get(tokens) == {"scim_tokens": [token], "total_count": 1}
    assert iam.get(f"/scim-tokens/{token['id']}") == token
    iam.post(tokens)
    assert iam.call("POST", tokens).body["type"] == "quotas_exceeded"
    iam.delete(f"/scim-tokens/{token['id']}")
    assert iam.call("GET", f"/scim-tokens/{token['id']}") == not_found("scim_token", token["id"])
    assert iam.get(tokens)["total_count"] == 1
    iam.delete(f"/scim/{scim['id']}")
    assert iam.call("GET", tokens) == not_found("scim", scim["id"])


def test_multifactor_authentication_is_on_after_a_right_code(iam: Iam) -> None:
    user_id = iam.user()
    path = f"/users/{user_id}/mfa-otp"
    assert iam.call("DELETE", path) == not_found("mfa_otp", user_id)
    secret = iam.post(path)["secret"]
    validate = f"/users/{user_id}/validate-mfa-otp"
    now = iam.clock.time.timestamp()
    around = [code_at(secret, now + drift) for drift in (-30, 0, 30)]
    right, wrong = around[1], next(code for code in ("0" * 6, "1" * 6) if code not in around)
    assert iam.call("POST", validate, {"one_time_password": wrong}) == invalid(
        ("one_time_password", "constraint", "value is not the current code")
    )
    assert len(iam.post(validate, one_time_password=right)["recovery_codes"]) == 10
    user = iam.get(f"/users/{user_id}")
    assert (user["mfa"], user["two_factor_enabled"]) == (True, True)
    iam.delete(path)
    assert iam.get(f"/users/{user_id}")["mfa"] is False


def test_a_jwt_shows_its_tokens_once(iam: Iam) -> None:
    user_id = iam.user()
    made = iam.post("/jwts", user_id=user_id, referrer="https://example.com")
    assert list(made) == ["jwt", "token", "renew_token"]
    jwt = made["jwt"]
    assert jwt["audience_id"] == user_id
    assert iam.get(f"/jwts/{jwt['jti']}") == jwt
    assert iam.get("/jwts", audience_id=user_id, expired="false") == {
        "jwts": [jwt],
        "total_count": 1,
    }
    iam.delete(f"/jwts/{jwt['jti']}")
    assert iam.call("GET", f"/jwts/{jwt['jti']}") == not_found("jwt", jwt["jti"])


@pytest.mark.parametrize(
    ("session", "minutes"), [("2592000s", 60), ("0s", 60), ("3600.5s", 60), ("600s", 10)]
)
def test_a_jwt_lasts_an_hour_and_no_longer_than_a_session_may(
    iam: Iam, session: str, minutes: int
) -> None:
    settings = f"/organizations/{iam.organization_id}/security-settings"
    iam.patch(settings, max_login_session_duration=session)
    jwt = iam.post("/jwts", user_id=iam.user(), referrer="https://example.com")["jwt"]
    start, end = (datetime.fromisoformat(jwt[f"{name}_at"][:-1]) for name in ("created", "expires"))
    assert end - start == timedelta(minutes=minutes)


def test_there_are_no_grace_periods_and_no_connections(iam: Iam) -> None:
    user_id = iam.user()
    assert iam.get("/grace-periods", user_id=user_id) == {"grace_periods": []}
    assert iam.get(f"/users/{user_id}/connections") == {"connections": []}
    assert iam.call("GET", "/grace-periods", user_id=UNKNOWN_ID) == not_found("user", UNKNOWN_ID)


def test_every_change_is_logged_with_who_what_and_from_where(iam: Iam) -> None:
    (owner,) = iam.list("/users")["users"]
    iam.session.headers["User-Agent"] = "test/1"
    group_id = iam.group()
    iam.patch(f"/groups/{group_id}", description="x")
    assert iam.call("PATCH", f"/groups/{group_id}", {"name": ""}).status == 400
    iam.delete(f"/groups/{group_id}")
    logs = iam.list("/logs")["logs"]
    assert logs == [
        {
            "id": log["id"],
            "created_at": log["created_at"],
            "ip": "127.0.0.1",
            "user_agent": "test/1",
            "action": action,
            "bearer_id": owner["id"],
            "organization_id": iam.organization_id,
            "resource_type": "group",
            "resource_id": group_id,
        }
        for log, action in zip(logs, ("created", "updated", "deleted"), strict=True)
    ]
    assert iam.get(f"/logs/{logs[0]['id']}") == logs[0]


def test_logs_are_found_by_what_when_and_who(iam: Iam) -> None:
    application_id = iam.application()
    robot = iam.acting_as(application_id=application_id)
    iam.clock.advance(hours=1)
    group_id = robot.group()

    def found(**query: Any) -> list[tuple[str, str]]:
        logs = iam.list("/logs", **query)["logs"]
        return [(log["action"], log["resource_type"]) for log in logs]

    assert found() == [("created", "application"), ("created", "api_key"), ("created", "group")]
    assert found(resource_type="api_key", action="unknown_action") == [("created", "api_key")]
    assert found(action="deleted") == []
    assert found(search=group_id) == [("created", "group")]
    assert found(search=application_id) == [("created", "application"), ("created", "group")]
    # A Python client may send a time in the format of str(datetime).
    since = str(iam.clock.time)
    assert found(created_after=since) == [("created", "group")]
    assert found(created_before=since) == [("created", "application"), ("created", "api_key")]


@pytest.mark.parametrize(
    ("name", "bound"),
    [("iam_ssh_keys", {"limit": 2}), ("iam_groups", {"unlimited": True})],
)
def test_quota_say_the_limit_or_that_there_is_none(
    iam: Iam, name: str, bound: dict[str, Any]
) -> None:
    title = name.removeprefix("iam_").replace("_", " ")
    expected = {
        "name": name,
        "pretty_name": title.capitalize(),
        "unit": "",
        "description": f"Number of {title}",
        "locality_type": "global",
        "limits": [{"global": True, **bound}],
        **bound,
    }
    assert iam.list(f"/quota/{name}") == expected
    assert iam.list("/quota", quotum_names=name) == {"quota": [expected], "total_count": 1}


def test_an_unknown_quotum_is_not_found(iam: Iam) -> None:
    assert iam.call("GET", "/quota/x", organization_id=iam.organization_id) == Answer(
        404, not_found("quotum", "x").body
    )
