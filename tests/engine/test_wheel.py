"""The artifacts of a release: their files, and their use on a machine without a checkout."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.version import Version
from readme_renderer import markdown

from tests.support.artifacts import (
    Artifacts,
    Installed,
    artifacts_for,
    build,
    installed_from,
)
from tests.support.snippets import snippets
from tests.support.stack import ENGINE, ROOT, Stack
from tools.release.build import SUMS
from tools.release.version import CARRIERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.artifacts

ROBOT = """\
name: scw-iam-quickstart
runtime: yaml
resources: {robot: {type: scw-iam:Application}}
"""


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return artifacts_for(tmp_path_factory)


@pytest.fixture(scope="module")
def installed(artifacts: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed_from(artifacts, tmp_path_factory)


def tracked(*folders: str) -> set[str]:
    """Return the tracked files of folders. `pulumi_scw_iam/ci` is a link to `ci`."""
    command = ["git", "ls-files", "ci", *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = set(done.stdout.split()) - {"pulumi_scw_iam/ci"}
    return {f"pulumi_scw_iam/{name}" if name.startswith("ci/") else name for name in names}


def test_the_wheel_has_the_package_and_nothing_else(artifacts: Artifacts) -> None:
    with zipfile.ZipFile(artifacts.wheel) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
    information = "-".join(artifacts.wheel.name.split("-")[:2]) + ".dist-info"
    expected = tracked("pulumi_scw_iam") | {
        f"{information}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    assert sorted(names) == sorted(expected)
    # What other programs look for.
    assert expected >= {
        "pulumi_scw_iam/ci/github/action.yml",
        "pulumi_scw_iam/native/schema.json",
        "pulumi_scw_iam/plugin/PulumiPlugin.yaml",
        "pulumi_scw_iam/policy_pack/PulumiPolicy.yaml",
        "pulumi_scw_iam/pulumi-plugin.json",
        "pulumi_scw_iam/py.typed",
    }


def test_the_sdist_has_no_tests_and_no_tools(artifacts: Artifacts) -> None:
    """Tests and tools require a checkout with an editable installation and an engine."""
    with tarfile.open(artifacts.sdist) as sdist:
        files = [file for file in sdist if not file.isdir()]
    top = artifacts.sdist.name.removesuffix(".tar.gz")
    expected = tracked("pulumi_scw_iam", "docs", "examples") | {
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "PulumiPlugin.yaml",
        "README.md",
        "pyproject.toml",
        "tools/release/version.py",
        ".gitignore",
    }
    assert sorted(file.name for file in files) == sorted(f"{top}/{name}" for name in expected)
    assert all(file.isreg() for file in files)


def test_the_sdist_builds_the_same_wheel(artifacts: Artifacts, tmp_path: Path) -> None:
    with tarfile.open(artifacts.sdist) as sdist:
        time = next(iter(sdist)).mtime
        sdist.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(int(time))},
        check=True,
        capture_output=True,
    )
    (wheel,) = (source / "dist").iterdir()
    assert wheel.name == artifacts.wheel.name
    assert wheel.read_bytes() == artifacts.wheel.read_bytes()


def test_two_builds_are_equal_byte_for_byte(artifacts: Artifacts, tmp_path: Path) -> None:
    """Another folder, another time, another umask, another order of files and another locale."""
    clone = tmp_path / "another" / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
    dirty = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    first = artifacts
    if dirty:  # only commits are reproducible
        first = build(clone, tmp_path / "first")
    for file in clone.rglob("*"):
        if ".git" not in file.parts and not file.is_symlink():
            file.chmod(0o777 if file.is_dir() or file.stat().st_mode & 0o100 else 0o666)
            os.utime(file, (random.randrange(10**9),) * 2)
    before = os.umask(0o077)
    try:
        second = build(
            clone,
            tmp_path / "second",
            {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
        )
    finally:
        os.umask(before)
    hashes = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in second.folder.iterdir()
        if file.name != SUMS
    }
    for name, digest in hashes.items():
        assert (name, digest) == (
            name,
            hashlib.sha256((first.folder / name).read_bytes()).hexdigest(),
        )
    assert len(hashes) == 5


def test_every_file_has_its_hash(artifacts: Artifacts) -> None:
    lines = (artifacts.folder / SUMS).read_text().splitlines()
    assert lines == [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}"
        for file in sorted(artifacts.folder.iterdir())
        if file.name != SUMS
    ]


def test_the_package_index_takes_the_distributions(artifacts: Artifacts) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "twine",
            "--no-color",
            "check",
            "--strict",
            artifacts.wheel,
            artifacts.sdist,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


class Links(HTMLParser):
    """Collects the addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def test_the_links_of_the_rendered_readme_are_absolute(installed: Installed) -> None:
    text = installed.python(
        "from importlib.metadata import metadata; print(metadata('pulumi-scw-iam').get_payload())"
    )
    links = Links()
    links.feed(markdown.render(text) or "")
    assert len(links.found) > 20
    # The headings link to themselves.
    absolute = ("https://", "#user-content-")
    assert [link for link in links.found if not link.startswith(absolute)] == []


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


