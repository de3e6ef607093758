"""What comes from outside is garbage: then one line says so, and nothing half-made is believed.

A relay stands between the provider and the local IAM API, and spoils what the latter truly answers.
"""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Incomplete
from pulumi_scw_iam.common.redaction import Secret
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.fields import UNKNOWN, decode, encode, fields
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.relays.garbage import GarbageRelay, Spoil, Truth, Wire, honest, relaying
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Snapshot

pytestmark = pytest.mark.faults

LONGEST_LINE = 600
IMPATIENT = Retry(attempts=2, base=0.001, longest=0.002, total=0.01)
TIMEOUT = (5.0, 5.0)


# --- the organization, and all that is done in it ---------------------------------------------


@dataclass
class Made:
    """One object of a kind, its id, and its outputs."""

    id: str
    outputs: dict[str, Any]


class World:
    """An organization that has one of each kind, behind a relay."""

    def __init__(self, emulator: Emulator, relay: GarbageRelay) -> None:
        self.emulator, self.relay = emulator, relay
        environ = {**emulator.environment, "SCW_API_URL": relay.url}
        self.settings = Settings.resolve(environ=environ)
        seeded = emulator.seed(
            {
                "users": [{"username": "alice", "email": "alice@example.com"}],
                "applications": [{"name": "robot"}, {"name": "spare"}],
                "groups": [{"name": "all"}],
            }
        )
        self.alice = seeded["users"][0]["id"]
        self.robot, self.spare = (item["id"] for item in seeded["applications"])
        self.group = seeded["groups"][0]["id"]
        self.certificates = certificate(), certificate()
        self.made: dict[str, Made] = {}
        self.bare = emulator.snapshot()
        core = self.core()
        for kind in KINDS.values():
            inputs, failures = core.check(kind, {}, self.inputs(kind.name, "first"))
            assert failures == []
            self.made[kind.name] = Made(*core.create(kind, inputs))
        core.client.create_jwt(user_id=self.alice, referrer="https://example.com")
        self.jti = next(iter(core.client.list_jw_ts(audience_id=self.alice)))["jti"]
        self.log = next(iter(core.client.list_logs()))["id"]
        self.full = emulator.snapshot()

    def core(self) -> ProviderCore:
        """A front that knows nothing yet, and does not wait long."""
        core = ProviderCore(lambda: self.settings)
        core._clients._client = IamClient(self.settings, retry=IMPATIENT, timeout=TIMEOUT)
        return core

    def inputs(self, kind: str, name: str) -> dict[str, Any]:
        """What a program says of one of a kind."""
        project = self.emulator.project_id
        rule = {"permission_set_names": ["ObjectStorageReadOnly"], "project_ids": [project]}
        second = name != "first"
        inputs_by_kind: dict[str, dict[str, Any]] = {
            "Group": {"name": name, "user_ids": [self.alice], "application_ids": [self.robot]},
            "Application": {"name": name, "tags": ["a"]},
            "Policy": {"name": name, "rules": [rule], "application_id": self.robot},
            "APIKey": {"application_id": self.robot, "description": name},
            "SSHKey": {"name": name, "public_key": SSH_KEY, "disabled": True},
            "User": {"email": f"{name}@example.com", "username": name, "locked": True},
            "GroupMembership": {
                "group_id": self.group,
                "application_id": self.spare if second else self.robot,
            },
            "OrganizationSecuritySettings": {"login_attempts_before_locked": 5 + second},
            "SAML": {"entity_id": f"https://{name}.example.com"},
            "SAMLCertificate": {"type": "signing", "content": self.certificates[second]},
            "SCIM": {},
            "SCIMToken": {},
        }
        inputs = inputs_by_kind[kind]
        if kind == "SAMLCertificate":
            inputs["saml_id"] = self.made["SAML"].id
        if kind == "SCIMToken":
            inputs["scim_id"] = self.made["SCIM"].id
        return inputs

    def changed(self, kind: str) -> dict[str, Any] | None:
        """The inputs after a change in place; None where every change replaces."""
        project = self.emulator.project_id
        rules = [{"permission_set_names": ["IAMReadOnly"], "organization_id": "$"}]
        changes: dict[str, dict[str, Any]] = {
            "Group": {"name": "third", "user_ids": [], "application_ids": None},
            "Application": {"name": "third"},
            "Policy": {"name": "third", "rules": rules},
            "APIKey": {"description": "third", "default_project_id": project},
            "SSHKey": {"name": "third", "disabled": False},
            "User": {"first_name": "A", "username": "third", "locked": False, "password": "staple"},
            "OrganizationSecuritySettings": {"login_attempts_before_locked": 9},
            "SAML": {"single_sign_on_url": "https://third.example.com"},
        }
        if kind not in changes:
            return None
        for rule in rules:
            rule["organization_id"] = self.emulator.organization_id
        return {**self.inputs(kind, "first"), **changes[kind]}


