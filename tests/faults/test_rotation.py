"""A fault at each API call of each operation on a rotating key, with and without a secret that receives the keys.

These rules are checked after each request. A key that a consumer can read signs. At most two keys of the resource
are live. Nobody has rights that neither the state nor the program gives. After a fault and one more `up`, the preview
is empty, no key is left, and the newest version has the current key.

One case allows more: a create that was killed, or lost the API, after its key was made may leave this key. No state
has its secret, so the next create cannot prove whose key it is. With a secret that receives the keys, the next create
deletes the key, unless a version has it. A message names the key or `pulumi-scw-iam doctor`, unless the process was
killed. The key expires by itself.
"""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.emulator import Fault
from tests.support.faults.engine import Engine, Failed, Plugin, Plugins
from tests.support.faults.rotations import Rotations, Scenario, Step
from tests.support.faults.secrets import scan
from tests.support.relays.crashes import KILL_AFTER, KILL_BEFORE, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.support.faults.engine import State
    from tests.support.faults.rotations import Made

pytestmark = pytest.mark.faults

_KEYS = re.compile(rb'"access_key": "(\w+)", "secret_key": "([0-9a-f-]{36})"')

KEY = {"application_id": "$robot", "description": "ci", "rotate_after": "60d", "overlap": "7d"}
VAULT = {"secret_id": "$vault", "secret_format": "json"}
OTHER = {"secret_id": "$other", "secret_format": "json"}


def scenarios(place: dict[str, Any]) -> Iterator[Scenario]:
    """Yield each operation on a key that is handed on to a place: a secret, or else the state."""
    key = {**KEY, **place}
    triggered = {**key, "rotation_triggers": ["2"]}
    crane = {**key, "application_id": "$crane"}
    made = (Step(key),)
    overlapping = (*made, Step(key, days=61))
    elsewhere = {**KEY, **OTHER} if place else {**KEY, **VAULT}
    yield Scenario("create", (), Step(key))
    yield Scenario("rotate by age", made, Step(key, days=61))
    yield Scenario("rotate by trigger", made, Step(triggered, days=1))
    yield Scenario("rotate within an overlap", overlapping, Step(triggered, days=1))
    yield Scenario("rotate after an overlap", overlapping, Step(key, days=61))
    yield Scenario("change the bearer", made, Step(crane, days=1))
    yield Scenario("change the bearer within an overlap", overlapping, Step(crane, days=1))
    yield Scenario("change the place", made, Step(elsewhere, days=1))
    yield Scenario("change the place within an overlap", overlapping, Step(elsewhere, days=1))
    yield Scenario("end an overlap", overlapping, Step(key, days=8))
    yield Scenario("replace a deleted key", made, Step(key, days=1, deletes_current=True))
    deleted = Step(key, days=1, deletes_current=True)
    yield Scenario("replace a key deleted within an overlap", overlapping, deleted)
    yield Scenario("update", made, Step({**key, "description": "cd"}, days=1))
    yield Scenario("destroy", made, Step(None, days=1))
    yield Scenario("destroy within an overlap", overlapping, Step(None, days=1))
    if place:
        yield Scenario("move into the state", made, Step(KEY, days=1))


PLACES: dict[str, dict[str, Any]] = {"state": {}, "secret": VAULT}
ALL = {
    f"{scenario.name}, {word}": scenario
    for word, place in PLACES.items()
    for scenario in scenarios(place)
}

ONCE: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "503": {"status": 503},
    "cut before": {"lost": "before"},
    "cut after": {"lost": "after"},
    "denied": {"status": 403},
}
LASTING: dict[str, dict[str, Any]] = {
    "503 from then on": {"status": 503},
    "cut from then on": {"lost": "before"},
    "lost from then on": {"lost": "after"},
    "killed after": {"lost": "after"},
    "secret manager lost": {"lost": "after"},
    "secret manager lost and unreadable": {"lost": "after"},
}
"""After a loss or a kill, the call has its effect, and no later call arrives. A killed process also tells the engine
nothing. If the Secret Manager alone is lost, the API for keys still answers."""
FAULTS = (*ONCE, *LASTING)
SINK = {"denied", "secret manager lost", "secret manager lost and unreadable"}
"""The faults of a version alone."""
SECRETS = "/secret-manager/*/versions"
MAKES = {"POST /iam/v1alpha1/api-keys"}
LOSSES = ("cut after", "lost from then on", "killed after")
"""The effect of the call stays, and its response is lost."""