def test_all_installed_files_have_the_version_of_the_build(installed: Installed) -> None:
    folder = Path(installed.run("pulumi-scw-iam", "path", "plugin").strip()).parents[1]
    version = installed.artifacts.version
    for name, line in CARRIERS.items():
        assert line.format(version) in (folder / name).read_text().splitlines()
    assert installed.run("pulumi-scw-iam", "--version") == f"pulumi-scw-iam {version}\n"
    assert installed.run("pulumi-resource-scw-iam", "--version") == f"scw-iam {version}\n"


@pytest.fixture
def stack(installed: Installed, tmp_path: Path, iam_emulator: Emulator) -> Iterator[Stack]:
    """Copy examples/quickstart, to run with the installed wheel."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "quickstart", folder)
    yield Stack(folder, {**installed.environment, **iam_emulator.environment})
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.engine
def test_a_program_runs_from_the_wheel(stack: Stack) -> None:
    assert set(stack.up().changes) == {"create"}
    assert set(stack.up().changes) == {"same"}
    assert set(stack.destroy().changes) == {"delete"}


@pytest.mark.engine
def test_the_policy_pack_of_the_wheel_judges_a_program(installed: Installed, stack: Stack) -> None:
    pack = installed.run("pulumi-scw-iam", "path", "policy-pack").strip()
    stack.write('iam.Application("robot", description="Pushes images")')
    run = stack._operate("preview", "--policy-pack", pack, ok=True)
    assert "required-tags  (pulumi-python:dynamic/scw_iam:Application: robot)" in run.output


@pytest.mark.engine
def test_a_yaml_program_finds_the_executable_of_the_wheel(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text(ROBOT)
    assert stack.up().changes == {"create": 1}


@pytest.mark.engine
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


def test_an_sbom_names_every_package_of_its_archive(artifacts: Artifacts) -> None:
    sboms = {file: file.read_text() for file in artifacts.folder.glob("*.cdx.json")}
    for text in sboms.values():
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    with tarfile.open(artifacts.plugin) as archive:
        contained = {
            name.split("/")[2].removesuffix(".dist-info").lower().replace("_", "-")
            for name in archive.getnames()
            if ".dist-info/" in name
        }
    components = json.loads(sboms[Path(f"{artifacts.plugin}.cdx.json")])["components"]
    assert contained == {
        f"{component['name']}-{Version(component['version'])}".lower().replace("_", "-")
        for component in components
    }


@pytest.fixture
def stranger(artifacts: Artifacts, tmp_path: Path, iam_emulator: Emulator) -> Iterator[Stack]:
    """A YAML project of a user with an empty home folder, an engine, a Python, and the plugin archive."""
    folder = tmp_path / "project"
    folder.mkdir()
    first = next(part for part in snippets("docs/guide/native.md") if part.language == "yaml")
    (folder / "Pulumi.yaml").write_text(first.text)
    python = Path(sys.base_prefix) / "bin"
    stack = Stack(folder, iam_emulator.environment)
    # Nothing names a checkout or a virtual environment.
    stack.environment = {
        **{key: value for key, value in stack.environment.items() if key.startswith("PULUMI_")},
        **iam_emulator.environment,
        "PATH": os.pathsep.join([str(ENGINE), str(python), os.defpath]),
        "HOME": str(tmp_path / "empty"),
        # An attempt to install from a registry fails.
        "PIP_NO_INDEX": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
    }
    (tmp_path / "empty").mkdir()
    (folder / artifacts.plugin.name).symlink_to(artifacts.plugin)
    yield stack
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.engine
def test_a_yaml_program_runs_with_the_plugin_archive(artifacts: Artifacts, stranger: Stack) -> None:
    version, archive = artifacts.version, artifacts.plugin.name
    stranger.pulumi("plugin", "install", "resource", "scw-iam", version, "--file", archive)
    (listed,) = json.loads(stranger.pulumi("plugin", "ls", "--json").output)
    assert (listed["name"], listed["version"]) == ("scw-iam", version)
    assert set(stranger.up().changes) == {"create"}
    assert set(stranger.up().changes) == {"same"}
    assert stranger.outputs()["secretKey"]
    assert set(stranger.destroy().changes) == {"delete"}


def test_the_plugin_archive_works_with_each_python(artifacts: Artifacts, tmp_path: Path) -> None:
    """The Pythons on this machine that the archive supports, each without an environment of its own."""
    with tarfile.open(artifacts.plugin) as archive:
        archive.extractall(tmp_path / "plugin", filter="data")
    binary = "import grpc, google.protobuf, cryptography.x509, yaml; print(yaml.__with_libyaml__)"
    started = set()
    for version in ("3.10", "3.11", "3.12", "3.13", "3.14"):
        python = shutil.which(f"python{version}")
        probe = [python or "", "-I", "-c", "import sys; print(sys.base_prefix)"]
        if python is None or subprocess.run(probe, capture_output=True, check=False).returncode:
            continue
        done = subprocess.run(
            [python, "-I", "-S", tmp_path / "plugin" / "start.py", "--version"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == (f"scw-iam {artifacts.version}\n", "")
        tag = f"cp{version.replace('.', '')}"
        lib = [
            folder
            for folder in (tmp_path / "plugin/lib").iterdir()
            if tag in folder.name.split(".")
        ]
        imports = f"import sys; sys.path[:0] = {list(map(str, lib))}; {binary}"
        printed = subprocess.check_output([python, "-I", "-S", "-c", imports], text=True)
        assert printed == "True\n"
        started.add(version)
    assert started
