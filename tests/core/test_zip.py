"""The package works from inside an archive, as in a zipapp."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pulumi_scw_iam.commands.main import all_commands

PACKAGE = Path(__file__).parents[2] / "pulumi_scw_iam"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "app.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in PACKAGE.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(PACKAGE.parent))
    return path


def run(archive: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a Python that finds the package in the archive first: status, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=archive.parent,
        env={**os.environ, "PYTHONPATH": str(archive)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_data_files_are_read_from_an_archive(archive: Path) -> None:
    code = """
import json
import pulumi_scw_iam
from pulumi_scw_iam.native import plugin, protocol
from pulumi_scw_iam.common import permission_sets
from pulumi_scw_iam import guardrails
from pulumi_scw_iam.emulator import Emulator

with Emulator() as emulator:
    schema = plugin.Plugin().GetSchema(protocol.provider_pb2.GetSchemaRequest(), None).schema
    sets = permission_sets.bundled().by_name
    print(json.dumps([pulumi_scw_iam.__file__, schema, len(sets), len(guardrails.GUARDRAILS), emulator.url]))
"""
    status, printed, complaint = run(archive, "-c", code)
    assert (status, complaint) == (0, "")
    place, schema, sets, rules, url = json.loads(printed)
    assert place == f"{archive}/pulumi_scw_iam/__init__.py"
    assert schema == (PACKAGE / "native" / "schema.json").read_text("utf-8")
    catalogue = json.loads((PACKAGE / "common" / "permission_sets.json").read_bytes())
    assert sets == len(catalogue["permission_sets"])
    assert rules > 0
    assert url.startswith("http://127.0.0.1:")


def test_a_program_imports_its_classes_from_an_archive(archive: Path) -> None:
    code = "import pulumi_scw_iam as iam; print(iam.Group.__module__, iam.get_group.__module__)"
    assert run(archive, "-c", code) == (
        0,
        "pulumi_scw_iam.sdk.resources pulumi_scw_iam.sdk.functions\n",
        "",
    )


def test_an_archive_has_no_folder_for_pulumi(archive: Path) -> None:
    assert run(archive, "-m", "pulumi_scw_iam.commands", "path", "plugin") == (
        1,
        "",
        "pulumi-scw-iam: the package is inside an archive: Pulumi cannot read folders of an archive;"
        " install the package with pip\n",
    )


def test_all_commands_are_found_in_an_archive(archive: Path) -> None:
    code = "from pulumi_scw_iam.commands.main import all_commands; print(*(c.name for c in all_commands()))"
    names = " ".join(command.name for command in all_commands())
    assert run(archive, "-c", code) == (0, f"{names}\n", "")
