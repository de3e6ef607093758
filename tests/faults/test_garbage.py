"""Invalid responses: each causes an error in one line or a warning, and no invalid value is used.

A relay between the provider and the local IAM API spoils the true responses.
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


# --- the organization, and all actions of the provider ---------------------------------------


@dataclass
class Made:
    """The id and the outputs of one object."""

    id: str
    outputs: dict[str, Any]


class World:
    """An organization with one object of each kind, behind a relay."""

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
        """Return a provider core without cached responses and with short retries."""
        core = ProviderCore(lambda: self.settings)
        core._clients._client = IamClient(self.settings, retry=IMPATIENT, timeout=TIMEOUT)
        return core

    def inputs(self, kind: str, name: str) -> dict[str, Any]:
        """Return valid inputs of a kind."""
        project = self.emulator.project_id
        rule = {"permission_set_names": ["ObjectStorageReadOnly"], "project_ids": [project]}
        second = name != "first"
        inputs_by_kind: dict[str, dict[str, Any]] = {
            "Group": {"name": name, "user_ids": [self.alice], "application_ids": [self.robot]},
            "Application": {"name": name, "tags": ["a"]},
            "Policy": {"name": name, "rules": [rule], "application_id": self.robot},
            "APIKey": {"application_id": self.robot, "description": name},
            "RotatingAPIKey": {"application_id": self.robot, "description": name},
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
        """Return the inputs after an update in place; None if every change replaces."""
        project = self.emulator.project_id
        rules = [{"permission_set_names": ["IAMReadOnly"], "organization_id": "$"}]
        changes: dict[str, dict[str, Any]] = {
            "Group": {"name": "third", "user_ids": [], "application_ids": None},
            "Application": {"name": "third"},
            "Policy": {"name": "third", "rules": rules},
            "APIKey": {"description": "third", "default_project_id": project},
            "RotatingAPIKey": {"description": "third"},
            "SSHKey": {"name": "third", "disabled": False},
            "User": {
                "first_name": "A",
                "username": "third",
                "locked": False,
                "password": "Battery-staple-2",
            },
            "OrganizationSecuritySettings": {"login_attempts_before_locked": 9},
            "SAML": {"single_sign_on_url": "https://third.example.com"},
        }
        if kind not in changes:
            return None
        for rule in rules:
            rule["organization_id"] = self.emulator.organization_id
        return {**self.inputs(kind, "first"), **changes[kind]}


@dataclass(frozen=True)
class Action:
    """An action of the provider, and a check of its result."""

    name: str
    run: Callable[[World, ProviderCore], Any]
    is_valid: Callable[[Any], bool]
    bare: bool = False
    """Run in an organization without SAML and SCIM."""

    def __str__(self) -> str:
        return self.name

    def prepare(self, world: World) -> Snapshot:
        return world.bare if self.bare else world.full


def fits(cls: Any, plain: Any) -> bool:
    """Return whether plain values decode to a dataclass and each has its declared type."""
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


def _kind_actions(name: str) -> Iterator[Action]:  # noqa: C901 - one function for each verb
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
        made = world.made[name]
        # A rotating key is imported by its access key.
        return core.read(kind, made.outputs.get("access_key", made.id), None)

    def delete(world: World, core: ProviderCore) -> Any:
        return core.delete(kind, world.made[name].id, world.made[name].outputs)

    def listed(_: World, core: ProviderCore) -> Any:
        return list(core.listed(kind))

    bare = name in {"SAML", "SCIM"}
    yield Action(f"create {name}", create, is_made, bare=bare)
    yield Action(f"read {name}", read, is_state_or_gone if name in _LISTED_ONLY else is_state)
    yield Action(f"get {name}", get, is_state)
    if name in _CHANGING:
        yield Action(f"update {name}", update, is_state)
        yield Action(f"check a change of {name}", check_change, is_checked)
    yield Action(f"delete {name}", delete, lambda out: out is None)
    yield Action(f"list {name}", listed, is_listed)
    yield Action(f"check {name}", check, is_checked, bare=bare)
    for how in kind.found_by:
        yield Action(
            f"find {name} by {how}", _finding(name, how), lambda result: isinstance(result, str)
        )


_LISTED_ONLY = ("GroupMembership", "SCIMToken")
"""Kinds without a GET of their own: an object is gone if the list does not contain it."""


def _finding(name: str, how: str) -> Callable[[World, ProviderCore], Any]:
    def find(world: World, core: ProviderCore) -> Any:
        return core.find(KINDS[name], f"{how}:{world.made[name].outputs[how]}")

    return find


_CHANGING = (
    *("Group", "Application", "Policy", "APIKey", "SSHKey", "User"),
    *("RotatingAPIKey", "OrganizationSecuritySettings", "SAML"),
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
    "getWebAuthnAuthenticators": [lambda w: {"user_id": w.alice}],
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
    "getAuditEvents": [lambda _: {}, lambda _: {"with_request_bodies": True}],
    "getAuthenticationEvents": [lambda _: {}],
    "getAccess": [lambda w: {"principal": w.alice, "permission_set": "IAMReadOnly"}],
    "getAccessHolders": [lambda _: {"permission_set": "IAMReadOnly"}],
}


def _function_actions(name: str) -> Iterator[Action]:
    function = FUNCTIONS[name]

    def is_result(out: Any) -> bool:
        result, failures = out
        return failures == [] and fits(function.result, result)

    def asking(
        arguments: Callable[[World], dict[str, Any]],
    ) -> Callable[[World, ProviderCore], Any]:
        return lambda world, core: core.call(function, arguments(world))

    for index, arguments in enumerate(ARGUMENTS[name]):
        yield Action(f"{name} {index}", asking(arguments), is_result)


ACTIONS = [
    *(action for name in KINDS for action in _kind_actions(name)),
    *(action for name in ARGUMENTS for action in _function_actions(name)),
]


BY_NAME = {action.name: action for action in ACTIONS}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with closing(Emulator()) as emulator, relaying(emulator.url) as relay:
        yield World(emulator, relay)


# --- valid outcomes ---------------------------------------------------------------------------


def outcome(world: World, action: Action, core: ProviderCore | None = None) -> str:
    """Run an action behind the relay; return the error's line, or "" for a result.

    Fails unless the outcome is a valid result or an error in one line.
    """
    try:
        out = action.run(world, core or world.core())
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
    assert action.is_valid(out), out
    return ""


def calls_of(world: World, action: Action) -> list[Truth]:
    """Return the requests and true responses of an action."""
    world.emulator.restore(action.prepare(world))
    world.relay.tell()
    line = outcome(world, action)
    assert not line or "frist" in line, line
    return world.relay.seen


def spoilt(
    world: World, action: Action, spoil: Spoil, *, first: int = 0, last: int | None = None
) -> str:
    """Run an action with spoilt responses."""
    world.emulator.restore(action.prepare(world))
    world.relay.tell(spoil, first=first, last=last)
    return outcome(world, action)


def test_all_verbs_of_all_kinds_and_all_functions_are_here(world: World) -> None:
    assert set(ARGUMENTS) == {name for name in FUNCTIONS if FUNCTIONS[name].local is None}
    assert set(_CHANGING) == {name for name in KINDS if world.changed(name) is not None}
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_the_truth_is_believed(action: Action, world: World) -> None:
    asks_nothing = {"delete OrganizationSecuritySettings"}
    assert calls_of(world, action) or action.name.startswith("check") or action.name in asks_nothing


# --- bodies of the wrong kind -----------------------------------------------------------------


def responds(status: int, body: bytes, *headers: str, kind: str = "application/json") -> Spoil:
    return lambda wire, _: wire.answer(status, body, *headers, kind=kind)


HTML = b"<!DOCTYPE html>\n<html><body><h1>It works!</h1>\n</body></html>\n"
BODIES: Mapping[str, Spoil] = {
    "a page": responds(200, HTML, kind="text/html"),
    "nothing": responds(200, b""),
    "null": responds(200, b"null"),
    "a list": responds(200, b"[]"),
    "a list of objects": responds(200, b'[{"id": "1"}]'),
    "a string": responds(200, b'"ok"'),
    "a number": responds(200, b"1"),
    "an object without a key": responds(200, b"{}"),
    "half of the truth": lambda wire, truth: wire.answer(200, truth.body[: len(truth.body) // 2]),
    "the truth twice": lambda wire, truth: wire.answer(200, truth.body * 2 or b"{}{}"),
    "the truth in a list": lambda wire, truth: wire.answer(200, b"[%s]" % truth.body),
    "an error with status 200": responds(200, b'{"message": "no", "type": "not_found"}'),
    "a page with status 400": responds(400, HTML, kind="text/html"),
    "a page with status 404": responds(404, HTML, kind="text/html"),
    "a page with status 500": responds(500, HTML, kind="text/html"),
}


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_what_is_no_answer_at_all_is_told_in_one_line(action: Action, world: World) -> None:
    lines = {}
    for index in range(len(calls_of(world, action))):
        for name, spoil in BODIES.items():
            line = spoilt(world, action, spoil, first=index)
            lines[index, name] = line
            assert line or is_quiet(action) or world.relay.seen[index].method == "DELETE", lines


def is_quiet(action: Action) -> bool:
    """Return whether an unreadable response is only a warning."""
    return action.name.startswith(("check", "delete"))


# --- responses with single wrong values -------------------------------------------------------

SECRET = "7a0c1f5e-0000-4000-8000-5ec2e7000001"
MISSING = object()
VALUES: tuple[Any, ...] = (
    *(MISSING, None, True, False, 0, 1, -1, 1.5, 2**53, 10**40, -(10**40), float("nan")),
    *(float("inf"), "", "x", "\n", "a\nb\r\nc\u2028d", "\ud800", "\0", "é" * 1000, SECRET),
    *([], [None], [[]], ["x", 1], {}, {"": None}, {"id": []}, {"id": "\n"}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a JSON value, its own path first."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:3]):
            yield from places(item, (*path, index))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the JSON value with another value at a path, or without the path."""
    if not path:
        return None if new is MISSING else new
    copy = list(value) if isinstance(value, list) else dict(value)
    if new is MISSING and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def edited(*edits: tuple[int, object]) -> Spoil:
    """Replace values in the response. Numbers select the paths."""

    def spoil(wire: Wire, truth: Truth) -> None:
        value = truth.json
        for number, new in edits:
            paths = list(places(value))
            value = put(value, paths[number % len(paths)], new)
        wire.answer(truth.status if truth.status != 204 else 200, json.dumps(value).encode())

    return spoil


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_every_key_may_be_missing(action: Action, world: World) -> None:
    for index, truth in enumerate(calls_of(world, action)):
        for number in range(len(list(places(truth.json)))):
            spoilt(world, action, edited((number, MISSING)), first=index)


