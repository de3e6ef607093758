"""Seeds of listed and generated objects; snapshots, restore and reset."""

from __future__ import annotations

import json
import pickle
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Emulator, SeedError, Snapshot
from tests.support.local_api import Clock, Iam, not_found
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.local_api import Answer

SEED: dict[str, Any] = {
    "ssh_keys": [{"name": "laptop", "public_key": SSH_KEY, "project": "web"}],
    "api_keys": [
        {"application": "ci", "description": "pipeline", "project": "web"},
        {"user": "owner@example.com", "description": "console"},
    ],
    "policies": [
        {
            "name": "devs",
            "group": "devs",
            "rules": [
                {"permission_set_names": ["InstancesFullAccess"], "projects": ["web", "default"]},
                {"permission_set_names": ["IAMReadOnly"]},
            ],
        },
        {"name": "nobody"},
    ],
    "groups": [
        {"name": "devs", "users": ["alice", "guest@example.com"], "applications": ["ci"]},
        {"name": "empty", "tags": ["a"]},
    ],
    "applications": [{"name": "ci", "tags": ["team=web"]}],
    "users": [
        {
            "username": "alice",
            "email": "alice@example.com",
            "password": "Correct-horse-1",
            "tags": ["team=web"],
        },
        {"email": "guest@example.com", "tags": ["guest"]},
        {"email": "old@example.com", "type": "guest"},
    ],
    "projects": [{"name": "web"}],
}


def test_a_seed_creates_what_it_names_in_the_order_that_references_need(iam: Iam) -> None:
    made = iam.emulator.seed(SEED)
    assert list(made) == [
        *("projects", "users", "applications", "groups", "policies", "api_keys", "ssh_keys")
    ]
    (web,), (alice, guest, old), (ci,) = made["projects"], made["users"], made["applications"]
    devs = iam.get(f"/groups/{made['groups'][0]['id']}")
    assert devs["user_ids"] == sorted([alice["id"], guest["id"]])
    assert devs["application_ids"] == [ci["id"]]
    assert (alice["type"], alice["tags"]) == ("member", ["team=web"])
    assert (guest["type"], guest["tags"]) == ("member", ["guest"])
    assert (old["type"], old["status"]) == ("guest", "invitation_pending")
    policy, nobody = (iam.get(f"/policies/{item['id']}") for item in made["policies"])
    assert (policy["group_id"], nobody["no_principal"]) == (devs["id"], True)
    scopes = [
        rule.get("project_ids") or rule["organization_id"]
        for rule in iam.get("/rules", policy_id=policy["id"])["rules"]
    ]
    assert scopes == [[web["id"], iam.emulator.project_id], iam.organization_id]
    pipeline, console = made["api_keys"]
    assert (pipeline["application_id"], pipeline["default_project_id"]) == (ci["id"], web["id"])
    bearer = Iam(iam.emulator, iam.clock, console["secret_key"])
    with bearer.session:
        assert bearer.get(f"/ssh-keys/{made['ssh_keys'][0]['id']}")["project_id"] == web["id"]
    logged = Counter(item["resource_type"] for item in iam.list("/logs", page_size=100)["logs"])
    assert logged == {"user": 3, "application": 1, "group": 2, "policy": 2, "api_key": 2}


def test_the_passkeys_of_a_seed_are_deleted_with_their_user(iam: Iam) -> None:
    alice, bobby = iam.user("alice"), iam.user("bobby")
    seed = {
        "webauthn_authenticators": [
            {"user": "alice", "name": "laptop"},
            {"user": "bobby", "name": "key ring"},
        ]
    }
    of_alice, of_bobby = iam.emulator.seed(seed)["webauthn_authenticators"]
    assert [*of_alice] == ["id", "name", "created_at", "last_login_at"]
    path = "/users/{}/webauthn-authenticators"
    assert iam.get(path.format(alice)) == {"authenticators": [of_alice], "total_count": 1}
    with Emulator() as other:
        other.restore(iam.emulator.snapshot())
        again = Iam(other, iam.clock)
        with again.session:
            assert again.get(path.format(bobby))["authenticators"] == [of_bobby]
    iam.delete(f"/users/{alice}")
    assert iam.call("GET", path.format(alice)) == not_found("user", alice)
    assert iam.emulator.counts()["authenticators"] == 1


