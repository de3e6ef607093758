"""One HTTP exchange with the API: connections, time-outs, and reading a bounded answer.

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

from pulumi_scw_iam.api.connections import SLOWEST_ANSWER, Connections, Exchange
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
"""The prefix of the paths of IAM. A path that begins with a slash is of another API."""

_LONGEST_ANSWER = 32 << 20
"""In bytes; a page of a hundred objects has less than one of a hundred of these."""
_CHUNK = 1 << 16
_MOST_CONNECTIONS = 128
"""The connections that are kept open. The engine rarely needs as many at once."""

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b", re.ASCII)

_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The environment variables that name certificates of authorities; the first that is set counts."""


class Request(NamedTuple):
    """A call as it is sent, and how its answer is checked."""

    method: str
    path: str
    query: str = ""
    """URL-encoded, see `encode_query`."""
    body: bytes | None = None
    """JSON, see `encode_body`."""
    wrong: Callable[[dict[str, Any]], str | None] = lambda answer: None  # noqa: ARG005
    """Returns why an answer is not as the API describes it; None if it is."""
    nonce: str = ""
    """Marks the call in the User-Agent."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __repr__(self) -> str:
        # Crash reporters show local variables, and the body may hold a password.
        return str(self)


class Reply(NamedTuple):
    """The result of one exchange."""

    answer: dict[str, Any] | IamError
    """The JSON of the answer, or the error that the exchange ended with."""
    status: int | None = None
    """The HTTP status; None without an answer."""
    retry_after: float = 0.0
    """The wait that the API asks for, in seconds."""


class Transport:
    """Sends requests with one set of settings; threads may share it.

    `timeout` is the time to wait for a connection, and then for the next bytes of an answer, in seconds.
    The whole answer may take `SLOWEST_ANSWER` times as long. `front` is what the User-Agent says of who calls.
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
        # Threads share the connections, so a thread that ends closes none. A call takes the one that was used last.
        connections = Connections(pool_maxsize=_MOST_CONNECTIONS)
        self._thread = _PerThread(settings, connections, self._user_agent())
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """How far the API's clock is ahead of this machine's, to the second."""
        return self._ahead

    def send(self, request: Request, tries: int = 1) -> Reply:
        """Send a request once; `tries` is the number of this try, for the log.

        Errors are returned, and raised by the caller: an error of requests in the chain would hold the secret
        key.
        """
        started = time.monotonic()
        answer: dict[str, Any] | IamError
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
                    allow_redirects=False,  # the secret key goes where the settings say, nowhere else
                    stream=True,  # or else there would be no bound to what is read
                ) as response,
            ):
                content = _content(response)
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            answer = self._lost(error, exchange) if exchange.sent else self._not_sent(error)
            reply = Reply(answer)
            facts = "no answer"
        else:
            if isinstance(content, IamError):
                answer = content
            else:
                answer = self._answer(request, response, content)
            now = datetime.now(timezone.utc)
            wait = retry_after(response.headers.get("Retry-After", ""), now)
            reply = Reply(answer, response.status_code, wait)
            if (date := http_date(response.headers.get("Date", ""))) is not None:
                self._ahead = date - now
            facts = f"{response.status_code}, request {self._request_id(response) or '-'}"
        if _log.isEnabledFor(logging.DEBUG):
            took = (time.monotonic() - started) * 1000
            self._log_exchange(request, reply, f"{facts}, {took:.0f} ms, try {tries}")
        return reply

    def _log_exchange(self, request: Request, reply: Reply, facts: str) -> None:
        answer = reply.answer
        received = answer.reason if isinstance(answer, IamError) else self._redactor.json(answer)
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
        """Return the id that Scaleway's support needs; empty if the header is missing or malformed."""
        header = response.headers.get("X-Request-Id", "")
        return self._redactor.text(header) if _REQUEST_ID.fullmatch(header) else ""

    def _answer(
        self, request: Request, response: requests.Response, content: bytes
    ) -> dict[str, Any] | ApiError:
        """Return the JSON of an answer, or the error that it is."""
        status = response.status_code
        request_id = self._request_id(response)
        if status >= 400:
            # Should the API ever quote a secret in its reason, the message must not.
            body = self._redactor.json(_json(content))
            return ApiError.from_answer(status, body, request_id=request_id)
        if status >= 300:
            return ApiError(
                "the API answered with a redirect, which is not followed",
                status=status,
                request_id=request_id,
                hint="check the API's address",
            )
        if request.method == "DELETE" and not content:
            return {}
        body = _json(content)
        if not isinstance(body, dict):
            return ApiError("the answer is not a JSON object", status=status, request_id=request_id)
        if (words := request.wrong(body)) is not None:
            reason = f"the answer is not as the API describes it: {words}"
            return ApiError(reason, status=status, request_id=request_id)
        return hidden(body)

    def _lost(self, error: Exception, exchange: Exchange) -> NoAnswer:
        """Return the error of a request that was sent, and whose answer is missing or incomplete."""
        url = self._api_url
        _, read = self._timeout
        cause = error.args[0] if error.args else None
        if exchange.is_over:
            if self._cancellation:
                return NoAnswer("the answer was cut short by cancelling", sent=True)
            return NoAnswer(f"the answer had no end after {SLOWEST_ANSWER * read:g} s", sent=True)
        match error, cause:
            case (requests.ReadTimeout(), _) | (_, ReadTimeoutError()):
                return NoAnswer(f"no answer from the API in {read:g} s", sent=True)
            case requests.RequestException() | HTTPError(), _:
                return NoAnswer(f"the connection to {url} broke", sent=True)
            case _:
                # Where it is no HTTP, neither requests nor urllib3 say so with an error of their own.
                return NoAnswer(f"the answer of {url} is not HTTP", sent=True)

    def _not_sent(self, error: Exception) -> IamError:  # noqa: C901, PLR0911 - as many ways
        """Return the error of a request that was not sent. `Exchange` has the proof."""
        url = self._api_url
        connect, _ = self._timeout
        cause = error.args[0] if error.args else None
        if isinstance(cause, MaxRetryError):
            cause = cause.reason
        match error, cause:
            case (requests.ConnectTimeout() | requests.ReadTimeout(), _) | (_, ReadTimeoutError()):
                return NoAnswer(f"no connection to {url} in {connect:g} s", sent=False)
            case requests.exceptions.ProxyError(), _:
                return _no_proxy(url, str(cause))
            case requests.exceptions.InvalidProxyURL(), _:
                return ConfigError(
                    "the address of the proxy is malformed; check HTTPS_PROXY and its like"
                )
            case requests.exceptions.InvalidSchema(), _:
                return ConfigError(
                    "a SOCKS proxy needs the package PySocks; install it, or check HTTPS_PROXY and its like"
                )
            case _, NewConnectionError(__cause__=OSError(strerror=words)):
                return NoAnswer(f"no connection to {url}: {words}", sent=False)
            case requests.exceptions.SSLError(), Exception(
                args=(ssl.SSLCertVerificationError(verify_message=words), *_)
            ):
                return NoAnswer(f"the certificate of {url} is not trusted: {words}", sent=False)
            case requests.exceptions.SSLError(), Exception(
                args=(ssl.SSLError(library="X509" | "PEM"), *_)
            ):
                return _no_certificates()
            case requests.exceptions.SSLError(), _:
                return NoAnswer(f"no TLS connection to {url}", sent=False)
            case requests.RequestException() | HTTPError() | ValueError(), _:
                return NoAnswer(f"no connection to {url}", sent=False)
            case _:
                # What else there is to open: the files with which certificates are checked.
                return _no_certificates()


