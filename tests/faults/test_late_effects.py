"""Late creates, hidden objects and changed User-Agents: a message names each object left behind.

A gateway responds 504 at once, and the request takes effect later: within the lag of the API, after
the repeat, or after the update. The audit log, the lists or both may lag. A gateway may rewrite the
User-Agent. Afterwards, for each object left behind:

* the error or a warning names the object, and the bearer of an API key,
* `pulumi-scw-iam doctor` finds the object with the state,
* earlier objects of the organization are unchanged,
* objects in the state are not deleted.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.doctor.examine import Finding, examine
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.states.stack_state import StackState
from tests.support.faults.engine import Engine, Failed
from tests.support.faults.operations import operations
from tests.support.faults.world import KEYS, long_ago
from tests.support.relays.crashes import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from tests.support.faults.world import Prepared, World

pytestmark = pytest.mark.faults

RETRY = "2.4"
LAG = 0.2
"""The seconds of create recovery with this `RETRY`."""

CREATES = [
    operation.name
    for operation in operations(("", ""))
    if "create" in operation.name or "replace" in operation.name
]
AGENTS: dict[str, Callable[[str], str] | None] = {
    "kept": None,
    "rewritten": lambda agent: "gateway/2.0",  # noqa: ARG005
    "missing": lambda agent: "",  # noqa: ARG005
    "cut": lambda agent: agent[:30],
}
LAGS: dict[str, tuple[str, ...]] = {
    "nothing lags": (),
    "the list lags": ("list",),
    "the log lags": ("log",),
    "both lag": ("list", "log"),
}
LATE = (0.5 * LAG, 1.5 * LAG, 3 * LAG)


@dataclass(frozen=True)
class Case:
    """One create with a late effect."""

    number: int
    seconds: float
    agent: str = "kept"
    lag: str = "nothing lags"

    def __str__(self) -> str:
        return f"effect of call {self.number} after {self.seconds:.1f} s, {self.lag}, User-Agent {self.agent}"


def cases(prepared: Prepared) -> Iterator[Case]:
    """Yield all cases of the creates of an operation."""
    for number, call in enumerate(prepared.calls, 1):
        if not call.startswith("POST ") or call.endswith(("member", "lock", "members", "versions")):
            continue
        for seconds in LATE:
            yield from (Case(number, seconds, agent=agent) for agent in AGENTS)
            yield from (Case(number, seconds, lag=lag) for lag in list(LAGS)[1:])


class Lines(logging.Handler):
    """Records warnings to the user."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> Self:
        user_log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        user_log.removeHandler(self)


def struck(world: World, prepared: Prepared, case: Case) -> tuple[Engine, list[str]]:
    """Run the operation with the late effect; return the engine and all messages."""
    world.emulator.faults.clear()
    world.emulator.restore(prepared.snapshot)
    driver = world.driver(keeps=False, relayed=True, retry=RETRY)
    engine = Engine(driver, prepared.state)
    driver.begin()
    nothing = {"logs": [], "total_count": 0}
    if "log" in LAGS[case.lag]:
        world.emulator.faults.add(Fault(operation="list_logs", status=200, body=nothing, last=12))
    if "list" in LAGS[case.lag]:
        world.emulator.faults.add(Fault(method="POST", hidden_seconds=4 * LAG))
    world.relay.agent = AGENTS[case.agent]
    world.relay.follow(Plan("504", case.number, late=case.seconds))
    with Lines() as recorder:
        try:
            engine.up(prepared.program)
        except Failed as failure:
            recorder.lines.append(failure.line)
        world.relay.join()
        if case.lag != "nothing lags":
            time.sleep(4 * LAG)  # the API now shows all objects
        create_watch.finish()
    assert world.relay.struck, "no request matched the fault"
    world.emulator.faults.clear()
    world.relay.agent = None
    world.relay.rest()
    return engine, recorder.lines


def wrong(
    world: World, prepared: Prepared, engine: Engine, lines: list[str], base: dict[str, Any]
) -> Iterator[str]:
    """Yield each error afterwards."""
    now = {resource_id: item for _, resource_id, item in world.objects()}
    for resource_id, item in base.items():
        if now.get(resource_id) != item:
            yield f"an earlier object changed from {item} to {now.get(resource_id)}"
    for resource_id in engine.state.ids - prepared.state.ids:
        whole = resource_id.rpartition("/")[2]
        if whole not in now:
            yield f"{resource_id} is in the state, but does not exist"
    unknown = world.unknown(engine.state)
    finds = {find.id.rpartition("/")[2] for find in _finds(world, engine)} if unknown else set()
    for resource, resource_id in unknown:
        item = now[resource_id]
        bearer = item.get("application_id") or item.get("user_id") or ""
        named = [line for line in lines if resource_id in line or "pulumi-scw-iam doctor" in line]
        if not named:
            yield f"{resource} {resource_id} is left, and no message names the object; messages: {lines}"
        elif resource == "access_key" and not any(
            resource_id in line or bearer in line for line in named
        ):
            yield f"API key {resource_id} is left, and no message names the bearer {bearer}; messages: {lines}"
        if (
            resource == "access_key"
            and resource_id not in finds
            and not any(resource_id in line for line in lines)
        ):
            yield f"API key {resource_id} is left, and the doctor found only {finds}"
    if len(unknown) > 1:
        yield f"more than one object is left: {unknown}"
    yield from (f"{secret} does not work" for secret in world.broken_secrets(engine.state))


def _finds(world: World, engine: Engine) -> list[Finding]:
    held = engine.state.resources.values()
    keys = [item.outputs for item in held if item.kind == "APIKey"]
    bearers = {item.id for item in held if item.kind in {"Application", "User"}}
    bearers |= {str(key.get(name)) for key in keys for name in ("application_id", "user_id")}
    # A real stack has the bearers of its keys in its state. Here they are seeded.
    bearers |= world.base_ids
    ids = frozenset(resource_id.lower() for resource_id in engine.state.ids)
    stack = StackState(
        name="state.json",
        ids=ids | {resource_id.lower() for resource_id in world.base_ids},
        bearers=frozenset(bearers),
        fronts=frozenset({"native"}),
    )
    settings = Settings.resolve(environ=world.environment())
    report = examine(IamClient(settings), world.emulator.organization_id, [stack], long_ago())
    return [*report.found, *report.unrecorded]


@pytest.mark.parametrize("name", CREATES)
def test_a_create_whose_effect_comes_late_leaves_nothing_without_a_line(
    world: World, name: str, record_property: Callable[[str, object], None]
) -> None:
    prepared, count, failures = world.prepared(name), 0, []
    base = {
        item[KEYS[resource]]: item
        for resource, items in prepared.snapshot.objects.items()
        if resource not in {"log", "event"}
        for item in items
        if item[KEYS[resource]] in world.base_ids
    }
    for case in cases(prepared):
        count += 1
        engine, lines = struck(world, prepared, case)
        failures += [
            f"{name}, {case}: {error}" for error in wrong(world, prepared, engine, lines, base)
        ]
    record_property("cases", count)
    record_property("operation", name)
    assert not failures, "\n".join(failures)
