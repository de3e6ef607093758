"""Create recovery: find the object of a create whose response was lost.

Repeating such a create blindly makes two objects. Giving up leaves an object that no state knows. So the
object is looked for, in the audit log and in the lists:

* The User-Agent of each call carries a nonce, and the audit log keeps it. An entry with the nonce proves
  that the call made the object. An entry without a whole nonce proves nothing: gateways rewrite the header,
  and logs shorten it.
* An object with proof is adopted. If its secret was in the lost response, it is deleted, and the create is
  repeated.
* An object without proof may be another program's. It is adopted if its name is unique, or if no log records
  its kind and it is the only object that fits. Nothing more is done to it then (`core.undo`).
  Otherwise the error names it.
* Not finding an object proves nothing: the call may still take effect. A create that can make two objects is
  repeated once at most, with a warning, and its earlier calls are looked for until the process ends.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.api.calls import LostAnswer
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
"""A whole nonce of a create. What follows it shows that the log did not shorten it."""

_NEAR = timedelta(seconds=2)
"""An object that is adopted without proof was made since the create began, by clocks that differ so much."""

_FAR = timedelta(seconds=30)
"""The same for an object that is only named: the API's clocks may differ more."""

_LOGGED_BEFORE = timedelta(hours=1)
"""How far before the create the audit log is read. The nonce is the proof, so no clock needs to be right."""

_MOST_ENTRIES = 1000
"""The newest entries of the audit log that are read at each look."""

_LEAST_LOOKS = 3

_FINDS = "`pulumi stack export | pulumi-scw-iam doctor -`"


def create(
    calls: Calls,
    fingerprint: CreateFingerprint,
    post: Callable[[str], dict[str, Any]],
    alike: str,
) -> dict[str, Any]:
    """Create an object once, and return the API's description of it.

    `post` makes the call, with a nonce for the User-Agent. Creates that are `alike` take turns, so that
    one does not adopt the object of another. Raises UnknownOutcome when nobody can tell what a call did, and
    what `post` raises otherwise.
    """
    with calls.turns.turn(alike, f"another create of the same {fingerprint.noun}"):
        made = _Create(calls, fingerprint).run(post)
        calls.own_writes.made(fingerprint.id_of(made))
        return made


class _Found(NamedTuple):
    """The result of one look."""

    proved: Mapping[str, str]
    """By the nonce of a call: the id of the object that it made, according to the audit log."""
    items: Mapping[str, Mapping[str, Any]]
    """The objects that the lists show, by id."""
    likely: tuple[str, ...] = ()
    """The ids of objects that fit so well that one of them may be adopted."""
    suspects: tuple[str, ...] = ()
    """The ids of all objects that may be of this create; they may be another program's too."""

    @property
    def shown(self) -> bool:
        """Whether the lists show all objects that the log names."""
        return all(resource_id in self.items for resource_id in self.proved.values())


