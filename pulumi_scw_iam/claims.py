"""What the processes of one engine declare, so that none of them removes what another has just made.

The engine starts one process for each explicit provider, and others for the Python classes. A membership that moves
from one provider to another is made by one process, and then deleted by the other, under the same id. Each process
therefore claims what its part of the program declares.

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

from pulumi_scw_iam.notices import notices

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Claims", "engine_address"]

_ADDRESS = re.compile(r"[\w.\[\]:-]+:\d{1,5}")
_OFFSETS = 1 << 62


def engine_address(arguments: Sequence[str]) -> str | None:
    """Return the address of the engine, which all its providers have among their arguments; None without one."""
    return next((it for it in arguments if _ADDRESS.fullmatch(it)), None)


class Claims:
    """The claims of this process, and those of the other processes of the same engine.

    `scope` tells one engine, and one API, from another. Without it, only this process's own claims are known, as
    where the operating system has no such locks (Windows).
    """

    def __init__(self, scope: str | None) -> None:
        self._scope = scope
        self._own: set[str] = set()
        self._lock = threading.Lock()
        self._file: int | None = None

    def add(self, what: str) -> None:
        """Claim something."""
        with self._lock:
            if what in self._own:
                return
            self._own.add(what)
            if (file := self._opened()) is not None:
                import fcntl  # noqa: PLC0415 - not on Windows

                # Shared: several processes may claim the same. Others hold it exclusively for a moment only.
                fcntl.lockf(file, fcntl.LOCK_SH, 1, self._offset(what))

    def drop(self, what: str) -> None:
        """Claim something no longer."""
        with self._lock:
            if what in self._own:
                self._own.remove(what)
                self._release(what)

    def __contains__(self, what: object) -> bool:
        """Whether this process or another process of the engine claims something."""
        with self._lock:
            if what in self._own:
                return True
            if not isinstance(what, str) or (file := self._opened()) is None:
                return False
            import fcntl  # noqa: PLC0415 - not on Windows

            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self._offset(what))
            except OSError:
                return True
            self._release(what)
            return False

    def _release(self, what: str) -> None:
        if self._file is not None:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._offset(what))

    def _offset(self, what: str) -> int:
        digest = hashlib.sha256(f"{self._scope} {what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % _OFFSETS

    def _opened(self) -> int | None:
        """Return the file, which stays open: closing it anywhere in the process would release all locks."""
        if self._scope is None or sys.platform == "win32":
            return None
        if self._file is None:
            self._file = _shared_file()
        return self._file


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
            notices.warning(
                "%s cannot be opened (%s), so the provider's processes do not know of each other; if this"
                " update moves a GroupMembership to another provider, run `pulumi refresh` and `pulumi up`"
                " afterwards, which add the member again",
                path,
                error.strerror,
            )
            file = None
        _files[process] = file
    return _files[process]
