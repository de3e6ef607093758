"""Create recovery: after a lost response, exactly one object exists, and the object is usable.

The client reaches the local IAM API through a relay that loses responses.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import Cancelled, Conflict, IamError, UnknownOutcome
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.local_api import certificate
from tests.support.relays.messages import MessageRelay
from tests.support.scripted_api import CUT, Answer
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.scripted_api import Api, Received

pytestmark = pytest.mark.faults

PATIENCE = Retry(attempts=5, base=0.001, total=1.2)
PEM = certificate()
DENIED = Answer(
    {
        "type": "permissions_denied",
        "message": "insufficient permissions",
        "details": [{"action": "read", "resource": "log"}],
    },
    403,
)
NO_LOGS = Answer({"logs": [], "total_count": 0})


class OneClock:
    """A clock with an adjustable `offset` into the past."""

    offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) - self.offset


class World:
    """The relay, `client` behind the relay, and `other`, a client of the local IAM API without a relay."""

    def __init__(self, api: Api, emulator: Emulator, clock: OneClock) -> None:
        self.relay = MessageRelay(api, emulator)
        self.emulator = emulator
        self.clock = clock
        self.other = IamClient(
            Settings.resolve(environ=emulator.environment, user_agent_suffix="another/1")
        )
        self.application = self.other.create_application(name="bearer")["id"]
        self.saml = ""
        self.scim = ""
        self.client = self.connect()

    def connect(self, **keywords: Any) -> IamClient:
        environ = {**self.emulator.environment, "SCW_API_URL": self.relay.api.url}
        return IamClient(Settings.resolve(environ=environ), **{"retry": PATIENCE, **keywords})

    def with_saml(self) -> str:
        self.saml = self.saml or self.other.enable_organization_saml()["id"]
        return self.saml

    def with_scim(self) -> str:
        self.scim = self.scim or self.other.enable_organization_scim()["id"]
        return self.scim

    def key_works(self, made: Any) -> None:
        environ = {**self.emulator.environment, "SCW_SECRET_KEY": made["secret_key"]}
        IamClient(Settings.resolve(environ=environ)).get_api_key(made["access_key"])


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Emulator, OneClock]]:
    clock = OneClock()
    with Emulator(clock=clock) as emulator:
        yield emulator, clock


@pytest.fixture
def world(api: Api, served: tuple[Emulator, OneClock]) -> World:
    emulator, clock = served
    # The local IAM API never goes back in time. So start an hour in the past: later objects are younger.
    clock.offset = timedelta(hours=1)
    emulator.reset()
    world = World(api, emulator, clock)
    clock.offset = timedelta()
    return world


@dataclass(frozen=True)
class Create:
    """A create method, and a function that lists all objects of the same kind."""

    path: str
    make: Callable[[World, IamClient], Any]
    list_all: Callable[[World], list[Any]]
    part: str = ""
    key: str = "id"
    logged: bool = False
    unique: bool = False
    secret: bool = False

    def ids(self, world: World) -> set[str]:
        return {item[self.key] for item in self.list_all(world)}

    def id_of(self, made: Any) -> str:
        return str((made[self.part] if self.part else made)[self.key])


def only(get: Callable[[], Any]) -> list[Any]:
    try:
        return [get()]
    except IamError:
        return []


CREATES = {
    "application": Create(
        "applications",
        lambda w, c: c.create_application(name="a", description="b", tags=["y", "x"]),  # noqa: ARG005
        lambda w: list(w.other.list_applications(name="a")),
        logged=True,
    ),
    "group": Create(
        "groups",
        lambda w, c: c.create_group(name="devs", tags=["x"]),  # noqa: ARG005
        lambda w: list(w.other.list_groups()),
        logged=True,
        unique=True,
    ),
    "policy": Create(
        "policies",
        lambda w, c: c.create_policy(
            name="p",
            application_id=w.application,
            rules=[
                {
                    "permission_set_names": ["ObjectStorageReadOnly", "ObjectStorageFullAccess"],
                    "project_ids": [w.emulator.project_id],
                }
            ],
        ),
        lambda w: list(w.other.list_policies(policy_name="p")),
        logged=True,
        unique=True,
    ),
    "API key": Create(
        "api-keys",
        lambda w, c: c.create_api_key(
            application_id=w.application, description="d", expires_at="2099-01-01T00:00:00Z"
        ),
        lambda w: list(w.other.list_api_keys(application_id=w.application)),
        key="access_key",
        logged=True,
        secret=True,
    ),
    "SSH key": Create(
        "ssh-keys",
        lambda w, c: c.create_ssh_key(
            name="k", public_key=f"{SSH_KEY} a comment", project_id=w.emulator.project_id
        ),
        lambda w: list(w.other.list_ssh_keys()),
    ),
    "member": Create(
        "users",
        lambda w, c: c.create_user(  # noqa: ARG005
            member={"email": "a@example.com", "username": "alice", "password": "Correct-horse-1"}
        ),
        lambda w: list(w.other.list_users()),
        logged=True,
        unique=True,
    ),
    "guest": Create(
        "users",
        lambda w, c: c.create_user(email="guest@example.com", tags=["x"]),  # noqa: ARG005
        lambda w: list(w.other.list_users()),
        logged=True,
        unique=True,
    ),
    "SAML": Create(
        "organizations/{organization}/saml",
        lambda w, c: c.enable_organization_saml(),  # noqa: ARG005
        lambda w: only(w.other.get_organization_saml),
        unique=True,
    ),
    "SAML certificate": Create(
        "saml/{saml}/certificates",
        lambda w, c: c.add_saml_certificate(w.with_saml(), type="signing", content=PEM),
        lambda w: w.other.list_saml_certificates(w.with_saml()),
    ),
    "SCIM": Create(
        "organizations/{organization}/scim",
        lambda w, c: c.enable_organization_scim(),  # noqa: ARG005
        lambda w: only(w.other.get_organization_scim),
        unique=True,
    ),
    "SCIM token": Create(
        "scim/{scim}/tokens",
        lambda w, c: c.create_scim_token(w.with_scim()),
        lambda w: list(w.other.list_scim_tokens(w.with_scim())),
        part="token",
        secret=True,
    ),
}
LOSSES = {
    "cut": CUT,
    "500": Answer({"message": "internal error"}, 500),
    "502": Answer(b"<html>bad gateway</html>", 502),
    "504": Answer(b"", 504),
    "no JSON": Answer(b'{"id": "'),
    "not as described": Answer({"id": 7}),
}


def titled(create: Create, world: World) -> str:
    """Return the name of a created object in messages."""
    return {
        "applications": "application",
        "groups": "group",
        "policies": "policy",
        "api-keys": f"API key of application {world.application}",
        "ssh-keys": "SSH key",
        "users": "user",
        "organizations/{organization}/saml": "SAML configuration",
        "organizations/{organization}/scim": "SCIM configuration",
        "saml/{saml}/certificates": "SAML certificate",
        "scim/{scim}/tokens": f"SCIM token of SCIM configuration {world.scim}",
    }[create.path]


creates = pytest.mark.parametrize("create", CREATES.values(), ids=CREATES)
recognizable = pytest.mark.parametrize(
    "create",
    [value for name, value in CREATES.items() if name != "SCIM token"],
    ids=[name for name in CREATES if name != "SCIM token"],
)
"""Nothing distinguishes a lost SCIM token from a token of another client."""


def assert_created_once(world: World, create: Create, made: Any, before: set[str]) -> None:
    """Assert that the create made exactly one object: the returned object, with a working secret."""
    assert create.ids(world) - before == {create.id_of(made)}
    (listed,) = [item for item in create.list_all(world) if item[create.key] == create.id_of(made)]
    expected = made[create.part] if create.part else made
    if create.key == "access_key":
        world.key_works(made)
        expected = {**expected, "secret_key": None}
    elif create.secret:
        assert made["bearer_token"]
    # The response to the create of a policy has counts of 0.
    assert {**expected, **counts(listed)} == listed


def counts(item: Any) -> dict[str, int]:
    return {name: value for name, value in item.items() if name.startswith("nb_")}


# One object per create


@creates
def test_the_usual_create_is_one_call(create: Create, world: World) -> None:
    before = create.ids(world)
    made = create.make(world, world.client)
    # A certificate has no `created_at`, so the client lists the existing certificates first.
    lookups = ["GET"] if create is CREATES["SAML certificate"] else []
    assert [received.method for received in world.relay.api.received] == [*lookups, "POST"]
    assert_created_once(world, create, made, before)


@creates
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_what_a_lost_call_has_not_made_is_made_again(
    create: Create, loss: Answer, world: World
) -> None:
    before = create.ids(world)
    # Without a unique name, a create is repeated once at most: lost calls may take effect later.
    losses = 2 if create.unique else 1
    world.relay.posts = [world.relay.before(loss)] * losses
    made = create.make(world, world.client)
    assert world.relay.posted == losses + 1
    assert_created_once(world, create, made, before)


@recognizable
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_what_a_lost_call_has_made_is_adopted_or_without_its_secret_replaced(
    create: Create, loss: Answer, world: World
) -> None:
    before = create.ids(world)
    world.relay.posts = [world.relay.after(loss)]
    made = create.make(world, world.client)
    assert world.relay.posted == (2 if create.secret else 1)
    assert_created_once(world, create, made, before)


@recognizable
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_an_answer_that_does_not_come_in_time_is_settled_too(
    create: Create, done: bool, world: World
) -> None:
    before = create.ids(world)
    finished = threading.Event()
    late_log = Answer(b"{}", meanwhile=finished.wait)
    world.relay.posts = [world.relay.after(late_log) if done else world.relay.before(late_log)]
    client = world.connect(timeout=(5.0, 0.5))
    made = create.make(world, client)
    finished.set()
    assert_created_once(world, create, made, before)


@pytest.mark.parametrize("name", ["application", "API key", "group", "SSH key"])
def test_each_of_several_lost_answers_is_settled(name: str, world: World) -> None:
    create, relay = CREATES[name], world.relay
    before = create.ids(world)
    lost = [relay.after(CUT)] if create.secret else []
    relay.posts = [relay.before(CUT), *lost, relay.after(LOSSES["502"])]
    made = create.make(world, world.client)
    assert_created_once(world, create, made, before)


@creates
def test_when_all_answers_are_lost_the_error_says_what_may_exist(
    create: Create, world: World
) -> None:
    before = create.ids(world)
    world.relay.posts = [world.relay.before(CUT)] * 5
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    path = create.path.format(
        organization=world.emulator.organization_id, saml=world.saml, scim=world.scim
    )
    posts = 5 if create.unique else 2
    assert str(caught.value) == (
        f"POST {path}: the connection to {world.relay.api.url} broke, tried {posts} times;"
        f" {posts} calls may still take effect and leave an unknown {titled(create, world)}; find it with"
        " `pulumi stack export | pulumi-scw-iam doctor -`"
    )
    assert world.relay.posted == posts
    assert create.ids(world) == before


# Late or missing lists and logs


def assert_unsettled(world: World, create: Create, hint: str, **keywords: Any) -> None:
    """Assert that the create raises UnknownOutcome with this message."""
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    path = create.path.format(
        organization=world.emulator.organization_id, saml=world.saml, scim=world.scim
    )
    failure = f"POST {path}: the connection to {world.relay.api.url} broke"
    values = {name: value() if callable(value) else value for name, value in keywords.items()}
    assert str(caught.value) == f"{failure}; {hint.format(**values)}"


def test_a_lost_scim_token_is_named_and_left_since_it_may_be_anybodys(world: World) -> None:
    create = CREATES["SCIM token"]
    world.with_scim()
    world.relay.posts = [world.relay.after(CUT)]
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    (leftover_id,) = create.ids(world)
    assert str(caught.value) == (
        f"POST scim/{world.scim}/tokens: the connection to {world.relay.api.url} broke;"
        f" the call may have created SCIM token {leftover_id}, or another program created it; if nothing uses it,"
        f" delete it with `pulumi-scw-iam delete scim-token {world.scim}/{leftover_id}`, and run again"
    )


@pytest.mark.parametrize(
    "name", [name for name, create in CREATES.items() if create.logged and not create.secret]
)
def test_without_a_right_to_the_audit_log_the_only_one_that_fits_is_adopted(
    name: str, world: World
) -> None:
    create = CREATES[name]
    before = create.ids(world)
    world.relay.gets["/logs"] = world.relay.before(DENIED)
    world.relay.posts = [world.relay.before(CUT), world.relay.after(CUT)]
    made = create.make(world, world.client)
    assert world.relay.posted == 2
    assert_created_once(world, create, made, before)


def test_without_a_right_to_the_audit_log_a_lost_key_is_named_and_left(world: World) -> None:
    create = CREATES["API key"]
    world.relay.gets["/logs"] = world.relay.before(DENIED)
    world.relay.posts = [world.relay.after(CUT)]
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    (leftover_id,) = create.ids(world)
    assert str(caught.value) == (
        f"POST api-keys: the connection to {world.relay.api.url} broke; the call may have created"
        f" API key {leftover_id}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete api-key {leftover_id}`, and run again"
    )


def late_log(world: World, reads: int) -> Callable[[Received], Answer]:
    """Return a responder with an empty audit log for the first reads."""
    remaining = [NO_LOGS] * reads
    return lambda received: remaining.pop() if remaining else world.relay.forward(received)


@pytest.mark.parametrize("name", [name for name, create in CREATES.items() if create.logged])
@pytest.mark.parametrize("reads", [1, 2])
def test_an_audit_log_that_is_late_is_waited_for(name: str, reads: int, world: World) -> None:
    create = CREATES[name]
    before = create.ids(world)
    world.relay.gets["/logs"] = late_log(world, reads)
    world.relay.posts = [world.relay.after(CUT)]
    made = create.make(world, world.client)
    assert_created_once(world, create, made, before)


def test_an_audit_log_that_is_too_late_leaves_a_suspect(world: World) -> None:
    create = CREATES["application"]
    world.relay.gets["/logs"] = late_log(world, 100)
    world.relay.posts = [world.relay.after(CUT)]
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    (leftover_id,) = create.ids(world)
    assert str(caught.value) == (
        f"POST applications: the connection to {world.relay.api.url} broke; the call may have created"
        f" application {leftover_id}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete application {leftover_id}`, and run again"
    )


@recognizable
@pytest.mark.parametrize("reads", [1, 2])
@pytest.mark.parametrize("has_log", [True, False], ids=["log", "no log"])
def test_what_the_lists_do_not_show_yet_is_waited_for(
    create: Create, reads: int, has_log: bool, world: World
) -> None:
    before = create.ids(world)
    if not has_log and create.secret:
        pytest.skip("the outcome cannot be determined")
    if not has_log:
        world.relay.gets["/logs"] = world.relay.before(DENIED)
    world.relay.posts = [world.relay.after(CUT)]
    world.emulator.faults.add(Fault(method="POST", hidden_reads=reads, last=1))
    made = create.make(world, world.client)
    world.emulator.faults.clear()
    assert_created_once(world, create, made, before)


def test_what_the_log_tells_of_and_no_list_shows_is_named(world: World) -> None:
    create = CREATES["application"]
    world.relay.posts = [world.relay.after(CUT)]
    world.emulator.faults.add(Fault(method="POST", hidden_reads=100))
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    world.emulator.faults.clear()
    (leftover_id,) = create.ids(world)
    assert str(caught.value) == (
        f"POST applications: the connection to {world.relay.api.url} broke; the audit log shows that"
        f" the call created application {leftover_id}, but the API does not list that application; delete it with"
        f" `pulumi-scw-iam delete application {leftover_id}`, and run again"
    )


def test_where_looking_fails_too_both_failures_are_told(world: World) -> None:
    world.relay.gets["/applications"] = world.relay.before(LOSSES["500"])
    world.relay.posts = [world.relay.after(CUT)]
    assert_unsettled(
        world,
        CREATES["application"],
        "a call may still take effect and leave an unknown application; find it"
        " with `pulumi stack export | pulumi-scw-iam doctor -` (lookup failed: internal error, tried"
        " 5 times (500))",
    )


def test_a_create_that_was_repeated_counts_even_when_nobody_can_look_for_its_twin(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The repeat succeeded, so an error of the later lookup must not lose the new object."""
    create, relay = CREATES["application"], world.relay
    before = create.ids(world)

    def repeat(received: Received) -> Answer:
        relay.gets["/applications"] = relay.before(LOSSES["500"])
        return relay.forward(received)

    relay.posts = [relay.before(CUT), repeat]
    made = create.make(world, world.client)
    assert_created_once(world, create, made, before)
    assert warnings(caplog) == [
        repeated(world, create, made, " (lookup failed: internal error, tried 5 times (500))")
    ]


