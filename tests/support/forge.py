"""The comments and issues of GitHub and GitLab on loopback, in the form of their documentation."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BOT", "TOKEN", "Failure", "Forge", "running_forge"]

TOKEN = "ghs_5ec2e7000001"
BOT = {"github": "github-actions[bot]", "gitlab": "project_7_bot_5ec"}
"""The user of the token."""
MOST_CHARACTERS = 65_536

_COMMENTS = {
    "github": r"/repos/acme/iam/issues/42/comments",
    "gitlab": r"/projects/7/merge_requests/42/notes",
}
_COMMENT = {
    "github": r"/repos/acme/iam/issues/comments/(\d+)",
    "gitlab": r"/projects/7/merge_requests/42/notes/(\d+)",
}
_ISSUES = {"github": r"/repos/acme/iam/issues", "gitlab": r"/projects/7/issues"}
_ISSUE = {"github": r"/repos/acme/iam/issues/(\d+)", "gitlab": r"/projects/7/issues/(\d+)"}
_UPDATE = {"github": "PATCH", "gitlab": "PUT"}
_USER = {"github": ("user", "login"), "gitlab": ("author", "username")}
_TEXT = {"github": "body", "gitlab": "description"}
_NUMBER = {"github": "number", "gitlab": "iid"}
_OPEN = {"github": "open", "gitlab": "opened"}


@dataclass(frozen=True)
class Failure:
    """A response instead of the usual one."""

    status: int
    message: str = "try again"
    headers: dict[str, str] = field(default_factory=dict)
    is_after: bool = False
    """Whether the request is carried out before the failure."""


@dataclass
class Forge:
    """The data of one project, and the requests so far."""

    name: str
    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Method, path and page of each request."""
    failures: deque[Failure | None] = field(default_factory=deque)
    """The failures of the next requests, in order; None for no failure."""
    last_id: int = 2_999_999_999

    def add_comment(self, author: str, body: str) -> int:
        self.last_id += 1
        self.comments.append({"id": self.last_id, "body": body, **self._by(author)})
        return self.last_id

    def add_issue(self, author: str, text: str, title: str = "title") -> int:
        number = len(self.issues) + 1
        self.issues.append(
            {
                _NUMBER[self.name]: number,
                "title": title,
                _TEXT[self.name]: text,
                "state": _OPEN[self.name],
                **self._by(author),
            }
        )
        return number

    def _by(self, author: str) -> dict[str, Any]:
        user, key = _USER[self.name]
        return {user: {key: author}}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Carry out one request. Raises LookupError with the status."""
        name = self.name
        if method == "GET" and path == "/user" and name == "gitlab":
            return {"username": BOT[name]}
        if method == "GET" and path == "/repos/acme/iam/pulls" and name == "github":
            return [
                one
                for one in self.pulls
                if f"{one['head']['user']['login']}:{one['head']['ref']}" == query["head"]
            ]
        if re.fullmatch(_COMMENTS[name], path):
            if method == "GET":
                return self.comments
            if method == "POST":
                return self._stored(self.add_comment(BOT[name], ""), body)
        elif found := re.fullmatch(_COMMENT[name], path):
            if method == _UPDATE[name]:
                return self._stored(int(found[1]), body)
        elif re.fullmatch(_ISSUES[name], path):
            if method == "GET":
                assert query["state"] == _OPEN[name], query
                return [one for one in self.issues if one["state"] == _OPEN[name]]
            if method == "POST":
                self.add_issue(BOT[name], body[_TEXT[name]], body["title"])
                return self.issues[-1]
        elif (found := re.fullmatch(_ISSUE[name], path)) and method == _UPDATE[name]:
            issue = self.issues[int(found[1]) - 1]
            if body in ({"state": "closed"}, {"state_event": "close"}):
                body = {"state": "closed"}
            issue.update(body)
            return issue
        raise LookupError(404)

    def _stored(self, comment_id: int, body: Any) -> dict[str, Any]:
        assert body.keys() == {"body"}, body
        if len(body["body"]) > MOST_CHARACTERS:
            raise LookupError(422)
        (comment,) = (one for one in self.comments if one["id"] == comment_id)
        comment.update(body)
        return comment


class _Handler(BaseHTTPRequestHandler):
    forge: Forge

    def _handle(self) -> None:
        address = urlsplit(self.path)
        path = address.path.removeprefix("/api")
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        page = query.get("page", "")
        self.forge.calls.append(f"{self.command} {path}{f' page {page}' if page else ''}")
        failure = self.forge.failures.popleft() if self.forge.failures else None
        if not self._is_authorized():
            self._send(401, {"message": "Bad credentials"})
            return
        if failure and not failure.is_after:
            self._send(failure.status, {"message": failure.message}, failure.headers)
            return
        if raw:
            assert self.headers["Content-Type"] == "application/json"
        try:
            answer = self.forge.answer(
                self.command, path, query, json.loads(raw) if raw else None
            )
        except LookupError as error:
            self._send(error.args[0], {"message": "Not Found"})
            return
        if failure:
            self._send(failure.status, {"message": failure.message}, failure.headers)
            return
        headers = {}
        if isinstance(answer, list):
            count, number = int(query["per_page"]), int(page)
            if len(answer) > count * number:
                link = f"http://{self.headers['Host']}{address.path}?page={number + 1}"
                headers["Link"] = f'<{link}>; rel="next", <{link}>; rel="last"'
            answer = answer[count * (number - 1) : count * number]
        self._send(201 if self.command == "POST" else 200, answer, headers)

    def _is_authorized(self) -> bool:
        if self.forge.name == "github":
            return self.headers["Authorization"] == f"Bearer {TOKEN}"
        return self.headers["PRIVATE-TOKEN"] == TOKEN

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815 - names of the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@contextmanager
def running_forge(name: str) -> Iterator[Forge]:
    """Serve an empty project of `github` or `gitlab`."""
    forge = Forge(name)
    handler = type("Handler", (_Handler,), {"forge": forge})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    forge.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
