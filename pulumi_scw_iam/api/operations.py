"""How the operations of a client are made: paths, pages, validated responses and creates with recovery.

The clients of all products share these methods: `client` for IAM, and one module for each other product.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from pulumi_scw_iam.api import create_recovery
from pulumi_scw_iam.api.calls import LostResponse
from pulumi_scw_iam.api.settings import sources
from pulumi_scw_iam.api.transport import is_list
from pulumi_scw_iam.api.validation import wrong, wrong_page
from pulumi_scw_iam.common.errors import ApiError, ConfigError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api.calls import Calls
    from pulumi_scw_iam.api.create_fingerprint import CreateFingerprint
    from pulumi_scw_iam.api.settings import Settings

__all__ = ["PAGE_SIZE", "Operations"]

T = TypeVar("T")

PAGE_SIZE = 100
_MOST_PAGES = 10_000


_ITEMS = {"users/{}/webauthn-authenticators": "authenticators"}
"""The fields with the items of a list that are not named after the path."""


class Operations:
    """The base class of clients: makes the calls of operations with `calls`. Thread-safe.

    Clients with the same `calls` share the connections, the retries, the throttle and the known secrets.
    A path is below the IAM API, or begins with a slash and belongs to another API.
    """

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings = settings
        self._calls = calls

    def _organization(self, organization_id: str | None) -> str:
        organization_id = organization_id or self._settings.organization_id
        if organization_id is None:
            raise ConfigError(
                f"organization_id is missing; pass organization_id or set {sources('organization_id')}"
            )
        return organization_id

    def _pages(self, item: type[T], path: str, /, *ids: str, **query: object) -> Iterator[T]:
        """Yield the items of all pages; each page is requested after the items of the page before."""
        # An empty list of ids selects nothing, but the API ignores a filter without values.
        if any(is_list(value) and not value for value in query.values()):
            return
        seen = 0
        before: list[T] | None = None
        reason = f"more than {_MOST_PAGES} pages"
        for page in range(1, _MOST_PAGES + 1):
            items, total = self._page(item, path, *ids, page=page, **query)
            if items == before:
                reason = f"page {page} repeats page {page - 1}"
                break
            yield from items
            seen += len(items)
            if len(items) < PAGE_SIZE or seen >= total:
                return
            before = items
        raise _endless(path.format(*ids), reason)

    def _page(
        self, item: type[T], path: str, /, *ids: str, page: int, **query: object
    ) -> tuple[list[T], int]:
        """Return the items of one page of a list, and the length of the whole list."""
        # The field with the items is named after the whole path in IAM (ssh_keys, scim_tokens), and after
        # its last segment in other APIs. There is one exception.
        name = path if path[0] == "/" else path.replace("/{}/", "_")
        name = name.rpartition("/")[2].replace("-", "_")
        name = _ITEMS.get(path, name)
        response = self._request(
            "GET",
            path,
            ids,
            query={"page": page, "page_size": PAGE_SIZE, **query},
            wrong=partial(wrong_page, item, name),
        )
        return response[name], response["total_count"]

    def _token_pages(
        self, page_type: type[T], name: str, path: str, /, *ids: str, **query: object
    ) -> Iterator[Any]:
        """Yield the items in the field `name` of all pages, with secrets masked.

        Each page has the token of the next page.
        """
        token = ""
        seen: set[str] = set()
        reason = f"more than {_MOST_PAGES} pages"
        for _ in range(_MOST_PAGES):
            page = self._calls.masked(
                self._get(
                    page_type, path, *ids, page_size=PAGE_SIZE, page_token=token or None, **query
                )
            )
            yield from page[name]
            token = page.get("next_page_token") or ""
            if not token:
                return
            if token in seen:
                reason = "a page repeats an earlier page_token"
                break
            seen.add(token)
        raise _endless(path.format(*ids), reason)

    def _get(self, response: type[T], path: str, /, *ids: str, **query: object) -> T:
        return self._call(response, "GET", path, ids, query=query)

    def _create(
        self,
        response: type[T],
        path: str,
        /,
        *ids: str,
        fingerprint: CreateFingerprint,
        **place: object,
    ) -> T:
        """Create an object exactly once, also if the response is lost.

        The body consists of the fingerprint's body and `place`, the fields with the object's location. The
        list call of the fingerprint filters by `place`, so the fingerprint need not compare these fields.
        """
        body = {**place, **fingerprint.body}

        def post(nonce: str) -> dict[str, Any]:
            created = self._call(
                response, "POST", path, ids, body=body, repeatable=False, nonce=nonce
            )
            return cast("dict[str, Any]", created)

        # A hash, because the body may contain a password, and crash reporters show local variables.
        alike = sha256(f"{path} {ids} {sorted(body.items(), key=str)}".encode()).hexdigest()
        return cast("T", create_recovery.create(self._calls, fingerprint, post, alike))

    def _post(self, response: type[T], path: str, /, *ids: str, **body: object) -> T:
        """Make a POST that must not be repeated."""
        return self._call(response, "POST", path, ids, body=body, repeatable=False)

    def _post_same(self, response: type[T], path: str, /, *ids: str, **body: object) -> T:
        """Make an idempotent POST."""
        return self._call(response, "POST", path, ids, body=body)

    def _put(self, response: type[T], path: str, /, *ids: str, **body: object) -> T:
        return self._call(response, "PUT", path, ids, body=body)

    def _patch(self, response: type[T], path: str, /, *ids: str, **body: object) -> T:
        return self._call(response, "PATCH", path, ids, body=body)

    def _delete(self, path: str, /, *ids: str) -> None:
        self._request("DELETE", path, ids)

    def _call(
        self,
        response: type[T],
        method: str,
        path: str,
        ids: tuple[str, ...],
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        repeatable: bool = True,
        nonce: str = "",
    ) -> T:
        """Make a call; return the response, validated against the type `response`.

        Raises LostResponse only for a call with a nonce: the caller starts create recovery.
        """
        try:
            received = self._request(
                method,
                path,
                ids,
                query=query,
                body=body,
                wrong=partial(wrong, response),
                repeatable=repeatable,
                nonce=nonce,
            )
        except LostResponse as lost:
            if nonce:
                raise
            error = lost.error
        else:
            return cast("T", received)
        error.hint = "the call may have taken effect; check before repeating it"
        raise error

    def _request(
        self, method: str, path: str, ids: tuple[str, ...], **options: Any
    ) -> dict[str, Any]:
        return self._calls.call(method, path.format(*map(_segment, ids)), **options)


def _endless(path: str, reason: str) -> ApiError:
    error = ApiError(f"the list does not end: {reason}", status=200)
    error.call = f"GET {path}"
    return error


def _segment(value: str) -> str:
    """Quote an id as a path segment. Raises Refused for an id that would change the path."""
    if value in {"", ".", ".."}:
        raise Refused(f'"{value}" is not an id')
    return quote(value, safe="")
