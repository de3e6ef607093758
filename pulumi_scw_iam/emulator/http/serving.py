"""An HTTP/1.1 server with persistent connections, on top of werkzeug's server."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.wrappers import Request

logger = logging.getLogger(__name__)


class Unanswered(Exception):
    """Raised by the application for a request without a response.

    The server closes the connection; with `hang`, only after the client did.
    """

    def __init__(self, *, hang: bool) -> None:
        super().__init__()
        self.hang = hang


def body_of(request: Request) -> bytes:
    """Return the whole body of a request. Raises Unanswered if the body has no valid end."""
    try:
        return request.get_data()
    except OSError:  # invalid chunks
        raise Unanswered(hang=False) from None


class Server(ThreadedWSGIServer):
    """A server whose `close` also ends open connections.

    Raises OSError if the address is in use.
    """

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self.live: dict[threading.Thread, socket.socket] = {}
        # Bind here: werkzeug's server ends the process if the port is in use.
        with socket.create_server((host, port)) as listener:
            super().__init__(host, port, app, handler=Handler, fd=listener.fileno())

    def close(self) -> None:
        """Stop the server, end all connections, and wait for their threads."""
        self.shutdown()
        for thread, connection in list(self.live.items()):
            with suppress(OSError):  # the client closed first
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


class Handler(WSGIRequestHandler):
    """Handles the requests of one connection, one after the other.

    The application must read the whole body of each request.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    # Head and body go out in one write. If they need two, Nagle's algorithm would delay the second
    # until the client acknowledges the first.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.live[threading.current_thread()] = self.connection

    def finish(self) -> None:
        del self.server.live[threading.current_thread()]
        # After a disconnect, closing the output stream fails; the open input stream would keep the socket.
        with suppress(ConnectionError):
            super().finish()
        self.rfile.close()

    def run_wsgi(self) -> None:
        """Handle one request."""
        try:
            parts, status, headers = run_wsgi_app(
                self.server.app, self.make_environ(), buffered=True
            )
        except ClientDisconnected:
            self.close_connection = True
            return
        except Unanswered as end:
            self.close_connection = True
            while end.hang and self.connection.recv(65536):
                pass  # discard further requests
            return
        self.send_response(int(status[:3]))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"".join(parts))

    def handle_expect_100(self) -> bool:
        """Ask the client to send the body, without delay."""
        continues = super().handle_expect_100()
        self.wfile.flush()
        return continues

    def send_response(self, code: int, message: str | None = None) -> None:
        """Start a response without the headers Server and Date; the application sets both."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log werkzeug's own messages, such as errors about requests that are not HTTP."""
        logger.debug("%s: %s", type, message % args if args else message)
