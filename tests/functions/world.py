"""Functions on the local IAM API, and on an API with scripted responses."""

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
    """An organization, with calls of functions."""

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a function and return the result. Check failures fail the test."""
        result, failures = self.core.call(FUNCTIONS[name], arguments)
        assert failures == []
        return result


class Scripted:
    """An API with scripted responses, with calls of functions."""

    def __init__(self, api: Api) -> None:
        self.api = api
        settings = Settings(secret_key=SECRET_KEY, api_url=api.url, organization_id=ORGANIZATION)
        self.core = ProviderCore(lambda: settings)

    def call(self, name: str, /, *responses: object, **arguments: Any) -> dict[str, Any]:
        """Call a function, given the bodies of the API's responses, and return the result."""
        self.api.say(*(Answer(body) for body in responses))
        result, failures = self.core.call(FUNCTIONS[name], arguments)
        assert failures == []
        return result

    def queries(self) -> list[dict[str, list[str]]]:
        """Return the query parameters of all requests, without paging parameters."""
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
