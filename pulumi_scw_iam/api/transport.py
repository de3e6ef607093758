"""How one call is made: over HTTP, with time-outs, tried again where that is safe, and logged.

Only this module and `connections` import `requests`.
"""

from __future__ import annotations

import email.utils
import functools
import json
import logging
import math
import os
import platform
import random
import re
import secrets
import ssl
import threading
import time
from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeGuard
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from pulumi_scw_iam import __version__
from pulumi_scw_iam.api.connections import SLOWEST_ANSWER, Connections, Exchange
from pulumi_scw_iam.api.throttle import throttle_of
from pulumi_scw_iam.common.errors import (
    ApiError,
    Cancelled,
    ConfigError,
    IamError,
    NoAnswer,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    TransientState,
)
from pulumi_scw_iam.common.redaction import Redactor, hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.api.settings import Settings

__all__ = ["LostAnswer", "Retry", "Transport", "is_list", "mark", "user_agent"]

_log = logging.getLogger(__name__)

_PREFIX = "/iam/v1alpha1/"
"""Before all paths but those that begin with a slash, which are of another API."""

_LONGEST_ANSWER = 32 << 20
"""In bytes; a page of a hundred objects has less than one of a hundred of these."""
_CHUNK = 1 << 16
_LONGEST_WAIT = 1e9
"""In seconds; what an answer asks for beyond that is not worth printing."""
_MOST_CONNECTIONS = 128
"""That are kept; the engine rarely asks for as much at once."""

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b", re.ASCII)

_NEVER = float("-inf")

