"""Random organizations come under code on the real engine: no change is shown, and no call changes the organization."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.support.adopt_command import IMPORT, adopt, imports_of
from tests.support.drawn_organizations import drawn, emulator_of, large_group
from tests.support.stack import OURS, Stack

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Front
    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.engine

FUZZ_SEEDS = int(os.environ.get("FUZZ_SEEDS", "0"))
"""The number of random seeds from FUZZ_SEED; 0 selects a fixed seed for each front."""

FRONTS: tuple[Front, ...] = ("python", "native", "yaml")
CASES = [
    *((front, seed, 500) for seed, front in enumerate(FRONTS, start=1)),
    *((front, seed, 150) for seed, front in enumerate(FRONTS, start=4)),
]
"""Front, seed and number of objects."""
if FUZZ_SEEDS:
    SEEDS = Random(os.environ["FUZZ_SEED"]).sample(range(10**6), FUZZ_SEEDS)
    CASES = [(front, seed, 500) for front in FRONTS for seed in SEEDS]


@pytest.mark.parametrize(
    ("front", "seed", "size"),
    CASES,
    ids=lambda value: f"seed{value}" if value in range(7) else None,
)
def test_a_random_organization_comes_under_code(
    front: Front, seed: int, size: int, tmp_path: Path, sdks: Path
) -> None:
    log: list[str] = []
    with emulator_of(drawn(Random(str(seed)), size), access_log=log.append) as emulator:
        log.clear()
        comes_under_code(emulator, front, tmp_path, sdks)
    assert {line.split()[0] for line in log} == {"GET"}


def test_a_group_with_3000_members_comes_under_code(tmp_path: Path, sdks: Path) -> None:
    log: list[str] = []
    with emulator_of(large_group(3000), access_log=log.append) as emulator:
        log.clear()
        comes_under_code(emulator, "python", tmp_path, sdks, "--kind", "group")
    assert {line.split()[0] for line in log} == {"GET"}


def comes_under_code(
    emulator: Emulator, front: Front, folder: Path, sdks: Path, *options: str
) -> None:
    """Adopt the organization, import it into a new stack, and expect no change by a preview and a refresh."""
    project = folder / "project"
    done = adopt(project, "--front", front, *options, environment=emulator.environment)
    assert done.returncode == 0, done.stderr
    # The engine writes the state once: an import makes no call that a checkpoint could record.
    environment = {**emulator.environment, "PULUMI_SKIP_CHECKPOINTS": "1"}
    if front == "native":
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--target", folder / "sdk", sdks / "python"], check=True)
        environment["PYTHONPATH"] = str(folder / "sdk")
    imports = imports_of(project)
    stack = Stack(project, environment)
    if front == "yaml":
        # The command imports by itself, and compares the API, the stack and the program.
        done = adopt(project, "--stack", "test", *options, environment=stack.environment)
        assert "the API, the stack and the program agree" in done.stdout.splitlines(), done
        assert done.returncode == 0
    else:
        stack.pulumi(*IMPORT)
    state = json.loads(stack.state_text())["checkpoint"]["latest"]["resources"]
    ours = [resource for resource in state if resource["type"].startswith(OURS)]
    assert Counter(
        (resource["type"].split(":")[-1], resource["id"]) for resource in ours
    ) == Counter((one.kind, one.id) for one in imports)
    run = stack.preview(None, "--expect-no-changes")
    assert run.changes == {"same": len(imports)}
    assert run.errors == []
    refreshed = stack.refresh()
    assert refreshed.changes == {"refresh": len(imports)}
    after = json.loads(stack.state_text())["checkpoint"]["latest"]["resources"]
    assert without_times(after) == without_times(state)
    assert stack.preview(None, "--expect-no-changes").changes == {"same": len(imports)}


def without_times(resources: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the resources of a state without the times of the engine's own writes."""
    return [
        {name: value for name, value in resource.items() if name not in ("created", "modified")}
        for resource in resources
    ]
