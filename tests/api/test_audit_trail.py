"""The client of the Audit Trail: exact requests, pages by token, and no secret in any event."""

from __future__ import annotations

import inspect
import json
import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from pulumi_scw_iam.api import ApiError, AuditTrail, IamClient, PermissionDenied, Settings
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.redaction import MASK
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import Clock
from tests.support.samples import ID
from tests.support.scripted_api import ORGANIZATION, SECRET_KEY, Answer, Api

if TYPE_CHECKING:
    from collections.abc import Callable
PATH = "/audit-trail/v1alpha1/regions/fr-par"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AFTER, BEFORE = "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"


def event(**fields: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "recorded_at": AFTER,
        "locality": "fr-par",
        "principal": {"id": ID},
        "organization_id": ORGANIZATION,
        "project_id": None,
        "source_ip": "192.0.2.1",
        "user_agent": "scaleway-cli",
        "product_name": "iam",
        "service_name": "scaleway.iam.v1alpha1.Api",
        "method_name": "CreateGroup",
        "resources": [{"id": "", "type": "iam_group", "created_at": None}],
        "request_id": ID,
        "request_body": {"name": "devs"},
        "status_code": 200,
        **fields,
    }


LOGIN: dict[str, Any] = {
    "id": ID,
    "recorded_at": AFTER,
    "organization_id": ORGANIZATION,
    "source_ip": "192.0.2.1",
    "user_agent": None,
    "resources": [],
    "result": "failure",
    "failure_reason": "invalid_password",
    "country_code": "FR",
    "method": "password",
    "origin": "public_api",
    "mfa_type": None,
}
PRODUCT = {
    "title": "IAM",
    "name": "iam",
    "services": [{"name": "scaleway.iam.v1alpha1.Api", "methods": ["CreateGroup"]}],
}


@pytest.fixture
def trail(client: IamClient) -> AuditTrail:
    return client.audit_trail("fr-par")


def requests_of(api: Api) -> list[tuple[str, dict[str, str]]]:
    return [(f"{one.method} {one.path}", dict(parse_qsl(one.query))) for one in api.received]


def test_every_operation_sends_the_documented_request(api: Api, trail: AuditTrail) -> None:
    window: dict[str, Any] = {"recorded_after": AFTER, "recorded_before": BEFORE}
    filters: dict[str, Any] = {
        "order_by": "recorded_at_desc",
        "project_id": ID,
        "resource_type": "iam_api_key",
        "resource_id": ID,
        "product_name": "iam",
        "service_name": "api",
        "method_name": "CreateAPIKey",
        "principal_id": ID,
        "source_ip": "192.0.2.1",
        "status": 403,
    }
    api.say(Answer({"events": [event()], "next_page_token": None}))
    api.say(Answer({"events": [LOGIN], "next_page_token": None}))
    api.say(Answer({"products": [PRODUCT], "total_count": 1}))
    assert list(trail.list_events(**window, organization_id=ID, **filters)) == [event()]
    assert list(trail.list_authentication_events(**window)) == [LOGIN]
    assert trail.list_products() == [PRODUCT]
    page = {"page_size": "100", **window}
    assert requests_of(api) == [
        (f"GET {PATH}/events", {**page, "organization_id": ID, **filters, "status": "403"}),
        (
            f"GET {PATH}/authentication-events",
            {**page, "organization_id": ORGANIZATION, "order_by": "recorded_at_asc"},
        ),
        (f"GET {PATH}/products", {"organization_id": ORGANIZATION}),
    ]


def test_a_docstring_ends_with_the_request() -> None:
    requests = {
        name: inspect.getdoc(method).splitlines()[-1]  # type: ignore[union-attr]
        for name, method in inspect.getmembers(AuditTrail, inspect.isfunction)
        if not name.startswith("_") and name != "default_start"
    }
    region = "GET /audit-trail/v1alpha1/regions/{region}"
    assert requests == {
        "list_authentication_events": f"{region}/authentication-events",
        "list_events": f"{region}/events",
        "list_products": f"{region}/products",
    }


