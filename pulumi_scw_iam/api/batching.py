"""Batching of reads: concurrent reads become a few list calls, also for a refresh of a whole organization.

`read_plan` chooses the list calls. An object that is not in a list is read by its own GET, because neither
a list nor the failure of a list call proves that the object does not exist.
"""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from pulumi_scw_iam.api.client import LISTED, IamClient
from pulumi_scw_iam.api.operations import PAGE_SIZE
from pulumi_scw_iam.api.read_plan import MOST_UNLISTED, ListPlan, WaitingReads, plan, plan_pages
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

T = TypeVar("T")

Item = dict[str, Any]

_WINDOW = 0.005
"""The time to collect concurrent reads before the first call, in seconds."""

_FRESH = 30.0
"""The freshness period: how long a read object is reused, in seconds. Few operations of the engine take longer."""

_CALLS_AT_ONCE = 10

_OF_ALL_CALLS = (Cancelled, NoAnswer, RateLimited, ServerError, Unauthenticated)
"""Errors that other calls would meet as well."""


class ReadingClient(IamClient):
    """A client for refreshes that batches single reads into list calls.

    Each writer must call `forget` with the id of the object.
    """

    def __init__(self, client: IamClient) -> None:
        self._settings = client._settings  # noqa: SLF001 - the same client, with batched reads
        self._calls = client._calls  # noqa: SLF001
        self._reads = {f"{path}/{{}}": _KindReads(path, self) for path in LISTED}
        self.deciding = ThreadPoolExecutor(len(LISTED), "reads")
        """The threads that choose and make calls for the reading threads: at most one thread per kind."""
        self.calling = ThreadPoolExecutor(_CALLS_AT_ONCE, "calls")
        """The threads for further concurrent calls."""

    def forget(self, resource_id: str) -> None:
        """Invalidate an object before or after a write; the next read calls the API."""
        for reads in self._reads.values():
            reads.forget(resource_id)

    def _get(self, response: type[T], path: str, /, *ids: str, **query: object) -> T:
        if (reads := self._reads.get(path)) is None:
            return super()._get(response, path, *ids, **query)
        (resource_id,) = ids
        return cast("T", reads.read(resource_id))

    def get_alone(self, path: str, resource_id: str) -> Item:
        """Read one object by its own GET; `path` is the path of the list."""
        return cast("Item", super()._get(LISTED[path].item, f"{path}/{{}}", resource_id))

    def page(self, path: str, page: int, ids: Collection[str] | None) -> tuple[list[Item], int]:
        """Read a page of a list; return the items and the length of the whole list.

        `ids` limits the list to some objects; None lists all objects.
        """
        listed = LISTED[path]
        query: dict[str, object] = {} if ids is None else {listed.id_filter: ids}
        return self._page(
            listed.item,
            path,
            page=page,
            organization_id=self.default_organization_id,
            order_by="created_at_asc",
            **query,
        )


class _Seen(NamedTuple):
    item: Item
    began: float
    """The start of the call that returned the item, by `time.monotonic`."""


def _gather(*, first: bool) -> None:
    """Wait for concurrent reads to arrive, before the first round only."""
    if first:
        time.sleep(_WINDOW)


