"""Enforced conditions, compared with an evaluation of the values behind the text, for every rule and request."""

from __future__ import annotations

import json
import operator as operators
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import Answer, Clock, Iam, denied
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

IPS = ["203.0.113.7", "203.0.113.8", "2001:db8::7"]
AGENTS = ["scw/2.1", "Pulumi/3 scw", "curl", ""]
ZONES = ["Europe/Paris", "Asia/Kolkata", "America/New_York", "+05:30", "-11:00", "UTC"]
SECRETS = "/secret-manager/v1beta1/regions/fr-par/secrets"


class Request(NamedTuple):
    """The facts of a request; `target` has the fields of the object, and none for a list."""

    ip: str
    agent: str
    time: datetime
    target: dict[str, str]


@dataclass(frozen=True)
class Condition:
    """The text of a condition, and its result for a request: None is an error."""

    text: str
    holds: Callable[[Request], bool | None]


def local(time: datetime, zone: str) -> datetime:
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
        return time + (offset if zone[0] == "+" else -offset)
    return time.astimezone(ZoneInfo(zone))


def of_time(method: str, zone: str, operator: str, number: int) -> Condition:
    compare = {"==": operators.eq, "!=": operators.ne, "<": operators.lt, ">=": operators.ge}

    def read(time: datetime) -> int:
        match method:
            case "getHours":
                return time.hour
            case "getDayOfWeek":
                return time.isoweekday() % 7
            case "getDate":
                return time.day
        return time.minute

    return Condition(
        f'request.time.{method}("{zone}") {operator} {number}',
        lambda request: compare[operator](read(local(request.time, zone)), number),
    )


def of_instant(day: int, *, later: bool) -> Condition:
    limit = Clock().time + timedelta(days=day)
    return Condition(
        f'request.time {">=" if later else "<"} timestamp("{limit:%Y-%m-%dT%H:%M:%SZ}")',
        lambda request: (request.time >= limit) is later,
    )


def of_ip(ips: list[str]) -> Condition:
    return Condition(f"request.ip in {json.dumps(ips)}", lambda request: request.ip in ips)


def of_agent(part: str, *, starts: bool) -> Condition:
    return Condition(
        f'request.user_agent.{"startsWith" if starts else "contains"}("{part}")',
        lambda request: request.agent.startswith(part) if starts else part in request.agent,
    )


def of_target(field: str, value: str) -> Condition:
    return Condition(
        f'resource.{field} == "{value}"',
        lambda request: request.target[field] == value if field in request.target else None,
    )


def without_target() -> Condition:
    return Condition("!has(resource.id)", lambda request: "id" not in request.target)


CONSTANTS = [
    Condition("true", lambda _: True),
    Condition("1 == 2", lambda _: False),
    Condition("request.nope == 1", lambda _: None),
    Condition('request.time < "2031-01-01T00:00:00Z"', lambda _: None),
    Condition("nobody", lambda _: None),
    Condition("request.ip", lambda _: None),
]


def negated(inner: Condition) -> Condition:
    def holds(request: Request) -> bool | None:
        result = inner.holds(request)
        return None if result is None else not result

    return Condition(f"!({inner.text})", holds)


def combined(operator: str, sides: list[Condition]) -> Condition:
    decisive = operator == "||"

    def holds(request: Request) -> bool | None:
        results = [side.holds(request) for side in sides]
        if decisive in results:
            return decisive
        return None if None in results else not decisive

    return Condition(f" {operator} ".join(f"({side.text})" for side in sides), holds)


class Call(NamedTuple):
    """An API call, its action and type of object, its project, and the name of its target."""

    method: str
    path: str
    action: str
    resource: str
    project: str | None = None
    target: str = ""


