"""Create recovery: find the object of a create whose response was lost.

A blind retry would create a second object. Giving up would leave an object outside every state. So create
recovery looks up the object in the audit log and in the lists:

* The User-Agent of each call contains a nonce, and the audit log stores the User-Agent. An entry with the
  nonce proves that the call created the object. An entry without a complete nonce proves nothing: gateways
  rewrite the header, and logs shorten it.
* An object with proof is adopted. If the lost response contained its secret, the object is deleted, and the
  create is repeated.
* An object without proof may belong to another program. The object is adopted if its name is unique, or if
  no log records its kind and no other object matches. An object adopted without proof is never deleted in an
  undo (`core.undo`). If adoption is impossible, the error names the object.
* A missing object proves nothing: the call may still take effect. A create without a unique name is repeated
  once at most, with a warning, and lookups for the earlier calls continue until the process ends.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.api.calls import LostResponse
from pulumi_scw_iam.api.create_fingerprint import moment_of
from pulumi_scw_iam.api.create_watch import Watch
from pulumi_scw_iam.api.user_agent import mark
from pulumi_scw_iam.common.errors import (
    Cancelled,
    Conflict,
    IamError,
    NotFound,
    PermissionDenied,
    TransientState,
    UnknownOutcome,
)
from pulumi_scw_iam.common.user_log import user_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.calls import Calls
    from pulumi_scw_iam.api.create_fingerprint import CreateFingerprint

__all__ = ["create"]

_log = logging.getLogger(__name__)

_NONCE = re.compile(r"(?:^|\s)(nonce=[0-9a-f]{8}\.[0-9a-f]{8})(?=\s)")
"""A complete nonce of a create. The white space after the nonce proves that the log did not shorten it."""

_NEAR = timedelta(seconds=2)
"""The clock difference that is tolerated for an adoption without proof: only an object created after the
start of the create is adopted."""

_FAR = timedelta(seconds=30)
"""The clock difference that is tolerated for the candidates in an error: the API's own clocks may differ."""

_LOGGED_BEFORE = timedelta(hours=1)
"""How far before the create the audit log is read. The nonce is the proof, so clocks need not agree."""

_MOST_ENTRIES = 1000
"""The number of newest audit log entries to read in each lookup."""

_LEAST_LOOKS = 3

_FINDS = "`pulumi stack export | pulumi-scw-iam doctor -`"


def create(
    calls: Calls,
    fingerprint: CreateFingerprint,
    post: Callable[[str], dict[str, Any]],
    alike: str,
) -> dict[str, Any]:
    """Create an object exactly once; return the JSON of the object.

    `post` makes the call, with a nonce for the User-Agent. Creates with the same key `alike` take turns,
    because one create could adopt the object of another. Raises UnknownOutcome if the outcome of a call
    cannot be determined, and the errors of `post`.
    """
    with calls.turns.turn(alike, f"another create of the same {fingerprint.noun}"):
        created = _Create(calls, fingerprint).run(post)
        calls.own_writes.created(fingerprint.id_of(created))
        return created


class _Lookup(NamedTuple):
    """The result of one lookup."""

    proved: Mapping[str, str]
    """The id of the created object by the nonce of the call, from the audit log."""
    items: Mapping[str, Mapping[str, Any]]
    """The listed objects by id."""
    likely: tuple[str, ...] = ()
    """The ids of matching objects that may be adopted without proof."""
    suspects: tuple[str, ...] = ()
    """The ids of all matching objects, created by this create or by another program."""

    @property
    def shown(self) -> bool:
        """Whether the lists contain all objects from the audit log."""
        return all(resource_id in self.items for resource_id in self.proved.values())


