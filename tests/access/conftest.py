"""Fixtures for `pulumi-scw-iam access`: an organization on the local IAM API, and the command."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.emulator import Emulator
from tests.access.organization import ORGANIZATION, plain
from tests.support.local_api import Clock, Iam

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.access.organization import Run


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("SCW_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))


@pytest.fixture
def emulator(clean: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The organization, and the owner's credentials in the environment."""
    del clean
    with Emulator() as served:
        served.seed(ORGANIZATION)
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def iam(emulator: Emulator) -> Iterator[Iam]:
    """The owner of the organization, over plain HTTP."""
    owner = Iam(emulator, Clock())
    with owner.session:
        yield owner


@pytest.fixture
def run(clean: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `access` in this process: the status, and the lines of both streams.

    ID replaces ids, TIME times, and spaces are kept.
    """
    del clean

    def running(*arguments: str) -> tuple[int, list[str], list[str]]:
        capsys.readouterr()
        status = main(["access", *arguments])
        out, error = capsys.readouterr()
        return status, plain(out).splitlines(), plain(error).splitlines()

    return running


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a file, and returns its path."""

    def writing(content: Any, name: str = "state.json") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return writing
