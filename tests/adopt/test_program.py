"""Programs that `adopt` writes: how they read, what they declare, and what a second run adds."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds.shared.policy_rule import normalized_rule
from tests.adopt.accepted import PROGRAMS
from tests.adopt.organization import CASES, FRONTS, ORGANIZATION, World
from tests.adopt.reader import Id, declared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Adoption, Front

EACH_FRONT = pytest.mark.parametrize("front", FRONTS)
EACH_CASE = pytest.mark.parametrize("case", CASES)


def meaning(adoption: Adoption, arguments: Mapping[str, Any], ids: Mapping[Id, str]) -> Any:
    """Return the arguments as the check of the kind reads them, with ids in clear."""

    def plain(value: Any) -> Any:
        if isinstance(value, Id):
            return ids[value]
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    values = {name: plain(value) for name, value in arguments.items()}
    for field in fields(adoption.kind.inputs):
        if field.prop.autoname:
            values.setdefault(field.name, adoption.name)
        if field.prop.setting == "organization_id":
            values.setdefault(field.name, ORGANIZATION)
    if "rules" in values:
        values["rules"] = [normalized_rule(rule, ORGANIZATION) for rule in values["rules"]]
    return {
        field.name: field.typed(values[field.name])
        for field in fields(adoption.kind.inputs)
        if field.name in values
    }


def assert_declares(world: World, front: Front, files: Mapping[str, str]) -> None:
    """Assert that a program declares exactly the objects."""
    adoptions = world.adoptions(front, files)
    found = declared(front, files)
    ids = {Id(a.kind.name, a.name): a.id for a in adoptions}
    assert found.keys() == ids.keys()
    for adoption in adoptions:
        given = found[adoption.kind.name, adoption.name]
        assert meaning(adoption, given, ids) == meaning(adoption, adoption.arguments, ids)


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


def test_programs_of_the_python_classes_have_correct_types(tmp_path: Path) -> None:
    for case in CASES:
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "."],
            cwd=PROGRAMS / "python" / case,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