@dataclass(frozen=True)
class Deed:
    """Something that the provider does, and how one sees that what came out can be believed."""

    name: str
    do: Callable[[World, ProviderCore], Any]
    believed: Callable[[Any], bool]
    bare: bool = False
    """In an organization that has neither SAML nor SCIM."""

    def __str__(self) -> str:
        return self.name

    def prepare(self, world: World) -> Snapshot:
        return world.bare if self.bare else world.full


def fits(cls: Any, plain: Any) -> bool:
    """Whether plain values are those of a dataclass: they decode, and each is of its type."""
    if not isinstance(plain, Mapping):
        return False
    value = decode(cls, plain)
    return all(_fits(field, getattr(value, field.name)) for field in fields(cls))


def _fits(declared: Any, value: Any) -> bool:
    if value is None:
        return not declared.required
    items = value if declared.container else [value]
    if declared.container and type(value) is not declared.container:
        return False
    for item in items:
        if (str if type(item) is Secret else type(item)) is not declared.item:
            return False
        if is_dataclass(item) and not fits(declared.item, encode(item)):
            return False
    return True


def _kind_deeds(name: str) -> Iterator[Deed]:  # noqa: C901 - one function for each verb
    kind = KINDS[name]

    def is_state(outputs: Any) -> bool:
        return fits(kind.state, outputs)

    def is_state_or_gone(outputs: Any) -> bool:
        return outputs is None or is_state(outputs)

    def is_made(made: Any) -> bool:
        return isinstance(made[0], str) and made[0] != "" and is_state(made[1])

    def is_listed(listed: Any) -> bool:
        return all(
            isinstance(resource_id, str) and resource_id and isinstance(item, Mapping)
            for resource_id, item in listed
        )

    def is_checked(checked: Any) -> bool:
        inputs, failures = checked
        return isinstance(inputs, dict) and all(
            isinstance(failure, Failure) for failure in failures
        )

    def create(world: World, core: ProviderCore) -> Any:
        defaults = {
            "organization_id": world.emulator.organization_id,
            "project_id": world.emulator.project_id,
        }
        inputs, failures = kind.check({}, world.inputs(name, "second"), settings=defaults)
        assert failures == []
        return core.create(kind, inputs)

    def update(world: World, core: ProviderCore) -> Any:
        made = world.made[name]
        defaults = {
            "organization_id": world.emulator.organization_id,
            "project_id": world.emulator.project_id,
        }
        news = {k: v for k, v in (world.changed(name) or {}).items() if v is not None}
        inputs, failures = kind.check(made.outputs, news, settings=defaults)
        assert failures == []
        return core.update(kind, made.id, made.outputs, inputs)

    def check(world: World, core: ProviderCore) -> Any:
        return core.check(kind, {}, world.inputs(name, "second"), resource_name="it")

    def check_change(world: World, core: ProviderCore) -> Any:
        olds = kind.inputs_of(world.made[name].outputs)
        return core.check(kind, olds, world.changed(name) or {}, resource_name="it")

    def read(world: World, core: ProviderCore) -> Any:
        return core.read(kind, world.made[name].id, world.made[name].outputs)

    def get(world: World, core: ProviderCore) -> Any:
        return core.read(kind, world.made[name].id, None)

    def delete(world: World, core: ProviderCore) -> Any:
        return core.delete(kind, world.made[name].id, world.made[name].outputs)

    def listed(_: World, core: ProviderCore) -> Any:
        return list(core.listed(kind))

    bare = name in {"SAML", "SCIM"}
    yield Deed(f"create {name}", create, is_made, bare=bare)
    yield Deed(f"read {name}", read, is_state_or_gone if name in _LISTED_ONLY else is_state)
    yield Deed(f"get {name}", get, is_state)
    if name in _CHANGING:
        yield Deed(f"update {name}", update, is_state)
        yield Deed(f"check a change of {name}", check_change, is_checked)
    yield Deed(f"delete {name}", delete, lambda out: out is None)
    yield Deed(f"list {name}", listed, is_listed)
    yield Deed(f"check {name}", check, is_checked, bare=bare)
    for how in kind.found_by:
        yield Deed(
            f"find {name} by {how}", _finding(name, how), lambda result: isinstance(result, str)
        )


