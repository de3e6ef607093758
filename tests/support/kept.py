"""Kept states: states and organizations from earlier releases, as test data.

See tests/engine/kept_states/README.md. `tools/keep_states.py` writes them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pulumi_scw_iam.emulator import Snapshot
from tests.support.secret_mark import SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parents[1] / "engine" / "kept_states"
PROGRAMS = FOLDER / "programs"
"""The programs for the states of the next release."""
PASSPHRASE = "engine tests"
"""The passphrase of all engine tests. It encrypts the kept states, so it must never change."""
FRONTS = {"python-classes": "dynamic", "plugin": "native"}
"""The front of each program, by the name of its folder."""
ADOPTED = "adopted-"
"""The prefix of the folder with the state of the same program, written by an import file."""
SEED: dict[str, Any] = {
    "projects": [{"name": "web"}],
    "users": [{"username": "bob", "email": "bob@example.com"}],
    "applications": [{"name": "crane", "description": "Of others"}],
    "groups": [{"name": "ops", "users": ["bob"], "applications": ["crane"]}],
    "policies": [
        {
            "name": "ops",
            "group": "ops",
            "rules": [{"permission_set_names": ["InstancesReadOnly"], "projects": ["web"]}],
        }
    ],
    "api_keys": [{"application": "crane"}],
    "ssh_keys": [
        {
            "name": "imported",
            "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER",
        }
    ],
}
"""The objects in an organization before a program runs in it."""

Objects = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class KeptState:
    """The state of one program and one release."""

    folder: Path
    """Folder of the program, with its state and its organization."""

    @property
    def front(self) -> str:
        """The front that wrote the state: "dynamic" or "native"."""
        return FRONTS[self.program]

    @property
    def program(self) -> str:
        """The program, "python-classes" or "plugin"."""
        return self.folder.name.removeprefix(ADOPTED)

    @property
    def is_adopted(self) -> bool:
        """Whether an import file wrote the state."""
        return self.folder.name.startswith(ADOPTED)

    @property
    def seeded(self) -> Objects:
        """The organization before the program ran."""
        objects: Objects = json.loads((self.folder.parent / "seeded.json").read_text())
        return objects

    @property
    def organization(self) -> Objects:
        """The organization that the state describes."""
        objects: Objects = json.loads(
            (self.folder.parent / self.program / "organization.json").read_text()
        )
        return objects

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of the program with decrypted secrets, still marked as secrets."""
        return resources_of(json.loads((self.folder / "checkpoint.json").read_text())["deployment"])

    def __str__(self) -> str:
        return f"{self.folder.parent.name}, {self.folder.name}"


def resources_of(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the resources of a deployment with decrypted secrets, still marked as secrets."""
    salt = base64.b64decode(deployment["secrets_providers"]["state"]["salt"].split(":")[1])
    key = hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), salt, 1_000_000)
    return [
        _decrypted(resource, AESGCM(key))
        for resource in deployment["resources"]
        if resource["custom"] and not resource["type"].startswith("pulumi:")
    ]


KEPT = [
    KeptState(checkpoint.parent)
    for release in sorted(FOLDER.glob("2*"))
    for checkpoint in sorted(release.glob("*/checkpoint.json"))
]


def objects_of(snapshot: Snapshot) -> Objects:
    """Return the objects of an organization, without its log, its events and secrets in clear.

    The local IAM API stores the owner's secret key and the payloads of the Secret Manager in clear. Other keys
    have digests.
    """
    objects = {kind: [{**item} for item in items] for kind, items in snapshot.objects.items()}
    (organization,) = objects["organization"]
    del organization["first_secret_key"]
    for stored in objects.get("secret_version", ()):
        stored["data"] = ""
    for records in ("log", "event"):
        objects.pop(records, None)
    return objects


def snapshot_of(objects: Mapping[str, list[dict[str, Any]]]) -> Snapshot:
    """Return a snapshot with these objects and a new secret key for the owner."""
    secret_key = str(uuid.uuid4())
    (organization,) = objects["organization"]
    owners_key = {"secret_digest": hashlib.sha256(secret_key.encode()).hexdigest()}
    keys = [
        {**key, **owners_key} if key["access_key"] == organization["first_access_key"] else key
        for key in objects["access_key"]
    ]
    opened = {
        **objects,
        "organization": [{**organization, "first_secret_key": secret_key}],
        "access_key": keys,
    }
    return Snapshot({kind: tuple(items) for kind, items in opened.items()})


def _decrypted(value: Any, cipher: AESGCM) -> Any:
    match value:
        case {"ciphertext": str(text)}:
            _, nonce, encrypted = text.split(":")
            plain = cipher.decrypt(base64.b64decode(nonce), base64.b64decode(encrypted), None)
            return {**SECRET, "value": json.loads(plain)}
        case dict():
            return {name: _decrypted(item, cipher) for name, item in value.items()}
        case list():
            return [_decrypted(item, cipher) for item in value]
        case _:
            return value
