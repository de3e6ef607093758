"""Archives with equal bytes for equal content: sorted names, no owners, the time of the commit."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Member", "commit_time", "write"]


@dataclass(frozen=True)
class Member:
    """The content of one file of an archive."""

    content: bytes
    executable: bool = False


def commit_time(root: Path) -> int:
    """Return SOURCE_DATE_EPOCH if it is set, otherwise the time of the commit."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return int(done.stdout)


def write(path: Path, members: Mapping[str, Member], time: int) -> None:
    """Write a .tar.gz with these files. The archive has no folders; the engine creates them."""
    with (
        path.open("wb") as file,
        # The name and the time of the gzip header would differ from build to build.
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=time) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, member in sorted(members.items()):
            header = tarfile.TarInfo(name)
            header.size = len(member.content)
            header.mtime = time
            header.mode = 0o755 if member.executable else 0o644
            archive.addfile(header, io.BytesIO(member.content))
