"""The operations of each kind: the program before, and the program after.

`$alice` stands for the id of an object in the organization (see `SEED`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.faults.engine import Program, Ref
from tests.support.local_api import metadata
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

SEED = {
    "projects": [{"name": "web"}],
    "users": [
        {"username": "alice", "email": "alice@example.com"},
        {"username": "bob", "email": "bob@example.com"},
    ],
    "applications": [{"name": "robot"}, {"name": "crane"}],
    "groups": [{"name": "ops", "users": ["bob"], "applications": ["crane"]}],
}
"""Objects that exist before each operation, and must exist after each operation."""

KEYS = (
    OTHER_SSH_KEY,
    SSH_KEY,
)


@dataclass(frozen=True)
class Operation:
    """One operation of the engine: from one program to another, or a refresh of the first."""

    name: str
    before: Program
    after: Program
    refreshes: bool = False


def _of(
    kind: str, *steps: tuple[str, Mapping[str, Any] | None, Mapping[str, Any]], **around: Any
) -> list[Operation]:
    """Return the operations on one resource. A step has a name, and arguments before and after.

    A deletion and a refresh are added, with the arguments after the first step.
    """
    operations = []
    for name, before, after in steps:
        held = around if before is None else {**around, "it": (kind, before)}
        operations.append(Operation(f"{kind} {name}", held, {**around, "it": (kind, after)}))
    up = {**around, "it": (kind, steps[0][2])}
    operations.append(Operation(f"{kind} delete", up, around))
    operations.append(Operation(f"{kind} read", up, up, refreshes=True))
    return operations


_APPLICATION = {"name": "app", "description": "builds", "tags": ["a", "b"]}
_GROUP = {"name": "devs"}
_MEMBERS = {"name": "devs", "user_ids": ["$alice"], "application_ids": ["$robot"]}
_EMPTIED: dict[str, list[str]] = {"application_ids": []}
_RULE = {"permission_set_names": ["IAMReadOnly"], "organization_id": "$organization"}
_MANAGE = {"permission_set_names": ["IAMManager"], "organization_id": "$organization"}
_WEB = {"permission_set_names": ["InstancesReadOnly"], "project_ids": ["$web"]}
_POLICY = {"name": "p", "group_id": "$ops", "rules": [_RULE]}
_KEY = {"application_id": "$robot", "description": "ci"}
_HANDED_ON = {**_KEY, "secret_id": "fr-par/$vault", "secret_format": "json"}
_SSH = {"name": "laptop", "public_key": KEYS[0], "project_id": "$web"}
_USER = {"email": "carol@example.com", "username": "carol", "password": "Correct-horse-1"}
_GUEST = {"email": "gina@example.com", "type": "guest"}
_SAML = {"entity_id": "https://idp", "single_sign_on_url": "https://idp/login"}
_SETTINGS = {"login_attempts_before_locked": 7, "grace_period_duration": "86400s"}


def operations(certificates: tuple[str, str]) -> list[Operation]:
    """Return all operations of all kinds, and some programs with several resources."""
    first, second = (
        {"saml_id": Ref("saml"), "type": "signing", "content": c} for c in certificates
    )
    locked = {**_USER, "locked": True}
    return [
        *_of(
            "Application",
            ("create", None, _APPLICATION),
            ("update", _APPLICATION, {"name": "tool", "description": "", "tags": ["c"]}),
        ),
        *_of(
            "Group",
            ("create with members", None, _MEMBERS),
            ("create", None, _GROUP),
            ("update fields", _MEMBERS, {**_MEMBERS, "name": "hosts", "tags": ["t"]}),
            ("update members", _MEMBERS, {**_MEMBERS, "user_ids": ["$bob"], "application_ids": []}),
            ("update users only", _GROUP, {**_GROUP, "user_ids": ["$alice"]}),
            ("update one of two lists", _MEMBERS, {**_MEMBERS, "user_ids": ["$bob"]}),
            ("update fields and a list", _MEMBERS, {**_MEMBERS, **_EMPTIED, "description": "d"}),
            ("update fields and members", _GROUP, {**_MEMBERS, "description": "all"}),
        ),
        *_of(
            "Policy",
            ("create", None, _POLICY),
            ("update fields", _POLICY, {**_POLICY, "name": "q", "tags": ["t"]}),
            ("update rules", _POLICY, {**_POLICY, "rules": [_RULE, _WEB]}),
            ("update principal", _POLICY, {"name": "p", "user_id": "$alice", "rules": [_RULE]}),
            ("update fields and rules", _POLICY, {**_POLICY, "description": "d", "rules": [_WEB]}),
            ("update all", _POLICY, {"name": "q", "user_id": "$alice", "rules": [_WEB]}),
            (
                "update principal and some rules",
                {**_POLICY, "rules": [_RULE, _WEB]},
                {"name": "p", "user_id": "$alice", "rules": [_WEB, _MANAGE]},
            ),
        ),
        *_of(
            "APIKey",
            ("create", None, _KEY),
            ("create with expiry", None, {"user_id": "$bob", "expires_at": "2090-01-01T00:00:00Z"}),
            ("update", _KEY, {**_KEY, "description": "cd", "default_project_id": "$web"}),
            ("replace", _KEY, {**_KEY, "application_id": "$crane"}),
            ("create with a secret", None, _HANDED_ON),
            ("update into a secret", _KEY, {**_HANDED_ON, "description": "cd"}),
        ),
        *_of(
            "SSHKey",
            ("create", None, _SSH),
            ("create disabled", None, {**_SSH, "disabled": True}),
            ("update", _SSH, {**_SSH, "name": "desk", "disabled": True}),
            ("update enabled", {**_SSH, "disabled": True}, _SSH),
            ("replace", _SSH, {**_SSH, "public_key": KEYS[1]}),
        ),
        *_of(
            "User",
            ("create", None, _USER),
            ("create guest", None, _GUEST),
            ("create locked", None, locked),
            ("update fields", _USER, {**_USER, "first_name": "Carol", "tags": ["t"]}),
            ("update username", _USER, {**_USER, "username": "caroline"}),
            ("update password", _USER, {**_USER, "password": "Battery-staple-2"}),
            ("lock", _USER, locked),
            ("unlock", locked, {**_USER, "locked": False}),
            (
                "update all",
                _USER,
                {
                    **locked,
                    "email": "c@example.com",
                    "username": "caroline",
                    "password": "Battery-staple-2",
                },
            ),
            ("update guest", _GUEST, {**_GUEST, "tags": ["t"]}),
        ),
        *_of(
            "GroupMembership",
            ("create", None, {"group_id": "$ops", "user_id": "$alice"}),
            ("create of application", None, {"group_id": "$ops", "application_id": "$robot"}),
            (
                "replace",
                {"group_id": "$ops", "user_id": "$alice"},
                {"group_id": "$ops", "application_id": "$robot"},
            ),
        ),
        *_of(
            "OrganizationSecuritySettings",
            ("create", None, _SETTINGS),
            ("update", _SETTINGS, {**_SETTINGS, "login_attempts_before_locked": 9}),
        ),
        *_of(
            "SAML",
            ("create with fields", None, _SAML),
            ("create", None, {}),
            ("update", _SAML, {**_SAML, "entity_id": "https://other"}),
            ("create with metadata", None, {"metadata": metadata()}),
            (
                "update metadata",
                {"metadata": metadata()},
                {"metadata": metadata(entity_id="https://other")},
            ),
        ),
        *_of(
            "SAMLCertificate",
            ("create", None, first),
            ("replace", first, second),
            saml=("SAML", {}),
        ),
        *_of("SCIM", ("create", None, {})),
        *_of("SCIMToken", ("create", None, {"scim_id": Ref("scim")}), scim=("SCIM", {})),
        Operation(
            "a program from nothing",
            {},
            {
                "app": ("Application", {"name": "app"}),
                "group": ("Group", {"name": "devs", "application_ids": [Ref("app")]}),
                "policy": ("Policy", {"name": "p", "group_id": Ref("group"), "rules": [_RULE]}),
                "key": ("APIKey", {"application_id": Ref("app")}),
            },
        ),
        Operation(
            "a membership under another name",
            {"one": ("GroupMembership", {"group_id": "$ops", "user_id": "$alice"})},
            {"two": ("GroupMembership", {"group_id": "$ops", "user_id": "$alice"})},
        ),
    ]
