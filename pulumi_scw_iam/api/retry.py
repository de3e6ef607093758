"""The retry policy: whether and when to retry a failed call.

The policy is a pure function, `decide`, without a clock or random numbers.
"""

from __future__ import annotations

import email.utils
import math
import random
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.common.errors import (
    ApiError,
    NoAnswer,
    NotFound,
    RateLimited,
    ServerError,
    TransientState,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.common.errors import IamError

__all__ = [
    "Decision",
    "FailedTry",
    "NextStep",
    "Outcome",
    "Retry",
    "decide",
    "http_date",
    "retry_after",
]

_LONGEST_WAIT = 1e9
"""The limit for the wait of a Retry-After header, in seconds. Longer waits are reduced to this limit."""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """The number of attempts of a call and the waits between attempts. All times are in seconds.

    The wait doubles from `base` to `longest`. A random part of up to one half is subtracted, so calls that
    failed together are not retried together. No attempt starts later than `total` after the first.
    """

    attempts: int = 8
    base: float = 0.5
    longest: float = 20.0
    total: float = 120.0

    @classmethod
    def within(cls, total: float) -> Retry:
        """Return a policy whose last attempt starts within `total` seconds; the waits are proportional."""
        return cls(base=total / 240, longest=total / 6, total=total)

    @property
    def lag(self) -> float:
        """How long a new object may be missing from the API's responses."""
        return self.total / 12

    @property
    def grant(self) -> float:
        """How long the API may still return 403 after a grant: 75 s if `total` is 120 s.

        Scaleway documents one minute until policies, rules and members take effect. After that, an instance of
        the API may still have a refusal in its cache, for less than another minute.
        """
        return self.total * 5 / 8

    def wait(self, tries: int) -> float:
        """Return the wait after a number of attempts, less the random part."""
        return min(self.longest, self.base * 2.0 ** (tries - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


class Outcome(Enum):
    """The outcome of a failed call."""

    NOT_DONE = "not done"
    """The call had no effect, so any call can be retried."""
    MAYBE_DONE = "maybe done"
    """The call may have taken effect, and a retry may succeed."""
    REFUSED = "refused"
    """The API refused the call, or the settings are wrong. A retry would fail in the same way."""

    @classmethod
    def of(cls, error: IamError) -> Outcome:
        """Return the outcome of a call with this error."""
        if isinstance(error, NoAnswer):
            return cls.MAYBE_DONE if error.sent else cls.NOT_DONE
        if isinstance(error, (RateLimited, TransientState)):
            return cls.NOT_DONE
        # 501 is final, because the operation does not exist.
        if isinstance(error, ServerError) and error.status != 501:
            return cls.MAYBE_DONE
        # A malformed response with a success status was damaged in transit.
        if isinstance(error, ApiError) and error.status < 300:
            return cls.MAYBE_DONE
        return cls.REFUSED


class FailedTry(NamedTuple):
    """A failed attempt and the facts for the decision about a retry. All times are in seconds."""

    method: str
    error: IamError
    tries: int = 1
    """The number of attempts, including this attempt."""
    elapsed: float = 0.0
    """The time since the start of the first attempt."""
    backoff: float = 0.0
    """The wait of the policy after this number of attempts (`Retry.wait`)."""
    retry_after: float = 0.0
    """The wait that the API requested."""
    repeatable: bool = True
    """The call is idempotent."""
    may_have_acted: bool = False
    """An earlier attempt may have taken effect."""
    cured_within: float = -math.inf
    """How long earlier writes of this process may still explain the error (`OwnWrites.cures_within`)."""
    time_left: float = math.inf
    """The time until the caller's own deadline."""


class NextStep(Enum):
    """The step after a failed attempt."""

    RETRY = "retry"
    """Wait, then retry the call."""
    RAISE = "raise"
    """Raise the error."""
    LOST = "lost"
    """Raise LostResponse: the call may have taken effect, and must not be repeated."""
    DELETED = "deleted"
    """Return a success: an earlier attempt deleted the object."""


class Decision(NamedTuple):
    """The next step, with its wait and a note for the message."""

    step: NextStep
    wait: float = 0.0
    """The wait before the retry, in seconds."""
    note: str = ""
    """An addition to the reason of the error."""


def decide(retry: Retry, failure: FailedTry) -> Decision:
    """Decide on the next step after a failed attempt."""
    if (
        failure.may_have_acted
        and failure.method == "DELETE"
        and isinstance(failure.error, NotFound)
    ):
        return Decision(NextStep.DELETED)
    outcome = Outcome.of(failure.error)
    if outcome is Outcome.MAYBE_DONE and not failure.repeatable:
        return Decision(NextStep.LOST)
    refused = outcome is Outcome.REFUSED
    policy_left = failure.cured_within if refused else retry.total - failure.elapsed
    left = min(policy_left, failure.time_left)
    wait = max(failure.backoff, failure.retry_after)
    if wait > left:
        note = ""
        if failure.backoff <= left:
            note += f"; the API requested a wait of {failure.retry_after:.0f} s"
        if wait <= policy_left:
            note += "; the custom timeout of the resource leaves no time for a retry"
        return Decision(NextStep.RAISE, note=note)
    if not refused and failure.tries >= retry.attempts:
        return Decision(NextStep.RAISE)
    return Decision(NextStep.RETRY, wait)


def retry_after(header: str, now: datetime) -> float:
    """Parse a Retry-After header into seconds from `now`; return 0 if it is empty, past or malformed."""
    if header.isdecimal():
        return min(float(header), _LONGEST_WAIT)
    date = http_date(header)
    return 0.0 if date is None else max(0.0, (date - now).total_seconds())


def http_date(header: str) -> datetime | None:
    """Parse an HTTP date header; return None if it is missing or malformed."""
    try:
        date = email.utils.parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
