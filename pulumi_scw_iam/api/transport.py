"""One HTTP exchange with the API: connections, time-outs, a size limit for the response.

Only the modules `transport`, `connections` and `user_agent` import `requests`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import ssl
import threading
import time
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeGuard
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from pulumi_scw_iam.api.connections import SLOWEST_RESPONSE, Connections, Exchange
from pulumi_scw_iam.api.retry import http_date, retry_after
from pulumi_scw_iam.api.user_agent import user_agent
from pulumi_scw_iam.common.errors import ApiError, ConfigError, IamError, NoAnswer
from pulumi_scw_iam.common.redaction import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.api.turns import Cancellation
    from pulumi_scw_iam.common.redaction import Redactor

__all__ = ["Reply", "Request", "Transport", "encode_body", "encode_query", "is_list"]

_log = logging.getLogger(__name__)

_PREFIX = "/iam/v1alpha1/"
"""The prefix of IAM paths. A path with a leading slash belongs to another API."""

_LARGEST_RESPONSE = 32 << 20
"""In bytes. A page of 100 objects is smaller than a hundredth of this limit."""
_CHUNK = 1 << 16
_MOST_CONNECTIONS = 128
"""The size of the connection pool. The engine rarely needs as many connections at once."""

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b", re.ASCII)

_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The environment variables for CA certificates; the first variable with a value is used."""


