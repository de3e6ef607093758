"""What goes wrong on purpose, and when.

A plan is a list of faults. All that strike a request act on it: their latencies add up, what it creates is
hidden for the longest time that one of them asks for, and the first that keeps the answer back, or gives
another, decides. Faults count by themselves, so that the same plan and the same sequence of requests
give the same faults.
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

    *With which:* `operation` is the operation's name, `method` the HTTP method, `path` the whole path; in
    each, `*` stands for anything. A fault counts the requests that are so.

    *When:* with the `first` one (counted from 1), with every `every`-th from there on, until the `last`
    one (None: for ever); of these with the given `probability`, drawn from dice of its own that start at
    `seed`. With `per_second` it strikes only the requests beyond that rate, after as many at once as
    `burst` says (as many as in a second).

    *What:* `latency` delays the answer by so many seconds; a change of a group's members is under way
    all the while, so that others meet the 409 `transient_state`. `status` is answered without the
    operation being done, with `body`; where that is None, with the body that the API has for the
    status (none for 429; for 409, `transient_state`), and `{}` stands for no body. `lost` cuts the connection
    without an answer: "before" the operation is done, or "after" it. With `hang` it is not cut, and the
    client waits until it gives up. `hidden_seconds` and `hidden_reads` hide what the operation
    creates from reads and lists: for so long, and until so many reads have missed it.

    Raises ValueError for what makes no sense, TypeError for a name that a fault does not have.
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
            _demand(isinstance(getattr(self, name), str), name, "must be a string")
        if not any(fnmatchcase(name, self.operation) for name in OPERATIONS):
            raise ValueError(f"operation: there is none like {self.operation!r}")
        for name, least in _WHOLE.items():
            value = getattr(self, name)
            if value is None and name in {"last", "burst"}:
                continue
            _demand(_is_number(value, int), name, "must be a whole number")
            _demand(value >= least, name, f"must be at least {least}")
        for name, most in _REAL.items():
            value = getattr(self, name)
            if value is None and name == "per_second":
                continue
            _demand(_is_number(value, (int, float)), name, "must be a number")
            _demand(0 <= value <= most, name, f"must be between 0 and {most}")
        if self.status is not None:
            _demand(_is_number(self.status, int), "status", "must be a whole number")
            _demand(200 <= self.status <= 599, "status", "must be between 200 and 599")
        _demand(self.body is None or isinstance(self.body, Mapping), "body", "must be an object")
        _demand(self.body is None or self.status is not None, "body", "needs a status")
        _demand(self.lost in LOST, "lost", "must be before or after")
        _demand(not (self.lost and self.status), "lost", "cannot go with a status")
        _demand(isinstance(self.hang, bool), "hang", "must be true or false")
        _demand(bool(self.lost) or not self.hang, "hang", "needs lost to be before or after")
        _demand(self.burst is None or self.per_second is not None, "burst", "needs per_second")
        if not (self.latency or self.status or self.lost or self._hides):
            raise ValueError(f"one of {', '.join(_EFFECTS)} must say what goes wrong")

    @property
    def _hides(self) -> bool:
        return bool(self.hidden_seconds or self.hidden_reads)

    @classmethod
    def from_json(cls, value: Any) -> Fault:
        """Read a fault as JSON has it: an object with the names that it has here. Raises ValueError."""
        if not isinstance(value, dict):
            raise ValueError("a fault must be an object")  # noqa: TRY004 - of JSON, not of a caller
        names = {field.name for field in fields(cls)}
        if unknown := sorted(value.keys() - names):
            raise ValueError(f"{unknown[0]}: a fault has no such key")
        return cls(**value)

    def to_json(self) -> dict[str, Any]:
        """Say what was given: all that is not as it is by itself."""
        given = asdict(self)
        return {one.name: given[one.name] for one in fields(self) if given[one.name] != one.default}


_EFFECTS = ("latency", "status", "lost", "hidden_seconds", "hidden_reads")
_WHOLE = {"first": 1, "last": 1, "every": 1, "seed": 0, "burst": 1, "hidden_reads": 0}
_REAL = {"probability": 1, "per_second": 1e6, "latency": 3600, "hidden_seconds": 1e9}


def _demand(fine: bool, name: str, what: str) -> None:
    if not fine:
        raise ValueError(f"{name}: {what}")


def _is_number(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def faults_from_json(value: Any) -> list[Fault]:
    """Read a list of faults as JSON has it. Raises ValueError, which names the fault."""
    if not isinstance(value, list):
        raise ValueError("faults must be a list")  # noqa: TRY004 - of JSON, not of a caller
    faults = []
    for index, one in enumerate(value):
        try:
            faults.append(Fault.from_json(one))
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return faults


class Tally(NamedTuple):
    """A fault, how many requests it has counted, and how many of them it has struck."""

    fault: Fault
    met: int
    struck: int


class Strike(NamedTuple):
    """What the faults do to one request; the usual one is that nothing happens."""

    latency: float = 0.0
    end: Fault | None = None
    hidden_seconds: float = 0.0
    hidden_reads: int = 0

    @property
    def early(self) -> bool:
        """Whether the operation is not to be done."""
        return self.end is not None and self.end.lost != "after"

    @property
    def hides(self) -> bool:
        """Whether what the operation creates is to be hidden."""
        return self.hidden_seconds > 0 or self.hidden_reads > 0

    def ending(self, args: Mapping[str, str]) -> Exception:
        """Return what to raise instead of answering; `args` is what the path holds."""
        fault = self.end
        assert fault
        if not fault.status:
            return Unanswered(hang=fault.hang)
        if fault.body is not None:
            return refusals.Refusal(fault.status, **fault.body)
        name, value = list(args.items())[-1] if args else ("", "")
        return refusals.by_status(fault.status, name.removesuffix("_id"), value)


_NOTHING = Strike()


class Faults:
    """The plan of an emulator: what it started with, and what was added since."""

    def __init__(self, faults: Iterable[Fault], clock: Callable[[], datetime]) -> None:
        self._first = tuple(faults)
        self._clock = clock
        self._lock = threading.Lock()
        self._watched: list[_Watched] = []
        self._hidden: dict[tuple[ObjectKind, str], _Veil] = {}
        self.restart()

    def restart(self) -> None:
        """Return to the plan as it was at the start, with all counts at zero."""
        with self._lock:
            self._watched = [_Watched(fault) for fault in self._first]
            self._hidden = {}

    def add(self, *faults: Fault) -> None:
        """Add faults, which count from now on."""
        with self._lock:
            self._watched = [*self._watched, *map(_Watched, faults)]

    def clear(self) -> None:
        """Let nothing go wrong any more; what is hidden shows."""
        with self._lock:
            self._watched = []
            self._hidden = {}

    def reveal(self) -> None:
        """Hide nothing any more of what was created so far."""
        with self._lock:
            self._hidden = {}

    def tally(self) -> list[Tally]:
        """Say of each fault, in order, how often it was met and how often it struck."""
        with self._lock:
            return [Tally(rule.fault, rule.met, rule.struck) for rule in self._watched]

    def strike(self, operation: str, method: str, path: str) -> Strike:
        """Count a request, and say what happens to it."""
        if not self._watched:
            return _NOTHING
        with self._lock:
            now = self._clock()
            met = [rule for rule in self._watched if rule.matches(operation, method, path)]
            struck = [rule.fault for rule in met if rule.strikes(now)]
        return Strike(
            latency=sum(fault.latency for fault in struck),
            end=next((fault for fault in struck if fault.status or fault.lost), None),
            hidden_seconds=max((fault.hidden_seconds for fault in struck), default=0),
            hidden_reads=max((fault.hidden_reads for fault in struck), default=0),
        )

    def hide(self, changes: Iterable[Write], strike: Strike) -> None:
        """Hide what a request has created."""
        veil = _Veil(self._clock() + timedelta(seconds=strike.hidden_seconds), strike.hidden_reads)
        with self._lock:
            for change in changes:
                if change.before is None:
                    self._hidden[change.kind, change.key] = veil

    def hidden(self) -> Collection[tuple[ObjectKind, str]]:
        """Return what reads must not see now."""
        if not self._hidden:
            return ()
        with self._lock:
            now = self._clock()
            self._hidden = {one: veil for one, veil in self._hidden.items() if veil.holds(now)}
            return frozenset(self._hidden)

    def missed(self, missed: Collection[tuple[ObjectKind, str]]) -> None:
        """Count a read that has not seen these."""
        with self._lock:
            for one in self._hidden.keys() & missed:
                veil = self._hidden[one]
                self._hidden[one] = veil._replace(reads=veil.reads - 1)


class _Veil(NamedTuple):
    until: datetime
    reads: int

    def holds(self, now: datetime) -> bool:
        return self.reads > 0 or now < self.until


class _Watched:
    """A fault, and what it has counted."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.met = 0
        self.struck = 0
        self._dice = Random(fault.seed)  # noqa: S311 - it has to be the same each time
        self._burst = fault.burst or max(1, math.floor(fault.per_second or 1))
        self._left = float(self._burst)
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
        self.met += 1
        strikes = self._is_due() and self._is_drawn() and self._is_beyond_rate(now)
        self.struck += strikes
        return strikes

    def _is_due(self) -> bool:
        fault = self.fault
        since = self.met - fault.first
        ended = fault.last is not None and self.met > fault.last
        return since >= 0 and since % fault.every == 0 and not ended

    def _is_drawn(self) -> bool:
        return self.fault.probability == 1 or self._dice.random() < self.fault.probability

    def _is_beyond_rate(self, now: datetime) -> bool:
        rate = self.fault.per_second
        if rate is None:
            return True
        passed = (now - self._last).total_seconds() if self._last else 0
        self._left = min(self._burst, self._left + max(0, passed) * rate)
        self._last = now
        if self._left < 1:
            return True
        self._left -= 1
        return False
