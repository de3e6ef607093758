"""The local API's own calls as events of the Audit Trail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import IamClient, Settings
from pulumi_scw_iam.common.redaction import MASK
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.emulator.operations import audit_trail
from tests.support.local_api import Clock, Iam, denied, invalid

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/audit-trail/v1alpha1/regions/fr-par"
SECRETS = "/secret-manager/v1beta1/regions/nl-ams/secrets"


def events(iam: Iam, region: str = "fr-par", **query: Any) -> list[dict[str, Any]]:
    path = PATH.replace("fr-par", region)
    listed: list[dict[str, Any]] = iam.list(f"{path}/events", **query)["events"]
    return listed


def methods(iam: Iam, **query: Any) -> list[str]:
    return [event["method_name"] for event in events(iam, **query)]


def owner_id(iam: Iam) -> str:
    return str(iam.get(f"/api-keys/{iam.emulator.access_key}")["user_id"])


def test_a_write_is_an_event_with_the_fields_of_the_sdk_in_order(iam: Iam) -> None:
    iam.session.headers["User-Agent"] = "tests"
    group = iam.create("/groups", name="devs")
    (event,) = events(iam)
    expected = {
        "id": event["id"],
        "recorded_at": event["recorded_at"],
        "locality": "global",
        "organization_id": iam.organization_id,
        "project_id": None,
        "source_ip": "127.0.0.1",
        "user_agent": "tests",
        "product_name": "iam",
        "service_name": "scaleway.iam.v1alpha1.Api",
        "method_name": "CreateGroup",
        "resources": [
            {
                "id": group["id"],
                "type": "iam_group",
                "created_at": group["created_at"],
                "updated_at": group["updated_at"],
                "deleted_at": None,
                "name": "devs",
            }
        ],
        "request_id": event["request_id"],
        "request_body": {
            "organization_id": iam.organization_id,
            "name": "devs",
            "description": "",
            "tags": [],
        },
        "status_code": 200,
        "principal": {"id": owner_id(iam)},
    }
    assert event == expected
    assert list(event) == list(expected)
    iam.delete(f"/groups/{group['id']}")
    deleted, _ = events(iam)
    assert deleted["method_name"] == "DeleteGroup"
    assert deleted["request_body"] is None
    assert deleted["resources"][0]["deleted_at"] == deleted["recorded_at"]


def test_reads_and_failed_calls_are_no_events_and_payloads_are(iam: Iam) -> None:
    iam.list("/groups")
    assert iam.call("POST", "/groups", {"name": ""}).status == 400
    assert events(iam) == []
    secret = iam.post(SECRETS, name="key", project_id=iam.emulator.project_id)
    iam.post(f"{SECRETS}/{secret['id']}/versions", data="c2VjcmV0")
    iam.get(f"{SECRETS}/{secret['id']}/versions/1/access")
    assert events(iam) == []
    dutch = events(iam, "nl-ams")
    assert [event["method_name"] for event in dutch] == [
        "AccessSecretVersion",
        "CreateSecretVersion",
        "CreateSecret",
    ]
    assert dutch[1]["request_body"]["data"] == MASK
    assert {event["locality"] for event in dutch} == {"nl-ams"}
    assert dutch[2]["project_id"] == iam.emulator.project_id


def test_warsaw_has_no_audit_trail(iam: Iam) -> None:
    polish = SECRETS.replace("nl-ams", "pl-waw")
    iam.post(polish, name="key", project_id=iam.emulator.project_id)
    assert "event" not in {kind for kind, items in iam.emulator.snapshot().objects.items() if items}
    for name in ("events", "authentication-events", "products"):
        path = PATH.replace("fr-par", "pl-waw")
        query = {"organization_id": iam.organization_id}
        assert iam.call("GET", f"{path}/{name}", **query) == invalid(
            ("region", "constraint", "value must be one of fr-par, nl-ams")
        )


def test_secrets_are_masked_in_the_bodies_of_events(iam: Iam) -> None:
    user = iam.user("alice")
    iam.post(f"/users/{user}/update-password", password="Correct horse 1!")
    member = {"username": "bobby", "email": "b@example.com", "password": "Correct horse 2!"}
    iam.create("/users", member=member)
    assert "Correct horse" not in str(events(iam))
    assert events(iam)[0]["request_body"]["member"]["password"] == MASK


def test_a_refused_call_is_an_event_with_its_principal() -> None:
    clock = Clock()
    with Emulator(clock=clock, enforce=True) as emulator:
        owner = Iam(emulator, clock)
        with owner.session:
            robot = owner.application("robot")
            bearer = owner.acting_as(application_id=robot)
            where = {"organization_id": owner.organization_id}
            body = {"name": "devs", **where}
            assert bearer.call("POST", "/groups", body) == denied("write", "group")
            assert bearer.call("GET", "/groups", **where) == denied("list", "group")
            listed = bearer.call("GET", f"{PATH}/events", **where)
            assert listed == denied("list", "audit_trail_event")
            (event,) = events(owner, status=403)
            assert event["principal"] == {"id": robot}
            assert event["method_name"] == "CreateGroup"
            assert event["resources"] == []
            assert methods(owner, principal_id=robot) == ["CreateGroup"]


def test_every_403_is_an_event_also_of_a_locked_user_and_of_a_quota() -> None:
    clock = Clock()
    with Emulator(clock=clock, quotas={"iam_groups": 1}) as emulator:
        owner = Iam(emulator, clock)
        with owner.session:
            user = owner.user("alice")
            key = owner.create("/api-keys", user_id=user)
            owner.post(f"/users/{user}/lock")
            locked = Iam(emulator, clock, key["secret_key"])
            body = {"name": "devs", "organization_id": owner.organization_id}
            assert locked.call("POST", "/groups", body) == denied("write", "group")
            owner.group("first")
            assert owner.call("POST", "/groups", body).status == 403
            full, refused = events(owner, status=403)
            assert [event["principal"]["id"] for event in (full, refused)] == [
                owner_id(owner),
                user,
            ]
            assert [event["request_body"]["name"] for event in (full, refused)] == ["devs"] * 2
            assert [group["name"] for group in owner.list("/groups", name="devs")["groups"]] == []


def test_the_oldest_events_make_room_for_new_ones(
    iam: Iam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "MOST", 3)
    for number in range(5):
        iam.group(f"g{number}")
    names = [event["request_body"]["name"] for event in events(iam)]
    assert names == ["g4", "g3", "g2"]
    assert len(iam.emulator.snapshot().objects["event"]) == 3


def test_the_default_window_is_the_last_hour(iam: Iam) -> None:
    iam.group("old")
    iam.clock.advance(hours=1, seconds=1)
    iam.group("new")
    assert [event["request_body"]["name"] for event in events(iam)] == ["new"]
    start = "2030-01-01T00:00:00Z"
    assert len(events(iam, recorded_after=start)) == 2
    assert len(events(iam, recorded_after=start, recorded_before="2030-01-01T00:30:00Z")) == 1


def test_events_are_filtered(iam: Iam) -> None:
    group = iam.group()
    iam.create("/account/v3/projects", name="p")
    assert methods(iam) == ["CreateProject", "CreateGroup"]
    for query in (
        {"resource_id": group},
        {"resource_type": "iam_group"},
        {"product_name": "iam"},
        {"service_name": "scaleway.iam.v1alpha1.Api"},
        {"method_name": "CreateGroup"},
    ):
        assert methods(iam, **query) == ["CreateGroup"]
    assert methods(iam, source_ip="192.0.2.1") == []


@pytest.mark.parametrize("order", ["recorded_at_asc", "recorded_at_desc"])
def test_pages_by_token_have_each_event_once(order: str, iam: Iam) -> None:
    for number in range(5):
        iam.group(f"g{number}")
    seen: list[str] = []
    query: dict[str, Any] = {}
    pages = 0
    while not pages or query["page_token"]:
        page = iam.list(f"{PATH}/events", page_size=2, order_by=order, **query)
        seen += [event["request_body"]["name"] for event in page["events"]]
        query["page_token"] = page["next_page_token"]
        pages += 1
    expected = [f"g{number}" for number in range(5)]
    assert seen == (expected if order == "recorded_at_asc" else expected[::-1])
    assert pages == 3
    for list_name in ("events", "authentication-events"):
        query = {"page_token": "é", "organization_id": iam.organization_id}
        assert iam.call("GET", f"{PATH}/{list_name}", **query) == invalid(
            ("page_token", "constraint", "value must be a page token")
        )


def test_logins_are_none_and_products_have_their_methods(iam: Iam) -> None:
    assert iam.list(f"{PATH}/authentication-events") == {"events": [], "next_page_token": None}
    listed = iam.list(f"{PATH}/products")
    assert [product["name"] for product in listed["products"]] == [
        "iam",
        "account",
        "secret-manager",
    ]
    assert listed["total_count"] == 3
    (service,) = listed["products"][0]["services"]
    assert {"CreateAPIKey", "CreateSSHKey", "AddSAMLCertificate"} <= set(service["methods"])
    assert all(re.fullmatch("[A-Z][A-Za-z]+", method) for method in service["methods"])


def test_the_client_reads_the_events_of_the_local_api(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with Emulator(state=file) as emulator:
        client = IamClient(Settings.resolve(environ=emulator.environment))
        for number in range(120):
            client.create_group(name=f"g{number}")
    with Emulator(state=file) as emulator:
        client = IamClient(Settings.resolve(environ=emulator.environment))
        trail = client.audit_trail("fr-par")
        listed = list(trail.list_events(recorded_after="2020-01-01T00:00:00Z"))
        assert len({event["id"] for event in listed}) == 120
        assert "nonce=" in str(listed[0]["user_agent"])
        assert list(trail.list_authentication_events(recorded_after="2020-01-01T00:00:00Z")) == []
        assert next(product["name"] for product in trail.list_products()) == "iam"
