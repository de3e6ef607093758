"""Calls of the API: each is sent, throttled, and tried again where the retry policy says so."""

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

__all__ = ["Calls", "LostAnswer"]

_log = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429


class LostAnswer(Exception):
    """The answer to a call that must not be made twice was lost; `error` says how."""

    def __init__(self, error: IamError) -> None:
        super().__init__(str(error))
        self.error = error


class _Deadline(threading.local):
    """Until when a call of this thread may be tried again, by `time.monotonic`."""

    at = math.inf


class Calls:
    """Makes the calls of one client; threads may share it.

    `retry` is the policy, `turns` keep calls apart that must not overlap, and `own_writes` is what this client
    wrote. `timeout` and `front` are those of `Transport`.
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
        """How far the API's clock is ahead of this machine's, to the second."""
        return self._transport.ahead

    def cancel(self) -> None:
        """End all waits, now and later, with Cancelled.

        A request that is under way may still be answered, within the time that its next bytes may take.
        """
        self._cancellation.cancel()

    @contextmanager
    def bounded(self, seconds: float | None) -> Iterator[None]:
        """Have no call of this thread tried again later than in so many seconds; None lifts the bound."""
        before = self._deadline.at
        self._deadline.at = math.inf if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline.at = before

    def wait(self, seconds: float, reason: str) -> None:
        """Wait before another try; `reason` is why the last one failed. Raises Cancelled."""
        if self._cancellation.wait(seconds):
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

        `wrong` returns why an answer is useless, or None. A `repeatable` call leads to the same result when
        it is done twice. For other calls, LostAnswer says that their effect is unknown. `nonce` marks the call
        in the User-Agent. Raises the errors that `IamClient` lists.
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
        answer = self._until_answered(request, repeatable=repeatable)
        if method != "GET":
            self._redactor.learn(answer)
        self.own_writes.succeeded(method, path)
        return answer

    def _until_answered(self, request: Request, *, repeatable: bool) -> dict[str, Any]:
        """Try a request until there is an answer, or an error that another try does not change."""
        started = time.monotonic()
        tries = 0
        may_have_acted = False
        while True:
            tries += 1
            reply = self._try(request, tries)
            error = reply.answer
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
                raise LostAnswer(error)
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
        """Send a request once, when the throttle lets it go."""
        if (held := self._throttle.turn()) > 0:
            _log.debug("%s waits %.1f s, since there were too many requests", request, held)
            # Once it is cancelled it goes out at once: it may undo what was begun.
            self._cancellation.wait(held)
        sent = time.monotonic()
        reply = self._transport.send(request, tries)
        if reply.status == _TOO_MANY_REQUESTS:
            # A wait that is longer than any of our own holds only the call that was refused.
            others_wait = reply.retry_after if reply.retry_after <= self.retry.longest else 0.0
            wait = max(self.retry.wait(tries), others_wait)
            self._throttle.refused(sent, wait, self.retry.base / 10, widest=self.retry.base)
        elif reply.status is not None:
            self._throttle.went_through()
        return reply