@dataclass(frozen=True)
class Case:
    """A fault at one API call of an operation."""

    fault: str
    number: int

    @property
    def is_kill(self) -> bool:
        return self.fault in {"killed after", KILL_BEFORE, KILL_AFTER}

    def arm(self, world: Rotations) -> None:
        options, n = (ONCE | LASTING)[self.fault], self.number
        if self.fault in {"lost from then on", "killed after"}:
            world.fault(first=n, last=n, **options)
            world.fault(first=n + 1, lost="before")
        elif "secret manager" in self.fault:
            world.fault(first=n, last=n, **options)
            is_unreadable = "unreadable" in self.fault
            rest: dict[str, Any] = {"status": 403} if is_unreadable else options
            method = "GET" if is_unreadable else "*"
            world.emulator.faults.add(Fault(path=SECRETS, method=method, **rest))
        else:
            world.fault(first=n, last=n if self.fault in ONCE else None, **options)


def cases(made: Made, faults: Iterable[str] = FAULTS) -> Iterator[Case]:
    """Yield the faults at each call. Reads have no effect to lose; only the Secret Manager denies a write."""
    for number, call in enumerate(made.calls, 1):
        is_write = not call.startswith("GET ")
        # Reads are retried after both.
        left_out = set() if is_write else {*LOSSES, ("500", "503")[number % 2], "503 from then on"}
        if not (is_write and "secret-manager" in call):
            left_out |= SINK
        yield from (Case(fault, number) for fault in faults if fault not in left_out)


def struck(
    world: Rotations, made: Made, case: Case, *, keeps: bool
) -> tuple[Engine, Failed | None]:
    """Run the operation with a fault; return the engine, and the failure."""
    retry = "0.1" if case.fault in LASTING else "1"
    engine, failed = world.start(made, world.driver(keeps=keeps, retry=retry)), None
    case.arm(world)
    try:
        world.run(engine, made.program)
    except Failed as failure:
        failed = failure
    assert world.emulator.faults.tally()[0].struck, "no request matched the fault"
    world.emulator.faults.clear()
    if case.is_kill:
        # The engine does not learn what the process knew.
        engine = Engine(world.driver(keeps=keeps), made.state)
        failed = failed or Failed("killed")
    return engine, failed


def wrong(
    world: Rotations, made: Made, case: Case, engine: Engine, failed: Failed | None
) -> Iterator[str]:
    """Yield each error after another `up` without faults."""
    keys, before = (
        {key["access_key"] for key, _ in world.live_keys(snapshot)}
        for snapshot in (None, made.snapshot)
    )
    if case.fault == "denied" and keys - before:
        yield f"its secret reached no place, but {keys - before} stays"
    left = 0
    if failed is not None and "it" not in made.state.resources:
        is_unknown = (
            case.is_kill or "`pulumi stack export | pulumi-scw-iam doctor -`" in failed.line
        )
        may_stay = keys if is_unknown else {key for key in keys if key in failed.line}
        if secret_id := made.program["it"][1].get("secret_id"):
            may_stay = may_stay & world.handed_on(secret_id)
        left = len(may_stay)
    engine.driver = world.driver()
    if failed is not None or case.fault in LASTING:
        # Without an answer to its reads, an operation may end without a failure, and without an update.
        try:
            world.run(engine, made.program)
        except Failed as again:
            yield f"the next up failed: {again}"
            return
    yield from world.wrong(made, engine, left)
    if failed is not None:
        if not made.program:
            return
        yield from world.after_overlap(made, engine, left)


