"""Log handler for messages to the user, sent over the engine's protocol."""

from __future__ import annotations

import contextlib
import logging

import grpc

from pulumi_scw_iam.native.protocol import engine_pb2, engine_pb2_grpc

__all__ = ["EngineLog"]


class EngineLog(logging.Handler):
    """Log handler that sends records to the engine; the engine shows each record to the user.

    Records below WARNING are shown as information. `address` is the address of the engine.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def emit(self, record: logging.LogRecord) -> None:
        severity = engine_pb2.WARNING if record.levelno >= logging.WARNING else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=self.format(record))
        # Without an engine nobody reads the line, and an undo in progress must continue.
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request)
