"""How one call is made: over HTTP, with time-outs, tried again where that is safe, and logged.

This is the only module that imports `requests`.
"""

from __future__ import annotations

import email.utils
import functools
import json
import logging
import platform
import random
import secrets
import ssl
import threading
import time
from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeGuard, TypeVar
from urllib.parse import urlencode

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from pulumi_scw_iam.errors import (
    ApiError,
    Cancelled,
    IamError,
    NoAnswer,
    NotFound,
    RateLimited,
    ServerError,
    TransientState,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.config import Settings

__all__ = ["Retry", "Transport", "is_list", "user_agent"]


T = TypeVar("T")

_log = logging.getLogger(__name__)

_SECRET_FIELDS = frozenset(
    {
        "bearer_token",
        "one_time_password",
        "password",
        "recovery_codes",
        "renew_token",
        "secret",
        "secret_key",
        "token",
    }
)
_MASK = "***"

_PREFIX = "/iam/v1alpha1/"
"""Before all paths but those that begin with a slash, which are of another API."""

# Membership writes to one group answer 409 when they meet, so that those of this process take turns.
_turns = threading.Condition()
_busy_groups: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a call is tried, and how long it waits in between; all times are in seconds.

    The wait doubles from `base` up to `longest`, less up to a half by chance, so that calls that
    failed together do not come back together. No try begins later than `total` after the first.
    """

    attempts: int = 6
    base: float = 0.5
    longest: float = 20.0
    total: float = 120.0

    def wait(self, tries: int) -> float:
        """The wait after so many tries."""
        return min(self.longest, self.base * 2.0 ** (tries - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


@functools.cache
def user_agent() -> str:
    """Who calls. The nonce is this process's own, so that its calls can be told in the audit log."""
    try:
        version = metadata.version("pulumi-scw-iam")
    except metadata.PackageNotFoundError:
        version = "0"  # a checkout that is not installed
    return (
        f"pulumi-scw-iam/{version} python/{platform.python_version()}"
        f" requests/{requests.__version__} nonce={secrets.token_hex(4)}"
    )


class _Token(requests.auth.AuthBase):
    """Puts the secret key into a request, and keeps requests from looking for a login in ~/.netrc."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Auth-Token"] = self._secret_key
        return request


class Transport:
    """Sends requests with one set of settings; threads may share it.

    `timeout` is how long to wait for a connection, and then for an answer, in seconds.
    """

    def __init__(self, settings: Settings, timeout: tuple[float, float], retry: Retry) -> None:
        self._settings = settings
        self._timeout = timeout
        self._retry = retry
        self._cancelled = threading.Event()
        self._thread = _PerThread(settings)

    def cancel(self) -> None:
        """End all waits, now and later, with Cancelled; a request that is under way is left alone."""
        self._cancelled.set()
        with _turns:
            _turns.notify_all()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """Make a call and return its JSON; all calls go through here.

        `repeatable` says that it leads to the same when it is done twice. Raises the errors that
        `IamClient` tells of.
        """
        request = _Request(
            method, path, _encoded_query(query or {}), None if body is None else _encoded_body(body)
        )
        return self._tried(request, repeatable=repeatable)

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
                    self._end_with_lost_answer(answer)
                maybe_done = True
            elif not _surely_not_done(answer):
                raise answer
            wait = max(self._retry.wait(tries), asked_wait)
            too_late = time.monotonic() - started + wait > self._retry.total
            if tries >= self._retry.attempts or too_late:
                raise answer
            if self._cancelled.wait(wait):
                cancelled = Cancelled(f"cancelled before it was tried again: {answer.reason}")
                cancelled.call, cancelled.tries = answer.call, tries
                raise cancelled

    @staticmethod
    def _end_with_lost_answer(error: IamError) -> NoReturn:
        """End a POST that may have had its effect, and so must not be repeated blindly."""
        error.hint = "it may have been done all the same; look before you repeat it"
        raise error

    def _try(self, request: _Request, tries: int) -> tuple[dict[str, Any] | IamError, float]:
        """Send a request once; returns the answer or the error, and the wait that the API asks for.

        Errors are returned and raised elsewhere, so that none carries the one of requests, which
        holds the secret key.
        """
        started = time.monotonic()
        answer: dict[str, Any] | IamError
        try:
            response = self._thread.session.request(
                request.method,
                f"{self._settings.api_url}{_PREFIX if request.path[0] != '/' else ''}{request.path}",
                params=request.query,
                data=request.body,
                headers=None if request.body is None else {"Content-Type": "application/json"},
                timeout=self._timeout,
                allow_redirects=False,  # the secret key goes where the settings say, nowhere else
            )
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            answer, asked_wait, said = self._no_answer(error), 0.0, ""
        else:
            answer, asked_wait = self._answer(request, response), _retry_after(response)
            said = f"{response.status_code}, request {response.headers.get('X-Request-Id', '-')}"
        if _log.isEnabledFor(logging.DEBUG):
            took = (time.monotonic() - started) * 1000
            heard = answer.reason if isinstance(answer, IamError) else _masked(answer)
            sent = None if request.body is None else _masked(json.loads(request.body))
            line = (
                f"{request}{'?' if request.query else ''}{request.query} {said or 'no answer'},"
                f" {took:.0f} ms, try {tries}, sent {json.dumps(sent)}, got {json.dumps(heard)}"
            )
            _log.debug("%s", line.replace(self._settings.secret_key, _MASK))
        return answer, asked_wait

    def _answer(self, request: _Request, response: requests.Response) -> dict[str, Any] | ApiError:
        """The JSON of an answer, or the error that it is."""
        status = response.status_code
        request_id = response.headers.get("X-Request-Id", "")
        if status >= 400:
            # Should the API ever quote the key in its reason, the message must not.
            hidden = response.content.replace(self._settings.secret_key.encode(), _MASK.encode())
            return ApiError.from_answer(status, _json(hidden), request_id=request_id)
        if status >= 300:
            return ApiError(
                "the API answered with a redirect, which is not followed",
                status=status,
                request_id=request_id,
                hint="check the API's address",
            )
        if request.method == "DELETE" and not response.content:
            return {}
        body = _json(response.content)
        if not isinstance(body, dict):
            return ApiError("the answer is not a JSON object", status=status, request_id=request_id)
        return body

    def _no_answer(self, error: requests.RequestException) -> NoAnswer:
        url = self._settings.api_url
        connect, read = self._timeout
        cause = error.args[0] if error.args else None
        if isinstance(cause, MaxRetryError):
            cause = cause.reason
        match error, cause:
            case requests.ConnectTimeout(), _:
                return NoAnswer(f"no connection to {url} in {connect:g} s", sent=False)
            case requests.exceptions.ProxyError(), _:
                return NoAnswer(f"the proxy made no connection to {url}", sent=False)
            case _, NewConnectionError(__cause__=OSError(strerror=words)):
                return NoAnswer(f"no connection to {url}: {words}", sent=False)
            case requests.exceptions.SSLError(), Exception(
                args=(ssl.SSLCertVerificationError(verify_message=words), *_)
            ):
                return NoAnswer(f"the certificate of {url} is not trusted: {words}", sent=False)
            case (requests.ReadTimeout(), _) | (_, ReadTimeoutError()):
                return NoAnswer(f"no answer from the API in {read:g} s", sent=True)
            case _:
                return NoAnswer(f"the connection to {url} broke", sent=True)

    @contextmanager
    def turn(self, group_id: str) -> Iterator[None]:
        """Be the only one in this process that writes the members of a group."""
        with _turns:
            _turns.wait_for(lambda: group_id not in _busy_groups or self._cancelled.is_set())
            if group_id in _busy_groups:
                raise Cancelled(
                    "cancelled while another change of the group's members was under way"
                )
            _busy_groups.add(group_id)
        try:
            yield
        finally:
            with _turns:
                _busy_groups.remove(group_id)
                _turns.notify_all()


class _Request(NamedTuple):
    method: str
    path: str
    query: str
    body: bytes | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _PerThread(threading.local):
    """A session for each thread: connections stay open, and sessions are not safe to share."""

    def __init__(self, settings: Settings) -> None:
        self.session = requests.Session()
        self.session.auth = _Token(settings.secret_key)
        self.session.headers["Accept"] = "application/json"
        self.session.headers["User-Agent"] = " ".join(
            filter(None, (user_agent(), settings.user_agent_suffix))
        )
        # Without TLS it is this machine, which no proxy reaches.
        self.session.trust_env = settings.api_url.startswith("https:")


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
    except ValueError:
        return None


def _retry_after(response: requests.Response) -> float:
    """The wait that an answer asks for, in seconds; 0 when it asks for none."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, moment.timestamp() - time.time())


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


def _masked(value: Any) -> Any:
    """A JSON value without what the API keeps secret."""
    if isinstance(value, dict):
        return {
            name: _MASK if name in _SECRET_FIELDS and item else _masked(item)
            for name, item in value.items()
        }
    return [_masked(item) for item in value] if isinstance(value, list) else value
