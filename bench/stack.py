"""A stack on the real engine, in a folder of its own, with timed commands."""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.programs import write_dynamic, write_native
from bench.watched import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGINE", "OPERATIONS", "ROOT", "Stack", "Used", "commands_in", "surroundings"]

ROOT = Path(__file__).resolve().parent.parent
ENGINE = Path(os.environ.get("ENGINE") or ROOT / ".engine" / "bin")
"""The folder with the engine: the environment variable ENGINE, or .engine/bin."""
SHIM = "#!{python}\nimport sys\nsys.path.insert(0, {root!r})\nfrom bench import watched\nwatched.run({provider!r})\n"

OPERATIONS = {
    "create": ("up", "--skip-preview"),
    "second up": ("up", "--skip-preview"),
    "refresh": ("refresh", "--skip-preview"),
    "update of all": ("up", "--skip-preview"),
    "destroy": ("destroy", "--skip-preview"),
    "create with preview": ("up",),
    "destroy again": ("destroy", "--skip-preview"),
}
"""The operations on a stack, in this order, with the commands of the engine."""


@dataclass
class Used:
    """The resources that one command used."""

    seconds: float
    memory: float = 0.0
    """Peak memory of the largest provider process, in MB."""
    cpu: float = 0.0
    """Processor time of all provider processes, in seconds."""
    whole_cpu: float = 0.0
    """Processor time of the engine, the host of the program and the provider, in seconds."""
    processes: int = 0
    loaded: list[str] = field(default_factory=list)
    """Loaded modules that a provider must not load."""


def commands_in(folder: Path, *first: Path, engine: Path = ENGINE) -> dict[str, str]:
    """Return the environment of the engine's commands, with all files in `folder`."""
    path = (*first, engine, Path(sys.executable).parent, os.environ["PATH"])
    return {
        **surroundings(),
        "PATH": os.pathsep.join(map(str, path)),
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
    }


def surroundings() -> dict[str, str]:
    """Return the environment without credentials, and with compiled byte code."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SCW_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def children_cpu() -> float:
    """Return the processor time of all ended child processes and of their children, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Stack:
    """A stack with a program of `size` resources, in a local backend in `folder`.

    `front` is native or dynamic. `is_real` selects our provider instead of the one without any
    work. `engine` is the folder of the engine.
    """

    def __init__(
        self,
        folder: Path,
        front: str,
        size: int,
        environment: Mapping[str, str],
        *,
        is_real: bool,
        engine: Path = ENGINE,
    ) -> None:
        self._engine = engine
        self._front, self._size, self._is_real = front, size, is_real
        self._project = folder / "project"
        self._facts = folder / "facts"
        bin_folder = folder / "bin"
        for directory in (self._project, self._facts, bin_folder, folder / "backend"):
            directory.mkdir()
        provider = "host" if front == "dynamic" else "ours" if is_real else "nothing"
        # The shim is first on PATH. The dynamic host runs with the shim as its interpreter.
        shim = bin_folder / ("python-host" if front == "dynamic" else "pulumi-resource-scw-iam")
        shim.write_text(SHIM.format(python=sys.executable, root=str(ROOT), provider=provider))
        shim.chmod(0o755)
        self._environment = {
            **commands_in(folder, bin_folder, engine=engine),
            FOLDER: str(self._facts),
            **environment,
        }
        if front == "dynamic":
            self._environment["PULUMI_PYTHON_CMD"] = str(shim)
        self._write("first")
        self._pulumi("stack", "init", "bench")

    def run(self, operation: str) -> Used:
        """Run one of OPERATIONS."""
        if operation == "update of all":
            self._write("second")
        for old in self._facts.iterdir():
            old.unlink()
        before, started = children_cpu(), time.perf_counter()
        self._pulumi(*OPERATIONS[operation], "--yes", "--parallel", "32")
        used = Used(time.perf_counter() - started, whole_cpu=children_cpu() - before)
        for file in self._facts.iterdir():
            facts = json.loads(file.read_text())
            used.memory = max(used.memory, facts["memory"])
            used.cpu += facts["cpu"]
            used.processes += 1
            used.loaded += facts["loaded"]
        return used

    def _write(self, description: str) -> None:
        if self._front == "native":
            write_native(self._project, self._size, description)
        else:
            module = "pulumi_scw_iam" if self._is_real else "bench.nothing_dynamic"
            write_dynamic(self._project, self._size, description, module)

    def _pulumi(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(self._engine / "pulumi"), *arguments, "--non-interactive"],
            cwd=self._project,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-4000:], file=sys.stderr)  # noqa: T201
            raise SystemExit(f"`pulumi {' '.join(arguments)}` failed; its output is above")