def repeated(world: World, create: Create, made: Any, end: str = "") -> str:
    """Return the warning about a create that was repeated without proof."""
    title = titled(create, world)
    return (
        f"the create of {title} {create.id_of(made)} was repeated, because the response to a call was"
        f" lost (the connection to {world.relay.api.url} broke); a call may still take effect and leave"
        f" an unknown {title}; find it with"
        f" `pulumi stack export | pulumi-scw-iam doctor -`{end}"
    )


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# Objects of another program


OURS = f"pulumi-scw-iam/1.2.3 nonce={'0' * 8}.{'0' * 8} python/3.11"


def by_another(relay: MessageRelay, received: Received, agent: str = "another/1") -> Any:
    """Make the same request as another program at the same moment; return the response."""
    headers = {**received.headers, "User-Agent": agent}
    answer = relay.forward(replace(received, headers=headers))
    assert answer.status == 200, answer
    assert isinstance(answer.body, bytes)
    return json.loads(answer.body)


LIKE_ANOTHER = [name for name, create in CREATES.items() if create.logged and not create.unique]


@pytest.mark.parametrize("name", LIKE_ANOTHER)
@pytest.mark.parametrize("turn", ["first", "last"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_the_twin_that_somebody_else_makes_meanwhile_is_told_from_ours(
    name: str, turn: str, done: bool, world: World
) -> None:
    create, relay = CREATES[name], world.relay
    before = create.ids(world)
    foreign_ids: list[str] = []
    # Only the nonce of another create proves that this create did not make the object.
    agent = "another/1" if done else OURS

    def lost(received: Received) -> Answer:
        if turn == "first":
            foreign_ids.append(create.id_of(by_another(relay, received, agent)))
        answer = (relay.after if done else relay.before)(CUT)(received)
        if turn == "last":
            foreign_ids.append(create.id_of(by_another(relay, received, agent)))
        return answer

    relay.posts = [lost]
    made = create.make(world, world.client)
    assert create.ids(world) - before == {*foreign_ids, create.id_of(made)}
    assert create.id_of(made) not in foreign_ids
    assert_created_once(world, create, made, before | set(foreign_ids))


@pytest.mark.parametrize("name", LIKE_ANOTHER)
@pytest.mark.parametrize(
    ("agent", "proves"),
    [
        ("another/1", False),
        ("", False),
        (OURS.partition(".0000")[0], False),
        (OURS.partition("0 python")[0], False),
        (OURS.partition(" python")[0], True),
    ],
    ids=["rewritten", "omitted", "cut before the nonce", "cut within the nonce", "cut behind it"],
)
def test_an_object_whose_log_entry_has_no_whole_nonce_is_named_and_left(
    name: str, agent: str, proves: bool, world: World
) -> None:
    create, relay = CREATES[name], world.relay
    foreign_ids: list[str] = []

    def lost(received: Received) -> Answer:
        foreign_ids.append(create.id_of(by_another(relay, received, agent)))
        return CUT

    relay.posts = [lost]
    if proves:
        adopted = create.make(world, world.client)
        assert create.ids(world) == {*foreign_ids, create.id_of(adopted)}
        return
    word = name.lower().replace(" ", "-")
    assert_unsettled(
        world,
        create,
        f"the call may have created {name} {{resource_id}}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete {word} {{resource_id}}`, and run again",
        resource_id=lambda: foreign_ids[0],
    )
    assert create.ids(world) == set(foreign_ids)


@pytest.mark.parametrize("name", ["application", "API key", "SSH key"])
def test_where_nobody_can_tell_twins_apart_both_are_left_and_named(name: str, world: World) -> None:
    create, relay = CREATES[name], world.relay

    def lost(received: Received) -> Answer:
        by_another(relay, received)
        return relay.after(CUT)(received)

    relay.gets["/logs"] = relay.before(DENIED)
    relay.posts = [lost]
    with pytest.raises(UnknownOutcome) as caught:
        create.make(world, world.client)
    first, second = [item[create.key] for item in create.list_all(world)]
    word = name.lower().replace(" ", "-")
    assert str(caught.value) == (
        f"POST {create.path}: the connection to {relay.api.url} broke; the call may have created"
        f" {name} {first}, {name} {second}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete {word} {first}`, and run again"
    )


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("has_log", [False, True])
@pytest.mark.parametrize("name", ["group", "guest", "member"])
def test_a_name_that_was_taken_before_stays_a_conflict(
    name: str, has_log: bool, lost: bool, world: World
) -> None:
    create, relay = CREATES[name], world.relay
    world.clock.offset = timedelta(minutes=1)
    create.make(world, world.other)
    world.clock.offset = timedelta()
    before = create.ids(world)
    if not has_log:
        relay.gets["/logs"] = relay.before(DENIED)
    relay.posts = [relay.before(CUT)] if lost else []
    with pytest.raises(Conflict) as caught:
        create.make(world, world.client)
    assert caught.value.hint == ""
    assert create.ids(world) == before


@pytest.mark.parametrize("name", ["group", "policy", "guest", "member"])
def test_a_conflict_names_the_created_object_that_the_lists_and_the_log_do_not_show(
    name: str, world: World
) -> None:
    """The name was free before, so the lost call probably created the object."""
    create = CREATES[name]
    world.relay.gets["/logs"] = lambda received: NO_LOGS  # noqa: ARG005
    world.relay.posts = [world.relay.after(CUT)]
    before = create.ids(world)
    world.emulator.faults.add(Fault(method="POST", hidden_reads=100))
    with pytest.raises(Conflict) as caught:
        create.make(world, world.client)
    world.emulator.faults.clear()
    (leftover_id,) = create.ids(world) - before
    noun = "user" if create.path == "users" else name
    assert caught.value.hint == (
        f"the call may have created {noun} {leftover_id}, or another program created it; if nothing uses it,"
        f" delete it with `pulumi-scw-iam delete {noun} {leftover_id}`, and run again"
    )


def test_what_may_be_somebody_elses_is_not_removed_when_ours_does_not_show_yet(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    create, relay = CREATES["SSH key"], world.relay
    foreign_ids: list[str] = []

    def repeat(received: Received) -> Answer:
        foreign_ids.append(by_another(relay, received)["id"])
        world.emulator.faults.add(Fault(method="POST", hidden_reads=1))
        return relay.forward(received)

    relay.posts = [relay.before(CUT), repeat]
    made = create.make(world, world.client)
    world.emulator.faults.clear()
    assert create.ids(world) == {*foreign_ids, made["id"]}
    suspect = (
        f"; a candidate is SSH key {foreign_ids[0]}: if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete ssh-key {foreign_ids[0]}`"
    )
    assert warnings(caplog) == [repeated(world, create, made, suspect)]


# Late effects


def delayed(relay: MessageRelay) -> list[Callable[[Received], Answer]]:
    """Return two responders: the first call takes effect right before the repeat."""
    first: list[Received] = []

    def lost(received: Received) -> Answer:
        first.append(received)
        return CUT

    def repeat(received: Received) -> Answer:
        assert relay.forward(first[0]).status == 200
        return relay.forward(received)

    return [lost, repeat]


@recognizable
def test_a_call_that_takes_effect_after_its_repeat_leaves_one(
    create: Create, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = create.ids(world)
    world.relay.posts = delayed(world.relay)
    made = create.make(world, world.client)
    assert world.relay.posted == 2
    if create.logged or create.unique:
        assert_created_once(world, create, made, before)
        assert warnings(caplog) == []
        return
    # Without an audit log entry, only the user knows the creator of the object.
    (twin,) = create.ids(world) - before - {create.id_of(made)}
    noun = next(name for name, value in CREATES.items() if value is create)
    word = noun.lower().replace(" ", "-")
    suspect = (
        f"; a candidate is {noun} {twin}: if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete {word} {twin}`"
    )
    assert warnings(caplog) == [repeated(world, create, made, suspect)]


# Threads


@recognizable
@pytest.mark.parametrize("lost", ["before", "after"])
def test_equal_creates_of_one_process_take_turns_and_each_has_its_own(
    create: Create, lost: str, world: World
) -> None:
    if create.unique:
        pytest.skip("the API refuses a second object")
    before = create.ids(world)
    relay = world.relay
    world.relay.posts = (
        [relay.after(CUT)] * 2
        if lost == "after"
        else [relay.before(CUT), relay.forward, relay.before(CUT), relay.forward]
    )
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(create.make, world, world.client) for _ in range(2)]
        made = [create.id_of(call.result()) for call in calls]
    assert len(set(made)) == 2
    assert create.ids(world) - before == set(made)


def test_different_creates_do_not_wait_for_each_other(world: World) -> None:
    barrier = threading.Barrier(2, timeout=10)

    def wait_for_other(received: Received) -> Answer:
        barrier.wait()
        return world.relay.forward(received)

    world.relay.posts = [wait_for_other, wait_for_other]
    with ThreadPoolExecutor(2) as pool:
        for call in [pool.submit(world.client.create_group, name=name) for name in ("a", "b")]:
            call.result()


# Cancellation


@pytest.mark.parametrize("name", ["application", "API key"])
def test_cancelling_ends_settling_at_once_and_says_what_may_be_left(
    name: str, world: World
) -> None:
    create, relay = CREATES[name], world.relay
    relay.gets["/logs"] = relay.before(Answer(NO_LOGS.body, meanwhile=world.client.cancel))
    relay.posts = [relay.after(CUT)]
    with pytest.raises(Cancelled) as caught:
        create.make(world, world.client)
    assert str(caught.value) == (
        f"cancelled before a retry: the connection to {relay.api.url} broke;"
        f" a call may still take effect and leave an unknown {titled(create, world)};"
        " find it with `pulumi stack export | pulumi-scw-iam doctor -`"
    )
    assert relay.posted == 1
    assert len(create.ids(world)) == 1


def test_a_guest_is_recognized_although_the_api_spells_the_address_in_small_letters(
    world: World,
) -> None:
    def spelled(received: Received) -> Answer:
        answer = world.relay.forward(received)
        assert isinstance(answer.body, bytes)
        return Answer(
            json.loads(answer.body.decode().replace("Gina@Example.com", "gina@example.com"))
        )

    world.relay.gets["/users"] = spelled
    world.relay.gets["/logs"] = world.relay.before(DENIED)
    world.relay.posts = [world.relay.after(CUT)]
    made = world.client.create_user(email="Gina@Example.com")
    assert made["email"] == "gina@example.com"
    assert world.relay.posted == 1
