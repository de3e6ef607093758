"""Claims: the processes of one engine tell each other what the program declares.

The engine starts one process for each explicit provider, and others for the Python classes. If a membership moves
from one provider to another, one process creates it and the other then deletes it, under the same id. Each process
therefore claims what its part of the program declares. It also claims, by their URNs, the objects that resources
of the program have: another resource with the same object must not delete it.

A claim is a lock on one byte of a file that all processes of this user share. The operating system releases the locks
of a process that ends, however it ends. So a claim never outlives the engine's operation, and nothing is written.
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
"""The number of bytes for one claim. The claimant decides which of them is locked."""
_OFFSETS = (1 << 62) // _SLOTS


def engine_address(arguments: Sequence[str]) -> str | None:
    """Return the address of the engine, which all its providers have among their arguments; None without one."""
    return next((argument for argument in arguments if _ADDRESS.fullmatch(argument)), None)


class Claims:
    """The claims of this process, and those of the other processes of the same engine.

    A claim is made by someone: a resource's URN, or nobody in particular (""). `scope` tells one engine, and
    one API, from another. Without it, only this process's own claims are known, as where the operating system
    has no such locks (Windows).
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

                # Shared: several processes may claim the same. Others hold it exclusively for a moment only.
                fcntl.lockf(file, fcntl.LOCK_SH, 1, self._offset(claim) + _slot(claimant))

    def drop(self, claim: str, claimant: str = "") -> None:
        """Drop a claim of this process."""
        with self._lock:
            if claimant in self._own.get(claim, ()):
                self._own[claim].remove(claimant)
                self._release(self._offset(claim) + _slot(claimant), 1)

    def __contains__(self, claim: object) -> bool:
        """Return whether this process or another process of the engine has a claim."""
        return isinstance(claim, str) and self._claimed(claim, 0, _SLOTS, ())

    def others(self, claim: str, claimant: str) -> bool:
        """Return whether any other claimant has a claim."""
        slot = _slot(claimant)
        return self._claimed(claim, 0, slot, (claimant,)) or self._claimed(
            claim, slot + 1, _SLOTS, (claimant,)
        )

    def _claimed(self, claim: str, first: int, end: int, except_by: tuple[str, ...]) -> bool:
        """Return whether this process has a claim, or another one has locked a byte of the range."""
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
        """Return the file, which stays open: closing it anywhere in the process would release all locks."""
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
    """Open the file of this user, once in a process; None if that is not possible."""
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
                "%s cannot be opened (%s), so the provider's processes do not know of each other; if this"
                " update moves a GroupMembership to another provider, run `pulumi refresh` and `pulumi up`"
                " afterwards, which add the member again",
                path,
                error.strerror,
            )
            file = None
        _files[process] = file
    return _files[process]
