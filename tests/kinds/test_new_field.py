"""A new field needs changes in three files. The test makes these changes in a copy of the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLACES = [
    # The declaration. Schema, checks and diffs are derived from it.
    ("kinds/application.py", "    tags: Tags = frozenset()\n", '    color: Description = ""\n'),
    # The keyword of the client's create and update, and the field of the response.
    (
        "api/types.py",
        '    """The keywords for an application."""\n\n',
        "    color: str | None\n",
    ),
    ("api/types.py", "    nb_api_keys: int\n", "    color: str\n"),
    # The local IAM API.
    (
        "emulator/schema/kinds.py",
        '        "nb_api_keys": SHOWN,\n',
        '        "color": written(DESCRIPTION),\n',
    ),
]

PROGRAM = """
import inspect, json

import pulumi_scw_iam as iam
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS

kind = KINDS["Application"]
with Emulator() as emulator:
    settings = Settings.resolve(environ=emulator.environment)
    core, client = ProviderCore(lambda: settings), IamClient(settings)
    base = {"name": "robot", "organization_id": emulator.organization_id}

    def checked(color, olds={}):
        return core.check(kind, olds, {**base, "color": color})

    (red, _), (blue, _), (_, failures) = checked("red"), checked("blue"), checked("x" * 201)
    app, state = core.create(kind, red)
    found = {
        "signature": "color" in inspect.signature(iam.Application).parameters,
        "check": [failure.path for failure in failures],
        "create": [state["color"], client.get_application(app)["color"]],
        "preview": core.preview(kind, app, state, blue)["color"],
        "diff": {name: change.value for name, change in core.diff(kind, app, state, blue).items()},
    }
    state = core.update(kind, app, state, blue)
    found["update"] = [state["color"], client.get_application(app)["color"]]
    client.update_application(app, color="green")
    state = core.read(kind, app, state)
    found["drift"] = [state["color"], *core.diff(kind, app, state, blue)]
    client.delete_application(app)

    # The response to a create is lost, the log may not be read, and another application differs in it alone.
    twin = IamClient(settings).create_application(name="robot", color="blue")["id"]
    emulator.faults.add(
        Fault(operation="list_logs", status=403),
        Fault(operation="create_application", lost="after", last=1),
    )
    mine = client.create_application(name="robot", color="red")
    found["recovered"] = [mine["id"] != twin, mine["color"], len([*client.list_applications()])]
print(json.dumps(found))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the repository with the new lines."""
    for name in ("pulumi_scw_iam", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "engine")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, before, line in PLACES:
        file = tmp_path / "pulumi_scw_iam" / name
        source = file.read_text()
        assert source.count(before) == 1, (name, before)
        file.write_text(source.replace(before, before + line))
    return tmp_path


def test_a_field_that_is_added_in_three_files_is_everywhere(copied: Path) -> None:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copied,
            env={**os.environ, "PYTHONPATH": str(copied)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-c", "from tools.generate import sdk; sdk.main(check=False)")
    assert json.loads(run("-c", PROGRAM)) == {
        "signature": True,
        "check": ["color"],
        "create": ["red", "red"],
        "preview": "blue",
        "diff": {"color": "update"},
        "update": ["blue", "blue"],
        "drift": ["green", "color"],
        "recovered": [True, "red", 2],
    }
