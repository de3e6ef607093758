"""The retry policy, as a table."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from pulumi_scw_iam.api.retry import (
    Decision,
    FailedTry,
    NextStep,
    Outcome,
    Retry,
    decide,
    retry_after,
)
from pulumi_scw_iam.common.errors import (
    ApiError,
    Cancelled,
    ConfigError,
    Conflict,
    IamError,
    InvalidArguments,
    NoAnswer,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    QuotaExceeded,
    RateLimited,
    Refused,
    ServerError,
    TransientState,
    Unauthenticated,
)

RETRY = Retry(attempts=3, total=60.0)
RAISE, LOST, DELETED = (
    Decision(step) for step in (NextStep.RAISE, NextStep.LOST, NextStep.DELETED)
)
NEVER = -math.inf

ASKS = "; the API requested a wait of 61 s"
NO_TIME = "; the custom timeout of the resource leaves no time for a retry"

UNSENT = NoAnswer("no connection", sent=False)
SENT = NoAnswer("the connection broke", sent=True)
LIMITED = RateLimited("too many requests", status=429)
TRANSIENT = TransientState("in transient state", status=409)
UNAVAILABLE = ServerError("not available", status=503)
GARBLED = ApiError("the response is not a JSON object", status=200)
UNKNOWN = NotFound("gone", status=404)
DENIED = PermissionDenied("denied", status=403)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UNSENT, Outcome.NOT_DONE),
        (LIMITED, Outcome.NOT_DONE),
        (TRANSIENT, Outcome.NOT_DONE),
        (SENT, Outcome.MAYBE_DONE),
        (UNAVAILABLE, Outcome.MAYBE_DONE),
        (ServerError("failed", status=500), Outcome.MAYBE_DONE),
        (GARBLED, Outcome.MAYBE_DONE),
        (ServerError("not here", status=501), Outcome.REFUSED),
        (ApiError("redirect", status=307), Outcome.REFUSED),
        (ApiError("teapot", status=418), Outcome.REFUSED),
        (InvalidArguments("wrong", status=400), Outcome.REFUSED),
        (Unauthenticated("who", status=401), Outcome.REFUSED),
        (DENIED, Outcome.REFUSED),
        (UNKNOWN, Outcome.REFUSED),
        (Conflict("exists", status=409), Outcome.REFUSED),
        (PreconditionFailed("not yet", status=412), Outcome.REFUSED),
        (QuotaExceeded("full", status=403), Outcome.REFUSED),
        (ConfigError("malformed proxy"), Outcome.REFUSED),
        (Refused("not an id"), Outcome.REFUSED),
        (Cancelled("cancelled"), Outcome.REFUSED),
    ],
    ids=repr,
)
def test_the_outcome_of_a_call_follows_from_its_error(error: IamError, outcome: Outcome) -> None:
    assert Outcome.of(error) is outcome


CASES = {
    # The call had no effect: any call is retried, including a POST.
    "unsent GET": (FailedTry("GET", UNSENT, backoff=2), Decision(NextStep.RETRY, 2)),
    "unsent POST": (FailedTry("POST", UNSENT, repeatable=False), Decision(NextStep.RETRY, 0)),
    "limited POST": (FailedTry("POST", LIMITED, repeatable=False), Decision(NextStep.RETRY, 0)),
    "transient POST": (FailedTry("POST", TRANSIENT, repeatable=False), Decision(NextStep.RETRY, 0)),
    # The call may have taken effect: only idempotent calls are retried.
    "lost GET": (FailedTry("GET", SENT), Decision(NextStep.RETRY, 0)),
    "lost PUT": (FailedTry("PUT", UNAVAILABLE), Decision(NextStep.RETRY, 0)),
    "garbled PATCH": (FailedTry("PATCH", GARBLED), Decision(NextStep.RETRY, 0)),
    "lost POST": (FailedTry("POST", SENT, repeatable=False), LOST),
    "unavailable POST": (FailedTry("POST", UNAVAILABLE, repeatable=False), LOST),
    "garbled POST": (FailedTry("POST", GARBLED, repeatable=False), LOST),
    "lost POST after the last try": (FailedTry("POST", SENT, tries=9, repeatable=False), LOST),
    # The limits of attempts and time.
    "last try but one": (FailedTry("GET", SENT, tries=2), Decision(NextStep.RETRY, 0)),
    "last try": (FailedTry("GET", SENT, tries=3), RAISE),
    "wait until the end": (
        FailedTry("GET", SENT, elapsed=58, backoff=2),
        Decision(NextStep.RETRY, 2),
    ),
    "wait beyond the end": (FailedTry("GET", SENT, elapsed=58, backoff=3), RAISE),
    # A wait that the API requests.
    "longer wait": (
        FailedTry("GET", LIMITED, backoff=2, retry_after=5),
        Decision(NextStep.RETRY, 5),
    ),
    "shorter wait": (
        FailedTry("GET", LIMITED, backoff=5, retry_after=2),
        Decision(NextStep.RETRY, 5),
    ),
    "too long a wait": (
        FailedTry("GET", LIMITED, backoff=2, retry_after=61),
        Decision(NextStep.RAISE, note=ASKS),
    ),
    "too long a wait, and no time for the policy's": (
        FailedTry("GET", LIMITED, elapsed=59, backoff=2, retry_after=61),
        RAISE,
    ),
    # The resource's own time-out.
    "time-out": (
        FailedTry("GET", SENT, backoff=2, time_left=1),
        Decision(NextStep.RAISE, note=NO_TIME),
    ),
    "time-out that changes nothing": (
        FailedTry("GET", SENT, elapsed=59, backoff=2, time_left=1),
        RAISE,
    ),
    "time-out within the wait that the API asks for": (
        FailedTry("GET", LIMITED, backoff=2, retry_after=60, time_left=30),
        Decision(NextStep.RAISE, note=ASKS.replace("61", "60") + NO_TIME),
    ),
    "time-out of a last try": (
        FailedTry("GET", SENT, tries=3, backoff=2, time_left=1),
        Decision(NextStep.RAISE, note=NO_TIME),
    ),
    # A final error.
    "refused": (FailedTry("GET", DENIED), RAISE),
    "refused for good, with a wait": (FailedTry("GET", UNKNOWN, retry_after=5), RAISE),
    # An error that earlier writes of this process explain: limited by time, not by attempts.
    "not shown yet": (
        FailedTry("GET", UNKNOWN, backoff=2, cured_within=3),
        Decision(NextStep.RETRY, 2),
    ),
    "not shown for too long": (FailedTry("GET", UNKNOWN, backoff=2, cured_within=1), RAISE),
    "not granted yet": (
        FailedTry("POST", DENIED, tries=99, backoff=2, cured_within=3, repeatable=False),
        Decision(NextStep.RETRY, 2),
    ),
    "not granted yet, but no time": (
        FailedTry("GET", DENIED, backoff=2, cured_within=3, time_left=1),
        Decision(NextStep.RAISE, note=NO_TIME),
    ),
    # A DELETE after an attempt that may have deleted the object.
    "deleted by an earlier try": (FailedTry("DELETE", UNKNOWN, may_have_acted=True), DELETED),
    "gone before": (FailedTry("DELETE", UNKNOWN, may_have_acted=False), RAISE),
    "GET after a lost GET": (FailedTry("GET", UNKNOWN, may_have_acted=True), RAISE),
    "DELETE that is refused": (FailedTry("DELETE", DENIED, may_have_acted=True), RAISE),
}


@pytest.mark.parametrize(("failure", "decision"), CASES.values(), ids=CASES)
def test_what_follows_a_failed_try(failure: FailedTry, decision: Decision) -> None:
    assert decide(RETRY, failure) == decision


NOW = datetime(2026, 11, 29, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("61", 61),
        ("9" * 400, 1e9),
        ("-1", 0),
        ("soon", 0),
        ("²", 0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("Sun, 29 Nov 2026 12:01:00", 60),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds
