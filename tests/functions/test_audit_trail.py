"""getAuditEvents and getAuthenticationEvents: windows, limits, filters, masked bodies, refusals."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import pulumi_scw_iam as iam
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.redaction import MASK, SECRET, declared_secrets
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.functions import FUNCTIONS
from tests.functions.world import World
from tests.support.scripted_api import ORGANIZATION
from tests.support.snippets import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functions.world import Scripted

ID = "99999999-9999-4999-8999-999999999999"
START, END = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
EVENT: dict[str, Any] = {
    "id": ID,
    "recorded_at": START,
    "locality": "global",
    "principal": {"id": ID},
    "organization_id": ORGANIZATION,
    "project_id": None,
    "source_ip": "192.0.2.1",
    "user_agent": None,
    "product_name": "iam",
    "service_name": "scaleway.iam.v1alpha1.Api",
    "method_name": "CreateGroup",
    "resources": [],
    "request_id": ID,
    "request_body": None,
    "status_code": 200,
}
LOGIN: dict[str, Any] = {
    "id": ID,
    "recorded_at": START,
    "organization_id": ORGANIZATION,
    "source_ip": "192.0.2.1",
    "user_agent": None,
    "resources": [{"id": ID, "type": "iam_user", "created_at": None, "account_user_info": {}}],
    "result": "failure",
    "failure_reason": "invalid_password",
    "country_code": "FR",
    "method": "password",
    "origin": "public_api",
    "mfa_type": None,
}


@pytest.fixture
def guarded() -> Iterator[World]:
    """Yield an organization with enforced permissions."""
    world = World(Emulator(enforce=True))
    yield world
    world.close()


def page(*events: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"events": list(events), "next_page_token": token}


def test_an_event_has_its_call_its_principal_and_its_resources_and_no_body(world: World) -> None:
    owner = next(world.iam.list_users())["id"]
    group = world.iam.create_group(name="devs")
    world.calls()
    result = world.call("getAuditEvents")
    assert world.calls() == ["GET /audit-trail/v1alpha1/regions/fr-par/events 200"]
    (event,) = result["events"]
    assert event == {
        "id": event["id"],
        "recorded_at": event["recorded_at"],
        "method_name": "CreateGroup",
        "service_name": "scaleway.iam.v1alpha1.Api",
        "product_name": "iam",
        "status_code": 200,
        "principal_id": owner,
        "source_ip": "127.0.0.1",
        "user_agent": event["user_agent"],
        "resources": [
            {
                "id": group["id"],
                "type": "iam_group",
                "name": "devs",
                "created_at": group["created_at"],
                "updated_at": group["updated_at"],
            }
        ],
        "request_id": event["request_id"],
        "locality": "global",
        "organization_id": world.organization,
    }
    assert event["user_agent"].startswith("pulumi-scw-iam/")
    assert result["has_more"] is False


def test_the_default_window_is_the_last_hour_and_is_part_of_the_result(scripted: Scripted) -> None:
    for name in ("getAuditEvents", "getAuthenticationEvents"):
        result = scripted.call(name, page())
        (query,) = scripted.queries()
        scripted.api.received.clear()
        assert result == {
            "events": [],
            "recorded_after": result["recorded_after"],
            "has_more": False,
        }
        assert query == {
            "organization_id": [ORGANIZATION],
            "order_by": ["recorded_at_desc"],
            "recorded_after": [result["recorded_after"].replace(":", "%3A")],
        }
        ago = datetime.now(timezone.utc) - formats.moment(result["recorded_after"])
        assert abs(ago - timedelta(hours=1)) < timedelta(minutes=1)


def test_a_window_is_sent_in_utc_to_the_region(scripted: Scripted) -> None:
    window = {"recorded_after": "2026-01-01T02:00:00+02:00", "recorded_before": END}
    for name in ("getAuditEvents", "getAuthenticationEvents"):
        result = scripted.call(name, page(), region="nl-ams", **window)
        assert result["recorded_after"] == START
    assert [received.path.rpartition("/")[0] for received in scripted.api.received] == [
        "/audit-trail/v1alpha1/regions/nl-ams"
    ] * 2
    assert (
        scripted.queries()
        == [
            {
                "organization_id": [ORGANIZATION],
                "order_by": ["recorded_at_desc"],
                "recorded_after": [START.replace(":", "%3A")],
                "recorded_before": [END.replace(":", "%3A")],
            }
        ]
        * 2
    )


def test_filters_of_events_are_sent_as_given(scripted: Scripted) -> None:
    filters = {
        "principal_id": ID,
        "resource_id": ID,
        "resource_type": "iam_api_key",
        "method_name": "CreateAPIKey",
        "service_name": "scaleway.iam.v1alpha1.Api",
        "product_name": "iam",
        "project_id": ID,
        "source_ip": "192.0.2.1",
        "status": 403,
    }
    declared = set(FUNCTIONS["getAuditEvents"].arguments.__annotations__)
    others = {"organization_id", "region", "recorded_after", "recorded_before", "limit"}
    assert declared - others - {"with_request_bodies"} == set(filters)
    scripted.call("getAuditEvents", page(), recorded_after=START, **filters)
    (query,) = scripted.queries()
    assert query == {
        "organization_id": [ORGANIZATION],
        "order_by": ["recorded_at_desc"],
        "recorded_after": [START.replace(":", "%3A")],
        **{name: [str(value)] for name, value in filters.items()},
    }


def test_all_pages_are_read_up_to_the_limit_and_a_warning_says_when_there_is_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(150):
        world.iam.create_group(name=f"g{number}")
    world.calls()
    whole = world.call("getAuditEvents", recorded_after=START)
    assert [event["resources"][0]["name"] for event in whole["events"]] == [
        f"g{number}" for number in range(149, -1, -1)
    ]
    assert len(world.calls()) == 2
    assert caplog.records == []
    exact = world.call("getAuditEvents", recorded_after=START, limit=150)
    assert exact == whole
    caplog.set_level(logging.WARNING)
    newest = world.call("getAuditEvents", recorded_after=START, limit=120)
    assert newest == {"events": whole["events"][:120], "recorded_after": START, "has_more": True}
    assert [record.getMessage() for record in caplog.records] == [
        f"there are more audit events since {START} than the limit of 120, and the result has only the newest;"
        " raise limit, or choose a shorter time window"
    ]


def test_the_warning_is_the_one_in_the_guide(
    scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    events = [EVENT] * 100
    pages = [page(*events, token=str(number)) for number in range(10)]
    scripted.call("getAuditEvents", *pages, page(EVENT), recorded_after=START)
    assert caplog.messages == [program("docs/guide/auditing.md", "text").strip()]


def test_a_login_has_its_result_its_method_and_its_user(scripted: Scripted) -> None:
    success = {**LOGIN, "result": "success", "failure_reason": None, "mfa_type": "totp"}
    result = scripted.call(
        "getAuthenticationEvents",
        page(LOGIN, token="next"),
        page(success),
        recorded_after=START,
    )
    expected = {
        "id": ID,
        "recorded_at": START,
        "organization_id": ORGANIZATION,
        "source_ip": "192.0.2.1",
        "resources": [{"id": ID, "type": "iam_user"}],
        "country_code": "FR",
        "method": "password",
        "origin": "public_api",
    }
    assert result == {
        "events": [
            {**expected, "result": "failure", "failure_reason": "invalid_password"},
            {**expected, "result": "success", "mfa_type": "totp"},
        ],
        "recorded_after": START,
        "has_more": False,
    }


def test_the_local_api_has_no_logins(world: World) -> None:
    assert world.call("getAuthenticationEvents")["events"] == []


def test_bodies_are_returned_on_request_with_secrets_masked_by_name_and_by_value(
    scripted: Scripted,
) -> None:
    scripted.core.client.update_user_password(ID, password="hunter2-by-value")
    declared_secrets.learn_values(["tag-that-is-secret"])
    body = {
        "name": "déjà",
        "admin_password": "s3cret-1",
        "description": "was hunter2-by-value",
        "tags": ["tag-that-is-secret", "public"],
    }
    events = page({**EVENT, "request_body": body}, EVENT)
    result = scripted.call("getAuditEvents", events, recorded_after=START, with_request_bodies=True)
    first, second = result["events"]
    assert json.loads(first["request_body"]) == {
        "name": "déjà",
        "admin_password": MASK,
        "description": f"was {MASK}",
        "tags": [SECRET, "public"],
    }
    assert "déjà" in first["request_body"]
    assert "request_body" not in second
    without = scripted.call("getAuditEvents", events, recorded_after=START)
    assert ["request_body" in event for event in without["events"]] == [False, False]


def test_passwords_of_the_local_api_are_masked_in_every_body(world: World) -> None:
    member: Any = {"email": "a@example.com", "username": "alice", "password": "Correct horse 1!"}
    world.iam.create_user(member=member)
    result = world.call("getAuditEvents", with_request_bodies=True)
    (event,) = result["events"]
    assert json.loads(event["request_body"])["member"]["password"] == MASK
    assert "Correct horse" not in str(result)


def test_a_principal_and_an_id_of_a_resource_may_be_missing(scripted: Scripted) -> None:
    event = {**EVENT, "principal": None, "resources": [{"id": "", "type": "iam_group"}]}
    result = scripted.call("getAuditEvents", page(event), recorded_after=START)
    (shown,) = result["events"]
    assert "principal_id" not in shown
    assert shown["resources"] == [{"id": "", "type": "iam_group"}]


@pytest.mark.parametrize("name", ["getAuditEvents", "getAuthenticationEvents"])
def test_a_missing_permission_is_one_line_with_the_permission_sets(
    guarded: World, name: str
) -> None:
    robot = guarded.iam.create_application(name="robot")["id"]
    key = guarded.iam.create_api_key(application_id=robot)
    environment = {**guarded.emulator.environment, "SCW_SECRET_KEY": str(key["secret_key"])}
    settings = Settings.resolve(environ=environment)
    with pytest.raises(IamError) as refused:
        ProviderCore(lambda: settings).call(FUNCTIONS[name], {})
    line = str(refused.value)
    noun = FUNCTIONS[name].noun
    assert line.startswith(
        f"get {noun}: the API key has no permission to list audit_trail_event (403, request "
    )
    assert line.endswith(
        "; give its bearer the permission set AuditTrailReadOnly or OrganizationManager"
    )
    rule: Any = {
        "permission_set_names": ["AuditTrailReadOnly"],
        "organization_id": guarded.organization,
    }
    guarded.iam.create_policy(name="auditor", application_id=robot, rules=[rule])
    result, failures = ProviderCore(lambda: settings).call(FUNCTIONS[name], {})
    assert failures == []
    assert bool(result["events"]) == (name == "getAuditEvents")


def test_refused_calls_are_listed_with_their_principal(guarded: World) -> None:
    robot = guarded.iam.create_application(name="robot")["id"]
    key = guarded.iam.create_api_key(application_id=robot)
    environment = {**guarded.emulator.environment, "SCW_SECRET_KEY": str(key["secret_key"])}
    with pytest.raises(IamError):
        IamClient(Settings.resolve(environ=environment)).delete_application(robot)
    (event,) = guarded.call("getAuditEvents", status=403)["events"]
    assert (event["method_name"], event["principal_id"]) == ("DeleteApplication", robot)
    assert guarded.call("getAuditEvents", principal_id=robot)["events"] == [event]


@pytest.mark.parametrize("end", [START, "2025-12-31T23:59:59Z"])
@pytest.mark.parametrize("name", ["getAuditEvents", "getAuthenticationEvents"])
def test_an_empty_window_is_refused_without_a_call(scripted: Scripted, name: str, end: str) -> None:
    with pytest.raises(IamError) as refused:
        scripted.call(name, recorded_after=START, recorded_before=end)
    assert str(refused.value) == (
        f"get {FUNCTIONS[name].noun}: the time window is empty: its end {end} is not after its start {START}"
    )
    assert scripted.api.received == []


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (
            {"region": "fr-par-1"},
            Failure("region", '"fr-par-1" is not a region; write it as fr-par'),
        ),
        ({"limit": 0}, Failure("limit", "is 0; at least 1 is needed")),
        (
            {"recorded_after": "yesterday"},
            Failure(
                "recorded_after",
                '"yesterday" is not a date and time; write it as 2030-01-31T12:00:00Z',
            ),
        ),
        (
            {"principal_id": "alice"},
            Failure(
                "principal_id", '"alice" is not a UUID; pass the principal\'s id, not the name'
            ),
        ),
        ({"status": 4}, Failure("status", "is 4; at least 100 is needed")),
    ],
)
def test_wrong_arguments_are_reported_without_a_call(
    world: World, arguments: dict[str, Any], failure: Failure
) -> None:
    assert world.core.call(FUNCTIONS["getAuditEvents"], arguments) == ({}, [failure])
    assert world.calls() == []


def test_a_call_of_a_python_program_leaves_no_log_handler(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.emulator.environment.items():
        monkeypatch.setenv(name, value)
    handlers = list(user_log.handlers)
    for name in ("old", "new"):
        world.iam.create_group(name=name)
    found = iam.get_audit_events(recorded_after=START, limit=1)
    assert (found.has_more, found.events[0].resources[0].name) == (True, "new")
    with pytest.raises(pulumi.RunError):
        iam.get_audit_events(recorded_after=START, recorded_before=START)
    assert user_log.handlers == handlers
