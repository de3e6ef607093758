"""The real Pulumi engine with one stack: commands, steps, messages and state."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.kept import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
ENGINE = Path(os.environ.get("ENGINE") or ROOT / ".engine" / "bin")
"""The folder with the engine: the environment variable ENGINE, or .engine/bin."""
OURS = ("pulumi-python:", "scw-iam:")
"""Prefixes of the types of both fronts and of the examples."""
ENDED = "Resource monitor has terminated, shutting down"
"""The second error of a failed run: newer engines end the program, and the program reports its end."""


def snake(name: str) -> str:
    """Return the declared name of a property in the spelling of either front."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


@dataclass(frozen=True)
class Step:
    """One step of the engine, executed or planned: an operation on a resource."""

    op: str
    type: str
    name: str
    replaced_by: tuple[str, ...] = ()
    """The properties with a change that requires replacement."""


@dataclass
class Run:
    """The result of one command of the engine."""

    code: int
    output: str
    steps: list[Step] = field(default_factory=list)
    """The steps on the program's resources, in order, without the stack itself."""
    errors: list[str] = field(default_factory=list)
    """Error messages, without their resource."""
    warnings: list[str] = field(default_factory=list)
    """Warnings, without their resource."""
    infos: list[str] = field(default_factory=list)
    """Info messages, without their resource."""

    @property
    def changes(self) -> dict[str, int]:
        """The number of steps by operation: {"create": 2, "same": 1}."""
        return dict(Counter(step.op for step in self.steps))


def environment_in(home: Path, backend: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of commands on a local backend, without the settings of the developer."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SCW_")},
        "PATH": os.pathsep.join(
            [str(ENGINE), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "HOME": str(home),
        "PULUMI_HOME": str(home / "home"),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DEBUG_COMMANDS": "1",
        "NO_COLOR": "1",
        **environment,
    }


class Stack:
    """A project in a folder of its own, with one stack in a local backend, next to the folder.

    `front` is the front of the programs, "dynamic" or "native". The programs are the same for both.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        front: str = "dynamic",
        *,
        name: str = "test",
    ) -> None:
        self.folder = folder
        self.front = front
        self.name = name
        self.backend = folder.parent / "backend"
        self.backend.mkdir(
            exist_ok=True
        )  # shared by the projects of a test, with stacks of different names
        self.environment = environment_in(folder.parent, self.backend, environment)
        self.pulumi("stack", "init", name, "--non-interactive")

    def write(self, program: str) -> None:
        """Write the program. `iam` and `pulumi` are already imported."""
        module = {"dynamic": "pulumi_scw_iam", "native": "native_iam"}[self.front]
        header = f"import pulumi\nimport {module} as iam\n\n"
        (self.folder / "__main__.py").write_text(header + program)

    def write_yaml(self, program: str = "") -> None:
        """Make the project a YAML project with this program."""
        (self.folder / "__main__.py").unlink(missing_ok=True)
        (self.folder / "Pulumi.yaml").write_text(f"name: test\nruntime: yaml\n{program}")

    def pulumi(self, *arguments: str, ok: bool = True) -> Run:
        """Run a command of the CLI. Fails the test if the command fails, unless `ok` is False."""
        done = subprocess.run(
            ["pulumi", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        run = Run(done.returncode, done.stdout + done.stderr)
        if ok:
            assert run.code == 0, run.output
        else:
            assert run.code != 0, run.output
        return run

    def _operate(self, command: str, *arguments: str, ok: bool) -> Run:
        log = self.folder.parent / "events.json"
        log.unlink(missing_ok=True)
        run = self.pulumi(command, "--non-interactive", "--event-log", str(log), *arguments, ok=ok)
        for line in log.read_text().split("\n")[:-1]:
            add_event(run, json.loads(line))
        return run

    def up(self, program: str | None = None, *arguments: str, ok: bool = True) -> Run:
        if program is not None:
            self.write(program)
        return self._operate("up", "--yes", "--skip-preview", *arguments, ok=ok)

    def preview(
        self, program: str | None = None, *arguments: str, refresh: bool = False, ok: bool = True
    ) -> Run:
        if program is not None:
            self.write(program)
        return self._operate("preview", *arguments, *["--refresh"] * refresh, ok=ok)

    def refresh(self, *, ok: bool = True) -> Run:
        return self._operate("refresh", "--yes", "--skip-preview", ok=ok)

    def destroy(self, *arguments: str, ok: bool = True) -> Run:
        return self._operate("destroy", "--yes", "--skip-preview", *arguments, ok=ok)

    def state_text(self) -> str:
        """Return the state file."""
        (file,) = (self.backend / ".pulumi" / "stacks").glob(f"*/{self.name}.json")
        return file.read_text()

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the program's resources in the state by name: id, type, inputs and outputs."""
        deployment = json.loads(self.state_text())["checkpoint"]["latest"]
        return {
            resource["urn"].rsplit("::", 1)[1]: resource
            for resource in deployment.get("resources", [])
            if resource["type"].startswith(OURS)
        }

    def outputs_of(self, name: str) -> dict[str, Any]:
        """Return the outputs of one resource, with "[secret]" for each secret."""
        outputs: dict[str, Any] = self.resources()[name]["outputs"]
        return {
            snake(key): "[secret]" if isinstance(value, dict) and "ciphertext" in value else value
            for key, value in outputs.items()
        }

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, with secrets in clear."""
        run = self.pulumi("stack", "output", "--json", "--show-secrets")
        outputs: dict[str, Any] = json.loads(run.output)
        return outputs


def add_event(run: Run, event: dict[str, Any]) -> None:
    """Add one event of the engine's event log."""
    if step := event.get("resourcePreEvent"):
        metadata = step["metadata"]
        if metadata["type"].startswith(OURS):
            name = metadata["urn"].rsplit("::", 1)[1]
            keys = tuple(map(snake, metadata.get("keys") or ()))
            run.steps.append(Step(metadata["op"], metadata["type"].split(":")[-1], name, keys))
    elif diagnostic := event.get("diagnosticEvent"):
        severity, message = diagnostic["severity"], diagnostic["message"].strip()
        if severity == "error" and message != ENDED:
            run.errors.append(message)
        elif severity == "warning":
            run.warnings.append(message)
        elif severity.startswith("info"):
            run.infos.append(message)