_LISTED_ONLY = ("GroupMembership", "SCIMToken")
"""Those that are gone when they are not in a list, which may be all that was spoilt."""


def _finding(name: str, how: str) -> Callable[[World, ProviderCore], Any]:
    def find(world: World, core: ProviderCore) -> Any:
        return core.find(KINDS[name], f"{how}:{world.made[name].outputs[how]}")

    return find


_CHANGING = (
    *("Group", "Application", "Policy", "APIKey", "SSHKey", "User"),
    *("OrganizationSecuritySettings", "SAML"),
)

ARGUMENTS: Mapping[str, list[Callable[[World], dict[str, Any]]]] = {
    "getGroup": [
        lambda w: {"group_id": w.made["Group"].id},
        lambda w: {"name": w.made["Group"].outputs["name"]},
        lambda _: {"name": "frist"},
    ],
    "getGroups": [lambda _: {}],
    "getApplication": [
        lambda w: {"application_id": w.robot},
        lambda _: {"name": "robot"},
    ],
    "getApplications": [lambda _: {}],
    "getPolicy": [
        lambda w: {"policy_id": w.made["Policy"].id},
        lambda _: {"name": "first"},
    ],
    "getPolicies": [lambda _: {}, lambda _: {"with_rules": True}],
    "getAPIKey": [lambda w: {"access_key": w.made["APIKey"].id}],
    "getAPIKeys": [lambda _: {}],
    "getSSHKey": [
        lambda w: {"ssh_key_id": w.made["SSHKey"].id},
        lambda _: {"name": "first"},
        lambda _: {"public_key": SSH_KEY},
        lambda w: {"fingerprint": w.made["SSHKey"].outputs["fingerprint"]},
    ],
    "getSSHKeys": [lambda _: {}],
    "getUser": [
        lambda w: {"user_id": w.alice},
        lambda _: {"email": "alice@example.com"},
        lambda _: {"username": "alice"},
    ],
    "getUsers": [lambda _: {}],
    "getGracePeriods": [lambda w: {"user_id": w.alice}],
    "getJWT": [lambda w: {"jti": w.jti}],
    "getJWTs": [lambda w: {"audience_id": w.alice}],
    "getPermissionSet": [lambda _: {"name": "IAMReadOnly"}],
    "getPermissionSets": [lambda _: {}],
    "getQuotum": [lambda _: {"name": "iam_groups"}],
    "getQuota": [lambda _: {}],
    "getLog": [lambda w: {"log_id": w.log}],
    "getLogs": [lambda _: {}],
    "getOrganizationSecuritySettings": [lambda _: {}],
}


def _lookup_deeds(name: str) -> Iterator[Deed]:
    function = FUNCTIONS[name]

    def is_result(out: Any) -> bool:
        result, failures = out
        return failures == [] and fits(function.result, result)

    def asking(
        arguments: Callable[[World], dict[str, Any]],
    ) -> Callable[[World, ProviderCore], Any]:
        return lambda world, core: core.call(function, arguments(world))

    for index, arguments in enumerate(ARGUMENTS[name]):
        yield Deed(f"{name} {index}", asking(arguments), is_result)


DEEDS = [
    *(deed for name in KINDS for deed in _kind_deeds(name)),
    *(deed for name in FUNCTIONS for deed in _lookup_deeds(name)),
]


THE = {deed.name: deed for deed in DEEDS}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with closing(Emulator()) as emulator, relaying(emulator.url) as relay:
        yield World(emulator, relay)


# --- what may come out ------------------------------------------------------------------------


