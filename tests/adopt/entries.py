"""Resources to import for tests, and a state with the resources around them."""

from __future__ import annotations

from typing import Any

from pulumi_scw_iam.adopt.adoption import adopt
from pulumi_scw_iam.adopt.import_file import ImportEntry
from pulumi_scw_iam.adopt.objects import Adoption, Existing
from pulumi_scw_iam.kinds import KINDS

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
GROUP = "33333333-3333-4333-8333-333333333333"
APPLICATION = "44444444-4444-4444-8444-444444444444"
POLICY = "55555555-5555-4555-8555-555555555555"
ACCESS_KEY = "SCWXXXXXXXXXXXXXXXXX"
SECRET_KEY = "66666666-6666-4666-8666-666666666666"
STACK = "urn:pulumi:dev::iam::pulumi:pulumi:Stack::iam-dev"


def entry(
    kind: str, resource_id: str, item: dict[str, Any], name: str = "", **more: Any
) -> ImportEntry:
    """Return an object of the API as a resource to import."""
    known = more.pop("known", {})
    existing = Existing(kind=KINDS[kind], id=resource_id, item=item, known=known)
    defaults = {"organization_id": ORGANIZATION, "project_id": PROJECT}
    adoption = adopt(existing, name or str(item.get("name")), defaults)
    assert isinstance(adoption, Adoption), adoption
    return ImportEntry(adoption=adoption, **more)


def group(name: str = "devs", resource_id: str = GROUP, **more: Any) -> ImportEntry:
    item = {
        "id": resource_id,
        "organization_id": ORGANIZATION,
        "name": "devs",
        "description": "",
        "tags": [],
        "application_ids": [APPLICATION],
        "user_ids": [],
        "created_at": "2030-01-01T00:00:00Z",
    }
    return entry("Group", resource_id, item, name, **more)


def application(name: str = "robot", **more: Any) -> ImportEntry:
    item = {
        "id": APPLICATION,
        "organization_id": ORGANIZATION,
        "name": "robot",
        "description": "",
        "tags": ["a"],
        "created_at": "2030-01-01T00:00:00Z",
    }
    return entry("Application", APPLICATION, item, name, **more)


def api_key(**more: Any) -> ImportEntry:
    item = {
        "access_key": ACCESS_KEY,
        "application_id": APPLICATION,
        "description": "",
        "default_project_id": PROJECT,
        "created_at": "2030-01-01T00:00:00Z",
    }
    return entry("APIKey", ACCESS_KEY, item, "key", known={"secret_key": SECRET_KEY}, **more)


def policy(**more: Any) -> ImportEntry:
    rule = {
        "permission_set_names": ["IAMReadOnly"],
        "organization_id": ORGANIZATION,
        "condition": 'request.user_agent == "x"',
    }
    item = {
        "id": POLICY,
        "organization_id": ORGANIZATION,
        "name": "readers",
        "description": "",
        "tags": [],
        "group_id": GROUP,
        "created_at": "2030-01-01T00:00:00Z",
        "rules": [rule],
    }
    return entry("Policy", POLICY, item, **more)


def export(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    """Return the state of a stack with these resources."""
    manifest = {"time": "2030-01-01T00:00:00Z", "magic": "m", "version": "v3.200.0"}
    return {
        "version": 3,
        "deployment": {"manifest": manifest, "resources": list(resources), **deployment},
    }


def resource(urn: str, **values: Any) -> dict[str, Any]:
    return {"urn": urn, "custom": True, "type": urn.split("::")[2].rpartition("$")[2], **values}
