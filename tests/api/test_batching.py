"""Reads that come together become few calls, and never a wrong answer."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import batching
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, NotFound
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.core.fields import Props

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}")
SET = "IAMReadOnly"
NOBODY = "99999999-9999-4999-8999-999999999999"


class World:
    """An organization, a front that has read nothing yet, and the calls that are made."""

    def __init__(self, emulator: Emulator, log: list[str]) -> None:
        self.emulator = emulator
        self.log = log
        self.settings = Settings.resolve(environ=emulator.environment)
        self.iam = IamClient(self.settings)
        self.front = ProviderCore(lambda: self.settings)
        self.operations = 0
        self.known: list[tuple[str, str, Props]] = []

    def begin(self, **settings: Any) -> None:
        """Begin another operation of the engine, whose process has made nothing."""
        self.operations += 1
        settings["user_agent_suffix"] = f"operation {self.operations}"
        chosen = replace(Settings.resolve(environ=self.emulator.environment), **settings)
        self.front = ProviderCore(lambda: chosen)
        self.log.clear()

    def make(self, kind: str, **arguments: Any) -> str:
        own = {"organization_id": self.emulator.organization_id, "project_id": None}
        inputs, failures = KINDS[kind].check({}, arguments, settings=own)
        assert failures == []
        it, outputs = self.front.create(KINDS[kind], inputs)
        self.known.append((kind, it, outputs))
        return it

    def fill(self, number: int) -> None:
        """Make a stack: a third applications, a third groups, and policies and API keys."""
        robots = [self.make("Application", name=f"robot {n}") for n in range(number // 3)]
        for n, robot in enumerate(robots):
            self.make("Group", name=f"group {n}", application_ids=[robot])
            if n % 2:
                rule = {
                    "permission_set_names": [SET],
                    "organization_id": self.emulator.organization_id,
                }
                self.make("Policy", name=f"policy {n}", application_id=robot, rules=[rule])
            else:
                self.make("APIKey", application_id=robot, description=str(n))

    def refresh(self, at_once: int = 32) -> list[Props | None]:
        """What the engine is told of all that it knows, when it reads so many at once."""

        def read(one: tuple[str, str, Props]) -> Props | None:
            kind, it, outputs = one
            return self.front.read(KINDS[kind], it, outputs)

        with ThreadPoolExecutor(at_once) as engine:
            return list(engine.map(read, self.known))

    def calls(self) -> Counter[str]:
        """The calls since the operation began, without ids."""
        lines = [_ID.sub("ID", line.split(" ", 1)[0] + " " + line.split()[1]) for line in self.log]
        return Counter(line.split("?")[0].replace("/iam/v1alpha1/", "") for line in lines)


@contextmanager
def organization(**options: Any) -> Iterator[World]:
    log: list[str] = []
    with Emulator(access_log=log.append, **options) as emulator:
        yield World(emulator, log)


@pytest.fixture(autouse=True)
def wide_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have reads wait longer for others, as the threads of a busy machine start late."""
    monkeypatch.setattr(batching, "_WINDOW", 0.1)


@pytest.fixture
def world() -> Iterator[World]:
    with organization() as world:
        yield world


# The dynamic host serves four at once, the plugin what --parallel says.
@pytest.mark.parametrize(("at_once", "most"), [(4, 24), (8, 20), (32, 16)])
def test_a_refresh_of_an_organization_takes_a_handful_of_calls(
    world: World, at_once: int, most: int
) -> None:
    world.fill(300)
    world.begin()
    assert world.refresh(at_once) == [outputs for _, _, outputs in world.known]
    calls = world.calls()
    # No list has the rules of several policies.
    assert calls.pop("GET rules") == sum(kind == "Policy" for kind, _, _ in world.known)
    assert sum(calls.values()) <= most, calls
    assert {call.split()[0] for call in world.calls()} == {"GET"}


def test_a_stack_of_one_makes_one_call_however_large_the_organization_is(world: World) -> None:
    world.emulator.seed({"groups": 2_000})
    world.make("Group", name="mine")
    world.begin()
    assert world.refresh() == [world.known[0][2]]
    assert world.calls() == {"GET groups/ID": 1}


def test_a_stack_of_a_few_does_not_list_a_large_organization(world: World) -> None:
    world.emulator.seed({"groups": 2_000})
    for n in range(12):
        world.make("Group", name=f"mine {n}")
    world.begin()
    assert world.refresh() == [outputs for _, _, outputs in world.known]
    # How many come together is the machine's affair; all pages would be 21.
    assert sum(world.calls().values()) <= 8, world.calls()


def test_what_a_list_does_not_show_is_asked_for_before_it_is_called_gone(world: World) -> None:
    """A list may lag, or have moved from page to page."""
    for n in range(20):
        world.make("Group", name=f"group {n}")
    _, gone, _ = world.known[3]
    world.iam.delete_group(gone)
    world.begin()
    world.emulator.faults.add(
        Fault(operation="list_groups", status=200, body={"groups": [], "total_count": 0})
    )
    read = world.refresh()
    assert [it for (_, it, _), found in zip(world.known, read, strict=True) if not found] == [gone]
    # The group that is gone is read twice: the second GET depends on no list.
    assert world.calls()["GET groups/ID"] == 21


