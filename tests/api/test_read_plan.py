"""Which list calls answer reads that come together, as a table."""

from __future__ import annotations

import pytest

from pulumi_scw_iam.api.read_plan import Plan, Reads, plan, plan_pages

CASES = {
    # The first read of a kind.
    "the first read, alone": (Reads(is_first=True, waiting=1), Plan.SINGLE),
    "the first read, alone, of SSH keys": (
        Reads(is_first=True, waiting=1, has_id_filter=False),
        Plan.SINGLE,
    ),
    "two first reads": (Reads(is_first=True, waiting=2), Plan.FEW),
    "a later read, alone": (Reads(waiting=1), Plan.FEW),
    # Few by their ids; for many, a page of all tells more.
    "three": (Reads(waiting=3), Plan.FEW),
    "four": (Reads(waiting=4), Plan.FIRST_PAGE),
    "three, after a list by ids": (Reads(waiting=3, calls_by_ids=1), Plan.FIRST_PAGE),
    "three, after a first page": (Reads(waiting=3, total=9), Plan.FIRST_PAGE),
    "two of a kind that has no filter": (Reads(waiting=2, has_id_filter=False), Plan.FIRST_PAGE),
    # The pages after the first.
    "a list of one page": (Reads(waiting=4, total=100, first_page_is_fresh=True), Plan.OTHER_PAGES),
    "an empty list": (
        Reads(waiting=4, total=0, first_page_is_fresh=True),
        Plan.OTHER_PAGES,
    ),
    "two pages, for few": (Reads(waiting=7, total=101, first_page_is_fresh=True), Plan.BY_IDS),
    "two pages, for eight": (
        Reads(waiting=8, total=200, first_page_is_fresh=True),
        Plan.OTHER_PAGES,
    ),
    "two pages, for eight in two rounds": (
        Reads(waiting=4, requested=4, total=200, first_page_is_fresh=True),
        Plan.OTHER_PAGES,
    ),
    "two pages, after a list by ids": (
        Reads(waiting=4, calls_by_ids=1, total=200, first_page_is_fresh=True),
        Plan.OTHER_PAGES,
    ),
    "three pages, for eight": (Reads(waiting=8, total=201, first_page_is_fresh=True), Plan.BY_IDS),
    "a long list": (
        Reads(waiting=32, requested=60, calls_by_ids=2, total=2_000, first_page_is_fresh=True),
        Plan.BY_IDS,
    ),
    "a long list, for many": (
        Reads(waiting=32, requested=128, total=2_000, first_page_is_fresh=True),
        Plan.OTHER_PAGES,
    ),
    "a long list that has no filter": (
        Reads(waiting=32, total=2_000, has_id_filter=False, first_page_is_fresh=True),
        Plan.LATER,
    ),
    "a list with other pages": (
        Reads(waiting=4, total=20, page_size=10, first_page_is_fresh=True),
        Plan.BY_IDS,
    ),
    # What was read a short time ago is not read again.
    "the whole list is known": (
        Reads(waiting=9, total=50, first_page_is_fresh=True, all_pages_are_fresh=True),
        Plan.NO_LIST,
    ),
    "the whole list was known": (Reads(waiting=9, total=50), Plan.FIRST_PAGE),
    # Lists that do not show the objects.
    "two objects that no list shows": (Reads(waiting=9, unlisted=2), Plan.FIRST_PAGE),
    "three objects that no list shows": (Reads(waiting=9, unlisted=3), Plan.NO_LIST),
    "few, of which three are in no list": (Reads(waiting=2, unlisted=3), Plan.NO_LIST),
}


@pytest.mark.parametrize(("reads", "expected"), CASES.values(), ids=CASES)
def test_the_next_list_call_follows_from_the_reads_so_far(reads: Reads, expected: Plan) -> None:
    assert plan(reads) == expected


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (Reads(waiting=4, total=0), Plan.OTHER_PAGES),
        (Reads(waiting=1, total=0), Plan.OTHER_PAGES),
        (Reads(waiting=7, total=101), Plan.BY_IDS),
        (Reads(waiting=7, total=101, has_id_filter=False), Plan.LATER),
    ],
)
def test_after_the_first_page_its_total_decides(reads: Reads, expected: Plan) -> None:
    assert plan_pages(reads) == expected
