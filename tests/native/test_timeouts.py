"""`customTimeouts`: the engine passes the maximum duration of an operation to the plugin."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Fault
from tests.support.plugin import Provider, served, struct, urn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator

REQUEST = r"request [0-9a-f-]{36}"
OVER = "; the custom timeout of the resource leaves no time for a retry"
LONGEST = 60
"""In seconds: half of the retry time without a custom timeout."""


@pytest.fixture
def provider(iam_emulator: Emulator) -> Iterator[Provider]:
    with served() as provider:
        provider.configure(
            {
                "apiUrl": iam_emulator.environment["SCW_API_URL"],
                "secretKey": iam_emulator.environment["SCW_SECRET_KEY"],
                "organizationId": iam_emulator.organization_id,
            }
        )
        yield provider


def refused(provider: Provider, verb: str, request: Any) -> str:
    began = time.monotonic()
    _, line = provider.refusal(verb, request)
    assert time.monotonic() - began < LONGEST
    return line


def test_each_operation_is_bounded_by_its_custom_timeout(
    provider: Provider, iam_emulator: Emulator
) -> None:
    inputs = {"name": "devs", "organizationId": iam_emulator.organization_id}
    create = provider_pb2.CreateRequest(urn=urn("Group"), properties=struct(inputs))
    made = provider.ask("Create", create)
    iam_emulator.faults.add(
        *(Fault(operation=f"{verb}_group", status=429) for verb in ("create", "update", "delete"))
    )
    other = struct({**inputs, "name": "others"})
    requests: dict[str, Any] = {
        "Create": provider_pb2.CreateRequest(urn=urn("Group"), properties=other, timeout=0.01),
        "Update": provider_pb2.UpdateRequest(
            id=made["id"],
            urn=urn("Group"),
            olds=struct(made["properties"]),
            news=other,
            timeout=0.01,
        ),
        "Delete": provider_pb2.DeleteRequest(
            id=made["id"],
            urn=urn("Group"),
            properties=struct(made["properties"]),
            timeout=0.01,
        ),
    }
    for verb, request in requests.items():
        line = refused(provider, verb, request)
        assert re.match(rf'{verb.lower()} group "\w+": .*{re.escape(OVER)}', line), line


def test_a_create_is_undone_though_its_time_is_over(
    provider: Provider, iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(
        Fault(operation="set_group_members", status=429),
        Fault(operation="delete_group", status=429, last=2),
    )
    inputs = {"name": "devs", "organizationId": iam_emulator.organization_id}
    robot = IamClient(Settings.resolve(environ=iam_emulator.environment)).create_application(
        name="robot"
    )
    inputs["applicationIds"] = [robot["id"]]  # type: ignore[assignment]
    request = provider_pb2.CreateRequest(urn=urn("Group"), properties=struct(inputs), timeout=0.01)
    line = refused(provider, "Create", request)
    assert line.endswith("the new group was deleted again")
    assert iam_emulator.counts()["groups"] == 0
