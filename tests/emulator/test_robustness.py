"""Random requests and concurrent clients: no 500, no change by a refused request, no lost write."""

from __future__ import annotations

import gc
import json
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.emulator import Emulator, Snapshot
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from pulumi_scw_iam.emulator.schema.arguments import (
    Argument,
    Body,
    Duration,
    Email,
    Flag,
    Instant,
    Many,
    Number,
    Uuid,
    Word,
)
from pulumi_scw_iam.emulator.schema.kinds import APPLICATION, GROUP, POLICY, USER
from pulumi_scw_iam.emulator.schema.kinds import SSH_KEY as SSH_KEY_KIND
from tests.support.local_api import UNKNOWN_ID
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.emulator.operations.base import Operation

SEED = {
    "users": [{"username": "alice", "email": "alice@example.com"}, {"email": "g@example.com"}],
    "applications": [{"name": "ci"}],
    "groups": [{"name": "devs", "users": ["alice"]}],
    "policies": [
        {"name": "p", "group": "devs", "rules": [{"permission_set_names": ["IAMReadOnly"]}]}
    ],
    "api_keys": [{"application": "ci"}],
    "ssh_keys": [{"name": "laptop", "public_key": SSH_KEY}],
}

# Unexpected values, and some valid values.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -(2**63), 1e308, 0.5]),
    st.floats(allow_nan=True),
    st.text(max_size=80),
    st.sampled_from(
        [
            *("", " ", "a", "x" * 100_000, "\ud800", "\x00", "é" * 64, "😀" * 65, "a\nb"),
            *("unknown_type", "signing", "member", "true", "0", "-1", "1e9", "null", "{}"),
            *("2030-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0000-00-00T00:00:00Z"),
            *(
                "2035-02-30T00:00:00Z",
                "3600s",
                "999999999999s",
                "-5s",
                "1.0000000001s",
                "IAMManager",
            ),
            *("ssh-ed25519 AAAA", "ssh-rsa !", SSH_KEY, "-----BEGIN CERTIFICATE-----", UNKNOWN_ID),
            *("a@b.c", "a@b", "' OR 1=1 --", "../../etc/passwd", "%00", "{0}", "\u202e"),
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
RAW = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            *(b"{", b"[]", b'"x"', b"5", b"null", b"NaN", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}"),
            *(b"[" * 100_000, b'{"a":' * 5_000, b"9" * 5_000, b'{"name": 1e999}', b"{}{}"),
            *(b'{"name":"a","name":"b"}', b"\x00" * 100, b"name=a&tags=b", b"{'name': 'a'}"),
        ]
    ),
)
CONTENT_TYPES = st.sampled_from(
    [
        *("application/json", "text/plain", "application/json; charset=utf-16", "nonsense", ""),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    ]
)


