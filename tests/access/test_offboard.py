"""The command `pulumi-scw-iam offboard`, on the local IAM API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.common.ssh_keys import parse_public_key
from pulumi_scw_iam.emulator import Emulator
from tests.access.organization import plain
from tests.support.snippets import snippets
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.access.organization import Run
    from tests.support.local_api import Iam

PAGE = "docs/guide/offboard.md"
HEAD = "# as of TIME, from organization ID"
STACK = "urn:pulumi:prod::shop::scw-iam:index:"
SEED = {
    "users": [
        {"username": "carol", "email": "carol.jones@example.com"},
        {"username": "dave", "email": "dave@example.com"},
    ],
    "applications": [{"name": "carol-bot"}],
    "groups": [
        {"name": "oncall", "users": ["carol"]},
        {"name": "staff", "users": ["carol", "dave"]},
    ],
    "policies": [
        {"name": "night", "group": "oncall", "rules": [{"permission_set_names": ["IAMReadOnly"]}]},
        {"name": "carol", "user": "carol", "rules": [{"permission_set_names": ["IAMReadOnly"]}]},
    ],
    "api_keys": [
        {"user": "carol"},
        {"application": "carol-bot", "description": "laptop of Carol"},
        {"user": "dave"},
    ],
}
"""The organization of docs/guide/offboard.md."""
FINGERPRINT = parse_public_key(SSH_KEY).fingerprint


@pytest.fixture
def offboard(clean: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `offboard` in this process: the status, and the lines of both streams."""
    del clean

    def running(*arguments: str) -> tuple[int, list[str], list[str]]:
        capsys.readouterr()
        status = main(["offboard", *arguments])
        out, error = capsys.readouterr()
        return status, plain(out).splitlines(), plain(error).splitlines()

    return running


@pytest.fixture
def seeded(emulator: Emulator, iam: Iam) -> dict[str, Any]:
    """Return the ids of the organization, by the names of the objects."""
    made = emulator.seed(SEED)
    project = emulator.project_id
    for name, key in (("carol@laptop", SSH_KEY), ("backup", SSH_KEY), ("other", OTHER_SSH_KEY)):
        made[name] = iam.post("/ssh-keys", name=name, public_key=key, project_id=project)["id"]
    (made["carol"], made["dave"]) = (user["id"] for user in made["users"])
    return made


