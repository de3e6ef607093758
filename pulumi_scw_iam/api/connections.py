"""HTTP connections that track whether a request was sent, and limit the time of a whole response.

`requests` and `urllib3` do neither. `ProxyError`, for example, is raised both for a refused connection to a
proxy and for a connection that broke after the request was sent. And time-outs start anew with each byte.
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

__all__ = ["SLOWEST_RESPONSE", "Connections", "Exchange"]

SLOWEST_RESPONSE = 4
"""The limit for a whole response, headers and body, as a multiple of the time-out for the next bytes."""

_current: ContextVar[Exchange] = ContextVar("exchange")


class Exchange:
    """One request and its response: a context manager for the thread that sends the request.

    `timeout` has the time to connect and the time until the next bytes of the response, in seconds.
    `cancelled_at` returns the time of the cancellation by `time.monotonic`, or infinity.

    `sent` being False is the only proof that a request was not sent. `begin` sets `sent` to True, right
    before the first byte of the request is written to an open connection. So `sent` is still False if:

    - the URL of the proxy is malformed, or the file of certificates does not exist;
    - the host name of the API or the proxy is unknown, or the connection is refused or times out;
    - the TLS handshake with the API or the proxy fails: certificate, alert, closed connection, time-out;
    - the proxy responds to CONNECT with a status other than 200, without valid HTTP, or not at all.

    `sent` is True for all later failures, whichever side closed the connection: a proxy, a tunnel, or a
    server with a kept-alive connection. A 502 of a plain proxy proves nothing either. No layer below
    sends a request twice: `Connections` allows no retries.
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
        # A response that was not read to its end would keep its socket open.
        for response in self._responses:
            response.close()

    def add_response(self, response: http.client.HTTPResponse) -> None:
        """Register a response, to be closed at the end of the exchange."""
        self._responses.append(response)

    def begin(self) -> None:
        """Mark the start of the request: the connection is open."""
        self._began = time.monotonic()
        self.sent = True

    @property
    def _ends(self) -> float:
        """The deadline for the complete response, or for the connection before the request is sent."""
        if not self.sent:
            return self._began + self._connect
        # After cancellation, a request in progress has the time-out of one read.
        return min(
            self._began + SLOWEST_RESPONSE * self._read,
            max(self._began, self._cancelled_at()) + self._read,
        )

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._ends

    def left(self) -> float:
        """Return the time-out for the next bytes, in seconds. Raises TimeoutError after the deadline."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._read if self.sent else self._connect)


class _TimedReads(io.RawIOBase):
    """A raw stream of a socket; each read has the remaining time of the exchange as time-out."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # The file keeps the socket open until the response is read, as http.client expects.
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
    """The part of a socket that http.client needs to read a response."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock))


class _TimedResponse(http.client.HTTPResponse):
    """A response of the API, or of a proxy to CONNECT."""

    def __init__(self, sock: Any, *args: Any, **keywords: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **keywords)  # type: ignore[arg-type]
        _current.get().add_response(self)


class _Watched(_Base):
    """A connection of urllib3 that marks the start of the request in the exchange."""

    response_class = _TimedResponse

    def request(self, *args: Any, **keywords: Any) -> None:
        # http.client would connect implicitly during the request, after `begin`.
        if self.sock is None:
            self.connect()
        _current.get().begin()
        super().request(*args, **keywords)

    def getresponse(self) -> Any:
        response = super().getresponse()
        if response.status < 200:
            # http.client returns an interim response as final. On a reused connection, the final response
            # would be read as the response to the next call.
            response.close()
            self.close()
            raise http.client.UnknownProtocol(f"interim response {response.status}")
        return response


@functools.cache
def _watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return a subclass of a pool whose connections are `_Watched`."""
    if issubclass(pool.ConnectionCls, _Watched):
        return pool
    connection = type("Watched", (_Watched, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


def _watch(manager: Any) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _watched(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }


class Connections(HTTPAdapter):
    """An adapter with a connection pool. Each request needs an active `Exchange`."""

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords)
        _watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **keywords)
        # Repeated for each call: another thread may have created the manager without reaching this line.
        _watch(manager)
        return manager
