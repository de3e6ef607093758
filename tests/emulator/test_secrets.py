"""Secrets and their versions in the local IAM API."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

from pulumi_scw_iam.api import IamClient, Retry, Settings, UnknownOutcome
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.local_api import UNKNOWN_ID, Answer, Iam, invalid, not_found, protected, taken

if TYPE_CHECKING:
    from pathlib import Path

REGION = "/secret-manager/v1beta1/regions/fr-par"
PATH = f"{REGION}/secrets"
PAYLOAD = b"correct horse"
DATA = b64encode(PAYLOAD).decode()
START = "2030-01-01T00:00:00"


def secret(iam: Iam, name: str = "key", region: str = "fr-par", **fields: Any) -> dict[str, Any]:
    body = {"name": name, "project_id": iam.emulator.project_id, **fields}
    created: dict[str, Any] = iam.good(iam.call("POST", PATH.replace("fr-par", region), body))
    return created


def with_version(iam: Iam, **fields: Any) -> str:
    """Create a secret with one version; return the path of the secret."""
    path = f"{PATH}/{secret(iam)['id']}"
    iam.post(f"{path}/versions", data=DATA, **fields)
    return path


def revisions(iam: Iam, path: str, **query: Any) -> list[tuple[int, str, bool]]:
    versions = iam.get(f"{path}/versions", **query)["versions"]
    return [(one["revision"], one["status"], one["latest"]) for one in versions]


def test_a_secret_has_the_fields_of_the_sdk_in_order(iam: Iam) -> None:
    made = secret(iam, tags=["a"], description="d", type="key_value", path="/apps", protected=True)
    expected = {
        "id": made["id"],
        "project_id": iam.emulator.project_id,
        "name": "key",
        "status": "ready",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "tags": ["a"],
        "version_count": 0,
        "description": "d",
        "managed": False,
        "protected": True,
        "type": "key_value",
        "path": "/apps",
        "ephemeral_policy": None,
        "used_by": [],
        "deletion_requested_at": None,
        "key_id": None,
        "region": "fr-par",
    }
    assert list(made.items()) == list(expected.items())
    assert made["created_at"].startswith(START)
    assert iam.get(f"{PATH}/{made['id']}") == made
    plain = secret(iam, "plain")
    assert (plain["type"], plain["path"], plain["description"]) == ("opaque", "/", None)


def test_secrets_are_listed_by_name_within_their_region(iam: Iam) -> None:
    second, first = secret(iam, "b", tags=["x", "y"]), secret(iam, "a", path="/apps")
    dutch = secret(iam, "c", region="nl-ams")
    assert iam.get(PATH) == {"secrets": [first, second], "total_count": 2}
    assert iam.get(PATH, order_by="created_at_asc")["secrets"] == [second, first]
    assert iam.get(PATH, page=2, page_size=1) == {"secrets": [second], "total_count": 2}
    for query in ("path=/", "name=b", "tags=x&tags=y"):
        assert iam.get(f"{PATH}?{query}")["secrets"] == [second]
    assert iam.get(PATH, organization_id=iam.organization_id)["total_count"] == 2
    assert iam.call("GET", PATH, project_id=UNKNOWN_ID) == not_found("project", UNKNOWN_ID)
    assert iam.get(PATH.replace("fr-par", "nl-ams"))["secrets"] == [dutch]
    assert iam.call("GET", f"{PATH}/{dutch['id']}") == not_found("secret", dutch["id"])


def test_a_version_has_the_fields_of_the_sdk_in_order(iam: Iam) -> None:
    secret_id = secret(iam)["id"]
    path = f"{PATH}/{secret_id}/versions"
    made = iam.post(path, data=DATA, description="d", data_crc32=crc32(PAYLOAD))
    expected = {
        "revision": 1,
        "secret_id": secret_id,
        "status": "enabled",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "deleted_at": None,
        "description": "d",
        "latest": True,
        "ephemeral_properties": None,
        "deletion_requested_at": None,
        "region": "fr-par",
    }
    assert list(made.items()) == list(expected.items())
    assert iam.get(path) == {"versions": [made], "total_count": 1}
    for revision in ("1", "latest", "latest_enabled"):
        assert iam.get(f"{path}/{revision}") == made
        assert iam.get(f"{path}/{revision}/access") == {
            "secret_id": secret_id,
            "revision": 1,
            "data": DATA,
            "data_crc32": crc32(PAYLOAD),
            "type": "opaque",
        }
    assert iam.get(f"{PATH}/{secret_id}")["version_count"] == 1


def test_without_a_checksum_none_is_returned(iam: Iam) -> None:
    assert iam.get(f"{with_version(iam)}/versions/1/access")["data_crc32"] is None


def test_a_new_version_disables_the_previous_one_only_on_request(iam: Iam) -> None:
    path = with_version(iam, disable_previous=True)
    iam.post(f"{path}/versions", data=DATA)
    assert revisions(iam, path) == [(2, "enabled", True), (1, "enabled", False)]
    iam.post(f"{path}/versions", data=DATA, disable_previous=True)
    assert revisions(iam, path) == [
        (3, "enabled", True),
        (2, "disabled", False),
        (1, "enabled", False),
    ]
    assert revisions(iam, path, status=["disabled"]) == [(2, "disabled", False)]


def test_a_disabled_version_cannot_be_accessed_until_it_is_enabled(iam: Iam) -> None:
    path = with_version(iam)
    iam.post(f"{path}/versions", data="")
    disabled = iam.post(f"{path}/versions/latest/disable")
    assert (disabled["revision"], disabled["status"]) == (2, "disabled")
    refused = protected("the version is not enabled", "resource_not_usable")
    assert iam.call("GET", f"{path}/versions/2/access") == refused
    assert iam.call("GET", f"{path}/versions/latest/access") == refused
    assert iam.get(f"{path}/versions/latest_enabled/access")["revision"] == 1
    assert iam.post(f"{path}/versions/2/disable")["status"] == "disabled"
    assert iam.post(f"{path}/versions/2/enable")["status"] == "enabled"
    assert iam.get(f"{path}/versions/2/access")["data"] == ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"data": "AAA"}, ("data", "format", "value must be valid base64")),
        ({"data": "é"}, ("data", "format", "value must be valid base64")),
        (
            {"data": b64encode(b"x" * 65_537).decode()},
            ("data", "constraint", "value length must be at most 65536 bytes"),
        ),
        (
            {"data": DATA, "data_crc32": 7},
            ("data_crc32", "constraint", "value must be the CRC32 of the data"),
        ),
        (
            {"data": DATA, "data_crc32": 2**32},
            ("data_crc32", "constraint", "value must be inside range [0, 4294967295]"),
        ),
    ],
)
def test_a_damaged_payload_is_refused(
    body: dict[str, Any], problem: tuple[str, str, str], iam: Iam
) -> None:
    path = with_version(iam)
    before = iam.emulator.snapshot()
    assert iam.call("POST", f"{path}/versions", body) == invalid(problem)
    assert iam.emulator.snapshot() == before


def test_what_does_not_exist_is_refused(iam: Iam) -> None:
    path = with_version(iam)
    body = {"name": "x", "project_id": UNKNOWN_ID}
    assert iam.call("POST", PATH, body) == not_found("project", UNKNOWN_ID)
    assert iam.call("GET", f"{PATH}/{UNKNOWN_ID}/versions") == not_found("secret", UNKNOWN_ID)
    assert iam.call("GET", f"{path}/versions/2") == not_found("secret_version", "2")
    regions = "value must be one of fr-par, nl-ams, pl-waw"
    assert iam.call("GET", PATH.replace("fr-par", "us-east")) == invalid(
        ("region", "constraint", regions)
    )
    for method, missing in (("DELETE", path), ("GET", f"{REGION}/tags")):
        assert iam.call(method, missing) == Answer(
            501,
            {
                "message": f"{missing} is not part of this local IAM API",
                "type": "not_implemented",
            },
        )


def test_a_name_is_in_use_once_per_project_region_and_path(iam: Iam) -> None:
    first = secret(iam)
    body = {"name": "key", "project_id": iam.emulator.project_id}
    text = "a secret with this name already exists"
    assert iam.call("POST", PATH, body) == taken("secret", first["id"], text)
    secret(iam, region="pl-waw")
    secret(iam, path="/apps")
    secret(iam, project_id=iam.create("/account/v3/projects", name="p")["id"])


def test_a_project_is_deleted_with_its_secrets(iam: Iam) -> None:
    project = iam.create("/account/v3/projects", name="p")
    secret_id = secret(iam, project_id=project["id"])["id"]
    iam.post(f"{PATH}/{secret_id}/versions", data=DATA)
    path = f"/account/v3/projects/{project['id']}"
    refused = protected("the project is not empty", "resource_still_in_use")
    assert iam.call("DELETE", path) == refused
    iam.post(f"{path}/delete-with-resources", project_name="p")
    counts = iam.emulator.counts()
    assert (counts["secrets"], counts["versions"]) == (0, 0)


def test_secrets_are_in_the_state_file_and_in_snapshots(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with Emulator(state=file) as emulator:
        client = IamClient(Settings.resolve(environ=emulator.environment))
        iam = Iam(emulator, clock=None)  # type: ignore[arg-type]
        with iam.session:
            secret_id = secret(iam)["id"]
        manager = client.secret_manager("fr-par")
        manager.create_secret_version(secret_id, data=PAYLOAD)
        snapshot = emulator.snapshot()
    with Emulator(state=file) as emulator:
        client = IamClient(Settings.resolve(environ=emulator.environment))
        manager = client.secret_manager("fr-par")
        assert manager.access_secret_version(secret_id, "latest")["data"] == PAYLOAD
        emulator.reset()
        emulator.restore(snapshot)
        assert manager.access_secret_version(secret_id, 1)["data"] == PAYLOAD


@pytest.mark.parametrize("is_done", [True, False])
def test_a_lost_response_never_doubles_a_version(is_done: bool) -> None:
    lost = Fault(operation="create_secret_version", lost="after" if is_done else "before")
    with Emulator(faults=[lost]) as emulator:
        client = IamClient(
            Settings.resolve(environ=emulator.environment), retry=Retry(base=0.001, total=0.1)
        )
        iam = Iam(emulator, clock=None)  # type: ignore[arg-type]
        with iam.session:
            secret_id = secret(iam)["id"]
        manager = client.secret_manager("fr-par")
        if is_done:
            assert manager.create_secret_version(secret_id, data=PAYLOAD)["revision"] == 1
        else:
            with pytest.raises(UnknownOutcome):
                manager.create_secret_version(secret_id, data=PAYLOAD)
        assert emulator.counts()["versions"] == int(is_done)
