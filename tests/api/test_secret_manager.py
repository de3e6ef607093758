"""The client of the Secret Manager: exact requests, checked payloads, and no payload in any message."""

from __future__ import annotations

import inspect
import json
import logging
import pickle
import re
import traceback
from base64 import b64encode
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

from pulumi_scw_iam.api import Retry, SecretManager
from pulumi_scw_iam.common.errors import (
    ApiError,
    Cancelled,
    IamError,
    InvalidArguments,
    UnknownOutcome,
)
from tests.support.samples import ID
from tests.support.scripted_api import CUT, Answer, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api import IamClient

PATH = f"/secret-manager/v1beta1/regions/fr-par/secrets/{ID}"
PAYLOAD = b"correct horse battery staple"
ENCODED = b64encode(PAYLOAD).decode()

SECRET = {
    "id": ID,
    "project_id": ID,
    "name": "key",
    "status": "ready",
    "created_at": "2030-01-01T00:00:00Z",
    "updated_at": "2030-01-01T00:00:00Z",
    "tags": [],
    "version_count": 1,
    "description": None,
    "managed": False,
    "protected": False,
    "type": "opaque",
    "path": "/",
    "region": "fr-par",
}


def version(revision: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "revision": revision,
        "secret_id": ID,
        "status": "enabled",
        "created_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "updated_at": "2030-01-01T00:00:00Z",
        "description": None,
        "latest": True,
        "region": "fr-par",
        **fields,
    }


def accessed(payload: bytes = PAYLOAD, revision: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "secret_id": ID,
        "revision": revision,
        "data": b64encode(payload).decode(),
        "data_crc32": crc32(payload),
        "type": "opaque",
        **fields,
    }


def page(*versions: dict[str, Any]) -> Answer:
    return Answer({"versions": versions, "total_count": len(versions)})


@pytest.fixture
def manager(client: IamClient) -> SecretManager:
    return client.secret_manager("fr-par")


@pytest.fixture
def hasty(connect: Callable[..., IamClient]) -> SecretManager:
    """Return a client that soon ends a lookup."""
    return connect(retry=Retry(attempts=3, base=0.001, total=0.05)).secret_manager("fr-par")


def requests_of(api: Api) -> list[tuple[str, str, Any]]:
    return [
        (f"{one.method} {one.path}", re.sub("page=1&page_size=100&?", "", one.query), one.body)
        for one in api.received
    ]


def test_every_operation_sends_the_documented_request(api: Api, manager: SecretManager) -> None:
    one = version(3)
    api.say(*(Answer(body) for body in (SECRET, one, one, one)), page(one), Answer(one))
    assert manager.get_secret(ID) == SECRET
    assert manager.get_secret_version(ID, "latest_enabled") == one
    assert manager.disable_secret_version(ID, 3) == one
    created = manager.create_secret_version(
        ID, data=PAYLOAD, description="a", disable_previous=True
    )
    assert created == one
    assert list(manager.list_secret_versions(ID, status=["enabled", "disabled"])) == [one]
    manager.create_secret_version(ID, data=b"")
    body = {"data": ENCODED, "data_crc32": crc32(PAYLOAD)}
    assert requests_of(api) == [
        (f"GET {PATH}", "", None),
        (f"GET {PATH}/versions/latest_enabled", "", None),
        (f"POST {PATH}/versions/3/disable", "", {}),
        (f"POST {PATH}/versions", "", {**body, "description": "a", "disable_previous": True}),
        (f"GET {PATH}/versions", "status=enabled&status=disabled", None),
        (f"POST {PATH}/versions", "", {"data": "", "data_crc32": 0}),
    ]


def test_a_docstring_ends_with_the_request() -> None:
    requests = {
        name: inspect.getdoc(method).splitlines()[-1]  # type: ignore[union-attr]
        for name, method in inspect.getmembers(SecretManager, inspect.isfunction)
        if not name.startswith("_")
    }
    secret = "/secret-manager/v1beta1/regions/{region}/secrets/{secret_id}"
    assert requests == {
        "access_secret_version": f"GET {secret}/versions/{{revision}}/access",
        "create_secret_version": f"POST {secret}/versions",
        "disable_secret_version": f"POST {secret}/versions/{{revision}}/disable",
        "get_secret": f"GET {secret}",
        "get_secret_version": f"GET {secret}/versions/{{revision}}",
        "list_secret_versions": f"GET {secret}/versions",
    }


def test_all_pages_of_versions_are_read(api: Api, manager: SecretManager) -> None:
    versions = [version(number) for number in range(1, 151)]
    for start in (0, 100):
        api.say(Answer({"versions": versions[start : start + 100], "total_count": 150}))
    assert list(manager.list_secret_versions(ID)) == versions
    assert [one.query for one in api.received] == [
        "page=1&page_size=100",
        "page=2&page_size=100",
    ]


@pytest.mark.parametrize("checksum", [{}, {"data_crc32": None}, {"data_crc32": crc32(PAYLOAD)}])
def test_a_payload_is_returned_as_bytes(
    checksum: dict[str, Any], api: Api, manager: SecretManager
) -> None:
    response = accessed()
    del response["data_crc32"]
    api.say(Answer({**response, **checksum}))
    assert manager.access_secret_version(ID, "latest") == {
        "secret_id": ID,
        "revision": 1,
        "type": "opaque",
        "data": PAYLOAD,
    }
    assert requests_of(api) == [(f"GET {PATH}/versions/latest/access", "", None)]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"data_crc32": 7}, "data does not match data_crc32"),
        ({"data": "AAA"}, "data is not base64"),
        ({"data": "é"}, "data is not base64"),
        ({"data": None}, "data is null, not a string"),
    ],
)
def test_a_damaged_payload_is_requested_again_and_then_an_error(
    damage: dict[str, Any], reason: str, api: Api, manager: SecretManager
) -> None:
    api.say(Answer(accessed(**damage)), Answer(accessed()))
    assert manager.access_secret_version(ID, 1)["data"] == PAYLOAD
    api.otherwise = Answer(accessed(**damage))
    with pytest.raises(ApiError) as caught:
        manager.access_secret_version(ID, 1)
    assert str(caught.value) == (
        f"GET {PATH}/versions/1/access: the response is malformed: {reason}, tried 3 times (200)"
    )


