"""The scripts of ci/ in a job, with the comments of GitHub or GitLab on loopback."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.kit.jobs import job
from tests.support.forge import running_forge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.jobs import Job


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """Require the tools of the scripts. Without them, fail in CI and skip elsewhere."""
    if missing := [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]:
        message = f"{', '.join(missing)} not on PATH: the scripts of ci/ are not run"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Job]:
    with running_forge("github") as forge:
        yield job("github", tmp_path, forge)


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[Job]:
    with running_forge("gitlab") as forge:
        yield job("gitlab", tmp_path, forge)


@pytest.fixture(params=["github", "gitlab"])
def any_job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Job]:
    with running_forge(request.param) as forge:
        yield job(request.param, tmp_path, forge)