class Request(NamedTuple):
    """A request to the API, with the check of its response."""

    method: str
    path: str
    query: str = ""
    """URL-encoded, see `encode_query`."""
    body: bytes | None = None
    """JSON, see `encode_body`."""
    wrong: Callable[[dict[str, Any]], str | None] = lambda response: None  # noqa: ARG005
    """Returns the reason if a response is malformed, else None."""
    nonce: str = ""
    """Marks the call in the User-Agent."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __repr__(self) -> str:
        # Crash reporters show local variables, and the body may contain a password.
        return str(self)


class Reply(NamedTuple):
    """The result of one exchange."""

    result: dict[str, Any] | IamError
    """The JSON of the response, or the error of the exchange."""
    status: int | None = None
    """The HTTP status; None without a response."""
    retry_after: float = 0.0
    """The wait from the Retry-After header, in seconds; 0 without this header."""


class Transport:
    """Sends requests with one set of settings. Thread-safe.

    `timeout` has the time-outs for the connection and for the next bytes of a response, in seconds.
    A whole response may take `SLOWEST_RESPONSE` times as long. `front` names the caller in the User-Agent.
    """

    def __init__(
        self,
        settings: Settings,
        timeout: tuple[float, float],
        redactor: Redactor,
        cancellation: Cancellation,
        *,
        front: str = "",
    ) -> None:
        self._api_url = settings.api_url
        self._suffix = settings.user_agent_suffix
        self._front = front
        self._timeout = timeout
        self._redactor = redactor
        self._cancellation = cancellation
        # All threads share one pool, so the end of a thread closes no connection.
        connections = Connections(pool_maxsize=_MOST_CONNECTIONS)
        self._thread = _PerThread(settings, connections, self._user_agent())
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """The lead of the API's clock over the local clock, to the second."""
        return self._ahead

    def send(self, request: Request, tries: int = 1) -> Reply:
        """Send a request once; `tries` is the number of this attempt, for the log.

        Errors are returned and then raised by the caller. If raised here, the error chain would contain an
        error of `requests`, and with it the secret key.
        """
        started = time.monotonic()
        result: dict[str, Any] | IamError
        exchange = Exchange(self._timeout, lambda: self._cancellation.at)
        try:
            with (
                exchange,
                self._thread.session.request(
                    request.method,
                    f"{self._api_url}{_PREFIX if request.path[0] != '/' else ''}{request.path}",
                    params=request.query,
                    data=request.body,
                    headers=self._headers(request),
                    timeout=self._timeout,
                    allow_redirects=False,  # the secret key is sent only to the configured URL
                    stream=True,  # `_content` limits the size
                ) as response,
            ):
                content = _content(response)
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            result = self._lost(error, exchange) if exchange.sent else self._not_sent(error)
            reply = Reply(result)
            facts = "no response"
        else:
            if isinstance(content, IamError):
                result = content
            else:
                result = self._result(request, response, content)
            now = datetime.now(timezone.utc)
            wait = retry_after(response.headers.get("Retry-After", ""), now)
            reply = Reply(result, response.status_code, wait)
            if (date := http_date(response.headers.get("Date", ""))) is not None:
                self._ahead = date - now
            facts = f"{response.status_code}, request {self._request_id(response) or '-'}"
        if _log.isEnabledFor(logging.DEBUG):
            took = (time.monotonic() - started) * 1000
            self._log_exchange(request, reply, f"{facts}, {took:.0f} ms, attempt {tries}")
        return reply

    def _log_exchange(self, request: Request, reply: Reply, facts: str) -> None:
        result = reply.result
        received = result.reason if isinstance(result, IamError) else self._redactor.json(result)
        sent = None if request.body is None else self._redactor.json(json.loads(request.body))
        line = (
            f"{request}{'?' if request.query else ''}{request.query} {facts},"
            f" sent {json.dumps(sent)}, got {json.dumps(received)}"
        )
        _log.debug("%s", self._redactor.text(line))

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {} if request.body is None else {"Content-Type": "application/json"}
        if request.nonce:
            headers["User-Agent"] = self._user_agent(request.nonce)
        return headers

    def _user_agent(self, nonce: str = "") -> str:
        return user_agent(nonce, front=self._front, suffix=self._suffix)

    def _request_id(self, response: requests.Response) -> str:
        """Return the request id for Scaleway's support; empty if the header is missing or malformed."""
        header = response.headers.get("X-Request-Id", "")
        return self._redactor.text(header) if _REQUEST_ID.fullmatch(header) else ""

    def _result(
        self, request: Request, response: requests.Response, content: bytes
    ) -> dict[str, Any] | ApiError:
        """Return the JSON of a response, or the error for the response."""
        status = response.status_code
        request_id = self._request_id(response)
        if status >= 400:
            # The API may quote a secret in its reason; the message must not.
            body = self._redactor.json(_json(content))
            return ApiError.from_answer(status, body, request_id=request_id)
        if status >= 300:
            return ApiError(
                "the API returned a redirect, and redirects are not followed",
                status=status,
                request_id=request_id,
                hint="check the API URL",
            )
        if request.method == "DELETE" and not content:
            return {}
        body = _json(content)
        if not isinstance(body, dict):
            return ApiError(
                "the response is not a JSON object", status=status, request_id=request_id
            )
        if (words := request.wrong(body)) is not None:
            reason = f"the response is malformed: {words}"
            return ApiError(reason, status=status, request_id=request_id)
        return hidden(body)

    def _lost(self, error: Exception, exchange: Exchange) -> NoAnswer:
        """Return the error for a sent request without a complete response."""
        url = self._api_url
        _, read = self._timeout
        cause = error.args[0] if error.args else None
        if exchange.is_over:
            if self._cancellation:
                return NoAnswer("the response was interrupted by cancellation", sent=True)
            return NoAnswer(
                f"the response was incomplete after {SLOWEST_RESPONSE * read:g} s", sent=True
            )
        match error, cause:
            case (requests.ReadTimeout(), _) | (_, ReadTimeoutError()):
                return NoAnswer(f"no response from the API in {read:g} s", sent=True)
            case requests.RequestException() | HTTPError(), _:
                return NoAnswer(f"the connection to {url} broke", sent=True)
            case _:
                # Neither requests nor urllib3 has an error for a response that is not HTTP.
                return NoAnswer(f"the response from {url} is not HTTP", sent=True)

    def _not_sent(self, error: Exception) -> IamError:  # noqa: C901, PLR0911 - one branch per cause
        """Return the error for a request that was not sent; `Exchange.sent` is the proof."""
        url = self._api_url
        connect, _ = self._timeout
        cause = error.args[0] if error.args else None
        if isinstance(cause, MaxRetryError):
            cause = cause.reason
        match error, cause:
            case (requests.ConnectTimeout() | requests.ReadTimeout(), _) | (_, ReadTimeoutError()):
                return NoAnswer(f"could not connect to {url} in {connect:g} s", sent=False)
            case requests.exceptions.ProxyError(), _:
                return _no_proxy(url, str(cause))
            case requests.exceptions.InvalidProxyURL(), _:
                return ConfigError(
                    "the URL of the proxy is malformed; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
                )
            case requests.exceptions.InvalidSchema(), _:
                return ConfigError(
                    "a SOCKS proxy requires the package PySocks; install PySocks, or change HTTPS_PROXY"
                    " or ALL_PROXY to an HTTP proxy"
                )
            case _, NewConnectionError(__cause__=OSError(strerror=words)):
                return NoAnswer(f"could not connect to {url}: {words}", sent=False)
            case requests.exceptions.SSLError(), Exception(
                args=(ssl.SSLCertVerificationError(verify_message=words), *_)
            ):
                return NoAnswer(f"the certificate of {url} is not trusted: {words}", sent=False)
            case requests.exceptions.SSLError(), Exception(
                args=(ssl.SSLError(library="X509" | "PEM"), *_)
            ):
                return _no_certificates()
            case requests.exceptions.SSLError(), _:
                return NoAnswer(f"TLS handshake with {url} failed", sent=False)
            case requests.RequestException() | HTTPError() | ValueError(), _:
                return NoAnswer(f"could not connect to {url}", sent=False)
            case _:
                # The only other files to open are the CA certificates.
                return _no_certificates()


