"""Settling: finding out what a create has done whose answer was lost.

A create that is repeated blindly doubles, and one that is given up may leave something behind that nobody
knows of. So it is looked for: in the audit log, where the create's own nonce in the User-Agent is proof,
and among what there is. What was made is adopted, or, where the lost answer held a secret that no
other answer has, removed and made again; what was not made is made again. What could be somebody else's is
never taken for ours where it would be removed: the error then names the suspect.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam import forms, wire
from pulumi_scw_iam.errors import (
    Cancelled,
    Conflict,
    IamError,
    NotFound,
    PermissionDenied,
    TransientState,
    Unsettled,
)
from pulumi_scw_iam.notices import notices
from pulumi_scw_iam.transport import LostAnswer, user_agent

if TYPE_CHECKING:
    from pulumi_scw_iam.transport import Transport

__all__ = ["Trace", "create", "matches"]

_log = logging.getLogger(__name__)

_numbers = itertools.count(1)

_MARGIN = timedelta(seconds=2)
"""The API's clock is known to the second only."""

_LOOKS = 3
"""How often one looks for what was made, since it may not show at once."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """How one tells what a create has made."""

    noun: str
    """What messages call it."""
    listed: Callable[[], Iterable[Mapping[str, Any]]]
    """What there is, as the API shows it; what is surely not it may be left out."""
    same: Callable[[Mapping[str, Any]], bool]
    """Whether one of those has exactly the properties that the create asked for."""
    delete: Callable[[str], None]
    key: str = "id"
    part: str = ""
    """The part of the answer that describes what was made; all of it by default."""
    prefix: str = ""
    """What the commands want before the id."""
    unique: bool = False
    """No two can be the same, so that a second create would be refused."""
    log: Callable[[datetime], Iterable[wire.Log]] | None = None
    """What the audit log says of creations since a time, where it tells of this kind."""
    dated: bool = True
    """It tells when it was made, or there is one at most."""
    secret: bool = False
    """The answer alone held a secret, so that what was made is of no use without it."""

    def cure(self, it: str) -> str:
        """How one deletes it by hand."""
        return f"delete it with `pulumi-scw-iam delete {forms.dashed(self.noun)} {self.prefix}{it}`"

    def id_of(self, answer: Mapping[str, Any]) -> str:
        """The id in the answer to a create."""
        described = answer[self.part] if self.part else answer
        return str(described[self.key])


def matches(item: Mapping[str, Any], **wanted: object) -> bool:
    """Whether an object has these properties; None is what the API may choose."""
    return all(
        value is None or _plain(name, item.get(name)) == _plain(name, value)
        for name, value in wanted.items()
    )


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and name == "expires_at":
        return _moment(value)
    if isinstance(value, str) and name in {"content", "public_key"}:
        return value.split()[:2] if name == "public_key" else value.strip()
    return sorted(value) if isinstance(value, (list, tuple, set, frozenset)) else value


def _moment(value: object) -> datetime | None:
    """A time of the API's; None for what tells none."""
    try:
        return forms.moment(value) if isinstance(value, str) else None
    except ValueError:
        return None


def create(
    transport: Transport, trace: Trace, post: Callable[[str], dict[str, Any]], alike: str
) -> dict[str, Any]:
    """Make something once, and return what the API says of it.

    `post` makes the call, with the nonce of this create. Creates that are `alike` take turns, so that
    what one has made is not taken for another's. Raises Unsettled when nobody can tell what the
    call has done; all that the call raises else.
    """
    nonce = f".{next(_numbers)}"
    with transport.turn(alike, f"another create of the same {trace.noun}"):
        made = _Create(transport, trace, nonce).run(post)
        transport.made(trace.id_of(made))
        return made


class _Found(NamedTuple):
    """What a look has found: what is surely of this create, and what may be of it."""

    ours: Mapping[str, Mapping[str, Any] | None]
    """By id; None where the API tells of it, but does not show it yet."""
    suspects: tuple[str, ...] = ()
    proved: bool = False
    """The audit log says that it is ours; where it does not, it must not be removed."""


