"""The distributions: the wheel in an empty virtual environment, and the sdist."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam import __version__
from tests.support.stack import ENGINE, ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.engine

ROBOT = """\
name: scw-iam-quickstart
runtime: yaml
resources: {robot: {type: scw-iam:Application}}
"""


@dataclass(frozen=True)
class Installed:
    """The two distributions, and the virtual environment with the wheel."""

    folder: Path

    @property
    def wheel(self) -> Path:
        return next(self.folder.glob("*.whl"))

    @property
    def sdist(self) -> Path:
        return next(self.folder.glob("*.tar.gz"))

    @property
    def bin(self) -> Path:
        return self.folder / "venv" / "bin"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a user in the activated virtual environment."""
        return {
            "PATH": os.pathsep.join([str(self.bin), str(ENGINE), os.defpath]),
            "HOME": str(self.folder),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(self.folder),  # the wheel is in no registry
        }

    def run(self, *command: str) -> str:
        """Run a command in the virtual environment; return stdout. Fails on output to stderr."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        return done.stdout

    def python(self, code: str) -> str:
        return self.run("python", "-c", code)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the distributions and install the wheel, once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "installed"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
            subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
            found = Installed(folder)
            venv.create(folder / "venv", with_pip=True)
            subprocess.run(
                [found.bin / "pip", "install", "--quiet", f"{found.wheel}[emulator,policy]"],
                check=True,
                capture_output=True,
            )
            (folder / "ready").touch()
    return Installed(folder)


def files_of(installed: Installed) -> dict[str, set[str]]:
    """Return the names of the files in each distribution, below its top folder."""
    with zipfile.ZipFile(installed.wheel) as wheel, tarfile.open(installed.sdist) as sdist:
        return {
            "wheel": {name for name in wheel.namelist() if not name.endswith("/")},
            "sdist": {file.name.partition("/")[2] for file in sdist if not file.isdir()},
        }


def test_wheel_and_sdist_have_the_whole_package(installed: Installed) -> None:
    command = ["git", "ls-files", "pulumi_scw_iam", "ci"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = set(done.stdout.split()) - {"pulumi_scw_iam/ci"}  # a link to ci/
    whole = {f"pulumi_scw_iam/{name}" if name.startswith("ci/") else name for name in tracked}
    for files in files_of(installed).values():
        assert {name for name in files if name.startswith("pulumi_scw_iam/")} == whole


def test_the_sdist_has_no_tests_and_no_tools(installed: Installed) -> None:
    """Tests and tools require a checkout with an editable installation and an engine."""
    folders = {name.partition("/")[0] for name in files_of(installed)["sdist"]}
    assert folders == {
        "pulumi_scw_iam",
        "docs",
        "examples",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "PulumiPlugin.yaml",
        "README.md",
        "pyproject.toml",
        ".gitignore",
    }


def test_the_language_host_takes_the_package_for_no_resource_plugin(installed: Installed) -> None:
    """The official host reads this file for each distribution with a name in pulumi-*."""
    listed = json.loads(installed.run("python", "-m", "pip", "list", "-v", "--format", "json"))
    (ours,) = (entry for entry in listed if entry["name"] == "pulumi-scw-iam")
    read = Path(ours["location"], "pulumi_scw_iam", "pulumi-plugin.json").read_text()
    assert json.loads(read) == {"resource": False}


def test_nothing_is_installed_that_alpine_has_no_wheel_for(installed: Installed) -> None:
    listed = json.loads(installed.run("python", "-m", "pip", "list", "--format", "json"))
    assert not {"google-re2", "cel-python"} & {entry["name"] for entry in listed}


def test_what_is_read_at_run_time_is_installed(installed: Installed) -> None:
    printed = installed.python(
        "import json\n"
        "from pulumi_scw_iam.common import permission_sets\n"
        "from pulumi_scw_iam.common.cel import parser\n"
        "from pulumi_scw_iam.guardrails import GUARDRAILS\n"
        "from pulumi_scw_iam.native import plugin, protocol\n"
        "request = protocol.provider_pb2.GetSchemaRequest()\n"
        "schema = plugin.Plugin().GetSchema(request, None).schema\n"
        "print(json.dumps([json.loads(schema)['name'], len(permission_sets.bundled().by_name) > 200,\n"
        "  type(parser.parse('request.ip == \"1.2.3.4\"')).__name__, len(GUARDRAILS) > 40]))"
    )
    assert json.loads(printed) == ["scw-iam", True, "OperatorExpression", True]


@pytest.fixture
def stack(installed: Installed, tmp_path: Path, iam_emulator: Emulator) -> Iterator[Stack]:
    """Copy examples/quickstart, to run with the installed wheel."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "quickstart", folder)
    yield Stack(folder, {**installed.environment, **iam_emulator.environment})
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_a_program_runs_from_the_wheel(stack: Stack) -> None:
    assert set(stack.up().changes) == {"create"}
    assert set(stack.up().changes) == {"same"}
    assert set(stack.destroy().changes) == {"delete"}


def test_the_policy_pack_of_the_wheel_judges_a_program(installed: Installed, stack: Stack) -> None:
    pack = installed.run("pulumi-scw-iam", "path", "policy-pack").strip()
    stack.write('iam.Application("robot", description="Pushes images")')
    run = stack._operate("preview", "--policy-pack", pack, ok=True)
    assert "required-tags  (pulumi-python:dynamic/scw_iam:Application: robot)" in run.output


def test_a_yaml_program_finds_the_executable_of_the_wheel(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text(ROBOT)
    assert stack.up().changes == {"create": 1}


def test_a_copy_of_the_plugin_folder_is_a_package(installed: Installed, stack: Stack) -> None:
    """The documented steps: copy the folder, add the package, install again."""
    folder = stack.folder / "scw-iam-plugin"
    shutil.copytree(installed.run("pulumi-scw-iam", "path", "plugin").strip(), folder)
    (stack.folder / "Pulumi.yaml").write_text(ROBOT)
    stack.pulumi("package", "add", "./scw-iam-plugin")
    assert "packages:\n  scw-iam: ./scw-iam-plugin\n" in (stack.folder / "Pulumi.yaml").read_text()
    # The language host needs a python3 with the SDK. The plugin's executable is not on PATH.
    python = stack.folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {installed.bin}/python3 "$@"\n')
    python.chmod(0o755)
    stack.environment["PATH"] = os.pathsep.join([str(python.parent), str(ENGINE), os.defpath])
    stack.pulumi("install")
    assert stack.up().changes == {"create": 1}


@pytest.mark.parametrize(
    ("folder", "requirement"),
    [
        ("plugin", f"pulumi-scw-iam=={__version__}"),
        ("policy_pack", f"pulumi-scw-iam[policy]=={__version__}"),
    ],
)
def test_each_folder_asks_for_its_own_version(folder: str, requirement: str) -> None:
    requirements = ROOT / "pulumi_scw_iam" / folder / "requirements.txt"
    assert requirements.read_text() == f"{requirement}\n"
