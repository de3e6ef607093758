"""Functions over HTTP: on the local IAM API, and on one that says what a test tells it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.functions import FUNCTIONS
from tests.support.organization import LocalOrganization
from tests.support.scripted_api import ORGANIZATION, SECRET_KEY, Answer

if TYPE_CHECKING:
    from tests.support.scripted_api import Api


class World(LocalOrganization):
    """An organization, and functions that a program calls."""

    def ask(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Return the result of a function. Fails on check failures."""
        result, failures = self.core.call(FUNCTIONS[name], arguments)
        assert failures == []
        return result


class Scripted:
    """An API that says what it is told to, and a front on it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        settings = Settings(secret_key=SECRET_KEY, api_url=api.url, organization_id=ORGANIZATION)
        self.core = ProviderCore(lambda: settings)

    def ask(self, name: str, /, *answers: object, **arguments: Any) -> dict[str, Any]:
        """The result of a function when the API answers so."""
        self.api.say(*(Answer(answer) for answer in answers))
        result, failures = self.core.call(FUNCTIONS[name], arguments)
        assert failures == []
        return result

    def queries(self) -> list[dict[str, list[str]]]:
        """The queries that were asked, without the paging."""
        requests = [
            [pair.partition("=") for pair in received.query.split("&") if pair]
            for received in self.api.received
        ]
        return [
            {
                name: [value for other, _, value in pairs if other == name]
                for name, _, _ in pairs
                if name not in {"page", "page_size"}
            }
            for pairs in requests
        ]