def test_pages_follow_their_tokens(api: Api, trail: AuditTrail) -> None:
    events = [event(id=str(number)) for number in range(3)]
    for one, token in zip(events, ("a b", "c", ""), strict=True):
        api.say(Answer({"events": [one], "next_page_token": token}))
    assert list(trail.list_events(recorded_after=AFTER)) == events
    tokens = [query.get("page_token") for _, query in requests_of(api)]
    assert tokens == [None, "a b", "c"]


def test_a_page_without_a_token_is_the_last(api: Api, trail: AuditTrail) -> None:
    api.say(Answer({"events": []}))
    assert list(trail.list_events(recorded_after=AFTER)) == []


def test_a_list_that_repeats_a_token_ends_with_an_error(api: Api, trail: AuditTrail) -> None:
    api.otherwise = Answer({"events": [event()], "next_page_token": "same"})
    with pytest.raises(ApiError) as caught:
        list(trail.list_events(recorded_after=AFTER))
    assert str(caught.value) == (
        f"GET {PATH}/events: the list does not end: a page repeats an earlier page_token (200)"
    )
    assert len(api.received) == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda trail: trail.list_events(),
        lambda trail: trail.list_authentication_events(),
    ],
)
def test_a_list_requires_the_start_of_its_window(
    call: Callable[[AuditTrail], object], api: Api, trail: AuditTrail
) -> None:
    with pytest.raises(TypeError, match="'recorded_after'"):
        call(trail)
    assert api.received == []


def test_the_default_window_is_one_hour_by_the_clock_of_the_api() -> None:
    clock = Clock()
    with Emulator(clock=clock) as emulator:
        trail = IamClient(Settings.resolve(environ=emulator.environment)).audit_trail("fr-par")
        by_own_clock = formats.moment(trail.default_start())
        assert abs(datetime.now(timezone.utc) - by_own_clock - HOUR) < MINUTE
        trail.list_products()  # the response has the clock of the API
        assert abs(clock() - formats.moment(trail.default_start()) - HOUR) < MINUTE


def test_a_missing_permission_is_one_line_with_the_permission_sets(
    api: Api, trail: AuditTrail
) -> None:
    details = [{"action": "list", "resource": "event"}]
    body = {"type": "permissions_denied", "message": "insufficient permissions", "details": details}
    for call in (
        lambda: list(trail.list_events(recorded_after=AFTER)),
        lambda: list(trail.list_authentication_events(recorded_after=AFTER)),
        trail.list_products,
    ):
        api.say(Answer(body, 403))
        with pytest.raises(PermissionDenied) as caught:
            call()
        assert str(caught.value).partition(": ")[2] == (
            "the API key has no permission to list event (403); give its bearer the permission set"
            " AuditTrailReadOnly or OrganizationManager"
        )


def test_secrets_in_bodies_are_masked_by_name_and_by_value(
    api: Api, client: IamClient, trail: AuditTrail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pulumi_scw_iam")
    client.update_user_password(ID, password="hunter22")
    body = {
        "name": "db",
        "admin_password": "s3cret-1",
        "user": {"privateKey": "s3cret-2", "password_enabled": True, "tags": ["a"]},
        "secret_environment_variables": [{"key": "A", "value": "s3cret-3"}],
        "secret_id": ID,
        "token_ttl": 60,
        "data": "s3cret-4",
        "description": f"was hunter22, key {SECRET_KEY}",
    }
    events = [event(request_body=body), event(request_body=None)]
    api.say(Answer({"events": events, "next_page_token": None}))
    masked, without = trail.list_events(recorded_after=AFTER)
    assert masked["request_body"] == {
        "name": "db",
        "admin_password": MASK,
        "user": {"privateKey": MASK, "password_enabled": True, "tags": ["a"]},
        "secret_environment_variables": MASK,
        "secret_id": ID,
        "token_ttl": 60,
        "data": MASK,
        "description": f"was {MASK}, key {MASK}",
    }
    assert without == events[1]
    for text in (json.dumps(masked), caplog.text):
        assert "s3cret" not in text
        assert "hunter22" not in text