# --- lost responses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost", [CUT, Answer(status=500), Answer(b"{")], ids=["cut", "500", "malformed"]
)
def test_the_version_of_a_lost_response_is_found_by_its_payload(
    lost: Answer, api: Api, manager: SecretManager
) -> None:
    old = version(1, created_at="2020-01-01T00:00:00Z")
    other, ours = version(2), version(3)
    api.say(lost, page(old, other, ours))
    api.say(Answer(accessed(b"another payload", 2)), Answer(accessed(revision=3)))
    assert manager.create_secret_version(ID, data=PAYLOAD) == ours
    assert [(one.method, one.path.removeprefix(PATH)) for one in api.received] == [
        ("POST", "/versions"),
        ("GET", "/versions"),
        ("GET", "/versions/2/access"),
        ("GET", "/versions/3/access"),
    ]


def test_a_version_that_appears_late_is_found(api: Api, manager: SecretManager) -> None:
    ours = version(1)
    api.say(CUT, page(), page(), page(ours), Answer(accessed()))
    assert manager.create_secret_version(ID, data=PAYLOAD) == ours


UNKNOWN = (
    f"the call may still take effect and add a version to secret {ID}; compare the latest version"
    " before the create is repeated"
)


def test_a_create_without_a_known_outcome_is_never_repeated(api: Api, hasty: SecretManager) -> None:
    api.say(Answer(status=503))
    api.otherwise = page(version(created_at="2020-01-01T00:00:00Z"))
    with pytest.raises(UnknownOutcome) as caught:
        hasty.create_secret_version(ID, data=PAYLOAD)
    assert str(caught.value) == f"POST {PATH}/versions: the API is unavailable (503); {UNKNOWN}"
    assert [one.method for one in api.received].count("POST") == 1
    assert len(api.received) >= 4


def test_without_the_permission_to_read_payloads_the_outcome_is_unknown(
    api: Api, hasty: SecretManager
) -> None:
    refused = {
        "type": "permissions_denied",
        "message": "insufficient permissions",
        "details": [{"action": "access", "resource": "secret"}],
    }
    api.say(CUT, page(version()), Answer(refused, 403))
    with pytest.raises(UnknownOutcome) as caught:
        hasty.create_secret_version(ID, data=PAYLOAD)
    assert str(caught.value) == (
        f"POST {PATH}/versions: the connection to {api.url} broke; {UNKNOWN}"
        " (lookup failed: the API key has no permission to access secret (403))"
    )


def test_a_cancelled_lookup_says_that_the_outcome_is_unknown(
    api: Api, client: IamClient, manager: SecretManager
) -> None:
    api.say(CUT, Answer({"versions": [], "total_count": 0}, meanwhile=client.cancel))
    with pytest.raises(Cancelled) as caught:
        manager.create_secret_version(ID, data=PAYLOAD)
    assert str(caught.value) == (
        f"cancelled before a retry: the connection to {api.url} broke; {UNKNOWN}"
    )


# --- secrecy --------------------------------------------------------------------------------------


def test_a_payload_is_in_no_error_and_in_no_line_of_the_log(
    api: Api, client: IamClient, manager: SecretManager, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pulumi_scw_iam")
    text = PAYLOAD.decode()
    words = f"{ENCODED} and {text} are bad"
    problem = {
        "type": "invalid_arguments",
        "details": [{"argument_name": "data", "help_message": words}],
    }
    api.say(Answer(problem, 400))
    with pytest.raises(InvalidArguments) as caught:
        manager.create_secret_version(ID, data=PAYLOAD)
    assert str(caught.value) == f"POST {PATH}/versions: data: *** and *** are bad (400)"
    # A payload that was read is masked in the calls of all clients with the same transport.
    read = b"read once, masked for ever"
    api.say(Answer(accessed(read)), Answer({"type": "x", "message": read.decode()}, 400))
    payload = manager.access_secret_version(ID, 1)
    with pytest.raises(IamError) as later:
        client.get_user(ID)
    assert str(later.value) == f"GET users/{ID}: *** (400)"
    shown = "".join(
        [
            *traceback.format_exception(caught.value),
            *traceback.format_exception(later.value),
            caplog.text,
            repr(payload),
            str(payload["data"]),
        ]
    )
    for secret in (text, ENCODED, read.decode(), b64encode(read).decode()):
        assert secret not in shown


def test_no_frame_of_a_failed_create_shows_the_payload(api: Api, hasty: SecretManager) -> None:
    api.say(CUT)
    api.otherwise = page()
    with pytest.raises(UnknownOutcome) as caught:
        hasty.create_secret_version(ID, data=PAYLOAD)
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert len(frames) >= 2
    assert caught.value.__context__ is None
    for variables in frames:
        assert PAYLOAD.decode() not in repr(variables)
        assert ENCODED not in repr(variables)


def test_a_payload_is_never_pickled(api: Api, manager: SecretManager) -> None:
    api.say(Answer(accessed()))
    payload = manager.access_secret_version(ID, 1)
    with pytest.raises(TypeError, match=r"^the payload of a secret is never pickled$"):
        pickle.dumps(payload)
    with pytest.raises(TypeError):
        json.dumps(payload)
