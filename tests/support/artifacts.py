"""The files of a release, and the wheel in an empty virtual environment."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.stack import ENGINE, ROOT
from tools.release.build import host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

__all__ = ["Artifacts", "Installed", "artifacts_for", "build", "installed_from", "shared_folder"]


@dataclass(frozen=True)
class Artifacts:
    """A folder with all artifacts of one build."""

    folder: Path

    @property
    def wheel(self) -> Path:
        return self._one("pulumi_scw_iam-*.whl")

    @property
    def sdist(self) -> Path:
        return self._one("pulumi_scw_iam-*.tar.gz")

    @property
    def plugin(self) -> Path:
        """The plugin archive for this machine."""
        return self._one(f"pulumi-resource-scw-iam-v*-{host()}.tar.gz")

    @property
    def version(self) -> str:
        """The version of the plugin."""
        name = self.plugin.name
        return name.removeprefix("pulumi-resource-scw-iam-v").removesuffix(f"-{host()}.tar.gz")

    def _one(self, pattern: str) -> Path:
        (found,) = self.folder.glob(pattern)
        return found


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel."""

    artifacts: Artifacts
    folder: Path

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
            "PIP_FIND_LINKS": str(self.artifacts.folder),  # the wheel is in no registry
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


def build(root: Path, into: Path, environment: Mapping[str, str] | None = None) -> Artifacts:
    """Build the artifacts for this machine from a checkout, without the SDKs."""
    options = ["--into", str(into), "--platform", host(), "--no-sdks"]
    # All checkouts share the downloads.
    wheels = str(ROOT / "build" / "wheels")
    done = subprocess.run(
        [sys.executable, "-m", "tools.release", "build", *options, "--wheels", wheels],
        cwd=root,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Artifacts(into)


def artifacts_for(factory: pytest.TempPathFactory) -> Artifacts:
    """Return the artifacts in the folder ARTIFACTS, or build them once for all workers."""
    if given := os.environ.get("ARTIFACTS"):
        return Artifacts(Path(given).resolve())
    with shared_folder(factory, "artifacts") as folder:
        if not any(folder.iterdir()):
            build(ROOT, folder)
    return Artifacts(folder)


def installed_from(artifacts: Artifacts, factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel once for all workers."""
    with shared_folder(factory, "installed") as folder:
        found = Installed(artifacts, folder)
        if not any(folder.iterdir()):
            venv.create(folder / "venv", with_pip=True)
            subprocess.run(
                [found.bin / "pip", "install", "--quiet", f"{artifacts.wheel}[emulator,policy]"],
                check=True,
                capture_output=True,
            )
    return found


@contextmanager
def shared_folder(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """Context manager: lock a folder of all workers. A failure empties the folder."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder)
            raise
