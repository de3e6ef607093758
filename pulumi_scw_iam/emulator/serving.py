"""HTTP/1.1 with connections that stay open, which werkzeug's server does not have by itself."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)


class Server(ThreadedWSGIServer):
    """A server whose connections are known, so that they can be ended with it.

    Raises OSError where the address is not free.
    """

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self.live: dict[threading.Thread, socket.socket] = {}
        # Left to bind by itself, werkzeug's server would end the process where the port is taken.
        with socket.create_server((host, port)) as listener:
            super().__init__(host, port, app, handler=Handler, fd=listener.fileno())

    def close(self) -> None:
        """Stop serving, end the connections, and wait for their threads."""
        self.shutdown()
        for thread, connection in list(self.live.items()):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


class Handler(WSGIRequestHandler):
    """Answers the requests of one connection, one after the other.

    The application must read the whole body of each.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    # Head and body are two writes; the second must not wait until the client acknowledged the first.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.live[threading.current_thread()] = self.connection

    def finish(self) -> None:
        del self.server.live[threading.current_thread()]
        super().finish()

    def run_wsgi(self) -> None:
        """Answer one request."""
        try:
            response = Response.from_app(self.server.app, self.make_environ(), buffered=True)
        except ClientDisconnected:
            self.close_connection = True
            return
        body = response.get_data()
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer; the application has said who the server is."""
        self.send_response_only(code, message)
        self.send_header("Date", self.date_time_string())

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Hand werkzeug's own messages (of requests that are not HTTP) to logging."""
        logger.debug("%s: %s", type, message % args if args else message)
