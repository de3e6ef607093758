"""A plugin without any work: its runs measure the engine alone.

Each call returns at once. Like our plugin, this plugin does not load the SDK.
"""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import sys
import uuid
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2

from bench.outputs import CREDENTIAL, MADE, ORGANIZATION
from pulumi_scw_iam import __version__
from pulumi_scw_iam.common.signals import Shutdown
from pulumi_scw_iam.native.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc

SCHEMA = Path(__file__).resolve().parent.parent / "pulumi_scw_iam" / "native" / "schema.json"
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
    """The engine's calls, each answered from its own request."""

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
        old, new = (props.fields["description"] for props in (request.olds, request.news))
        answer = provider_pb2.DiffResponse
        return answer(changes=answer.DIFF_NONE if old == new else answer.DIFF_SOME)

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
    """Serve the plugin."""
    with Shutdown() as ending:
        server = grpc.server(futures.ThreadPoolExecutor(64))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Nothing(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        ending.wait()
        server.stop(grace=0).wait()
