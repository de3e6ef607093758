"""A fault at each API call of each operation: no object is lost, and none is created twice.

After a fault and one more `up` without faults, the preview is empty. The organization and the state
are the same as after a run without faults. Every secret in the state works.

Two cases allow more: a process killed after the effect of a create, and a fault at all calls from
one on. The next `up` may then report the existing object. Without unique names, `up` may create a
second object. The first object must then be found by `pulumi-scw-iam doctor`, and a message must
name it unless the process was killed. The test follows the messages and does nothing else: an
import, a deletion, a refresh. The audit log does not record the creator of a SCIM token, so the
message must say how to delete a token that may be left.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.doctor.deletion import delete_target, kind_called, read_target
from pulumi_scw_iam.doctor.examine import Report, examine
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.stack_state import StackState
from tests.support.faults.engine import Engine, Failed, Plugin
from tests.support.faults.operations import operations
from tests.support.faults.world import Refusals, long_ago
from tests.support.relays.crashes import KILL_AFTER, KILL_BEFORE, REFUSE, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.support.faults.engine import Driver
    from tests.support.faults.world import Prepared, World

pytestmark = pytest.mark.faults

NAMES = [operation.name for operation in operations(("", ""))]

ONCE: dict[str, dict[str, Any]] = {
    **{str(status): {"status": status} for status in (500, 502, 503, 504, 429)},
    "cut before": {"lost": "before"},
    "cut after": {"lost": "after"},
    "time-out before": {"lost": "before", "hang": True},
    "time-out after": {"lost": "after", "hang": True},
    # By the relay:
    "refused": {},
    "502 after": {},
    "504 after": {},
}
LASTING = ("503", "cut before", "cut after", "504 after", "refused")


@dataclass(frozen=True)
class Case:
    """A fault at one API call of an operation."""

    fault: str
    number: int
    lasting: bool = False

    @property
    def emulated(self) -> Fault | None:
        """The fault, if the local IAM API produces it."""
        options = ONCE.get(self.fault)
        if not options:
            return None
        return Fault(first=self.number, last=None if self.lasting else self.number, **options)

    def plan(self, process: int = 0) -> Plan:
        """Return the fault, if the relay produces it."""
        what = {"refused": REFUSE}.get(self.fault, self.fault.removesuffix(" after"))
        if self.fault in {KILL_BEFORE, KILL_AFTER}:
            what = self.fault
        return Plan(what, self.number, self.lasting, process)

    @property
    def may_lose(self) -> bool:
        """Whether the outcome of the API call remains unknown."""
        return self.fault in {KILL_BEFORE, KILL_AFTER} or (
            self.lasting and self.fault.endswith("after")
        )


def struck(world: World, prepared: Prepared, driver: Driver, case: Case, process: int = 0) -> Any:
    """Run the operation with the fault; return the engine, and the failure or None."""
    world.emulator.faults.clear()
    world.emulator.restore(prepared.snapshot)
    engine, failed = Engine(driver, prepared.state), None
    driver.begin()  # drops cached responses, also in a running plugin
    if case.emulated:
        world.emulator.faults.add(case.emulated)
    else:
        world.relay.follow(case.plan(process))
    try:
        with Refusals(world.relay):
            if prepared.operation.refreshes:
                engine.refresh()
            else:
                engine.up(prepared.program)
    except Failed as failure:
        failed = failure
    create_watch.finish()  # as at the end of the process
    if case.emulated:
        ((_, _, strikes),) = world.emulator.faults.tally()
    else:
        strikes = world.relay.struck
    assert strikes, "no request matched the fault"
    world.emulator.faults.clear()
    world.relay.rest()
    return engine, failed


def wrong(
    world: World, prepared: Prepared, engine: Engine, failed: Failed | None, case: Case
) -> Iterator[str]:
    """Yield each error after another `up` without faults."""
    may_be_left = failed is not None and _may_be_left(case, failed)
    if failed:
        try:
            _converge(world, prepared, engine, failed, may_be_left=may_be_left)
        except (Failed, IamError) as again:
            yield f"the next up failed: {again}"
            return
    if plan := engine.preview(prepared.program):
        yield f"the next preview is {plan}"
    if failed and may_be_left:
        yield from _left(world, engine, failed, case)
    if left := world.unknown(engine.state):
        yield f"left, and not in the state: {[world.with_names(f'{r} {resource_id}') for r, resource_id in left]}"
    holds, kept = world.holds(), [world.kept(engine.state)]
    for actual, expected in ((holds, prepared.holds), (kept, [prepared.keeps])):
        missing, more = Counter(expected) - Counter(actual), Counter(actual) - Counter(expected)
        if missing or more:
            yield f"missing: {list(missing)}; instead: {list(more)}"
    yield from (f"{secret} does not work" for secret in world.broken_secrets(engine.state))
    engine.refresh()
    if (world.kept(engine.state), engine.preview(prepared.program)) != (prepared.keeps, {}):
        yield f"a refresh changes the state: {world.kept(engine.state)}"


def _left(world: World, engine: Engine, failed: Failed, case: Case) -> Iterator[str]:
    """Yield each error about objects left behind, then delete these objects."""
    left = world.unknown(engine.state)
    if len(left) > 1:
        yield "more than one object is left"
    if (
        left
        and case.fault not in {KILL_BEFORE, KILL_AFTER}
        and not _NAMES_LEFTOVER.search(failed.line)
    ):
        yield "the message does not say that an object may be left"
    if left:
        _left_deleted(world, engine)


def _converge(
    world: World, prepared: Prepared, engine: Engine, failed: Failed, *, may_be_left: bool
) -> None:
    """Repeat the operation without faults. Raises Failed if the repeat fails.

    If an object may be left, follow the messages first.
    """
    _suspect_deleted(world, engine, failed)
    if prepared.operation.refreshes:
        engine.refresh()
        return
    for _ in range(2 if may_be_left else 0):
        try:
            engine.up(prepared.program)
        except Failed as again:
            if not _followed(world, prepared, engine, again):
                raise
        else:
            return
    engine.up(prepared.program)


_UNDO_FAILED = " may still exist, since deleting it failed too: "
_NAMES_LEFTOVER = re.compile(rf"\bpulumi-scw-iam (doctor|delete)\b|{_UNDO_FAILED}")


def _may_be_left(case: Case, failed: Failed) -> bool:
    """Return whether an object may be left: the outcome is unknown, or the error says so."""
    return case.may_lose or _UNDO_FAILED in failed.line


def _followed(world: World, prepared: Prepared, engine: Engine, failed: Failed) -> bool:
    """Follow the message: import the existing object, or delete it if an import is impossible."""
    found = re.search(r"`pulumi import scw-iam:index:(\w+) \S+ (\S+)`", failed.line)
    if found and found[2] not in engine.state.ids:
        (name,) = (n for n, (kind, _) in prepared.program.items() if kind == found[1])
        engine.adopt(name, found[1], found[2])
        return True
    found = re.search(r"look it up with (\w+)\.get\(\"[^\"]*\", \"(\S+)\"\)", failed.line)
    if found and found[2] not in world.base_ids | engine.state.ids:
        _delete(world, found[1], found[2])
        return True
    found = re.search(r"import it by id (\S+), read it with (\w+)\.get", failed.line)
    if found and found[1] not in world.base_ids | engine.state.ids:
        _delete(world, found[2], found[1])
        return True
    if "outside Pulumi, run `pulumi refresh`" in failed.line:
        engine.refresh()
        return True
    # A guest has no name, so a preview cannot find one.
    return "a user with this username already exists" in failed.line and _left_deleted(
        world, engine
    )


def _suspect_deleted(world: World, engine: Engine, failed: Failed) -> None:
    """Delete the object in the failure's own message, if its creator is unknown."""
    found = re.search(
        r"(?:another program created it|left as it is); if nothing uses it, delete it with"
        r" `pulumi-scw-iam delete (\S+) (\S+)`",
        failed.line,
    )
    if found:
        assert found[2] not in world.base_ids | engine.state.ids
        _delete(world, kind_called(found[1]).name, found[2])


