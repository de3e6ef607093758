"""A relay of whole messages: it loses responses, delays effects, and hides objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import requests

from tests.support.scripted_api import Answer

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.scripted_api import Api, Received

Turn = Callable[["Received"], Answer]
"""Handles a request: forwards, delays or replaces it, and returns the response."""


class MessageRelay:
    """Forwards everything except the requests with a turn.

    `posts` are the turns of the next POSTs, in order. `gets` are turns by the end of the path, and
    stay until a test removes them.
    """

    def __init__(self, api: Api, emulator: Emulator) -> None:
        self.api = api
        self.emulator = emulator
        self.posts: list[Turn] = []
        self.gets: dict[str, Turn] = {}
        api.otherwise = self._turn

    def _turn(self, received: Received) -> Answer:
        if received.method == "POST" and self.posts:
            return self.posts.pop(0)(received)
        if received.method == "GET":
            for end, turn in self.gets.items():
                if received.path.endswith(end):
                    return turn(received)
        return self.forward(received)

    def forward(self, received: Received) -> Answer:
        """Forward the request; return the response of the local IAM API."""
        names = ("X-Auth-Token", "User-Agent", "Content-Type")
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                received.method,
                f"{self.emulator.url}{received.path}",
                params=received.query,
                data=None if received.body is None else json.dumps(received.body),
                headers={name: value for name, value in received.headers.items() if name in names},
                timeout=10,
            )
        return Answer(response.content, response.status_code)

    def before(self, answer: Answer) -> Turn:
        """Return this response without forwarding the request."""
        return lambda received: answer  # noqa: ARG005 - the request is lost

    def after(self, answer: Answer) -> Turn:
        """Forward the request, then return this response."""

        def turn(received: Received) -> Answer:
            done = self.forward(received)
            assert done.status == 200, done
            return answer

        return turn

    @property
    def posted(self) -> int:
        return len([received for received in self.api.received if received.method == "POST"])
