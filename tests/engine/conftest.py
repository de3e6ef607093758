"""Fixtures of the engine tests: a stack on the local IAM API for each test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam import __version__
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from tests.support.packed_sdks import require
from tests.support.stack import ENGINE, ROOT, Stack
from tools.release.sdks import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Require the Pulumi engine. Without an engine, fail in CI and skip elsewhere."""
    if not (ENGINE / "pulumi").exists():
        message = "no Pulumi engine in .engine/bin; run `make engine`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture
def stack(
    request: pytest.FixtureRequest, tmp_path: Path, iam_emulator: Emulator
) -> Iterator[Stack]:
    """Create a project on the local IAM API.

    An indirect parameter is the name of an example, or the front of an empty project.
    """
    folder = tmp_path / "project"
    parameter = getattr(request, "param", "dynamic")
    if parameter in ("dynamic", "native"):
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
        (folder / "__main__.py").touch()
        shutil.copy(Path(__file__).parent / "native_iam.py", folder)
        yield Stack(folder, iam_emulator.environment, parameter)
    else:
        shutil.copytree(ROOT / "examples" / parameter, folder)
        yield Stack(folder, iam_emulator.environment)
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def iam(iam_emulator: Emulator) -> IamClient:
    """Return a client of the local IAM API, for changes and checks outside the program."""
    return IamClient(Settings.resolve(environ=iam_emulator.environment))


@pytest.fixture(scope="session")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the SDKs, one folder for each language. Without Go, fail in CI and skip elsewhere."""
    require("go", "the generators of the SDKs are in Go")
    folder = tmp_path_factory.mktemp("sdks")
    generate(folder, __version__)
    return folder
