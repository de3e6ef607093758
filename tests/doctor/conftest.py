"""Fixtures for the commands `pulumi-scw-iam doctor` and `delete` on the local IAM API."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from tests.doctor.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    for name in os.environ:
        if name.startswith(("SCW_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    return Command(capsys, tmp_path)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Emulator], IamClient]:
    """Point the commands at an emulator; the function returns a client of the emulator."""

    def using(emulator: Emulator, **other: str) -> IamClient:
        for name, value in {**emulator.environment, **other}.items():
            monkeypatch.setenv(name, value)
        return IamClient(Settings.resolve())

    return using


@pytest.fixture
def iam(command: Command, use: Callable[..., IamClient], iam_emulator: Emulator) -> IamClient:
    del command
    return use(iam_emulator)
