"""The packages in the plugin archives: one locked version of each, as wheels for each platform and Python.

`locks/` has a file for each platform: versions, and the SHA-256 of each wheel. `python -m tools.release lock` writes
them with the newest versions. A platform with fewer wheels has older versions.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import requires
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LOCKS", "PLATFORMS", "PYTHONS", "download", "lock"]

LOCKS = Path(__file__).parent / "locks"

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

PLATFORMS = {
    "darwin-amd64": ("macosx_12_0_x86_64",),
    "darwin-arm64": ("macosx_12_0_arm64",),
    "linux-amd64": tuple(f"manylinux{glibc}_x86_64" for glibc in ("_2_28", "_2_17", "2014")),
    "linux-arm64": tuple(f"manylinux{glibc}_aarch64" for glibc in ("_2_28", "_2_17", "2014")),
}
"""The engine's names of platforms, and the tags of the wheels for each."""

_LEFT_OUT = {"debugpy"}
"""Dependencies of the SDK that only serve debuggers of programs."""

_HEADER = (
    "# The packages in the plugin archive for {}. `python -m tools.release lock` writes this file."
)


def download(platform: str, python: str, into: Path) -> list[Path]:
    """Return the locked wheels for a platform and a Python. An earlier download is used again."""
    folder = into / f"{platform}-{python}"
    locked = LOCKS / f"{platform}.txt"
    stamp = folder / hashlib.sha256(locked.read_bytes()).hexdigest()
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _pip(
            *("download", "--quiet", "--no-deps", "--require-hashes", "--requirement", str(locked)),
            *("--dest", str(folder), *_target(platform, python)),
        )
        stamp.touch()
    return sorted(folder.glob("*.whl"))


def lock(platform: str) -> str:
    """Return a new lock for a platform, with the newest versions that have wheels for each Python."""
    ours = [Requirement(line) for line in requires("pulumi-scw-iam") or ()]
    wanted = [str(requirement) for requirement in ours if "extra" not in str(requirement.marker)]
    # The oldest Python has the fewest versions to choose from.
    chosen = {
        package["metadata"]["name"]: package["metadata"]["version"]
        for package in _report(wanted, platform, PYTHONS[0])
        if package["metadata"]["name"] not in _LEFT_OUT
    }
    hashes: dict[str, set[str]] = {name: set() for name in chosen}
    pinned = [f"{name}=={version}" for name, version in chosen.items()]
    for python in PYTHONS:
        for package in _report(["--no-deps", *pinned], platform, python):
            digest = package["download_info"]["archive_info"]["hashes"]["sha256"]
            hashes[package["metadata"]["name"]].add(digest)
    blocks = [
        " \\\n    ".join(
            [f"{name}=={version}", *(f"--hash=sha256:{h}" for h in sorted(hashes[name]))]
        )
        for name, version in sorted(chosen.items(), key=lambda pin: pin[0].lower())
    ]
    return "\n".join([_HEADER.format(platform), *blocks, ""])


def _target(platform: str, python: str) -> list[str]:
    tags = [f"--platform={tag}" for tag in PLATFORMS[platform]]
    return ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}", *tags]


def _report(arguments: Sequence[str], platform: str, python: str) -> list[dict[str, Any]]:
    """Return what pip would install: the metadata and the hash of each wheel."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        _pip(
            *("install", "--quiet", "--dry-run", "--ignore-installed", "--target", folder),
            *("--report", str(report), *_target(platform, python), *arguments),
        )
        found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["install"]
        return found


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)
