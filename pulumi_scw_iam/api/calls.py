"""API calls with throttling, retries and cancellation."""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.own_writes import OwnWrites
from pulumi_scw_iam.api.retry import FailedTry, NextStep, Outcome, decide
from pulumi_scw_iam.api.throttle import throttle_of
from pulumi_scw_iam.api.transport import Request, Transport, encode_body, encode_query
from pulumi_scw_iam.api.turns import Cancellation, Turns
from pulumi_scw_iam.common.errors import Cancelled, IamError
from pulumi_scw_iam.common.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta

    from pulumi_scw_iam.api.retry import Retry
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.api.transport import Reply

__all__ = ["Calls", "LostResponse"]

_log = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429


class LostResponse(Exception):
    """The response to a call that must not be repeated was lost; `error` is the failure."""

    def __init__(self, error: IamError) -> None:
        super().__init__(str(error))
        self.error = error


class _Deadline(threading.local):
    """The time until which calls of this thread may be retried, by `time.monotonic`."""

    at = math.inf


class Calls:
    """Makes the calls of one client. Thread-safe.

    `retry` is the retry policy, `turns` prevents overlapping calls, and `own_writes` remembers this client's
    writes. `timeout` and `front` are passed on to `Transport`.
    """

    def __init__(
        self, settings: Settings, timeout: tuple[float, float], retry: Retry, front: str = ""
    ) -> None:
        self.retry = retry
        self.own_writes = OwnWrites(retry)
        self._cancellation = Cancellation()
        self.turns = Turns(self._cancellation)
        self._deadline = _Deadline()
        self._throttle = throttle_of(settings.api_url)
        self._redactor = Redactor(settings.secret_key)
        self._transport = Transport(
            settings, timeout, self._redactor, self._cancellation, front=front
        )

    @property
    def ahead(self) -> timedelta:
        """The lead of the API's clock over the local clock, to the second."""
        return self._transport.ahead

    def learn_secrets(self, *values: str) -> None:
        """Mask these values in the errors and logs of all calls."""
        self._redactor.learn_values(values)

    def masked(self, value: Any) -> Any:
        """Return a JSON value with secrets masked, by field name and by value."""
        return self._redactor.json(value)

    def cancel(self) -> None:
        """End all current and future waits with Cancelled.

        A request in progress may still receive its response, within the time-out for the next bytes.
        """
        self._cancellation.cancel()

    @contextmanager
    def bounded(self, seconds: float | None) -> Iterator[None]:
        """Limit the retries of this thread's calls to `seconds` from now; None removes the limit."""
        before = self._deadline.at
        self._deadline.at = math.inf if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline.at = before

    def wait(self, seconds: float, reason: str) -> None:
        """Wait before a retry; `reason` is the reason of the last failure. Raises Cancelled."""
        if self._cancellation.wait(seconds):
            raise Cancelled(f"cancelled before a retry: {reason}")

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        wrong: Callable[[dict[str, Any]], str | None] = lambda response: None,  # noqa: ARG005
        repeatable: bool = True,
        nonce: str = "",
    ) -> dict[str, Any]:
        """Make a call and return the JSON of the response. All calls of a client use this method.

        `wrong` returns the reason if a response is malformed, else None. A `repeatable` call is idempotent.
        Raises LostResponse if the outcome of any other call is unknown, and the errors listed in `IamClient`.
        `nonce` marks the call in the User-Agent.
        """
        request = Request(
            method,
            path,
            encode_query(query or {}),
            None if body is None else encode_body(body),
            wrong,
            nonce,
        )
        if body is not None:
            self._redactor.learn(body)
        response = self._with_retries(request, repeatable=repeatable)
        if method != "GET":
            self._redactor.learn(response)
        self.own_writes.succeeded(method, path)
        return response

    def _with_retries(self, request: Request, *, repeatable: bool) -> dict[str, Any]:
        """Send a request, with retries, until a response or a final error."""
        started = time.monotonic()
        tries = 0
        may_have_acted = False
        while True:
            tries += 1
            reply = self._try(request, tries)
            error = reply.result
            if not isinstance(error, IamError):
                return error
            error.call, error.tries = str(request), tries
            now = time.monotonic()
            failure = FailedTry(
                request.method,
                error,
                tries,
                elapsed=now - started,
                backoff=self.retry.wait(tries),
                retry_after=reply.retry_after,
                repeatable=repeatable,
                may_have_acted=may_have_acted,
                cured_within=self.own_writes.cures_within(request.method, request.path, error),
                time_left=self._deadline.at - now,
            )
            decision = decide(self.retry, failure)
            if decision.step is NextStep.DELETED:
                return {}
            if decision.step is NextStep.LOST:
                raise LostResponse(error)
            if decision.step is NextStep.RAISE:
                error.reason += decision.note
                raise error
            may_have_acted = may_have_acted or Outcome.of(error) is Outcome.MAYBE_DONE
            try:
                self.wait(decision.wait, error.reason)
            except Cancelled as cancelled:
                cancelled.call, cancelled.tries = error.call, tries
                raise

    def _try(self, request: Request, tries: int) -> Reply:
        """Send a request once, after the wait of the throttle."""
        if (held := self._throttle.turn()) > 0:
            _log.debug("%s waits %.1f s after too many requests", request, held)
            # After cancellation, a request is sent at once: the request may be part of an undo.
            self._cancellation.wait(held)
        sent = time.monotonic()
        reply = self._transport.send(request, tries)
        if reply.status == _TOO_MANY_REQUESTS:
            # A Retry-After above the policy's longest wait delays only the refused call.
            others_wait = reply.retry_after if reply.retry_after <= self.retry.longest else 0.0
            wait = max(self.retry.wait(tries), others_wait)
            self._throttle.refused(sent, wait, self.retry.base / 10, widest=self.retry.base)
        elif reply.status is not None:
            self._throttle.went_through()
        return reply
