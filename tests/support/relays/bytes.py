"""A relay of bytes: a network or proxy that breaks a connection at a chosen place."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

IN_THE_REQUEST = ("in the request line", "in the request headers", "in the request body")
IN_THE_ANSWER = ("in the status line", "in the answer headers", "in the answer body")
SENT = (*IN_THE_REQUEST, "before the effect", "after the effect", *IN_THE_ANSWER)
"""Where a connection may break after the start of the request."""

Do = Callable[[socket.socket], object]
"""Handles a connection instead of the API. The relay then closes the connection."""


class ByteRelay:
    """Accepts connections on loopback and forwards the requests to the local IAM API.

    With `tls`, the relay serves TLS like the API. It also works as a proxy: for requests with the
    whole URL in the request line, or for CONNECT if `tunnel` is set. `breaks` is where the next
    request's connection breaks. `opens` handles each new connection, if set. `answers` writes the
    next response once, if set.
    """

    def __init__(
        self, target: str, tls: ssl.SSLContext | None = None, *, tunnel: bool = False
    ) -> None:
        self.target = target
        self.tls = tls
        self.tunnel = tunnel
        self.breaks = ""
        self.opens: Do | None = None
        self.answers: Do | None = None
        self.tunnel_answer = b"HTTP/1.1 200 OK\r\n\r\n"
        self.begun: list[str] = []
        """The first three bytes of each started request, such as `POS` for a POST."""
        self._kept: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or accept() would block on
        self._listener.close()
        self.drop()

    def drop(self) -> None:
        """End the open connections."""
        while self._kept:
            with suppress(OSError):
                self._kept.pop().shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, EOFError):
            self._kept.append(connection)
            if self.opens:
                self.opens(connection)
                return
            if self.tunnel:
                _until(connection, b"\r\n\r\n")
                connection.sendall(self.tunnel_answer)
                if b" 200 " not in self.tunnel_answer:
                    return
            if self.tls:
                with self.tls.wrap_socket(connection.dup(), server_side=True) as inner:
                    self._requests(inner)
            else:
                self._requests(connection)

    def _requests(self, connection: socket.socket) -> None:
        while True:
            received = _exactly(connection, 3)
            self.begun.append(received.decode())
            breaks, self.breaks = self.breaks, ""
            if breaks == "in the request line":
                return
            received += _until(connection, b"\r\n")
            if breaks == "in the request headers":
                _exactly(connection, 20)
                return
            received += _until(connection, b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", received)
            size = int(length[1]) if length else 0
            if breaks == "in the request body":
                _exactly(connection, size // 2)
                return
            received += _exactly(connection, size)
            if breaks == "before the effect":
                return
            if answers := self.answers:
                self.answers = None
                answers(connection)
                return
            answer = self._handed_on(received)
            head = answer.index(b"\r\n\r\n") + 4
            ends = {
                "after the effect": 0,
                "in the status line": 10,
                "in the answer headers": head // 2,
                "in the answer body": head + (len(answer) - head) // 2,
            }
            connection.sendall(answer[: ends.get(breaks)])
            if breaks:
                return

    def _handed_on(self, request: bytes) -> bytes:
        """Forward the request; return the response without `Connection: close`."""
        request = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", request)
        request = re.sub(rb"^([A-Z]+ )http://[^/]+", rb"\1", request)
        port = urlsplit(self.target).port
        assert port
        with socket.create_connection(("127.0.0.1", port)) as target:
            target.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b"".join(iter(lambda: target.recv(65536), b""))
        return re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", answer, count=1)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def _until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        received += _exactly(connection, 1)
    return received
