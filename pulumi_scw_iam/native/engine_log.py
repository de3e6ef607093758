"""The log that Pulumi shows to the user, over the engine's protocol."""

from __future__ import annotations

import contextlib
import logging

import grpc

from pulumi_scw_iam.native.protocol import engine_pb2, engine_pb2_grpc

__all__ = ["EngineLog"]


class EngineLog(logging.Handler):
    """Log handler that sends records to the engine at an address, which shows them to the user.

    Records below WARNING are shown as information.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def emit(self, record: logging.LogRecord) -> None:
        severity = engine_pb2.WARNING if record.levelno >= logging.WARNING else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=self.format(record))
        # If the engine is gone, nobody reads the line, and an undo that is under way must go on.
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request)