def test_passkeys_can_be_generated(iam: Iam) -> None:
    made = iam.emulator.seed({"users": 2, "webauthn_authenticators": 3})
    names = [item["name"] for item in made["webauthn_authenticators"]]
    assert names == ["passkey 0", "passkey 1", "passkey 2"]


def test_a_seed_may_name_what_exists_already(iam: Iam) -> None:
    user_id = iam.user("alice")
    made = iam.emulator.seed({"groups": [{"name": "devs", "users": ["alice"]}]})
    assert made["groups"][0]["user_ids"] == [user_id]


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        (
            {"groups": [{"name": "a/b"}]},
            'groups[0]: name: value does not match regex pattern "^[a-zA-Z0-9()._\\\\- ]+$"',
        ),
        (
            {"users": [{"username": "a", "email": "x"}]},
            "users[0]: member.email: value must be a valid email address",
        ),
        (
            {"groups": [{"name": "x" * 65, "description": "x" * 201}]},
            (
                "groups[0]: name: value length must be between 1 and 64 runes, inclusive; "
                "description: value length must be at most 200 runes"
            ),
        ),
        (
            {"groups": [{"nme": "a"}]},
            (
                "groups[0]: nme: unknown field; use one of application_ids, applications, description, "
                "id, name, organization_id, tags, user_ids, users"
            ),
        ),
        ({"groups": ["a"]}, "groups[0]: must be an object"),
        *(
            (
                {"users": [{"email": "a@example.com", **more}]},
                'users[0]: type: must be "guest", without a username; remove it for a member or an invited'
                " user",
            )
            for more in ({"type": "member"}, {"type": None}, {"type": "guest", "username": "al"})
        ),
        ({"groups": "many"}, "groups: must be a list of objects, or a number of objects"),
        ({"groups": -1}, "groups: must be a list of objects, or a number of objects"),
        ({"groups": True}, "groups: must be a list of objects, or a number of objects"),
        (
            {"roles": 1},
            (
                "roles: unknown section; use one of projects, users, webauthn_authenticators,"
                " applications, built_in_groups, groups, policies, api_keys, ssh_keys"
            ),
        ),
        ([], "a seed must be an object"),
        (
            {"groups": [{"name": "a"}, {"name": "b", "users": ["bob"]}]},
            "groups[1]: users: no user is called 'bob'",
        ),
        ({"groups": [{"name": "a", "users": "bob"}]}, "groups[0]: users: must be a list"),
        (
            {"policies": [{"name": "p", "rules": [{"permission_set_names": ["Nope"]}]}]},
            "policies[0]: rules[0].permission_set_names: unknown permission set: Nope",
        ),
        ({"policies": [{"name": "p", "rules": 5}]}, "policies[0]: rules: must be a list"),
        (
            {"ssh_keys": [{"name": "k", "public_key": "x"}]},
            "ssh_keys[0]: public_key: value is not a public key",
        ),
    ],
)
def test_a_seed_that_cannot_be_leaves_nothing(iam: Iam, seed: Any, reason: str) -> None:
    before = iam.emulator.snapshot()
    full_seed = {"projects": [{"name": "web"}], **seed} if isinstance(seed, dict) else seed
    with pytest.raises(SeedError) as caught:
        iam.emulator.seed(full_seed)
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)
    assert iam.emulator.snapshot() == before


def test_a_seed_is_held_to_names_and_quota_as_requests_are(iam: Iam) -> None:
    group_id = iam.group("devs")
    with pytest.raises(SeedError) as caught:
        iam.emulator.seed({"groups": [{"name": "devs"}]})
    assert (
        str(caught.value) == f"groups[0]: a group with this name already exists (group {group_id})"
    )
    with pytest.raises(SeedError) as caught:
        iam.emulator.seed({"ssh_keys": 3})
    assert str(caught.value) == "ssh_keys[2]: quota exceeded"


