"""The tag of the Go SDK: the go command finds the files of the module zip in the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.release.go_module import REPOSITORY, GoModuleError, tag_module

MODULE = f"{REPOSITORY}/sdk/go"
FILES = {
    "go.mod": f"module {MODULE}\n\ngo 1.23\n",
    "scwiam/sdk.go": "package scwiam\n\nconst Name = `scw-iam`\n",
}


def module_zip(folder: Path, files: dict[str, str], module: str = MODULE) -> Path:
    path = folder / "pulumi-scw-iam-go-v1.2.3.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{module}@v1.2.3/{name}", content)
    return path


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    return subprocess.check_output(["git", *identity, *arguments], cwd=folder, text=True).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with an older SDK, and a .gitignore that names a file of the new one."""
    root = tmp_path / "repository"
    (root / "sdk" / "go").mkdir(parents=True)
    (root / "sdk" / "go" / "old.go").touch()
    (root / ".gitignore").write_text("sdk.go\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "release")
    git(root, "tag", "v1.2.3")
    return root


def test_the_commit_follows_the_release_and_has_the_files_of_the_zip(
    repository: Path, tmp_path: Path
) -> None:
    before = git(repository, "rev-parse", "main")
    tag = tag_module(module_zip(tmp_path, FILES), repository)
    assert tag == "sdk/go/v1.2.3"
    assert git(repository, "rev-parse", f"{tag}^") == before == git(repository, "rev-parse", "main")
    listed = git(repository, "ls-tree", "-r", "--name-only", tag).split()
    assert listed == [".gitignore", *(f"sdk/go/{name}" for name in FILES)]
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "worktree", "list").count("\n") == 0


def test_a_second_run_changes_nothing_and_other_content_is_refused(
    repository: Path, tmp_path: Path
) -> None:
    tag = tag_module(module_zip(tmp_path, FILES), repository)
    commit = git(repository, "rev-parse", tag)
    assert tag_module(module_zip(tmp_path, FILES), repository) == tag
    with pytest.raises(GoModuleError) as raised:
        tag_module(module_zip(tmp_path, {**FILES, "more.go": "package go\n"}), repository)
    assert str(raised.value) == (
        "the tag sdk/go/v1.2.3 exists with other content, and Go never reads a version again; release a new"
        " version"
    )
    assert git(repository, "rev-parse", tag) == commit


def test_a_module_of_another_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(GoModuleError) as raised:
        tag_module(module_zip(tmp_path, FILES, "example.com/other"), repository)
    assert str(raised.value) == f"the Go module example.com/other is no folder of {REPOSITORY}"


def test_the_go_command_downloads_the_sdk_from_the_tag(repository: Path, tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("no Go on PATH")
    tag_module(module_zip(tmp_path, FILES), repository)
    cache = tmp_path / "cache"
    done = subprocess.run(
        ["go", "mod", "download", "-json", "-modcacherw", f"{MODULE}@v1.2.3"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GOFLAGS": "-modcacherw",
            "GOMODCACHE": str(cache),
            "GOPROXY": "direct",
            "GOSUMDB": "off",
            # The repository is here instead of at its address.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://{REPOSITORY}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder = Path(json.loads(done.stdout)["Dir"])
    found = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.*")}
    assert found == FILES