_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""In the environment, where certificates of authorities are; the first that is set counts."""

# What answers 409 when two meet, or could not be told from its twin: those of this process take turns.
_turns = threading.Condition()
_busy: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a call is tried, and how long it waits in between; all times are in seconds.

    The wait doubles from `base` up to `longest`, less up to a half by chance, so that calls that
    failed together do not come back together. No try begins later than `total` after the first.
    """

    attempts: int = 8
    base: float = 0.5
    longest: float = 20.0
    total: float = 120.0

    @classmethod
    def within(cls, total: float) -> Retry:
        """Tries that end after so many seconds; the waits between them grow and shrink with that."""
        return cls(base=total / 240, longest=total / 6, total=total)

    @property
    def lag(self) -> float:
        """How long what was just made may be missing from what the API shows."""
        return self.total / 12

    @property
    def grant(self) -> float:
        """How long after a grant a 403 may still be the answer: 75 s of 120.

        Scaleway documents one minute until policies, rules and members count. An instance of the API may then
        still have a refusal in its cache, for less than a minute more.
        """
        return self.total * 5 / 8

    def wait(self, tries: int) -> float:
        """The wait after so many tries."""
        return min(self.longest, self.base * 2.0 ** (tries - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


class LostAnswer(Exception):
    """The answer to a call that must not be made twice was lost; `error` says how."""

    def __init__(self, error: IamError) -> None:
        super().__init__(str(error))
        self.error = error


@functools.cache
def _process_nonce(process: int) -> str:
    """Return the nonce of a process, by its id: a forked child has one of its own."""
    del process
    return secrets.token_hex(4)


def mark(nonce: str = "") -> str:
    """Return the part of the User-Agent that only this process, or one call of it, has."""
    process = _process_nonce(os.getpid())
    return f"nonce={process}.{nonce}" if nonce else f"nonce={process}"


def user_agent(nonce: str = "") -> str:
    """Return the User-Agent of this process; `nonce` marks one call.

    The audit log keeps the User-Agent, so the nonces prove which call made an object. They stand near
    the beginning, where a log that shortens the header keeps them.
    """
    return (
        f"pulumi-scw-iam/{__version__} {mark(nonce)}"
        f" python/{platform.python_version()} requests/{requests.__version__}"
    )


class _Token(requests.auth.AuthBase):
    """Puts the secret key into a request, and keeps requests from looking for a login in ~/.netrc."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Auth-Token"] = self._secret_key
        return request

    def __reduce__(self) -> NoReturn:
        raise TypeError("what holds the secret key is never pickled")


class _Bound(threading.local):
    ends = math.inf
    """Until when a call of this thread may be tried again."""

    def reason(self, otherwise: float, wait: float) -> str:
        """Return what to add to an error if there were another try without the bound, which ends `otherwise`."""
        if otherwise - time.monotonic() < wait:
            return ""
        return "; the custom timeout of the resource leaves no time to try again"


class Transport:
    """Sends requests with one set of settings; threads may share it.

    `timeout` is how long to wait for a connection, and then for the next bytes of an answer, in seconds;
    the whole answer may take `SLOWEST_ANSWER` times as long. `front` is what the User-Agent says of who asks.
    """

    def __init__(
        self, settings: Settings, timeout: tuple[float, float], retry: Retry, front: str = ""
    ) -> None:
        self._settings = settings
        self._core = front
        self._timeout = timeout
        self._retry = retry
        self._cancelled = threading.Event()
        self._cancelled_at = math.inf
        self._bound = _Bound()
        # Connections stay open, and go from one call to the next: whoever comes takes the one that was used
        # last. A thread that comes to an end takes none with it.
        connections = Connections(pool_maxsize=_MOST_CONNECTIONS)
        self._thread = _PerThread(settings, connections, _user_agent(settings, front))
        self._pace = throttle_of(settings.api_url)
        self._redactor = Redactor(settings.secret_key)
        self._made: dict[str, float] = {}
        self._unproved: set[str] = set()
        self._granted = _NEVER
        self._cure: dict[tuple[str, str], float] = {}
        """Per right that was refused, when the grant was made that may cure the refusal."""
        self._ahead = timedelta()

    @property
    def retry(self) -> Retry:
        """How often calls are tried, and how long they wait."""
        return self._retry

    @property
    def ahead(self) -> timedelta:
        """How far the API's clock is ahead of this machine's, to the second."""
        return self._ahead

    def made(self, it: str) -> None:
        """Remember what was made, which the API may not show everywhere at once."""
        self._made[it] = time.monotonic()

    def has_made(self, it: object) -> bool:
        """Whether this client made it and knows."""
        return it in self._made

    def adopted(self, resource_id: str) -> None:
        """Remember an object that a create adopted without proof: another program may have made it."""
        self._unproved.add(resource_id)

    def is_unproved(self, resource_id: str) -> bool:
        """Return whether a create of this client adopted the object without proof."""
        return resource_id in self._unproved

    def cancel(self) -> None:
        """End all waits, now and later, with Cancelled.

        A request that is under way may still be answered, within the time that its next bytes may take.
        """
        self._cancelled_at = min(self._cancelled_at, time.monotonic())
        self._cancelled.set()
        with _turns:
            _turns.notify_all()

    @contextmanager
    def bounded(self, seconds: float | None) -> Iterator[None]:
        """Have no call of this thread tried again later than in so many seconds; None lifts the bound."""
        before = self._bound.ends
        self._bound.ends = math.inf if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._bound.ends = before

    def wait(self, seconds: float, reason: str) -> None:
        """Wait; raises Cancelled, with the reason for which it waited, when that is ended."""
        if self._cancelled.wait(seconds):
            raise Cancelled(f"cancelled before it was tried again: {reason}")

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        wrong: Callable[[dict[str, Any]], str | None] = lambda answer: None,  # noqa: ARG005
        repeatable: bool = True,
        nonce: str = "",
    ) -> dict[str, Any]:
        """Make a call and return its JSON; all calls go through here.

        `wrong` says what makes an answer useless. `repeatable` says that the call leads to the same
        when it is done twice; where it is not, LostAnswer says that nobody knows whether it was done.
        `nonce` marks the call in the User-Agent. Raises the errors that `IamClient`
        tells of.
        """
        request = _Request(
            method,
            path,
            _encoded_query(query or {}),
            None if body is None else _encoded_body(body),
            wrong,
            nonce,
        )
        if body is not None:
            self._redactor.learn(body)
        answer = self._tried(request, repeatable=repeatable)
        self._note(request, answer)
        return answer

    def _note(self, request: _Request, answer: dict[str, Any]) -> None:
        """Remember what makes later answers differ from what they will be."""
        self._cure.pop(request.right, None)
        if request.method != "GET":
            self._redactor.learn(answer)
            if request.grants:
                self._granted = time.monotonic()
        if request.method == "DELETE":
            self._made.pop(request.path.rpartition("/")[2], None)

    def _tried(self, request: _Request, *, repeatable: bool) -> dict[str, Any]:
        """Try a request until there is an answer, or an error that another try would not mend."""
        started = time.monotonic()
        tries = 0
        maybe_done = False
        while True:
            tries += 1
            answer, asked_wait = self._try(request, tries)
            if not isinstance(answer, IamError):
                return answer
            if maybe_done and request.method == "DELETE" and isinstance(answer, NotFound):
                return {}
            answer.call, answer.tries = str(request), tries
            if _maybe_done(answer):
                if not repeatable:
                    raise LostAnswer(answer)
                maybe_done = True
            wait = self._retry.wait(tries)
            ends = self._deadline(request, answer, started)
            left = min(ends, self._bound.ends) - time.monotonic()
            if wait <= left < asked_wait:
                answer.reason += f"; the API asks to wait {asked_wait:.0f} s"
            wait = max(wait, asked_wait)
            if wait > left:
                answer.reason += self._bound.reason(ends, wait)
                raise answer
            failing = _maybe_done(answer) or _surely_not_done(answer)
            if failing and tries >= self._retry.attempts:
                raise answer
            try:
                self.wait(wait, answer.reason)
            except Cancelled as cancelled:
                cancelled.call, cancelled.tries = answer.call, tries
                raise

    def _deadline(self, request: _Request, error: IamError, started: float) -> float:
        """Until when a call that ended so is tried again."""
        if _maybe_done(error) or _surely_not_done(error):
            return started + self._retry.total
        if isinstance(error, PermissionDenied):
            # A proxy may answer 403 too. The log is looked into where that helps, and few may.
            if error.type != "permissions_denied" or request.path == "logs":
                return _NEVER
            # A grant cures what was refused after it for the first time. What was refused before was
            # refused for another reason, and later grants do not make the wait longer.
            return self._cure.setdefault(request.right, self._granted) + self._retry.grant
        if isinstance(error, NotFound):
            # What was just made may not show everywhere at once.
            return self._made.get(error.resource_id, _NEVER) + self._retry.lag
        return _NEVER

    def _try(self, request: _Request, tries: int) -> tuple[dict[str, Any] | IamError, float]:
        """Send a request once; returns the answer or the error, and the wait that the API asks for.

        Errors are returned and raised elsewhere, so that none carries the one of requests, which
        holds the secret key.
        """
        if (held := self._pace.turn()) > 0:
            _log.debug("%s waits %.1f s, since there were too many requests", request, held)
            # Once it is cancelled it goes out at once: it may undo what was begun.
            self._cancelled.wait(held)
        started = time.monotonic()
        answer: dict[str, Any] | IamError
        exchange = Exchange(self._timeout, lambda: self._cancelled_at)
        headers = {} if request.body is None else {"Content-Type": "application/json"}
        if request.nonce:
            headers["User-Agent"] = _user_agent(self._settings, self._core, request.nonce)
        try:
            with (
                exchange,
                self._thread.session.request(
                    request.method,
                    f"{self._settings.api_url}{_PREFIX if request.path[0] != '/' else ''}{request.path}",
                    params=request.query,
                    data=request.body,
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,  # the secret key goes where the settings say, nowhere else
                    stream=True,  # or else there would be no bound to what is read
                ) as response,
            ):
                content = self._content(response)
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            answer = self._lost(error, exchange) if exchange.sent else self._not_sent(error)
            asked_wait, said = 0.0, ""
        else:
            if isinstance(content, IamError):
                answer = content
            else:
                answer = self._answer(request, response, content)
            asked_wait = _retry_after(response)
            said = f"{response.status_code}, request {self._request_id(response) or '-'}"
            self._heard(response, started, tries)
        if _log.isEnabledFor(logging.DEBUG):
            took = (time.monotonic() - started) * 1000
            heard = answer.reason if isinstance(answer, IamError) else self._redactor.json(answer)
            sent = None if request.body is None else self._redactor.json(json.loads(request.body))
            line = (
                f"{request}{'?' if request.query else ''}{request.query} {said or 'no answer'},"
                f" {took:.0f} ms, try {tries}, sent {json.dumps(sent)}, got {json.dumps(heard)}"
            )
            _log.debug("%s", self._redactor.text(line))
        return answer, asked_wait

    def _heard(self, response: requests.Response, sent: float, tries: int) -> None:
        """Take from an answer what it says beside its words: how fast to call, and what time it is."""
        if response.status_code == requests.codes.too_many_requests:
            # What is longer than any wait of our own concerns the call that is asked for it, and no other.
            asked_wait = _retry_after(response)
            others_wait = asked_wait if asked_wait <= self._retry.longest else 0.0
            wait = max(self._retry.wait(tries), others_wait)
            gap = self._retry.base / 10
            self._pace.refused(sent, wait, gap, widest=self._retry.base)
        else:
            self._pace.went_through()
        if (moment := _moment(response.headers.get("Date", ""))) is not None:
            self._ahead = moment - datetime.now(timezone.utc)

    def _content(self, response: requests.Response) -> bytes | NoAnswer:
        """The body of an answer, up to a bound in size."""
        parts, size = [], 0
        for part in response.iter_content(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > _LONGEST_ANSWER:
                return NoAnswer(f"the answer is longer than {_LONGEST_ANSWER >> 20} MiB", sent=True)
        return b"".join(parts)

    def _request_id(self, response: requests.Response) -> str:
        """What Scaleway's support asks for; empty where it can be none."""
        said = response.headers.get("X-Request-Id", "")
        return self._redactor.text(said) if _REQUEST_ID.fullmatch(said) else ""

    def _answer(
        self, request: _Request, response: requests.Response, content: bytes
    ) -> dict[str, Any] | ApiError:
        """The JSON of an answer, or the error that it is."""
        status = response.status_code
        request_id = self._request_id(response)
        if status >= 400:
            # Should the API ever quote a secret in its reason, the message must not.
            said = self._redactor.json(_json(content))
            return ApiError.from_answer(status, said, request_id=request_id)
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
        """The error of a request that was sent, and whose answer did not come, or not all of it."""
        url = self._settings.api_url
        _, read = self._timeout
        cause = error.args[0] if error.args else None
        if exchange.is_over:
            if self._cancelled.is_set():
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
        """The error of a request that was not sent. What proves that is in `Exchange`."""
        url = self._settings.api_url
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

    @contextmanager
    def turn(self, key: str, others: str) -> Iterator[None]:
        """Be the only one in this process that does something of a key; `others` names the same by others."""
        with _turns:
            _turns.wait_for(lambda: key not in _busy or self._cancelled.is_set())
            if key in _busy:
                raise Cancelled(f"cancelled while {others} was under way")
            _busy.add(key)
        try:
            yield
        finally:
            with _turns:
                _busy.remove(key)
                _turns.notify_all()


class _Request(NamedTuple):
    method: str
    path: str
    query: str
    body: bytes | None
    wrong: Callable[[dict[str, Any]], str | None]
    nonce: str

    @property
    def grants(self) -> bool:
        """Whether it may give somebody rights, maybe the caller."""
        first, _, last = self.path.partition("/")
        if self.method == "DELETE" or last.endswith("/remove-member"):
            return False
        return first in {"policies", "rules"} or (first == "groups" and "member" in last)

    @property
    def right(self) -> tuple[str, str]:
        """What a caller must be allowed to do, as far as a request tells: `GET` of `groups`."""
        return self.method, self.path.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __repr__(self) -> str:
        # Crash reporters show local variables, and the body may hold a password.
        return str(self)


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


def _user_agent(settings: Settings, front: str, nonce: str = "") -> str:
    who = front and f"front={front}"
    return " ".join(filter(None, (user_agent(nonce), who, settings.user_agent_suffix)))


def _no_proxy(url: str, words: str) -> IamError:
    """The error for a proxy that made no connection; http.client tells its answer in words alone."""
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
    """Whether a value is a list of some kind, and not a text."""
    return isinstance(value, Collection) and not isinstance(value, str)


def _encoded_query(query: Mapping[str, object]) -> str:
    def text(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    return urlencode(
        {
            name: [text(one) for one in value] if is_list(value) else text(value)
            for name, value in query.items()
            if value is not None
        },
        doseq=True,
    )


def _encoded_body(body: Mapping[str, object]) -> bytes:
    said = {name: value for name, value in body.items() if value is not None}
    return json.dumps(said, default=list).encode()


def _json(content: bytes) -> Any:
    """The value; None when it is no JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _retry_after(response: requests.Response) -> float:
    """The wait that an answer asks for, in seconds; 0 when it asks for none."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return min(float(text), _LONGEST_WAIT)
    moment = _moment(text)
    return 0.0 if moment is None else max(0.0, moment.timestamp() - time.time())


def _moment(text: str) -> datetime | None:
    """The time of a header, None where it tells none."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _surely_not_done(error: IamError) -> bool:
    """Whether the API did not act, so that any call may be repeated."""
    if isinstance(error, NoAnswer):
        return not error.sent
    return isinstance(error, (RateLimited, TransientState))


def _maybe_done(error: IamError) -> bool:
    """Whether the API may have acted, or not, and another try may fare better."""
    if isinstance(error, NoAnswer):
        return error.sent
    # 501 is final: the operation does not exist. A success that cannot be read was garbled on its way.
    return isinstance(error, ApiError) and (
        (isinstance(error, ServerError) and error.status != 501) or error.status < 300
    )
