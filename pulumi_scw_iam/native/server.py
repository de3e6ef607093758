"""The process `pulumi-resource-scw-iam`: the engine starts it, reads its port, and ends it."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent import futures

import grpc

from pulumi_scw_iam.common.signals import Shutdown
from pulumi_scw_iam.common.version import __version__
from pulumi_scw_iam.core.reporting import show_user_log
from pulumi_scw_iam.native.engine_log import EngineLog
from pulumi_scw_iam.native.plugin import Plugin
from pulumi_scw_iam.native.protocol import provider_pb2_grpc

__all__ = ["main", "serve"]

_MAX_CALLS_AT_ONCE = 512
"""As many calls as the engine may make at once; a thread is only started when a call needs it."""

_GRACE_SECONDS = 5
_PARENT_CHECK_SECONDS = 1.0


def main() -> None:
    """Serve the plugin until the engine ends it, then exit at once: the engine waits for that."""
    try:
        serve()
    except BrokenPipeError:
        os._exit(1)  # the port was not read, so no call will ever come
    # The interpreter would take 20 ms to free memory that ends with the process.
    sys.stderr.flush()
    os._exit(0)


def serve() -> None:
    """Print the port as the engine expects it, and serve the plugin until the engine ends it.

    It ends on SIGINT, on SIGTERM, and when the process that started it is gone.
    """
    # Read before the port is printed: the engine may be killed as soon as it has the port.
    parent = os.getppid()
    parser = argparse.ArgumentParser(description="The Pulumi plugin scw-iam; Pulumi starts it.")
    parser.add_argument("--version", action="version", version=f"scw-iam {__version__}")
    parser.add_argument("engine", nargs="?", help="the engine's address")
    if engine := parser.parse_known_args()[0].engine:
        show_user_log(EngineLog(engine))
    with Shutdown() as shutdown:
        server = grpc.server(
            futures.ThreadPoolExecutor(_MAX_CALLS_AT_ONCE),
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )
        plugin = Plugin(engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        # A killed engine sends no signal. The process then gets another parent.
        while not shutdown.wait(_PARENT_CHECK_SECONDS) and os.getppid() == parent:
            pass
        # Calls under way are finished: the engine ends the plugin only when it waits for no answer.
        plugin.close()
        plugin.cancel()
        server.stop(grace=_GRACE_SECONDS).wait()
