"""Snapshots: the whole state of an emulator, in memory or in a file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

FORMAT = 1
"""The version of the JSON format; other versions are refused."""


@dataclass(frozen=True)
class Snapshot:
    """All objects of a state, by object type, with the owner's secret key in clear text.

    The JSON has a checksum: `restore` does not validate objects, so edited snapshots are refused. To
    describe objects by hand, use a seed: seeds are validated like requests.
    """

    objects: Mapping[str, tuple[dict[str, Any], ...]] = field(repr=False)
    ahead_seconds: float = field(default=0.0, repr=False)
    """How far the clock was moved."""

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as a JSON object."""
        moved = {"ahead_seconds": self.ahead_seconds} if self.ahead_seconds else {}
        return {
            "format": FORMAT,
            "sha256": self._checksum(),
            **moved,
            "objects": dict(self.objects),
        }

    @classmethod
    def from_json(cls, value: Any) -> Snapshot:
        """Parse a JSON object of `to_json`. Raises ValueError for any other value."""
        objects = value.get("objects") if isinstance(value, dict) else None
        if isinstance(objects, dict):
            lists = {name: items for name, items in objects.items() if isinstance(items, list)}
            snapshot = cls(
                {name: tuple(items) for name, items in lists.items()}, value.get("ahead_seconds", 0)
            )
            if snapshot.to_json() == {**value, "objects": snapshot.objects}:
                return snapshot
        raise ValueError("not a snapshot of this version")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the snapshot to a file with mode 0600."""
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.to_json(), file)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Load a file of `save`. Raises OSError, or ValueError for any other file."""
        try:
            return cls.from_json(json.loads(Path(path).read_bytes()))
        except (ValueError, RecursionError):
            raise ValueError(f"{os.fspath(path)}: not a snapshot of this version") from None

    def _checksum(self) -> str:
        objects = dict(self.objects)
        content = [objects, self.ahead_seconds] if self.ahead_seconds else objects
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a snapshot contains secrets and cannot be pickled; use save()")