def outcome(world: World, deed: Deed, core: ProviderCore | None = None) -> str:
    """Do the deed, as the relay was told; returns the error's line, "" for a result.

    Fails where anything else comes out than a result that can be believed, or an error in one line.
    """
    try:
        out = deed.do(world, core or world.core())
    except IamError as error:
        line = str(error)
        assert len(line.splitlines()) == 1, line
        assert len(line) <= LONGEST_LINE, line
        assert world.settings.secret_key not in line
        assert "a bug in" not in line
        line.encode()
        left = error.state if isinstance(error, Incomplete) else None
        assert left is None or fits(type(left), encode(left))
        return line
    assert UNKNOWN not in (out if isinstance(out, tuple) else (out,))
    assert deed.believed(out), out
    return ""


def calls_of(world: World, deed: Deed) -> list[Truth]:
    """What the deed asks and gets when nothing goes wrong."""
    world.emulator.restore(deed.prepare(world))
    world.relay.tell()
    line = outcome(world, deed)
    assert not line or "frist" in line, line
    return world.relay.seen


def spoilt(
    world: World, deed: Deed, spoil: Spoil, *, first: int = 0, last: int | None = None
) -> str:
    """Do the deed while answers are spoilt."""
    world.emulator.restore(deed.prepare(world))
    world.relay.tell(spoil, first=first, last=last)
    return outcome(world, deed)


def test_all_verbs_of_all_kinds_and_all_functions_are_here(world: World) -> None:
    assert set(ARGUMENTS) == set(FUNCTIONS)
    assert set(_CHANGING) == {name for name in KINDS if world.changed(name) is not None}
    assert len({deed.name for deed in DEEDS}) == len(DEEDS)


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_the_truth_is_believed(deed: Deed, world: World) -> None:
    asks_nothing = {"delete OrganizationSecuritySettings"}
    assert calls_of(world, deed) or deed.name.startswith("check") or deed.name in asks_nothing


# --- bodies that are no answer at all ---------------------------------------------------------


def says(status: int, body: bytes, *headers: str, kind: str = "application/json") -> Spoil:
    return lambda wire, _: wire.answer(status, body, *headers, kind=kind)


