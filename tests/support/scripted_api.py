"""An API on loopback with scripted responses. Requests are recorded."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.samples import operation_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


SECRET_KEY = "7a0c1f5e-0000-4000-8000-5ec2e7000001"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"


@dataclass(frozen=True)
class Answer:
    """One response: a JSON value, or raw bytes."""

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None
    """Called between the arrival of the request and the response."""


CUT = Answer(status=0)
"""Close the connection without a response."""


def fitting(received: Received) -> Answer:
    """Return the smallest successful response of the requested operation."""
    operation = operation_of(received.method, received.path)
    answer = operation.answer() if operation else {}
    return Answer(status=204) if answer is None else Answer(answer)


def to_writes(*answers: Answer) -> Callable[[Received], Answer]:
    """Return these responses to the writes, in order, and a success to every other call."""
    left = deque(answers)
    return lambda received: (
        left.popleft() if left and received.method != "GET" else fitting(received)
    )


@dataclass(frozen=True)
class Received:
    """One request, and the number of its connection."""

    method: str
    path: str
    query: str
    body: Any
    headers: Mapping[str, str]
    connection: int

    @property
    def call(self) -> str:
        """The request in short: method and path below the API's version."""
        return f"{self.method} {self.path.removeprefix('/iam/v1alpha1/')}"


class Api:
    """Scripted responses, then `otherwise` for every further request. Requests are recorded."""

    def __init__(self) -> None:
        self.script: deque[Answer | Callable[[Received], Answer]] = deque()
        self.otherwise: Answer | Callable[[Received], Answer] = fitting
        self.received: list[Received] = []
        self.connections = 0
        self.url = ""

    def say(self, *answers: Answer | Callable[[Received], Answer]) -> None:
        self.script.extend(answers)

    @property
    def calls(self) -> list[str]:
        """The requests in short."""
        return [received.call for received in self.received]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Api

    def setup(self) -> None:
        self.api.connections += 1
        self.connection_number = self.api.connections
        super().setup()

    def answer(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = Received(
            method=self.command,
            path=parts.path,
            query=parts.query,
            body=json.loads(raw) if raw else None,
            headers=dict(self.headers.items()),
            connection=self.connection_number,
        )
        self.api.received.append(received)
        answer = self.api.script.popleft() if self.api.script else self.api.otherwise
        if not isinstance(answer, Answer):
            answer = answer(received)
        answer.meanwhile()
        if answer is CUT:
            self.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        length = {} if answer.status == 204 else {"Content-Length": str(len(body))}
        for name, value in {**length, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server calls these names

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    handler = type("Handler", (Handler,), {"api": api, "wbufsize": -1})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.block_on_close = False
        api.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        yield
        server.shutdown()
        thread.join()
