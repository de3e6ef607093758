"""Calls of Construct, with a small resource monitor in place of an engine. `tests/engine/test_team.py` has the engine."""

# ruff: noqa: N802, ARG002 - the methods of the protocol

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from pulumi_scw_iam import __version__
from pulumi_scw_iam.core.marks import UNKNOWN_MARK
from tests.support.plugin import served, struct
from tests.support.secret_mark import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator
    from tests.support.plugin import Provider


@pytest.fixture(scope="module")
def plugin() -> Iterator[Provider]:
    with served() as plugin:
        yield plugin


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The engine's end of a program: records the registered resources by kind, in order."""

    def __init__(self) -> None:
        self.registered: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.denied = ""

    def SupportsFeature(self, request: Any, context: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def RegisterResource(self, request: Any, context: Any) -> Any:
        kind = request.type.rpartition(":")[2]
        if kind == self.denied:
            context.abort(grpc.StatusCode.UNKNOWN, "the default provider is disabled\nat line 1")
        self.registered[kind] = request
        made = {"accessKey": "SCWKEY", "secretKey": {**SECRET, "value": "hush"}}
        key = made if kind == "RotatingAPIKey" else {}
        return resource_pb2.RegisterResourceResponse(
            urn=f"urn:pulumi:s::p::{request.type}::{request.name}",
            id=f"{kind}-id" if request.custom else "",
            object=struct({**json_format.MessageToDict(request.object), **key}),
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        self.outputs = json_format.MessageToDict(request.outputs)
        return empty_pb2.Empty()


@pytest.fixture
def monitor() -> Iterator[tuple[Monitor, str]]:
    monitor = Monitor()
    with futures.ThreadPoolExecutor(8) as threads:
        server = grpc.server(threads)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield monitor, f"127.0.0.1:{port}"
        server.stop(grace=None).wait()


def request_for(address: str, **inputs: Any) -> Any:
    return provider_pb2.ConstructRequest(
        type="scw-iam:index:Team",
        name="ops",
        project="p",
        stack="s",
        monitorEndpoint=address,
        parent="urn:pulumi:s::p::pulumi:pulumi:Stack::p-s",
        inputs=struct(inputs),
        dependencies=["urn:pulumi:s::p::test:index:First::first"],
    )


RULES = [{"permissionSetNames": ["InstancesFullAccess"], "allProjects": True}]


def test_the_children_are_registered_under_the_component(
    plugin: Provider, monitor: tuple[Monitor, str]
) -> None:
    engine, address = monitor
    response = plugin.ask("Construct", request_for(address, application=True, rules=RULES))
    team, *_ = engine.registered.values()
    component = "urn:pulumi:s::p::scw-iam:index:Team::ops"
    assert response["urn"] == component
    assert (team.custom, json_format.MessageToDict(team.object)) == (
        False,
        {"application": True, "rules": RULES},
    )
    children = {kind: one for kind, one in engine.registered.items() if kind != "Team"}
    assert list(children)[2:] == ["Policy", "GroupMembership", "RotatingAPIKey"]
    for kind, child in children.items():
        assert (child.parent, child.name, child.custom) == (component, "ops", True)
        assert (child.provider, child.version) == ("", __version__)
        (alias,) = child.aliases
        assert alias.spec.type == f"pulumi-python:dynamic/scw_iam:{kind}"
        assert "urn:pulumi:s::p::test:index:First::first" in child.dependencies
    key = children["RotatingAPIKey"]
    assert sorted(key.additionalSecretOutputs) == ["previousSecretKey", "secretKey"]
    assert {urn.split("::")[2].rpartition(":")[2] for urn in key.dependencies} == {
        *("First", "Application", "Group", "Policy", "GroupMembership"),
    }
    assert json_format.MessageToDict(children["Policy"].object) == {
        "groupId": "Group-id",
        "rules": RULES,
    }
    assert (
        response["state"]
        == engine.outputs
        == {
            "groupId": "Group-id",
            "policyId": "Policy-id",
            "applicationId": "Application-id",
            "accessKey": "SCWKEY",
            "secretKey": {**SECRET, "value": "hush"},
        }
    )


def test_the_children_have_the_provider_of_the_component(
    iam_emulator: Emulator, monitor: tuple[Monitor, str]
) -> None:
    engine, address = monitor
    settings = {
        "apiUrl": iam_emulator.url,
        "secretKey": iam_emulator.secret_key,
        "organizationId": iam_emulator.organization_id,
    }
    urn = "urn:pulumi:s::p::pulumi:providers:scw-iam::other"
    configuration = provider_pb2.ConfigureRequest(args=struct(settings), urn=urn, id="provider-id")
    with served() as plugin:
        plugin.ask("Configure", configuration)
        plugin.ask("Construct", request_for(address))
    group = engine.registered["Group"]
    assert (group.provider, group.version) == (f"{urn}::provider-id", "")


def test_a_child_that_the_engine_refuses_is_one_line(
    plugin: Provider, monitor: tuple[Monitor, str]
) -> None:
    engine, address = monitor
    engine.denied = "Policy"
    code, line = plugin.refusal("Construct", request_for(address, rules=RULES, application=True))
    assert (code, line) == (grpc.StatusCode.UNKNOWN, "the default provider is disabled")
    assert "RotatingAPIKey" not in engine.registered


def refusal(plugin: Provider, type_: str = "Team", **inputs: Any) -> str:
    request = provider_pb2.ConstructRequest(
        type=f"scw-iam:index:{type_}", name="ops", inputs=struct(inputs)
    )
    code, line = plugin.refusal("Construct", request)
    assert code == grpc.StatusCode.UNKNOWN
    return line


def test_another_type_is_no_component(plugin: Provider) -> None:
    assert refusal(plugin, "Group") == (
        "scw-iam:index:Group is not a component of scw-iam; use one of scw-iam:index:Team"
    )


def test_wrong_inputs_are_named_in_camel_case(plugin: Provider) -> None:
    assert refusal(plugin, nmae="x", userIds=["bob"], secretFormat="raw") == (
        'nmae: is not an input of Team; did you mean "name"?'
        ' | userIds[0]: "bob" is not a UUID; pass the user\'s id, not the name'
        " | secretFormat: has no effect without application; set application to true, or remove"
        " secretFormat"
    )


def test_a_part_of_a_rule_is_named_in_camel_case(plugin: Provider) -> None:
    rules = [{"permissionSetNames": [], "allProjects": True}]
    assert refusal(plugin, rules=rules) == (
        "rules[0].permissionSetNames: is empty; at least 1 item is needed"
    )


def test_the_number_of_children_must_be_known(plugin: Provider) -> None:
    assert refusal(plugin, application=UNKNOWN_MARK) == (
        "application: is not known before the update; pass a plain value, not an output"
    )


def test_a_wrong_secret_is_not_shown(plugin: Provider) -> None:
    line = refusal(plugin, description={**SECRET, "value": "hush" * 51})
    assert line == "description: is invalid; the value is secret, so the reason is not shown"
