"""Messages of a preview of a whole program on the real engine. A preview only reads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.preview.organizations import Worlds
from tests.support.preview.right import RIGHT
from tests.support.preview.texts import camelled, text
from tests.support.preview.wrong import WRONG
from tests.support.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.preview.organizations import World
    from tests.support.preview.wrong import Wrong

    StackOf = Callable[..., Stack]

pytestmark = pytest.mark.engine

SINGLE = ("OrganizationSecuritySettings", "SAML", "SCIM")
"""Kinds with one object per organization."""


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    worlds = Worlds()
    yield worlds
    worlds.close()


@pytest.fixture(scope="module")
def stack_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackOf]:
    """Return a function for the stack of a world and a front, new or shared by read-only cases."""
    kept: dict[tuple[str, str], Stack] = {}
    folders = []

    def stack_of(world: World, front: str, *, new: bool) -> Stack:
        key = (world.emulator.url, front)
        if new or key not in kept:
            folder = tmp_path_factory.mktemp("preview") / "project"
            folders.append(folder.parent)
            folder.mkdir()
            (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
            shutil.copy(Path(__file__).parent / "native_iam.py", folder)
            stack = Stack(folder, world.environment, front)
            if new:
                return stack
            kept[key] = stack
        return kept[key]

    yield stack_of
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def failure_text(error: str) -> str:
    """Return the property and the reason from an error of the engine, or the reason alone."""
    found = re.fullmatch(
        r".* resource 'it'(?:: property (\S+) value \{.*\})? has a problem: (.*)", error, re.DOTALL
    )
    assert found is not None, error
    return text(found[1] or "", found[2])


def declared(kind: str, name: str, inputs: Mapping[str, Any], *, after: str = "") -> str:
    """Return the line of a program that declares a resource."""
    arguments = "".join(f", {key}={value!r}" for key, value in inputs.items())
    arguments += f", opts=pulumi.ResourceOptions(depends_on=[{after}])" if after else ""
    return f"{name} = iam.{kind}({name!r}{arguments})\n"


def bring_up(stack: Stack, world: World, case: Wrong) -> None:
    """Create the earlier resources, then switch to the credentials of the case."""
    before = {"it": (case.kind, case.before)}
    if case.beside is not None:
        before["other"] = (case.beside.kind, case.beside.before)
    program = ""
    for name, (kind, inputs) in before.items():
        if inputs is not None:
            program += declared(kind, name, world.fill(dict(inputs)))
            stack.up(program)
            world.names[name] = stack.resources()[name]["id"]
    world.act_as(case.caller)
    stack.environment.update(world.environment)


@pytest.mark.parametrize(
    ("case", "front"),
    [(case, ("dynamic", "native")[i % 2]) for i, case in enumerate(WRONG[::2])],
    ids=str,
)
def test_a_preview_says_what_is_wrong_and_only_looks(
    case: Wrong, front: str, worlds: Worlds, stack_of: StackOf
) -> None:
    with worlds.of(case) as world:
        stack = stack_of(world, front, new=case.writes)
        bring_up(stack, world, case)
        world.lines.clear()
        program = ""
        if case.beside is not None:
            program = declared(case.beside.kind, "other", world.fill(dict(case.beside.inputs)))
        after = "other" if program else ""
        program += declared(case.kind, "it", world.fill(dict(case.inputs)), after=after)
        run = stack.preview(program, ok=not case.failures)
        spelled = camelled if front == "native" else tuple
        assert sorted(map(failure_text, run.errors)) == sorted(world.fill(spelled(case.failures)))
        for line in world.fill(spelled(case.warnings)):
            assert f"warning: {line}\n" in run.output
        assert world.writes == []


@pytest.mark.parametrize("front", ["dynamic", "native"])
@pytest.mark.parametrize("setup", ["", "federated"])
def test_no_later_preview_shows_a_change_of_what_is_right(
    setup: str, front: str, worlds: Worlds, stack_of: StackOf
) -> None:
    cases = [case for case in RIGHT if case.setup == setup]
    first = {case.kind: case for case in reversed(cases)}
    cases = [case for case in cases if case.kind not in SINGLE or case is first[case.kind]]
    with worlds.of(cases[0]) as world:
        stack = stack_of(world, front, new=True)
        names = [f"it{i}" for i in range(len(cases))]
        stack.up(
            "".join(
                declared(case.kind, name, world.fill(dict(case.inputs)))
                for name, case in zip(names, cases, strict=True)
            )
        )
        world.lines.clear()
        stack.pulumi("preview", "--expect-no-changes")
        stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
        assert stack.preview().changes == {"same": len(cases)}
        assert world.writes == []
