"""The list calls for concurrent reads, as a table."""

from __future__ import annotations

import pytest

from pulumi_scw_iam.api.read_plan import ListPlan, WaitingReads, plan, plan_pages

CASES = {
    # The first read of a kind.
    "the first read, alone": (WaitingReads(is_first=True, waiting=1), ListPlan.SINGLE),
    "the first read, alone, of SSH keys": (
        WaitingReads(is_first=True, waiting=1, has_id_filter=False),
        ListPlan.SINGLE,
    ),
    "two first reads": (WaitingReads(is_first=True, waiting=2), ListPlan.FEW),
    "a later read, alone": (WaitingReads(waiting=1), ListPlan.FEW),
    # Few reads use ids; more reads use the first page of all objects.
    "three": (WaitingReads(waiting=3), ListPlan.FEW),
    "four": (WaitingReads(waiting=4), ListPlan.FIRST_PAGE),
    "three, after a list by ids": (WaitingReads(waiting=3, calls_by_ids=1), ListPlan.FIRST_PAGE),
    "three, after a first page": (WaitingReads(waiting=3, total=9), ListPlan.FIRST_PAGE),
    "two of a kind that has no filter": (
        WaitingReads(waiting=2, has_id_filter=False),
        ListPlan.FIRST_PAGE,
    ),
    # Later pages.
    "a list of one page": (
        WaitingReads(waiting=4, total=100, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "an empty list": (
        WaitingReads(waiting=4, total=0, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "two pages, for few": (
        WaitingReads(waiting=7, total=101, first_page_is_fresh=True),
        ListPlan.BY_IDS,
    ),
    "two pages, for eight": (
        WaitingReads(waiting=8, total=200, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "two pages, for eight in two rounds": (
        WaitingReads(waiting=4, requested=4, total=200, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "two pages, after a list by ids": (
        WaitingReads(waiting=4, calls_by_ids=1, total=200, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "three pages, for eight": (
        WaitingReads(waiting=8, total=201, first_page_is_fresh=True),
        ListPlan.BY_IDS,
    ),
    "a long list": (
        WaitingReads(
            waiting=32, requested=60, calls_by_ids=2, total=2_000, first_page_is_fresh=True
        ),
        ListPlan.BY_IDS,
    ),
    "a long list, for many": (
        WaitingReads(waiting=32, requested=128, total=2_000, first_page_is_fresh=True),
        ListPlan.OTHER_PAGES,
    ),
    "a long list that has no filter": (
        WaitingReads(waiting=32, total=2_000, has_id_filter=False, first_page_is_fresh=True),
        ListPlan.LATER,
    ),
    "a list with other pages": (
        WaitingReads(waiting=4, total=20, page_size=10, first_page_is_fresh=True),
        ListPlan.BY_IDS,
    ),
    # A fresh list is not read again.
    "the whole list is known": (
        WaitingReads(waiting=9, total=50, first_page_is_fresh=True, all_pages_are_fresh=True),
        ListPlan.NO_LIST,
    ),
    "the whole list was known": (WaitingReads(waiting=9, total=50), ListPlan.FIRST_PAGE),
    # Objects that are in no list.
    "two objects that no list shows": (WaitingReads(waiting=9, unlisted=2), ListPlan.FIRST_PAGE),
    "three objects that no list shows": (WaitingReads(waiting=9, unlisted=3), ListPlan.NO_LIST),
    "few, of which three are in no list": (WaitingReads(waiting=2, unlisted=3), ListPlan.NO_LIST),
}


@pytest.mark.parametrize(("reads", "expected"), CASES.values(), ids=CASES)
def test_the_next_list_call_follows_from_the_reads_so_far(
    reads: WaitingReads, expected: ListPlan
) -> None:
    assert plan(reads) == expected


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (WaitingReads(waiting=4, total=0), ListPlan.OTHER_PAGES),
        (WaitingReads(waiting=1, total=0), ListPlan.OTHER_PAGES),
        (WaitingReads(waiting=7, total=101), ListPlan.BY_IDS),
        (WaitingReads(waiting=7, total=101, has_id_filter=False), ListPlan.LATER),
    ],
)
def test_after_the_first_page_its_total_decides(reads: WaitingReads, expected: ListPlan) -> None:
    assert plan_pages(reads) == expected