def state(*resources: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Return the state of resources of the native plugin: their kinds, ids and inputs."""
    return {
        "deployment": {
            "resources": [
                {
                    "urn": f"{STACK}{kind}::it",
                    "type": f"scw-iam:index:{kind}",
                    "id": resource_id,
                    "inputs": inputs,
                    "outputs": inputs,
                }
                for kind, resource_id, inputs in resources
            ]
        }
    }


def test_the_command_of_offboard_md_prints_what_the_page_shows(
    emulator: Emulator, offboard: Run
) -> None:
    keys = [one["access_key"] for one in emulator.seed(SEED)["api_keys"]]
    (console,) = (one.text for one in snippets(PAGE) if one.language == "console")
    shown_keys = list(dict.fromkeys(re.findall(r"SCW\w{17}", console)))
    for there, here in zip(shown_keys, keys[:2], strict=True):
        console = console.replace(there, here)
    command, *lines = plain(console).splitlines()
    assert command == "$ pulumi-scw-iam offboard user:carol"
    assert offboard("user:carol") == (3, lines, [])


def test_each_object_has_its_effect_its_place_in_the_states_and_a_place_in_the_order(
    seeded: dict[str, Any], offboard: Run, file: Callable[..., str]
) -> None:
    carol = seeded["carol"]
    key, of_bot, _ = (one["access_key"] for one in seeded["api_keys"])
    oncall, staff = (group["id"] for group in seeded["groups"])
    path = file(
        state(
            ("APIKey", key, {"userId": carol}),
            ("Group", oncall, {"name": "oncall", "userIds": [carol]}),
            ("GroupMembership", f"{staff}/user/{carol}", {"groupId": staff, "userId": carol}),
            ("SSHKey", seeded["backup"], {"publicKey": SSH_KEY}),
            ("Policy", "99999999-9999-4999-8999-999999999999", {"userId": carol.upper()}),
            ("Policy", "88888888-8888-4888-8888-888888888888", {"userId": seeded["dave"]}),
        )
    )
    expected = [
        HEAD,
        "# user:carol, ID: remove in this order",
        f"1. API key {key}: never expires; deleted with the user at the latest",
        f"   in {path}: {STACK}APIKey::it",
        "2. policy carol: an orphan without the user",
        "   pulumi-scw-iam delete policy ID",
        "3. membership in group oncall: the last member, so policy night will have no effect",
        f"   in {path}: {STACK}Group::it, property user_ids",
        "4. membership in group staff",
        f"   in {path}: {STACK}GroupMembership::it",
        "5. policy it: in a state only; a refresh shows what became of it",
        f"   in {path}: {STACK}Policy::it, property user_id",
        "6. user:carol",
        "   pulumi-scw-iam delete user ID",
        "# perhaps also, by its name; decide by hand",
        f'-  SSH key carol@laptop, {FINGERPRINT}: the name contains "carol"',
        "   pulumi-scw-iam delete ssh-key ID",
        f"-  SSH key backup, {FINGERPRINT}: the same key as carol@laptop",
        f"   in {path}: {STACK}SSHKey::it",
        f'-  API key {of_bot} of another bearer: the description contains "carol"',
        f"   pulumi-scw-iam delete api-key {of_bot}",
    ]
    for text in ("user:carol", "user:Carol.Jones@example.com", carol, carol.upper()):
        status, lines, errors = offboard(text, "--state", path)
        assert (status, lines, errors) == (3, expected, [])


def test_an_offboarded_principal_is_found_by_its_id_until_nothing_names_it(
    seeded: dict[str, Any], offboard: Run, file: Callable[..., str], iam: Iam
) -> None:
    carol = seeded["carol"]
    path = file(state(("Application", "a", {"name": carol})))
    other = file(state(("Application", "b", {"name": "ci"})), "other.json")
    iam.delete(f"/users/{carol}")
    assert offboard(carol, "--state", other) == (0, [HEAD, "# ID: nothing names it"], [])
    assert offboard(f"user:{carol}")[0] == 0
    assert offboard(carol, "--state", other, "--state", path) == (
        3,
        [
            HEAD,
            "# ID: remove in this order",
            "1. application it: in a state only; a refresh shows what became of it",
            f"   in {path}: {STACK}Application::it, property name",
        ],
        [],
    )
    error = 'user "carol" is not among the users of organization ID'
    assert offboard("user:carol") == (1, [], [f"pulumi-scw-iam: {error}"])


def test_an_application_and_the_owner(
    seeded: dict[str, Any], offboard: Run, emulator: Emulator
) -> None:
    key = seeded["api_keys"][1]["access_key"]
    assert offboard("application:carol-bot") == (
        3,
        [
            HEAD,
            "# application:carol-bot, ID: remove in this order",
            f"1. API key {key}: never expires; deleted with the application at the latest",
            f"   pulumi-scw-iam delete api-key {key}",
            "2. application:carol-bot",
            "   pulumi-scw-iam delete application ID",
        ],
        [],
    )
    key = emulator.access_key
    assert offboard("user:owner@example.com") == (
        3,
        [
            HEAD,
            "# user:owner@example.com, ID: remove in this order",
            f"1. API key {key}: never expires; deleted with the user at the latest",
            f"   pulumi-scw-iam delete api-key {key}",
            "2. user:owner@example.com: the owner of the organization, who cannot be deleted",
        ],
        [],
    )


def test_json_has_the_same_objects(
    seeded: dict[str, Any], offboard: Run, file: Callable[..., str]
) -> None:
    dave, staff = seeded["dave"], seeded["groups"][1]["id"]
    path = file(state(("Group", staff, {"name": "staff", "userIds": [dave]})))
    status, lines, _ = offboard(dave, "--json", "--state", path)
    assert status == 3
    assert json.loads("\n".join(lines)) == {
        "organization_id": "ID",
        "as_of": "TIME",
        "principal": {"id": "ID", "kind": "user", "name": "dave"},
        "items": [
            {
                "noun": "API key",
                "id": seeded["api_keys"][2]["access_key"],
                "title": f"API key {seeded['api_keys'][2]['access_key']}",
                "note": "never expires; deleted with the user at the latest",
                "command": f"pulumi-scw-iam delete api-key {seeded['api_keys'][2]['access_key']}",
                "resources": [],
            },
            {
                "noun": "membership",
                "id": "ID/user/ID",
                "title": "membership in group staff",
                "note": None,
                "command": None,
                "resources": [{"state": path, "urn": f"{STACK}Group::it", "property": "user_ids"}],
            },
            {
                "noun": "user",
                "id": "ID",
                "title": "user:dave",
                "note": None,
                "command": "pulumi-scw-iam delete user ID",
                "resources": [],
            },
        ],
        "hints": [],
        "not_read": [],
    }


def test_the_order_of_the_commands_can_be_followed(
    seeded: dict[str, Any], offboard: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    carol = seeded["carol"]
    main(["offboard", carol])
    lines = capsys.readouterr().out.splitlines()
    (end,) = (place for place, line in enumerate(lines) if line.startswith("# perhaps"))
    commands = [line.split()[1:] for line in lines[:end] if line.startswith("   pulumi-scw-iam ")]
    assert [command[1] for command in commands] == [
        *("api-key", "policy", "membership", "membership", "user")
    ]
    for command in commands:
        assert main([*command, "--yes"]) == 0
    assert offboard(carol) == (0, [HEAD, "# ID: nothing names it"], [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["group:staff"],
            "group:staff is a group; pass a user or an application, such as user:EMAIL",
        ),
        (
            ["carol"],
            '"carol" is not the id of a principal of organization ID; write user:EMAIL, user:USERNAME,'
            " application:NAME, group:NAME or an id",
        ),
        (
            ["user:caroll"],
            'user "caroll" is not among the users of organization ID; did you mean "carol"?',
        ),
        (["user:carol", "--state", "/none.json"], "/none.json: No such file or directory"),
        (
            ["user:carol", "--state", "-", "--state", "-"],
            "- is given more than once: stdin can be read only once",
        ),
    ],
)
def test_a_principal_that_cannot_be_searched_is_one_line(
    seeded: dict[str, Any], offboard: Run, arguments: list[str], message: str
) -> None:
    del seeded
    assert offboard(*arguments) == (1, [], [f"pulumi-scw-iam: {message}"])


def test_a_list_that_cannot_be_read_is_no_proof(
    offboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = ["IAMUserReadOnly", "IAMApplicationReadOnly"]
    policies = [{"name": "ci", "application": "ci", "rules": [{"permission_set_names": readers}]}]
    seed = {"applications": [{"name": "ci"}], "policies": policies}
    with Emulator(enforce=True) as enforcing:
        (key,) = enforcing.seed({**seed, "api_keys": [{"application": "ci"}]})["api_keys"]
        for name, value in enforcing.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SCW_ACCESS_KEY", key["access_key"])
        monkeypatch.setenv("SCW_SECRET_KEY", key["secret_key"])
        status, lines, errors = offboard("99999999-9999-4999-8999-999999999999")
    assert (status, lines) == (1, [HEAD, "# ID: nothing names it"])
    start = "pulumi-scw-iam: could not read the "
    nouns = [line.removeprefix(start).partition(":")[0] for line in errors]
    assert nouns == ["groups", "policies", "SSH keys"]


def test_names_are_escaped(offboard: Run, emulator: Emulator, iam: Iam) -> None:
    name = "eve\x1b[31m\u202e"
    (eve,) = emulator.seed({"users": [{"username": "eve", "email": "eve@example.com"}]})["users"]
    project = emulator.project_id
    iam.post("/ssh-keys", name=name, public_key=SSH_KEY, project_id=project)
    _, lines, _ = offboard(eve["id"])
    assert lines[5] == rf'-  SSH key "eve\u001b[31m\u202e", {FINGERPRINT}: the name contains "eve"'


def test_ssh_keys_that_cannot_be_read_are_a_warning(
    offboard: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [{"permission_set_names": ["IAMReadOnly"]}]
    policies = [{"name": "ci", "application": "ci", "rules": rules}]
    seed = {"applications": [{"name": "ci"}], "policies": policies}
    with Emulator(enforce=True) as enforcing:
        (key,) = enforcing.seed({**seed, "api_keys": [{"application": "ci"}]})["api_keys"]
        for name, value in enforcing.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SCW_ACCESS_KEY", key["access_key"])
        monkeypatch.setenv("SCW_SECRET_KEY", key["secret_key"])
        status, lines, (error,) = offboard("99999999-9999-4999-8999-999999999999")
    assert (status, lines) == (0, [HEAD, "# ID: nothing names it"])
    assert error.startswith("pulumi-scw-iam: could not read the SSH keys: ")