class World(NamedTuple):
    """The organization of all examples: two applications, one of these in a group."""

    emulator: Emulator
    clock: Clock
    owner: Iam
    restore: Callable[[], None]
    callers: dict[str, Iam]
    principals: dict[str, dict[str, Any]]
    targets: dict[str, dict[str, str]]
    projects: list[str]
    calls: list[Call]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    clock = Clock()
    with Emulator(clock=clock, enforce=True) as emulator:
        owner = Iam(emulator, clock)
        projects = [owner.create("/account/v3/projects", name=name)["id"] for name in "pq"]
        ids = {name: owner.application(name) for name in ("ann", "bob")}
        callers = {name: owner.acting_as(application_id=key) for name, key in ids.items()}
        group_id = owner.group("devs")
        owner.post(f"/groups/{group_id}/add-member", application_id=ids["ann"])
        targets = {"devs": {"id": group_id, "name": "devs", "locality": "global"}}
        targets["ops"] = {"id": owner.group("ops"), "name": "ops", "locality": "global"}
        calls = [Call("GET", "/groups", "list", "group")]
        for name in ("devs", "ops"):
            path = f"/groups/{targets[name]['id']}"
            calls += [
                Call("GET", path, "read", "group", None, name),
                Call("PATCH", path, "write", "group", None, name),
            ]
        for project, name in zip(projects, ("laptop", "desktop"), strict=True):
            body = {"name": name, "public_key": SSH_KEY, "project_id": project}
            key_id = owner.post("/ssh-keys", **body)["id"]
            targets[name] = {"id": key_id, "name": name, "locality": "global"}
            path = f"/ssh-keys/{key_id}"
            calls += [
                Call("GET", f"/ssh-keys?project_id={project}", "list", "ssh_key", project),
                Call("GET", path, "read", "ssh_key", project, name),
                Call("PATCH", path, "write", "ssh_key", project, name),
            ]
            body = {"name": name, "path": "/billing", "project_id": project}
            secret_id = owner.good(owner.call("POST", SECRETS, body))["id"]
            secret = {"id": secret_id, "name": f"/billing/{name}", "locality": "fr-par"}
            targets[f"secret {name}"] = secret
            calls += [
                Call("GET", f"{SECRETS}?project_id={project}", "list", "secret", project),
                Call("GET", f"{SECRETS}/{secret_id}", "read", "secret", project, f"secret {name}"),
            ]
        calls.append(Call("GET", "/ssh-keys", "list", "ssh_key"))
        principals: dict[str, dict[str, Any]] = {
            **{name: {"application_id": key} for name, key in ids.items()},
            "devs": {"group_id": group_id},
            "nobody": {"no_principal": True},
        }
        snapshot = emulator.snapshot()

        def restore() -> None:
            clock.restart()
            emulator.reset()
            emulator.restore(snapshot)

        with owner.session, callers["ann"].session, callers["bob"].session:
            yield World(
                emulator, clock, owner, restore, callers, principals, targets, projects, calls
            )


ORGANIZATION_SETS = {
    "IAMGroupReadOnly": {"list group", "read group"},
    "IAMGroupManager": {"list group", "read group", "write group"},
    "IAMReadOnly": {"list group", "read group"},
    "ProjectReadOnly": set[str](),
}
PROJECT_SETS = {
    "SSHKeysReadOnly": {"list ssh_key", "read ssh_key"},
    "SSHKeysFullAccess": {"list ssh_key", "read ssh_key", "write ssh_key"},
    "SecretManagerReadOnly": {"list secret", "read secret"},
    "AllProductsReadOnly": {"list ssh_key", "read ssh_key", "list secret", "read secret"},
}
MEMBERS = {"ann": {"ann", "devs"}, "bob": {"bob"}}


