"""Faults of the local IAM API: planned errors, delays, lost responses and stale reads.

A plan is a list of faults. Several faults may match one request. Latencies add up, the longest `hidden_seconds` wins, and the
first fault that drops or replaces the response decides the response. Each fault counts its own requests, so the same plan and
the same sequence of requests give the same faults.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.emulator.http.serving import Unanswered
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from pulumi_scw_iam.emulator.schema import refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from pulumi_scw_iam.emulator.schema.objects import ObjectKind
    from pulumi_scw_iam.emulator.state.store import Write

LOST = ("", "before", "after")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault for some of the requests to the API's operations.

    *Matching requests:* `operation` is the name of the operation, `method` the HTTP method, `path` the whole path.
    In each pattern, `*` stands for any text. A fault counts its matching requests.

    *Affected requests:* every `every`-th matching request from `first` (counted from 1) to `last` (None: no end).
    The fraction `probability` of these is affected, drawn from the fault's own random generator with the seed `seed`.
    With `per_second`, only requests beyond this rate are affected. `burst` is the number of requests allowed at once
    (default: the requests of one second).

    *Effects:* `latency` delays the response by a number of seconds. During the delay, a change of a group's members is
    in progress, so other changes get the 409 `transient_state`. `status` replaces the response; the operation does
    not run. `body` is the body of this response: None for the API's usual body with the status (no body with 429,
    `transient_state` with 409), `{}` for no body. `lost` closes the connection without a response, "before" or "after"
    the operation runs. With `hang`, the connection stays open until the client times out. `hidden_seconds` and
    `hidden_reads` hide objects created by the operation from reads and lists: for this time, and for this number of
    reads. With `lists_only`, reads by id show these objects at once, as in all recordings of the real API.

    Raises ValueError for an invalid combination of values, TypeError for an unknown keyword.
    """

    operation: str = "*"
    method: str = "*"
    path: str = "*"

    first: int = 1
    last: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    per_second: float | None = None
    burst: int | None = None

    latency: float = 0.0
    status: int | None = None
    body: Mapping[str, Any] | None = None
    lost: str = ""
    hang: bool = False
    hidden_seconds: float = 0.0
    hidden_reads: int = 0
    lists_only: bool = False

    def __post_init__(self) -> None:
        for name in ("operation", "method", "path"):
            _require(isinstance(getattr(self, name), str), name, "must be a string")
        if not any(fnmatchcase(name, self.operation) for name in OPERATIONS):
            raise ValueError(f"operation: no operation matches {self.operation!r}")
        for name, least in _WHOLE.items():
            value = getattr(self, name)
            if value is None and name in {"last", "burst"}:
                continue
            _require(_is_number(value, int), name, "must be a whole number")
            _require(value >= least, name, f"must be at least {least}")
        for name, most in _REAL.items():
            value = getattr(self, name)
            if value is None and name == "per_second":
                continue
            _require(_is_number(value, (int, float)), name, "must be a number")
            _require(0 <= value <= most, name, f"must be between 0 and {most}")
        if self.status is not None:
            _require(_is_number(self.status, int), "status", "must be a whole number")
            _require(200 <= self.status <= 599, "status", "must be between 200 and 599")
        _require(self.body is None or isinstance(self.body, Mapping), "body", "must be an object")
        _require(self.body is None or self.status is not None, "body", "needs a status")
        _require(self.lost in LOST, "lost", "must be before or after")
        _require(not (self.lost and self.status), "lost", "cannot be combined with a status")
        _require(isinstance(self.hang, bool), "hang", "must be true or false")
        _require(bool(self.lost) or not self.hang, "hang", "needs lost to be before or after")
        _require(isinstance(self.lists_only, bool), "lists_only", "must be true or false")
        _require(
            self.hides or not self.lists_only, "lists_only", "needs hidden_seconds or hidden_reads"
        )
        _require(self.burst is None or self.per_second is not None, "burst", "needs per_second")
        if not (self.latency or self.status or self.lost or self.hides):
            raise ValueError(f"a fault has no effect: set one of {', '.join(_EFFECTS)}")

    @property
    def hides(self) -> bool:
        """Whether the fault hides objects."""
        return bool(self.hidden_seconds or self.hidden_reads)

    @classmethod
    def from_json(cls, value: Any) -> Fault:
        """Parse a JSON object with the fields of this class. Raises ValueError."""
        if not isinstance(value, dict):
            raise ValueError("a fault must be an object")  # noqa: TRY004 - of JSON, not of a caller
        names = {field.name for field in fields(cls)}
        if unknown := sorted(value.keys() - names):
            allowed = ", ".join(field.name for field in fields(cls))
            raise ValueError(f"{unknown[0]}: unknown field; use one of {allowed}")
        return cls(**value)

    def to_json(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults."""
        values = asdict(self)
        return {
            field.name: values[field.name]
            for field in fields(self)
            if values[field.name] != field.default
        }


_EFFECTS = ("latency", "status", "lost", "hidden_seconds", "hidden_reads")
_WHOLE = {"first": 1, "last": 1, "every": 1, "seed": 0, "burst": 1, "hidden_reads": 0}
_REAL = {"probability": 1, "per_second": 1e6, "latency": 3600, "hidden_seconds": 1e9}


def _require(is_valid: bool, name: str, requirement: str) -> None:
    if not is_valid:
        raise ValueError(f"{name}: {requirement}")


def _is_number(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def faults_from_json(value: Any) -> list[Fault]:
    """Parse a JSON list of faults. Raises ValueError with the index of the invalid fault."""
    if not isinstance(value, list):
        raise ValueError("faults must be a list")  # noqa: TRY004 - of JSON, not of a caller
    faults = []
    for index, item in enumerate(value):
        try:
            faults.append(Fault.from_json(item))
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return faults


class Tally(NamedTuple):
    """The counts of a fault: its matching and its affected requests."""

    fault: Fault
    matched: int
    struck: int


class Strike(NamedTuple):
    """The combined effect of all faults on one request; by default none."""

    latency: float = 0.0
    replaces: Fault | None = None
    """The fault that drops or replaces the response."""
    hidden_seconds: float = 0.0
    hidden_reads: int = 0
    lists_only: bool = False

    @property
    def skips_operation(self) -> bool:
        """Whether the operation does not run."""
        return self.replaces is not None and self.replaces.lost != "after"

    @property
    def hides(self) -> bool:
        """Whether objects created by the operation are hidden."""
        return self.hidden_seconds > 0 or self.hidden_reads > 0

    def error(self, args: Mapping[str, str]) -> Exception:
        """Return the exception to raise instead of a response; `args` are the ids in the path."""
        fault = self.replaces
        assert fault
        if not fault.status:
            return Unanswered(hang=fault.hang)
        if fault.body is not None:
            return refusals.Refusal(fault.status, **fault.body)
        name, value = list(args.items())[-1] if args else ("", "")
        return refusals.by_status(fault.status, name.removesuffix("_id"), value)


_NOTHING = Strike()


class Faults:
    """The fault plan of an emulator. Thread-safe."""

    def __init__(self, faults: Iterable[Fault], clock: Callable[[], datetime]) -> None:
        self._first = tuple(faults)
        self._clock = clock
        self._lock = threading.Lock()
        self._counters: list[_FaultCounter] = []
        self._hidden: dict[tuple[ObjectKind, str], _Hidden] = {}
        self.restart()

    def restart(self) -> None:
        """Restore the initial plan with all counts at zero, and reveal all hidden objects."""
        with self._lock:
            self._counters = [_FaultCounter(fault) for fault in self._first]
            self._hidden = {}

    def add(self, *faults: Fault) -> None:
        """Add faults, with all counts at zero."""
        with self._lock:
            self._counters = [*self._counters, *map(_FaultCounter, faults)]

    def clear(self) -> None:
        """Remove all faults, and reveal all hidden objects."""
        with self._lock:
            self._counters = []
            self._hidden = {}

    def reveal(self) -> None:
        """Reveal all hidden objects."""
        with self._lock:
            self._hidden = {}

    def tally(self) -> list[Tally]:
        """Return the counts of each fault, in the order of the plan."""
        with self._lock:
            return [
                Tally(counter.fault, counter.matched, counter.struck) for counter in self._counters
            ]

    def strike(self, operation: str, method: str, path: str) -> Strike:
        """Count a request, and return the combined effect of the faults."""
        if not self._counters:
            return _NOTHING
        with self._lock:
            now = self._clock()
            matching = [
                counter for counter in self._counters if counter.matches(operation, method, path)
            ]
            struck = [counter.fault for counter in matching if counter.strikes(now)]
        return Strike(
            latency=sum(fault.latency for fault in struck),
            replaces=next((fault for fault in struck if fault.status or fault.lost), None),
            hidden_seconds=max((fault.hidden_seconds for fault in struck), default=0),
            hidden_reads=max((fault.hidden_reads for fault in struck), default=0),
            lists_only=all(fault.lists_only for fault in struck if fault.hides),
        )

    def hide(self, changes: Iterable[Write], strike: Strike) -> None:
        """Hide the objects created by a request."""
        hidden = _Hidden(
            self._clock() + timedelta(seconds=strike.hidden_seconds),
            strike.hidden_reads,
            strike.lists_only,
        )
        with self._lock:
            for change in changes:
                if change.before is None:
                    self._hidden[change.kind, change.key] = hidden

    def hidden(self) -> Mapping[tuple[ObjectKind, str], bool]:
        """Return the kinds and keys of the objects hidden now; True if only lists hide the object."""
        if not self._hidden:
            return {}
        with self._lock:
            now = self._clock()
            self._hidden = {
                key: hidden for key, hidden in self._hidden.items() if hidden.is_hidden(now)
            }
            return {key: hidden.lists_only for key, hidden in self._hidden.items()}

    def missed(self, missed: Collection[tuple[ObjectKind, str]]) -> None:
        """Count one read of these hidden objects."""
        with self._lock:
            for key in self._hidden.keys() & missed:
                hidden = self._hidden[key]
                self._hidden[key] = hidden._replace(reads=hidden.reads - 1)


class _Hidden(NamedTuple):
    """The end of an object's hidden time, and the number of reads still without the object."""

    until: datetime
    reads: int
    lists_only: bool

    def is_hidden(self, now: datetime) -> bool:
        return self.reads > 0 or now < self.until


class _FaultCounter:
    """A fault with its counts, its random generator and its rate limit."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.matched = 0
        self.struck = 0
        self._random = Random(fault.seed)  # noqa: S311 - the same sequence each time
        self._burst = fault.burst or max(1, math.floor(fault.per_second or 1))
        self._allowance = float(self._burst)
        self._last: datetime | None = None

    def matches(self, operation: str, method: str, path: str) -> bool:
        fault = self.fault
        patterns: Sequence[tuple[str, str]] = (
            (operation, fault.operation),
            (method, fault.method),
            (path, fault.path),
        )
        return all(pattern == "*" or fnmatchcase(text, pattern) for text, pattern in patterns)

    def strikes(self, now: datetime) -> bool:
        """Count a matching request, and return whether the fault affects the request."""
        self.matched += 1
        strikes = self._is_due() and self._is_drawn() and self._is_beyond_rate(now)
        self.struck += strikes
        return strikes

    def _is_due(self) -> bool:
        fault = self.fault
        after_first = self.matched - fault.first
        ended = fault.last is not None and self.matched > fault.last
        return after_first >= 0 and after_first % fault.every == 0 and not ended

    def _is_drawn(self) -> bool:
        return self.fault.probability == 1 or self._random.random() < self.fault.probability

    def _is_beyond_rate(self, now: datetime) -> bool:
        rate = self.fault.per_second
        if rate is None:
            return True
        passed = (now - self._last).total_seconds() if self._last else 0
        self._allowance = min(self._burst, self._allowance + max(0, passed) * rate)
        self._last = now
        if self._allowance < 1:
            return True
        self._allowance -= 1
        return False