class Tally:
    """The cases of a test, and their failures."""

    def __init__(self, world: Rotations) -> None:
        self.world = world
        self.count = 0
        self.failures: list[str] = []

    def add(
        self,
        made: Made,
        tried: Iterable[Case],
        run: Callable[[Made, Case], tuple[Engine, Failed | None]] | None = None,
    ) -> State:
        """Run cases of an operation; return the state after the last one. The fronts take turns."""
        state = made.state
        for case in tried:
            self.count += 1
            keeps = bool(self.count % 2)
            engine, failed = run(made, case) if run else struck(self.world, made, case, keeps=keeps)
            front = "native" if keeps or run else "dynamic"
            what = (
                f"{made.scenario.name}, {case.fault} at call {case.number} of {len(made.calls)}"
                f" ({made.calls[case.number - 1]}), {front}"
            )
            try:
                errors = list(wrong(self.world, made, case, engine, failed))
            except (Failed, IamError) as unexpected:
                errors = [str(unexpected)]
            self.failures += [f"{what}: {error}" for error in errors]
            if errors and failed:
                self.failures.append(f"    its message: {failed.line}")
            state = engine.state
        return state

    def report(self, name: str, record_property: Callable[[str, object], None]) -> None:
        """Report the number of cases, and all failures at once."""
        record_property("cases", self.count)
        record_property("operation", f"RotatingAPIKey: {name}")
        assert not self.failures, "\n".join(self.failures)


@pytest.fixture(scope="module")
def rotations() -> Iterator[Rotations]:
    world = Rotations("deployer")
    yield world
    world.close()


@pytest.mark.parametrize("name", ALL)
def test_a_fault_at_a_call_breaks_no_rule_and_the_next_up_ends_well(
    rotations: Rotations, name: str, record_property: Callable[[str, object], None]
) -> None:
    tally, made = Tally(rotations), rotations.made(ALL[name])
    tally.add(made, cases(made))
    tally.report(name, record_property)


@pytest.mark.parametrize("place", PLACES)
def test_a_lost_response_that_the_audit_log_explains_breaks_no_rule(
    place: str, record_property: Callable[[str, object], None]
) -> None:
    """With the audit log, the provider knows within the same `up` which key its lost call has made."""
    world = Rotations("auditor")
    try:
        tally = Tally(world)
        for scenario in scenarios(PLACES[place]):
            made = world.made(scenario)
            tally.add(made, cases(made, ("cut after", "killed after")))
        tally.report(f"with the audit log, {place}", record_property)
    finally:
        world.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_program_that_is_changed_back_after_a_kill_leaves_no_key(
    rotations: Rotations, place: str, record_property: Callable[[str, object], None]
) -> None:
    """A key that consumers may use becomes the current one; any other new key is deleted."""
    count, failures = 0, []
    for name in ("rotate by trigger", "rotate within an overlap", "change the place", "update"):
        made = rotations.made(ALL[f"{name}, {place}"])
        back = rotations.program({**KEY, **PLACES[place]})
        for case in cases(made, ("killed after",)):
            count += 1
            engine, _ = struck(rotations, made, case, keeps=True)
            rotations.run(engine, back)
            errors = [*rotations.broken, *rotations.wrong_keys(engine.state)]
            if plan := engine.preview(back):
                errors.append(f"the next preview is {plan}")
            failures += [f"{name}, killed after call {case.number}: {error}" for error in errors]
    record_property("cases", count)
    record_property("operation", f"RotatingAPIKey: changed back, {place}")
    assert failures == []


@pytest.mark.parametrize("place", PLACES)
def test_ten_rotations_with_faults_at_each_call_break_no_rule(
    rotations: Rotations, place: str, record_property: Callable[[str, object], None]
) -> None:
    """Each rotation starts where the last case of the rotation before has ended, with or without an overlap.

    Each rotation has every other case, so two rotations have all.
    """
    tally, key = Tally(rotations), {**KEY, **PLACES[place]}
    state = rotations.after(Step(key))
    seen = {state.resources["it"].outputs["access_key"]}
    for number in range(10):
        name = f"rotation {number + 1}, {place}"
        made = rotations.made_from(Scenario(name, (), Step(key, days=61)), state)
        tried = list(cases(made))
        start = number * 7 % len(tried)
        state = tally.add(made, [*tried[start:], *tried[:start]][::2])
        seen.add(state.resources["it"].outputs["access_key"])
    assert len(seen) == 11
    tally.report(f"ten rotations, {place}", record_property)