@settings(max_examples=600)
@given(
    action=st.sampled_from(ACTIONS),
    index=st.integers(0, 3),
    always=st.booleans(),
    edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(VALUES)), min_size=1, max_size=3),
)
def test_any_value_may_be_another(
    world: World, action: Action, index: int, always: bool, edits: list[tuple[int, object]]
) -> None:
    spoilt(world, action, edited(*edits), first=index, last=None if always else index)


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

    for action in ACTIONS:
        if action.name in {"check APIKey", "getOrganizationSecuritySettings 0"} or (
            "OrganizationSecuritySettings" in action.name
        ):
            spoilt(world, action, spoil)


def test_keys_that_are_not_known_do_no_harm(world: World) -> None:
    def more(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: more(item) for key, item in value.items()}, "new": {"of": [None, 1.5]}}
        return [more(item) for item in value] if isinstance(value, list) else value

    def spoil(wire: Wire, truth: Truth) -> None:
        body = json.dumps(more(truth.json)).encode() if truth.body else b""
        wire.answer(truth.status, body)

    for action in ACTIONS:
        line = spoilt(world, action, spoil)
        assert not line or "frist" in line, (action.name, line)


# --- errors in unknown shapes -----------------------------------------------------------------

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
# A read, a list, and one action for each method of a write.
SELECTED = [
    BY_NAME[name]
    for name in (
        *("read Group", "list Group", "getGroup 1", "create Application", "create Group"),
        *("update Policy", "delete SSHKey", "check Group"),
    )
]


