"""Reads that come together become few calls: a refresh of an organization takes a handful.

The engine reads resources one by one, many at a time, and says nothing of those to come. So the first of
a kind is read by itself; several that come together are asked for in one list, by their ids or as the first
page of all, whichever tells more; and where they go on coming, the whole list is read, unless it is much longer
than what was asked for so far. What a list does not show is read by its own GET: a list, and the failure of
a list, say nothing about an object that is not in it.
"""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import PAGE_SIZE, IamClient
from pulumi_scw_iam.common.errors import (
    Cancelled,
    ConfigError,
    IamError,
    NoAnswer,
    PermissionDenied,
    RateLimited,
    ServerError,
    Unauthenticated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

__all__ = ["ReadingClient"]

Item = dict[str, Any]

_WINDOW = 0.005
"""How long a first read waits for others to come with it, in seconds."""

_FEW = 4
"""So many at once are asked for by a page of all, which says how many there are; fewer by their ids."""

_WORTH = 8
"""One more page of the whole list is worth it for so many objects that were asked for."""

_FRESH = 30.0
"""How long what a list showed is believed, in seconds; an operation of the engine is rarely longer."""

_MOST_STRANGERS = 3
"""After so many that exist and are in no list, as of another organization, no more lists are made."""

_CALLS_AT_ONCE = 10

_OF_ALL_CALLS = (Cancelled, NoAnswer, RateLimited, ServerError, Unauthenticated)
"""Errors that the next call would meet as well."""


class ReadingClient(IamClient):
    """A client whose single reads are put together, for what only looks; `forget` what is written."""

    def __init__(self, client: IamClient) -> None:
        self._settings = client._settings  # noqa: SLF001 - it is the same client, with other reads
        self._calls = client._calls  # noqa: SLF001
        self._reads = {name: _Reads(listed, self) for name, listed in _LISTED.items()}
        self.deciding = ThreadPoolExecutor(len(_LISTED), "reads")
        """One thread for each kind, at most, which those who read wait for."""
        self.calling = ThreadPoolExecutor(_CALLS_AT_ONCE, "calls")
        """The threads that make several calls of one decision."""

    def forget(self, resource_id: str) -> None:
        """Ask for an object anew: it was written, or is about to be."""
        for reads in self._reads.values():
            reads.forget(resource_id)

    def get_api_key(self, access_key: str) -> types.APIKey:
        return cast("types.APIKey", self._reads["api_key"].read(access_key))

    def get_application(self, application_id: str) -> types.Application:
        return cast("types.Application", self._reads["application"].read(application_id))

    def get_group(self, group_id: str) -> types.Group:
        return cast("types.Group", self._reads["group"].read(group_id))

    def get_policy(self, policy_id: str) -> types.Policy:
        return cast("types.Policy", self._reads["policy"].read(policy_id))

    def get_ssh_key(self, ssh_key_id: str) -> types.SSHKey:
        return cast("types.SSHKey", self._reads["ssh_key"].read(ssh_key_id))

    def get_user(self, user_id: str) -> types.User:
        return cast("types.User", self._reads["user"].read(user_id))

    def page(
        self, listed: _Listed, page: int, ids: Collection[str] | None
    ) -> tuple[list[Item], int]:
        """A page of a list, of all or of some ids, and how many there are in the whole list."""
        query: dict[str, object] = {} if ids is None else {listed.ids: ids}
        return self._page(
            listed.item,
            listed.path,
            page=page,
            organization_id=self.default_organization_id,
            order_by="created_at_asc",
            **query,
        )


class _Listed(NamedTuple):
    """A kind of objects that can be listed."""

    path: str
    item: Any
    get: Callable[[IamClient, str], Any]
    """The call for one, of the plain client."""
    ids: str = ""
    """The filter by ids; empty where there is none."""
    key: str = "id"


_LISTED: Mapping[str, _Listed] = {
    "api_key": _Listed(
        "api-keys", types.APIKey, IamClient.get_api_key, "access_keys", "access_key"
    ),
    "application": _Listed(
        "applications", types.Application, IamClient.get_application, "application_ids"
    ),
    "group": _Listed("groups", types.Group, IamClient.get_group, "group_ids"),
    "policy": _Listed("policies", types.Policy, IamClient.get_policy, "policy_ids"),
    "ssh_key": _Listed("ssh-keys", types.SSHKey, IamClient.get_ssh_key),
    "user": _Listed("users", types.User, IamClient.get_user, "user_ids"),
}


class _Seen(NamedTuple):
    item: Item
    asked: float
    """When the call began that showed it."""


class _Reads:
    """The reads of one kind. Threads wait for each other's calls; one at a time decides on them."""

    def __init__(self, listed: _Listed, client: ReadingClient) -> None:
        self._listed = listed
        self._client = client
        self._lock = threading.Lock()
        self._waiting: dict[str, Future[Item]] = {}
        self._under_way: dict[str, Future[Item]] = {}
        """Those for whom calls are made just now."""
        self._is_serving = False
        self._seen: dict[str, _Seen] = {}
        self._written: dict[str, float] = {}
        self._is_first = True
        self._asked = 0
        """How many were asked for together with others."""
        self._by_ids = 0
        """How many calls by ids were made for them."""
        self._total = 0
        """How many there are in the whole list."""
        self._begun = -_FRESH
        """When its first page was asked for, and the number with it."""
        self._whole = -_FRESH
        """The same, of one whose other pages were asked for as well."""
        self._strangers = 0

    def read(self, resource_id: str) -> Item:
        """One object; raises what the API answers, as a call for it alone would."""
        with self._lock:
            seen = self._seen.get(resource_id)
            if seen is not None and time.monotonic() - seen.asked < _FRESH:
                return seen.item
            if (future := self._under_way.get(resource_id)) is None:
                future = self._waiting.setdefault(resource_id, Future())
            serve = not self._is_serving
            self._is_serving = True
        if serve:
            self._client.deciding.submit(self._serve)
        return future.result()

    def forget(self, resource_id: str) -> None:
        """Believe nothing about an object that was asked for until now."""
        with self._lock:
            self._seen.pop(resource_id, None)
            self._under_way.pop(resource_id, None)
            self._written[resource_id] = time.monotonic()

    def _serve(self) -> None:
        """Answer those that wait, and those that have come meanwhile, until nobody waits."""
        time.sleep(_WINDOW)
        while True:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
                self._under_way = dict(waiting)
                if not waiting:
                    self._is_serving = False
                    return
            try:
                self._answer(waiting)
            except Exception as error:  # noqa: BLE001 - those who wait raise it
                for future in waiting.values():
                    if not future.done():
                        future.set_exception(_copied(error))

    def _answer(self, waiting: Mapping[str, Future[Item]]) -> None:
        alone = self._is_first and len(waiting) == 1
        self._is_first = False
        failed: IamError | None = None
        if not alone and self._strangers < _MOST_STRANGERS:
            try:
                self._look(waiting.keys())
            except (ConfigError, PermissionDenied):
                # Some credentials may read objects and not list them, or name no organization.
                self._strangers = _MOST_STRANGERS
            except IamError as error:
                # A list says nothing about one object: one malformed id fails the list of all.
                failed = error
                self._strangers += 1
        missing = []
        for it, future in waiting.items():
            if (seen := self._known(it)) is not None:
                future.set_result(seen)
            else:
                missing.append(it)
        if failed is not None and missing:
            # One read tells whether the API answers at all; else each would be tried for minutes.
            first = missing.pop(0)
            self._read_alone(waiting, False, first)
            why = waiting[first].exception()
            if isinstance(why, _OF_ALL_CALLS):
                raise why
        self._each(partial(self._read_alone, waiting, not alone and failed is None), missing)

    def _read_alone(
        self, waiting: Mapping[str, Future[Item]], was_looked_for: bool, it: str
    ) -> None:
        asked = time.monotonic()
        try:
            item = self._listed.get(self._client, it)
        except IamError as error:
            waiting[it].set_exception(error)
            return
        self._strangers += was_looked_for and it not in self._written
        self._see([item], asked)
        waiting[it].set_result(item)

    def _known(self, it: str) -> Item | None:
        with self._lock:
            seen = self._seen.get(it)
            return seen.item if seen and time.monotonic() - seen.asked < _FRESH else None

    def _see(self, items: Iterable[Item], asked: float) -> None:
        with self._lock:
            for item in items:
                it = item[self._listed.key]
                if self._written.get(it, 0.0) < asked:
                    self._seen[it] = _Seen(item, asked)

    def _look(self, ids: Collection[str]) -> None:
        """Make the list calls that are likely the fewest, for these ids and for those to come."""
        if self._listed.ids and len(ids) < _FEW and not self._by_ids and not self._total:
            self._ask_by_ids(ids)
            return
        asked = time.monotonic()
        if asked - self._whole < _FRESH:
            return
        self._asked += len(ids)
        if asked - self._begun >= _FRESH:
            self._total = self._ask(1, None)
            self._begun = asked
        pages = math.ceil(self._total / PAGE_SIZE)
        if pages - 2 < self._by_ids + self._asked // _WORTH:
            self._each(lambda page: self._ask(page, None), range(2, pages + 1))
            self._whole = self._begun
        elif self._listed.ids:
            self._ask_by_ids([it for it in ids if self._known(it) is None])

    def _ask_by_ids(self, ids: Collection[str]) -> None:
        for some in _in_pages(list(ids)):
            self._by_ids += 1
            self._ask(1, some)

    def _ask(self, page: int, ids: Collection[str] | None) -> int:
        asked = time.monotonic()
        items, total = self._client.page(self._listed, page, ids)
        self._see(items, asked)
        return total

    def _each(self, call: Callable[[Any], object], over: Iterable[Any]) -> None:
        """Make calls at the same time; raises what the first of them raises that fails."""
        mine, *others = [*over] or [None]
        futures = [self._client.calling.submit(call, it) for it in others]
        if mine is not None:
            call(mine)
        for future in futures:
            future.result()


def _in_pages(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), PAGE_SIZE):
        yield ids[start : start + PAGE_SIZE]


def _copied(error: BaseException) -> BaseException:
    """The error for another who waits: each says by itself what was tried."""
    copied = type(error).__new__(type(error), *error.args)
    vars(copied).update(vars(error))
    return copied