def mostly(good: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw four `good` values in five: a request with several `odd` values tests only the first."""
    return st.integers(0, 4).flatmap(lambda number: odd if number == 4 else good)


class Target:
    """A small organization, restored before each request, and one connection to it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        made = emulator.seed(SEED)
        self.base: Snapshot = emulator.snapshot()
        # By the names in paths, queries and bodies.
        self.ids: dict[str, str] = {
            f"{kind.resource}_id": made[title][0][kind.key]
            for title, kind in (
                ("users", USER),
                ("applications", APPLICATION),
                ("groups", GROUP),
                ("policies", POLICY),
                ("ssh_keys", SSH_KEY_KIND),
            )
        }
        self.ids["access_key"] = made["api_keys"][0]["access_key"]
        self.ids["organization_id"] = emulator.organization_id
        self.ids["project_id"] = self.ids["default_project_id"] = emulator.project_id
        self._requests: dict[str, st.SearchStrategy[tuple[str, bytes | None]]] = {}
        address = urlsplit(emulator.url)
        assert address.hostname
        self.connection = HTTPConnection(address.hostname, address.port, timeout=10)

    def requests(self, operation: Operation) -> st.SearchStrategy[tuple[str, bytes | None]]:
        """Paths and bodies for an operation; cached, because building a strategy is slower than a request."""
        if operation.name not in self._requests:
            written = bodies(operation.body or Body({}), self.ids).map(
                lambda body: json.dumps(body).encode()
            )
            self._requests[operation.name] = st.tuples(
                paths(operation, self.ids), mostly(written, st.none() | RAW)
            )
        return self._requests[operation.name]

    def send(self, method: str, path: str, body: bytes | None, content_type: str) -> None:
        """Send a request, and check the rules for every response."""
        headers = {"X-Auth-Token": self.emulator.secret_key, "Content-Type": content_type}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status < 500 or answer.status == 501, (answer.status, content)
        if answer.status >= 400:
            problem = json.loads(content)
            assert problem["type"], problem
            assert problem["message"], problem
        state = self.emulator.snapshot()
        if answer.status >= 400 or method == "GET":
            assert state == self.base
        elif state != self.base:
            self.emulator.restore(self.base)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Emulator() as emulator:
        target = Target(emulator)
        yield target
        target.connection.close()


def fitting(  # noqa: PLR0911 - one per type of field
    name: str, field: Argument, ids: dict[str, str]
) -> st.SearchStrategy[Any]:
    """Return a strategy for mostly valid values of a field."""
    match field:
        case Body():
            return bodies(field, ids)
        case Many():
            name = name.removesuffix("s")
            return st.lists(fitting(name, field.item, ids), min_size=field.min, max_size=2)
        case Word():
            return st.sampled_from(sorted(field.words))
        case Number():
            return st.integers(field.min, field.max)
        case Flag():
            return st.just(True if field.only is None else field.only)
        case Uuid():
            return st.just(ids.get(name, UNKNOWN_ID))
        case Email():
            return st.just("someone@example.com")
        case Instant():
            return st.just("2130-01-01T00:00:00Z")
        case Duration():
            return st.just("3600s")
        case _:
            plain = {"permission_set_name": "IAMReadOnly", "public_key": SSH_KEY}
            return st.just(plain.get(name, "ab-1"))


def bodies(body: Body, ids: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw request bodies of an operation, with a few unexpected values."""
    choices = {name for names in body.one_of.values() for name in names}
    good = {name: fitting(name, field, ids) for name, field in body.arguments.items()}
    plain = st.fixed_dictionaries(
        {name: value for name, value in good.items() if name not in choices},
        optional={"unknown": VALUES},
    )
    chosen = [
        st.sampled_from(names).flatmap(lambda name: st.fixed_dictionaries({name: good[name]}))
        for names in body.one_of.values()
    ]
    odd = st.dictionaries(st.sampled_from([*body.arguments, "odd"]), VALUES, max_size=2)
    return st.tuples(plain, *chosen, mostly(st.just({}), odd)).map(
        lambda parts: {name: value for part in parts for name, value in part.items()}
    )


def paths(operation: Operation, ids: dict[str, str]) -> st.SearchStrategy[str]:
    """Draw paths of an operation with valid and invalid ids, and queries with unexpected values."""
    odd = st.text(min_size=1, max_size=40) | st.sampled_from(["..", "a/b", "x" * 2000, "%", "\x00"])
    segments = []
    for segment in operation.path.split("/"):
        own = ids.get(segment.strip("<>"), UNKNOWN_ID)
        is_fixed = not segment.startswith("<")
        segments.append(st.just(segment) if is_fixed else mostly(st.just(own), odd))
    parameters = {
        name: mostly(fitting(name, field, ids), SCALARS).map(str)
        for name, field in operation.query.items()
    }
    needed = {
        name: parameters.pop(name) for name, field in operation.query.items() if not field.optional
    }
    return st.builds(
        lambda path, query: f"{path}?{query}",
        st.tuples(*segments).map(lambda found: "/".join(map(escaped, found))),
        st.fixed_dictionaries(needed, optional={**parameters, "ids[]": st.just("x")}).map(
            lambda found: "&".join(f"{escaped(name)}={escaped(found[name])}" for name in found)
        ),
    )


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass")[:5000], safe="")


@pytest.mark.parametrize("name", OPERATIONS)
@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_input_makes_it_fail_and_no_refused_request_changes_the_state(
    target: Target, name: str, data: st.DataObject
) -> None:
    path, body = data.draw(target.requests(OPERATIONS[name]))
    target.send(OPERATIONS[name].method, path, body, data.draw(CONTENT_TYPES))


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
    path=st.text(max_size=60)
    | st.sampled_from(["//", "/iam/v1alpha1/../../x", "/iam/v1alpha1//groups"]),
    prefix=st.sampled_from(["", "/iam/v1alpha1/", "/account/v3/projects", "/__emulator/"]),
)
def test_no_path_makes_it_fail(target: Target, method: str, path: str, prefix: str) -> None:
    full_path = f"{prefix}{quote(path.encode('utf-8', 'surrogatepass'))}"
    target.send(method, full_path if full_path.startswith("/") else f"/{full_path}", None, "")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /iam/v1alpha1/groups HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /iam/v1alpha1/groups HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}",
        b"POST /iam/v1alpha1/groups HTTP/1.1\r\nContent-Length: many\r\n\r\n{}",
        b"POST /iam/v1alpha1/groups HTTP/1.1\r\nContent-Length: 500\r\n\r\n{}",
        b"POST /iam/v1alpha1/groups HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"POST /iam/v1alpha1/groups HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    ],
)
def test_what_is_not_http_ends_its_own_connection_alone(
    target: Target,
    garbage: bytes,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address = urlsplit(target.emulator.url)
    assert address.port
    token = f"\r\nX-Auth-Token: {target.emulator.secret_key}\r\n".encode()
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(garbage.replace(b"\r\n", token, 1) if b"POST" in garbage else garbage)
        with suppress(OSError):  # the server closed first
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := _received(connection):
            received += part
    assert b"HTTP/1.1 500" not in received
    assert target.emulator.snapshot() == target.base
    target.send("GET", "/iam/v1alpha1/groups", None, "")
    assert "Traceback" not in caplog.text + capsys.readouterr().err


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def test_64_clients_at_once_lose_no_write_and_keep_names_unique(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    clients, names = 64, [f"team-{number}" for number in range(4)]
    with Emulator(state=state) as emulator:
        shared = emulator.seed({"groups": [{"name": "everybody"}]})["groups"][0]["id"]
        address = urlsplit(emulator.url)
        assert address.hostname
        headers = {"X-Auth-Token": emulator.secret_key}
        start = threading.Barrier(clients)
        answers: Counter[tuple[str, int]] = Counter()
        kept: dict[int, str] = {}

        def work(number: int) -> None:
            connection = HTTPConnection(address.hostname or "", address.port, timeout=60)

            def call(method: str, path: str, **body: Any) -> tuple[int, Any]:
                full_body = {"organization_id": emulator.organization_id, **body}
                connection.request(method, f"/iam/v1alpha1{path}", json.dumps(full_body), headers)
                answer = connection.getresponse()
                content = answer.read()
                return answer.status, json.loads(content) if content else None

            start.wait()
            for name in names:
                status, _ = call("POST", "/groups", name=name)
                answers["create group", status] += 1
            member = {"username": f"user-{number}", "email": f"user-{number}@example.com"}
            _, user = call("POST", "/users", member=member)
            kept[number] = user["id"]
            status = 409
            while status == 409:
                status, _ = call("POST", f"/groups/{shared}/add-member", user_id=user["id"])
            answers["add member", status] += 1
            if number % 2:
                status, _ = call("DELETE", f"/users/{user['id']}")
                answers["delete user", status] += 1
                del kept[number]
            connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {
            ("create group", 200): len(names),
            ("create group", 409): (clients - 1) * len(names),
            ("add member", 200): clients,
            ("delete user", 204): clients // 2,
        }
        snapshot = emulator.snapshot()
    groups = {group["name"]: group for group in snapshot.objects["group"]}
    assert sorted(groups) == ["everybody", *names]
    assert len(snapshot.objects["group"]) == len(groups)
    assert groups["everybody"]["user_ids"] == sorted(kept.values())
    with Emulator(state=state) as again:
        assert again.snapshot() == snapshot


def test_clients_that_go_before_their_answer_leave_no_open_connection(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The garbage collector would warn of an open connection, and the warning fails the test."""
    with Emulator() as emulator:
        emulator.seed({"applications": 300})
        address = urlsplit(emulator.url)
        path = (
            f"/iam/v1alpha1/applications?page_size=100&organization_id={emulator.organization_id}"
        )
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {emulator.secret_key}\r\n\r\n"
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", address.port or 0))
            connection.sendall(request.encode())
            # A close without lingering resets the connection.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()
    gc.collect()
    assert capfd.readouterr() == ("", "")
