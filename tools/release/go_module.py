"""Tag the Go SDK: a commit with the content of the module zip, and the tag that the go command looks for.

    python3 -m tools.release.go_module FILE.zip

The SDK is in no branch. Its commit follows the commit of the release. The job that runs this may write to the
repository, so this module needs no package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

__all__ = ["GoModuleError", "tag_module"]

ROOT = Path(__file__).parents[2]
REPOSITORY = "github.com/pulumi-scw-iam/pulumi-scw-iam"


class GoModuleError(Exception):
    """A reason why the SDK cannot be tagged, in one line."""


def tag_module(module_zip: Path, repository: Path = ROOT) -> str:
    """Create the commit and the tag in a checkout; return the name of the tag.

    A second run gives the same commit. Raises GoModuleError if the tag exists with another commit.
    """
    with zipfile.ZipFile(module_zip) as archive, tempfile.TemporaryDirectory() as scratch:
        # Each file of a module zip is in the folder MODULE@VERSION.
        module, _, rest = archive.namelist()[0].partition("@")
        version = rest.partition("/")[0]
        if not module.startswith(f"{REPOSITORY}/"):
            raise GoModuleError(f"the Go module {module} is no folder of {REPOSITORY}")
        folder = module.removeprefix(f"{REPOSITORY}/")
        tag = f"{folder}/{version}"
        archive.extractall(Path(scratch, "zip"))
        checkout = Path(scratch, "checkout")
        _git(repository, "worktree", "add", "--quiet", "--detach", str(checkout))
        try:
            shutil.rmtree(checkout / folder, ignore_errors=True)
            shutil.copytree(Path(scratch, "zip", f"{module}@{version}"), checkout / folder)
            _git(checkout, "add", "--force", "--all", folder)
            # With the time of the release, a second run gives the same commit.
            time = _git(checkout, "log", "-1", "--format=%cI")
            dates = {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
            _git(
                checkout,
                "commit",
                "--quiet",
                "--no-verify",
                "--message",
                f"Go SDK {version}",
                **dates,
            )
            commit = _git(checkout, "rev-parse", "HEAD")
        finally:
            _git(repository, "worktree", "remove", "--force", str(checkout))
    if tag in _git(repository, "tag", "--list", tag).split():
        if _git(repository, "rev-parse", f"{tag}^{{commit}}") != commit:
            raise GoModuleError(
                f"the tag {tag} exists with other content, and Go never reads a version again;"
                " release a new version"
            )
        return tag
    _git(repository, "tag", tag, commit)
    return tag


def _git(folder: Path, *arguments: str, **environment: str) -> str:
    identity = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (
            ("NAME", "pulumi-scw-iam"),
            ("EMAIL", "pulumi-scw-iam@users.noreply.github.com"),
        )
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **identity, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        print(tag_module(Path(sys.argv[1]).resolve()))
    except GoModuleError as error:
        sys.exit(str(error))
