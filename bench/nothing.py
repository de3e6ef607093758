"""Providers that do nothing, for both fronts: what a run costs with them is the engine's own.

They answer at once, with outputs of the shape and the size that the API's have, since the engine keeps
those in its state.
"""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import signal
import sys
import threading
import uuid
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi import dynamic
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_scw_iam import __version__

SCHEMA = Path(__file__).resolve().parent.parent / "pulumi_scw_iam" / "schema.json"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
KEY = {"access_key": "SCW00000000000000000", "secret_key": ORGANIZATION, "creation_ip": "127.0.0.1"}
MADE = {
    "organization_id": ORGANIZATION,
    "created_at": "2026-01-01T00:00:00.000000Z",
    "editable": True,
    "deletable": True,
    "managed": False,
}
CREDENTIAL = {
    **{name: value for name, value in MADE.items() if name != "organization_id"},
    **KEY,
    "default_project_id": ORGANIZATION,
}
_SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "value": ORGANIZATION,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _struct(plain: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(plain)
    return struct


_MADE = _struct({_camel(name): value for name, value in MADE.items()})
_CREDENTIAL = _struct(
    {_camel(name): value for name, value in CREDENTIAL.items()} | {"secretKey": _SECRET}
)


class Nothing(provider_pb2_grpc.ResourceProviderServicer):
    """The engine's calls, each answered with what it asked."""

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return plugin_pb2.PluginInfo(version=__version__)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.GetSchemaResponse(schema=SCHEMA.read_text())

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        was, wanted = (props.fields["description"] for props in (request.olds, request.news))
        answer = provider_pb2.DiffResponse
        return answer(changes=answer.DIFF_NONE if was == wanted else answer.DIFF_SOME)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        is_key = ":APIKey::" in request.urn
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.properties)
        outputs.MergeFrom(_CREDENTIAL if is_key else _MADE)
        outputs["name"] = request.urn.rpartition("::")[2]
        return provider_pb2.CreateResponse(id=str(uuid.uuid4()), properties=outputs)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.olds)
        outputs.MergeFrom(request.news)
        return provider_pb2.UpdateResponse(properties=outputs)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return empty_pb2.Empty()


def main() -> None:
    """Serve the plugin that does nothing."""
    ended = threading.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: ended.set())
    server = grpc.server(futures.ThreadPoolExecutor(64))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Nothing(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop(grace=0).wait()


# --- the dynamic front ---------------------------------------------------------------------------


class NoProvider(dynamic.ResourceProvider):
    """A dynamic provider of any kind."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=_olds["description"] != _news["description"])

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        made = CREDENTIAL if "secret_key" in props else MADE
        return dynamic.CreateResult(str(uuid.uuid4()), {**props, **made})

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        return dynamic.UpdateResult({**_olds, **_news})


class _Resource(dynamic.Resource, module="scw_iam"):
    outputs = MADE

    def __init__(self, name: str, **said: Any) -> None:
        props = {**dict.fromkeys(self.outputs), "name": name, **said}
        secret = ["secret_key"] if "secret_key" in props else []
        options = pulumi.ResourceOptions(additional_secret_outputs=secret)
        super().__init__(NoProvider(), name, props, options)


class Application(_Resource, name="Application"):
    """An application that is not made."""


class Group(_Resource, name="Group"):
    """A group that is not made."""


class Policy(_Resource, name="Policy"):
    """A policy that is not made."""


class APIKey(_Resource, name="APIKey"):
    """An API key that is not made."""

    outputs = CREDENTIAL
