"""Secrets of the Secret Manager in the local IAM API, created and read from outside."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator

__all__ = ["Version", "new_secret", "versions"]


class Version(NamedTuple):
    """A version of a secret."""

    revision: int
    description: str
    payload: str


def new_secret(
    emulator: Emulator, name: str = "vault", region: str = "fr-par", **fields: Any
) -> str:
    """Create a secret; return its id as `region/UUID`."""
    response = requests.post(
        f"{emulator.url}/secret-manager/v1beta1/regions/{region}/secrets",
        json={"name": name, "project_id": emulator.project_id, **fields},
        headers={"X-Auth-Token": emulator.secret_key},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    return f"{region}/{response.json()['id']}"


def versions(emulator: Emulator, secret_id: str) -> list[Version]:
    """Return the versions of a secret (`region/UUID`), oldest first."""
    uuid = secret_id.rpartition("/")[2]
    found = [
        Version(item["revision"], item["description"], b64decode(item["data"]).decode())
        for item in emulator.snapshot().objects.get("secret_version", ())
        if item["secret_id"] == uuid
    ]
    return sorted(found)