def conditions(world: World) -> st.SearchStrategy[Condition]:
    fields = [(field, value) for item in world.targets.values() for field, value in item.items()]
    leaves = st.one_of(
        st.sampled_from(CONSTANTS),
        st.builds(of_ip, st.lists(st.sampled_from(IPS), max_size=2)),
        st.builds(of_agent, st.sampled_from(["scw", "Pulumi", "x"]), starts=st.booleans()),
        st.builds(of_instant, st.integers(-1, 3), later=st.booleans()),
        st.builds(
            of_time,
            st.sampled_from(["getHours", "getDayOfWeek", "getDate", "getMinutes"]),
            st.sampled_from(ZONES),
            st.sampled_from(["==", "!=", "<", ">="]),
            st.integers(0, 23),
        ),
        st.sampled_from(fields).map(lambda field: of_target(*field)),
        st.builds(without_target),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(negated),
            st.builds(
                combined, st.sampled_from(["&&", "||"]), st.lists(inner, min_size=2, max_size=3)
            ),
        ),
        max_leaves=5,
    )


class Rule(NamedTuple):
    sets: dict[str, set[str]]
    projects: list[str] | None
    """The projects of the rule; None for the organization."""
    condition: Condition | None

    def body(self, organization_id: str) -> dict[str, Any]:
        scope = {"project_ids": self.projects} if self.projects else {}
        return {
            "permission_set_names": list(self.sets),
            "condition": self.condition.text if self.condition else "",
            **(scope or {"organization_id": organization_id}),
        }

    def grants(self, call: Call, request: Request) -> bool:
        return (
            any(f"{call.action} {call.resource}" in allowed for allowed in self.sets.values())
            and (self.projects is None or call.project in self.projects)
            and (self.condition is None or self.condition.holds(request) is True)
        )


def rules(world: World) -> st.SearchStrategy[Rule]:
    def of(sets: dict[str, set[str]]) -> st.SearchStrategy[dict[str, set[str]]]:
        names = st.lists(st.sampled_from(list(sets)), min_size=1, max_size=2, unique=True)
        return names.map(lambda chosen: {name: sets[name] for name in chosen})

    condition = st.none() | conditions(world)
    some = st.lists(st.sampled_from(world.projects), min_size=1, max_size=2, unique=True)
    return st.one_of(
        st.builds(Rule, of(ORGANIZATION_SETS), st.none(), conditions(world)),
        st.builds(Rule, of(PROJECT_SETS), st.none() | some, condition),
    )


def test_enforced_conditions_agree_with_a_brute_force_evaluation(world: World) -> None:
    policies = st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "devs", "devs", "nobody"]),
            st.lists(rules(world), min_size=1, max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
    requests = st.lists(
        st.tuples(
            st.sampled_from(["ann", "ann", "bob"]),
            st.sampled_from(world.calls),
            st.sampled_from(IPS),
            st.sampled_from(AGENTS),
            st.integers(0, 1500),
        ),
        min_size=10,
        max_size=16,
    )
    outcomes: Counter[bool] = Counter()

    # Without shrinking: each smaller example needs many API calls.
    @settings(
        max_examples=60, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )
    @given(policies, requests)
    def compare(
        policies: list[tuple[str, list[Rule]]], requests: list[tuple[str, Call, str, str, int]]
    ) -> None:
        world.restore()
        for index, (principal, own) in enumerate(policies):
            body = [rule.body(world.owner.organization_id) for rule in own]
            who = world.principals[principal]
            world.owner.create("/policies", name=f"policy {index}", rules=body, **who)
        for caller, call, ip, agent, minutes in requests:
            world.clock.advance(minutes=minutes)
            world.emulator.client_ip = ip
            request = Request(ip, agent, world.clock.time, world.targets.get(call.target, {}))
            iam = world.callers[caller]
            iam.session.headers["User-Agent"] = agent
            answer = iam.call(call.method, call.path, {} if call.method == "PATCH" else None)
            allowed = any(
                rule.grants(call, request)
                for principal, own in policies
                if principal in MEMBERS[caller]
                for rule in own
            )
            outcomes[allowed] += 1
            expected = Answer(200, answer.body) if allowed else denied(call.action, call.resource)
            assert answer == expected, (call, request)

    compare()
    assert min(outcomes[True], outcomes[False]) > 50, outcomes