def test_what_is_written_meanwhile_is_read_anew(world: World) -> None:
    for n in range(8):
        world.make("Group", name=f"group {n}")
    kind, it, outputs = world.known[0]
    world.begin()
    world.refresh()
    changed = world.front.update(KINDS[kind], it, outputs, {**outputs, "description": "new"})
    assert world.front.read(KINDS[kind], it, changed) == changed
    world.front.delete(KINDS[kind], it, changed)
    assert world.front.read(KINDS[kind], it, changed) is None


def test_who_reads_again_is_told_what_others_have_changed(world: World) -> None:
    for n in range(8):
        world.make("Group", name=f"group {n}")
    world.begin()
    world.refresh()
    _, it, _ = world.known[5]
    world.iam.update_group(it, description="theirs")
    described = [(found or {})["description"] for found in world.refresh()]
    assert described == ["", "", "", "", "", "theirs", "", ""]


def test_memberships_of_a_group_are_read_by_one_call(world: World) -> None:
    group = world.iam.create_group(name="devs")["id"]
    for n in range(20):
        user = world.iam.create_user(email=f"u{n}@example.com")["id"]
        world.make("GroupMembership", group_id=group, user_id=user)
    world.begin()
    assert world.refresh() == [outputs for _, _, outputs in world.known]
    assert world.calls() == {"GET groups/ID": 1}


@pytest.mark.parametrize(("trusts", "calls"), [(False, 6), (True, 1)])
def test_rules_are_read_of_all_policies_unless_their_timestamps_are_trusted(
    world: World, trusts: bool, calls: int
) -> None:
    own = world.emulator.organization_id
    rule: types.RuleSpecs = {
        "permission_set_names": [SET],
        "organization_id": own,
        "condition": "",
    }
    for n in range(6):
        world.make("Policy", name=f"policy {n}", no_principal=True, rules=[rule])
    _, it, _ = world.known[2]
    other: types.RuleSpecs = {**rule, "permission_set_names": ["IAMManager"]}
    world.iam.set_rules(policy_id=it, rules=[other])
    world.begin(trust_policy_timestamps=trusts)
    read = world.refresh()
    assert [(found or {})["rules"] for found in read] == [
        [other if n == 2 else rule] for n in range(6)
    ]
    assert world.calls() == {"GET policies": 1, "GET rules": calls}


def test_who_may_read_but_not_list_reads_one_by_one() -> None:
    with organization(enforce=True) as world:
        robot = world.iam.create_application(name="robot")["id"]
        project = world.emulator.project_id
        world.iam.create_policy(
            name="robot",
            application_id=robot,
            rules=[
                {
                    "permission_set_names": ["SSHKeysReadOnly"],
                    "project_ids": [project],
                    "condition": "",
                }
            ],
        )
        key = world.iam.create_api_key(application_id=robot)
        for n in range(6):
            public = world.emulator.seed({"ssh_keys": 1})["ssh_keys"][0]["public_key"]
            world.make("SSHKey", name=f"key {n}", public_key=public, project_id=project)
        world.begin(access_key=key["access_key"], secret_key=str(key["secret_key"]))
        assert world.refresh() == [outputs for _, _, outputs in world.known]
        assert world.calls() == {"GET ssh-keys": 1, "GET ssh-keys/ID": 6}


def test_what_is_elsewhere_ends_the_lists(world: World) -> None:
    """The configured organization is not always the one of the resources."""
    for n in range(40):
        world.make("Group", name=f"group {n}")
    world.begin(organization_id=NOBODY)
    assert world.refresh(8) == [outputs for _, _, outputs in world.known]
    assert world.calls()["GET groups/ID"] == 40
    assert world.calls()["GET groups"] <= 3


def test_each_who_waits_is_told_of_a_failure_in_its_own_words(world: World) -> None:
    for n in range(6):
        world.make("Group", name=f"group {n}")
    world.begin()
    world.emulator.faults.add(Fault(method="GET", status=400, body={"message": "no"}))

    def read(one: tuple[str, str, Props]) -> str:
        kind, it, outputs = one
        with pytest.raises(IamError) as refused:
            world.front.read(KINDS[kind], it, outputs)
        return str(refused.value).partition(" (")[0]

    with ThreadPoolExecutor(6) as engine:
        told = list(engine.map(read, world.known))
    assert told == [f'read group "group {n}": no' for n in range(6)]


def test_what_is_not_there_is_not_found_when_it_is_imported(world: World) -> None:
    with pytest.raises(NotFound) as missing:
        world.front.read(KINDS["Group"], NOBODY, None)
    assert str(missing.value).startswith(f"read group {NOBODY}: group {NOBODY} does not exist (404")