HTML = b"<!DOCTYPE html>\n<html><body><h1>It works!</h1>\n</body></html>\n"
BODIES: Mapping[str, Spoil] = {
    "a page": says(200, HTML, kind="text/html"),
    "nothing": says(200, b""),
    "null": says(200, b"null"),
    "a list": says(200, b"[]"),
    "a list of objects": says(200, b'[{"id": "1"}]'),
    "a string": says(200, b'"ok"'),
    "a number": says(200, b"1"),
    "an object without a key": says(200, b"{}"),
    "half of the truth": lambda wire, truth: wire.answer(200, truth.body[: len(truth.body) // 2]),
    "the truth twice": lambda wire, truth: wire.answer(200, truth.body * 2 or b"{}{}"),
    "the truth in a list": lambda wire, truth: wire.answer(200, b"[%s]" % truth.body),
    "an error that is a success": says(200, b'{"message": "no", "type": "not_found"}'),
    "a page that says 400": says(400, HTML, kind="text/html"),
    "a page that says 404": says(404, HTML, kind="text/html"),
    "a page that says 500": says(500, HTML, kind="text/html"),
}


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_what_is_no_answer_at_all_is_told_in_one_line(deed: Deed, world: World) -> None:
    lines = {}
    for index in range(len(calls_of(world, deed))):
        for name, spoil in BODIES.items():
            line = spoilt(world, deed, spoil, first=index)
            lines[index, name] = line
            assert line or is_quiet(deed) or world.relay.seen[index].method == "DELETE", lines


def is_quiet(deed: Deed) -> bool:
    """Whether what cannot be learned is a warning, and no error."""
    return deed.name.startswith(("check", "delete"))


# --- answers that are nearly right ------------------------------------------------------------

SECRET = "7a0c1f5e-0000-4000-8000-5ec2e7000001"
MISSING = object()
VALUES: tuple[Any, ...] = (
    *(MISSING, None, True, False, 0, 1, -1, 1.5, 2**53, 10**40, -(10**40), float("nan")),
    *(float("inf"), "", "x", "\n", "a\nb\r\nc\u2028d", "\ud800", "\0", "é" * 1000, SECRET),
    *([], [None], [[]], ["x", 1], {}, {"": None}, {"id": []}, {"id": "\n"}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a JSON value, of itself first."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:3]):
            yield from places(item, (*path, index))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The JSON value with another one in a place, or without what is there."""
    if not path:
        return None if new is MISSING else new
    copy = list(value) if isinstance(value, list) else dict(value)
    if new is MISSING and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def edited(*edits: tuple[int, object]) -> Spoil:
    """Put other values into the truth; the places are told by number."""

    def spoil(wire: Wire, truth: Truth) -> None:
        value = truth.json
        for number, new in edits:
            there = list(places(value))
            value = put(value, there[number % len(there)], new)
        wire.answer(truth.status if truth.status != 204 else 200, json.dumps(value).encode())

    return spoil


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_every_key_may_be_missing(deed: Deed, world: World) -> None:
    for index, truth in enumerate(calls_of(world, deed)):
        for number in range(len(list(places(truth.json)))):
            spoilt(world, deed, edited((number, MISSING)), first=index)


@settings(max_examples=600)
@given(
    deed=st.sampled_from(DEEDS),
    index=st.integers(0, 3),
    always=st.booleans(),
    edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(VALUES)), min_size=1, max_size=3),
)
def test_any_value_may_be_another(
    world: World, deed: Deed, index: int, always: bool, edits: list[tuple[int, object]]
) -> None:
    spoilt(world, deed, edited(*edits), first=index, last=None if always else index)


@pytest.mark.parametrize(
    "duration", ["", "x", "-5s", "1e400s", "99999999999999999999s", f"{'9' * 5000}s"]
)
def test_a_duration_that_is_none_does_no_harm(duration: str, world: World) -> None:
    def spoil(wire: Wire, truth: Truth) -> None:
        if truth.path.endswith("/security-settings"):
            durations = {
                "max_api_key_expiration_duration": duration,
                "grace_period_duration": duration,
            }
            wire.answer(200, json.dumps({**truth.json, **durations}).encode())
        else:
            honest(wire, truth)

    for deed in DEEDS:
        if deed.name in {"check APIKey", "getOrganizationSecuritySettings 0"} or (
            "OrganizationSecuritySettings" in deed.name
        ):
            spoilt(world, deed, spoil)


def test_keys_that_are_not_known_do_no_harm(world: World) -> None:
    def more(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: more(item) for key, item in value.items()}, "new": {"of": [None, 1.5]}}
        return [more(item) for item in value] if isinstance(value, list) else value

    def spoil(wire: Wire, truth: Truth) -> None:
        body = json.dumps(more(truth.json)).encode() if truth.body else b""
        wire.answer(truth.status, body)

    for deed in DEEDS:
        line = spoilt(world, deed, spoil)
        assert not line or "frist" in line, (deed.name, line)


# --- errors that are no errors of the API -----------------------------------------------------

_TEXT = st.sampled_from(
    ("", "x", "not_found", "a\nb", "a\u2028b", "\ud800", "\0\x1b[2J", "é" * 2000, SECRET)
)
_SCALAR = st.one_of(_TEXT, st.none(), st.booleans(), st.integers(), st.floats())
_JSON = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_TYPES = st.sampled_from(
    (
        "invalid_arguments",
        "not_found",
        "permissions_denied",
        "denied_authentication",
        "quotas_exceeded",
        "transient_state",
        "already_exists",
        "precondition_failed",
    )
)
_DETAIL = st.dictionaries(
    st.sampled_from(
        ("argument_name", "help_message", "reason", "action", "resource", "current", "quota")
    ),
    _JSON,
)
_ERROR = st.fixed_dictionaries(
    {},
    optional={
        "type": _TYPES | _JSON,
        "message": _JSON,
        "help_message": _JSON,
        "details": st.lists(_DETAIL, max_size=3) | _JSON,
        "resource": _JSON,
        "resource_id": _JSON,
        "reason": _JSON,
    },
)
# One that reads, one that lists, and one for each method that writes.
SOME = [
    THE[name]
    for name in (
        *("read Group", "list Group", "getGroup 1", "create Application", "create Group"),
        *("update Policy", "delete SSHKey", "check Group"),
    )
]


@settings(max_examples=400)
@given(
    deed=st.sampled_from(SOME),
    status=st.sampled_from((400, 401, 402, 403, 404, 409, 412, 418, 422, 500, 501, 502, 503, 599)),
    error=_ERROR | _JSON,
)
@example(SOME[0], 400, {"type": "invalid_arguments", "details": 5})
@example(SOME[0], 400, {"type": "invalid_arguments", "details": [{"reason": "a" * 700}]})
@example(THE["create Application"], 500, {"message": "a" * 700})  # told of the call, and of looking
@example(THE["create Group"], 500, {"message": "a" * 700})
@example(SOME[0], 404, {"type": "not_found", "resource": "group", "resource_id": "a\nb"})
@example(SOME[0], 403, {"type": "permissions_denied", "details": [{"action": [SECRET]}]})
def test_any_error_is_told_in_one_line(world: World, deed: Deed, status: int, error: Any) -> None:
    is_gone = status == 404 and isinstance(error, dict) and error.get("type") == "not_found"
    if is_gone and deed.name == "read Group":
        return  # then the API has said that it is gone
    spoilt(world, deed, says(status, json.dumps(error).encode()))


def test_the_secret_key_is_in_no_message(world: World) -> None:
    key = world.settings.secret_key
    spellings = (key, key.upper(), "".join(f"\\u{ord(char):04x}" for char in key))
    for spelling in spellings:
        body = f'{{"message": "no right for {spelling}", "type": "invalid_arguments"}}'
        line = spoilt(
            world, THE["read Group"], says(400, body.encode(), f"X-Request-Id: {spelling}")
        )
        assert line
        assert key not in line.lower()
        assert "no right for ***" in line


# --- what is no HTTP, or hardly ---------------------------------------------------------------


def raw(*parts: bytes) -> Spoil:
    return lambda wire, _: wire.write(*parts)


def _with(*headers: str) -> Spoil:
    return lambda wire, truth: wire.answer(truth.status, truth.body, *headers)


def _too_long(wire: Wire, truth: Truth) -> None:
    wire.answer(200, truth.body, f"Content-Length: {len(truth.body) + 100}")


def _utf16(wire: Wire, truth: Truth) -> None:
    wire.answer(200, truth.body.decode().encode("utf-16"))


def _continues(wire: Wire, truth: Truth) -> None:
    wire.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)
    honest(wire, truth)


def _within(wire: Wire, truth: Truth, value: bytes) -> None:
    """The truth with a value that Python could not have written."""
    wire.answer(200, b'{"new": %s, %s' % (value, (truth.body or b"{}")[1:]))


DEEP = 100_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HARDLY: Mapping[str, Spoil] = {
    "more length than body": _too_long,
    "no length": lambda wire, truth: wire.write(b"HTTP/1.1 200 OK\r\n\r\n", truth.body),
    "a length below zero": _with("Content-Length: -5"),
    "a length that is a word": _with("Content-Length: long"),
    "two lengths": _with("Content-Length: 10", "Content-Length: 20"),
    "two lengths in one": _with("Content-Length: 10, 20"),
    "gzip that is plain": _with("Content-Encoding: gzip"),
    "deflate that is plain": _with("Content-Encoding: deflate"),
    "brotli that is plain": _with("Content-Encoding: br"),
    "an encoding that nobody knows": _with("Content-Encoding: rot13"),
    "gzip that is cut": says(200, gzip.compress(b'{"id": 1}' * 99)[:-12], "Content-Encoding: gzip"),
    "chunks without lengths": raw(CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without an end": raw(CHUNKED, b'5\r\n{"id"\r\n'),
    "a chunk below zero": raw(CHUNKED, b"-5\r\n{}\r\n0\r\n\r\n"),
    "no UTF-8": says(200, b'{"id": "\xff\xfe\x80"}'),
    "UTF-16": _utf16,
    "a charset that nobody knows": _with("Content-Type: application/json; charset=klingon"),
    "deep lists": says(200, b"[" * DEEP),
    "deep lists that end": says(200, b"[" * DEEP + b"]" * DEEP),
    "deep objects": says(200, b'{"id":' * DEEP),
    "deep lists in the truth": lambda w, t: _within(w, t, b"[" * DEEP + b"]" * DEEP),
    **{
        f"lists {deep} deep in the truth": partial(_within, value=b"[" * deep + b"]" * deep)
        for deep in (100, 200, 300, 400, 500, 700, 900)
    },
    **{
        f"lists {deep} deep in an error": says(
            400, b'{"type": "invalid_arguments", "details": ' + b"[" * deep + b"]" * deep + b"}"
        )
        for deep in (100, 200, 300, 400, 500, 700, 900)
    },
    "deep lists in an error": says(400, b'{"details":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "a number of many digits": lambda w, t: _within(w, t, b"9" * 5000),
    "a number beyond all": lambda w, t: _within(w, t, b"1e999"),
    "no number": lambda w, t: _within(w, t, b"NaN"),
    "only such numbers": says(200, b'{"id": NaN, "total_count": -Infinity, "groups": [Infinity]}'),
    "many digits in an error": says(400, b'{"message": %s}' % (b"9" * 5000)),
    "no HTTP": raw(b"hello\r\n\r\n"),
    "no HTTP version": raw(b"HTTP/x.y 200 OK\r\n\r\n{}"),
    "no status": raw(b"HTTP/1.1 abc OK\r\n\r\n{}"),
    "a status of four digits": raw(b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "a status that nobody knows": says(999, b"{}"),
    "a status below all": says(42, b"{}"),
    "only zeros": raw(b"\0" * 5000),
    "a protocol to switch to": says(101, b""),
    "no content": says(204, b""),
    "nothing new": says(304, b""),
    "a part": says(206, b'{"id":', "Content-Range: bytes 0-5/100"),
    "a line that is too long": _with("X-Long: " + "x" * 70_000),
    "too many headers": _with(*(f"X-{n}: 1" for n in range(300))),
    "a header without a colon": _with("nonsense"),
    "a request id that is long": says(400, b"{}", "X-Request-Id: " + "x" * 5000),
    "a request id with controls": says(400, b"{}", "X-Request-Id: a\x1b[2Jb\x0bc\x85d"),
    "many continues, then the truth": _continues,
    "a redirect to itself": says(302, b"", "Location: /iam/v1alpha1/groups"),
    "a redirect that stays": says(308, b"", "Location: "),
    "a redirect to nowhere": says(301, b"", "Location: http://[::"),
    "a redirect to no port": says(307, b"", "Location: http://127.0.0.1:99999999/"),
    "a redirect to garbage": says(303, b"", "Location: \x01\xff//\\\\"),
    "a redirect without a target": says(302, b""),
    "a cookie": _with("Set-Cookie: \x01=\xff; Expires=never; Domain=..", "Set-Cookie: ;;;"),
    **{
        f"a wait of {wait[:20]}": says(503, b"{}", f"Retry-After: {wait}")
        for wait in (
            *("-1", "nan", "1e9", "9" * 400, "0x10", "\xb2", "Mon, 01 Jan 0001 00:00:00 -0000"),
            *("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 99 Foo 2030 99:99:99 GMT", "Mon,"),
            "Mon, 01 Jan 999999999999 00:00:00 GMT",
        )
    },
}


@pytest.mark.parametrize("name", HARDLY)
def test_what_is_hardly_http_is_told_in_one_line(name: str, world: World) -> None:
    for deed in SOME:
        for index in range(len(calls_of(world, deed))):
            spoilt(world, deed, HARDLY[name], first=index)
            assert world.relay.spoilt > 0


def test_a_redirect_is_never_followed(world: World) -> None:
    line = spoilt(world, THE["read Group"], says(302, b"", "Location: /iam/v1alpha1/groups"))
    assert "redirect" in line
    assert {truth.path for truth in world.relay.seen} == {
        f"/iam/v1alpha1/groups/{world.made['Group'].id}"
    }


# --- what does not end ------------------------------------------------------------------------

HASTY = (0.5, 0.5)


class Endless:
    """Writes the same again and again, until the client hangs up or has listened far too long."""

    def __init__(self, head: bytes, part: bytes, times: int, pause: float = 0) -> None:
        self._head, self._part, self._times, self._pause = head, part, times, pause
        self.was_heard_out = False

    def __call__(self, wire: Wire, truth: Truth) -> None:
        del truth
        wire.write(self._head)
        for _time in range(self._times):
            wire.write(self._part)
            if self._pause:
                time.sleep(self._pause)
        self.was_heard_out = True


OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20
# A fast one sends twice as much as is listened to, a slow one takes four times as long.
ENDLESS: Mapping[str, Callable[[], Endless]] = {
    "a body in chunks": lambda: Endless(CHUNKED, b"100000\r\n" + b" " * MIB + b"\r\n", 64),
    "a body without a length": lambda: Endless(OK + b"\r\n", b"[" * MIB, 64),
    "a body with a length": lambda: Endless(
        OK + b"Content-Length: 99999999999\r\n\r\n", b" " * MIB, 64
    ),
    "an error in chunks": lambda: Endless(
        CHUNKED.replace(b"200 OK", b"400 No"), b"100000\r\n" + b" " * MIB + b"\r\n", 64
    ),
    "a body that drips": lambda: Endless(CHUNKED, b"1\r\n \r\n", 400, 0.02),
    "headers that drip": lambda: Endless(OK, b"X-A: a\r\n", 400, 0.02),
}


def hasty(world: World) -> ProviderCore:
    """A front that waits half a second for the next byte, and tries once."""
    core = ProviderCore(lambda: world.settings)
    retry = Retry(attempts=1, base=0.001, longest=0.002, total=0.01)
    core._clients._client = IamClient(world.settings, retry=retry, timeout=HASTY)
    return core


@pytest.mark.parametrize("name", ENDLESS)
def test_nothing_is_listened_to_for_ever(name: str, world: World) -> None:
    endless = ENDLESS[name]()
    world.emulator.restore(world.full)
    world.relay.tell(endless)
    assert outcome(world, THE["read Group"], hasty(world))
    assert not endless.was_heard_out


def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked(world: World) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * MIB) for _ in range(200)) + packer.flush()
    body = says(200, packed, "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        assert spoilt(world, THE["read Group"], body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 * MIB


LISTS = [
    deed for deed in DEEDS if deed.name.startswith(("list ", "find ")) or deed.name.endswith("s 0")
]


class Pages:
    """Answers a list with one full page after the other, until far too many were asked for."""

    def __init__(self, total: int, *, anew: bool) -> None:
        self._total, self._anew, self._page = total, anew, 0
        self.most = 40
        self._items: list[dict[str, Any]] = []

    def __call__(self, wire: Wire, truth: Truth) -> None:
        value = truth.json
        if truth.status != 200 or "total_count" not in value:
            honest(wire, truth)
            return
        (name,) = set(value) - {"total_count"}
        self._page += 1
        self._items = self._items or value[name]
        body = {name: [], "total_count": self._total}
        if self._page <= self.most and self._items:
            item = self._items[0]
            key = next(
                (field for field in ("id", "access_key", "jti", "name") if field in item), ""
            )
            first = self._page * 100 if self._anew else 0
            body[name] = [{**item, key: f"it-{first + number}"} for number in range(100)]
        wire.answer(200, json.dumps(body).encode())

    @property
    def was_heard_out(self) -> bool:
        return self._page > self.most


@pytest.mark.parametrize("deed", LISTS, ids=str)
def test_a_list_ends_when_its_pages_repeat(deed: Deed, world: World) -> None:
    pages = Pages(2**50, anew=False)
    spoilt(world, deed, pages)
    assert not pages.was_heard_out


def test_a_list_ends_when_it_is_longer_than_any_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real bound is so far that the test would take minutes.
    monkeypatch.setattr("pulumi_scw_iam.api.client._MOST_PAGES", 30)
    pages = Pages(2**50, anew=True)
    line = spoilt(world, THE["list Application"], pages)
    assert not pages.was_heard_out
    assert line
    assert "repeats page" not in line


@pytest.mark.parametrize("total", [-1, -(10**9), 10**20, 0.5, "9", None, True])
def test_a_number_of_items_that_is_none_is_told(total: Any, world: World) -> None:
    def spoil(wire: Wire, truth: Truth) -> None:
        value = truth.json
        wire.answer(200, json.dumps({**value, "total_count": total}).encode())

    for deed in LISTS:
        if any("total_count" in (truth.json or {}) for truth in calls_of(world, deed)[:1]):
            assert "total_count" in spoilt(world, deed, spoil), deed.name
