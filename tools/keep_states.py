"""Write the states of a release, as test data for later releases.

    python tools/keep_states.py tests/engine/kept_states/2026-11-29

The folder has the date as its name, and one program for each front: `python-classes` and `plugin`.
For a new release, copy the programs of the last release and extend them. The script runs `up` on
each program in an organization of its own on the local IAM API. It writes the organization before
(`seeded.json`) and after (`organization.json`), the configuration of the stack, and the checkpoint.

The checkpoint is the engine's export without `sourcePosition` and `stackTrace`, since both contain
paths of the machine. Existing states are never overwritten.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi_scw_iam.emulator import Emulator
from tests.support.kept import FRONTS, SEED, objects_of
from tests.support.stack import Stack

CONFIGURATION = {"password": "correct-horse-battery-staple", "tag": "confidential"}
"""Secrets of the programs, encrypted in the configuration and in the checkpoint."""


def main(release: Path) -> int:
    """Write the states of both fronts; return 1 if states exist."""
    if existing := sorted(release.glob("*/checkpoint.json")):
        print(f"{existing[0]} exists; kept states are never overwritten", file=sys.stderr)
        return 1
    for name, front in FRONTS.items():
        keep(release / name, front)
    return 0


def keep(program: Path, front: str) -> None:
    """Run `up` on a program; write its state and its organization."""
    day = datetime.fromisoformat(program.parent.name).replace(tzinfo=timezone.utc)
    with (
        tempfile.TemporaryDirectory() as temporary,
        # Each run creates the same ids, if the engine keeps the order of the calls.
        Emulator(clock=lambda: day, dice=random.Random(1)) as api,
    ):
        (web,) = api.seed(SEED)["projects"]
        write(program.parent / "seeded.json", objects_of(api.snapshot()))
        folder = Path(temporary) / "project"
        shutil.copytree(program, folder)
        stack = Stack(folder, api.environment, front)
        stack.pulumi("config", "set", "web", web["id"])
        for name, value in CONFIGURATION.items():
            stack.pulumi("config", "set", "--secret", name, value)
        stack.up(None, "--parallel", "1")
        # The looked-up group got a member after its lookup.
        stack.up(None)
        shutil.copy(folder / "Pulumi.test.yaml", program)
        write(program / "organization.json", objects_of(api.snapshot()))
        checkpoint = json.loads(stack.pulumi("stack", "export").output)
        for resource in checkpoint["deployment"]["resources"]:
            resource.pop("sourcePosition", None)
            resource.pop("stackTrace", None)
        write(program / "checkpoint.json", checkpoint)


def write(path: Path, value: Any) -> None:
    """Write indented JSON."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
