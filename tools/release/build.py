"""Build all artifacts of a release into one folder."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.release import plugin_archive
from tools.release.archive import commit_time
from tools.release.sbom import sbom
from tools.release.version import ROOT, ReleaseError, build_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SUMS", "build", "distributions", "host"]

SUMS = "SHA256SUMS"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def host() -> str:
    """Return the engine's name of this platform."""
    machine = platform.machine()
    return f"{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"


def build(
    into: Path, platforms: Sequence[str], downloads: Path, *, sdks: bool = True
) -> list[Path]:
    """Build the artifacts, their SBOMs and SHA256SUMS; return their paths. The folder must be empty.

    `downloads` keeps the wheels of the plugin archives between builds. Without `sdks`, neither Go nor npm is
    needed.
    """
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise ReleaseError(f"{into} is not empty; remove its files, or name another folder")
    version, time = build_version(), commit_time(ROOT)
    wheel, sdist = distributions(into, time)
    built = [wheel, sdist, _write_sbom(wheel, [wheel], time, declared=True)]
    for name in platforms:
        wheels = plugin_archive.libraries(wheel, name, downloads)
        archive = plugin_archive.pack(into, version, name, wheels, time)
        built += [archive, _write_sbom(archive, list(wheels), time)]
    if sdks and importlib.util.find_spec("tools.release.sdks"):
        packed = importlib.import_module("tools.release.sdks")
        try:
            built += packed.pack(into, version)
        except packed.SdkError as error:
            raise ReleaseError(f"the SDKs cannot be packed: {error}") from None
    sums = into / SUMS
    lines = (
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(built)
    )
    sums.write_text("".join(lines), "utf-8")
    return [*built, sums]


def distributions(into: Path, time: int) -> tuple[Path, Path]:
    """Build the wheel and the sdist; return their paths."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(into)],
        cwd=ROOT,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(time)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ReleaseError(
            f"the distributions cannot be built: {done.stderr.strip().splitlines()[-1]}"
        )
    (wheel,), (sdist,) = into.glob("pulumi_scw_iam-*.whl"), into.glob("pulumi_scw_iam-*.tar.gz")
    return wheel, sdist


def _write_sbom(
    artifact: Path, wheels: Sequence[Path], time: int, *, declared: bool = False
) -> Path:
    target = artifact.with_name(f"{artifact.name}.cdx.json")
    target.write_text(sbom(artifact, wheels, time, declared=declared), "utf-8")
    return target
