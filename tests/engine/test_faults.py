"""Faults on the real engine: calls that fail, processes that are killed, programs that meet.

What `tests/faults` proves of each call with a small engine, a chosen part of it with the real one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Fault
from tests.engine.fault_tools import Site, without_faults, wrong
from tests.faults.engine import Program, Ref
from tests.faults.operations import Operation, operations
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

FRONTS = ("dynamic", "native")
QUICK = {"PULUMI_SCW_IAM_REQUEST_TIMEOUT": "0.5", "PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"}
"""The settings of a provider whose calls are struck: it does not wait for long."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture(autouse=True)
def cleared(world: World) -> Iterator[None]:
    world.lines.clear()
    world.emulator.restore(world.base)
    yield
    world.emulator.faults.clear()


# --- a fault at one call --------------------------------------------------------------------------

ONCE: dict[str, dict[str, Any]] = {
    **{str(status): {"status": status} for status in (500, 502, 503, 504, 429)},
    "cut before": {"lost": "before"},
    "cut after": {"lost": "after"},
    "time-out before": {"lost": "before", "hang": True},
    "time-out after": {"lost": "after", "hang": True},
}
WRITES, READS = 10, 31
"""Of the cases, every so many-th is taken; they have no factor in common with the numbers of faults."""
PROGRAMS = 10
"""What fits into none of so many is left out."""
ALONE = (
    {"GroupMembership"},
    {"OrganizationSecuritySettings"},
    {"SAML", "SAMLCertificate"},
    {"SCIM", "SCIMToken"},
    {"SSHKey"},
)
"""Kinds of which two operations would be about the same objects."""


@dataclass(frozen=True)
class Point:
    """One operation, with a fault at one of its calls."""

    operation: Operation
    patterns: tuple[str, ...]
    """Its calls, without ids."""
    number: int
    fault: str

    def __str__(self) -> str:
        call = self.patterns[self.number - 1]
        return f"{self.operation.name}, {self.fault} at call {self.number} ({call})"

    @property
    def pattern(self) -> str:
        return self.patterns[self.number - 1]

    @property
    def struck(self) -> Fault:
        method, path = self.pattern.split()
        nth = self.patterns[: self.number].count(self.pattern)
        return Fault(method=method, path=path, first=nth, last=nth, **ONCE[self.fault])

    def fits(self, others: list[Point]) -> bool:
        """Whether it can be in one program with others: no call of theirs is taken for its own."""
        mine = {kind for kind, _ in self._resources}
        return all(
            self.pattern != other.pattern
            and self.operation.refreshes == other.operation.refreshes
            and not self._disturbs(other)
            and not other._disturbs(self)
            and not any(
                mine & kinds and {kind for kind, _ in other._resources} & kinds for kinds in ALONE
            )
            for other in others
        )

    @property
    def _resources(self) -> list[Any]:
        return [*self.operation.before.values(), *self.operation.after.values()]

    def _disturbs(self, other: Point) -> bool:
        # What previews ask is asked once, for the whole program.
        return other.pattern in self.patterns and not other.pattern.startswith("GET ")


def points(world: World) -> Iterator[Point]:
    """The chosen cases: by a stride that is the same each time, which goes on from kind to kind."""
    writes = reads = 0
    for operation in operations(world.certificates):
        calls = world.prepared(operation.name).calls
        patterns = tuple(re.sub(r"[0-9a-f-]{36}|SCW\w{17}", "*", call) for call in calls)
        for k, pattern in enumerate(patterns, 1):
            for fault in ONCE:
                if not pattern.startswith("GET "):
                    writes += 1
                    chosen = writes % WRITES == 0
                else:
                    reads += 1
                    chosen = reads % READS == 0 and not fault.endswith("after")
                if chosen:
                    yield Point(operation, patterns, k, fault)


def batches(world: World) -> list[list[Point]]:
    """The cases, put into the programs into which they fit."""
    made: list[list[Point]] = [[] for _ in range(PROGRAMS)]
    for point in points(world):
        if (batch := next(filter(point.fits, made), None)) is not None:
            batch.append(point)
    return made


def joined(world: World, programs: list[Program]) -> Program:
    """One program of several: resources, and the names that the API sees, get the number of theirs."""
    names = {"name", "username", "email", "description"}

    def numbered(value: Any, n: int, name: str = "") -> Any:
        match value:
            case Ref():
                return Ref(f"{value.name}_{n}")
            case str() if name in names and value:
                return f"{value[0]}{n}{value[1:]}"
            case dict():
                return {key: numbered(item, n, key) for key, item in value.items()}
            case list():
                return [numbered(item, n) for item in value]
            case _:
                return value

    return {
        f"{name}_{n}": (kind, numbered(world.filled(said), n))
        for n, program in enumerate(programs)
        for name, (kind, said) in program.items()
    }


@pytest.mark.parametrize("number", range(PROGRAMS))
def test_a_fault_at_a_call_is_settled_or_mended_by_the_next_up(
    world: World, tmp_path: Path, number: int, record_property: Callable[[str, object], None]
) -> None:
    batch = batches(world)[number]
    before = joined(world, [point.operation.before for point in batch])
    after = joined(world, [point.operation.after for point in batch])
    expected = without_faults(world, before, after)
    site = Site(tmp_path / "project", world.environment(), FRONTS[number % 2])
    if before:
        site.program(before)
        site.settled(1)
    site.program(after)
    world.emulator.faults.add(*(point.struck for point in batch))
    if batch[0].operation.refreshes:
        for _ in batch:
            if site.act("refresh", **QUICK).code == 0:
                break
    else:
        site.settled(len(batch) + 1, **QUICK)
    met = [struck for _, _, struck in world.emulator.faults.tally()]
    said = "\n".join(map(str, batch))
    assert met == [1] * len(batch), f"not all were met: {met} of\n{said}"
    world.emulator.faults.clear()
    failures = list(wrong(world, site, expected.holds))
    record_property("engine cases", len(batch))
    assert not failures, "\n".join([*failures, "of", said])