class _Create:
    """One create, from the first call until it is known what it has made."""

    def __init__(self, transport: Transport, trace: Trace, nonce: str) -> None:
        self._transport = transport
        self._trace = trace
        self._nonce = nonce
        self._began = time.monotonic()
        self._began_at = datetime.now(timezone.utc)
        self._before = frozenset[str]() if trace.dated else frozenset(self._listed())
        self._lost: IamError | None = None
        self._tries = 0

    def run(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        while True:
            try:
                made = post(self._nonce)
            except LostAnswer as lost:
                self._lost = lost.error
                self._tries += lost.error.tries
                self._lost.tries = self._tries
            except Conflict as conflict:
                # It was free before: the call whose answer was lost has taken effect by now.
                if self._lost is None or isinstance(conflict, TransientState):
                    raise
                found = self._settled(taken=True)
                if found is None:
                    raise
                return dict(found)
            else:
                if self._lost is not None:
                    self._remove_twins(self._trace.id_of(made))
                return made
            found = self._settled()
            if found is not None:
                return dict(found)
            retry = self._transport.retry
            wait = retry.wait(self._tries)
            if self._tries >= retry.attempts or time.monotonic() - self._began + wait > retry.total:
                raise self._lost
            self._wait(wait)

    def _settled(self, *, taken: bool = False) -> Mapping[str, Any] | None:
        """What the lost call has made; None when it has made nothing, or nothing that could be used."""
        trace = self._trace
        try:
            found = self._look_until_sure(taken=taken)
            if found.ours and trace.secret:
                for it in found.ours:
                    self._remove(it)
                return None
        except Cancelled as cancelled:
            cancelled.hint = (
                "it may have been done all the same; `pulumi-scw-iam doctor` finds what is left"
            )
            raise
        except IamError as error:
            failed = error.aside
        else:
            return self._adopted(found)
        raise self._unsettled(
            f"it may have been done all the same, and looking failed too: {failed};"
            " `pulumi-scw-iam doctor` finds what is left"
        )

    def _adopted(self, found: _Found) -> Mapping[str, Any] | None:
        """What was found, where it is certain and can be used."""
        trace = self._trace
        if found.suspects:
            suspects = ", ".join(f"{trace.noun} {it}" for it in found.suspects)
            raise self._unsettled(
                f"it may have made {suspects}, but so may somebody else; if nothing uses it,"
                f" {trace.cure(found.suspects[0])}, and run again"
            )
        if not found.ours:
            _log.debug("no %s was made by the call whose answer was lost", trace.noun)
            return None
        (it, item), *others = found.ours.items()
        if item is None:
            raise self._unsettled(
                f"it made {trace.noun} {it}, which the API does not show; {trace.cure(it)},"
                " and run again"
            )
        for other, _ in others:
            self._remove(other)
        _log.debug("%s %s was made by the call whose answer was lost", trace.noun, it)
        return item

    def _look_until_sure(self, *, taken: bool) -> _Found:
        """Look until something is certain, as long as it may take to show; `taken` says that it is there."""
        found = _Found({})
        for look in range(_LOOKS):
            if look:
                self._wait(self._transport.retry.wait(look))
            found = self._look()
            if found.ours and (self._trace.secret or None not in found.ours.values()):
                return found
            if not found.ours and not found.suspects and self._trace.unique and not taken:
                # If it shows later, the next try will be told that it is there.
                return found
        return found

    def _look(self) -> _Found:
        trace = self._trace
        items = self._listed()
        # After the list, whose answer tells the API's time.
        logs = self._logs()
        mine = f"{user_agent()}{self._nonce}".rpartition(" ")[2]
        proved = [log["resource_id"] for log in logs or () if mine in log["user_agent"].split()]
        if proved:
            return _Found({it: items.get(it) for it in proved}, proved=True)
        others = {log["resource_id"] for log in logs or ()}
        like = [
            it
            for it, item in items.items()
            if it not in others | self._before
            and not self._transport.has_made(it)
            and self._is_recent(item)
            and trace.same(item)
        ]
        # Without proof, what is unique, or of what there is one only, can be adopted; never removed.
        certain = not trace.secret and len(like) == 1 and (trace.unique or logs is None)
        if certain:
            return _Found({it: items[it] for it in like})
        return _Found({}, tuple(like))

    def _listed(self) -> dict[str, Mapping[str, Any]]:
        return {item[self._trace.key]: item for item in self._trace.listed()}

    @property
    def _since(self) -> datetime:
        """When the create began, by the API's clock."""
        return self._began_at + self._transport.ahead - _MARGIN

    def _logs(self) -> list[wire.Log] | None:
        """What was created of the kind since the call; None where the log does not tell."""
        if self._trace.log is None:
            return None
        try:
            return list(self._trace.log(self._since))
        except PermissionDenied:
            return None

    def _is_recent(self, item: Mapping[str, Any]) -> bool:
        created_at = _moment(item.get("created_at"))
        return created_at is None or created_at >= self._since

    def _remove_twins(self, made: str) -> None:
        """Look for what the lost call has made after all, when it was made again meanwhile."""
        if self._trace.unique:
            return
        try:
            found = self._look()
            if found.proved:
                for it in found.ours.keys() - {made}:
                    self._remove(it)
        except IamError as error:
            # What was made must not be lost with that.
            notices.warning(
                "whether a create of %s %s that was repeated, since its answer was lost, has left"
                " another could not be found out: %s; `pulumi-scw-iam doctor` finds what is left",
                self._trace.noun,
                made,
                error.words,
            )
            return
        for it in () if found.proved else (*found.ours, *found.suspects):
            if it != made:
                notices.warning(
                    "%s %s may be left of a create that was repeated, since its answer was lost; if"
                    " nothing uses it, %s",
                    self._trace.noun,
                    it,
                    self._trace.cure(it),
                )

    def _remove(self, it: str) -> None:
        with contextlib.suppress(NotFound):
            self._trace.delete(it)
        _log.debug(
            "%s %s, which an answer that was lost had made, is removed", self._trace.noun, it
        )

    def _wait(self, seconds: float) -> None:
        assert self._lost is not None
        self._transport.wait(seconds, self._lost.reason)

    def _unsettled(self, hint: str) -> Unsettled:
        assert self._lost is not None
        error = Unsettled(self._lost.words, hint=hint)
        error.call = self._lost.call
        return error