@pytest.mark.parametrize("place", PLACES)
def test_a_key_that_the_api_makes_after_the_update_is_deleted_by_the_next_up(
    place: str, record_property: Callable[[str, object], None]
) -> None:
    """The API may perform a call long after it was lost. Until the next `up`, there may be one key more."""
    world, failures, count = Rotations("deployer", relayed=True), [], 0
    try:
        for name in ("rotate by age", "rotate within an overlap", "replace a deleted key"):
            made = world.made(ALL[f"{name}, {place}"])
            (number,) = (n for n, call in enumerate(made.calls, 1) if call in MAKES)
            engine = world.start(made, world.driver(retry="0.1"))
            world.relay.follow(Plan("504", number, late=0.5))
            # The create is repeated if no key appears. A late key may be the second or the third.
            with suppress(Failed):
                world.run(engine, made.program)
            world.relay.join()
            world.relay.rest()
            count += 1
            engine.driver = world.driver()
            world.run(engine, made.program)
            world.broken = [line for line in world.broken if "3 keys are live" not in line]
            failures += [f"{name}: {error}" for error in world.wrong(made, engine)]
    finally:
        world.close()
    record_property("cases", count)
    record_property("operation", f"RotatingAPIKey: late keys, {place}")
    assert failures == []


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    plugins = Plugins()
    yield plugins
    plugins.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_plugin_that_is_killed_at_a_write_breaks_no_rule(
    rotations: Rotations,
    plugins: Plugins,
    place: str,
    record_property: Callable[[str, object], None],
) -> None:
    def killed(made: Made, case: Case) -> tuple[Engine, Failed]:
        with Plugin(plugins, rotations.environment(relayed=True)) as plugin:
            engine = rotations.start(made, plugin)
            rotations.relay.follow(Plan(case.fault, case.number, process=plugin.process))
            with pytest.raises(Failed) as failure:
                rotations.run(engine, made.program)
            assert rotations.relay.struck == 1
            rotations.relay.rest()
        assert engine.state == made.state
        return engine, failure.value

    tally = Tally(rotations)
    for scenario in scenarios(PLACES[place]):
        made = rotations.made(scenario)
        writes = [n for n, call in enumerate(made.calls, 1) if not call.startswith("GET ")]
        kills = [Case(fault, n) for n in writes for fault in (KILL_BEFORE, KILL_AFTER)]
        tally.add(made, kills, killed)
    tally.report(f"killed plugins, {place}", record_property)


def test_no_secret_key_for_a_secret_is_in_a_state_a_message_or_a_log(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The keys of a state are in the state. So the search finds these, and no others."""
    world, made_keys = Rotations(relayed=True), dict[str, str]()

    def heard(answer: bytes) -> None:
        for access_key, secret_key in _KEYS.findall(answer):
            made_keys[access_key.decode()] = secret_key.decode()

    world.relay.answered = heard
    log = logging.getLogger("pulumi_scw_iam")
    level, tally = log.level, Tally(world)
    log.setLevel(logging.DEBUG)
    try:
        for place in PLACES:
            folder = tmp_path / place
            folder.mkdir()
            made_keys.clear()
            world.texts.clear()
            handler = logging.FileHandler(folder / "calls.log")
            log.addHandler(handler)
            for name in ("create", "rotate within an overlap"):
                made = world.made(ALL[f"{name}, {place}"])
                last = len(made.calls)
                tally.add(made, (case for case in cases(made) if case.number > last - 2))
            log.removeHandler(handler)
            handler.close()
            (folder / "states.txt").write_text("\n".join(world.texts))
            (folder / "access.log").write_text("\n".join(world.lines))
            found = {leak.secret for leak in scan(folder, made_keys)}
            assert len(made_keys) > 20
            if place == "state":
                assert found
                assert {leak.file for leak in scan(folder, made_keys)} == {"states.txt"}
            else:
                assert found == set()
                access_key, secret_key = made_keys.popitem()
                (folder / "planted.txt").write_text(f"a{b64encode(secret_key.encode()).decode()}")
                assert {leak.secret for leak in scan(folder, {access_key: secret_key})} == {
                    access_key
                }
    finally:
        log.setLevel(level)
        world.close()
    tally.report("secrets", record_property)
