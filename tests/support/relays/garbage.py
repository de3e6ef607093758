"""A relay that spoils responses of the local IAM API."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Truth:
    """A request, and the true response of the local IAM API."""

    method: str
    path: str
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Wire:
    """The connection to the client, also for bytes that are not HTTP."""

    def __init__(self, file: Any, *, is_honest: bool) -> None:
        self._file = file
        self.is_honest = is_honest

    def write(self, *parts: bytes) -> None:
        """Write all parts at once. Raises OSError if the client has closed the connection."""
        self._file.write(b"".join(parts))
        self._file.flush()

    def answer(
        self, status: int, body: bytes, *headers: str, kind: str = "application/json"
    ) -> None:
        """Write a whole response; given headers replace default headers of the same name."""
        given = {line.partition(":")[0].lower() for line in headers}
        # Without this header, the next request would find its connection closed.
        headers += () if self.is_honest else ("Connection: close",)
        usual = [
            f"Content-Type: {kind}",
            *([] if status == 204 else [f"Content-Length: {len(body)}"]),
        ]
        lines = [f"HTTP/1.1 {status} Said"]
        lines += [line for line in usual if line.partition(":")[0].lower() not in given]
        self.write("\r\n".join([*lines, *headers, "", ""]).encode("latin-1"), body)


Spoil = Callable[[Wire, Truth], None]
"""Writes a spoilt response to the client."""


def honest(wire: Wire, truth: Truth) -> None:
    wire.answer(truth.status, truth.body)


class GarbageRelay:
    """Forwards calls to the local IAM API, and spoils the responses selected by `tell`."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.url = ""
        self.seen: list[Truth] = []
        self.spoilt = 0
        """The number of spoilt responses."""
        self.tell()

    def tell(self, spoil: Spoil | None = None, *, first: int = 0, last: int | None = None) -> None:
        """Spoil the responses from number `first` to number `last`, counted from 0."""
        self.seen, self.spoilt = [], 0
        self._spoil = spoil or honest
        self._spoilt = range(first, (10**9 if last is None else last + 1) if spoil else first)

    def pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Truth:
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port)
        with closing(connection):
            connection.request(method, path, body or None, dict(headers))
            response = connection.getresponse()
            return Truth(method, urlsplit(path).path, response.status, response.read())

    def reply(self, file: Any, truth: Truth) -> bool:
        """Write the response to the client; return whether the response was left unchanged."""
        is_honest = len(self.seen) not in self._spoilt
        self.seen.append(truth)
        wire = Wire(file, is_honest=is_honest)
        with suppress(OSError):
            if is_honest:
                honest(wire, truth)
            else:
                self.spoilt += 1
                self._spoil(wire, truth)
        return is_honest


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    relay: GarbageRelay

    def relayed(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kept = {name: self.headers[name] for name in self.headers if name in _PASSED}
        truth = self.relay.pass_on(self.command, self.path, kept, body)
        # After garbage, the start of the next response is undefined.
        self.close_connection = not self.relay.reply(self.wfile, truth)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relayed  # noqa: N815 - http.server calls these names

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, *args: object) -> None:
        pass


_PASSED = {"X-Auth-Token", "Content-Type", "User-Agent", "Accept"}


@contextmanager
def relaying(target: str) -> Iterator[GarbageRelay]:
    relay = GarbageRelay(target)
    handler = type("Bound", (Handler,), {"relay": relay})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
