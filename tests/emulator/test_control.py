"""The control paths and the options of the command: both have the functions of the Python class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.emulator.http.control import ROUTES
from tests.support.emulator_command import command, post_group
from tests.support.local_api import Answer, Iam, invalid

if TYPE_CHECKING:
    from pathlib import Path


def control(iam: Iam, method: str, name: str, body: Any = None) -> Answer:
    headers = {"X-Auth-Token": iam.emulator.secret_key}
    url = f"{iam.emulator.url}/__emulator/{name}"
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    return Answer(answer.status_code, answer.json() if answer.content else None)


def test_the_paths_are_for_the_owner_alone(iam: Iam) -> None:
    key = iam.post("/api-keys", application_id=iam.application())
    before = iam.emulator.snapshot()
    for token in (key["secret_key"], "", "é"):
        for name, methods in ROUTES.items():
            for method in methods:
                answer = requests.request(
                    method,
                    f"{iam.emulator.url}/__emulator/{name}",
                    headers={"X-Auth-Token": token.encode()},
                    timeout=10,
                )
                assert (answer.status_code, answer.json()["type"]) == (401, "denied_authentication")
    assert iam.emulator.snapshot() == before


def test_faults_are_added_counted_and_cleared(iam: Iam) -> None:
    fault = {"operation": "list_groups", "status": 503}
    assert control(iam, "POST", "faults", [fault]) == Answer(204, None)
    assert iam.call("GET", "/groups").status == 503
    assert control(iam, "GET", "faults") == Answer(
        200, {"faults": [{**fault, "matched": 1, "struck": 1}]}
    )
    assert control(iam, "DELETE", "faults") == Answer(204, None)
    assert iam.call("GET", "/groups").status == 200


def test_faults_never_strike_the_paths_of_the_emulator(iam: Iam) -> None:
    control(iam, "POST", "faults", [{"status": 503}])
    assert control(iam, "DELETE", "faults").status == 204


def test_a_state_is_seeded_left_and_returned_to(iam: Iam) -> None:
    facts = iam.emulator.facts
    made = control(iam, "POST", "seed", {"users": 2, "groups": [{"name": "devs"}]}).body
    assert [group["name"] for group in made["groups"]] == ["devs"]
    info = {name: facts[name] for name in ("url", "organization_id", "project_id", "access_key")}
    assert control(iam, "GET", "info") == Answer(
        200, {**info, "objects": {**iam.emulator.counts(), "users": 3, "groups": 1}}
    )
    snapshot = control(iam, "GET", "snapshot").body
    fresh = control(iam, "POST", "reset").body
    assert fresh == iam.emulator.facts
    assert fresh["secret_key"] != facts["secret_key"]
    assert iam.emulator.counts()["groups"] == 0
    assert control(iam, "POST", "restore", snapshot) == Answer(200, facts)
    assert iam.get(f"/groups/{made['groups'][0]['id']}")["name"] == "devs"


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("faults", {}, "faults must be a list"),
        ("faults", [{"latncy": 1}], "[0]: latncy: unknown field; use one of operation,"),
        ("seed", {"groups": [{"name": ""}]}, "groups[0]: name: value length must be between"),
        ("seed", None, "a seed must be an object"),
        ("restore", {"format": 1}, "not a snapshot of this version"),
    ],
)
def test_what_makes_no_sense_is_a_400_that_changes_nothing(
    iam: Iam, name: str, body: Any, reason: str
) -> None:
    before = iam.emulator.snapshot()
    status, answer = control(iam, "POST", name, body)
    (problem,) = answer["details"]
    assert problem["help_message"].startswith(reason)
    expected = invalid(("body", "format", problem["help_message"]))
    assert (status, answer) == expected
    assert (iam.emulator.snapshot(), iam.emulator.faults.tally()) == (before, [])


def test_other_paths_and_methods_are_refused(iam: Iam) -> None:
    assert control(iam, "GET", "nonsense").status == 404
    assert control(iam, "PUT", "info").status == 405
    url = f"{iam.emulator.url}/__emulator/seed"
    for bad in (b"{", b"[" * 100_000, b"\xff"):
        answer = iam.session.post(url, data=bad, timeout=10)
        assert (answer.status_code, answer.json()["type"]) == (400, "invalid_arguments")


# The command


def test_the_command_seeds_an_empty_state_and_goes_wrong_as_told(tmp_path: Path) -> None:
    seed, faults, state = (tmp_path / name for name in ("seed.json", "faults.json", "state.db"))
    application = {"applications": [{"name": "ci"}], "api_keys": [{"application": "ci"}]}
    seed.write_text(json.dumps(application))
    faults.write_text(json.dumps([{"operation": "list_groups", "status": 503}]))
    options = ["--state", str(state), "--seed", str(seed), "--seed", "users=2,groups=3"]
    with command(*options, "--faults", str(faults)) as (_, facts):
        (key,) = facts["api_keys"]

        def get(path: str) -> requests.Response:
            return requests.get(
                f"{facts['url']}{path}",
                headers={"X-Auth-Token": key["secret_key"]},
                timeout=10,
            )

        assert get("/iam/v1alpha1/groups").status_code == 503
        users = get(f"/iam/v1alpha1/users?organization_id={facts['organization_id']}")
        assert users.json()["total_count"] == 3
    with command(*options) as (_, again):
        del facts["api_keys"]
        assert {**again, "url": ""} == {**facts, "url": ""}


def test_the_command_limits_the_rate_and_lets_lists_lag() -> None:
    with command("--rate-limit", "3", "--lag", "60", "--latency", "0.001") as (_, facts):
        group = post_group(facts, "devs")
        groups = f"{facts['url']}/iam/v1alpha1/groups"
        organization = f"organization_id={facts['organization_id']}"
        urls = [f"{groups}?{organization}", f"{groups}/{group['id']}", groups]
        headers = {"X-Auth-Token": facts["secret_key"]}
        answers = [requests.get(url, headers=headers, timeout=10) for url in urls]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].json() == {"groups": [], "total_count": 0}


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        (
            '[{"status": 1}]',
            ["--faults", "FILE"],
            "pulumi-scw-iam: cannot start the emulator: [0]: status: must be between 200 and 599",
        ),
        (
            "[",
            ["--faults", "FILE"],
            "pulumi-scw-iam emulator: error: argument --faults: FILE: is not JSON",
        ),
        (
            "",
            ["--seed", "MISSING"],
            "pulumi-scw-iam emulator: error: argument --seed: MISSING: No such file or directory",
        ),
        (
            "",
            ["--seed", "users=many"],
            (
                "pulumi-scw-iam emulator: error: argument --seed: 'users=many' must look like "
                "users=100,groups=20"
            ),
        ),
        (
            '{"groups": [{}]}',
            ["--seed", "FILE"],
            (
                "pulumi-scw-iam: cannot seed the emulator: groups[0]: name: value length must be "
                "between 1 and 64 runes, inclusive"
            ),
        ),
        (
            "",
            ["--latency", "-1"],
            "pulumi-scw-iam: cannot start the emulator: latency: must be between 0 and 3600",
        ),
    ],
)
def test_a_bad_option_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, options: list[str], line: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(content)
    try:
        status: object = main.main(
            ["emulator", *(str(file) if option == "FILE" else option for option in options)]
        )
    except SystemExit as end:
        status = end.code
    assert status in {1, 2}
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1].replace(str(file), "FILE")) == ("", line)
