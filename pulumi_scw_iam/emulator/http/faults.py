"""Faults of the local IAM API: what goes wrong on purpose, and when.

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
    """One thing that goes wrong with some of the requests for the API's operations.

    *Which requests match:* `operation` is the name of the operation, `method` the HTTP method, `path` the whole path.
    In each, `*` stands for any text. A fault counts the requests that match.

    *Which of these are affected:* every `every`-th request from the `first` (counted from 1) to the `last` (None: no
    end). Of these, the share `probability` is affected, drawn from a random generator of its own with the seed
    `seed`. With `per_second`, only requests beyond that rate are affected; `burst` is how many are allowed at once (by
    default those of one second).

    *What it does:* `latency` delays the response by a number of seconds. Meanwhile, a change of a group's members is
    in progress, so other changes get the 409 `transient_state`. `status` replaces the response, and the operation is
    not run. `body` is its body: None for the body that the API has with the status (none with 429, `transient_state`
    with 409), `{}` for no body. `lost` closes the connection without a response, "before" or "after" the operation
    is run. With `hang` the connection stays open, and the client waits until it times out. `hidden_seconds` and
    `hidden_reads` hide the objects that the operation creates from reads and lists: for that time, and until that
    many reads have missed them.

    Raises ValueError for values that make no sense together, TypeError for an unknown keyword.
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

    def __post_init__(self) -> None:
        for name in ("operation", "method", "path"):
            _require(isinstance(getattr(self, name), str), name, "must be a string")
        if not any(fnmatchcase(name, self.operation) for name in OPERATIONS):
            raise ValueError(f"operation: there is none like {self.operation!r}")
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
        _require(not (self.lost and self.status), "lost", "cannot go with a status")
        _require(isinstance(self.hang, bool), "hang", "must be true or false")
        _require(bool(self.lost) or not self.hang, "hang", "needs lost to be before or after")
        _require(self.burst is None or self.per_second is not None, "burst", "needs per_second")
        if not (self.latency or self.status or self.lost or self._hides):
            raise ValueError(f"one of {', '.join(_EFFECTS)} must say what goes wrong")

    @property
    def _hides(self) -> bool:
        return bool(self.hidden_seconds or self.hidden_reads)

    @classmethod
    def from_json(cls, value: Any) -> Fault:
        """Return the fault of a JSON object, whose keys are the fields of this class. Raises ValueError."""
        if not isinstance(value, dict):
            raise ValueError("a fault must be an object")  # noqa: TRY004 - of JSON, not of a caller
        names = {field.name for field in fields(cls)}
        if unknown := sorted(value.keys() - names):
            raise ValueError(f"{unknown[0]}: a fault has no such key")
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
    """Return the faults of a JSON list. Raises ValueError, which names the fault by its index."""
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
    """The counts of a fault: the requests that matched, and how many of them it has struck."""

    fault: Fault
    matched: int
    struck: int


class Strike(NamedTuple):
    """What the faults do to one request; by default nothing."""

    latency: float = 0.0
    replaces: Fault | None = None
    """The fault that drops or replaces the response."""
    hidden_seconds: float = 0.0
    hidden_reads: int = 0

    @property
    def skips_operation(self) -> bool:
        """Whether the operation is not run."""
        return self.replaces is not None and self.replaces.lost != "after"

    @property
    def hides(self) -> bool:
        """Whether the objects that the operation creates are hidden."""
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
    """The fault plan of an emulator. Threads share it."""

    def __init__(self, faults: Iterable[Fault], clock: Callable[[], datetime]) -> None:
        self._first = tuple(faults)
        self._clock = clock
        self._lock = threading.Lock()
        self._counters: list[_FaultCounter] = []
        self._hidden: dict[tuple[ObjectKind, str], _Hidden] = {}
        self.restart()

    def restart(self) -> None:
        """Restore the plan of the start, with all counts at zero, and hide nothing."""
        with self._lock:
            self._counters = [_FaultCounter(fault) for fault in self._first]
            self._hidden = {}

    def add(self, *faults: Fault) -> None:
        """Add faults; each counts requests from now on."""
        with self._lock:
            self._counters = [*self._counters, *map(_FaultCounter, faults)]

    def clear(self) -> None:
        """Remove all faults, and hide nothing."""
        with self._lock:
            self._counters = []
            self._hidden = {}

    def reveal(self) -> None:
        """Show all objects that are hidden."""
        with self._lock:
            self._hidden = {}

    def tally(self) -> list[Tally]:
        """Return the counts of each fault, in the order of the plan."""
        with self._lock:
            return [
                Tally(counter.fault, counter.matched, counter.struck) for counter in self._counters
            ]

    def strike(self, operation: str, method: str, path: str) -> Strike:
        """Count a request, and return what the faults do to it."""
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
        )

    def hide(self, changes: Iterable[Write], strike: Strike) -> None:
        """Hide the objects that a request has created."""
        hidden = _Hidden(
            self._clock() + timedelta(seconds=strike.hidden_seconds), strike.hidden_reads
        )
        with self._lock:
            for change in changes:
                if change.before is None:
                    self._hidden[change.kind, change.key] = hidden

    def hidden(self) -> Collection[tuple[ObjectKind, str]]:
        """Return the kinds and keys of the objects that reads do not see now."""
        if not self._hidden:
            return ()
        with self._lock:
            now = self._clock()
            self._hidden = {
                key: hidden for key, hidden in self._hidden.items() if hidden.is_hidden(now)
            }
            return frozenset(self._hidden)

    def missed(self, missed: Collection[tuple[ObjectKind, str]]) -> None:
        """Count a read that has missed these hidden objects."""
        with self._lock:
            for key in self._hidden.keys() & missed:
                hidden = self._hidden[key]
                self._hidden[key] = hidden._replace(reads=hidden.reads - 1)


class _Hidden(NamedTuple):
    """Until when an object is hidden, and how many reads it stays hidden from."""

    until: datetime
    reads: int

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
        """Count a matching request, and return whether the fault strikes it."""
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