class _Token(requests.auth.AuthBase):
    """Puts the secret key into a request, and keeps requests from looking for a login in ~/.netrc."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Auth-Token"] = self._secret_key
        return request

    def __reduce__(self) -> NoReturn:
        raise TypeError("what holds the secret key is never pickled")


class _PerThread(threading.local):
    """A session for each thread, since they are not safe to share; the connections are for all."""

    def __init__(self, settings: Settings, connections: Connections, agent: str) -> None:
        self.session = requests.Session()
        self.session.mount("https://", connections)
        self.session.mount("http://", connections)
        self.session.auth = _Token(settings.secret_key)
        self.session.headers["Accept"] = "application/json"
        self.session.headers["User-Agent"] = agent
        # No proxy reaches this machine.
        self.session.trust_env = not settings.is_local
        # requests itself looks only for the first two.
        self.session.verify = next(filter(None, map(os.environ.get, _CERTIFICATES)), None) or True


def _no_proxy(url: str, words: str) -> IamError:
    """Return the error for a proxy that made no connection; http.client has its status only in a text."""
    answered = _TUNNEL.search(words)
    if answered and answered[1] == "407":
        return ConfigError("the proxy wants a login (407); check HTTPS_PROXY and its like")
    status = f" ({answered[1]})" if answered else ""
    return NoAnswer(f"the proxy made no connection to {url}{status}", sent=False)


def _no_certificates() -> ConfigError:
    for name in _CERTIFICATES:
        if path := os.environ.get(name):
            reason = "holds no certificates" if Path(path).exists() else "does not exist"
            return ConfigError(f"{name} in the environment: {path} {reason}")
    return ConfigError("the certificates of this machine's authorities cannot be read")


def is_list(value: object) -> TypeGuard[Collection[object]]:
    """Return whether a value is a list of some kind, and not a text."""
    return isinstance(value, Collection) and not isinstance(value, str)


def encode_query(query: Mapping[str, object]) -> str:
    """Return the URL-encoded query; None is left out, and a list repeats its name."""

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
    """Return the JSON of a body; None is left out."""
    given = {name: value for name, value in body.items() if value is not None}
    return json.dumps(given, default=list).encode()


def _content(response: requests.Response) -> bytes | NoAnswer:
    """Read the body of an answer, up to a bound in size."""
    parts, size = [], 0
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > _LONGEST_ANSWER:
            return NoAnswer(f"the answer is longer than {_LONGEST_ANSWER >> 20} MiB", sent=True)
    return b"".join(parts)


def _json(content: bytes) -> Any:
    """Parse JSON; return None if it is malformed."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
