"""The page of access as a text: its data, its escaping, and what it lets a browser do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_scw_iam.access.page import (
    Grant,
    Organization,
    PageData,
    Path,
    PermissionSet,
    Principal,
    Project,
    Scope,
    render,
)
from tests.support.access_pages import HOSTILE, hostile_page, small_page

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSETS = FilePath(__file__).parents[2] / "pulumi_scw_iam" / "access" / "assets"


class _Elements(HTMLParser):
    """The elements with their attributes, and the text of scripts and style sheets."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sources: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None:
            tag, attributes = self.tags[-1]
            self.sources.append((attributes.get("type") or tag, data))

    def source(self, kind: str) -> str:
        return "".join(text for name, text in self.sources if name == kind)


def embedded(text: str) -> Any:
    return json.loads(_Elements(text).source("application/json"))


def grants_of(data: Any) -> Iterator[Grant]:
    """Decode the blocks, as the script of the page does."""
    names: dict[int, Scope] = {-2: "organization", -1: "all projects"}
    blocks = data["blocks"]
    for principal, sets, scopes, condition, ways in zip(
        *(blocks[at::5] for at in range(5)), strict=True
    ):
        paths = tuple(
            Path(None if group < 0 else data["names"][group], data["names"][policy], rule)
            for group, policy, rule in (data["paths"][path] for path in data["path_lists"][ways])
        )
        for permission_set in data["set_lists"][sets]:
            yield Grant(
                principal,
                permission_set,
                tuple(names.get(scope, scope) for scope in data["scope_lists"][scopes]),
                data["conditions"][condition],
                paths,
            )


NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6))
PATHS = st.builds(Path, st.none() | NAMES, NAMES, st.integers(1, 3))
GRANTS = st.builds(
    Grant,
    st.integers(0, 2),
    st.integers(0, 3),
    st.lists(
        st.sampled_from(("organization", "all projects")) | st.integers(0, 2),
        min_size=1,
        max_size=3,
    ).map(tuple),
    st.just("") | NAMES,
    st.lists(PATHS, max_size=3, unique=True).map(tuple),
)


@st.composite
def pages(draw: st.DrawFn) -> PageData:
    """Draw the data of a page with three principals, four permission sets and three projects."""
    return PageData(
        as_of="2026-11-29T22:40:00Z",
        organization=Organization(id=draw(NAMES), name=draw(NAMES)),
        principals=[
            Principal(id=str(number), noun="user", name=draw(NAMES), notes=(draw(NAMES),))
            for number in range(3)
        ],
        projects=[Project(id=str(number), name=draw(NAMES)) for number in range(3)],
        sets=[
            PermissionSet(
                name=draw(NAMES), scope_type="projects", leads_to_any_right=draw(st.booleans())
            )
            for _ in range(4)
        ],
        grants=draw(st.lists(GRANTS, max_size=12)),
        unknown=draw(st.lists(NAMES, max_size=2)),
    )


def _comparable(grants: list[Grant]) -> set[tuple[object, ...]]:
    return {
        (grant.principal, grant.permission_set, scope, grant.condition, frozenset(grant.paths))
        for grant in grants
        for scope in grant.scopes
    }


@given(pages())
def test_the_page_holds_exactly_the_grants_of_the_data(data: PageData) -> None:
    decoded = list(grants_of(embedded(render(data))))
    assert _comparable(decoded) == _comparable(list(data.grants))
    assert sum(len(grant.scopes) for grant in decoded) == len(_comparable(decoded))


@given(pages(), st.randoms(use_true_random=False))
def test_the_order_of_grants_and_paths_does_not_change_the_page(
    data: PageData, random: Any
) -> None:
    shuffled = [
        grant._replace(paths=tuple(random.sample(grant.paths, len(grant.paths))))
        for grant in data.grants
    ]
    random.shuffle(shuffled)
    assert render(replace(data, grants=shuffled)) == render(data)


@given(pages())
@example(hostile_page())
def test_no_name_changes_the_elements_of_the_page(data: PageData) -> None:
    text = render(data)
    elements = _Elements(text)
    assert elements.tags == _Elements(render(small_page())).tags
    # All that differs between two pages is one line of JSON, in ASCII.
    start, end = '<script type="application/json" id="data">', "</script>"
    line = text.partition(start)[2].partition(end)[0]
    assert line.isascii()
    assert not set(line) & set("<>&\n")
    assert text.replace(line, "") == render(small_page()).replace(
        render(small_page()).partition(start)[2].partition(end)[0], ""
    )


@given(pages())
def test_every_page_can_be_written_as_a_file(data: PageData) -> None:
    assert render(data).encode().decode() == render(data)


def test_names_arrive_unchanged() -> None:
    data = hostile_page()
    found = embedded(render(data))
    assert [one["name"] for one in found["principals"]] == list(HOSTILE)
    assert [one["name"] for one in found["projects"]] == list(HOSTILE)
    assert found["unknown"] == list(HOSTILE)


def test_the_policy_allows_the_script_and_the_style_sheet_of_the_page_only() -> None:
    elements = _Elements(render(small_page()))

    def digest(kind: str) -> str:
        return base64.b64encode(hashlib.sha256(elements.source(kind).encode()).digest()).decode()

    (policy,) = (
        attributes["content"]
        for tag, attributes in elements.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; script-src 'sha256-{digest('script')}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    # The policy comes before anything that it is about.
    tags = [tag for tag, _ in elements.tags]
    assert tags.index("meta") + 1 < tags.index("style") < tags.index("script")


def test_the_page_refers_to_nothing_outside() -> None:
    elements = _Elements(render(small_page()))
    outside = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping"}
    for tag, attributes in elements.tags:
        assert not outside & attributes.keys(), tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert attributes.get("href") in (None, "#table")
    assert "link" not in {tag for tag, _ in elements.tags}
    assert not re.search(r"url\(|@import", elements.source("style"))
    addresses = re.findall(r"\w+://[^\"\s]*", elements.source("style") + elements.source("script"))
    assert addresses == ["http://www.w3.org/2000/svg"]


def test_the_script_has_no_way_to_turn_text_into_html_or_code() -> None:
    script = (ASSETS / "page.js").read_text()
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc|\.href\b"
    assert re.findall(sinks, script) == []


@pytest.mark.parametrize(
    ("grant", "message"),
    [
        (Grant(10, 0, ("organization",)), "a grant names principal 10; there are 10"),
        (Grant(-1, 0, ("organization",)), "a grant names principal -1; there are 10"),
        (Grant(0, 11, ("organization",)), "a grant names permission set 11; there are 11"),
        (Grant(0, 0, (5,)), "a grant names project 5; there are 5"),
        (Grant(0, 0, (-1,)), "a grant names project -1; there are 5"),
    ],
)
def test_a_grant_of_something_unknown_is_refused(grant: Grant, message: str) -> None:
    with pytest.raises(IndexError, match=f"^{re.escape(message)}$"):
        render(replace(small_page(), grants=[grant]))
