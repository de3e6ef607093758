"""Programs that `adopt` writes: how they read, what they declare, and what a second run adds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.adopt.program.folder import ProgramError
from pulumi_scw_iam.adopt.program.formatter import formatted
from tests.adopt.accepted import PROGRAMS
from tests.adopt.organization import CASES, FRONTS, World
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


def test_a_text_that_the_formatter_refuses_is_one_line() -> None:
    assert formatted({"a.py": "x = {  'a':1 }\n", "b.py": "(1)"}) == {
        "a.py": 'x = {"a": 1}\n',
        "b.py": "(1)\n",
    }
    with pytest.raises(ProgramError) as error:
        formatted({"a.py": "x = ("})
    start = "cannot format the program by ruff: error: Failed to parse a.py:1:"
    assert str(error.value).startswith(start)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("front", ["python", "native"])
def test_a_table_alone_imports_nothing(front: Front) -> None:
    world = World()
    web = world.external("project", "iam.web")
    world.add("SSHKey", name="laptop", public_key="ssh-ed25519 AAAA", project_id=web)
    assert world.program(front, modules_from=1).files["ids.py"] == (
        '"""The ids of objects that this program refers to, but does not manage."""\n\n'
        f'PROJECTS = {{\n    "iam.web": "{web}",\n}}\n'
    )


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


@EACH_FRONT
def test_secrets_are_in_no_file(front: Front) -> None:
    world = World()
    world.add("User", username="alice", email="alice@example.com", password="Hidden-1234")
    files = world.program(front).files
    assert not any("Hidden" in text or "password" in text for text in files.values())


@EACH_FRONT
def test_a_policy_of_200_rules_and_a_group_of_3000_members(front: Front) -> None:
    """A list of ids fills its lines, and each rule has a few lines of its own."""
    world = World()
    members = [world.external("user", f"member-{number:04}") for number in range(3000)]
    project = world.external("project", "web")
    world.add("Group", name="everyone", user_ids=members, application_ids=[])
    rule = {"permission_set_names": ["VPCFullAccess"], "project_ids": [project]}
    rules = [{**rule, "condition": f'resource.id == "{number}"'} for number in range(200)]
    world.add("Policy", name="many", no_principal=True, rules=rules)
    files = world.program(front).files
    assert_declares(world, front, files)
    text = files["Pulumi.yaml" if front == "yaml" else "__main__.py"]
    assert len(text.splitlines()) - 3000 < 200 * 7 + 3000 / 2
