"""Clients of a scripted API."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import throttle
from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.api.settings import Settings
from tests.support.scripted_api import ORGANIZATION, SECRET_KEY, Api, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with serving(api):
        yield api
    # Another test may get the same port, and must not wait after a 429 of this test.
    throttle._throttles.pop(api.url, None)


PATIENCE = Retry(attempts=3, base=0.001)


@pytest.fixture
def connect(api: Api) -> Callable[..., IamClient]:
    """Return a function that creates a client of the scripted API with short waits; keywords are settings."""

    def create(
        *,
        retry: Retry = PATIENCE,
        timeout: tuple[float, float] = (5.0, 5.0),
        **settings: Any,
    ) -> IamClient:
        known = {"secret_key": SECRET_KEY, "api_url": api.url, "organization_id": ORGANIZATION}
        return IamClient(Settings(**{**known, **settings}), retry=retry, timeout=timeout)

    return create


@pytest.fixture
def client(connect: Callable[..., IamClient]) -> IamClient:
    return connect()


@pytest.fixture
def unused_address() -> Iterator[str]:
    """Yield the address of a reserved port without a listener."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
