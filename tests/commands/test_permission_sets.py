"""The command `pulumi-scw-iam permission-sets`, in a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.common.permission_sets import (
    FILE_VARIABLE,
    PermissionSet,
    bundled,
    dumped,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator

COUNT = len(bundled().by_name)


class Command:
    """Runs the command without the user's environment variables and files."""

    def __init__(self, home: Path) -> None:
        self.own = home / "cache" / "pulumi-scw-iam" / "permission_sets.json"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name != FILE_VARIABLE and not name.startswith(("SCW_", "XDG_"))
        }
        self.environ = {**inherited, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def run(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        """Return the exit status, the lines on stdout, and the lines on stderr."""
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_scw_iam.commands", "permission-sets", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def today() -> str:
    return datetime.now(timezone.utc).date().isoformat()


def test_it_prints_the_catalogue(command: Command) -> None:
    status, lines, errors = command.run()
    assert (status, errors) == (0, [])
    assert lines[0] == f"# {COUNT} permission sets as of 2026-11-23, bundled with the package"
    assert [line.split(maxsplit=2) for line in lines[1:]] == [
        list(entry) for entry in bundled().by_name.values()
    ]
    status, lines, errors = command.run("--json")
    assert (status, errors) == (0, [])
    assert lines == dumped(bundled()).splitlines()


def test_a_refresh_writes_the_live_list_and_prints_what_has_changed(
    command: Command, iam_emulator: Emulator
) -> None:
    by_name = dict(bundled().by_name)
    added = by_name.pop("VPCReadOnly")
    by_name["Teleportation"] = PermissionSet("Teleportation", "projects", "Labs")
    by_name["IAMReadOnly"] = PermissionSet("IAMReadOnly", "projects", "IAM")
    old = replace(bundled(), by_name=by_name)
    write(old, command.own)
    assert command.run()[1][0] == (
        f"# {COUNT} permission sets as of {old.as_of}, from {command.own}"
    )

    command.environ |= iam_emulator.environment
    before = today()
    status, lines, errors = command.run("--refresh")
    assert (status, errors) == (0, [])
    facts = json.loads(command.own.read_text("utf-8"))
    assert facts["as_of"] in (before, today())
    assert lines == [
        f"added: {added.name} (projects)",
        "gone: Teleportation (projects)",
        "scope type: IAMReadOnly is organization, was projects",
        f"wrote {COUNT} permission sets as of {facts['as_of']} to {command.own}",
    ]
    assert {tuple(entry.values()) for entry in facts["permission_sets"]} == set(
        bundled().by_name.values()
    )
    assert facts["renames"] == bundled().renames
    assert facts["gone"] == sorted(bundled().gone)
    # The written file is now the catalogue, until the bundled catalogue is newer.
    assert command.run()[1][0] == (
        f"# {COUNT} permission sets as of {facts['as_of']}, from {command.own}"
    )
    assert command.run("--refresh")[1] == lines[-1:]


def test_a_refresh_can_write_elsewhere_and_tell_json(
    command: Command, iam_emulator: Emulator, tmp_path: Path
) -> None:
    command.environ |= iam_emulator.environment
    output = tmp_path / "here.json"
    status, lines, errors = command.run("--refresh", "--json", "--output", str(output))
    assert (status, errors) == (0, [])
    facts = json.loads("\n".join(lines))
    assert facts == {
        "file": str(output),
        "as_of": facts["as_of"],
        "added": [],
        "gone": [],
        "scope_type_changed": [],
    }
    assert output.read_text("utf-8") == dumped(replace(bundled(), as_of=facts["as_of"]))
    assert not command.own.exists()
    command.environ[FILE_VARIABLE] = str(output)
    assert command.run("--json")[1] == output.read_text("utf-8").splitlines()


def test_what_goes_wrong_is_one_line(
    command: Command, iam_emulator: Emulator, tmp_path: Path
) -> None:
    assert command.run("--output", "x") == (
        1,
        [],
        ["pulumi-scw-iam: --output is given without --refresh; pass both"],
    )
    profile = f"{tmp_path}/.config/scw/config.yaml, which does not exist"
    assert command.run("--refresh") == (
        1,
        [],
        [
            "pulumi-scw-iam: refresh the permission sets: there is no secret key; looked for"
            " scw-iam:secretKey in the configuration, SCW_SECRET_KEY in the environment, secret_key"
            f" in {profile}"
        ],
    )
    command.environ |= iam_emulator.environment
    assert command.run("--refresh", "--output", str(tmp_path)) == (
        1,
        [],
        [f"pulumi-scw-iam: cannot write {tmp_path}: Is a directory"],
    )
    command.environ["SCW_SECRET_KEY"] = "99999999-9999-4999-8999-999999999999"
    status, lines, (error,) = command.run("--refresh")
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: refresh the permission sets: ")
    assert error.endswith("; check the secret key")
    assert "99999999" not in error
    assert not command.own.exists()
