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
_OTHER = {"github": r"/repos/acme/iam/pulls", "gitlab": r"/user"}
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
        for pattern, call in (
            (_COMMENTS[name], self._list_of_comments),
            (_COMMENT[name], self._one_comment),
            (_ISSUES[name], self._list_of_issues),
            (_ISSUE[name], self._one_issue),
            (_OTHER[name], self._other),
        ):
            if found := re.fullmatch(pattern, path):
                number = int(found[1]) if found.groups() else 0
                return call(method, number, query, body)
        raise LookupError(404)

    def _list_of_comments(self, method: str, _: int, __: object, body: Any) -> Any:
        if method == "GET":
            return self.comments
        assert method == "POST"
        return self._stored(self.add_comment(BOT[self.name], ""), body)

    def _one_comment(self, method: str, number: int, _: object, body: Any) -> Any:
        assert method == _UPDATE[self.name]
        return self._stored(number, body)

    def _list_of_issues(self, method: str, _: int, query: dict[str, str], body: Any) -> Any:
        if method == "GET":
            assert query["state"] == _OPEN[self.name], query
            return [one for one in self.issues if one["state"] == _OPEN[self.name]]
        assert method == "POST"
        self.add_issue(BOT[self.name], body[_TEXT[self.name]], body["title"])
        return self.issues[-1]

    def _one_issue(self, method: str, number: int, _: object, body: Any) -> Any:
        assert method == _UPDATE[self.name]
        issue = self.issues[number - 1]
        closing = {"github": {"state": "closed"}, "gitlab": {"state_event": "close"}}[self.name]
        issue.update({"state": "closed"} if body == closing else body)
        return issue

    def _other(self, method: str, _: int, query: dict[str, str], __: object) -> Any:
        assert method == "GET"
        if self.name == "gitlab":
            return {"username": BOT[self.name]}
        assert query["state"] == "open"
        heads = ((one, one["head"]) for one in self.pulls)
        return [
            one for one, head in heads if f"{head['user']['login']}:{head['ref']}" == query["head"]
        ]

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
            answer = self.forge.answer(self.command, path, query, json.loads(raw) if raw else None)
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
