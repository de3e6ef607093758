"""The Pulumi engine: the command `pulumi` in the folder of a program, for one stack."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pulumi_scw_iam.common.words import quoted, shown

__all__ = ["Engine", "EngineError", "import_command"]

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_TAKES_INPUTS = (3, 254, 0)
"""The first version with inputs and outputs in import files."""

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")

_MANY = 100
"""An import of more resources takes minutes if the engine writes the state after each one."""

_ONE_CHECKPOINT = {"PULUMI_SKIP_CHECKPOINTS": "1"}
"""The engine writes the state once, at the end of the import.

By default it writes the whole state after each resource: 13 s for 500 resources, 1 s with this setting. An
interrupted import then leaves the state as it was. An import creates nothing, so nothing is lost.
"""


_EVENTS = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
"""`--json` prints one event on each line."""


class EngineError(Exception):
    """A command of the engine failed. The message is one line."""

    def __init__(self, line: str, output: str = "") -> None:
        super().__init__(shown(line))
        self.output = output
        """The output of the command, of several lines; secrets are `[secret]`."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The engine for one stack of the program in a folder."""

    folder: Path
    stack: str
    """The name of the stack, without organization and project."""
    project: str
    version: tuple[int, int, int]
    executable: str
    full_name: str
    """The name of the stack, as the user spelled it."""
    terminal: TextIO | None = None
    """The stream for the output of an import; None to show the output of a failed import only."""
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(
        cls,
        folder: Path,
        stack: str | None = None,
        *,
        terminal: TextIO | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Engine:
        """Return the engine on PATH for a stack, or for the selected stack of the program.

        Raises EngineError without an engine, a project or a stack.
        """
        executable = shutil.which("pulumi", path=environ.get("PATH", ""))
        if executable is None:
            raise EngineError(
                "there is no `pulumi` on PATH; install it (https://www.pulumi.com/docs/install), and run again"
            )
        text = _run([executable, "version"], Path.cwd(), environ).stdout.strip()
        match = _VERSION.match(text)
        if match is None:
            raise EngineError(f"`pulumi version` printed {quoted(text)}, which is not a version")
        project = _project(folder)
        # A name of `organization/project/stack` ends with the name in URNs.
        selected = ["--stack", stack] if stack else []
        command = [executable, "stack", "--show-name", "--non-interactive", *selected]
        done = _run(command, folder, environ)
        if done.returncode != 0:
            which = f"stack {quoted(stack)}" if stack else "the selected stack"
            cure = f"pulumi stack init {shlex.quote(stack or 'NAME')}"
            raise EngineError(
                f"cannot open {which} of {folder}: {_last_line(done.stderr)}; create a stack with"
                f" `{cure}`, or pass --stack",
                done.stderr,
            )
        name = done.stdout.strip()
        return cls(
            folder=folder,
            stack=name.rpartition("/")[2],
            project=project,
            version=(int(match[1]), int(match[2]), int(match[3])),
            executable=executable,
            full_name=stack or name,
            terminal=terminal,
            environ=environ,
        )

    @property
    def takes_inputs(self) -> bool:
        """Whether import files may have inputs and outputs."""
        return self.version >= _TAKES_INPUTS

    def import_resources(self, document: Mapping[str, Any]) -> None:
        """Import the resources of an import file. The file goes through a pipe, not to the disk."""
        self._call(
            ["import", "--file", "/dev/stdin", *_IMPORT_OPTIONS],
            "import the resources",
            content=json.dumps(document),
            environment=_ONE_CHECKPOINT,
            streams=True,
        )

    def export(self) -> dict[str, Any]:
        """Return the state of the stack, with encrypted secrets."""
        done = self._call(["stack", "export"], "export the state")
        return _parsed(done, "export the state")

    def replace_state(self, export: Mapping[str, Any]) -> None:
        """Replace the state of the stack. Secrets in clear are encrypted.

        The engine verifies the new state first. The state goes through a pipe, not to the disk.
        """
        self._call(["stack", "import"], "import the state", content=json.dumps(export))

    def config(self) -> dict[str, dict[str, Any]]:
        """Return the configuration of the stack, with secrets in clear."""
        attempt = "read the configuration"
        done = self._call(["config", "--json", "--show-secrets"], attempt, hidden=True)
        return _parsed(done, attempt, hidden=True)

    def preview(self, *options: str) -> dict[str, Any]:
        """Return the steps of a preview, and its diagnostics. Refused inputs are diagnostics."""
        # The status is no success for refused inputs.
        done = self._execute(["preview", "--json", *options])
        return _parsed(done, "run `pulumi preview`")

    def events(self, command: str, *options: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a preview, or of another command that changes nothing.

        The steps of `--json` lack the changes that a refresh finds in resources of the Python classes.
        """
        done = self._execute([command, "--json", *options], environment=_EVENTS)
        is_whole = False
        # One event at a time: all events of a large stack need much memory.
        for line in io.StringIO(done.stdout):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict):
                is_whole |= "summaryEvent" in event or _is_error(event)
                yield event
        # Without a summary, the command ended early. An error event has the reason.
        if not is_whole:
            reason = _last_line(done.stderr or done.stdout)
            output = done.stdout + done.stderr
            raise EngineError(f"cannot run `pulumi {command}`: {reason}", output)

    def _call(
        self,
        arguments: list[str],
        attempt: str,
        *,
        content: str | None = None,
        environment: Mapping[str, str] | None = None,
        streams: bool = False,
        hidden: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        terminal = self.terminal if streams else None
        done = self._execute(arguments, content, environment, terminal)
        if done.returncode != 0:
            if terminal is not None:
                raise EngineError(f"cannot {attempt}: see the output of `pulumi`")
            raise _failed(done, attempt, hidden=hidden)
        return done

    def _execute(
        self,
        arguments: list[str],
        content: str | None = None,
        environment: Mapping[str, str] | None = None,
        terminal: TextIO | None = None,
    ) -> subprocess.CompletedProcess[str]:
        command = [self.executable, *arguments, "--stack", self.full_name, "--non-interactive"]
        return _run(
            command, self.folder, {**self.environ, **(environment or {})}, content, terminal
        )


_IMPORT_OPTIONS = ("--yes", "--skip-preview", "--protect=false", "--generate-code=false")
"""`--protect=false`: an adopted resource is like a resource that the program created.

The protection of `pulumi import` is not part of the program. The next `pulumi up` would remove it without a
word, so it would protect nobody. A program that wants it sets `protect`.
"""


def import_command(file: Path, stack: str | None = None, *, count: int = 0) -> str:
    """Return the command that imports a file of `count` resources, for the user to run."""
    variables = [f"{name}={value}" for name, value in _ONE_CHECKPOINT.items() if count > _MANY]
    selected = ["--stack", stack] if stack else []
    return shlex.join(
        [*variables, "pulumi", "import", "--file", str(file), *_IMPORT_OPTIONS, *selected]
    )


def _run(
    command: list[str],
    folder: Path,
    environ: Mapping[str, str],
    content: str | None = None,
    terminal: TextIO | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Without content, stdin is empty, so no question can wait for an answer."""
    given = {"input": content} if content is not None else {"stdin": subprocess.DEVNULL}
    try:
        return subprocess.run(  # noqa: S603 - the engine of the user's PATH, without a shell
            command,
            cwd=folder,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "NO_COLOR": "1"},
            stdout=terminal or subprocess.PIPE,
            stderr=terminal or subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
            **given,
        )
    except OSError as error:
        raise EngineError(f"cannot run `pulumi` in {folder}: {error.strerror}") from None


def _failed(
    done: subprocess.CompletedProcess[str], attempt: str, *, hidden: bool = False
) -> EngineError:
    """Return the error of a command. With `hidden`, its stdout has secrets in clear."""
    output = done.stderr if hidden else done.stdout + done.stderr
    return EngineError(f"cannot {attempt}: {_last_line(output)}", output)


def _parsed(
    done: subprocess.CompletedProcess[str], attempt: str, *, hidden: bool = False
) -> dict[str, Any]:
    """Return the JSON object on stdout. Raises EngineError if there is none."""
    try:
        parsed = json.loads(done.stdout)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise _failed(done, attempt, hidden=hidden)
    return parsed


def _is_error(event: Mapping[str, Any]) -> bool:
    return bool(event.get("diagnosticEvent", {}).get("severity") == "error")


def _last_line(output: str) -> str:
    """Return the last line of an error: the engine prints the reason at the end."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    line = (errors or lines or ["`pulumi` printed no reason"])[-1]
    return line.removeprefix("error:").strip().rstrip(".")


def _project(folder: Path) -> str:
    """Return the name of the project, from the project file in the folder or in a folder above."""
    import yaml  # noqa: PLC0415 - slow to load

    from pulumi_scw_iam.adopt.program.folder import LOADER  # noqa: PLC0415 - as above

    top = folder.resolve()
    for place in (top, *top.parents):
        for name in _PROJECT_FILES:
            file = place / name
            if not file.is_file():
                continue
            try:
                project = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
            except (OSError, UnicodeError, yaml.YAMLError):
                raise EngineError(f"{file}: cannot be read as YAML; correct it") from None
            found = project.get("name") if isinstance(project, dict) else None
            if not isinstance(found, str):
                raise EngineError(f"{file}: there is no name of the project; add `name: …`")
            return found
    raise EngineError(
        f"{folder}: there is no Pulumi.yaml here or in a folder above; pass the folder of the program"
    )