def _left_deleted(world: World, engine: Engine) -> bool:
    """Delete the findings of `pulumi-scw-iam doctor`."""
    report = _doctor(world, engine)
    for find in (*report.found, *report.unrecorded):
        _delete(world, find.kind.name, find.id)
    return not report.is_empty


def _doctor(world: World, engine: Engine) -> Report:
    """Run `pulumi-scw-iam doctor` with the state."""
    ids = frozenset(resource_id.lower() for resource_id in engine.state.ids)
    stack = StackState(name="state.json", ids=ids, fronts=frozenset({"native"}))
    settings = Settings.resolve(environ=world.environment())
    return examine(IamClient(settings), world.emulator.organization_id, [stack], long_ago())


def _delete(world: World, kind: str, resource_id: str) -> None:
    """Delete an object like `pulumi-scw-iam delete`."""
    core = ProviderCore(lambda: Settings.resolve(environ=world.environment()))
    delete_target(core, read_target(core, KINDS[kind], resource_id))


def enumerated(
    world: World,
    name: str,
    record_property: Callable[[str, object], None],
    *,
    cases: Callable[[Prepared], Iterable[Case]],
    run: Callable[[Prepared, Case], Any],
    after: Callable[[], Driver],
) -> None:
    """Run all cases of an operation, and report all failures at once."""
    prepared, count, failures = world.prepared(name), 0, []
    for case in cases(prepared):
        count += 1
        engine, failed = run(prepared, case)
        engine_after = Engine(after(), engine.state)
        call = re.sub(r"[0-9a-f-]{36}", "…", prepared.calls[case.number - 1])
        lasting = " and all later calls" if case.lasting else ""
        what = (
            f"{name}, {case.fault} at call {case.number} of {len(prepared.calls)} ({call}){lasting}"
        )
        try:
            failures += [
                f"{what}: {error}" for error in wrong(world, prepared, engine_after, failed, case)
            ]
        except (Failed, IamError) as unexpected:
            failures.append(f"{what}: {unexpected}")
        if failures and failed and failures[-1].startswith(what):
            failures.append(f"    its message: {failed.line}")
    record_property("cases", count)
    record_property("operation", name)
    assert not failures, "\n".join(failures)


