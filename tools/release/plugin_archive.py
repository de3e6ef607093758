"""The plugin archive for `pulumi plugin install`: an executable, and its libraries for each Python.

The archive has an executable and no PulumiPlugin.yaml. So the engine needs no language host, and installs
nothing from the network. The machine needs Python 3.10 to 3.14 on PATH.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tools.release.archive import Member, write
from tools.release.wheels import PYTHONS, download

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["libraries", "name", "pack"]

_FILES = Path(__file__).parent / "plugin"


def name(version: str, platform: str) -> str:
    """Return the file name that the engine expects."""
    return f"pulumi-resource-scw-iam-v{version}-{platform}.tar.gz"


def libraries(wheel: Path, platform: str, downloads: Path) -> dict[Path, list[str]]:
    """Return the wheels for a platform, each with the tags of the Pythons that use it."""
    users: dict[str, list[str]] = defaultdict(list)
    paths = {}
    for python in PYTHONS:
        for found in [wheel, *download(platform, python, downloads)]:
            paths[found.name] = found
            users[found.name].append(f"cp{python.replace('.', '')}")
    return {paths[file]: tags for file, tags in sorted(users.items())}


def pack(
    into: Path, version: str, platform: str, wheels: Mapping[Path, list[str]], time: int
) -> Path:
    """Write the archive for a platform, and return its path."""
    members = {
        file.name: Member(file.read_bytes(), executable=file.suffix == "")
        for file in _FILES.iterdir()
        if file.is_file()
    }
    for wheel, tags in wheels.items():
        for file, content in _installed(wheel):
            member = f"lib/{'.'.join(tags)}/{file}"
            if member in members:
                raise ValueError(f"{member} is in two wheels")
            members[member] = Member(content)
    target = into / name(version, platform)
    write(target, members, time)
    return target


def _installed(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that pip would install into site-packages."""
    with zipfile.ZipFile(wheel) as archive:
        for file in archive.namelist():
            top, _, rest = file.partition("/")
            scheme, _, inner = rest.partition("/")
            if file.endswith("/"):
                continue
            if not top.endswith(".data"):
                yield file, archive.read(file)
            elif scheme in ("purelib", "platlib"):
                yield inner, archive.read(file)
