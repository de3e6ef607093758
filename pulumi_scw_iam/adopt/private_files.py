"""Files with secrets: readable for their owner only, and never inside a git work tree."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path
from secrets import token_hex

from pulumi_scw_iam.common.words import shown

__all__ = ["FileError", "removal", "work_tree", "write_file", "write_private"]

_OWNER_ONLY = 0o600


class FileError(Exception):
    """A file cannot be written. The message is one line."""


def write_private(path: Path, content: str, *, force: bool = False) -> None:
    """Write a file with secrets atomically, with mode 0600.

    Raises FileError if the file would be inside a git work tree, unless forced.
    """
    path = _target(path)
    root = work_tree(path.parent)
    if root is not None and not force:
        raise FileError(
            shown(
                f"{path}: this file has secrets in clear, and {root} is a git work tree; choose a file"
                " outside, or pass --force"
            )
        )
    _replace(path, content, _OWNER_ONLY)


def write_file(path: Path, content: str) -> None:
    """Write a file without secrets atomically. An existing file keeps its mode. Raises FileError."""
    path = _target(path)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mode = None
    _replace(path, content, mode)


def work_tree(folder: Path) -> Path | None:
    """Return the root of the git work tree with a folder; None outside of git.

    The folder `.git` of a repository is part of its work tree here. In a linked work tree or a submodule, `.git` is a file.
    """
    folder = Path(os.path.realpath(folder))
    for parent in (folder, *folder.parents):
        if os.path.lexists(parent / ".git"):
            return parent
    return None


def removal(*paths: Path) -> str:
    """Return the command that removes files."""
    # A name that starts with a dash would be an option.
    names = [f"./{path}" if str(path).startswith("-") else str(path) for path in paths]
    return shlex.join(["rm", *names])


def _target(path: Path) -> Path:
    """Return the path below the real folder, so that no later change of a link leads elsewhere."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    except OSError as error:
        raise _failed(path, error) from None
    if stat.S_ISLNK(mode):
        raise FileError(shown(f"{path}: is a symbolic link; pass the file itself"))
    if not stat.S_ISREG(mode):
        raise FileError(shown(f"{path}: is not a regular file; choose another name"))
    return Path(os.path.realpath(path.parent)) / path.name


def _replace(path: Path, content: str, mode: int | None) -> None:
    """Replace a file by a new one, so that no reader of the old file sees the new content."""
    draft = path.with_name(f".{path.name[:100]}.{token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        # No other user may open the file before its mode is set.
        handle = os.open(draft, flags, 0o666 if mode is None else mode & _OWNER_ONLY)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                if mode is not None:
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _failed(path, error) from None


def _failed(path: Path, error: OSError) -> FileError:
    return FileError(shown(f"{path}: cannot write the file: {error.strerror}"))