def _met_by(fault: str, prepared: Prepared) -> list[int]:
    """Return the numbers of the calls to test with a fault. Reads have no effect to lose."""
    if fault.endswith("after"):
        return _writes(prepared)
    return list(range(1, len(prepared.calls) + 1))


def _writes(prepared: Prepared) -> list[int]:
    """Return the numbers of the writes."""
    return [n for n, call in enumerate(prepared.calls, 1) if not call.startswith("GET ")]


# --- the provider core in this process -----------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ONCE)
def test_a_fault_at_one_call_is_settled(
    world: World, fault: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    relayed = not ONCE[fault]
    driver = world.driver(keeps=False, relayed=relayed, impatient="time-out" in fault)
    enumerated(
        world,
        name,
        record_property,
        cases=lambda prepared: [Case(fault, n) for n in _met_by(fault, prepared)],
        run=lambda prepared, case: struck(world, prepared, driver, case),
        after=lambda: world.driver(keeps=False),
    )


@pytest.mark.parametrize(
    ("keeps", "name"),
    # The fronts differ only after an unfinished create or update.
    [(False, name) for name in NAMES]
    + [(True, name) for name in NAMES if re.search("create|update|from nothing", name)],
    ids=lambda value: {False: "dynamic", True: "native"}.get(value, value),
)
@pytest.mark.parametrize("fault", LASTING)
def test_after_faults_at_all_calls_from_one_on_the_next_up_ends_well(
    world: World,
    fault: str,
    keeps: bool,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    driver = world.driver(keeps=keeps, relayed=not ONCE[fault], retry="0.05")
    enumerated(
        world,
        name,
        record_property,
        cases=lambda prepared: [Case(fault, n, lasting=True) for n in _writes(prepared)],
        run=lambda prepared, case: struck(world, prepared, driver, case),
        after=lambda: world.driver(keeps=keeps),
    )


# --- the plugin in a process of its own ----------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", [KILL_BEFORE, KILL_AFTER])
def test_a_process_that_is_killed_at_a_call_leaves_nothing_that_cannot_be_found(
    world: World, fault: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    def killed(prepared: Prepared, case: Case) -> Any:
        with Plugin(world.plugins, world.environment(relayed=True)) as plugin:
            return struck(world, prepared, plugin, case, plugin.process)

    with Plugin(world.plugins, world.environment()) as survivor:
        enumerated(
            world,
            name,
            record_property,
            cases=lambda prepared: [Case(fault, n) for n in range(1, len(prepared.calls) + 1)],
            run=killed,
            after=lambda: survivor,
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["503", "cut after", "time-out after", "504 after"])
def test_a_fault_at_a_write_of_the_plugin_is_settled(
    world: World, fault: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    environment = world.environment(relayed=True, impatient="time-out" in fault)
    with (
        Plugin(world.plugins, environment) as plugin,
        Plugin(world.plugins, world.environment()) as after,
    ):
        enumerated(
            world,
            name,
            record_property,
            cases=lambda prepared: [Case(fault, n) for n in _writes(prepared)],
            run=lambda prepared, case: struck(world, prepared, plugin, case),
            after=lambda: after,
        )
