"""The state of one emulator: objects in memory, and optionally in a SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.emulator.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from pulumi_scw_iam.emulator.schema.objects import Object, ObjectKind


class Write(NamedTuple):
    """A change of one object; `before` is None for a create, `after` is None for a delete."""

    kind: ObjectKind
    key: str
    before: Object | None
    after: Object | None


FORMAT = 1
"""The version of the state file's format; other versions are refused."""


EMPTY = Snapshot({})
"""The empty state."""


class StateFileError(Exception):
    """The state file cannot be used; the message is one line with the reason."""


class Store:
    """All objects, by kind and id.

    Reads and writes require `transaction()`. The memory is authoritative. Each transaction writes the file in one
    SQLite transaction before the response, so a killed process loses no acknowledged change.
    """

    def __init__(self, kinds: Iterable[ObjectKind], path: Path | None = None) -> None:
        self._kinds = {kind.resource: kind for kind in kinds}
        self._lock = threading.Lock()
        self._file = _File(path) if path else None
        self._changed: dict[tuple[ObjectKind, str], Object | None] = {}
        self._hidden: Collection[tuple[ObjectKind, str]] = ()
        self._hidden_by_id: Collection[tuple[ObjectKind, str]] = ()
        self._missed: set[tuple[ObjectKind, str]] = set()
        self.ahead = timedelta(seconds=self._file.ahead_seconds() if self._file else 0.0)
        """How far the clock is moved."""
        self._empty()
        if self._file:
            for resource, body in self._file.read():
                self._load(resource, body)

    def _empty(self) -> None:
        self._objects: dict[ObjectKind, dict[str, Object]] = {k: {} for k in self._kinds.values()}
        self._index: dict[tuple[ObjectKind, str, str], dict[str, None]] = {}
        # Every page of a list requires sorted objects; few changes come between two pages.
        self._in_order: dict[ObjectKind, dict[Any, list[Object]]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Context manager: lock the state, and undo all changes if an exception leaves the block."""
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

    def changes(self) -> list[Write]:
        """Return the changes of the running transaction."""
        return [
            Write(kind, key, before, self._objects[kind].get(key))
            for (kind, key), before in self._changed.items()
        ]

    @contextmanager
    def hiding(
        self,
        hidden: Collection[tuple[ObjectKind, str]],
        *,
        by_id: Collection[tuple[ObjectKind, str]],
    ) -> Iterator[Collection[tuple[ObjectKind, str]]]:
        """Context manager: hide objects from lists, and some of these from reads by id.

        Yields the set of hidden objects that a read requested.
        """
        self._hidden, self._hidden_by_id, self._missed = hidden, by_id, set()
        try:
            yield self._missed
        finally:
            self._hidden = self._hidden_by_id = ()

    def _seen(self, kind: ObjectKind, objects: list[Object]) -> list[Object]:
        if not self._hidden:
            return objects
        keys = {(kind, one[kind.key]) for one in objects}
        self._missed |= keys.intersection(self._hidden)
        return [one for one in objects if (kind, one[kind.key]) not in self._hidden]

    def get(self, kind: ObjectKind, key: str) -> Object | None:
        """Return an object, or None."""
        if (kind, key) in self._hidden_by_id:
            self._missed.add((kind, key))
            return None
        return self._objects[kind].get(key)

    def all(self, kind: ObjectKind) -> Sequence[Object]:
        """Return all objects of a kind."""
        return self._seen(kind, list(self._objects[kind].values()))

    def first(self, kind: ObjectKind) -> Object:
        """Return the oldest object of a kind; at least one must exist."""
        return next(iter(self._objects[kind].values()))

    def in_order(
        self, kind: ObjectKind, order: Callable[[Object], Any], *, reverse: bool
    ) -> Sequence[Object]:
        """Return all objects of a kind, sorted by the key function `order`.

        The sorted list is cached until an object of the kind changes.
        """
        known = self._in_order.setdefault(kind, {})
        if (order, reverse) not in known:
            known[order, reverse] = sorted(self._objects[kind].values(), key=order, reverse=reverse)
        return self._seen(kind, known[order, reverse])

    def count(self, kind: ObjectKind) -> int:
        """Count the objects of a kind."""
        return len(self.all(kind)) if self._hidden else len(self._objects[kind])

    def counts(self) -> dict[str, int]:
        """Count the objects of each kind, by the name of the list in the API."""
        with self._lock:
            return {kind.items: len(objects) for kind, objects in self._objects.items()}

    def having(self, kind: ObjectKind, field: str, value: str) -> list[Object]:
        """Return the objects with this value in an indexed field."""
        objects = self._objects[kind]
        found = [objects[key] for key in self._index.get((kind, field, value), ())]
        return self._seen(kind, found)

    def count_having(self, kind: ObjectKind, field: str, value: str) -> int:
        """Count the objects with this value in an indexed field."""
        if self._hidden:
            return len(self.having(kind, field, value))
        return len(self._index.get((kind, field, value), ()))

    def put(self, kind: ObjectKind, new: Object) -> None:
        """Add an object, or replace the object with the same id."""
        self._change(kind, new[kind.key], new)

    def remove(self, kind: ObjectKind, key: str) -> None:
        """Remove an object."""
        self._change(kind, key, None)

    def snapshot(self) -> Snapshot:
        """Return a snapshot. Objects never change in place, so none is copied."""
        with self._lock:
            return Snapshot(
                {kind.resource: tuple(objects.values()) for kind, objects in self._objects.items()},
                self.ahead.total_seconds(),
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Replace the whole state by a snapshot."""
        with self._lock:
            if self._file:
                self._file.rewrite(self._rows_of(snapshot), snapshot.ahead_seconds)
            self.ahead = timedelta(seconds=snapshot.ahead_seconds)
            self._empty()
            for resource, _, body in self._rows_of(snapshot):
                self._load(resource, body)

    def move_clock(self, duration: timedelta) -> None:
        """Move the clock forward."""
        ahead = self.ahead + duration
        if self._file:
            self._file.move_clock(ahead.total_seconds())
        self.ahead = ahead

    def _rows_of(self, snapshot: Snapshot) -> Iterator[tuple[str, str, Object]]:
        for resource, objects in snapshot.objects.items():
            for body in objects:
                yield resource, body[self._kinds[resource].key], body

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file:
                self._file.close()

    def _load(self, resource: str, body: Object) -> None:
        """Add an object of a file or a snapshot; fields of later versions get their initial values."""
        kind = self._kinds[resource]
        missing = {name: value for name, value in kind.initial.items() if name not in body}
        self._set(kind, body[kind.key], {**body, **missing})

    def _change(self, kind: ObjectKind, key: str, new: Object | None) -> None:
        self._changed.setdefault((kind, key), self._objects[kind].get(key))
        self._set(kind, key, new)

    def _set(self, kind: ObjectKind, key: str, new: Object | None) -> None:
        old = self._objects[kind].pop(key, None) if new is None else self._objects[kind].get(key)
        if new is not None:
            self._objects[kind][key] = new
        self._in_order.pop(kind, None)
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
        # Mode 0600: the file contains the owner's secret key.
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
        run("PRAGMA locking_mode = EXCLUSIVE")  # a second emulator would miss these writes
        (version,) = run("PRAGMA user_version").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if version != FORMAT and (version or tables):
            raise StateFileError(f"{self._path}: not a state file of this version")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        run(f"PRAGMA user_version = {FORMAT}")
        run(
            "CREATE TABLE IF NOT EXISTS objects"
            " (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
        )
        run("CREATE TABLE IF NOT EXISTS clock (ahead_seconds REAL NOT NULL)")
        run("COMMIT")

    def read(self) -> Iterator[tuple[str, Object]]:
        rows = self._connection.execute("SELECT kind, body FROM objects ORDER BY rowid")
        for resource, body in rows:
            yield resource, json.loads(body)

    def write(self, changes: list[Write]) -> None:
        if not changes:
            return
        with self._transaction() as run:
            for kind, key, _, after in changes:
                if after is None:
                    run("DELETE FROM objects WHERE kind = ? AND id = ?", (kind.resource, key))
                else:
                    run(
                        "INSERT INTO objects VALUES (?, ?, ?)"
                        " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                        (kind.resource, key, json.dumps(after)),
                    )

    def ahead_seconds(self) -> float:
        row = self._connection.execute("SELECT ahead_seconds FROM clock").fetchone()
        return float(row[0]) if row else 0.0

    def move_clock(self, ahead_seconds: float) -> None:
        with self._transaction() as run:
            _move_clock(run, ahead_seconds)

    def rewrite(self, rows: Iterable[tuple[str, str, Object]], ahead_seconds: float) -> None:
        with self._transaction() as run:
            _move_clock(run, ahead_seconds)
            run("DELETE FROM objects")
            for resource, key, body in rows:
                run("INSERT INTO objects VALUES (?, ?, ?)", (resource, key, json.dumps(body)))

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., object]]:
        run = self._connection.execute
        run("BEGIN")
        try:
            yield run
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()


def _move_clock(run: Callable[..., object], ahead_seconds: float) -> None:
    run("DELETE FROM clock")
    run("INSERT INTO clock VALUES (?)", (ahead_seconds,))