def test_numbers_make_up_objects_that_refer_to_one_another() -> None:
    sections = ("projects", "users", "applications", "groups", "policies", "api_keys", "ssh_keys")
    with Emulator() as emulator:
        emulator.seed(dict.fromkeys(sections, 30))
        made = emulator.seed(dict.fromkeys(sections, 30))
        assert {section: len(objects) for section, objects in made.items()} == dict.fromkeys(
            sections, 30
        )
        counts = emulator.counts()
        # The default project, the owner and the owner's API key existed before.
        assert {section: counts[section] for section in sections} == {
            **dict.fromkeys(sections, 60),
            **dict.fromkeys(("projects", "users", "api_keys"), 61),
        }
        assert all(group["user_ids"] and group["application_ids"] for group in made["groups"])
        assert not any("no_principal" in policy for policy in made["policies"])
        assert emulator.seed({"api_keys": 0}) == {"api_keys": []}


# Snapshots


def everything(iam: Iam) -> list[Answer]:
    paths = ("/users", "/applications", "/groups", "/policies", "/api-keys", "/ssh-keys", "/logs")
    return [iam.call("GET", path, organization_id=iam.organization_id) for path in paths]


def test_a_state_is_returned_to_with_its_secrets(iam: Iam) -> None:
    emulator = iam.emulator
    secret = emulator.seed(SEED)["api_keys"][0]["secret_key"]
    before, snapshot, facts = everything(iam), emulator.snapshot(), emulator.facts
    group_id = iam.group("another")
    iam.delete(f"/groups/{iam.list('/groups', name='devs')['groups'][0]['id']}")
    emulator.reset()
    emulator.restore(snapshot)
    assert (everything(iam), emulator.facts, emulator.snapshot()) == (before, facts, snapshot)
    bearer = Iam(emulator, iam.clock, secret)
    with bearer.session:
        assert bearer.call("GET", f"/groups/{group_id}") == not_found("group", group_id)


def test_a_snapshot_in_a_file_serves_another_emulator_with_a_state_file(tmp_path: Path) -> None:
    saved, state = tmp_path / "snapshot.json", tmp_path / "state.db"
    with Emulator() as emulator:
        emulator.seed(SEED)
        emulator.snapshot().save(saved)
        facts = emulator.facts
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with Emulator(state=state) as emulator:
        emulator.seed({"groups": 3})
        emulator.restore(Snapshot.load(saved))
        assert {**emulator.facts, "url": ""} == {**facts, "url": ""}
        snapshot = emulator.snapshot()
        iam = Iam(emulator, Clock())
        with iam.session:
            before = everything(iam)
    with Emulator(state=state) as emulator:
        assert (emulator.fresh, emulator.snapshot()) == (False, snapshot)
        iam = Iam(emulator, Clock())
        with iam.session:
            assert everything(iam) == before


def test_a_reset_empties_the_state_file(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state) as emulator:
        emulator.seed({"groups": 3})
        emulator.reset()
        snapshot = emulator.snapshot()
        assert emulator.counts()["groups"] == 0
    with Emulator(state=state) as emulator:
        assert emulator.snapshot() == snapshot


def test_a_snapshot_that_somebody_has_changed_is_refused(tmp_path: Path) -> None:
    saved = tmp_path / "snapshot.json"
    with Emulator() as emulator:
        snapshot = emulator.snapshot()
        valid = json.loads(json.dumps(snapshot.to_json()))
        invalid = json.loads(json.dumps(valid))
        invalid["objects"]["user"][0]["type"] = "member"
    assert Snapshot.from_json(valid) == snapshot
    for text in (json.dumps(invalid), json.dumps({**valid, "format": 2}), "{}", "[]", "", "\xff"):
        saved.write_text(text, encoding="latin-1")
        with pytest.raises(ValueError, match="not a snapshot") as caught:
            Snapshot.load(saved)
        assert str(caught.value) == f"{saved}: not a snapshot of this version"


def test_a_snapshot_shows_no_secret_and_is_not_pickled(iam: Iam) -> None:
    snapshot = iam.emulator.snapshot()
    assert repr(snapshot) == "Snapshot()"
    with pytest.raises(TypeError, match="contains secrets"):
        pickle.dumps(snapshot)