class _KindReads:
    """The reads of one kind. One thread at a time makes the calls for all reading threads."""

    def __init__(self, path: str, client: ReadingClient) -> None:
        self._path = path
        self._listed = LISTED[path]
        self._client = client
        self._lock = threading.Lock()
        self._waiting: dict[str, Future[Item]] = {}
        self._under_way: dict[str, Future[Item]] = {}
        """The reads of the current round."""
        self._is_serving = False
        self._seen: dict[str, _Seen] = {}
        self._written: dict[str, float] = {}
        # The input of the plan, see `WaitingReads`. Used by one thread at a time.
        self._is_first = True
        self._requested = 0
        self._calls_by_ids = 0
        self._total = 0
        self._first_page_began = -_FRESH
        self._all_pages_began = -_FRESH
        self._unlisted = 0

    def read(self, resource_id: str) -> Item:
        """Return one object. Raises the same errors as a GET of this object."""
        with self._lock:
            if (item := self._fresh(resource_id)) is not None:
                return item
            if (future := self._under_way.get(resource_id)) is None:
                future = self._waiting.setdefault(resource_id, Future())
            serve = not self._is_serving
            self._is_serving = True
        if serve:
            self._client.deciding.submit(self._serve)
        return future.result()

    def forget(self, resource_id: str) -> None:
        """Discard all reads of an object until now, including reads in progress."""
        with self._lock:
            self._seen.pop(resource_id, None)
            self._under_way.pop(resource_id, None)
            self._written[resource_id] = time.monotonic()

    def _serve(self) -> None:
        """Process the waiting reads in rounds, until no read waits."""
        first = True
        while True:
            _gather(first=first)
            first = False
            with self._lock:
                waiting, self._waiting = self._waiting, {}
                self._under_way = dict(waiting)
                if not waiting:
                    self._is_serving = False
                    return
            try:
                self._answer(waiting)
            except Exception as error:  # noqa: BLE001 - raised in the waiting threads
                for future in waiting.values():
                    if not future.done():
                        future.set_exception(_copied(error))

    def _reads_so_far(self, waiting: int) -> WaitingReads:
        """Return the input of the plan for a number of waiting objects."""
        now = time.monotonic()
        return WaitingReads(
            waiting=waiting,
            page_size=PAGE_SIZE,
            is_first=self._is_first,
            has_id_filter=bool(self._listed.id_filter),
            unlisted=self._unlisted,
            requested=self._requested,
            calls_by_ids=self._calls_by_ids,
            total=self._total,
            first_page_is_fresh=now - self._first_page_began < _FRESH,
            all_pages_are_fresh=now - self._all_pages_began < _FRESH,
        )

    def _answer(self, waiting: Mapping[str, Future[Item]]) -> None:
        step = plan(self._reads_so_far(len(waiting)))
        single = step is ListPlan.SINGLE
        failed = self._list(step, waiting.keys())
        self._is_first = False
        missing = []
        for resource_id, future in waiting.items():
            if (item := self._known(resource_id)) is not None:
                future.set_result(item)
            else:
                missing.append(resource_id)
        if failed is not None and missing:
            # A single read checks whether the API responds at all. Otherwise each read would retry for minutes.
            first = missing.pop(0)
            self._read_alone(waiting, False, first)
            error = waiting[first].exception()
            if isinstance(error, _OF_ALL_CALLS):
                raise error
        self._each(partial(self._read_alone, waiting, not single and failed is None), missing)

    def _list(self, step: ListPlan, ids: Collection[str]) -> IamError | None:
        """Make the list calls of the plan; return the error of a failed list call, or None.

        A failed list call proves nothing about the objects, so the caller reads each object by its own GET.
        """
        try:
            self._make_list_calls(step, ids)
        except (ConfigError, PermissionDenied):
            # Some API keys may read objects without listing, and some settings have no organization.
            self._unlisted = MOST_UNLISTED
        except IamError as error:
            # One malformed id fails the list call for all ids.
            self._unlisted += 1
            return error
        return None

    def _make_list_calls(self, step: ListPlan, ids: Collection[str]) -> None:
        considers_pages = step not in {ListPlan.SINGLE, ListPlan.NO_LIST, ListPlan.FEW}
        if step is ListPlan.FIRST_PAGE:
            began = time.monotonic()
            self._total = self._read_page(1, None)
            self._first_page_began = began
            step = plan_pages(self._reads_so_far(len(ids)))
        # The current reads count in later plans.
        self._requested += len(ids) if considers_pages else 0
        if step is ListPlan.OTHER_PAGES:
            pages = math.ceil(self._total / PAGE_SIZE)
            self._each(lambda page: self._read_page(page, None), range(2, pages + 1))
            self._all_pages_began = self._first_page_began
        elif step in {ListPlan.FEW, ListPlan.BY_IDS}:
            for part in _in_pages(
                [resource_id for resource_id in ids if self._known(resource_id) is None]
            ):
                self._calls_by_ids += 1
                self._read_page(1, part)

    def _read_page(self, page: int, ids: Collection[str] | None) -> int:
        began = time.monotonic()
        items, total = self._client.page(self._path, page, ids)
        self._see(items, began)
        return total

    def _read_alone(
        self, waiting: Mapping[str, Future[Item]], was_listed: bool, resource_id: str
    ) -> None:
        """Complete one read by its own GET; `was_listed` means that the lists should contain the object."""
        began = time.monotonic()
        try:
            item = self._client.get_alone(self._path, resource_id)
        except IamError as error:
            waiting[resource_id].set_exception(error)
            return
        self._unlisted += was_listed and resource_id not in self._written
        self._see([item], began)
        waiting[resource_id].set_result(item)

    def _known(self, resource_id: str) -> Item | None:
        with self._lock:
            return self._fresh(resource_id)

    def _fresh(self, resource_id: str) -> Item | None:
        """Return an object read within the freshness period, or None. The caller holds the lock."""
        seen = self._seen.get(resource_id)
        return seen.item if seen and time.monotonic() - seen.began < _FRESH else None

    def _see(self, items: Iterable[Item], began: float) -> None:
        with self._lock:
            for item in items:
                resource_id = item[self._listed.key]
                if self._written.get(resource_id, 0.0) < began:
                    self._seen[resource_id] = _Seen(item, began)

    def _each(self, call: Callable[[Any], object], over: Iterable[Any]) -> None:
        """Make calls concurrently, the first in this thread; raise the error of the first failed call."""
        first, *others = [*over] or [None]
        futures = [self._client.calling.submit(call, other) for other in others]
        if first is not None:
            call(first)
        for future in futures:
            future.result()


def _in_pages(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), PAGE_SIZE):
        yield ids[start : start + PAGE_SIZE]


def _copied(error: BaseException) -> BaseException:
    """Return a copy of an error for another waiting thread: each thread sets its own attempt."""
    copied = type(error).__new__(type(error), *error.args)
    vars(copied).update(vars(error))
    return copied
