"""Each object type from create to delete, as whole JSON bodies."""

from __future__ import annotations

import re
from typing import Any

from tests.support.local_api import Answer, Iam, invalid, not_found
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

TIME = r"2030-01-01T00:00:00\.\d{6}Z"


def test_an_application_is_created_updated_listed_and_deleted(iam: Iam) -> None:
    made = iam.create("/applications", name="app", description="", tags=None)
    assert made == {
        "id": made["id"],
        "name": "app",
        "description": "",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "organization_id": iam.organization_id,
        "editable": True,
        "deletable": True,
        "managed": False,
        "nb_api_keys": 0,
        "tags": [],
    }
    assert re.fullmatch(TIME, made["created_at"])
    path = f"/applications/{made['id']}"
    assert iam.get(path) == made

    changed = iam.patch(path, name="other", tags=["b", "a"])
    assert changed["updated_at"] > made["updated_at"]
    expected = {**made, "name": "other", "tags": ["b", "a"], "updated_at": changed["updated_at"]}
    assert changed == expected
    assert list(changed) == list(made)
    assert iam.list("/applications") == {"applications": [changed], "total_count": 1}

    iam.delete(path)
    assert iam.call("GET", path) == not_found("application", made["id"])
    assert iam.call("DELETE", path) == not_found("application", made["id"])
    assert iam.list("/applications") == {"applications": [], "total_count": 0}


