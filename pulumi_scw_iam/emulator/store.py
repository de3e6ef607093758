"""The state of one emulator: plain objects in memory, and in a SQLite file where one is given."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pulumi_scw_iam.emulator.kinds import Kind

Object: TypeAlias = dict[str, Any]
"""One object as it is kept: what the API shows, and a few keys that it does not. It is never changed in
place, but replaced by another through `Store.put`."""


class Change(NamedTuple):
    """What became of one object; `before` is None for a new one, `after` for a removed one."""

    kind: Kind
    key: str
    before: Object | None
    after: Object | None


FORMAT = 1
"""Of the state file; a file of another format is refused."""


class StateFileError(Exception):
    """The state file cannot be used; the message says why, in one line."""


class Store:
    """All objects, by kind and id.

    Every read and every write happens within `transaction()`. What the memory says is true; the file
    follows in one SQLite transaction for each of ours, so that a killed process loses nothing that it
    had answered.
    """

    def __init__(self, kinds: Iterable[Kind], path: Path | None = None) -> None:
        self._kinds = {kind.resource: kind for kind in kinds}
        self._lock = threading.Lock()
        self._file = _File(path) if path else None
        self._changed: dict[tuple[Kind, str], Object | None] = {}
        self._empty()
        if self._file:
            for resource, body in self._file.read():
                self._set(self._kinds[resource], body[self._kinds[resource].key], body)

    def _empty(self) -> None:
        self._objects: dict[Kind, dict[str, Object]] = {k: {} for k in self._kinds.values()}
        self._index: dict[tuple[Kind, str, str], dict[str, None]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the state alone; keep all changes made within, or none where an exception leaves."""
        with self._lock:
            try:
                yield
                if self._file:
                    self._file.write(self.changes())
            except BaseException:
                for (kind, key), before in reversed(self._changed.items()):
                    self._set(kind, key, before)
                raise
            finally:
                self._changed.clear()

    def changes(self) -> list[Change]:
        """Say what the running transaction has changed so far."""
        return [
            Change(kind, key, before, self._objects[kind].get(key))
            for (kind, key), before in self._changed.items()
        ]

    def get(self, kind: Kind, key: str) -> Object | None:
        """Return an object, or None."""
        return self._objects[kind].get(key)

    def all(self, kind: Kind) -> Iterable[Object]:
        """Return all objects of a kind."""
        return self._objects[kind].values()

    def count(self, kind: Kind) -> int:
        """Count the objects of a kind."""
        return len(self._objects[kind])

    def having(self, kind: Kind, field: str, value: str) -> list[Object]:
        """Return the objects whose indexed field has the value."""
        objects = self._objects[kind]
        return [objects[key] for key in self._index.get((kind, field, value), ())]

    def count_having(self, kind: Kind, field: str, value: str) -> int:
        """Count the objects whose indexed field has the value."""
        return len(self._index.get((kind, field, value), ()))

    def put(self, kind: Kind, new: Object) -> None:
        """Add an object, or replace the one with its id."""
        self._change(kind, new[kind.key], new)

    def remove(self, kind: Kind, key: str) -> None:
        """Remove an object."""
        self._change(kind, key, None)

    def clear(self) -> None:
        """Remove everything."""
        for kind, objects in self._objects.items():
            for key in list(objects):
                self.remove(kind, key)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file:
                self._file.close()

    def _change(self, kind: Kind, key: str, new: Object | None) -> None:
        self._changed.setdefault((kind, key), self._objects[kind].get(key))
        self._set(kind, key, new)

    def _set(self, kind: Kind, key: str, new: Object | None) -> None:
        old = self._objects[kind].pop(key, None) if new is None else self._objects[kind].get(key)
        if new is not None:
            self._objects[kind][key] = new
        for field in kind.indexed:
            before, after = (side.get(field) if side else None for side in (old, new))
            if before == after:
                continue
            if before is not None:
                bucket = self._index[kind, field, before]
                del bucket[key]
                if not bucket:
                    del self._index[kind, field, before]
            if after is not None:
                self._index.setdefault((kind, field, after), {})[key] = None


class _File:
    """The state file: one row per object."""

    def __init__(self, path: Path) -> None:
        # It holds the secret key that the emulator prints at its start.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._path = path
        self._connection = sqlite3.connect(
            path, timeout=0, check_same_thread=False, isolation_level=None
        )
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.close()
            raise StateFileError(f"{path}: {error}") from None
        except StateFileError:
            self.close()
            raise

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")  # a second emulator would not see our writes
        (version,) = run("PRAGMA user_version").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if version != FORMAT and (version or tables):
            raise StateFileError(f"{self._path}: is not a state file of this version")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        run(f"PRAGMA user_version = {FORMAT}")
        run(
            "CREATE TABLE IF NOT EXISTS objects"
            " (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
        )
        run("COMMIT")

    def read(self) -> Iterator[tuple[str, Object]]:
        rows = self._connection.execute("SELECT kind, body FROM objects ORDER BY rowid")
        for resource, body in rows:
            yield resource, json.loads(body)

    def write(self, changes: list[Change]) -> None:
        if not changes:
            return
        run = self._connection.execute
        run("BEGIN")
        try:
            for kind, key, _, after in changes:
                if after is None:
                    run("DELETE FROM objects WHERE kind = ? AND id = ?", (kind.resource, key))
                else:
                    run(
                        "INSERT INTO objects VALUES (?, ?, ?)"
                        " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                        (kind.resource, key, json.dumps(after)),
                    )
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()