class _Create:
    """One create, from its first call until it is known what all its calls did."""

    def __init__(self, calls: Calls, fingerprint: CreateFingerprint) -> None:
        self._calls = calls
        self._fingerprint = fingerprint
        self._began = time.monotonic()
        self._began_at = datetime.now(timezone.utc)
        self._before = frozenset[str]() if fingerprint.dated else frozenset(self._listed())
        self._open: set[str] = set()
        """The nonces of the calls whose outcome is unknown."""
        self._lost: IamError | None = None
        self._tries = 0

    def run(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        while True:
            made = self._called(post)
            if made is None:
                made = self._recovered()
            if made is not None:
                self._watch(self._fingerprint.id_of(made))
                return made
            self._wait_for_repeat()

    def _called(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any] | None:
        """Make the call; return None if its response was lost."""
        nonce = secrets.token_hex(4)
        try:
            return post(nonce)
        except LostAnswer as lost:
            self._open.add(mark(nonce))
            self._lost = lost.error
            self._tries += lost.error.tries
            self._lost.tries = self._tries
            return None
        except IamError as error:
            # The name was free before, so a call whose response was lost has taken effect meanwhile.
            if self._lost and isinstance(error, Conflict) and not isinstance(error, TransientState):
                if found := self._recovered(taken=True):
                    return found
            elif self._open and not self._fingerprint.unique:
                error.hint = "; ".join(filter(None, (error.hint, self._may_exist())))
            raise

    def _wait_for_repeat(self) -> None:
        """Wait until the create is repeated; raise the error if it is not."""
        assert self._lost is not None
        retry = self._calls.retry
        wait = retry.wait(self._tries)
        may_double = not self._fingerprint.unique and len(self._open) > 1
        late = time.monotonic() - self._began + wait > retry.total
        if may_double or late or self._tries >= retry.attempts:
            raise self._unknown_outcome(self._may_exist()) if self._open else self._lost
        self._wait(wait)

    def _recovered(self, *, taken: bool = False) -> dict[str, Any] | None:
        """Return what a lost call made; None if the create can be repeated."""
        try:
            # Nothing bounds the search for an object that no state knows.
            with self._calls.bounded(None):
                found = self._adopted(self._look_until_sure(taken=taken))
            return None if found is None else dict(found)
        except (Cancelled, UnknownOutcome):
            raise
        except IamError as error:
            failed = error.aside
        raise self._unknown_outcome(f"{self._may_exist()} (lookup failed: {failed})")

    def _adopted(self, found: _Found) -> Mapping[str, Any] | None:
        """Return the object to adopt. Raises UnknownOutcome for an object that may be another program's."""
        fingerprint = self._fingerprint
        if not self._open:
            return None
        if found.proved and fingerprint.secret:
            # Only what could not be deleted is still here.
            raise self._unknown_outcome(self._undeletable(found))
        if found.proved:
            resource_id, *others = dict.fromkeys(found.proved.values())
            if resource_id not in found.items:
                raise self._unknown_outcome(
                    f"the audit log shows that it made {fingerprint.noun} {resource_id}, but the API does not show that"
                    f" {fingerprint.noun}; {fingerprint.cure(resource_id)}, and run again"
                )
            for other in others:
                self._delete(other)
            self._open -= found.proved.keys()
            _log.debug(
                "%s %s was made by the call whose answer was lost", fingerprint.noun, resource_id
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
        _log.debug("no %s of the call whose answer was lost was found", fingerprint.noun)
        return None

    def _suspicion(self, suspects: tuple[str, ...]) -> str:
        fingerprint = self._fingerprint
        named = ", ".join(f"{fingerprint.noun} {resource_id}" for resource_id in suspects)
        line = (
            f"it may have made {named}, but so may somebody else; if nothing uses it,"
            f" {fingerprint.cure(suspects[0])}, and run again"
        )
        return f"{line}; {self._may_exist()}" if len(self._open) > len(suspects) else line

    def _undeletable(self, found: _Found) -> str:
        """Say which objects the log proves, although the API has none with these ids."""
        fingerprint = self._fingerprint
        named = ", ".join(
            f"{fingerprint.noun} {resource_id}" for resource_id in found.proved.values()
        )
        if found.suspects:
            likely = ", ".join(
                f"{fingerprint.noun} {resource_id}" for resource_id in found.suspects
            )
            cure = (
                f"it is likely {likely}; if nothing uses it, {fingerprint.cure(found.suspects[0])}"
            )
        else:
            cure = self._may_exist()
        return (
            f"the audit log shows that it made {named}, but the API has no {fingerprint.noun} with this id;"
            f" {cure}"
        )

    def _may_exist(self) -> str:
        """Say what the calls without an outcome may leave, and how to find it."""
        calls = "a call" if len(self._open) == 1 else f"{len(self._open)} calls"
        return f"{calls} may still take effect, and leave an unknown {self._fingerprint.title}; find it with {_FINDS}"

    # --- looking -----------------------------------------------------------------------------

    def _look_until_sure(self, *, taken: bool) -> _Found:
        """Look until the outcome is certain, for as long as the API may lag.

        Objects that are of no use without their secret are deleted as they are proved. `taken` says that
        the API refused a repeat because the object exists.
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
                # If the object shows later, the API refuses the repeat.
                return found
            wait = min(self._calls.retry.wait(number), ends - time.monotonic())
            if wait <= 0 and number >= _LEAST_LOOKS:
                return found
            self._wait(max(wait, self._calls.retry.base))
        raise AssertionError("unreachable")

    def _look(self) -> _Found:
        fingerprint = self._fingerprint
        items = self._listed()
        # After the list, whose response tells the API's time.
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
            and not self._calls.own_writes.has_made(resource_id)
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
        return _Found(proved, items, likely, suspects)

    def _listed(self) -> dict[str, Mapping[str, Any]]:
        return {item[self._fingerprint.key]: item for item in self._fingerprint.listed()}

    @property
    def _since(self) -> datetime:
        """When the create began, by the API's clock."""
        return self._began_at + self._calls.ahead

    def _entries(self) -> Iterable[types.Log] | None:
        """Return what the log says of creations of the kind; None if it may not be read."""
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

    def _without_deleted(self, found: _Found) -> _Found:
        """Delete the objects that the log proves, and return the look without them."""
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
        return _Found(left, items, (), suspects)

    def _delete(self, resource_id: str) -> bool:
        """Delete an object of a lost call; return whether the API had one with this id."""
        try:
            self._fingerprint.delete(resource_id)
        except NotFound:
            return False
        _log.debug(
            "%s %s of the call whose answer was lost is deleted",
            self._fingerprint.noun,
            resource_id,
        )
        return True

    # --- after a repeat ----------------------------------------------------------------------

    def _watch(self, made: str) -> None:
        """Look for what the lost calls made after all, now and until the process ends.

        The create succeeded, and what it made is not lost whatever happens here.
        """
        fingerprint = self._fingerprint
        if fingerprint.unique or not self._open:
            return
        suspects: tuple[str, ...] = ()
        found = ""
        try:
            suspects = self._delete_twins(made)
        except IamError as error:
            found = f" (lookup failed: {error.aside})"
        if not self._open:
            return
        assert self._lost is not None
        if suspects:
            named = ", ".join(f"{fingerprint.noun} {resource_id}" for resource_id in suspects)
            found = f"; it may be {named}: if nothing uses it, {fingerprint.cure(suspects[0])}"
        user_log.warning(
            "the create of %s %s was repeated, because the response to a call was lost (%s); %s%s",
            fingerprint.title,
            made,
            self._lost.reason,
            self._may_exist(),
            found,
        )
        if fingerprint.log is not None:
            Watch(self._calls.retry, lambda: self._has_recovered(made))

    def _has_recovered(self, made: str) -> bool:
        self._delete_twins(made)
        return not self._open

    def _delete_twins(self, made: str) -> tuple[str, ...]:
        """Look once, and delete what is proved to be of the lost calls; return the other suspects."""
        found = self._look()
        for nonce, resource_id in found.proved.items():
            if resource_id != made and (self._delete(resource_id) or resource_id in found.items):
                self._open.discard(nonce)
        return tuple(
            resource_id
            for resource_id in found.suspects
            if resource_id not in {made, *found.proved.values()}
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
