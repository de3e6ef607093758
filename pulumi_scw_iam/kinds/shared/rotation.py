"""The rotation of API keys with an overlap: when a key is due, and which keys a turn makes and deletes.

This module calls no API. A rotation makes a new key, hands it on, and keeps the old key for the overlap. So at each
moment there are at most two keys, and one of them is both valid and handed on.

An interrupted rotation may leave a key that no state has: a stray. The description of each key ends with the mark of
its resource, so a stray is found again. If a version of the secret has the stray, consumers may use it already, and
it becomes the current key. Otherwise nobody has its secret key, and it is deleted.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_scw_iam.common import formats

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LONGEST_MARK", "Key", "Mark", "Schedule", "Turn", "plan_turn", "spelled_age"]

_MARK = re.compile(r" ?\[rotating (?P<resource>[0-9a-f]{8})(?:/(?P<place>[0-9a-f]{8}))?\]\Z")

LONGEST_MARK = len(" [rotating 01234567/01234567]")
"""The length of the longest mark, in characters."""


@dataclass(frozen=True)
class Mark:
    """The mark of a resource at the end of the descriptions of its keys."""

    resource: str
    place: str = ""
    """The hash of the secret that receives the secret keys; empty if the state has them."""

    @classmethod
    def of(cls, resource_id: str) -> Mark:
        """Return the mark of a resource."""
        return cls(_hash(resource_id))

    @classmethod
    def found(cls, description: str) -> Mark | None:
        """Return the mark in the description of a key; None without a mark."""
        match = _MARK.search(description)
        return None if match is None else cls(match["resource"], match["place"] or "")

    def at(self, secret_id: str | None) -> Mark:
        """Return the mark for keys that are handed on to a secret."""
        return Mark(self.resource, "" if secret_id is None else _hash(secret_id))

    def added_to(self, description: str) -> str:
        """Return a description with the mark."""
        place = f"/{self.place}" if self.place else ""
        mark = f"[rotating {self.resource}{place}]"
        return f"{description} {mark}" if description else mark

    @staticmethod
    def removed_from(description: str) -> str:
        """Return a description without its mark."""
        return _MARK.sub("", description)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Schedule:
    """When keys are due, how long two keys are valid, and when a key expires."""

    rotate_after: timedelta | None
    overlap: timedelta

    def expiry(self, made: datetime, longest: timedelta | None) -> datetime | None:
        """Return the expiry of a new key, which also ends a forgotten key; None without an expiry.

        `longest` is the limit of the organization for the life of a key.
        """
        spans = [] if longest is None else [longest]
        if self.rotate_after is not None:
            spans.append(self.rotate_after + 2 * self.overlap)
        return made + min(spans) if spans else None

    def due(self, key: Key) -> datetime | None:
        """Return when a key is due: at its age, or one overlap before its expiry; None for never."""
        dates = [] if self.rotate_after is None else [key.made + self.rotate_after]
        if key.expires is not None:
            dates.append(key.expires - self.overlap)
        return min(dates, default=None)

    def reason(self, key: Key, now: datetime) -> str:
        """Return why a key is due; empty if it is not."""
        due = self.due(key)
        if due is None or now < due:
            return ""
        if self.rotate_after is not None and now >= key.made + self.rotate_after:
            after = formats.spelled(self.rotate_after)
            return f"the key is {spelled_age(now - key.made)} old, and rotates after {after}"
        assert key.expires is not None
        return f"the key expires at {key.expires:%Y-%m-%dT%H:%M:%SZ}"


def spelled_age(age: timedelta) -> str:
    """Return an age in words: `63 days`, `5 hours`, `1 minute`."""
    for name, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if number := age // length:
            return f"{number} {name}{'s' if number > 1 else ''}"
    number = max(age // timedelta(minutes=1), 0)
    return f"{number} minute{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Key:
    """An existing key."""

    access_key: str
    made: datetime
    expires: datetime | None = None
    outdated: str = ""
    """Why the inputs need another key; empty if the key fits."""
    is_handed_on: bool = True
    """Whether the state or a version of the secret has the secret key."""


@dataclass(frozen=True)
class Turn:
    """What one update does with the keys, in this order."""

    deleted: tuple[str, ...] = ()
    """The keys to delete first."""
    current: Key | None = None
    """The current key, before a new key is made; a stray if an interrupted rotation handed it on."""
    previous: str | None = None
    """The key that stays for the overlap, before a new key is made."""
    reason: str = ""
    """Why a new key is made; empty if none is made."""

    @property
    def kept(self) -> str | None:
        """The key that stays beside a new key: the current key. If it is gone, the previous key stays."""
        return self.previous if self.current is None else self.current.access_key


def plan_turn(
    current: Key | None,
    previous: str | None,
    strays: Collection[Key],
    schedule: Schedule,
    now: datetime,
) -> Turn:
    """Return what an update does with the keys of a resource.

    `current` and `previous` are None if the API does not have them.
    """
    handed_on = sorted((key for key in strays if key.is_handed_on), key=lambda key: key.made)
    useless = [key for key in strays if not key.is_handed_on]
    deleted = [key.access_key for key in (*useless, *handed_on[:-1])]
    if handed_on:
        # Consumers read the newest version, so the stray replaces the current key.
        if current is not None:
            if previous is not None:
                deleted.append(previous)
            previous = current.access_key
        current = handed_on[-1]
    if current is None:
        return Turn(tuple(deleted), None, previous, "the key was deleted")
    reason = current.outdated or schedule.reason(current, now)
    # A third key is never made. After the overlap, the previous key is deleted in any case.
    if previous is not None and (reason or now >= current.made + schedule.overlap):
        deleted.append(previous)
        previous = None
    return Turn(tuple(deleted), current, previous, reason)
