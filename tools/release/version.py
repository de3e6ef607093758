"""The version of a build: from `common/version.py` and the git tag, and written into the distributions.

`common/version.py` has the version of the next release. Only a clean checkout of the tag with this version
builds it. Every other checkout builds a development version such as 0.1.0-dev.12+g1a2b3c4. This spelling is
a semantic version for the engine, and a PEP 440 version for pip.

pyproject.toml names this file as the source of the version and as a build hook. The sdist contains it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = [
    "CARRIERS",
    "DECLARATION",
    "ROOT",
    "ReleaseError",
    "VersionInFiles",
    "build_version",
    "declared",
    "rewritten",
]

ROOT = Path(__file__).resolve().parents[2]

_TAGS = "v[0-9]*.[0-9]*.[0-9]*"
"""The tags of releases. The tag v1 of the GitHub action is none."""

DECLARATION = "pulumi_scw_iam/common/version.py"

CARRIERS = {
    DECLARATION: '__version__ = "{}"',
    "pulumi_scw_iam/native/schema.json": '  "version": "{}",',
    "pulumi_scw_iam/plugin/requirements.txt": "pulumi-scw-iam=={}",
    "pulumi_scw_iam/policy_pack/PulumiPolicy.yaml": "version: {}",
    "pulumi_scw_iam/policy_pack/requirements.txt": "pulumi-scw-iam[policy]=={}",
}
"""Each file with the version, and its line. `make generate` copies the version from the first file."""


class ReleaseError(Exception):
    """A reason why nothing can be built or released, in one line."""


def declared(root: Path = ROOT) -> str:
    """Return the version in `common/version.py`."""
    return rewritten(root, DECLARATION, None)[0]


def rewritten(root: Path, name: str, version: str | None) -> tuple[str, str]:
    """Return the version in a file, and the text of the file with another version."""
    text = (root / name).read_text("utf-8")
    before, after = (re.escape(part) for part in CARRIERS[name].split("{}"))
    found = re.findall(rf"(?m)^{before}(.+){after}$", text)
    if len(found) != 1:
        raise ReleaseError(
            f"{name} has {len(found)} lines like {CARRIERS[name]!r}; it must have one"
        )
    line = CARRIERS[name].format(found[0])
    return found[0], text.replace(line, CARRIERS[name].format(version))


def build_version(root: Path = ROOT) -> str:
    """Return the version of distributions that are built from this folder.

    Raises ReleaseError if the commit has the tag of another version.
    """
    version = declared(root)
    if (root / "PKG-INFO").exists():
        return version  # an sdist: its files already have the version of the build
    try:
        commit = _git(root, "rev-parse", "--short=10", "HEAD")
        tags = _git(root, "tag", "--points-at", "HEAD", "--list", _TAGS).split()
        changed = bool(_git(root, "status", "--porcelain"))
        released = bool(_git(root, "tag", "--list", f"v{version}"))
        count = _git(root, "rev-list", "--count", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        # A copy without its history proves no tag.
        return f"{version}-dev.0+unknown"
    if tags and f"v{version}" not in tags:
        raise ReleaseError(
            f"this commit has the tag {', '.join(tags)}, but {DECLARATION} has the version {version};"
            " move the tag to a commit with its version"
        )
    if tags and not changed:
        return version
    # A development version sorts before the release of its number.
    number, _, pre_release = version.partition("-")
    if released and not pre_release:
        number = re.sub(r"\d+$", lambda last: str(int(last[0]) + 1), number)
    return f"{number}-dev.{count}+g{commit}{'.changed' if changed else ''}"


def _git(root: Path, *arguments: str) -> str:
    """Return the output of a git command. Git above `root` does not count."""
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


class VersionInFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Writes the version of the build into the files of a distribution. In a release, they stay the same."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        wanted = build_version(root)
        self._folder = tempfile.TemporaryDirectory()
        for index, name in enumerate(CARRIERS):
            file = Path(self._folder.name, str(index))
            file.write_text(rewritten(root, name, wanted)[1], "utf-8")
            build_data["force_include"][str(file)] = name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_folder"):
            self._folder.cleanup()
