"""Ids of deleted projects: in rules, API keys, SSH keys, secrets and filters, in both modes."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import UNKNOWN_ID, Answer, Clock, Iam, denied, not_found
from tests.support.ssh_keys import SSH_KEY

SECRETS = "/secret-manager/v1beta1/regions/fr-par/secrets"


def project(iam: Iam) -> str:
    return str(iam.create("/account/v3/projects", name="web")["id"])


def gone(iam: Iam, project_id: str) -> Answer:
    """Delete a project, and return the response to its id."""
    iam.delete(f"/account/v3/projects/{project_id}")
    return not_found("project", project_id)


def test_a_rule_keeps_a_deleted_project_and_cannot_be_written_again(either: Iam) -> None:
    project_id = project(either)
    rules = [{"permission_set_names": ["SSHKeysReadOnly"], "project_ids": [project_id]}]
    policy_id = either.create("/policies", name="p", no_principal=True, rules=rules)["id"]
    path = f"/policies/{policy_id}"
    policy, listed = either.get(path), either.get("/rules", policy_id=policy_id)
    refused = gone(either, project_id)
    assert either.get(path) == policy
    assert either.get("/rules", policy_id=policy_id) == listed
    assert either.patch(path, description="d") == {**policy, "description": "d"}
    body = {"policy_id": policy_id, "rules": rules}
    assert either.call("PUT", "/rules", body) == refused
    assert either.call("POST", f"{path}/clone") == refused
    body = {"name": "q", "organization_id": either.organization_id, "no_principal": True}
    assert either.call("POST", "/policies", {**body, "rules": rules}) == refused
    assert either.get("/rules", policy_id=policy_id) == listed
    assert either.list("/policies")["total_count"] == 1


def test_an_api_key_keeps_a_deleted_default_project(either: Iam) -> None:
    project_id, application_id = project(either), either.application()
    made = either.post("/api-keys", application_id=application_id, default_project_id=project_id)
    path = f"/api-keys/{made['access_key']}"
    key = either.get(path)
    refused = gone(either, project_id)
    assert either.get(path) == key
    changed = either.patch(path, description="d")
    assert changed == {**key, "description": "d", "updated_at": changed["updated_at"]}
    assert either.call("PATCH", path, {"default_project_id": project_id}) == refused
    body = {"application_id": application_id, "default_project_id": project_id}
    assert either.call("POST", "/api-keys", body) == refused
    assert either.get("/api-keys", application_id=application_id)["api_keys"] == [changed]
    own = either.patch(path, default_project_id=either.organization_id)
    assert own["default_project_id"] == either.organization_id


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ssh-keys", {"name": "k", "public_key": SSH_KEY}),
        (SECRETS, {"name": "k"}),
    ],
)
def test_nothing_is_created_or_listed_in_a_deleted_project(
    either: Iam, path: str, body: dict[str, Any]
) -> None:
    project_id = project(either)
    made = either.post(path, **body, project_id=project_id)
    with_resources = f"/account/v3/projects/{project_id}/delete-with-resources"
    either.post(with_resources, project_name="web")
    refused = not_found("project", project_id)
    assert either.call("POST", path, {**body, "project_id": project_id}) == refused
    assert either.call("GET", path, project_id=project_id) == refused
    assert either.call("GET", path, project_id=UNKNOWN_ID) == not_found("project", UNKNOWN_ID)
    resource = "ssh_key" if path == "/ssh-keys" else "secret"
    assert either.call("GET", f"{path}/{made['id']}") == not_found(resource, made["id"])
    assert either.call("GET", f"/account/v3/projects/{project_id}") == not_found(
        "project_id", project_id
    )


def test_a_rule_with_a_deleted_project_grants_nothing_there() -> None:
    with Emulator(enforce=True) as emulator:
        iam = Iam(emulator, Clock())
        with iam.session:
            project_id, application_id = project(iam), iam.application()
            scope = {"project_ids": [project_id]}
            rules = [{"permission_set_names": ["SSHKeysFullAccess"], **scope}]
            iam.create("/policies", name="p", application_id=application_id, rules=rules)
            robot = iam.acting_as(application_id=application_id)
            with robot.session:
                empty = {"ssh_keys": [], "total_count": 0}
                assert robot.get("/ssh-keys", project_id=project_id) == empty
                gone(iam, project_id)
                assert robot.call("GET", "/ssh-keys", project_id=project_id) == denied(
                    "list", "ssh_key"
                )
                body = {"name": "k", "public_key": SSH_KEY, "project_id": project_id}
                assert robot.call("POST", "/ssh-keys", body) == denied("write", "ssh_key")