@settings(max_examples=400)
@given(
    action=st.sampled_from(SELECTED),
    status=st.sampled_from((400, 401, 402, 403, 404, 409, 412, 418, 422, 500, 501, 502, 503, 599)),
    error=_ERROR | _JSON,
)
@example(SELECTED[0], 400, {"type": "invalid_arguments", "details": 5})
@example(SELECTED[0], 400, {"type": "invalid_arguments", "details": [{"reason": "a" * 700}]})
@example(
    BY_NAME["create Application"], 500, {"message": "a" * 700}
)  # reports the create and the lookup
@example(BY_NAME["create Group"], 500, {"message": "a" * 700})
@example(SELECTED[0], 404, {"type": "not_found", "resource": "group", "resource_id": "a\nb"})
@example(SELECTED[0], 403, {"type": "permissions_denied", "details": [{"action": [SECRET]}]})
def test_any_error_is_told_in_one_line(
    world: World, action: Action, status: int, error: Any
) -> None:
    is_gone = status == 404 and isinstance(error, dict) and error.get("type") == "not_found"
    if is_gone and action.name == "read Group":
        return  # the object is gone
    spoilt(world, action, responds(status, json.dumps(error).encode()))


def test_the_secret_key_is_in_no_message(world: World) -> None:
    key = world.settings.secret_key
    spellings = (key, key.upper(), "".join(f"\\u{ord(char):04x}" for char in key))
    for spelling in spellings:
        body = f'{{"message": "no right for {spelling}", "type": "invalid_arguments"}}'
        line = spoilt(
            world, BY_NAME["read Group"], responds(400, body.encode(), f"X-Request-Id: {spelling}")
        )
        assert line
        assert key not in line.lower()
        assert "no right for ***" in line


