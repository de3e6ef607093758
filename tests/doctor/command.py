"""Support: run the commands `pulumi-scw-iam doctor` and `delete`; the expected lines."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from pulumi_scw_iam.api.user_agent import user_agent
from pulumi_scw_iam.commands.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator

FOUND = re.search(r"nonce=([0-9a-f]{8})", user_agent())
assert FOUND is not None
PROCESS = FOUND[1]
LOST_SECRET = "its secret cannot be read again; an imported object has no secret"
CLEAR_ANSWER = '  if Pulumi asks about a pending create, choose "clear": "import" loses the object'
UNRECORDED = (
    "objects without proof that pulumi-scw-iam created them, in none of the given states; check each"
    " before you delete it:"
)
OWNER = 'user "owner@example.com" OWNER, according to the Audit Trail'
"""The author of objects that the owner created; OWNER replaces the id."""
CLEAR = "after all findings are resolved, clear the pending creates:"
IN_PROGRAM = (
    "run the import in the folder of the program, after all deletions: it imports the objects that the"
    " program declares and no state has"
)
ADOPT = "import: pulumi-scw-iam adopt --program . --stack test"
IF_DECLARED = (
    "if a program with the Python classes declares it, import it with `pulumi-scw-iam adopt --program"
    " DIR --stack NAME`"
)
ALL_KNOWN = (
    "all objects created by pulumi-scw-iam, according to the IAM log since THEN, are in a state or"
    " deleted"
)
NO_STATE = (
    "no state was given: this report lists all objects created by pulumi-scw-iam, in use or not"
)
NOT_JSON = "not JSON; pass the output of `pulumi stack export`"


class Command:
    """Runs the commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def run(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        """Return the status, the lines on stdout, and the lines on stderr.

        THEN replaces the time of `--since`, OWNER the id of the owner.
        """
        self._capsys.readouterr()
        status = main(arguments)
        out, error = self._capsys.readouterr()
        out = re.sub(r"since [-:0-9T]+Z", "since THEN", out)
        return status, without_owner(out).splitlines(), error.splitlines()

    def doctor(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        return self.run("doctor", *arguments)

    def file(self, content: Any, name: str = "state.json") -> str:
        """Write a file to the folder of the test, and return the path."""
        path = self._folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)


def run_process(*arguments: str, **streams: Any) -> tuple[int, list[str], list[str]]:
    """Run the command in a separate process; return the status, stdout lines and stderr lines.

    OWNER replaces the id of the owner.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_scw_iam.commands", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **streams,
    )
    return done.returncode, without_owner(done.stdout).splitlines(), done.stderr.splitlines()


def without_owner(text: str) -> str:
    """Replace the owner's id in the lines of authors by OWNER."""
    return re.sub(r'(author: user "owner@example.com") [-0-9a-f]{36}', r"\1 OWNER", text)


def finding_lines(
    title: str, made_at: str, *lines: str, process: str | None = PROCESS, author: str = OWNER
) -> list[str]:
    """Return the expected lines for one finding."""
    by = f" by process {process}" if process else ""
    return [
        "",
        title,
        *([f"  created {made_at}{by}"] if made_at else []),
        f"  author: {author}",
        *(f"  {line}" for line in lines),
    ]


def group_lines(iam: IamClient, *names: str) -> list[str]:
    lines = []
    for group in iam.list_groups():
        if group["name"] in names:
            lines += finding_lines(
                f'group "{group["name"]}" {group["id"]}',
                group["created_at"],
                f"import: pulumi import scw-iam:index:Group {group['name']} {group['id']}",
                f"delete: pulumi-scw-iam delete group {group['id']}",
            )
    return lines


class Person(NamedTuple):
    """A user with an API key."""

    id: str
    secret_key: str


def person(emulator: Emulator, name: str) -> Person:
    """Create a user with an API key, outside this package and without events."""
    created = emulator.seed({"users": [member(name)], "api_keys": [{"user": name}]})
    return Person(created["users"][0]["id"], created["api_keys"][0]["secret_key"])


def create_as(
    agent: str, emulator: Emulator, path: str, secret_key: str = "", **body: Any
) -> dict[str, Any]:
    """Create an object with a User-Agent, as the owner or with another secret key."""
    response = requests.post(
        f"{emulator.url}/iam/v1alpha1/{path}",
        headers={"X-Auth-Token": secret_key or emulator.secret_key, "User-Agent": agent},
        json=body,
        timeout=30,
    )
    response.raise_for_status()
    created: dict[str, Any] = response.json()
    return created


def member(name: str) -> Any:
    return {"email": f"{name}@example.com", "username": name}


def rights(iam: IamClient, *permission_sets: str) -> dict[str, str]:
    """Create an API key with permission sets on the organization; return its environment variables."""
    application = iam.create_application(name="looker")
    if permission_sets:
        iam.create_policy(
            name="looks",
            application_id=application["id"],
            rules=[
                {"permission_set_names": [name], "organization_id": iam.default_organization_id}
                for name in permission_sets
            ],
        )
    key = iam.create_api_key(application_id=application["id"])
    assert key["secret_key"]
    return {"SCW_ACCESS_KEY": key["access_key"], "SCW_SECRET_KEY": key["secret_key"]}


def without_request(line: str) -> str:
    return re.sub(r"request [-0-9a-f]{36}", "request ID", line)
