"""Tag the Go module of the SDK: Go's module proxies read a version from a tag of the repository.

    python -m tools.release.go_module MODULE_ZIP
    git push origin sdk/go/vVERSION

The generated files are on no branch. The tag names a commit with HEAD as its parent, which adds the module.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

__all__ = ["tag_module"]

ROOT = Path(__file__).parents[2]
_FOLDER = "sdk/go"
"""The folder of the module in the repository: the end of the module's path."""


def tag_module(module_zip: Path, repository: Path = ROOT) -> str:
    """Commit the files of a module zip and tag the commit; return the tag.

    The branch, the index and the working tree do not change. Raises CalledProcessError if the tag exists.
    """
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(module_zip) as archive:
        tree, index = Path(scratch, "tree"), Path(scratch, "index")
        version = ""
        for name in archive.namelist():
            top, _, rest = name.partition(f"/{_FOLDER}@")
            version, _, path = rest.partition("/")
            if not (top and version and path):
                raise ValueError(f"{name} in {module_zip.name} is not a file of a module {_FOLDER}")
            file = tree / _FOLDER / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))

        def git(*arguments: str, **environment: str) -> str:
            return subprocess.run(
                ["git", *arguments],
                cwd=tree,
                env={
                    **os.environ,
                    "GIT_DIR": git_dir,
                    "GIT_WORK_TREE": str(tree),
                    "GIT_INDEX_FILE": str(index),
                    **environment,
                },
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()

        git_dir = subprocess.run(
            ["git", "rev-parse", "--absolute-git-dir"],
            cwd=repository,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        git("read-tree", "HEAD")
        git("add", "--force", "--", _FOLDER)
        # The time of HEAD, so that the same sources give the same commit.
        identity = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in {
                "NAME": metadata.metadata("pulumi-scw-iam")["Author"],
                "EMAIL": "",
                "DATE": git("show", "--no-patch", "--format=%cI", "HEAD"),
            }.items()
        }
        message = f"Go module of the SDK, {version}"
        commit = git("commit-tree", git("write-tree"), "-p", "HEAD", "-m", message, **identity)
        tag = f"{_FOLDER}/{version}"
        git("tag", tag, commit)
    return tag


def main() -> None:
    """Tag the module and print the tag."""
    parser = argparse.ArgumentParser(description="Tag the Go module of the SDK.")
    parser.add_argument("module_zip", type=Path, help="the file that tools.release.sdks has packed")
    print(tag_module(parser.parse_args().module_zip))


if __name__ == "__main__":
    main()
