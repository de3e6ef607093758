"""Faults on the real engine: failing calls, killed processes, concurrent programs.

`tests/faults` covers every call with a model of the engine. These tests repeat a selection on the
real engine.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from tests.engine.fault_tools import (
    BOTH,
    ENGINE,
    PROC,
    PROVIDER,
    Site,
    hung,
    in_clear,
    killed,
    lines,
    secrets_of,
    without_faults,
    wrong,
)
from tests.support.faults.engine import Engine, Plugin, Program, Ref
from tests.support.faults.operations import Operation, operations
from tests.support.faults.world import World
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

FRONTS = ("dynamic", "native")
QUICK = {"PULUMI_SCW_IAM_REQUEST_TIMEOUT": "0.5", "PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"}
"""Short timeouts, for the provider of a run with faults."""


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
"""Strides through the cases. They share no factor with the number of faults."""
PROGRAMS = 10
"""The number of programs. Cases without a place in any program are left out."""
ALONE = (
    {"GroupMembership"},
    {"OrganizationSecuritySettings"},
    {"SAML", "SAMLCertificate"},
    {"SCIM", "SCIMToken"},
    {"SSHKey"},
)
"""Kinds with shared objects: a program has only one operation on each of these groups of kinds."""


@dataclass(frozen=True)
class Point:
    """One operation, with a fault at one of its calls."""

    operation: Operation
    patterns: tuple[str, ...]
    """The calls without ids."""
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
        """Return whether a program may combine this case with others: their calls are distinct."""
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
        # The lookups of a preview are shared by the whole program.
        return other.pattern in self.patterns and not other.pattern.startswith("GET ")


def points(world: World) -> Iterator[Point]:
    """Yield the selected cases: a fixed stride across all kinds."""
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
    """Distribute the cases over the programs."""
    made: list[list[Point]] = [[] for _ in range(PROGRAMS)]
    for point in points(world):
        if (batch := next(filter(point.fits, made), None)) is not None:
            batch.append(point)
    return made


def joined(world: World, programs: list[Program]) -> Program:
    """Merge several programs: resources and names get the number of their program."""
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
        f"{name}_{n}": (kind, numbered(world.filled(inputs), n))
        for n, program in enumerate(programs)
        for name, (kind, inputs) in program.items()
    }


def test_the_chosen_cases_are_of_all_kinds_and_faults(world: World) -> None:
    chosen = [point for batch in batches(world) for point in batch]
    print(f"crash points on the real engine: {len(chosen)}")  # noqa: T201
    kinds = {kind for point in chosen for kind, _ in point._resources}
    # Rotating keys have tests of their own, with a clock.
    expected = set(KINDS) - {"RotatingAPIKey"}
    assert (kinds, {point.fault for point in chosen}) == (expected, set(ONCE))
    assert 60 <= len(chosen) <= 120


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
    strikes = [struck for _, _, struck in world.emulator.faults.tally()]
    points = "\n".join(map(str, batch))
    assert strikes == [1] * len(batch), (
        f"not every fault matched a call once: {strikes} of\n{points}"
    )
    world.emulator.faults.clear()
    failures = list(wrong(world, site, expected))
    record_property("engine cases", len(batch))
    assert not failures, "\n".join([*failures, "of", points])


# --- killed processes -----------------------------------------------------------------------------

KEYS = (
    OTHER_SSH_KEY,
    SSH_KEY,
)
RULE = {"permission_set_names": ["IAMReadOnly"], "organization_id": "$organization"}
MADE: Program = {
    "devs": ("Group", {"name": "devs", "user_ids": ["$alice"], "application_ids": ["$robot"]}),
    "hosts": ("Group", {"name": "hosts", "user_ids": ["$bob"]}),
    "ci": ("APIKey", {"application_id": "$robot", "description": "ci"}),
    "cd": ("APIKey", {"application_id": "$crane", "description": "cd"}),
    "desk": ("SSHKey", {"name": "desk", "public_key": KEYS[0], "disabled": True}),
    "lap": ("SSHKey", {"name": "lap", "public_key": KEYS[1], "disabled": True}),
    "p": ("Policy", {"name": "p", "group_id": "$ops", "rules": [RULE]}),
    "q": ("Policy", {"name": "q", "application_id": "$crane", "rules": [RULE]}),
}
CHANGED: Program = {
    **MADE,
    "devs": ("Group", {"name": "developers", "user_ids": ["$alice"], "application_ids": []}),
    "hosts": ("Group", {"name": "hosts", "user_ids": ["$alice"]}),
    "ci": ("APIKey", {"application_id": "$robot", "description": "builds"}),
    "desk": ("SSHKey", {"name": "office", "public_key": KEYS[0], "disabled": True}),
    "p": ("Policy", {"name": "p", "group_id": "$ops", "rules": [RULE], "description": "d"}),
}
LEFT: Program = {name: CHANGED[name] for name in ("hosts", "cd", "lap", "q")}


# The host of dynamic providers has four threads, so at most four calls can hang at once.
CREATES = (
    (
        hung("create_group", "after"),
        hung("set_group_members", "before"),
        hung("create_api_key", "before"),
        hung("create_ssh_key", "after"),
    ),
    (
        hung("create_policy", "after"),
        hung("create_api_key", "after"),
        hung("update_ssh_key", "before"),
        hung("set_group_members", "after"),
    ),
    (
        hung("create_group", "before"),
        hung("create_policy", "before"),
        hung("create_ssh_key", "before"),
        hung("update_ssh_key", "after"),
    ),
)


def mended(site: Site) -> None:
    """Follow the messages and the report of `pulumi-scw-iam doctor`, like a user."""
    _, report = site.doctor(site.exported())
    for line in lines(report):
        run = site.command(*line)
        # 3: the next update has more to do, such as the members of a new group.
        assert run.code in ((0, 3) if "adopt" in line else (0,)), (line, run.output)
    try:
        site.settled(2)
    except AssertionError as error:
        raise AssertionError(f"{error}\nafter the report of doctor:\n{report}") from None


def after_all(world: World, site: Site, *programs: Program) -> None:
    """Check that the organization and the state are the same as without a kill."""
    filled: list[Program] = [world.filled(program) for program in programs]
    now = world.emulator.snapshot()
    expected = without_faults(world, *filled)
    world.emulator.restore(now)
    failures = list(wrong(world, site, expected))
    code, report = site.doctor(site.exported())
    if code:
        failures.append(f"doctor still reports {report}")
    assert not failures, "\n".join(failures)


KILLS = [
    (front, victim, CREATES[(n + shift) % len(CREATES)])
    for shift in (0, 1)
    for n, (front, victim) in enumerate(
        (front, victim) for victim in (PROVIDER, ENGINE, BOTH) for front in FRONTS
    )
    if front == "native" or not shift
]
needs_proc = pytest.mark.skipif(
    not (PROC / "self" / "stat").exists(), reason="no /proc to find the process of the provider"
)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{fault.operation} {fault.lost}" for fault in value)
    return str(value)


@needs_proc
@pytest.mark.parametrize(("front", "victim", "faults"), KILLS, ids=_shown)
def test_what_a_killed_create_leaves_is_found_and_mended(
    world: World, tmp_path: Path, front: str, victim: str, faults: tuple[Fault, ...]
) -> None:
    site = Site(tmp_path / "project", world.environment(), front)
    site.program(world.filled(MADE))
    killed(world, site, victim, faults)
    mended(site)
    after_all(world, site, MADE)


UPDATES = (("update_group", "add_group_members", "update_api_key", "update_ssh_key"), "update")
DELETES = (("delete_group", "delete_api_key", "delete_ssh_key", "delete_policy"), "delete")


@needs_proc
@pytest.mark.parametrize("victim", [PROVIDER, ENGINE, BOTH])
@pytest.mark.parametrize("front", FRONTS)
def test_what_a_killed_update_and_a_killed_delete_leave_is_mended(
    world: World, tmp_path: Path, front: str, victim: str
) -> None:
    turn = FRONTS.index(front)
    site = Site(tmp_path / "project", world.environment(), front)
    site.program(world.filled(MADE))
    site.settled(1)
    for program, (names, _) in ((CHANGED, UPDATES), (LEFT, DELETES)):
        site.program(world.filled(program))
        faults = [hung(n, ("after", "before")[(i + turn) % 2]) for i, n in enumerate(names)]
        killed(world, site, victim, tuple(faults))
        mended(site)
    after_all(world, site, MADE, CHANGED, LEFT)


@needs_proc
def test_what_the_engine_knew_of_a_create_when_it_was_killed_counts(
    world: World, tmp_path: Path
) -> None:
    """A state may have the id of a new object only among its pending operations."""
    site = Site(tmp_path / "project", world.environment(), "native")
    program: Program = {name: MADE[name] for name in ("ci", "cd", "p")}
    site.program(world.filled(program))
    killed(world, site, BOTH, (hung("create_api_key", "after"),))
    (file,) = (site.backend / ".pulumi" / "stacks").glob("*/test.json")
    checkpoint = json.loads(file.read_text())
    (pending,) = checkpoint["checkpoint"]["latest"]["pending_operations"]
    (made,) = world.unknown(site.knowing())
    # As the engine writes the state if another step ends after the response.
    pending["resource"]["id"] = made[1]
    file.write_text(json.dumps(checkpoint))
    mended(site)
    after_all(world, site, program)


# --- two programs at once -------------------------------------------------------------------------

ROUNDS = 50
MEMBERS = 3
"""The number of members that each program adds in a round."""
SLOW = Fault(operation="*_group_member", latency=0.03)
"""Slow changes of members, so that concurrent changes overlap."""


MEMBER_WRITES = (
    "add_group_member",
    "add_group_members",
    "remove_group_member",
    "set_group_members",
)


def shared_group(world: World) -> tuple[str, list[list[str]]]:
    """Create a group shared by two programs; return the applications of each program."""
    sections: Any = {
        "groups": [{"name": "shared"}],
        "applications": [{"name": f"{prefix}{n}"} for prefix in "ab" for n in range(3 * MEMBERS)],
    }
    made = world.emulator.seed(sections)
    ids = [application["id"] for application in made["applications"]]
    return made["groups"][0]["id"], [ids[: 3 * MEMBERS], ids[3 * MEMBERS :]]


def memberships(group: str, mine: list[str], number: int) -> Program:
    """Return a program's memberships in a round. Every second round replaces all members."""
    even = number - number % 2
    thirds = {(even + 2) % 3} if number % 2 else {even % 3, (even + 1) % 3}
    return {
        f"m{n}": ("GroupMembership", {"group_id": group, "application_id": application_id})
        for n, application_id in enumerate(mine)
        if n // MEMBERS in thirds
    }


