"""Broken and slow connections: a create leaves exactly one known object, or raises an error.

The client reaches the local IAM API over a relay that breaks connections: directly, by TLS, through a plain
proxy, and through a tunnel (CONNECT).
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import (
    ApiError,
    Cancelled,
    ConfigError,
    IamError,
    NoAnswer,
    NotFound,
    ServerError,
    UnknownOutcome,
)
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.certificates import self_signed
from tests.support.relays.bytes import SENT, ByteRelay, Do

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.faults

PATIENCE = Retry(attempts=3, base=0.001, total=12)
ROUTES = ["direct", "TLS", "plain proxy", "tunnel"]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass
class World:
    """`client` behind a breaking relay, and `other`, a client with a direct connection."""

    line: ByteRelay
    client: IamClient
    other: IamClient
    emulator: Emulator
    bearer: str
    policy: str
    url: str

    def create(self) -> dict[str, Any]:
        return dict(self.client.create_api_key(application_id=self.bearer))

    def keys(self) -> list[str]:
        return [key["access_key"] for key in self.other.list_api_keys(application_id=self.bearer)]

    @property
    def posts(self) -> int:
        return self.line.begun.count("POS")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "api.pem", "127.0.0.1", "iam.invalid")


Connect = Callable[..., World]


@pytest.fixture
def connect(
    emulator: Emulator, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    """Return a function that creates a world for a route."""
    for name in (*PROXIES, *(name.upper() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    emulator.reset()
    lines = []

    def make(route: str, timeout: tuple[float, float] = (5.0, 5.0)) -> World:
        tls = None
        if route in {"TLS", "tunnel"}:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
        line = ByteRelay(emulator.url, tls, tunnel=route == "tunnel")
        lines.append(line)
        scheme = "https" if tls else "http"
        host = line.address if route in {"direct", "TLS"} else "iam.invalid"
        if host != line.address:
            monkeypatch.setenv(f"{scheme}_proxy", f"http://{line.address}")
        url = f"{scheme}://{host}"
        environ = {**emulator.environment, "SCW_API_URL": url, "PULUMI_SCW_IAM_ALLOW_HTTP": "true"}
        client = IamClient(Settings.resolve(environ=environ), retry=PATIENCE, timeout=timeout)
        other = IamClient(Settings.resolve(environ=emulator.environment))
        bearer = other.create_application(name="bearer")["id"]
        policy = other.create_policy(name="policy", no_principal=True)["id"]
        return World(line, client, other, emulator, bearer, policy, url)

    yield make
    # A running watch would use the proxy of the next test.
    create_watch.finish()
    for line in lines:
        line.close()


routes = pytest.mark.parametrize("route", ROUTES)
places = pytest.mark.parametrize("place", SENT)


# The request was sent and may have taken effect


@routes
@places
@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept open"])
def test_a_key_is_there_once_wherever_the_connection_breaks(
    route: str, place: str, kept: bool, connect: Connect
) -> None:
    """The key of the lost call is deleted, and one known key is created."""
    world = connect(route)
    if kept:
        world.client.get_application(world.bearer)
    world.line.breaks = place
    made = world.create()
    assert world.keys() == [made["access_key"]]
    assert "GET" in world.line.begun[world.line.begun.index("POS") :], (
        "no lookup after the lost response"
    )
    assert world.posts == 2


@routes
@places
def test_without_the_audit_log_the_key_that_may_be_left_is_named(
    route: str, place: str, connect: Connect, emulator: Emulator
) -> None:
    world = connect(route)
    emulator.faults.add(Fault(operation="list_logs", status=403))
    world.line.breaks = place
    was_done = place in SENT[SENT.index("after the effect") :]
    if not was_done:
        assert world.keys() == []
        made = world.create()
        assert world.keys() == [made["access_key"]]
        return
    with pytest.raises(UnknownOutcome) as caught:
        world.create()
    (leftover_key,) = world.keys()
    assert str(caught.value) == (
        f"POST api-keys: {expected_reason(world, place)}; the call may have created"
        f" API key {leftover_key}, or another program created it; if nothing uses it, delete it with"
        f" `pulumi-scw-iam delete api-key {leftover_key}`, and run again"
    )
    assert world.posts == 1


def expected_reason(world: World, place: str) -> str:
    # For http.client, the end of the connection also ends the headers.
    if place == "in the answer headers":
        return "the response is not a JSON object (200)"
    return f"the connection to {world.url} broke"


def lost(world: World) -> IamError:
    """Return the error of a call that must not be repeated; assert that the call was sent once."""
    before = world.posts
    with pytest.raises((NoAnswer, ApiError)) as caught:
        world.client.clone_policy(world.policy)
    assert caught.value.tries == 1
    assert world.posts == before + 1
    assert caught.value.hint == "the call may have taken effect; check before repeating it"
    return caught.value


@routes
@places
@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept open"])
def test_what_was_sent_is_sent_once_by_us_and_by_the_libraries(
    route: str, place: str, kept: bool, connect: Connect
) -> None:
    world = connect(route)
    if kept:
        world.client.get_application(world.bearer)
    world.line.breaks = place
    assert lost(world).words == expected_reason(world, place)


def reset(connection: socket.socket) -> None:
    """Reset a connection on close, as a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage_in_tls(connection: socket.socket) -> None:
    """Send the start of a response, then bytes that cannot be decrypted."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with socket.socket(fileno=socket.dup(connection.fileno())) as raw:
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        # Wait until the client closes the connection.
        raw.recv(100)


@routes
def test_a_reset_after_the_request_may_have_had_its_effect(route: str, connect: Connect) -> None:
    world = connect(route)
    world.line.answers = reset
    assert lost(world).reason == f"the connection to {world.url} broke"


@pytest.mark.parametrize("route", ["TLS", "tunnel"])
def test_an_answer_that_cannot_be_decrypted_is_lost(route: str, connect: Connect) -> None:
    world = connect(route)
    world.line.answers = garbage_in_tls
    assert lost(world).reason == f"the connection to {world.url} broke"


@routes
def test_an_interim_answer_is_not_taken_for_the_answer_nor_the_answer_for_that_of_the_next_call(
    route: str, connect: Connect
) -> None:
    world = connect(route)

    def early_and_late(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        # Wait until the client closes the connection, or sends the next request.
        connection.recv(1)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"id": "two"}')

    world.line.answers = early_and_late
    assert lost(world).reason == f"the connection to {world.url} broke"
    assert world.client.get_application(world.bearer)["id"] == world.bearer


@routes
def test_what_is_not_http_is_a_lost_answer(route: str, connect: Connect) -> None:
    world = connect(route)
    world.line.answers = lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
    assert lost(world).reason in {
        f"the connection to {world.url} broke",
        f"the response from {world.url} is not HTTP",
    }


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_a_plain_proxy_answers_by_itself_proves_nothing(status: int, connect: Connect) -> None:
    world = connect("plain proxy")
    answer = f"HTTP/1.1 {status} Proxy\r\nContent-Length: 0\r\n\r\n".encode()
    world.line.answers = lambda connection: connection.sendall(answer)
    with pytest.raises(ServerError) as caught:
        world.client.clone_policy(world.policy)
    assert caught.value.hint == "the call may have taken effect; check before repeating it"
    assert world.posts == 1
    world.line.answers = lambda connection: connection.sendall(answer)
    made = world.create()
    assert world.keys() == [made["access_key"]]


def test_a_plain_proxy_that_wants_a_login_says_so_at_once(connect: Connect) -> None:
    world = connect("plain proxy")
    answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    world.line.answers = lambda connection: connection.sendall(answer)
    with pytest.raises(ApiError) as caught:
        world.create()
    assert str(caught.value) == "POST api-keys: the proxy requires authentication (407)"
    assert (world.posts, world.keys()) == (1, [])


# The request was not sent: any call is retried, without a lookup


def is_repeated(world: World, message: str) -> None:
    """Assert that a create is retried until the request can be sent, then is one POST without a lookup."""
    with pytest.raises(IamError) as caught:
        world.create()
    error = caught.value
    assert str(error) == f"POST api-keys: {message.format(url=world.url)}, tried 3 times"
    assert isinstance(error, NoAnswer)
    assert not error.sent
    assert (world.line.begun, world.keys()) == ([], [])
    openers = [world.line.opens]

    def opens_once_more(connection: socket.socket) -> None:
        world.line.opens = None
        for do in openers:
            assert do
            do(connection)

    world.line.opens = opens_once_more
    made = world.create()
    assert world.line.begun == ["POS"]
    assert world.keys() == [made["access_key"]]


def hello_unread(connection: socket.socket) -> None:
    """Close a connection with unread data: the system sends a reset."""
    connection.recv(1)


def hello_read(connection: socket.socket) -> None:
    connection.recv(65536)


def silence(connection: socket.socket) -> None:
    """Send nothing until the client gives up."""
    while connection.recv(65536):
        pass


def dripping(start: bytes = b"") -> Do:
    """Send `start`, then single bytes without end."""

    def do(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b"1")
            time.sleep(0.01)

    return do


def drip(start: bytes = b"") -> Do:
    """Read the client's first bytes, then send `start` and single bytes without end."""

    def do(connection: socket.socket) -> None:
        connection.recv(65536)
        dripping(start)(connection)

    return do


