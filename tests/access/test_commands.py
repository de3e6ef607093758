"""The command `pulumi-scw-iam access` and its subcommands, on the local IAM API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.snapshot import SCHEMA
from pulumi_scw_iam.emulator import Emulator
from tests.access.organization import ORGANIZATION, plain
from tests.support.snippets import snippets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.access.organization import Run
    from tests.support.local_api import Iam

PAGE = "docs/guide/access.md"
HEAD = "# as of TIME, from organization ID"
ALICE_ON_PROD = 'group devs, policy ops, rule 1, included in InstancesFullAccess, only if request.ip == "203.0.113.7"'


@pytest.fixture
def examples() -> dict[str, list[str]]:
    """The commands of the guide, with the lines that they print there."""
    found: dict[str, list[str]] = {}
    for snippet in snippets(PAGE):
        if snippet.language == "console":
            for part in plain(snippet.text).removeprefix("$ ").split("\n$ "):
                command, *lines = part.splitlines()
                found[command] = lines
    return found


def test_the_commands_of_access_md_print_what_the_page_shows(
    emulator: Emulator, run: Run, examples: dict[str, list[str]]
) -> None:
    del emulator
    assert len(examples) == 3
    for command, lines in examples.items():
        assert run(*command.split()[2:]) == (0, lines, []), command


def test_the_table_has_the_rules_of_one_principal_set_and_project(
    emulator: Emulator, run: Run
) -> None:
    del emulator
    row = (
        "user:alice  InstancesFullAccess  project prod  group devs, policy ops, rule 1"
        '  only if request.ip == "203.0.113.7"'
    )
    question = ("--principal", "user:alice@example.com", "--set", "InstancesReadOnly")
    assert run(*question, "--project", "prod") == (0, [HEAD, row], [])
    assert run(*question, "--project", "dev") == (0, [HEAD], [])
    assert run(*question[:2], "--project", "dev") == (
        0,
        [HEAD, "user:alice  ObjectStorageReadOnly  all projects  group devs, policy ops, rule 2"],
        [],
    )


def test_what_nobody_can_tell_is_a_line_with_its_reason(emulator: Emulator, run: Run) -> None:
    emulator.seed(
        {
            "policies": [
                {
                    "name": "k8s",
                    "application": "ci",
                    "rules": [{"permission_set_names": ["KubernetesFullAccess"]}],
                }
            ]
        }
    )
    masters = "KubernetesSystemMastersGroupAccess"
    reason = (
        f"the documentation does not say whether KubernetesFullAccess includes {masters}"
        " (policy k8s, rule 1)"
    )
    assert run("why", "application:ci", masters) == (
        1,
        [f"cannot tell whether application:ci has {masters}", f"  not certain: {reason}"],
        [],
    )
    owner = "user:owner@example.com  everything  the organization  the owner"
    line = f"application:ci  {masters}  cannot tell: {reason}"
    assert run("--set", masters) == (0, [HEAD, owner, line], [])
    buckets = "bucket policies of Object Storage also decide, and the IAM API does not show them"
    status, lines, _ = run("who", "ObjectStorageFullAccess")
    assert (status, lines[-1]) == (0, f"  not certain: {buckets}")
    assert run("why", "application:ci", "ObjectStorageFullAccess") == (
        1,
        [
            "cannot tell whether application:ci has ObjectStorageFullAccess",
            f"  not certain: {buckets}",
        ],
        [],
    )


def test_the_status_of_why_and_who_is_the_answer(iam: Iam, run: Run) -> None:
    assert run("why", "user:alice", "InstancesReadOnly", "prod") == (
        0,
        [f"user:alice has InstancesReadOnly on project prod through {ALICE_ON_PROD}"],
        [],
    )
    assert run("why", "user:alice", "InstancesReadOnly", "dev") == (
        3,
        ["user:alice does not have InstancesReadOnly on project dev"],
        [],
    )
    iam.post(f"/users/{_id(iam, 'users', 'alice')}/lock")
    assert run("why", "user:alice", "InstancesReadOnly", "prod") == (
        3,
        [
            "user:alice does not have InstancesReadOnly on project prod: the user is locked",
            "  after an unlock: user:alice has InstancesReadOnly on project prod through"
            f" {ALICE_ON_PROD}",
        ],
        [],
    )


def test_an_application_without_a_key_that_works_cannot_act(iam: Iam, run: Run) -> None:
    sentence = "application:ci has IPAMReadOnly on project prod through policy ci, rule 1"
    assert run("why", "application:ci", "IPAMReadOnly") == (0, [sentence], [])
    (key,) = iam.list("/api-keys", application_id=_id(iam, "applications", "ci"))["api_keys"]
    iam.delete(f"/api-keys/{key['access_key']}")
    note = "  the application has no API key that works, so it cannot act at present"
    assert run("why", "application:ci", "IPAMReadOnly") == (0, [sentence, note], [])
    row = "application:ci  IPAMReadOnly  project prod  policy ci, rule 1  no API key that works"
    assert run("--principal", "application:ci") == (0, [HEAD, row], [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["why", "user:carol", "IPAMReadOnly"],
            'user "carol" is not among the users of organization ID',
        ),
        (
            ["why", "carol", "IPAMReadOnly"],
            '"carol" is not the id of a principal of organization ID; write user:EMAIL, user:USERNAME,'
            " application:NAME, group:NAME or an id",
        ),
        (
            ["who", "InstanceFullAccess"],
            'permission set "InstanceFullAccess" is not in the API\'s list of TIME; did you mean'
            " InstancesFullAccess?",
        ),
        (
            ["who", "IPAMReadOnly", "test"],
            'project "test" is not among the projects of organization ID',
        ),
        (
            ["why", "application:twin", "IPAMReadOnly"],
            'application "twin" is the name of 2 applications; pass one of the ids ID and ID',
        ),
        (
            ["--state", "a", "--snapshot", "b"],
            "--state and --snapshot are both given; pass one of them",
        ),
        (["--snapshot", "/none.json"], "/none.json: No such file or directory"),
        (["--save", "/none/x.json"], "cannot write /none/x.json: No such file or directory"),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_line(
    emulator: Emulator, run: Run, arguments: list[str], message: str
) -> None:
    emulator.seed({"applications": [{"name": "twin"}, {"name": "twin"}]})
    assert run(*arguments) == (1, [], [f"pulumi-scw-iam: {message}"])


def test_a_list_that_cannot_be_read_makes_answers_uncertain(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = ["IAMUserReadOnly", "IAMApplicationReadOnly"]
    seed = {
        **ORGANIZATION,
        "policies": [
            {"name": "ci", "application": "ci", "rules": [{"permission_set_names": readers}]}
        ],
    }
    with Emulator(enforce=True) as enforcing:
        (key,) = enforcing.seed(seed)["api_keys"]
        for name, value in enforcing.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SCW_ACCESS_KEY", key["access_key"])
        monkeypatch.setenv("SCW_SECRET_KEY", key["secret_key"])
        status, lines, errors = run("why", "user:alice", "IPAMReadOnly")
    assert status == 1
    assert lines[0] == "cannot tell whether user:alice has IPAMReadOnly"
    assert lines[1].startswith("  not certain: could not read the policies: ")
    start = "pulumi-scw-iam: could not read the "
    nouns = [line.removeprefix(start).partition(":")[0] for line in errors]
    assert nouns == ["groups", "policies", "projects", "permission sets"]


def test_a_snapshot_gives_the_same_table_and_the_same_snapshot(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    first, second = (str(tmp_path / name) for name in ("a.json", "b.json"))
    status, lines, _ = run("--save", first)
    assert status == 0
    saved = json.loads((tmp_path / "a.json").read_text())
    assert list(saved)[:2] == ["schema", "as_of"]
    assert saved["schema"] == SCHEMA
    assert run("--snapshot", first, "--save", second) == (
        0,
        [f"# as of TIME, from {first}", *lines[1:]],
        [],
    )
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert emulator.secret_key not in (tmp_path / "a.json").read_text()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not JSON; pass a file of `pulumi-scw-iam access --save`"),
        ([], "not a snapshot; pass a file of `pulumi-scw-iam access --save`"),
        (
            {"schema": "pulumi-scw-iam/access/9"},
            "the version of the snapshot is not supported; save it again, or update pulumi-scw-iam",
        ),
        ({"schema": SCHEMA}, "the snapshot is damaged; save it again"),
        (
            {"schema": SCHEMA, "as_of": "2030-01-01T00:00:00Z", "users": [{"id": 1}]},
            "the snapshot is damaged: 1 has the wrong type; save it again",
        ),
        (
            {"schema": SCHEMA, "as_of": "2030-01-01T00:00:00Z", "planets": []},
            "the snapshot is damaged: unknown field planets; save it again",
        ),
        (
            {"schema": SCHEMA, "as_of": "2030-01-01T00:00:00Z", "users": [{}]},
            "the snapshot is damaged; save it again",
        ),
    ],
)
def test_a_file_that_is_no_snapshot_is_refused(
    run: Run, file: Callable[..., str], content: Any, reason: str
) -> None:
    path = file(content)
    assert run("--snapshot", path) == (1, [], [f"pulumi-scw-iam: {path}: {reason}"])


def test_names_are_escaped(run: Run, file: Callable[..., str]) -> None:
    content = {
        "schema": SCHEMA,
        "as_of": "2030-01-01T00:00:00Z",
        "users": [{"id": "u", "username": "a\x1b[31m|\u202e", "type": "member"}],
        "policies": [
            {
                "id": "p",
                "name": "x\ny",
                "user_id": "u",
                "rules": [{"permission_sets": ["IPAMReadOnly"], "condition": "1 ==\n1"}],
            }
        ],
    }
    assert run("--snapshot", file(content), "who", "IPAMReadOnly") == (
        0,
        [
            r'user:"a\u001b[31m|\u202e" has IPAMReadOnly on all projects through policy "x\ny", rule 1,'
            r" only if 1 ==\u000a1"
        ],
        [],
    )


def test_json_has_paths_verdicts_and_doubts(
    emulator: Emulator, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    del emulator
    _, lines, _ = run("--json", "why", "application:ci", "IPAMReadOnly", "prod")
    answer = json.loads("\n".join(lines))
    assert answer == {
        "principal": {"kind": "application", "id": "ID", "name": "ci"},
        "permission_set": "IPAMReadOnly",
        "project_id": "ID",
        "verdict": "yes",
        "is_locked": False,
        "paths": [
            {
                "principal": {"kind": "application", "id": "ID", "name": "ci"},
                "permission_sets": ["IPAMReadOnly"],
                "scope": [{"id": "ID", "name": "prod"}],
                "condition": None,
                "is_owner": False,
                "group": None,
                "policy": {"id": "ID", "name": "ci", "managed": False},
                "rule": 1,
                "not_known_yet": [],
                "leads_to_any_right": [],
            }
        ],
        "doubts": [],
        "escalation": [],
    }
    _, lines, _ = run("--json")
    table = json.loads("\n".join(lines))
    assert [grant["rule"] for grant in table["grants"]] == [1, 2, 1, None, 1, 1, 2]
    assert table["grants"][2]["leads_to_any_right"] == ["IAMUserManager"]
    assert table["orphan_policies"] == [{"id": "ID", "name": "old"}]
    assert (table["open"], table["not_read"], table["is_partial"]) == ([], [], False)
    _, lines, _ = run("who", "IPAMReadOnly", "--json")
    verdicts = [answer["verdict"] for answer in json.loads("\n".join(lines))]
    assert verdicts == ["no", "yes", "yes"]
    assert capsys.readouterr().err == ""


def _id(iam: Iam, noun: str, name: str) -> str:
    """Return the id of an object by its name."""
    items = iam.list(f"/{noun}")[noun]
    (found,) = (item["id"] for item in items if name in (item.get("name"), item.get("username")))
    return str(found)