def members_of(world: World, group: str) -> list[str]:
    (found,) = (item for _, resource_id, item in world.objects() if resource_id == group)
    return sorted(found["application_ids"])


def expected_members(*programs: Program) -> list[str]:
    return sorted(
        inputs["application_id"] for program in programs for _, inputs in program.values()
    )


def test_two_processes_that_share_a_group_for_many_rounds_lose_no_member(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    group, theirs = shared_group(world)
    world.emulator.faults.add(SLOW)
    with (
        Plugin(world.plugins, world.environment(retry="20")) as first,
        Plugin(world.plugins, world.environment(retry="20")) as second,
        ThreadPoolExecutor(2) as both,
    ):
        engines = [Engine(first), Engine(second)]
        for number in range(ROUNDS):
            programs = [memberships(group, mine, number) for mine in theirs]
            list(both.map(Engine.up, engines, programs))
            assert members_of(world, group) == expected_members(*programs), f"in round {number}"
            assert [e.preview(p) for e, p in zip(engines, programs, strict=True)] == [{}, {}]
    conflicts = sum("member 409" in line for line in world.lines)
    record_property("conflicts", conflicts)
    assert conflicts, "no conflict between the two writers"


def test_two_stacks_that_share_a_group_lose_no_member(world: World, tmp_path: Path) -> None:
    group, theirs = shared_group(world)
    world.emulator.faults.add(SLOW)
    sites = [
        Site(tmp_path / front / "project", world.environment(retry="20"), front) for front in FRONTS
    ]
    for number in range(4):
        programs = [memberships(group, mine, number) for mine in theirs]
        for site, program in zip(sites, programs, strict=True):
            site.program(program)
        with ThreadPoolExecutor(2) as both:
            runs = list(both.map(lambda site: site.act("up"), sites))
        assert [run.code for run in runs] == [0, 0], [run.output for run in runs]
        assert members_of(world, group) == expected_members(*programs), f"in round {number}"
    for site in sites:
        assert set(site.act("preview").changes) == {"same"}


UPS = 8
LIST = 12
"""The number of users in the group's own list. Each round has other users."""
OF_OTHERS = 25
"""The number of memberships that the other stack changes in a round: 200 in all."""


@pytest.mark.parametrize("front", FRONTS)
def test_a_stack_that_sets_one_list_leaves_the_memberships_of_another_stack(
    world: World, tmp_path: Path, front: str, record_property: Callable[[str, object], None]
) -> None:
    """200 memberships change during changes of the group. Neither stack loses a member."""
    people = [f"user{n}" for n in range(2 * LIST)]
    sections: Any = {
        "users": [{"username": name, "email": f"{name}@example.com"} for name in people],
        "applications": [{"name": f"app{n}"} for n in range(2 * OF_OTHERS)],
    }
    made = world.emulator.seed(sections)
    users = [user["id"] for user in made["users"]]
    applications = [application["id"] for application in made["applications"]]
    other = FRONTS[1 - FRONTS.index(front)]
    sites = [
        Site(tmp_path / name / "project", world.environment(retry="20"), name)
        for name in (front, other)
    ]
    sites[0].program({"team": ("Group", {"name": "team", "user_ids": users[:LIST]})})
    sites[0].settled(1)
    (group,) = (
        resource_id for _, resource_id, item in world.objects() if item.get("name") == "team"
    )
    # Slow changes of members, so that both stacks overlap.
    world.emulator.faults.add(
        *(Fault(operation=operation, latency=0.03) for operation in MEMBER_WRITES)
    )
    world.lines.clear()
    for number in range(UPS):
        ours = users[LIST:] if number % 2 == 0 else users[:LIST]
        theirs = applications[:OF_OTHERS] if number % 2 == 0 else []
        team = {"name": "team", "user_ids": ours, "description": f"round {number}"}
        sites[0].program({"team": ("Group", team)})
        sites[1].program(
            {
                f"m{n}": ("GroupMembership", {"group_id": group, "application_id": application_id})
                for n, application_id in enumerate(theirs)
            }
        )
        with ThreadPoolExecutor(2) as both:
            runs = list(both.map(lambda site: site.act("up"), sites))
        assert [run.code for run in runs] == [0, 0], [run.output for run in runs]
        (held,) = (item for _, resource_id, item in world.objects() if resource_id == group)
        assert (sorted(held["user_ids"]), sorted(held["application_ids"])) == (
            sorted(ours),
            sorted(theirs),
        ), f"in round {number}"
    conflicts = sum("member" in line and " 409 " in line for line in world.lines)
    record_property("conflicts", conflicts)
    assert conflicts, "no conflict between the two writers"
    for site in sites:
        assert set(site.act("preview").changes) <= {"same"}


# --- secrets --------------------------------------------------------------------------------------

SECRETIVE: Program = {
    "key": ("APIKey", {"application_id": "$robot"}),
    "it": (
        "User",
        {"email": "c@example.com", "username": "carol", "password": 'Correct-"horse\\-1'},
    ),
    "scim": ("SCIM", {}),
    "token": ("SCIMToken", {"scim_id": Ref("scim")}),
}


@pytest.mark.parametrize("front", FRONTS)
def test_no_secret_is_in_clear_in_what_a_run_writes_at_its_most_talkative(
    world: World, tmp_path: Path, front: str
) -> None:
    """Except for the engine's own log at `-v=9`, with every property sent to a provider."""
    site = Site(tmp_path / "project", world.environment(), front)
    site.program(world.filled(SECRETIVE))
    loud = ("-v=9", "--logtostderr", "--logflow")
    runs = [site.act(verb, *loud) for verb in ("preview", "up", "refresh")]
    assert [run.code for run in runs] == [0] * 3, runs[-1].output
    state = site.held()
    assert set(secrets_of(world, site, state)) == {
        "the caller's secret key",
        "a password 0",
        "secret_key of key",
        "bearer_token of token",
    }
    site.forget(lambda line: "arshaling property for RPC[" in line)
    assert [str(leak) for leak in in_clear(world, site, state)] == []
    # Checks that the searched files are the right ones.
    assert (site.folder.parent / "calls.log").read_text().count("POST api-keys 200") == 1
    assert '"level":"INFO"' in site.output()
