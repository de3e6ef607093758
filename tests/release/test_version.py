"""The version of a build: the tag, `common/version.py` and the files that contain it agree."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from semver import Version as SemanticVersion

from pulumi_scw_iam import __version__
from tools.release.version import (
    CARRIERS,
    DECLARATION,
    ROOT,
    ReleaseError,
    build_version,
    declared,
    rewritten,
)

if TYPE_CHECKING:
    from pathlib import Path


class Checkout:
    """A git repository with the files that contain the version, at one commit."""

    def __init__(self, root: Path, version: str) -> None:
        self.root = root
        for name in CARRIERS:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(rewritten(ROOT, name, version)[1])
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        command = ["git", *identity, *arguments]
        return subprocess.check_output(command, cwd=self.root, text=True).strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")

    def hash(self) -> str:
        return self.git("rev-parse", "--short=10", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, "1.2.3")


def test_the_commit_with_the_tag_of_its_version_builds_the_release(checkout: Checkout) -> None:
    checkout.git("tag", "v1.2.3")
    checkout.git("tag", "v1")  # of the GitHub action
    assert build_version(checkout.root) == "1.2.3"


@pytest.mark.parametrize("tag", ["v1.2.4", "v1.2.3-rc.1", "v0.9.0"])
def test_a_commit_with_the_tag_of_another_version_builds_nothing(
    checkout: Checkout, tag: str
) -> None:
    checkout.git("tag", tag)
    with pytest.raises(ReleaseError) as raised:
        build_version(checkout.root)
    assert str(raised.value) == (
        f"this commit has the tag {tag}, but pulumi_scw_iam/common/version.py has the version 1.2.3;"
        " move the tag to a commit with its version"
    )


def test_a_commit_without_a_tag_builds_a_development_version(checkout: Checkout) -> None:
    checkout.git("tag", "v1")
    assert build_version(checkout.root) == f"1.2.3-dev.1+g{checkout.hash()}"


def test_a_development_version_after_a_release_sorts_after_it(checkout: Checkout) -> None:
    checkout.git("tag", "v1.2.3")
    checkout.commit()
    version = build_version(checkout.root)
    assert version == f"1.2.4-dev.2+g{checkout.hash()}"
    assert SemanticVersion.parse(version) > SemanticVersion.parse("1.2.3")
    assert Version(version) > Version("1.2.3")


@pytest.mark.parametrize("name", [DECLARATION, "untracked.py"])
def test_a_changed_checkout_of_a_tag_builds_no_release(checkout: Checkout, name: str) -> None:
    checkout.git("tag", "v1.2.3")
    with (checkout.root / name).open("a") as file:
        file.write("\n")
    assert build_version(checkout.root) == f"1.2.4-dev.1+g{checkout.hash()}.changed"


def test_a_pre_release_has_its_own_tag(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, "2.0.0-rc.1")
    assert build_version(checkout.root) == f"2.0.0-dev.1+g{checkout.hash()}"
    checkout.git("tag", "v2.0.0-rc.1")
    assert build_version(checkout.root) == "2.0.0-rc.1"
    assert str(Version("2.0.0-rc.1")) == "2.0.0rc1"
    checkout.commit()
    assert build_version(checkout.root) == f"2.0.0-dev.2+g{checkout.hash()}"


def test_a_copy_without_history_builds_no_release(checkout: Checkout) -> None:
    shutil.rmtree(checkout.root / ".git")
    assert build_version(checkout.root) == "1.2.3-dev.0+unknown"


def test_an_sdist_keeps_its_version(checkout: Checkout) -> None:
    shutil.rmtree(checkout.root / ".git")
    (checkout.root / "PKG-INFO").touch()
    assert build_version(checkout.root) == "1.2.3"


def test_a_development_version_is_valid_for_pip_and_for_the_engine(checkout: Checkout) -> None:
    version = build_version(checkout.root)
    assert SemanticVersion.parse(version).prerelease == "dev.1"
    assert str(Version(version)) == f"1.2.3.dev1+g{checkout.hash()}"


def test_every_file_with_the_version_of_the_package_is_written_with_it() -> None:
    assert declared() == __version__
    assert {rewritten(ROOT, name, None)[0] for name in CARRIERS} == {__version__}
    tracked = subprocess.check_output(
        [
            "git",
            "grep",
            "--files-with-matches",
            "--fixed-strings",
            __version__,
            "--",
            "pulumi_scw_iam",
        ],
        cwd=ROOT,
        text=True,
    )
    found = {
        name
        for name in tracked.split()
        if re.search(rf"(?<![\w.]){re.escape(__version__)}(?![\w.])", (ROOT / name).read_text())
    }
    assert found == set(CARRIERS)


def test_a_rewritten_file_differs_only_in_its_version() -> None:
    for name, line in CARRIERS.items():
        version, text = rewritten(ROOT, name, "9.8.7")
        before = (ROOT / name).read_text().splitlines()
        changed = [
            pair for pair in zip(before, text.splitlines(), strict=True) if pair[0] != pair[1]
        ]
        assert changed == [(line.format(version), line.format("9.8.7"))]


def test_a_file_without_its_line_is_named(checkout: Checkout) -> None:
    (checkout.root / DECLARATION).write_text("")
    with pytest.raises(ReleaseError) as raised:
        build_version(checkout.root)
    assert str(raised.value) == (
        "pulumi_scw_iam/common/version.py has 0 lines like '__version__ = \"{}\"'; it must have one"
    )