# --- responses that are not HTTP --------------------------------------------------------------


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
    """Write the response with an additional value that Python cannot encode."""
    wire.answer(200, b'{"new": %s, %s' % (value, (truth.body or b"{}")[1:]))


DEEP = 100_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ALMOST_HTTP: Mapping[str, Spoil] = {
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
    "gzip that is cut": responds(
        200, gzip.compress(b'{"id": 1}' * 99)[:-12], "Content-Encoding: gzip"
    ),
    "chunks without lengths": raw(CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without an end": raw(CHUNKED, b'5\r\n{"id"\r\n'),
    "a chunk below zero": raw(CHUNKED, b"-5\r\n{}\r\n0\r\n\r\n"),
    "no UTF-8": responds(200, b'{"id": "\xff\xfe\x80"}'),
    "UTF-16": _utf16,
    "a charset that nobody knows": _with("Content-Type: application/json; charset=klingon"),
    "deep lists": responds(200, b"[" * DEEP),
    "deep lists that end": responds(200, b"[" * DEEP + b"]" * DEEP),
    "deep objects": responds(200, b'{"id":' * DEEP),
    "deep lists in the truth": lambda w, t: _within(w, t, b"[" * DEEP + b"]" * DEEP),
    **{
        f"lists {deep} deep in the truth": partial(_within, value=b"[" * deep + b"]" * deep)
        for deep in (100, 200, 300, 400, 500, 700, 900)
    },
    **{
        f"lists {deep} deep in an error": responds(
            400, b'{"type": "invalid_arguments", "details": ' + b"[" * deep + b"]" * deep + b"}"
        )
        for deep in (100, 200, 300, 400, 500, 700, 900)
    },
    "deep lists in an error": responds(400, b'{"details":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "a number of many digits": lambda w, t: _within(w, t, b"9" * 5000),
    "a number beyond all": lambda w, t: _within(w, t, b"1e999"),
    "no number": lambda w, t: _within(w, t, b"NaN"),
    "only such numbers": responds(
        200, b'{"id": NaN, "total_count": -Infinity, "groups": [Infinity]}'
    ),
    "many digits in an error": responds(400, b'{"message": %s}' % (b"9" * 5000)),
    "no HTTP": raw(b"hello\r\n\r\n"),
    "no HTTP version": raw(b"HTTP/x.y 200 OK\r\n\r\n{}"),
    "no status": raw(b"HTTP/1.1 abc OK\r\n\r\n{}"),
    "a status of four digits": raw(b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "a status that nobody knows": responds(999, b"{}"),
    "a status below all": responds(42, b"{}"),
    "only zeros": raw(b"\0" * 5000),
    "a protocol to switch to": responds(101, b""),
    "no content": responds(204, b""),
    "nothing new": responds(304, b""),
    "a part": responds(206, b'{"id":', "Content-Range: bytes 0-5/100"),
    "a line that is too long": _with("X-Long: " + "x" * 70_000),
    "too many headers": _with(*(f"X-{n}: 1" for n in range(300))),
    "a header without a colon": _with("nonsense"),
    "a request id that is long": responds(400, b"{}", "X-Request-Id: " + "x" * 5000),
    "a request id with controls": responds(400, b"{}", "X-Request-Id: a\x1b[2Jb\x0bc\x85d"),
    "many continues, then the truth": _continues,
    "a redirect to itself": responds(302, b"", "Location: /iam/v1alpha1/groups"),
    "a redirect that stays": responds(308, b"", "Location: "),
    "a redirect to nowhere": responds(301, b"", "Location: http://[::"),
    "a redirect to no port": responds(307, b"", "Location: http://127.0.0.1:99999999/"),
    "a redirect to garbage": responds(303, b"", "Location: \x01\xff//\\\\"),
    "a redirect without a target": responds(302, b""),
    "a cookie": _with("Set-Cookie: \x01=\xff; Expires=never; Domain=..", "Set-Cookie: ;;;"),
    **{
        f"a wait of {wait[:20]}": responds(503, b"{}", f"Retry-After: {wait}")
        for wait in (
            *("-1", "nan", "1e9", "9" * 400, "0x10", "\xb2", "Mon, 01 Jan 0001 00:00:00 -0000"),
            *("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 99 Foo 2030 99:99:99 GMT", "Mon,"),
            "Mon, 01 Jan 999999999999 00:00:00 GMT",
        )
    },
}


@pytest.mark.parametrize("name", ALMOST_HTTP)
def test_what_is_hardly_http_is_told_in_one_line(name: str, world: World) -> None:
    for action in SELECTED:
        for index in range(len(calls_of(world, action))):
            spoilt(world, action, ALMOST_HTTP[name], first=index)
            assert world.relay.spoilt > 0


def test_a_redirect_is_never_followed(world: World) -> None:
    line = spoilt(
        world, BY_NAME["read Group"], responds(302, b"", "Location: /iam/v1alpha1/groups")
    )
    assert "redirect" in line
    assert {truth.path for truth in world.relay.seen} == {
        f"/iam/v1alpha1/groups/{world.made['Group'].id}"
    }


# --- endless responses ------------------------------------------------------------------------

HASTY = (0.5, 0.5)


class Endless:
    """Writes the same bytes until the client closes the connection, or a limit is reached."""

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
# Fast responses are twice as large as the limit; slow responses take four times the timeout.
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
    """Return a provider core with a timeout of half a second and one attempt."""
    core = ProviderCore(lambda: world.settings)
    retry = Retry(attempts=1, base=0.001, longest=0.002, total=0.01)
    core._clients._client = IamClient(world.settings, retry=retry, timeout=HASTY)
    return core


@pytest.mark.parametrize("name", ENDLESS)
def test_nothing_is_listened_to_for_ever(name: str, world: World) -> None:
    endless = ENDLESS[name]()
    world.emulator.restore(world.full)
    world.relay.tell(endless)
    assert outcome(world, BY_NAME["read Group"], hasty(world))
    assert not endless.was_heard_out


def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked(world: World) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * MIB) for _ in range(200)) + packer.flush()
    body = responds(200, packed, "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        assert spoilt(world, BY_NAME["read Group"], body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 * MIB


LISTS = [
    action
    for action in ACTIONS
    if action.name.startswith(("list ", "find ")) or action.name.endswith("s 0")
]


class Pages:
    """Serves one full page of a list after another, up to a limit."""

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


@pytest.mark.parametrize("action", LISTS, ids=str)
def test_a_list_ends_when_its_pages_repeat(action: Action, world: World) -> None:
    pages = Pages(2**50, anew=False)
    spoilt(world, action, pages)
    assert not pages.was_heard_out


def test_a_list_ends_when_it_is_longer_than_any_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real limit would take minutes.
    monkeypatch.setattr("pulumi_scw_iam.api.operations._MOST_PAGES", 30)
    pages = Pages(2**50, anew=True)
    line = spoilt(world, BY_NAME["list Application"], pages)
    assert not pages.was_heard_out
    assert line
    assert "repeats page" not in line


@pytest.mark.parametrize("total", [-1, -(10**9), 10**20, 0.5, "9", None, True])
def test_a_number_of_items_that_is_none_is_told(total: Any, world: World) -> None:
    def spoil(wire: Wire, truth: Truth) -> None:
        value = truth.json
        wire.answer(200, json.dumps({**value, "total_count": total}).encode())

    for action in LISTS:
        if any("total_count" in (truth.json or {}) for truth in calls_of(world, action)[:1]):
            assert "total_count" in spoilt(world, action, spoil), action.name
