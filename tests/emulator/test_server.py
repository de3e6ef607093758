"""The emulator as a process, a context manager, a state file and a fixture."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.emulator import Emulator, Fault, StateFileError
from pulumi_scw_iam.emulator.http.api import NOT_IMPLEMENTED
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from tests.support.emulator_command import command, post_group
from tests.support.local_api import Clock, Iam, denied, not_found

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_tells_where_it_is_and_ends_cleanly_on_sigterm() -> None:
    with command() as (process, facts):
        assert list(facts) == ["url", "organization_id", "project_id", "access_key", "secret_key"]
        group = post_group(facts, "a")
        requests.get(
            f"{facts['url']}/iam/v1alpha1/groups/{group['id']}?a=b",
            headers={"X-Auth-Token": facts["secret_key"]},
            timeout=10,
        )
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")
    lines = [line.rsplit(" ", 1) for line in err.splitlines()]
    assert [line for line, _ in lines] == [
        "POST /iam/v1alpha1/groups 200",
        f"GET /iam/v1alpha1/groups/{group['id']} 200",
    ]
    assert all(time.endswith("ms") for _, time in lines)


def test_the_command_enforces_permissions_if_asked() -> None:
    with command("--enforce", "--grant-delay", "0.5") as (_, facts):
        url = f"{facts['url']}/iam/v1alpha1"
        headers = {"X-Auth-Token": facts["secret_key"]}
        body = {"name": "ci", "organization_id": facts["organization_id"]}
        answer = requests.post(f"{url}/applications", json=body, headers=headers, timeout=10)
        body = {"application_id": answer.json()["id"]}
        answer = requests.post(f"{url}/api-keys", json=body, headers=headers, timeout=10)
        headers["X-Auth-Token"] = answer.json()["secret_key"]
        answer = requests.get(f"{url}/groups", headers=headers, timeout=10)
        assert (answer.status_code, answer.json()) == denied("list", "group")


def test_a_killed_server_finds_everything_in_its_state_file(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with command("--state", str(state)) as (process, facts):
        kept, dropped = post_group(facts, "kept"), post_group(facts, "dropped")
        headers = {"X-Auth-Token": facts["secret_key"]}
        url = f"{facts['url']}/iam/v1alpha1/groups"
        requests.patch(
            f"{url}/{kept['id']}", json={"description": "é"}, headers=headers, timeout=10
        )
        requests.delete(f"{url}/{dropped['id']}", headers=headers, timeout=10)
        process.kill()
        process.wait()
    with Emulator(state=state) as emulator:
        again = {name: getattr(emulator, name) for name in facts if name != "url"}
        assert again == {name: value for name, value in facts.items() if name != "url"}
        iam = Iam(emulator, Clock())
        with iam.session:
            (group,) = iam.list("/groups")["groups"]
            assert group == {**kept, "description": "é", "updated_at": group["updated_at"]}
            assert iam.list("/logs")["total_count"] == 4
            assert iam.group("after")


def test_the_state_file_is_for_its_owner_alone_and_has_one_secret(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state) as emulator:
        iam = Iam(emulator, Clock())
        with iam.session:
            secret = iam.post("/api-keys", application_id=iam.application())["secret_key"]
            iam.create(
                "/users",
                member={"username": "al", "email": "a@example.com", "password": "Correct-horse-1"},
            )
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    text = state.read_bytes()
    assert emulator.secret_key.encode() in text
    assert secret.encode() not in text
    assert b"Correct-horse-1" not in text


def test_a_state_file_serves_one_emulator(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator(state=state), pytest.raises(StateFileError, match="locked"):
        Emulator(state=state)


def test_a_file_of_something_else_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE precious (x)")
    connection.close()
    before = other.read_bytes()
    assert main.main(["emulator", "--state", str(other)]) == 1
    assert capsys.readouterr() == (
        "",
        (f"pulumi-scw-iam: cannot start the emulator: {other}: not a state file of this version\n"),
    )
    assert other.read_bytes() == before


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main.main(["emulator", "--port", str(port)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pulumi-scw-iam: cannot start the emulator: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--quota", "groups=5"],
            (
                "pulumi-scw-iam: cannot start the emulator: unknown quotum 'groups'; use one of "
                "iam_api_keys, iam_applications, iam_groups, iam_policies, iam_ssh_keys, iam_users, "
                "projects"
            ),
        ),
        (
            ["--quota", "iam_groups"],
            (
                "pulumi-scw-iam emulator: error: argument --quota: 'iam_groups' must look like "
                "iam_groups=50"
            ),
        ),
        (
            ["--port", "70000"],
            "pulumi-scw-iam emulator: error: argument --port: '70000' is not a port; pass a number from 0 to 65535",
        ),
    ],
)
def test_a_bad_option_is_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    try:
        status: object = main.main(["emulator", *arguments])
    except SystemExit as end:
        status = end.code
    assert status in {1, 2}
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", line)


def test_without_the_extra_the_command_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "class NotInstalled:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'werkzeug':\n"
        "            raise ModuleNotFoundError('No module named werkzeug', name=name)\n"
        "sys.meta_path.insert(0, NotInstalled())\n"
        "import pulumi_scw_iam.pytest_plugin\n"
        "from pulumi_scw_iam.commands.main import main\n"
        "sys.exit(main(['emulator']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (
        1,
        "",
        "pulumi-scw-iam: cannot start the emulator: werkzeug is not installed;"
        " run pip install 'pulumi-scw-iam[emulator]'\n",
    )


def test_the_plugin_imports_no_emulator() -> None:
    program = (
        "import sys, pulumi_scw_iam.pytest_plugin\n"
        "print([name for name in sys.modules if 'emulator' in name or 'werkzeug' in name])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_the_fixture_is_there_for_any_test_suite_and_fresh_for_each_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import requests\n"
        "def check(iam):\n"
        "    url = f'{iam.url}/iam/v1alpha1/groups'\n"
        "    headers = {'X-Auth-Token': iam.environment['SCW_SECRET_KEY']}\n"
        "    body = {'name': 'a', 'organization_id': iam.organization_id}\n"
        "    assert requests.post(url, json=body, headers=headers, timeout=10).status_code == 200\n"
        "def test_one(iam_emulator): check(iam_emulator)\n"
        "def test_two(iam_emulator): check(iam_emulator)\n"
    )
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
            *("-p", "pulumi_scw_iam.pytest_plugin"),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


def test_the_environment_points_scaleways_tools_at_the_emulator() -> None:
    with Emulator() as emulator:
        assert emulator.environment == {
            "SCW_API_URL": emulator.url,
            "SCW_ACCESS_KEY": emulator.access_key,
            "SCW_SECRET_KEY": emulator.secret_key,
            "SCW_DEFAULT_ORGANIZATION_ID": emulator.organization_id,
            "SCW_DEFAULT_PROJECT_ID": emulator.project_id,
        }


def test_a_reset_leaves_nothing_behind() -> None:
    with Emulator() as emulator:
        before = emulator.environment
        iam = Iam(emulator, Clock())
        with iam.session:
            group_id = iam.group()
            emulator.reset()
            assert iam.call("GET", f"/groups/{group_id}").status == 401
        iam = Iam(emulator, Clock())
        with iam.session:
            assert iam.call("GET", f"/groups/{group_id}") == not_found("group", group_id)
        fresh = emulator.environment
        assert [name for name in before if before[name] == fresh[name]] == ["SCW_API_URL"]


def test_a_connection_takes_any_number_of_requests_with_and_without_a_body(iam: Iam) -> None:
    address = urlsplit(iam.emulator.url)
    assert address.hostname
    connection = HTTPConnection(address.hostname, address.port, timeout=10)
    headers = {"X-Auth-Token": iam.emulator.secret_key}
    connection.connect()
    first = connection.sock
    for body, expected in (("{}", 200), (None, 200), ("not read", 200), ("{}", 200)):
        connection.request("GET", "/iam/v1alpha1/groups", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == expected
    connection.request("GET", "/nonsense", "{}" * 100_000, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 501
    connection.request("GET", "/iam/v1alpha1/groups", None, headers)
    assert connection.getresponse().status == 200
    assert connection.sock is first
    connection.close()


def test_a_body_that_the_client_holds_back_is_asked_for(iam: Iam) -> None:
    address = urlsplit(iam.emulator.url)
    assert address.port
    body = json.dumps({"name": "held", "organization_id": iam.organization_id}).encode()
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(
            b"POST /iam/v1alpha1/groups HTTP/1.1\r\nExpect: 100-continue\r\n"
            + f"Content-Length: {len(body)}\r\n".encode()
            + f"X-Auth-Token: {iam.emulator.secret_key}\r\n\r\n".encode()
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert iam.list("/groups", name="held")["total_count"] == 1


def test_the_access_log_has_one_line_for_each_request_whatever_becomes_of_it() -> None:
    lines: list[str] = []
    lost = Fault(operation="list_users", lost="before")
    with Emulator(access_log=lines.append, faults=[lost]) as emulator:
        iam = Iam(emulator, Clock())
        with iam.session:
            assert iam.call("GET", "/groups%0AGET%20x%1B[2J?secret=y").status == 404
            with pytest.raises(requests.ConnectionError):
                iam.list("/users")
            assert iam.call("PUT", "/groups").status == 405
    assert [line.rsplit(" ", 1)[0] for line in lines] == [
        "GET /iam/v1alpha1/groups%0AGET%20x%1B%5B2J 404",
        "GET /iam/v1alpha1/users unanswered",
        "PUT /iam/v1alpha1/groups 405",
    ]


def test_many_clients_at_once_lose_no_write(iam: Iam) -> None:
    group_id = iam.group()

    def work(number: int) -> str:
        with requests.Session() as session:
            session.headers.update(iam.session.headers)
            client = Iam(iam.emulator, iam.clock)
            client.session = session
            user_id = client.user(f"user-{number}")
            while (
                client.call("POST", f"/groups/{group_id}/add-member", {"user_id": user_id}).status
                == 409
            ):
                pass
            return user_id

    with ThreadPoolExecutor(8) as pool:
        users = list(pool.map(work, range(40)))
    assert iam.get(f"/groups/{group_id}")["user_ids"] == sorted(users)


def test_a_failure_of_the_emulator_is_a_500_that_changes_nothing(
    iam: Iam, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    group_id = iam.group()
    broken = OPERATIONS["delete_group"]
    monkeypatch.setitem(
        OPERATIONS,
        "delete_group",
        replace(broken, run=lambda call: (broken.run(call), 1 / 0)[0]),
    )
    answer = iam.call("DELETE", f"/groups/{group_id}")
    assert answer == (500, {"message": "internal error", "type": "internal_error"})
    assert "ZeroDivisionError" in caplog.text
    assert iam.get(f"/groups/{group_id}")["id"] == group_id


def test_every_operation_of_the_api_is_served_or_declared_missing() -> None:
    others = 7 + 10 + 3  # projects, secrets with their versions, the Audit Trail
    assert len(OPERATIONS) + len(NOT_IMPLEMENTED) == 84 + others
    assert not OPERATIONS.keys() & NOT_IMPLEMENTED.keys()


def test_metadata_name_the_domain_without_a_key(iam: Iam) -> None:
    answer = requests.get(f"{iam.emulator.url}/metadata", timeout=10)
    expected = {"platform": "external", "partition": "scw", "domain": "scw.eu"}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert list(answer.json()) == list(expected)
    assert requests.post(f"{iam.emulator.url}/metadata", timeout=10).status_code == 501
