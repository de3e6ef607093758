"""Concurrent reads become few calls, and each read returns the right object."""

from __future__ import annotations

import inspect
import re
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pulumi_scw_iam.api import batching
from pulumi_scw_iam.api.client import LISTED, IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, NotFound
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.organization import LocalOrganization
from tests.support.samples import operation_of, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.core.fields import Props

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}")
T = TypeVar("T")

SET = "IAMReadOnly"
NOBODY = "99999999-9999-4999-8999-999999999999"


class Round:
    """Concurrent reads of several threads. A round starts only after each thread waits or is done.

    So the reads of a round depend on the test alone, and not on the start of the threads.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        """The number of threads that neither wait nor are done."""

    def run(self, reads: Sequence[Callable[[], T]]) -> list[T]:
        """Make all reads concurrently; return the results in order."""
        self._running = len(reads)
        with ThreadPoolExecutor(len(reads)) as engine:
            return [
                future.result() for future in [engine.submit(self._run, read) for read in reads]
            ]

    def _run(self, read: Callable[[], T]) -> T:
        try:
            return read()
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._running += change
            self._changed.notify_all()

    def gather(self, *, first: bool) -> None:
        """Replace the wait for concurrent reads (`batching._gather`)."""
        del first
        with self._changed:
            assert self._changed.wait_for(lambda: self._running <= 0, timeout=60)

    def future(self) -> Future[Any]:
        """Return a future whose reader counts as waiting after the call of `result`."""
        outer = self

        class Waited(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                outer._count(-1)
                try:
                    return super().result(timeout)
                finally:
                    outer._count(1)

        return Waited()


class World(LocalOrganization):
    """An organization, a front without earlier reads, and the log of the calls."""

    def __init__(self, emulator: Emulator, log: list[str], together: Round) -> None:
        self.operations = 0
        super().__init__(emulator)
        self.together = together
        self.log = log
        self.known: list[tuple[str, str, Props]] = []

    def begin(self, **settings: Any) -> None:
        """Start another operation of the engine, in a process without earlier writes."""
        self.operations += 1
        super().begin(user_agent_suffix=f"operation {self.operations}", **settings)
        self.log.clear()

    def make(self, kind: str, **arguments: Any) -> str:
        resource_id, outputs = self.create(kind, **arguments)
        self.known.append((kind, resource_id, outputs))
        return resource_id

    def fill(self, number: int) -> None:
        """Create a stack: a third applications, a third groups, and a third policies and API keys."""
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
        """Read all resources of the stack, `at_once` concurrently; return the outputs."""
        reads = [
            partial(self.core.read, KINDS[kind], resource_id, outputs)
            for kind, resource_id, outputs in self.known
        ]
        rounds = (reads[start : start + at_once] for start in range(0, len(reads), at_once))
        return [outputs for batch in rounds for outputs in self.together.run(batch)]

    def counted(self) -> Counter[str]:
        """Return the number of calls by method and path without ids, since the start of the operation."""
        lines = [_ID.sub("ID", line.split(" ", 1)[0] + " " + line.split()[1]) for line in self.log]
        return Counter(line.split("?")[0].replace("/iam/v1alpha1/", "") for line in lines)


@contextmanager
def organization(together: Round, **options: Any) -> Iterator[World]:
    log: list[str] = []
    with Emulator(access_log=log.append, **options) as emulator:
        yield World(emulator, log, together)


@pytest.fixture(autouse=True)
def together(monkeypatch: pytest.MonkeyPatch) -> Round:
    together = Round()
    monkeypatch.setattr(batching, "_gather", together.gather)
    monkeypatch.setattr(batching, "Future", together.future)
    return together


@pytest.fixture
def world(together: Round) -> Iterator[World]:
    with organization(together) as world:
        yield world


FEW_AT_ONCE = {
    "GET applications": 1,
    "GET groups": 2,
    "GET policies/ID": 1,
    "GET policies": 2,
    "GET api-keys/ID": 1,
    "GET api-keys": 2,
}


# The dynamic host reads four resources concurrently, the plugin as many as --parallel allows.
@pytest.mark.parametrize(
    ("at_once", "expected"),
    [
        *((few, FEW_AT_ONCE) for few in (4, 8)),
        (32, dict.fromkeys(("GET applications", "GET groups", "GET policies", "GET api-keys"), 1)),
    ],
)
def test_a_refresh_of_an_organization_takes_a_handful_of_calls(
    world: World, at_once: int, expected: dict[str, int]
) -> None:
    world.fill(300)
    world.begin()
    assert world.refresh(at_once) == [outputs for _, _, outputs in world.known]
    calls = world.counted()
    # No list call returns the rules of several policies.
    assert calls.pop("GET rules") == sum(kind == "Policy" for kind, _, _ in world.known)
    assert calls == expected


def test_a_stack_of_one_makes_one_call_however_large_the_organization_is(world: World) -> None:
    world.emulator.seed({"groups": 2_000})
    world.make("Group", name="mine")
    world.begin()
    assert world.refresh() == [world.known[0][2]]
    assert world.counted() == {"GET groups/ID": 1}


def test_a_stack_of_a_few_does_not_list_a_large_organization(world: World) -> None:
    world.emulator.seed({"groups": 2_000})
    for n in range(12):
        world.make("Group", name=f"mine {n}")
    world.begin()
    assert world.refresh() == [outputs for _, _, outputs in world.known]
    # The first page of all groups, and a list of the remaining groups by ids.
    assert world.counted() == {"GET groups": 2}


def test_what_a_list_does_not_show_is_asked_for_before_it_is_called_gone(world: World) -> None:
    """A list may lag, or an object may move from page to page."""
    for n in range(20):
        world.make("Group", name=f"group {n}")
    _, gone, _ = world.known[3]
    world.iam.delete_group(gone)
    world.begin()
    world.emulator.faults.add(
        Fault(operation="list_groups", status=200, body={"groups": [], "total_count": 0})
    )
    read = world.refresh()
    assert [
        resource_id
        for (_, resource_id, _), found in zip(world.known, read, strict=True)
        if not found
    ] == [gone]
    # The deleted group is read twice: the second GET depends on no list.
    assert world.counted()["GET groups/ID"] == 21


def test_what_is_written_meanwhile_is_read_anew(world: World) -> None:
    for n in range(8):
        world.make("Group", name=f"group {n}")
    kind, resource_id, outputs = world.known[0]
    world.begin()
    world.refresh()
    changed = world.core.update(
        KINDS[kind], resource_id, outputs, {**outputs, "description": "new"}
    )
    assert world.core.read(KINDS[kind], resource_id, changed) == changed
    world.core.delete(KINDS[kind], resource_id, changed)
    assert world.core.read(KINDS[kind], resource_id, changed) is None


def test_who_reads_again_is_told_what_others_have_changed(world: World) -> None:
    for n in range(8):
        world.make("Group", name=f"group {n}")
    world.begin()
    world.refresh()
    _, resource_id, _ = world.known[5]
    world.iam.update_group(resource_id, description="theirs")
    described = [(found or {})["description"] for found in world.refresh()]
    assert described == ["", "", "", "", "", "theirs", "", ""]


def test_memberships_of_a_group_are_read_by_one_call(world: World) -> None:
    group = world.iam.create_group(name="devs")["id"]
    for n in range(20):
        user = world.iam.create_user(email=f"u{n}@example.com")["id"]
        world.make("GroupMembership", group_id=group, user_id=user)
    world.begin()
    assert world.refresh() == [outputs for _, _, outputs in world.known]
    assert world.counted() == {"GET groups/ID": 1}


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
    _, resource_id, _ = world.known[2]
    other: types.RuleSpecs = {**rule, "permission_set_names": ["IAMManager"]}
    world.iam.set_rules(policy_id=resource_id, rules=[other])
    world.begin(trust_policy_timestamps=trusts)
    read = world.refresh()
    assert [(found or {})["rules"] for found in read] == [
        [other if n == 2 else rule] for n in range(6)
    ]
    assert world.counted() == {"GET policies": 1, "GET rules": calls}


def test_who_may_read_but_not_list_reads_one_by_one(together: Round) -> None:
    with organization(together, enforce=True) as world:
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
        assert world.counted() == {"GET ssh-keys": 1, "GET ssh-keys/ID": 6}


def test_objects_of_another_organization_end_the_list_calls(world: World) -> None:
    """The resources may belong to another organization than the configured organization."""
    for n in range(40):
        world.make("Group", name=f"group {n}")
    world.begin(organization_id=NOBODY)
    assert world.refresh(8) == [outputs for _, _, outputs in world.known]
    assert world.counted() == {"GET groups": 1, "GET groups/ID": 40}


def test_each_waiting_read_raises_a_failure_with_its_own_attempt(world: World) -> None:
    for n in range(6):
        world.make("Group", name=f"group {n}")
    world.begin()
    world.emulator.faults.add(Fault(method="GET", status=400, body={"message": "no"}))

    def read(resource: tuple[str, str, Props]) -> str:
        kind, resource_id, outputs = resource
        with pytest.raises(IamError) as refused:
            world.core.read(KINDS[kind], resource_id, outputs)
        return str(refused.value).partition(" (")[0]

    messages = world.together.run([partial(read, resource) for resource in world.known])
    assert messages == [f'read group "group {n}": no' for n in range(6)]


def test_what_is_not_there_is_not_found_when_it_is_imported(world: World) -> None:
    with pytest.raises(NotFound) as missing:
        world.core.read(KINDS["Group"], NOBODY, None)
    assert str(missing.value).startswith(f"read group {NOBODY}: group {NOBODY} does not exist (404")


class FirstRead(Exception):
    """Raised for the first read of an object by id; the argument is the path."""


class Watching(IamClient):
    """A client that raises FirstRead for the first read of an object by id."""

    def _get(self, response: Any, path: str, /, *ids: str, **query: object) -> Any:
        del response, ids, query
        raise FirstRead(path)


def listed_path(kind: str) -> str:
    """Return the path of the list for the first object that a kind reads; empty if the API has no such list."""
    client = Watching(Settings(secret_key=NOBODY, organization_id=NOBODY))
    resource_id = f"{NOBODY}/user/{NOBODY}" if kind == "GroupMembership" else NOBODY
    try:
        KINDS[kind].read(client, resource_id, None)
    except FirstRead as first:
        path, _, last = str(first).rpartition("/")
        listed = operation_of("GET", f"/iam/v1alpha1/{path}")
        return path if last == "{}" and listed is not None and listed.paged else ""
    except IamError:
        pass  # this kind starts with a list call
    return ""


def test_every_kind_whose_objects_can_be_listed_is_read_in_lists() -> None:
    paths = {kind: path for kind in KINDS if (path := listed_path(kind))}
    assert {kind for kind, path in paths.items() if path not in LISTED} == set()
    # The other kinds have no list, or their read is a list call.
    assert KINDS.keys() - paths == {
        "OrganizationSecuritySettings",
        "SAML",
        "SAMLCertificate",
        "SCIM",
        "SCIMToken",
    }


@pytest.mark.parametrize("path", LISTED)
def test_the_filter_by_ids_is_one_of_the_list(path: str) -> None:
    listed = operation_of("GET", f"/iam/v1alpha1/{path}")
    assert listed is not None
    own = LISTED[path]
    filters = inspect.signature(getattr(IamClient, listed.name)).parameters
    # The id of an API key is its access key.
    own_ids = {f"{listed.item.__name__.lower()}ids", "accesskeys"}
    assert own.id_filter == "".join(name for name in filters if name.replace("_", "") in own_ids)
    assert own.item is listed.item
    assert own.key in sample(own.item)
