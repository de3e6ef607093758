"""The objects in the state of another tool, by our kinds, ids and declared names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Recorded", "Recordings", "SourceError", "brief", "distinct"]

_LONGEST = 200
"""The length of the longest address in a message, in characters."""


class SourceError(Exception):
    """A file is not the state of the other tool. The message is one line."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An object in the state of another tool."""

    kind: AnyKind
    id: str
    """The id in our spelling: `GROUP/application/ID` for a membership."""
    label: str
    """The preferred logical name, unique among the objects of the kind."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The inputs in the state by declared name; None if unset. No secrets, and no derived inputs."""
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The secret outputs by declared name, such as `secret_key`."""
    unmanaged: frozenset[str] = frozenset()
    """The optional inputs without management by the other tool."""
    organization_id: str = ""
    """The organization of the object; empty if the state does not name it."""
    address: str
    """The resource in messages: `module.iam.scaleway_iam_group.devs["ops"]`."""


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """The content of a state. Failures, notes and skipped resources are one line each."""

    name: str
    """The file, as spelled by the user."""
    objects: tuple[Recorded, ...]
    failures: tuple[str, ...] = ()
    """Resources of Scaleway IAM outside of the adoption, and damaged values, with the reason."""
    notes: tuple[str, ...] = ()
    """Facts about adopted resources: an API key without a secret key."""
    skipped: tuple[str, ...] = ()
    """Resources of other products, and resources without management by the other tool."""


def brief(address: str) -> str:
    """Return an address for a message: one line of at most 200 characters."""
    line = shown(address)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def distinct(candidates: Sequence[Sequence[str]]) -> list[str]:
    """Return one name for each item, all different.

    `candidates` are the names of an item, the preferred name first. All items with the same name take
    their next name, whatever the order. Equal last names get a number.
    """
    levels = [0] * len(candidates)
    while True:
        names = [item[level] for item, level in zip(candidates, levels, strict=True)]
        counts = Counter(names)
        longer = [
            index
            for index, item in enumerate(candidates)
            if counts[names[index]] > 1 and levels[index] + 1 < len(item)
        ]
        if not longer:
            break
        for index in longer:
            levels[index] += 1
    used = set(names)
    seen: set[str] = set()
    for index, name in enumerate(names):
        number = 2
        while names[index] in seen:
            if (numbered := f"{name}-{number}") not in used:
                names[index] = numbered
            number += 1
        seen.add(names[index])
        used.add(names[index])
    return names
