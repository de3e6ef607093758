"""Which calls answer the reads of one kind that came together, as a pure function.

The engine reads resources one by one, many at a time, and does not announce those to come. So the first read of
a kind is a single GET. Reads that come together are answered by one list: by their ids, or by the first page of
all, which also tells how many there are. If reads go on, the remaining pages are read, unless they are
many more than the reads so far are worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

__all__ = ["MOST_UNLISTED", "ListPlan", "WaitingReads", "plan", "plan_pages"]

_FEW = 4
"""So many reads at once are answered by the first page of all, which tells the total; fewer by their ids."""

_WORTH = 8
"""One more page of the list of all is worth it for so many reads."""

MOST_UNLISTED = 3
"""After so many objects that exist and are in no list, as of another organization, no more lists are made."""


class ListPlan(Enum):
    """The next list call for the reads that wait. What no list shows is read by its own GET."""

    SINGLE = "single"
    """Make no list call: it is the first read of the kind, and it came alone."""
    NO_LIST = "no list"
    """Make no list call: the whole list is known, or lists do not help."""
    FEW = "few"
    """List the objects by their ids: they are few."""
    FIRST_PAGE = "first page"
    """List the first page of all, then see `plan_pages`."""
    OTHER_PAGES = "other pages"
    """List all pages but the first."""
    BY_IDS = "by ids"
    """List the objects by their ids: the other pages are not worth it yet."""
    LATER = "later"
    """Make no list call: the other pages are not worth it yet, and there is no filter by ids."""


@dataclass(frozen=True, kw_only=True)
class WaitingReads:
    """The reads of one kind so far, and what is known of its list."""

    waiting: int
    """The objects that wait to be read now."""
    page_size: int = 100
    is_first: bool = False
    """No read of the kind came before."""
    has_id_filter: bool = True
    """The API can list the kind by ids."""
    unlisted: int = 0
    """The objects that exist and were in no list."""
    requested: int = 0
    """The objects that waited in earlier rounds for which pages of all were considered."""
    calls_by_ids: int = 0
    """The list calls by ids that were made."""
    total: int = 0
    """The length of the whole list, from its first page; 0 before."""
    first_page_is_fresh: bool = False
    """The first page was read a short time ago."""
    all_pages_are_fresh: bool = False
    """All pages were read a short time ago."""


def plan(reads: WaitingReads) -> ListPlan:
    """Return the list call that is likely to save the most calls, for these reads and for those to come."""
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
    """Return what follows the first page of all, whose total is known."""
    pages = math.ceil(reads.total / reads.page_size)
    worth = reads.calls_by_ids + (reads.requested + reads.waiting) // _WORTH
    if pages - 2 < worth:
        return ListPlan.OTHER_PAGES
    return ListPlan.BY_IDS if reads.has_id_filter else ListPlan.LATER
