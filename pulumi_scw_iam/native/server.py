"""The process `pulumi-resource-scw-iam`. The engine starts the process, reads the port, and ends it."""

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
"""The maximum number of concurrent calls from the engine. Threads are started on demand."""

_GRACE_SECONDS = 5
_PARENT_CHECK_SECONDS = 1.0


def main() -> None:
    """Serve the plugin until the engine ends it, then exit without cleanup: the engine waits."""
    try:
        serve()
    except BrokenPipeError:
        os._exit(1)  # nobody has read the port, so no call will arrive
    # A normal exit would spend 20 ms on freeing memory.
    sys.stderr.flush()
    os._exit(0)


def serve() -> None:
    """Print the port for the engine, and serve the plugin.

    Returns after SIGINT, after SIGTERM, or after the end of the parent process.
    """
    # Read before the port is printed: the engine may be killed right after it has read the port.
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
        # A killed engine sends no signal, but the process gets a new parent.
        while not shutdown.wait(_PARENT_CHECK_SECONDS) and os.getppid() == parent:
            pass
        # Calls in progress are finished. The engine ends the plugin only without outstanding responses.
        plugin.close()
        plugin.cancel()
        server.stop(grace=_GRACE_SECONDS).wait()
