"""A job of GitHub or GitLab: a recorded event, comments on loopback, and an engine that prints recorded output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.forge import TOKEN, Forge

__all__ = ["Job", "job"]

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"
STUB = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$KIT_TEST/calls"
env >>"$KIT_TEST/environment"
case "$*" in
  *--policy-pack*) cat "$KIT_TEST/guardrails"; exit "$(cat "$KIT_TEST/guardrails.code")" ;;
  *--json*) cat "$KIT_TEST/engine.json"; exit "$(cat "$KIT_TEST/engine.code")" ;;
  *) cat "$KIT_TEST/engine.text" ;;
esac
"""


@dataclass
class Job:
    """A job of GitHub or GitLab in a folder, with an engine that prints what the test sets."""

    forge: Forge
    folder: Path
    environment: dict[str, str]

    def run(self, script: str, **variables: str) -> tuple[int, str]:
        """Run a script of ci/: exit status and log."""
        return self._run(["bash", str(ROOT / "ci" / script)], variables)

    def call(self, commands: str, **variables: str) -> tuple[int, str]:
        """Run commands that use the library."""
        text = f'set -euo pipefail; . "{ROOT}/ci/forge.sh"; open_forge; {commands}'
        return self._run(["bash", "-c", text], variables)

    def _run(self, command: list[str], variables: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert TOKEN not in done.stdout
        return done.returncode, done.stdout

    def engine(self, recorded: str, code: int = 0, text: str = "") -> None:
        """Set the output of the engine: a recorded file, and a text without --json."""
        shutil.copy(RECORDED / f"{recorded}.json", self.folder / "engine.json")
        (self.folder / "engine.code").write_text(str(code))
        (self.folder / "engine.text").write_text(text)

    def event(self, recorded: str) -> None:
        """Set the event that started the job."""
        if recorded.startswith("gitlab"):
            self.environment |= json.loads((RECORDED / f"{recorded}.json").read_text())
        else:
            self.environment["GITHUB_EVENT_PATH"] = str(RECORDED / f"{recorded}.json")

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.forge.comments]

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


def job(name: str, folder: Path, forge: Forge) -> Job:
    """Return a job for a pull request, with a token."""
    tools = folder / "bin"
    tools.mkdir()
    (tools / "pulumi").write_text(STUB)
    (tools / "pulumi").chmod(0o755)
    kept = ("HOME", "LANG", "PULUMI_SCW_IAM_", "COVERAGE_")
    environment = {key: value for key, value in os.environ.items() if key.startswith(kept)}
    environment |= {
        "PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "KIT_TEST": str(folder),
        "ACCESS_TOKEN": TOKEN,
        "ACCESS_STACK": "dev",
        "ACCESS_RETRY_SECONDS": "0",
    }
    if name == "github":
        environment |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "acme/iam",
            "GITHUB_RUN_ID": "1658821493",
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }
    else:
        environment["CI_API_V4_URL"] = forge.url
    made = Job(forge, folder, environment)
    made.engine("plan")
    (folder / "guardrails").write_text("Policies:\n  key-expires\n")
    (folder / "guardrails.code").write_text("0")
    made.event("github-pull-request" if name == "github" else "gitlab-merge-request")
    return made
