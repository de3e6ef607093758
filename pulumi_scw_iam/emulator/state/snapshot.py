"""The whole state of an emulator at one moment, in memory or in a file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

FORMAT = 1
"""Of a snapshot as JSON; one of another format is refused."""


@dataclass(frozen=True)
class Snapshot:
    """All objects of a state, by kind. Among them is the owner's secret key, in clear.

    As JSON it carries a checksum: it is a state that was, and not one that somebody has written.
    What should exist is better said in a seed, which is checked as the API checks it.
    """

    objects: Mapping[str, tuple[dict[str, Any], ...]] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"format": FORMAT, "sha256": self._checksum(), "objects": dict(self.objects)}

    @classmethod
    def from_json(cls, value: Any) -> Snapshot:
        """Read what `to_json` has written. Raises ValueError for anything else."""
        objects = value.get("objects") if isinstance(value, dict) else None
        if isinstance(objects, dict):
            lists = {name: items for name, items in objects.items() if isinstance(items, list)}
            snapshot = cls({name: tuple(items) for name, items in lists.items()})
            if snapshot.to_json() == {**value, "objects": snapshot.objects}:
                return snapshot
        raise ValueError("is not a snapshot of this version")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file that only its owner can read."""
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.to_json(), file)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a file that `save` has written. Raises OSError, and ValueError for another file."""
        try:
            return cls.from_json(json.loads(Path(path).read_bytes()))
        except (ValueError, RecursionError):
            raise ValueError(f"{os.fspath(path)}: is not a snapshot of this version") from None

    def _checksum(self) -> str:
        text = json.dumps(dict(self.objects), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a snapshot holds secrets, and is not pickled; save() writes it to a file")