class _Token(requests.auth.AuthBase):
    """Adds the secret key to each request. Without an `auth`, requests would use logins from ~/.netrc."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Auth-Token"] = self._secret_key
        return request

    def __reduce__(self) -> NoReturn:
        raise TypeError("a session contains the secret key and is never pickled")


class _PerThread(threading.local):
    """A session for each thread, because sessions are not thread-safe. All sessions share the connections."""

    def __init__(self, settings: Settings, connections: Connections, agent: str) -> None:
        self.session = requests.Session()
        self.session.mount("https://", connections)
        self.session.mount("http://", connections)
        self.session.auth = _Token(settings.secret_key)
        self.session.headers["Accept"] = "application/json"
        self.session.headers["User-Agent"] = agent
        # A local API is never behind a proxy.
        self.session.trust_env = not settings.is_local
        # requests itself reads only the first two variables.
        self.session.verify = next(filter(None, map(os.environ.get, _CERTIFICATES)), None) or True


def _no_proxy(url: str, words: str) -> IamError:
    """Return the error for a failed connection through a proxy; http.client has the status only as text."""
    refused = _TUNNEL.search(words)
    if refused and refused[1] == "407":
        return ConfigError(
            "the proxy requires authentication (407); check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
        )
    status = f" ({refused[1]})" if refused else ""
    return NoAnswer(f"the proxy could not connect to {url}{status}", sent=False)


def _no_certificates() -> ConfigError:
    for name in _CERTIFICATES:
        if path := os.environ.get(name):
            reason = "contains no certificates" if Path(path).exists() else "does not exist"
            return ConfigError(f"{name} in the environment: {path} {reason}")
    return ConfigError(
        "the CA certificates of this machine cannot be read; set SSL_CERT_FILE to a readable file"
    )


def is_list(value: object) -> TypeGuard[Collection[object]]:
    """Return whether a value is a collection other than a string."""
    return isinstance(value, Collection) and not isinstance(value, str)


def encode_query(query: Mapping[str, object]) -> str:
    """Return the URL-encoded query. None is omitted, and a list repeats its parameter."""

    def text(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    return urlencode(
        {
            name: [text(item) for item in value] if is_list(value) else text(value)
            for name, value in query.items()
            if value is not None
        },
        doseq=True,
    )


def encode_body(body: Mapping[str, object]) -> bytes:
    """Return the JSON of a body. None is omitted."""
    given = {name: value for name, value in body.items() if value is not None}
    return json.dumps(given, default=list).encode()


def _content(response: requests.Response) -> bytes | NoAnswer:
    """Read the body of a response, up to the size limit."""
    parts, size = [], 0
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_RESPONSE:
            return NoAnswer(f"the response is larger than {_LARGEST_RESPONSE >> 20} MiB", sent=True)
    return b"".join(parts)


def _json(content: bytes) -> Any:
    """Parse JSON; return None if it is malformed."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
