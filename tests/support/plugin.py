"""The native plugin behind a real gRPC connection, without an engine."""

from __future__ import annotations

from concurrent import futures
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.native.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEADLINE = 60
"""The timeout of each call, in seconds."""


class Provider:
    """The plugin as the engine sees it: responses as JSON, refusals as (code, message)."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def ask(self, method: str, request: Any) -> Any:
        return json_format.MessageToDict(getattr(self.stub, method)(request, timeout=DEADLINE))

    def refusal(self, method: str, request: Any) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as raised:
            self.ask(method, request)
        return refused(raised.value)

    def configure(self, settings: Mapping[str, str]) -> Any:
        return self.ask("Configure", provider_pb2.ConfigureRequest(args=struct(settings)))

    def list(self, kind: str, limit: int = 0, **query: Any) -> list[tuple[str, str]]:
        request = provider_pb2.ListRequest(token=token(kind), limit=limit, query=struct(query))
        answers = self.stub.List(request, timeout=DEADLINE)
        return [(answer.result.id, answer.result.name) for answer in answers]


def refused(error: Any) -> tuple[grpc.StatusCode, str]:
    return error.code(), error.details()


def struct(plain: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(plain), struct_pb2.Struct())


def urn(kind: str, name: str = "it") -> str:
    return f"urn:pulumi:test::test::{token(kind)}::{name}"


@contextmanager
def served() -> Iterator[Provider]:
    """Serve a plugin that is not configured yet."""
    with futures.ThreadPoolExecutor(64) as threads:
        server = grpc.server(threads)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Provider(channel)
        server.stop(grace=None).wait()
