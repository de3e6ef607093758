"""The objects written by this process, so that checks need no second list call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.core.fields import Props

__all__ = ["Writes"]


class Writes:
    """The objects created, changed or deleted by this process, by noun and id. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._deleted: dict[str, set[str]] = {}

    def record(self, noun: str, resource_id: str, item: Props) -> None:
        """Record the fields of an object after a create or an update."""
        with self._lock:
            self._written.setdefault(noun, {})[resource_id] = {"id": resource_id, **item}
            self._deleted.get(noun, set()).discard(resource_id)

    def record_deleted(self, noun: str, resource_id: str) -> None:
        """Record the deletion of an object."""
        with self._lock:
            self._deleted.setdefault(noun, set()).add(resource_id)

    def has(self, noun: str, resource_id: str) -> bool:
        """Return whether this process created or changed an object."""
        with self._lock:
            return resource_id in self._written.get(noun, {})

    def written(self, noun: str) -> dict[str, Mapping[str, Any]]:
        """Return the objects created or changed by this process, including deleted objects."""
        with self._lock:
            return dict(self._written.get(noun, {}))

    def deleted(self, noun: str) -> set[str]:
        """Return the ids of all objects deleted by this process."""
        with self._lock:
            return set(self._deleted.get(noun, ()))

    def applied_to(
        self, noun: str, listed: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Mapping[str, Any]]:
        """Return a list of objects, by id, after the writes of this process."""
        with self._lock:
            written = dict(self._written.get(noun, {}))
            deleted: Iterable[str] = set(self._deleted.get(noun, ()))
        if noun == "group":
            # Written fields do not include a member list that the program leaves unset.
            written = {
                group_id: {**listed.get(group_id, {}), **group}
                for group_id, group in written.items()
            }
        items = {**listed, **written}
        for resource_id in deleted:
            items.pop(resource_id, None)
        return items