def replying(answer: bytes) -> Do:
    def do(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)
        # Wait until the client closes the connection, and so has received everything.
        connection.recv(65536)

    return do


def tunnelled(do: Do) -> Do:
    """Open a tunnel, then call `do` inside the tunnel."""

    def tunnel(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        do(connection)

    return tunnel


NO_HANDSHAKE: dict[str, tuple[Do, str]] = {
    "closed": (hello_read, "TLS handshake with {url} failed"),
    "reset": (hello_unread, "could not connect to {url}"),
    "no TLS": (replying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "TLS handshake with {url} failed"),
    "alert": (replying(b"\x15\x03\x03\x00\x02\x02\x28"), "TLS handshake with {url} failed"),
    "silence": (silence, "could not connect to {url} in 0.5 s"),
    "drip": (drip(b"\x16\x03\x03\x20\x00"), "could not connect to {url} in 0.5 s"),
}
NO_TUNNEL: dict[str, tuple[Do, str]] = {
    **{
        str(status): (
            replying(f"HTTP/1.1 {status} No\r\n\r\n".encode()),
            f"the proxy could not connect to {{url}} ({status})",
        )
        for status in (403, 502, 503)
    },
    "no HTTP": (replying(b"SSH-2.0-OpenSSH_9.9\r\n"), "could not connect to {url}"),
    "closed": (hello_read, "could not connect to {url}"),
    "reset": (hello_unread, "could not connect to {url}"),
    "silence": (silence, "could not connect to {url} in 0.5 s"),
    "dripping status": (drip(), "could not connect to {url} in 0.5 s"),
    "dripping headers": (drip(b"HTTP/1.1 200 OK\r\n"), "could not connect to {url} in 0.5 s"),
}


@routes
def test_a_refused_connection_is_repeated(
    route: str, connect: Connect, unused_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = connect(route)
    if route in {"direct", "TLS"}:
        url = f"{world.url.partition(':')[0]}://{unused_address}"
        reason = f"could not connect to {url}: Connection refused"
    else:
        url = world.url
        reason = f"the proxy could not connect to {url}"
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://{unused_address}")
    environ = {
        **world.emulator.environment,
        "SCW_API_URL": url,
        "PULUMI_SCW_IAM_ALLOW_HTTP": "true",
    }
    client = IamClient(Settings.resolve(environ=environ), retry=PATIENCE)
    with pytest.raises(NoAnswer) as caught:
        client.create_api_key(application_id=world.bearer)
    assert (caught.value.sent, caught.value.reason, caught.value.tries) == (False, reason, 3)


@pytest.mark.parametrize("route", ["TLS", "tunnel"])
@pytest.mark.parametrize("fault", NO_HANDSHAKE)
def test_a_tls_handshake_that_fails_is_repeated(route: str, fault: str, connect: Connect) -> None:
    world = connect(route, timeout=(0.5, 5.0))
    do, message = NO_HANDSHAKE[fault]
    world.line.opens = tunnelled(do) if route == "tunnel" else do
    is_repeated(world, message)


@pytest.mark.parametrize("fault", NO_TUNNEL)
def test_a_tunnel_that_the_proxy_does_not_open_is_asked_for_again(
    fault: str, connect: Connect
) -> None:
    world = connect("tunnel", timeout=(0.5, 5.0))
    world.line.opens, message = NO_TUNNEL[fault]
    is_repeated(world, message)


def test_a_tunnel_for_which_the_proxy_wants_a_login_is_an_error_at_once(connect: Connect) -> None:
    world = connect("tunnel")
    world.line.opens = replying(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    with pytest.raises(ConfigError) as caught:
        world.create()
    assert str(caught.value) == (
        "POST api-keys: the proxy requires authentication (407); check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
    )
    assert world.keys() == []


@routes
def test_a_connection_that_was_closed_while_nobody_used_it_is_opened_again(
    route: str, connect: Connect
) -> None:
    world = connect(route)
    world.client.get_application(world.bearer)
    world.line.drop()
    made = world.create()
    assert world.line.begun == ["GET", "POS"]
    assert world.keys() == [made["access_key"]]


# Slow responses

SLOW = {
    "status line": b"HTTP/1.1 200 OK",
    "headers": b"HTTP/1.1 200 OK\r\nX-Long: ",
    "interim": b"HTTP/1.1 100 Continue\r\nX-Long: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
    "body to the end": b"HTTP/1.1 200 OK\r\n\r\n",
    "size of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
    "trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: ",
}


@pytest.mark.parametrize("route", ["direct", "tunnel"])
@pytest.mark.parametrize("part", SLOW)
def test_an_answer_that_drips_is_given_up_at_the_bound_of_the_whole_answer(
    route: str, part: str, connect: Connect
) -> None:
    world = connect(route, timeout=(5.0, 0.1))
    world.line.answers = dripping(SLOW[part])
    assert lost(world).reason == "the response was incomplete after 0.4 s"


@routes
@pytest.mark.parametrize("part", [None, "headers", "chunk"])
def test_cancelling_leaves_an_answer_the_time_of_one_step(
    route: str, part: str | None, connect: Connect
) -> None:
    world = connect(route, timeout=(5.0, 0.25))
    begun = threading.Event()

    def answers(connection: socket.socket) -> None:
        begun.set()
        (silence if part is None else dripping(SLOW[part]))(connection)

    world.line.answers = answers
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(lost, world)
        assert begun.wait(10)
        world.client.cancel()
        reason = call.result(30).reason
    slow = {"no response from the API in 0.25 s", "the response was interrupted by cancellation"}
    assert reason in (slow if part is None else slow - {"no response from the API in 0.25 s"})


def test_a_create_that_is_cancelled_while_its_answer_drips_says_what_may_be_left(
    connect: Connect,
) -> None:
    world = connect("direct", timeout=(5.0, 0.25))
    begun = threading.Event()

    def answers(connection: socket.socket) -> None:
        begun.set()
        dripping(SLOW["headers"])(connection)

    world.line.answers = answers
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(world.create)
        assert begun.wait(10)
        world.client.cancel()
        with pytest.raises(Cancelled) as caught:
            call.result(30)
    assert str(caught.value) == (
        "cancelled before a retry: the response was interrupted by cancellation; a call may still take"
        f" effect and leave an unknown API key of application {world.bearer}; find it with"
        " `pulumi stack export | pulumi-scw-iam doctor -`"
    )


def test_a_call_after_cancelling_has_the_time_of_one_step(connect: Connect) -> None:
    """Such a call may be part of an undo."""
    world = connect("direct", timeout=(5.0, 0.25))
    world.client.cancel()
    assert world.client.get_application(world.bearer)["id"] == world.bearer
    world.line.answers = dripping(SLOW["body"])
    assert lost(world).reason == "the response was interrupted by cancellation"


def test_an_answer_that_comes_in_pieces_within_the_bounds_is_read(connect: Connect) -> None:
    world = connect("direct", timeout=(5.0, 5.0))

    def answers(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 404 Not Found\r\nContent-Length: 44\r\n\r\n":
            connection.sendall(bytes([byte]))
        for part in (b'{"type": "not_found", ', b'"resource": "group" }'):
            time.sleep(0.01)
            connection.sendall(part)

    world.line.answers = answers
    with pytest.raises(NotFound):
        world.client.get_group(world.bearer)
