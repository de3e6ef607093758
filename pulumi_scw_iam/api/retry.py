"""The retry policy: whether a call that failed is made again, and after which wait.

The policy is a pure function, `decide`: it reads no clock and draws no random number.
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
"""The longest wait of a Retry-After header that is printed, in seconds."""


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
        """Return a policy whose tries end after so many seconds; its waits scale with that time."""
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
        """Return the wait after so many tries, with its random part."""
        return min(self.longest, self.base * 2.0 ** (tries - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


class Outcome(Enum):
    """What an error says about the effect of the call."""

    NOT_DONE = "not done"
    """The API did not act, so any call can be repeated."""
    MAYBE_DONE = "maybe done"
    """The API may have acted, and another try may succeed."""
    REFUSED = "refused"
    """The API gave its decision, or nothing could be sent. Another try fails in the same way."""

    @classmethod
    def of(cls, error: IamError) -> Outcome:
        """Return the outcome of a call that ended with this error."""
        if isinstance(error, NoAnswer):
            return cls.MAYBE_DONE if error.sent else cls.NOT_DONE
        if isinstance(error, (RateLimited, TransientState)):
            return cls.NOT_DONE
        # 501 is final: the operation does not exist.
        if isinstance(error, ServerError) and error.status != 501:
            return cls.MAYBE_DONE
        # A success that cannot be read was damaged on its way.
        if isinstance(error, ApiError) and error.status < 300:
            return cls.MAYBE_DONE
        return cls.REFUSED


class FailedTry(NamedTuple):
    """A failed try and the facts that decide on the next one. All times are in seconds."""

    method: str
    error: IamError
    tries: int = 1
    """How often the call was tried, this try included."""
    elapsed: float = 0.0
    """The time since the first try began."""
    backoff: float = 0.0
    """The wait of the policy after so many tries (`Retry.wait`)."""
    retry_after: float = 0.0
    """The wait that the API asks for."""
    repeatable: bool = True
    """Repeating the call leads to the same result, even if the API acted on this try."""
    may_have_acted: bool = False
    """The API may have acted on an earlier try."""
    cured_within: float = -math.inf
    """How long what this process did before may still cause the error (`OwnWrites.cures_within`)."""
    time_left: float = math.inf
    """The time until the caller's own time-out."""


class NextStep(Enum):
    """What follows a try that failed."""

    RETRY = "retry"
    """Wait, and make the call again."""
    RAISE = "raise"
    """Raise the error."""
    LOST = "lost"
    """Raise LostAnswer: the API may have acted, and the call cannot be repeated."""
    DELETED = "deleted"
    """Return as if the call had succeeded: an earlier try deleted the object."""


class Decision(NamedTuple):
    """The next step."""

    step: NextStep
    wait: float = 0.0
    """How long to wait before the next try, in seconds."""
    note: str = ""
    """What the error's reason has to add about the tries."""


def decide(retry: Retry, failure: FailedTry) -> Decision:
    """Decide what follows a try that failed."""
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
            note += f"; the API asks to wait {failure.retry_after:.0f} s"
        if wait <= policy_left:
            note += "; the custom timeout of the resource leaves no time to try again"
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
