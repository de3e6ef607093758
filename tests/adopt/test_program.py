"""Programs that `adopt` writes: how they read, what they declare, and what a second run adds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adopt.accepted import PROGRAMS
from tests.adopt.organization import CASES, FRONTS
from tests.adopt.reader import assert_declares

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Front

ROOT = Path(__file__).parents[2]
EACH_FRONT = pytest.mark.parametrize("front", FRONTS)
EACH_CASE = pytest.mark.parametrize("case", CASES)


@EACH_CASE
@EACH_FRONT
def test_programs_read_as_accepted(front: Front, case: str) -> None:
    """`python -m tests.adopt.accepted` writes the accepted programs."""
    folder = PROGRAMS / front / case
    accepted = {path.name: path.read_bytes().decode() for path in folder.iterdir()}
    assert CASES[case]().program(front, project=case).files == accepted


@EACH_CASE
@EACH_FRONT
def test_programs_declare_exactly_the_arguments(front: Front, case: str) -> None:
    world = CASES[case]()
    assert_declares(world, front, world.program(front).files)


@EACH_CASE
@EACH_FRONT
def test_the_order_of_the_objects_does_not_matter(front: Front, case: str) -> None:
    world = CASES[case]()
    files = world.program(front).files
    world.existing.reverse()
    world.externals = dict(reversed(world.externals.items()))
    assert world.program(front).files == files


def test_python_programs_are_formatted_and_sorted() -> None:
    for front in ("python", "native"):
        for case in CASES:
            for command in (["format", "--check"], ["check", "--select", "E4,E7,E9,F,I,B,UP"]):
                done = subprocess.run(
                    [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "."],
                    cwd=PROGRAMS / front / case,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, done.stdout


@EACH_CASE
def test_programs_of_the_python_classes_have_correct_types(case: str) -> None:
    """Mypy runs with the cache of the project, to avoid a new analysis of the SDK."""
    folder = PROGRAMS / "python" / case
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-pretty", *map(str, sorted(folder.glob("*.py")))],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
