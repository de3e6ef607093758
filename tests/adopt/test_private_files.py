"""Files with secrets: their mode, and where they may be."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pulumi_scw_iam.adopt.private_files import (
    FileError,
    removal,
    work_tree,
    write_file,
    write_private,
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_a_new_file_with_secrets_is_for_its_owner_only(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "import.json"
    before = os.umask(umask)
    try:
        write_private(path, "ünïcode")
    finally:
        os.umask(before)
    assert path.read_text("utf-8") == "ünïcode"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_wider_file_and_its_other_names_never_get_the_secrets(tmp_path: Path) -> None:
    path, link = tmp_path / "import.json", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o666)
    link.hardlink_to(path)
    with path.open() as reader:
        write_private(path, "new")
        assert reader.read() == "old"
    assert (path.read_text(), mode(path)) == ("new", 0o600)
    assert (link.read_text(), mode(link)) == ("old", 0o666)


def test_a_file_without_secrets_keeps_its_mode(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    before = os.umask(0o027)
    try:
        write_file(path, "x")
    finally:
        os.umask(before)
    assert mode(path) == 0o640
    other.write_text("old")
    other.chmod(0o755)
    write_file(other, "new")
    assert (other.read_text(), mode(other)) == ("new", 0o755)


def test_a_symbolic_link_is_refused_and_its_target_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    for write in (write_private, write_file):
        with pytest.raises(FileError) as raised:
            write(link, "secret")
        assert str(raised.value) == f"{link}: is a symbolic link; pass the file itself"
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileError, match="is a symbolic link"):
        write_private(link, "secret")
    assert target.read_text() == "old"
    assert not (tmp_path / "nowhere").exists()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", Path("/dev/null")):
        with pytest.raises(FileError) as raised:
            write_private(path, "secret")
        assert str(raised.value) == f"{path}: is not a regular file; choose another name"
    missing = tmp_path / "no" / "file"
    with pytest.raises(FileError) as raised:
        write_private(missing, "secret")
    assert str(raised.value) == f"{missing}: cannot write the file: No such file or directory"


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "import.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "secret \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


def refused(path: Path, shown: Path, root: Path) -> None:
    with pytest.raises(FileError) as raised:
        write_private(path, "secret")
    assert str(raised.value) == (
        f"{shown}: this file has secrets in clear, and {root} is a git work tree; choose a file"
        " outside, or pass --force"
    )
    assert not shown.exists()


def test_a_file_with_secrets_is_refused_in_a_git_work_tree(repository: Path) -> None:
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    refused(deep / "import.json", deep / "import.json", repository)
    refused(repository / ".git" / "x", repository / ".git" / "x", repository)
    write_file(deep / "Pulumi.yaml", "name: x")
    write_private(deep / "import.json", "secret", force=True)
    assert mode(deep / "import.json") == 0o600


def test_a_worktree_and_a_submodule_have_a_file_dot_git(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /elsewhere")
    refused(tmp_path / "import.json", tmp_path / "import.json", tmp_path)


def test_a_linked_folder_counts_by_its_target(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.symlink_to(repository)
    refused(outside / "import.json", repository / "import.json", repository)
    refused(outside / "x" / ".." / "import.json", repository / "import.json", repository)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repository / "link").symlink_to(elsewhere)
    write_private(repository / "link" / "import.json", "secret")
    assert (elsewhere / "import.json").read_text() == "secret"
    assert work_tree(elsewhere) is None


def test_the_command_that_removes_a_file() -> None:
    assert removal(Path("import.json")) == "rm import.json"
    assert removal(Path("my $(dir)/a'b"), Path("-rf")) == "rm 'my $(dir)/a'\"'\"'b' ./-rf"
