"""Sightings: the resources that a run has seen, and their objects.

The engine deletes what the program no longer declares, after the program has run. If another resource of the
program has the same object by then, the deletion would take it away from that one: after `Group.get`, after an
import, or if two resources have been given one id. A resource with another name needs an alias instead.
"""

from __future__ import annotations

import shlex
import threading
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.names import name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.core.claims import Claims

__all__ = ["Holder", "Sightings"]


class Holder(NamedTuple):
    """A resource of the program that has an object."""

    urn: str | None
    """None if the front is not told URNs, or if the resource belongs to another process."""
    looks_up: bool
    """Whether the program looks the object up (`get`), and does not declare it."""


class Sightings:
    """The objects that resources were seen with, by the names of their kinds and their ids.

    A URN is None in a front that is not told any. Such a front cannot tell a resource from another one with
    the same object, unless the program looks that one up.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._lock = threading.Lock()
        self._checked: set[str] = set()
        self._in_state: dict[tuple[str, str], set[str | None]] = {}
        self._in_program: dict[tuple[str, str], dict[str | None, Holder]] = {}

    def checked(self, urn: str | None, *, anew: bool) -> None:
        """Record a check: the program declares the resource; `anew` if the check has no old inputs."""
        if urn is None:
            return
        with self._lock:
            self._checked.add(urn)
        if anew:
            self.released(urn)

    def released(self, urn: str | None) -> None:
        """Record that a resource is about to get a new object: it is created, or replaced."""
        if urn is None:
            return
        with self._lock:
            held = [key for key, holders in self._in_program.items() if holders.pop(urn, None)]
        for key in held:
            self._claims.drop(_claim(*key), urn)

    def refreshed(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record an object that the state has."""
        with self._lock:
            self._in_state.setdefault(_key(kind, resource_id), set()).add(urn)

    def declared(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record a comparison with the state. A comparison of a refresh says nothing about the program."""
        with self._lock:
            if urn is None or urn not in self._checked:
                return
        self._hold(kind, resource_id, Holder(urn, looks_up=False))

    def looked_up(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record an object that the program looks up, or imports."""
        self._hold(kind, resource_id, Holder(urn, looks_up=True))

    def _hold(self, kind: str, resource_id: str, holder: Holder) -> None:
        key = _key(kind, resource_id)
        with self._lock:
            self._in_program.setdefault(key, {})[holder.urn] = holder
        self._claims.add(_claim(*key), holder.urn or "")

    def in_state(self, kind: str, resource_id: str) -> set[str | None]:
        """Return the URNs under which a refresh of this run has read an object; {None} without URNs."""
        with self._lock:
            return set(self._in_state.get(_key(kind, resource_id), ()))

    def ids_of(self, urn: str, kind: str) -> set[str]:
        """Return the ids that a refresh of this run has read of a resource."""
        with self._lock:
            return {
                resource_id
                for (of, resource_id), urns in self._in_state.items()
                if of == kind and urn in urns
            }

    def other_holder(self, kind: str, resource_id: str, urn: str | None) -> Holder | None:
        """Return another resource of the program with an object, in any process of the engine."""
        key = _key(kind, resource_id)
        with self._lock:
            holders = self._in_program.get(key, {}).values()
            for holder in holders:
                if urn is None or holder.urn != urn:
                    return holder
        claim = _claim(*key)
        if claim in self._claims if urn is None else self._claims.others(claim, urn):
            return Holder(None, looks_up=False)
        return None

    def refuse_shared(
        self, kind: str, resource_id: str, urn: str | None, alias: Callable[[str | None], str]
    ) -> None:
        """Raise Refused if another resource of the program has an object that is about to be deleted.

        `alias` says how to give the resource that keeps the object an alias, from the old URN.
        """
        holder = self.other_holder(kind, resource_id, urn)
        if holder is None:
            return
        who = "another resource of this program"
        if holder.urn is not None:
            who = f"{quoted(name_of(holder.urn))} of this program"
        elif holder.looks_up:
            who = "this program"
        command = f"`pulumi state delete {'URN' if urn is None else shlex.quote(urn)}`"
        if holder.looks_up:
            raise Refused(
                f"{who} looks it up, and would lose it",
                # Under the name of the look-up, the engine would not follow the alias.
                hint="to keep it in this stack, declare it under another name instead, and"
                f" {alias(urn)}; to leave it to others, run {command}; to destroy it, leave out --run-program",
            )
        raise Refused(
            f"{who} has it too, and would lose it",
            hint=f"to keep it, take this one out of the state with {command}",
        )


def _key(kind: str, resource_id: str) -> tuple[str, str]:
    # The API takes ids in upper case too.
    return kind, resource_id.lower()


def _claim(kind: str, resource_id: str) -> str:
    return f"{kind} {resource_id}"