class _Create:
    """One create, from its first call until the outcome of all its calls is known."""

    def __init__(self, calls: Calls, fingerprint: CreateFingerprint) -> None:
        self._calls = calls
        self._fingerprint = fingerprint
        self._began = time.monotonic()
        self._began_at = datetime.now(timezone.utc)
        self._before = frozenset[str]() if fingerprint.dated else frozenset(self._list())
        self._open: set[str] = set()
        """The nonces of the calls with unknown outcome."""
        self._listed: Mapping[str, Any] = {}
        """The objects in the last lookup, by id."""
        self._lost: IamError | None = None
        self._tries = 0

    def run(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        while True:
            created = self._call(post)
            if created is None:
                created = self._recover()
            if created is not None:
                self._watch(self._fingerprint.id_of(created))
                return created
            self._wait_for_repeat()

    def _call(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any] | None:
        """Make the call; return None if its response was lost."""
        nonce = secrets.token_hex(4)
        try:
            return post(nonce)
        except LostResponse as lost:
            self._open.add(mark(nonce))
            self._lost = lost.error
            self._tries += lost.error.tries
            self._lost.tries = self._tries
            return None
        except IamError as error:
            # The name was free before, so a call with a lost response took effect in the meantime.
            if self._lost and isinstance(error, Conflict) and not isinstance(error, TransientState):
                if found := self._recover(taken=True):
                    return found
                if self._open and error.resource_id not in self._listed:
                    holder = self._holder(error.resource_id)
                    error.hint = "; ".join(filter(None, (error.hint, holder)))
            elif self._open and not self._fingerprint.unique:
                error.hint = "; ".join(filter(None, (error.hint, self._may_exist())))
            raise

    def _wait_for_repeat(self) -> None:
        """Wait before a repeat of the create. Raises the error if no repeat is allowed."""
        assert self._lost is not None
        retry = self._calls.retry
        wait = retry.wait(self._tries)
        may_double = not self._fingerprint.unique and len(self._open) > 1
        late = time.monotonic() - self._began + wait > retry.total
        if may_double or late or self._tries >= retry.attempts:
            raise self._unknown_outcome(self._may_exist()) if self._open else self._lost
        self._wait(wait)

    def _recover(self, *, taken: bool = False) -> dict[str, Any] | None:
        """Return the object of a lost call; None if the create can be repeated."""
        try:
            # No deadline: otherwise the object might stay outside every state.
            with self._calls.bounded(None):
                found = self._adopt(self._look_until_sure(taken=taken))
            return None if found is None else dict(found)
        except (Cancelled, UnknownOutcome):
            raise
        except IamError as error:
            failed = error.aside
        raise self._unknown_outcome(f"{self._may_exist()} (lookup failed: {failed})")

    def _adopt(self, found: _Lookup) -> Mapping[str, Any] | None:
        """Return the object to adopt, or None. Raises UnknownOutcome for candidates without proof."""
        fingerprint = self._fingerprint
        if not self._open:
            return None
        if found.proved and fingerprint.secret:
            # Only objects that could not be deleted remain in `found`.
            raise self._unknown_outcome(self._undeletable(found))
        if found.proved:
            resource_id, *others = dict.fromkeys(found.proved.values())
            if resource_id not in found.items:
                raise self._unknown_outcome(
                    f"the audit log shows that the call created {fingerprint.noun} {resource_id}, but the API does not"
                    f" list that {fingerprint.noun}; {fingerprint.cure(resource_id)}, and run again"
                )
            for other in others:
                self._delete(other)
            self._open -= found.proved.keys()
            _log.debug(
                "%s %s was created by the call with the lost response",
                fingerprint.noun,
                resource_id,
            )
            return found.items[resource_id]
        if len(found.likely) == 1:
            (resource_id,) = found.likely
            _log.debug("%s %s is adopted without proof", fingerprint.noun, resource_id)
            self._calls.own_writes.adopted(resource_id)
            self._open.pop()
            return found.items[resource_id]
        if found.suspects:
            raise self._unknown_outcome(self._suspicion(found.suspects))
        _log.debug("found no %s of the call with the lost response", fingerprint.noun)
        return None

    def _suspicion(self, suspects: tuple[str, ...]) -> str:
        fingerprint = self._fingerprint
        named = ", ".join(f"{fingerprint.noun} {resource_id}" for resource_id in suspects)
        line = (
            f"the call may have created {named}, or another program created it; if nothing uses it,"
            f" {fingerprint.cure(suspects[0])}, and run again"
        )
        return f"{line}; {self._may_exist()}" if len(self._open) > len(suspects) else line

    def _holder(self, resource_id: str) -> str:
        """Return the hint for a name that is in use by an object missing in the lists."""
        return self._suspicion((resource_id,)) if resource_id else self._may_exist()

    def _undeletable(self, found: _Lookup) -> str:
        """Return the hint for objects in the audit log that do not exist in the API."""
        fingerprint = self._fingerprint
        named = ", ".join(
            f"{fingerprint.noun} {resource_id}" for resource_id in found.proved.values()
        )
        if found.suspects:
            likely = ", ".join(
                f"{fingerprint.noun} {resource_id}" for resource_id in found.suspects
            )
            cure = f"a candidate is {likely}; if nothing uses it, {fingerprint.cure(found.suspects[0])}"
        else:
            cure = self._may_exist()
        return (
            f"the audit log shows that the call created {named}, but the API has no {fingerprint.noun} with this id;"
            f" {cure}"
        )

    def _may_exist(self) -> str:
        """Return the hint for calls with unknown outcome: the possible object, and how to find the object."""
        calls = "a call" if len(self._open) == 1 else f"{len(self._open)} calls"
        return f"{calls} may still take effect and leave an unknown {self._fingerprint.title}; find it with {_FINDS}"

    # --- lookup ------------------------------------------------------------------------------

    def _look_until_sure(self, *, taken: bool) -> _Lookup:
        """Repeat the lookup until the outcome is certain, at most for the API's lag.

        Proved objects with a lost secret are deleted. `taken` means that the API refused a repeat because
        the object exists.
        """
        fingerprint, ends = self._fingerprint, time.monotonic() + self._calls.retry.lag
        for number in itertools.count(1):
            found = self._look()
            if fingerprint.secret:
                found = self._without_deleted(found)
                if not self._open:
                    return found
            elif (found.proved and found.shown) or len(found.likely) == 1:
                return found
            if fingerprint.unique and not (taken or found.proved or found.suspects):
                # If the object appears later, the API refuses the repeat.
                return found
            wait = min(self._calls.retry.wait(number), ends - time.monotonic())
            if wait <= 0 and number >= _LEAST_LOOKS:
                return found
            self._wait(max(wait, self._calls.retry.base))
        raise AssertionError("unreachable")

    def _look(self) -> _Lookup:
        fingerprint = self._fingerprint
        items = self._listed = self._list()
        # After the list call, because its response contains the API's time.
        entries = self._entries()
        proved: dict[str, str] = {}
        others: set[str] = set()
        for entry in itertools.islice(entries or (), _MOST_ENTRIES):
            nonce = _NONCE.search(f"{entry['user_agent']} ")
            if nonce is None:
                continue
            if nonce[1] in self._open:
                proved[nonce[1]] = entry["resource_id"]
                if len(proved) == len(self._open):
                    break
            else:
                others.add(entry["resource_id"])
        suspects = tuple(
            resource_id
            for resource_id, item in items.items()
            if resource_id not in others | self._before
            and not self._calls.own_writes.has_created(resource_id)
            and self._is_recent(item, _FAR)
            and fingerprint.same(item)
        )
        likely: tuple[str, ...] = ()
        if not fingerprint.secret and (fingerprint.unique or entries is None):
            likely = tuple(
                resource_id
                for resource_id in suspects
                if self._is_recent(items[resource_id], _NEAR)
            )
        return _Lookup(proved, items, likely, suspects)

    def _list(self) -> dict[str, Mapping[str, Any]]:
        return {item[self._fingerprint.key]: item for item in self._fingerprint.listed()}

    @property
    def _since(self) -> datetime:
        """The start of the create by the API's clock."""
        return self._began_at + self._calls.ahead

    def _entries(self) -> Iterable[types.Log] | None:
        """Return the audit log's entries about creates of the kind; None without permission for the log."""
        if self._fingerprint.log is None:
            return None
        entries = iter(self._fingerprint.log(self._since - _LOGGED_BEFORE))
        try:
            first = next(entries, None)
        except PermissionDenied:
            return None
        return entries if first is None else itertools.chain((first,), entries)

    def _is_recent(self, item: Mapping[str, Any], margin: timedelta) -> bool:
        created_at = moment_of(item.get("created_at"))
        return created_at is None or created_at >= self._since - margin

    # --- deleting ----------------------------------------------------------------------------

    def _without_deleted(self, found: _Lookup) -> _Lookup:
        """Delete the proved objects; return the lookup result without the deleted objects."""
        left = dict(found.proved)
        for nonce, resource_id in found.proved.items():
            if self._delete(resource_id) or resource_id in found.items:
                del left[nonce]
                self._open.discard(nonce)
        items = {
            resource_id: item
            for resource_id, item in found.items.items()
            if resource_id not in found.proved.values() or resource_id in left.values()
        }
        suspects = tuple(resource_id for resource_id in found.suspects if resource_id in items)
        return _Lookup(left, items, (), suspects)

    def _delete(self, resource_id: str) -> bool:
        """Delete an object of a lost call; return whether the object existed."""
        try:
            self._fingerprint.delete(resource_id)
        except NotFound:
            return False
        _log.debug(
            "deleted %s %s of the call with the lost response", self._fingerprint.noun, resource_id
        )
        return True

    # --- after a repeat ----------------------------------------------------------------------

    def _watch(self, created: str) -> None:
        """Look up objects of the lost calls, now and in the background until the process ends.

        The create succeeded, so errors of the lookup are only reported in the warning.
        """
        fingerprint = self._fingerprint
        if fingerprint.unique or not self._open:
            return
        suspects: tuple[str, ...] = ()
        found = ""
        try:
            suspects = self._delete_twins(created)
        except IamError as error:
            found = f" (lookup failed: {error.aside})"
        if not self._open:
            return
        assert self._lost is not None
        if suspects:
            named = ", ".join(f"{fingerprint.noun} {resource_id}" for resource_id in suspects)
            found = f"; a candidate is {named}: if nothing uses it, {fingerprint.cure(suspects[0])}"
        user_log.warning(
            "the create of %s %s was repeated, because the response to a call was lost (%s); %s%s",
            fingerprint.title,
            created,
            self._lost.reason,
            self._may_exist(),
            found,
        )
        if fingerprint.log is not None:
            Watch(self._calls.retry, lambda: self._has_recovered(created))

    def _has_recovered(self, created: str) -> bool:
        self._delete_twins(created)
        return not self._open

    def _delete_twins(self, created: str) -> tuple[str, ...]:
        """Look once; delete the proved objects of the lost calls, and return the other suspects."""
        found = self._look()
        for nonce, resource_id in found.proved.items():
            if resource_id != created and (self._delete(resource_id) or resource_id in found.items):
                self._open.discard(nonce)
        return tuple(
            resource_id
            for resource_id in found.suspects
            if resource_id not in {created, *found.proved.values()}
        )

    def _wait(self, seconds: float) -> None:
        assert self._lost is not None
        try:
            self._calls.wait(seconds, self._lost.reason)
        except Cancelled as cancelled:
            if self._open:
                cancelled.hint = self._may_exist()
            raise

    def _unknown_outcome(self, hint: str) -> UnknownOutcome:
        assert self._lost is not None
        error = UnknownOutcome(self._lost.words, hint=hint)
        error.call = self._lost.call
        return error
