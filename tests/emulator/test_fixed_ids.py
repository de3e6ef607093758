"""Ids that the caller chooses: of the organization, of a project, and of the objects of a seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.emulator import Emulator, FixedIdError, SeedError, Snapshot
from pulumi_scw_iam.emulator.http import control
from tests.support.emulator_command import command
from tests.support.local_api import Answer, Clock, Iam, denied, invalid
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from pathlib import Path

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
OTHER = "33333333-3333-4333-8333-333333333333"
EXAMPLE = "pass a UUID such as 11111111-1111-4111-8111-111111111111"


def client(emulator: Emulator) -> Iam:
    return Iam(emulator, Clock())


def projects(iam: Iam) -> list[tuple[str, str]]:
    listed = iam.list("/account/v3/projects", order_by="name_asc")["projects"]
    return [(one["id"], one["name"]) for one in listed]


def test_a_new_state_has_the_ids_of_the_caller() -> None:
    with Emulator(organization_id=ORGANIZATION.upper(), project_id=PROJECT) as emulator:
        assert emulator.environment == {
            "SCW_API_URL": emulator.url,
            "SCW_ACCESS_KEY": emulator.access_key,
            "SCW_SECRET_KEY": emulator.secret_key,
            "SCW_DEFAULT_ORGANIZATION_ID": ORGANIZATION,
            "SCW_DEFAULT_PROJECT_ID": PROJECT,
        }
        iam = client(emulator)
        with iam.session:
            assert iam.get(f"/organizations/{ORGANIZATION}")["id"] == ORGANIZATION
            assert projects(iam) == [(ORGANIZATION, "default"), (PROJECT, "local")]
            (owner,) = iam.list("/users")["users"]
            (key,) = iam.list("/api-keys")["api_keys"]
            assert (owner["organization_id"], key["default_project_id"]) == (ORGANIZATION, PROJECT)
            made = iam.post("/api-keys", application_id=iam.application())
            assert made["default_project_id"] == ORGANIZATION
            assert iam.call("GET", "/groups", organization_id=OTHER) == denied("list", "group")
        (ssh_key,) = emulator.seed({"ssh_keys": 1})["ssh_keys"]
        assert ssh_key["project_id"] == PROJECT


@pytest.mark.parametrize("project_id", [None, ORGANIZATION])
def test_the_default_project_has_the_id_of_the_organization(project_id: str | None) -> None:
    with Emulator(organization_id=ORGANIZATION, project_id=project_id) as emulator:
        assert (emulator.organization_id, emulator.project_id) == (ORGANIZATION, ORGANIZATION)
        iam = client(emulator)
        with iam.session:
            assert projects(iam) == [(ORGANIZATION, "default")]


def test_a_project_may_be_chosen_alone() -> None:
    with Emulator(project_id=PROJECT) as emulator:
        iam = client(emulator)
        with iam.session:
            assert projects(iam) == [(iam.organization_id, "default"), (PROJECT, "local")]
            iam.delete(f"/account/v3/projects/{PROJECT}")


def test_a_reset_keeps_the_ids_of_the_caller_and_changes_the_keys() -> None:
    with Emulator(organization_id=ORGANIZATION, project_id=PROJECT) as emulator:
        before = emulator.facts
        emulator.seed({"groups": 2})
        emulator.reset()
        changed = {name for name, value in emulator.facts.items() if value != before[name]}
        assert changed == {"access_key", "secret_key"}
        assert (emulator.counts()["groups"], emulator.counts()["projects"]) == (0, 2)


def test_a_state_file_keeps_the_ids(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state, organization_id=ORGANIZATION, project_id=PROJECT) as emulator:
        facts = {**emulator.facts, "url": ""}
        (web,) = emulator.seed({"projects": [{"name": "web"}]})["projects"]
        snapshot = emulator.snapshot()
    chosen: list[dict[str, Any]] = [{}, {"organization_id": ORGANIZATION}, {"project_id": PROJECT}]
    for ids in chosen:
        with Emulator(state=state, **ids) as emulator:
            assert {**emulator.facts, "url": ""} == facts
            assert (emulator.fresh, emulator.snapshot()) == (False, snapshot)
    with Emulator(state=state, project_id=web["id"]) as emulator:
        assert emulator.project_id == web["id"]


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        (
            {"organization_id": OTHER},
            f"organization_id: the {{place}} has the organization {ORGANIZATION}; pass this id or none, or"
            " use another {noun}",
        ),
        (
            {"organization_id": ORGANIZATION, "project_id": OTHER},
            f"project_id: the {{place}} has no project {OTHER}; pass the id of one of its projects or none,"
            " or use another {noun}",
        ),
    ],
)
def test_a_state_with_other_ids_is_refused_and_unchanged(
    tmp_path: Path, ids: dict[str, Any], reason: str
) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state, organization_id=ORGANIZATION) as emulator:
        snapshot = emulator.snapshot()
    with pytest.raises(FixedIdError) as refused:
        Emulator(state=state, **ids)
    assert str(refused.value) == reason.format(place=f"state file {state}", noun="state file")
    with Emulator(state=state) as emulator:
        assert emulator.snapshot() == snapshot

    with Emulator(**ids) as emulator:
        before = emulator.snapshot()
        with pytest.raises(FixedIdError) as refused:
            emulator.restore(snapshot)
        text = reason.format(place="snapshot", noun="snapshot")
        assert (str(refused.value), emulator.snapshot()) == (text, before)
        iam = client(emulator)
        with iam.session:
            url = f"{emulator.url}{control.PATH}restore"
            answer = iam.session.post(url, json=snapshot.to_json(), timeout=10)
            assert Answer(answer.status_code, answer.json()) == invalid(("body", "format", text))
            assert emulator.snapshot() == before


def test_a_snapshot_with_the_ids_of_the_caller_is_restored() -> None:
    with Emulator(organization_id=ORGANIZATION, project_id=PROJECT) as first:
        first.seed({"groups": 1})
        snapshot, facts = first.snapshot(), {**first.facts, "url": ""}
    with Emulator(organization_id=ORGANIZATION, project_id=PROJECT) as second:
        second.restore(snapshot)
        assert ({**second.facts, "url": ""}, second.snapshot()) == (facts, snapshot)


@pytest.mark.parametrize("argument", ["organization_id", "project_id"])
@pytest.mark.parametrize("value", ["", "acme", "1" * 32, ORGANIZATION + "\n", 5])
def test_an_id_must_be_a_uuid(argument: str, value: Any) -> None:
    with pytest.raises(FixedIdError) as refused:
        Emulator(**{argument: value})
    assert str(refused.value) == f"{argument}: {value!r} is not a UUID; {EXAMPLE}"


def test_the_command_prints_the_ids_of_its_options() -> None:
    arguments = ["--organization-id", ORGANIZATION, "--project-id", PROJECT]
    with command(*arguments) as (_, facts):
        assert (facts["organization_id"], facts["project_id"]) == (ORGANIZATION, PROJECT)


def test_an_option_with_a_bad_id_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = "pulumi-scw-iam: cannot start the emulator: "
    assert main.main(["emulator", "--project-id", "web"]) == 1
    line = f"{start}--project-id: 'web' is not a UUID; {EXAMPLE}\n"
    assert capsys.readouterr() == ("", line)
    state = tmp_path / "state.db"
    with Emulator(state=state, organization_id=ORGANIZATION):
        pass
    assert main.main(["emulator", "--state", str(state), "--organization-id", OTHER]) == 1
    line = (
        f"{start}--organization-id: the state file {state} has the organization {ORGANIZATION}; pass this"
        " id or none, or use another state file\n"
    )
    assert capsys.readouterr() == ("", line)


def test_the_state_file_of_an_earlier_version_has_the_default_project_only(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator() as emulator:
        objects = json.loads(json.dumps(dict(emulator.snapshot().objects)))
    del objects["organization"][0]["first_project_id"]
    with Emulator(state=state) as emulator:
        emulator.restore(Snapshot(objects))
    with Emulator(state=state) as emulator:
        assert emulator.project_id == emulator.organization_id == objects["organization"][0]["id"]


# Ids of seeds

ACCESS_KEY = "SCWLOCAL000000000001"
SECRET_KEY = "44444444-4444-4444-8444-444444444444"


def uuid(number: int) -> str:
    return f"{number:08}-0000-4000-8000-000000000000"


SEED: dict[str, Any] = {
    "projects": [{"id": uuid(1), "name": "web"}],
    "users": [
        {"id": uuid(2), "username": "alice", "email": "alice@example.com"},
        {"id": uuid(3), "email": "bob@example.com"},
    ],
    "webauthn_authenticators": [{"id": uuid(4), "user": "alice", "name": "laptop"}],
    "applications": [{"id": uuid(5), "name": "ci"}],
    "built_in_groups": [{"id": uuid(6), "name": "All Users", "built_in": "all_users"}],
    "groups": [{"id": uuid(7), "name": "devs", "user_ids": [uuid(2)], "applications": ["ci"]}],
    "policies": [
        {
            "id": uuid(8),
            "name": "devs",
            "group_id": uuid(7),
            "rules": [{"permission_set_names": ["IAMReadOnly"], "organization_id": ORGANIZATION}],
        }
    ],
    "api_keys": [{"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "application_id": uuid(5)}],
    "ssh_keys": [{"id": uuid(9), "name": "laptop", "public_key": SSH_KEY, "project_id": uuid(1)}],
}
PATHS = {
    "projects": "/account/v3/projects",
    "users": "/users",
    "applications": "/applications",
    "built_in_groups": "/groups",
    "groups": "/groups",
    "policies": "/policies",
    "api_keys": "/api-keys",
    "ssh_keys": "/ssh-keys",
}


def test_the_objects_of_a_seed_have_their_ids() -> None:
    with Emulator(organization_id=ORGANIZATION, enforce=True) as emulator:
        made = emulator.seed(SEED)
        ids = {title: [one.get("id") for one in objects] for title, objects in made.items()}
        assert ids == {
            title: [entry.get("id") for entry in entries] for title, entries in SEED.items()
        }
        (key,) = made["api_keys"]
        assert (key["access_key"], key["secret_key"]) == (ACCESS_KEY, SECRET_KEY)
        iam = client(emulator)
        with iam.session:
            for title, path in PATHS.items():
                for one in made[title]:
                    name = "access_key" if title == "api_keys" else "id"
                    assert iam.get(f"{path}/{one[name]}")[name] == one[name]
            group = iam.get(f"/groups/{uuid(7)}")
            assert (group["user_ids"], group["application_ids"]) == ([uuid(2)], [uuid(5)])
            robot = Iam(emulator, iam.clock, SECRET_KEY)
            with robot.session:
                assert robot.get(f"/api-keys/{ACCESS_KEY}")["application_id"] == uuid(5)
                assert robot.list("/policies")["policies"][0]["id"] == uuid(8)


def test_a_seed_file_with_ids_serves_the_command(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEED))
    with command("--organization-id", ORGANIZATION, "--seed", str(seed)) as (_, facts):
        (key,) = facts["api_keys"]
        assert (key["access_key"], key["secret_key"]) == (ACCESS_KEY, SECRET_KEY)


USED = "is already in use; pass another value or none"
NO_UUID = f"is not a UUID; {EXAMPLE}"
NO_ACCESS_KEY = "is not an access key; pass SCW and 17 digits or capital letters"
OTHER_ORGANIZATION = f"organization_id: is another organization; pass {ORGANIZATION} or none"


@pytest.mark.parametrize(
    ("section", "entries", "reason"),
    [
        ("groups", [{"name": "a", "id": "x"}], f"[0]: id: {NO_UUID}"),
        ("groups", [{"name": "a", "id": 5}], f"[0]: id: {NO_UUID}"),
        ("groups", [{"name": "a", "id": ""}], f"[0]: id: {NO_UUID}"),
        ("groups", [{"name": n, "id": OTHER} for n in "ab"], f"[1]: id: {USED}"),
        ("groups", [{"name": "a", "id": uuid(2)}], f"[0]: id: {USED}"),
        ("applications", [{"name": "a", "id": uuid(7).upper()}], f"[0]: id: {USED}"),
        ("projects", [{"name": "a", "id": ORGANIZATION}], f"[0]: id: {USED}"),
        (
            "api_keys",
            [{"application_id": uuid(5), "access_key": "SCWl0000000000000000"}],
            f"[0]: access_key: {NO_ACCESS_KEY}",
        ),
        (
            "api_keys",
            [{"application_id": uuid(5), "access_key": ""}],
            f"[0]: access_key: {NO_ACCESS_KEY}",
        ),
        (
            "api_keys",
            [{"application_id": uuid(5), "access_key": ACCESS_KEY}],
            f"[0]: access_key: {USED}",
        ),
        (
            "api_keys",
            [{"application_id": uuid(5), "secret_key": "hunter2"}],
            f"[0]: secret_key: {NO_UUID}",
        ),
        (
            "api_keys",
            [{"application_id": uuid(5), "secret_key": SECRET_KEY}],
            f"[0]: secret_key: {USED}",
        ),
        (
            "api_keys",
            [{"id": OTHER}],
            "[0]: id: unknown field; use one of access_key, application, application_id,"
            " default_project_id, description, expires_at, project, secret_key, user, user_id",
        ),
        ("groups", [{"name": "a", "organization_id": OTHER}], f"[0]: {OTHER_ORGANIZATION}"),
        (
            "policies",
            [
                {
                    "name": "p",
                    "rules": [{"permission_set_names": ["IAMManager"], "organization_id": OTHER}],
                }
            ],
            f"[0]: {OTHER_ORGANIZATION}",
        ),
    ],
)
def test_a_bad_id_of_a_seed_is_named_by_its_path(
    section: str, entries: list[dict[str, Any]], reason: str
) -> None:
    with Emulator(organization_id=ORGANIZATION) as emulator:
        emulator.seed(SEED)
        before = emulator.snapshot()
        with pytest.raises(SeedError) as refused:
            emulator.seed({"applications": [{"name": "first"}], section: entries})
        assert str(refused.value) == f"{section}{reason}"
        assert emulator.snapshot() == before


def test_the_own_organization_may_be_written_in_a_seed() -> None:
    with Emulator(organization_id=ORGANIZATION) as emulator:
        entry = {"name": "a", "organization_id": ORGANIZATION, "id": None}
        (made,) = emulator.seed({"groups": [entry]})["groups"]
        assert made["organization_id"] == ORGANIZATION
