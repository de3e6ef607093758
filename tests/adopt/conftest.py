"""Fixtures for the command `pulumi-scw-iam adopt` on the local IAM API."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.commands.main import main
from tests.adopt.seeds import SEED
from tests.support.organization import LocalOrganization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def world() -> Iterator[LocalOrganization]:
    """An organization with the objects of SEED."""
    organization = LocalOrganization()
    organization.emulator.seed(SEED)
    organization.calls()
    yield organization
    organization.close()


@pytest.fixture
def adopt(
    world: LocalOrganization,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Run the command in an empty folder; return the status, the lines of stdout and of stderr."""
    for name in os.environ:
        if name.startswith(("SCW_", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in world.emulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, list[str], list[str]]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main(["adopt", *arguments])
        out, error = capsys.readouterr()
        return status, out.splitlines(), error.splitlines()

    return run
