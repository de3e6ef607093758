"""Connections that know whether a request was sent, and how long its answer may still take.

`requests` and `urllib3` tell neither. An error of theirs, `ProxyError` for example, is raised both for a
proxy that refuses a connection and for a connection that breaks after the request was sent. And their
time-outs start anew with each byte.
"""

from __future__ import annotations

import functools
import http.client
import io
import math
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from contextvars import Token

    from _typeshed import WriteableBuffer
    from typing_extensions import Self
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool

    _Base = HTTPConnection
else:
    _Base = object

__all__ = ["SLOWEST_ANSWER", "Connections", "Exchange"]

SLOWEST_ANSWER = 4
"""The whole answer, headers and body, may take so many times as long as its next bytes may."""

_current: ContextVar[Exchange] = ContextVar("exchange")


class Exchange:
    """One request and its answer. Used as a context manager by the thread that sends the request.

    `timeout` is the time to connect, and the time until the next bytes of the answer, in seconds.
    `cancelled_at` returns the time of `time.monotonic` at which the caller was cancelled, or infinity.

    `sent` is the only proof that a request was not sent. It becomes true at one place, `begin`, right
    before the first byte of the request is handed to an open connection. So it is still false when:

    - the address of the proxy is malformed, or the file of certificates is missing;
    - the name of the API or of the proxy is unknown, the connection is refused, or takes too long;
    - the TLS handshake fails, with the API or with the proxy: certificate, alert, end, time-out;
    - CONNECT is answered with another status than 200, with something that is not HTTP, or not at all.

    It is true for all that follows, whoever ends the connection: a proxy, a tunnel, or a server that
    closes a connection which was kept open. A plain proxy that answers 502 by itself does not
    prove anything either. Nothing below sends a request a second time: `Connections` allows no retry.
    """

    def __init__(
        self,
        timeout: tuple[float, float],
        cancelled_at: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._connect, self._read = timeout
        self._cancelled_at = cancelled_at
        self._began = time.monotonic()
        self._token: Token[Exchange] | None = None
        self._responses: list[http.client.HTTPResponse] = []
        self.sent = False

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._token is not None
        _current.reset(self._token)
        # One that could not be read to its end, or not at all, would keep its socket open.
        for response in self._responses:
            response.close()

    def answered(self, response: http.client.HTTPResponse) -> None:
        """Note an answer, to be closed when the exchange is over."""
        self._responses.append(response)

    def begin(self) -> None:
        """Note that the connection is open, and that the request is sent from now on."""
        self._began = time.monotonic()
        self.sent = True

    @property
    def _ends(self) -> float:
        """When the answer must be complete; before that, when the connection must be open."""
        if not self.sent:
            return self._began + self._connect
        # A request that is under way when the caller is cancelled may take as long as one step may.
        return min(
            self._began + SLOWEST_ANSWER * self._read,
            max(self._began, self._cancelled_at()) + self._read,
        )

    @property
    def is_over(self) -> bool:
        """Whether the time is over that the whole answer may take."""
        return time.monotonic() >= self._ends

    def left(self) -> float:
        """Return how many seconds the next bytes may take; raise TimeoutError if none are left."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._read if self.sent else self._connect)


class _TimedReads(io.RawIOBase):
    """Reads a socket, and gives each read the time that its exchange has left."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # It keeps the socket open until the answer is read, as http.client expects.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(_current.get().left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """What http.client needs of a socket to read an answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock))


class _TimedResponse(http.client.HTTPResponse):
    """An answer, of the API or of a proxy to CONNECT."""

    def __init__(self, sock: Any, *args: Any, **keywords: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **keywords)  # type: ignore[arg-type]
        _current.get().answered(self)


class _Watched(_Base):
    """A connection of urllib3 that tells the exchange when it sends the request."""

    response_class = _TimedResponse

    def request(self, *args: Any, **keywords: Any) -> None:
        # http.client would connect while it sends, and nobody could tell one from the other.
        if self.sock is None:
            self.connect()
        _current.get().begin()
        super().request(*args, **keywords)

    def getresponse(self) -> Any:
        response = super().getresponse()
        if response.status < 200:
            # http.client takes this for the answer; the real one would be taken for that of the next call.
            response.close()
            self.close()
            raise http.client.UnknownProtocol(f"interim answer {response.status}")
        return response


@functools.cache
def _watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return the same kind of pool, with connections that are watched."""
    if issubclass(pool.ConnectionCls, _Watched):
        return pool
    connection = type("Watched", (_Watched, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


def _watch(manager: Any) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _watched(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }


class Connections(HTTPAdapter):
    """Keeps connections open, and sends requests over them within an `Exchange`."""

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords)
        _watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **keywords)
        # Each time: another thread may have made the manager, and not have come to this line.
        _watch(manager)
        return manager
