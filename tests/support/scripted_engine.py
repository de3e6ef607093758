"""A command `pulumi` with scripted responses, for the failures that a real engine does not have on demand."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """#!{python} -IS
import json, os, pathlib, sys

folder = pathlib.Path({folder!r})
words = [word for word in sys.argv[1:] if not word.startswith("-")]
script = json.loads((folder / "script.json").read_text())
calls = folder / "calls.jsonl"
content = "" if sys.stdin.isatty() else sys.stdin.read()
names = ("PULUMI_SKIP_CHECKPOINTS",)
environment = {{name: os.environ[name] for name in names if name in os.environ}}
with calls.open("a") as log:
    log.write(json.dumps([sys.argv[1:], content, environment]) + "\\n")
command = " ".join(words[:2]) if words[0] == "stack" and len(words) > 1 else words[0]
if "--show-name" in sys.argv:
    command = "stack"
answers = script[command]
count = sum(1 for line in calls.read_text().splitlines() if json.loads(line)[0][: len(command.split())] == command.split())
status, output, error = answers[min(count, len(answers)) - 1]
print(output, end="")
print(error, end="", file=sys.stderr)
sys.exit(status)
"""


class ScriptedEngine:
    """A folder for PATH with a `pulumi`, and a project.

    `responses` has the statuses and outputs of the calls of each command; the last is repeated.
    """

    def __init__(self, folder: Path, **responses: list[tuple[int, str, str]]) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        script = self.bin / "pulumi"
        script.write_text(_SCRIPT.format(python=sys.executable, folder=str(folder)))
        script.chmod(0o755)
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / "Pulumi.yaml").write_text("name: iam\nruntime: yaml\n")
        self.environ = {**os.environ, "PATH": str(self.bin)}
        self.set(version=[(0, "v3.259.0\n", "")], stack=[(0, "dev\n", "")])
        self.set(**responses)

    def set(self, **responses: list[tuple[int, str, str]]) -> None:
        """Replace the responses of commands; `stack_export` is `stack export`."""
        file = self.folder / "script.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        known |= {name.replace("_", " "): answers for name, answers in responses.items()}
        file.write_text(json.dumps(known))

    def calls(self, command: str) -> list[tuple[list[str], str, dict[str, str]]]:
        """Return the arguments, the stdin and the variables of the calls of a command."""
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        words = command.split()
        calls = [tuple(json.loads(line)) for line in lines]
        return [call for call in calls if call[0][: len(words)] == words]


def answer(value: Any) -> list[tuple[int, str, str]]:
    """Return the response with a JSON value."""
    return [(0, json.dumps(value), "")]
