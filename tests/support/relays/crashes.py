"""A relay in front of the local IAM API for faults between client and server.

The relay refuses connections, kills the client before or after the effect of the request, replaces
the response like a gateway with a lost upstream response, delays the effect, or rewrites the
User-Agent.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REFUSE, KILL_BEFORE, KILL_AFTER = "refuse", "kill before", "kill after"


@dataclass(frozen=True)
class Plan:
    """The effect on the request with the number `first`, and on all later ones if `lasting`.

    `effect` is one of the constants above, or the status of a response after the effect, such as
    "502".
    """

    effect: str = ""
    first: int = 0
    lasting: bool = False
    process: int = 0
    """The id of the process to kill."""
    late: float = 0
    """Seconds between the immediate response and the effect of the request."""

    def strikes(self, number: int) -> bool:
        return bool(self.effect) and (
            number >= self.first if self.lasting else number == self.first
        )


class CrashRelay:
    """Listens on a port of its own and forwards to the target, one request per connection."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.struck = 0
        self._plan = Plan()
        self._count = 0
        self._lock = threading.RLock()
        self._listener: socket.socket | None = None
        self._port = 0
        self._late: list[threading.Timer] = []
        self.agent: Callable[[str], str] | None = None
        """Rewrites the User-Agent for the API; an empty result removes the header."""
        self.answered: Callable[[bytes], None] | None = None
        """Receives each response of the API, also a response that the client does not get."""
        self.open()
        self.url = f"http://127.0.0.1:{self._port}"

    def follow(self, plan: Plan) -> None:
        """Count requests from 1 again, and follow a plan."""
        with self._lock:
            self._plan, self._count, self.struck = plan, 0, 0
            self._open_or_refuse()

    def join(self) -> None:
        """Wait until all requests have taken effect."""
        for timer in self._late:
            timer.join()
        self._late.clear()

    def rest(self) -> None:
        """Forward everything."""
        self.follow(Plan())

    def open(self) -> None:
        """Accept connections, on the same port as before."""
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self._port))
                self._port = self._listener.getsockname()[1]
                threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections."""
        with self._lock:
            if self._listener is not None:
                with suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)  # or accept() would block on
                self._listener.close()
                self._listener = None

    def refused(self) -> None:
        """Count a refused connection. The relay itself cannot see refused connections."""
        with self._lock:
            if self._listener is not None:
                return
            self.struck += 1
            self._count += 1
            self._open_or_refuse()

    def _open_or_refuse(self) -> None:
        """Prepare for the next request."""
        if self._plan.effect == REFUSE and self._plan.strikes(self._count + 1):
            self.close()
        else:
            self.open()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = _request(connection)
            if request is None:
                return
            with self._lock:
                self._count += 1
                plan = self._plan if self._plan.strikes(self._count) else Plan()
                self.struck += bool(plan.effect)
            if plan.effect == KILL_BEFORE:
                os.kill(plan.process, signal.SIGKILL)
                return
            request = self._rewritten(request)
            if plan.late:
                self._late.append(threading.Timer(plan.late, self._forwarded, (request,)))
                self._late[-1].start()
                answer = b""
            else:
                answer = self._forwarded(request)
            if plan.effect == KILL_AFTER:
                os.kill(plan.process, signal.SIGKILL)
                return
            if plan.effect.isdigit():
                answer = f"HTTP/1.1 {plan.effect} -\r\nContent-Length: 0\r\n\r\n".encode()
            with self._lock:
                self._open_or_refuse()
            connection.sendall(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    def _rewritten(self, request: bytes) -> bytes:
        if self.agent is None:
            return request
        agent = self.agent

        def line(found: re.Match[bytes]) -> bytes:
            text = agent(found[1].decode())
            return b"\r\nUser-Agent: " + text.encode() if text else b""

        return re.sub(rb"(?i)\r\nuser-agent: ([^\r]*)", line, request, count=1)

    def _forwarded(self, request: bytes) -> bytes:
        port = urlsplit(self.target).port
        assert port
        with socket.create_connection(("127.0.0.1", port)) as target:
            target.sendall(request)
            answer = b"".join(_parts(target))
        if self.answered is not None:
            self.answered(answer)
        return answer


def _request(connection: socket.socket) -> bytes | None:
    """Read a whole request and set `Connection: close`; return None if the client closed first."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
    return head + b"\r\nConnection: close\r\n\r\n" + body


def _parts(connection: socket.socket) -> Iterator[bytes]:
    while part := connection.recv(65536):
        yield part
