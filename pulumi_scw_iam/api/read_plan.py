"""The choice of list calls for concurrent reads of one kind, as a pure function.

The engine reads resources one by one, many at a time, and does not announce future reads. So the first read
of a kind is a single GET. Concurrent reads are answered by one list call: by ids, or the first page of all
objects, whose `total_count` gives the size of the list. With more reads, the remaining pages are read as
well, unless the list is too long for the number of reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

__all__ = ["MOST_UNLISTED", "ListPlan", "WaitingReads", "plan", "plan_pages"]

_FEW = 4
"""The number of concurrent reads from which the first page of all objects is read; fewer reads use ids."""

_WORTH = 8
"""The number of reads that justifies one more page of the list."""

MOST_UNLISTED = 3
"""The number of unlisted objects after which no more list calls are made. An object of another organization
exists, for example, but appears in no list."""


class ListPlan(Enum):
    """The next list call for the waiting reads. An object that no list contains is read by its own GET."""

    SINGLE = "single"
    """Make no list call: a first, single read of the kind."""
    NO_LIST = "no list"
    """Make no list call: the whole list is known, or list calls do not help."""
    FEW = "few"
    """List a few objects by ids."""
    FIRST_PAGE = "first page"
    """List the first page of all objects, then see `plan_pages`."""
    OTHER_PAGES = "other pages"
    """List all pages except the first."""
    BY_IDS = "by ids"
    """List the objects by ids: there are too few reads for the other pages."""
    LATER = "later"
    """Make no list call: there are too few reads for the other pages, and no filter by ids."""


@dataclass(frozen=True, kw_only=True)
class WaitingReads:
    """The reads of one kind so far, and the known facts about the list of the kind."""

    waiting: int
    """The number of objects to read now."""
    page_size: int = 100
    is_first: bool = False
    """This is the first read of the kind."""
    has_id_filter: bool = True
    """The list of the kind has a filter by ids."""
    unlisted: int = 0
    """The number of existing objects that no list contained."""
    requested: int = 0
    """The number of reads in earlier rounds that considered further pages."""
    calls_by_ids: int = 0
    """The number of earlier list calls by ids."""
    total: int = 0
    """The length of the whole list; 0 before the first page is read."""
    first_page_is_fresh: bool = False
    """The first page was read within the freshness period."""
    all_pages_are_fresh: bool = False
    """All pages were read within the freshness period."""


def plan(reads: WaitingReads) -> ListPlan:
    """Return the list call that likely saves the most calls, for current and future reads."""
    if reads.is_first and reads.waiting == 1:
        return ListPlan.SINGLE
    if reads.unlisted >= MOST_UNLISTED:
        return ListPlan.NO_LIST
    is_new = not reads.calls_by_ids and not reads.total
    if reads.has_id_filter and reads.waiting < _FEW and is_new:
        return ListPlan.FEW
    if reads.all_pages_are_fresh:
        return ListPlan.NO_LIST
    return plan_pages(reads) if reads.first_page_is_fresh else ListPlan.FIRST_PAGE


def plan_pages(reads: WaitingReads) -> ListPlan:
    """Return the list call after the first page, from the total in `reads`."""
    pages = math.ceil(reads.total / reads.page_size)
    worth = reads.calls_by_ids + (reads.requested + reads.waiting) // _WORTH
    if pages - 2 < worth:
        return ListPlan.OTHER_PAGES
    return ListPlan.BY_IDS if reads.has_id_filter else ListPlan.LATER
