"""Claims: shared locks by which the processes of one engine share the program's declarations.

The engine starts one process for each explicit provider, and others for the Python classes. If a
membership moves to another provider, one process creates the membership and another process then
deletes the same id. Each process therefore claims the objects that its part of the program
declares. It also claims objects by the URNs of their resources: a resource must not delete an
object that another resource has.

A claim is a lock on one byte of a file, shared by all processes of this user. The operating system
releases the locks when a process ends, even if the process is killed. So no claim outlives the run,
and nothing is written.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.user_log import user_log

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Claims", "engine_address"]

_ADDRESS = re.compile(r"[\w.\[\]:-]+:\d{1,5}")
_SLOTS = 1 << 16
"""The number of bytes for one claim. Each claimant locks its own byte of these."""
_OFFSETS = (1 << 62) // _SLOTS


def engine_address(arguments: Sequence[str]) -> str | None:
    """Return the engine's address from a provider's command-line arguments, or None."""
    return next((argument for argument in arguments if _ADDRESS.fullmatch(argument)), None)


class Claims:
    """The claims of all processes of one engine.

    The claimant is the URN of a resource, or "" for a claim of the whole process. `scope`
    identifies the engine and the API. Without a scope, and on Windows, which has no such locks,
    only the claims of this process are known.
    """

    def __init__(self, scope: str | None) -> None:
        self._scope = scope
        self._own: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._file: int | None = None

    def add(self, claim: str, claimant: str = "") -> None:
        """Add a claim."""
        with self._lock:
            claimants = self._own.setdefault(claim, set())
            if claimant in claimants:
                return
            claimants.add(claimant)
            if (file := self._opened()) is not None:
                import fcntl  # noqa: PLC0415 - not on Windows

                # Shared: several processes may have the same claim. The exclusive locks of
                # `_claimed` are brief.
                fcntl.lockf(file, fcntl.LOCK_SH, 1, self._offset(claim) + _slot(claimant))

    def drop(self, claim: str, claimant: str = "") -> None:
        """Drop a claim of this process."""
        with self._lock:
            if claimant in self._own.get(claim, ()):
                self._own[claim].remove(claimant)
                self._release(self._offset(claim) + _slot(claimant), 1)

    def __contains__(self, claim: object) -> bool:
        """Return whether any process of the engine has a claim."""
        return isinstance(claim, str) and self._claimed(claim, 0, _SLOTS, ())

    def others(self, claim: str, claimant: str) -> bool:
        """Return whether any other claimant has a claim."""
        slot = _slot(claimant)
        return self._claimed(claim, 0, slot, (claimant,)) or self._claimed(
            claim, slot + 1, _SLOTS, (claimant,)
        )

    def _claimed(self, claim: str, first: int, end: int, except_by: tuple[str, ...]) -> bool:
        """Return whether this process has the claim, or another process locks a byte of the range."""
        with self._lock:
            if self._own.get(claim, set()).difference(except_by):
                return True
            if first == end or (file := self._opened()) is None:
                return False
            import fcntl  # noqa: PLC0415 - not on Windows

            start, length = self._offset(claim) + first, end - first
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
            except OSError:
                return True
            self._release(start, length)
            return False

    def _release(self, start: int, length: int) -> None:
        if self._file is not None:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.lockf(self._file, fcntl.LOCK_UN, length, start)

    def _offset(self, claim: str) -> int:
        return _hash(f"{self._scope} {claim}") % _OFFSETS * _SLOTS

    def _opened(self) -> int | None:
        """Return the open file; closing it anywhere in the process would release all locks."""
        if self._scope is None or sys.platform == "win32":
            return None
        if self._file is None:
            self._file = _shared_file()
        return self._file


def _slot(claimant: str) -> int:
    return _hash(claimant) % _SLOTS


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


_files: dict[int, int | None] = {}


def _shared_file() -> int | None:
    """Open the lock file of this user, once per process; return None if opening fails."""
    process = os.getpid()
    if process not in _files:
        path = Path(tempfile.gettempdir(), f"pulumi-scw-iam-{os.getuid()}.lock")
        try:
            # A file of another user, or a link to one, is refused.
            file: int | None = os.open(
                path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            user_log.warning(
                "could not open the lock file %s of the provider's processes: %s; if this update moves a"
                " GroupMembership to another provider, the member may be removed: run `pulumi refresh` and"
                " then `pulumi up` afterwards",
                path,
                error.strerror,
            )
            file = None
        _files[process] = file
    return _files[process]
