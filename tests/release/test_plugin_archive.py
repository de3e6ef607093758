"""The plugin archive: its locked packages, its files and its start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.release import plugin_archive
from tools.release.wheels import LOCKS, PLATFORMS, PYTHONS

FILES = Path(plugin_archive.__file__).parent / "plugin"
TAG = f"cp{sys.version_info[0]}{sys.version_info[1]}"


def locked(platform: str) -> dict[str, str]:
    text = (LOCKS / f"{platform}.txt").read_text()
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^(\S+)==(\S+) \\$", text, re.MULTILINE)
    }


def test_each_platform_has_a_lock_of_every_package_with_hashes() -> None:
    assert {file.stem for file in LOCKS.iterdir()} == set(PLATFORMS)
    (names,) = {frozenset(locked(platform)) for platform in PLATFORMS}
    assert {"grpcio", "protobuf", "pulumi"} < names
    for platform in PLATFORMS:
        blocks = (LOCKS / f"{platform}.txt").read_text().split("\n", 1)[1]
        pattern = r"(\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n)+"
        assert re.fullmatch(pattern, blocks)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_lock_has_versions_that_the_package_accepts(platform: str) -> None:
    pins = locked(platform)
    for requirement in map(Requirement, requires("pulumi-scw-iam") or ()):
        if requirement.marker is None:
            assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_archives_are_for_the_pythons_of_the_package() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    classifiers = re.findall(r"Python :: (3\.\d+)\"", pyproject)
    assert tuple(classifiers) == PYTHONS


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    path = folder / f"{name}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Pack an archive with a small plugin for the running Python only."""
    wheels = {
        wheel(tmp_path, "ours", {
            "pulumi_scw_iam/__init__.py": "",
            "pulumi_scw_iam/native/__init__.py": "",
            "pulumi_scw_iam/native/server.py": (
                "import os, sys\nfrom binary import place\n"
                "def main(): print(place, sys.argv[1:], 'site' in sys.modules, sys.flags.isolated)\n"
            ),
        }): [TAG, "cp399"],
        wheel(tmp_path, "data", {
            "binary-1.data/platlib/binary.py": "place = __file__.rsplit('/', 2)[1]",
            "binary-1.data/scripts/binary": "#!python",
        }): [TAG],
    }  # fmt: skip
    return plugin_archive.pack(tmp_path, "1.2.3", "linux-amd64", wheels, 0)


def test_the_archive_has_the_name_and_the_files_that_the_engine_expects(archive: Path) -> None:
    assert archive.name == "pulumi-resource-scw-iam-v1.2.3-linux-amd64.tar.gz"
    with tarfile.open(archive) as files:
        modes = {file.name: file.mode for file in files}
    # With a PulumiPlugin.yaml, the engine would install dependencies from the network.
    assert modes == {
        "pulumi-resource-scw-iam": 0o755,
        "start.py": 0o644,
        f"lib/{TAG}.cp399/pulumi_scw_iam/__init__.py": 0o644,
        f"lib/{TAG}.cp399/pulumi_scw_iam/native/__init__.py": 0o644,
        f"lib/{TAG}.cp399/pulumi_scw_iam/native/server.py": 0o644,
        f"lib/{TAG}/binary.py": 0o644,
    }


def start(archive: Path, path: str, **environment: str) -> tuple[int, str, str]:
    with tarfile.open(archive) as files:
        files.extractall(archive.parent / "plugin", filter="data")
    done = subprocess.run(
        [archive.parent / "plugin" / "pulumi-resource-scw-iam", "127.0.0.1:1", "a b"],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_plugin_sees_only_the_libraries_of_its_archive(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_text("raise SystemExit('the wrong module')")
    bin_folder = str(Path(sys.executable).parent)
    result = start(archive, f"{bin_folder}:{os.defpath}", PYTHONPATH=str(tmp_path))
    assert result == (0, f"{TAG} ['127.0.0.1:1', 'a b'] False 1\n", "")


def folder_with(tmp_path: Path, **programs: str) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in programs.items():
        (folder / name.replace("_", ".")).write_text(text)
        (folder / name.replace("_", ".")).chmod(0o755)
    return folder


def test_another_python_on_path_is_used_if_the_first_has_no_libraries(
    archive: Path, tmp_path: Path
) -> None:
    # Like a Python 3.9, and like a shim of a version manager for a version that is not installed.
    old = (
        f'#!/bin/sh\nshift 2\nexec {sys.executable} -I -S -c "import runpy, sys;'
        ' sys.version_info = (3, 9); sys.argv[:1] = []; runpy.run_path(sys.argv[0])" "$@"\n'
    )
    new = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    name = f"python3_{sys.version_info[1]}"
    folder = folder_with(
        tmp_path,
        python3=old,
        python3_99="#!/bin/sh\necho no such version >&2\nexit 127\n",
        **{name: new},
    )
    assert start(archive, str(folder)) == (0, f"{TAG} ['127.0.0.1:1', 'a b'] False 1\n", "")
    (folder / name.replace("_", ".")).unlink()
    code, printed, complaint = start(archive, str(folder))
    assert (code, printed) == (1, "")
    assert complaint == (
        f"pulumi-resource-scw-iam: {sys.executable} is Python 3.9, and PATH has no Python 3.10 to 3.14;"
        " install one of them\n"
    )


def test_without_a_python_one_line_says_what_to_install(archive: Path, tmp_path: Path) -> None:
    assert start(archive, str(tmp_path)) == (
        1,
        "",
        "pulumi-resource-scw-iam: no Python on PATH; install Python 3.10 or newer\n",
    )


def test_libraries_that_cannot_be_loaded_are_one_line(archive: Path, tmp_path: Path) -> None:
    """As on a system with another C library than that of the wheels."""
    start(archive, os.defpath)
    (tmp_path / "plugin" / "lib" / TAG / "binary.py").unlink()
    bin_folder = str(Path(sys.executable).parent)
    done = subprocess.run(
        [tmp_path / "plugin" / "pulumi-resource-scw-iam"],
        env={"PATH": bin_folder},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        1,
        f"pulumi-resource-scw-iam: the libraries for {TAG} cannot be loaded in {bin_folder}/python3:"
        " No module named 'binary'; on such a system, install the plugin with `pip install pulumi-scw-iam`\n",
    )


def test_two_wheels_with_the_same_file_are_refused(tmp_path: Path) -> None:
    wheels = {wheel(tmp_path, name, {"six.py": name}): ["cp312"] for name in ("one", "two")}
    with pytest.raises(ValueError, match=r"^lib/cp312/six\.py is in two wheels$"):
        plugin_archive.pack(tmp_path, "1.2.3", "linux-amd64", wheels, 0)