def test_a_group_is_created_updated_and_deleted(iam: Iam) -> None:
    made = iam.create("/groups", name="devs", description="all", tags=["x"])
    assert list(made.items()) == [
        ("id", made["id"]),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("organization_id", iam.organization_id),
        ("name", "devs"),
        ("description", "all"),
        ("user_ids", []),
        ("application_ids", []),
        ("tags", ["x"]),
        ("editable", True),
        ("deletable", True),
        ("managed", False),
    ]
    path = f"/groups/{made['id']}"
    changed = iam.patch(path, name="devs", description="", tags=[])
    assert changed == {
        **made,
        "description": "",
        "tags": [],
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > made["updated_at"]
    assert iam.get(path) == changed
    iam.delete(path)
    assert iam.call("GET", path) == not_found("group", made["id"])


def test_a_policy_shows_its_counters_from_the_second_look_on(iam: Iam) -> None:
    application_id = iam.application()
    made = iam.create(
        "/policies",
        name="read",
        application_id=application_id,
        rules=[
            {
                "permission_set_names": ["AllProductsReadOnly", "VPCReadOnly"],
                "organization_id": iam.organization_id,
            },
            {"permission_set_names": ["IAMReadOnly"], "organization_id": iam.organization_id},
        ],
    )
    assert list(made.items()) == [
        ("id", made["id"]),
        ("name", "read"),
        ("description", ""),
        ("organization_id", iam.organization_id),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("editable", True),
        ("deletable", True),
        ("managed", False),
        ("nb_rules", 0),
        ("nb_scopes", 0),
        ("nb_permission_sets", 0),
        ("tags", []),
        ("application_id", application_id),
    ]
    path = f"/policies/{made['id']}"
    expected = {**made, "nb_rules": 2, "nb_scopes": 1, "nb_permission_sets": 3}
    assert iam.get(path) == expected
    changed = iam.patch(path, name="other", no_principal=True)
    del expected["application_id"]
    assert changed == {**expected, "name": "other", "no_principal": True}
    assert iam.get(path) == changed
    iam.delete(path)
    assert iam.call("GET", path) == not_found("policy", made["id"])


def test_an_api_key_shows_its_secret_once(iam: Iam) -> None:
    application_id = iam.application()
    made = iam.post("/api-keys", application_id=application_id, description="ci")
    assert list(made.items()) == [
        ("access_key", made["access_key"]),
        ("secret_key", made["secret_key"]),
        ("description", "ci"),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("expires_at", None),
        ("default_project_id", iam.organization_id),
        ("editable", True),
        ("deletable", True),
        ("managed", False),
        ("creation_ip", "127.0.0.1"),
        ("application_id", application_id),
    ]
    assert re.fullmatch("SCW[0-9A-HJKMNP-TV-Z]{17}", made["access_key"])
    path = f"/api-keys/{made['access_key']}"
    assert iam.get(path) == {**made, "secret_key": None}
    changed = iam.patch(path, description="")
    assert changed == {
        **made,
        "secret_key": None,
        "description": "",
        "updated_at": changed["updated_at"],
    }
    assert iam.get(f"/applications/{application_id}")["nb_api_keys"] == 1
    iam.delete(path)
    assert iam.call("GET", path) == not_found("access_key", made["access_key"])
    assert iam.get(f"/applications/{application_id}")["nb_api_keys"] == 0


def test_an_ssh_key_loses_its_comment_and_gets_a_fingerprint(iam: Iam) -> None:
    made = iam.post(
        "/ssh-keys",
        name="laptop",
        public_key=f"{OTHER_SSH_KEY} me@home\n",
        project_id=iam.organization_id,
    )
    assert list(made.items()) == [
        ("id", made["id"]),
        ("name", "laptop"),
        ("public_key", OTHER_SSH_KEY),
        (
            "fingerprint",
            "256 MD5:94:76:ac:2c:a5:3f:05:76:18:bf:9c:b0:12:de:ae:7d (ssh-ed25519)",
        ),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("organization_id", iam.organization_id),
        ("project_id", iam.organization_id),
        ("disabled", False),
    ]
    path = f"/ssh-keys/{made['id']}"
    changed = iam.patch(path, disabled=True)
    assert changed == {**made, "disabled": True, "updated_at": changed["updated_at"]}
    assert iam.list("/ssh-keys", disabled="True")["ssh_keys"] == [changed]
    assert iam.list("/ssh-keys", disabled="false")["ssh_keys"] == []
    iam.delete(path)
    assert iam.call("GET", path) == not_found("ssh_key", made["id"])


def test_a_user_shows_its_new_updated_at_one_write_late(iam: Iam) -> None:
    made = iam.create(
        "/users",
        tags=["x"],
        member={
            "email": "alice@example.com",
            "username": "alice",
            "password": "",
            "first_name": "",
            "last_name": "A",
            "phone_number": "",
            "locale": "",
            "send_password_email": False,
            "send_welcome_email": False,
        },
    )
    assert list(made.items()) == [
        ("id", made["id"]),
        ("email", "alice@example.com"),
        ("username", "alice"),
        ("first_name", ""),
        ("last_name", "A"),
        ("phone_number", ""),
        ("locale", "en_US"),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("organization_id", iam.organization_id),
        ("deletable", True),
        ("last_login_at", None),
        ("type", "member"),
        ("two_factor_enabled", False),
        ("status", "activated"),
        ("mfa", False),
        ("account_root_user_id", ""),
        ("tags", ["x"]),
        ("locked", False),
    ]
    path = f"/users/{made['id']}"
    patched = iam.patch(path, email="a@example.com", tags=[])
    assert patched == {**made, "email": "a@example.com", "tags": []}
    renamed = iam.post(f"{path}/update-username", username="al")
    assert renamed["updated_at"] > made["updated_at"]
    assert renamed == {**patched, "username": "al", "updated_at": renamed["updated_at"]}
    shown = iam.get(path)
    assert shown["updated_at"] > renamed["updated_at"]
    assert iam.post(f"{path}/lock") == {**shown, "locked": True}
    assert iam.post(f"{path}/unlock")["locked"] is False
    assert iam.post(f"{path}/update-password", password="Correct-horse-1")["id"] == made["id"]
    iam.delete(path)
    assert iam.call("GET", path) == not_found("user", made["id"])


def test_the_tags_of_a_user_stand_beside_the_member(iam: Iam) -> None:
    member = {"username": "alice", "email": "alice@example.com", "tags": ["inner"]}
    assert iam.create("/users", member=member)["tags"] == []
    assert iam.create("/users", email="bob@example.com", tags=["x"])["tags"] == ["x"]


def invited(iam: Iam, user: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Return the expected JSON of a person invited by e-mail."""
    return {
        "id": user["id"],
        "email": "bob@example.com",
        "username": "bob@example.com",
        "first_name": "",
        "last_name": "",
        "phone_number": "",
        "locale": "en_US",
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
        "organization_id": iam.organization_id,
        "deletable": True,
        "last_login_at": None,
        "type": "member",
        "two_factor_enabled": False,
        "status": "invitation_pending",
        "mfa": False,
        "account_root_user_id": "",
        "tags": [],
        "locked": False,
        **facts,
    }


def test_a_person_is_invited_by_email_as_a_member(iam: Iam) -> None:
    user = iam.create("/users", email="bob@example.com")
    assert [*user.items()] == [*invited(iam, user).items()]
    path = f"/users/{user['id']}"
    assert iam.get(path) == user
    tagged = iam.patch(path, tags=["x"])
    assert tagged == {**user, "tags": ["x"]}
    assert iam.list("/users", type="member")["users"] == [iam.get(path)]
    iam.delete(path)
    assert iam.call("GET", path) == not_found("user", user["id"])


def test_a_guest_from_before_comes_from_a_seed(iam: Iam) -> None:
    (guest,) = iam.emulator.seed({"users": [{"email": "bob@example.com", "type": "guest"}]})[
        "users"
    ]
    assert guest == invited(iam, guest, type="guest")
    assert iam.get(f"/users/{guest['id']}") == guest
    assert iam.list("/users", type="member")["users"] == []


def test_a_project_is_created_updated_and_deleted(iam: Iam) -> None:
    made = iam.create("/account/v3/projects", name="p", description="")
    assert list(made.items()) == [
        ("id", made["id"]),
        ("name", "p"),
        ("organization_id", iam.organization_id),
        ("created_at", made["created_at"]),
        ("updated_at", made["created_at"]),
        ("description", ""),
        ("qualification", None),
    ]
    path = f"/account/v3/projects/{made['id']}"
    changed = iam.patch(path, name="q")
    assert changed == {**made, "name": "q", "updated_at": changed["updated_at"]}
    unknown = {"architecture_type": "unknown_architecture_type"}
    shown = {**changed, "qualification": unknown, "status": "active"}
    assert list(iam.get(path).items()) == list(shown.items())
    listed = iam.list("/account/v3/projects")
    assert list(listed) == ["total_count", "projects"]
    assert [project["name"] for project in listed["projects"]] == ["default", "q"]
    assert listed["projects"][1] == shown
    iam.delete(path)
    assert iam.call("GET", path) == not_found("project_id", made["id"])


def test_a_project_is_deleted_with_its_resources_when_its_name_is_confirmed(iam: Iam) -> None:
    made = iam.create("/account/v3/projects", name="p", description="")
    path = f"/account/v3/projects/{made['id']}"
    iam.create("/ssh-keys", name="k", public_key=SSH_KEY, project_id=made["id"])
    assert iam.call("DELETE", path).status == 412
    other = iam.call("POST", f"{path}/delete-with-resources", {"project_name": "q"})
    wrong = ("project_name", "constraint", "value must be the name of the project")
    assert other == invalid(wrong)
    shown = iam.get(path)
    gone = iam.call("POST", f"{path}/delete-with-resources", {"project_name": "p"})
    assert gone == Answer(200, {**shown, "status": "deleting"})
    assert iam.call("GET", path) == not_found("project_id", made["id"])
    assert iam.list("/ssh-keys")["total_count"] == 0


def test_the_default_project_is_never_deleted(iam: Iam) -> None:
    path = f"/account/v3/projects/{iam.emulator.project_id}"
    refused = iam.call("DELETE", path)
    assert refused.status == 412
    body = {"project_name": "default"}
    assert iam.call("POST", f"{path}/delete-with-resources", body) == refused


def test_a_fresh_organization_has_its_owner_a_default_project_and_one_key(iam: Iam) -> None:
    (owner,) = iam.list("/users")["users"]
    assert (owner["type"], owner["deletable"]) == ("owner", False)
    assert owner["account_root_user_id"] != ""
    (key,) = iam.list("/api-keys")["api_keys"]
    assert key["access_key"] == iam.emulator.access_key
    assert key["user_id"] == owner["id"]
    (project,) = iam.list("/account/v3/projects")["projects"]
    assert project["id"] == iam.emulator.project_id == iam.organization_id
    for path in ("/groups", "/applications", "/policies", "/ssh-keys", "/logs"):
        assert iam.list(path)["total_count"] == 0
