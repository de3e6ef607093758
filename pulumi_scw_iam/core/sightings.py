"""Sightings: the resources of a run and their objects.

After the program has run, the engine deletes resources that are no longer declared. If another
resource of the program has the same object, it would lose the object: after `Group.get`, after an
import, or if two resources have the same id. Such deletions are refused; a renamed resource needs
an alias.
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
    """A resource of the program and its claim to an object."""

    urn: str | None
    """None in a front without URNs, or if the resource belongs to another process."""
    looks_up: bool
    """Whether the program looks up the object (`get`) and does not declare it."""


class Sightings:
    """The objects of resources, by kind and id.

    The URN is None in a front without URNs. Two resources with the same object then cannot be
    distinguished, unless one is a look-up.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._lock = threading.Lock()
        self._checked: set[str] = set()
        self._in_state: dict[tuple[str, str], set[str | None]] = {}
        self._in_program: dict[tuple[str, str], dict[str | None, Holder]] = {}

    def checked(self, urn: str | None, *, anew: bool) -> None:
        """Record that the program declares a resource; `anew` if the check has no old inputs."""
        if urn is None:
            return
        with self._lock:
            self._checked.add(urn)
        if anew:
            self.released(urn)

    def released(self, urn: str | None) -> None:
        """Record a create or a replacement: the resource no longer holds its old object."""
        if urn is None:
            return
        with self._lock:
            held = [key for key, holders in self._in_program.items() if holders.pop(urn, None)]
        for key in held:
            self._claims.drop(_claim(*key), urn)

    def refreshed(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record an object of the state, read by a refresh."""
        with self._lock:
            self._in_state.setdefault(_key(kind, resource_id), set()).add(urn)

    def declared(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record a diff of a resource; without a check, the diff is of a refresh and is ignored."""
        with self._lock:
            if urn is None or urn not in self._checked:
                return
        self._hold(kind, resource_id, Holder(urn, looks_up=False))

    def looked_up(self, kind: str, resource_id: str, urn: str | None) -> None:
        """Record an object that the program looks up or imports."""
        self._hold(kind, resource_id, Holder(urn, looks_up=True))

    def _hold(self, kind: str, resource_id: str, holder: Holder) -> None:
        key = _key(kind, resource_id)
        with self._lock:
            self._in_program.setdefault(key, {})[holder.urn] = holder
        self._claims.add(_claim(*key), holder.urn or "")

    def in_state(self, kind: str, resource_id: str) -> set[str | None]:
        """Return the URNs of an object from this run's refresh; {None} in a front without URNs."""
        with self._lock:
            return set(self._in_state.get(_key(kind, resource_id), ()))

    def ids_of(self, urn: str, kind: str) -> set[str]:
        """Return the ids of a resource from this run's refresh."""
        with self._lock:
            return {
                resource_id
                for (of, resource_id), urns in self._in_state.items()
                if of == kind and urn in urns
            }

    def other_holder(self, kind: str, resource_id: str, urn: str | None) -> Holder | None:
        """Return another resource with the same object, in any process of the engine."""
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
        """Raise Refused if another resource of the program has the object to be deleted.

        `alias` returns the words for adding an alias with the old URN.
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
                f"{who} looks up the same object",
                # The engine ignores the alias if the new name is the name of the look-up.
                hint="to keep the object in this stack, declare it under another name instead, and"
                f" {alias(urn)}; to keep it outside this stack, run {command}; to delete it, run without"
                " --run-program",
            )
        raise Refused(
            f"{who} has the same object",
            hint=f"to keep the object, remove this resource from the state with {command}",
        )


def _key(kind: str, resource_id: str) -> tuple[str, str]:
    # The API also accepts ids in upper case.
    return kind, resource_id.lower()


def _claim(kind: str, resource_id: str) -> str:
    return f"{kind} {resource_id}"
