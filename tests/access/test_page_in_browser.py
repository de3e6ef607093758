"""The page of access in a headless browser: what a reader sees, hears and can do."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from pulumi_scw_iam.access.page import Grant, Organization, PageData, Path, Scope, render
from tests.support.access_pages import HOSTILE, hostile_page, large_page, small_page
from tests.support.browser import NoBrowser, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path as FilePath

    from playwright.sync_api import Browser, Page

ALICE = "0a6f4c1e-98d2-4a51-b8f1-2f8a5de40102"
WEEKDAYS = "request.time.getDayOfWeek('Europe/Paris') in [1, 2, 3, 4, 5]"
# The script shows these characters by their codes. It has the same rule as `common.words.shown`, but keeps emoji.
CODES = {
    HOSTILE[4]: "user\\u202egpj.exe\\u2066",
    HOSTILE[5]: "line\\u2028separator\\u2029\\u0000\\u001b[31m\\u000d\\u000anew\\u0009line",
    HOSTILE[7]: "family \U0001f468\u200d\U0001f469\u200d\U0001f467 ad\\u200dmin\\ufeff",
    HOSTILE[8]: "lone surrogate \\ud83d",
    "": "(no name)",
}

Opener: TypeAlias = "Callable[..., Page]"


# The module has a browser of its own: while it runs, no other event loop can run in the thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser. Without one, skip; with BROWSER_REQUIRED set, fail."""
    try:
        with chromium() as running:
            yield running
    except NoBrowser as problem:
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(f"NOT CHECKED: {problem}")
        pytest.skip(str(problem))


@pytest.fixture
def opened(browser: Browser, tmp_path: FilePath) -> Iterator[Opener]:
    """Open a page from a file. The test fails if the page has an error, or loads anything else."""
    contexts = []
    errors: list[str] = []
    requests: list[str] = []

    def open_page(data: PageData, fragment: str = "", **options: Any) -> Page:
        file = tmp_path / "access.html"
        file.write_text(render(data), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1360, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{file.as_uri()}{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert {request.partition("#")[0] for request in requests} == {
        (tmp_path / "access.html").as_uri()
    }


def status(page: Page) -> str:
    return page.inner_text("#status")


def table(page: Page) -> list[list[str]]:
    """Return the texts of the cells, with the folded ones."""
    rows: list[list[str]] = page.eval_on_selector_all(
        "#rows tr", "rows => rows.map(row => Array.from(row.cells, cell => cell.textContent))"
    )
    return rows


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")
    )


def scope_name(data: PageData, scope: Scope) -> str:
    if isinstance(scope, int):
        return data.projects[scope].name
    return "the organization" if scope == "organization" else scope


def expected_rows(data: PageData, test: Callable[[Grant], bool]) -> set[tuple[str, str, str, str]]:
    """Group grants into rows, by brute force: principal, permission set, scopes and condition."""
    rows: dict[tuple[int, int, str, frozenset[Path]], set[Scope]] = defaultdict(set)
    for grant in data.grants:
        if test(grant):
            rows[grant[0], grant[1], grant.condition, frozenset(grant.paths)].update(grant.scopes)
    return {
        (
            data.principals[principal].name + "".join(data.principals[principal].notes),
            data.sets[permission_set].name
            + ("any right" * data.sets[permission_set].leads_to_any_right),
            ", ".join(sorted(scope_name(data, scope) for scope in scopes)),
            condition or "no condition",
        )
        for (principal, permission_set, condition, _), scopes in rows.items()
    }


# What a reader sees


def test_the_table_has_each_grant_with_its_rule(opened: Opener) -> None:
    data = small_page()
    page = opened(data)
    assert status(page) == "101 grants · 57 rows · 10 principals"
    rows = table(page)
    assert rows[0] == [
        "olivia@example.com",
        "AllProductsFullAccess",
        "all projects",
        "no condition",
        "no policy needed",
    ]
    page.click("#next")
    rows += table(page)
    assert {tuple(row[:4]) for row in rows} == expected_rows(data, lambda _: True)
    assert [
        "alice@example.com",
        "ContainerRegistryFullAccess",
        "build",
        "no condition",
        "group devs → policy development, rule\u00a01group devs → policy registry, rule\u00a01",
    ] in rows
    assert len(rows) == 57


def test_the_filters_select_the_same_grants_as_brute_force(opened: Opener) -> None:
    data = small_page()
    page = opened(data)
    page.select_option("#scope", label="\u2068prod\u2069")
    assert {tuple(row[:4]) for row in table(page)} == {
        # The scope in question is first, and the others follow.
        (*row[:2], ", ".join(sorted(row[2].split(", "), key=lambda name: name != "prod")), row[3])
        for row in expected_rows(data, lambda _: True)
        if "prod" in row[2] or row[2] == "all projects"
    }
    assert status(page) == "23 grants · 23 rows · 10 principals"

    page.select_option("#scope", label="The organization")
    page.check("#any")
    assert {tuple(row[:4]) for row in table(page)} == expected_rows(
        data,
        lambda grant: grant.scopes == ("organization",) and data.sets[grant[1]].leads_to_any_right,
    )
    assert status(page) == "3 grants · 3 rows · 3 principals"

    page.select_option("#noun", "group")
    assert table(page) == [
        [
            "admins",
            "IAMManagerany right",
            "the organization",
            "request.ip == '203.0.113.7'",
            "policy administration, rule\u00a01",
        ]
    ]
    assert page.text_content("#people") == "adminsgroup · any right1 permission set"

    page.click("button[type=reset]")
    assert status(page) == "101 grants · 57 rows · 10 principals"
    assert focused(page) == "search"


def test_a_search_finds_rows_in_which_each_word_occurs(opened: Opener) -> None:
    page = opened(small_page())
    page.fill("#search", "ALICE instances prod")
    assert table(page) == [
        [
            "alice@example.com",
            "InstancesFullAccess",
            "prod",
            WEEKDAYS,
            "group on-call → policy operations, rule\u00a01",
        ]
    ]
    page.fill("#search", "on-call weekday")
    assert status(page) == "No grants"
    assert page.inner_text("#nothing") == (
        "No grant matches. What this page cannot tell is listed above."
    )
    page.fill("#search", "locked")
    assert {row[0] for row in table(page)} == {
        "carol@example.comlocked: no permissions until the unlock"
    }


def test_a_search_finds_the_permission_sets_that_include_another(opened: Opener) -> None:
    page = opened(small_page())
    page.fill("#search", "functionsread dave")
    assert [row[:2] for row in table(page)] == [
        ["dave@example.com", "AllProductsFullAccessincludes FunctionsReadOnly"]
    ]
    page.fill("#search", "allproducts dave")
    assert [row[:2] for row in table(page)] == [["dave@example.com", "AllProductsFullAccess"]]


def test_policies_without_effect_are_listed(opened: Opener) -> None:
    page = opened(small_page())
    page.click("#orphans summary")
    assert page.inner_text("#orphans").splitlines() == [
        "Policies without effect: they have no principal (1)",
        "old",
    ]


def test_what_the_page_cannot_tell_is_said(opened: Opener) -> None:
    page = opened(small_page())
    assert page.inner_text("#unknown summary") == "What this page cannot tell (2)"
    page.click("#unknown summary")
    assert page.inner_text("#unknown ul").splitlines() == list(small_page().unknown)


def test_a_page_without_grants_says_so(opened: Opener) -> None:
    page = opened(
        PageData(
            as_of="2026-11-29T22:40:00Z",
            organization=Organization(id="1", name=""),
            principals=[],
            projects=[],
            sets=[],
            grants=[],
        )
    )
    assert page.inner_text("h1") == "Access in 1"
    assert status(page) == "No grants"
    assert page.inner_text("#nothing") == "No grant matches."


def test_a_large_organization_is_counted_sorted_and_paged(opened: Opener) -> None:
    data = large_page()
    page = opened(data)
    assert status(page) == f"{len(list(data.grants)):,} grants · 82,689 rows · 500 principals"
    of_one = [
        grant for grant in data.grants if data.principals[grant.principal].name == "principal-123"
    ]
    page.fill("#search", "principal-123")
    assert status(page).startswith(f"{len(of_one):,} grants · ")
    page.fill("#search", "")

    page.click("th[data-column=set] button")
    assert page.get_attribute("th[data-column=set]", "aria-sort") == "ascending"
    assert {row[1] for row in table(page)} == {"Product000FullAccessany right"}
    page.click("th[data-column=set] button")
    assert page.get_attribute("th[data-column=set]", "aria-sort") == "descending"
    assert {row[1] for row in table(page)} == {"Product199FullAccess"}
    first = table(page)
    page.click("#next")
    assert page.inner_text("#page") == "Page 2 of 1,654"
    assert table(page) != first
    page.click("#last")
    assert page.inner_text("#page") == "Page 1,654 of 1,654"
    assert len(table(page)) == 82_689 % 50
    assert page.is_disabled("#next")

    assert page.inner_text("#people-count") == "500"
    assert page.locator("#people li").count() == 100
    page.click("#more-people")
    assert page.locator("#people li").count() == 500


def test_a_search_in_a_large_organization_finds_the_same_grants_as_brute_force(
    opened: Opener,
) -> None:
    data = large_page()
    rows: dict[tuple[int, int, str, tuple[Path, ...]], list[Scope]] = defaultdict(list)
    for grant in data.grants:
        rows[grant.principal, grant.permission_set, grant.condition, grant.paths] += grant.scopes
    scopes_of = {
        index: " ".join(scope_name(data, scope) for scope in scopes)
        for index, scopes in enumerate(rows.values())
    }
    found = [
        scopes
        for index, ((_, permission_set, condition, paths), scopes) in enumerate(rows.items())
        if "product01" in data.sets[permission_set].name.lower()
        and "dayofweek" in condition.lower()
        and any(path.group == "group-3" for path in paths)
        and "project-0" in scopes_of[index]
    ]
    page = opened(data)
    page.fill("#search", "Project-0 product01 dayofweek group-3")
    assert len(found) > 20
    assert status(page).startswith(f"{sum(map(len, found)):,} grants · {len(found)} rows · ")


# The graph


def test_the_graph_has_the_groups_policies_and_scopes_of_each_principal(opened: Opener) -> None:
    data = small_page()
    page = opened(data)
    names = "button.node > bdi, button.node > bdi ~ bdi"
    for index, principal in enumerate(data.principals):
        page.locator("#people button", has_text=principal.name).first.click()
        grants = [grant for grant in data.grants if grant.principal == index]
        # A right of the owner has no policy.
        paths: list[Path | None] = [path for grant in grants for path in grant.paths] or [None]
        scopes = [scope_name(data, scope) for grant in grants for scope in grant.scopes]
        assert [
            set(page.locator("#layers > div").nth(layer).locator(names).all_text_contents())
            for layer in (1, 2, 3)
        ] == [
            {(path and path.group) or "Directly" for path in paths},
            {path.policy if path else "Without a policy" for path in paths},
            {scope[0].upper() + scope[1:] if " " in scope else scope for scope in scopes},
        ]


def test_the_graph_shows_the_way_of_each_grant_of_a_principal(opened: Opener) -> None:
    page = opened(small_page())
    page.click("#people >> text=alice@example.com")
    layers = page.eval_on_selector_all(
        "#layers > div",
        "all => all.map(one => Array.from(one.querySelectorAll('.node'), n => n.innerText))",
    )
    assert [[" / ".join(node.splitlines()) for node in layer] for layer in layers] == [
        ["alice@example.com / 7 permission sets"],
        ["Directly / 2 permission sets", "devs / 6 permission sets", "on-call / 4 permission sets"],
        [
            "alice-data / 2 permission sets / through \u2068Directly\u2069",
            "development / 6 permission sets / through \u2068devs\u2069",
            "registry / ContainerRegistryFullAccess / through \u2068devs\u2069",
            "operations / 4 permission sets / through \u2068on-call\u2069",
        ],
        [
            "data / 2 permission sets / through \u2068alice-data\u2069",
            "All projects / AllProductsReadOnly / through \u2068development\u2069",
            "dev / 5 permission sets / through \u2068development\u2069",
            "build / 5 permission sets / through \u2068development\u2069, \u2068registry\u2069",
            "stage / 6 permission sets / through \u2068development\u2069, \u2068operations\u2069",
            "prod / 4 permission sets / through \u2068operations\u2069",
        ],
    ]
    # Three groups, four policies, and eight lines from policies to scopes.
    assert page.locator("#edges path").count() == 3 + 4 + 8


def test_a_node_of_the_graph_selects_its_grants_and_lights_its_lines(opened: Opener) -> None:
    page = opened(small_page(), f"#principal={ALICE}")
    node = page.locator("#layers button", has_text="operations").first
    node.click()
    assert node.get_attribute("aria-pressed") == "true"
    assert page.inner_text("#table-heading") == "Grants through policy operations"
    assert {row[4].split(", ")[0] for row in table(page)} == {"group on-call → policy operations"}
    assert status(page) == "5 grants · 4 rows"
    # To the group, the policy, and two scopes.
    assert page.locator("#edges path.lit").count() == 4
    node.click()
    assert node.get_attribute("aria-pressed") == "false"
    assert page.inner_text("#table-heading") == "Grants"
    assert status(page) == "23 grants · 13 rows"


def test_the_lines_of_grants_with_a_condition_are_dashed(opened: Opener) -> None:
    page = opened(small_page())
    page.click("#people >> text=dave@example.com")
    scopes = page.locator("#layers > div").nth(3).locator("button")
    assert "through \u2068administration\u2069 only under a condition" in scopes.first.inner_text()
    # Administration needs an address; operations on prod have a rule without a condition.
    assert page.locator("#edges path.conditional").count() == 2
    assert page.locator("#edges path").count() == 2 + 2 + 4


def test_a_filter_changes_the_graph_too(opened: Opener) -> None:
    page = opened(small_page(), f"#principal={ALICE}")
    page.fill("#search", "databases prod")
    assert page.locator("#edges path").count() == 3
    page.fill("#search", "nothing like this")
    assert not page.is_visible("#graph")
    assert page.inner_text("#nothing") == (
        "No grant of \u2068alice@example.com\u2069 matches. What this page cannot tell is listed above."
    )
    page.fill("#search", "backup")
    assert "Other principals with a match: 1." in page.inner_text("#nothing")


def test_scopes_with_equal_lines_are_one_node(opened: Opener) -> None:
    page = opened(small_page())
    page.click("#people >> text=deploy")
    assert [
        text.splitlines()[0]
        for text in page.locator("#layers > div").nth(3).locator("button").all_inner_texts()
    ] == ["dev, stage", "prod"]


# Names of attackers


def test_hostile_names_are_text_and_nothing_else(opened: Opener) -> None:
    shown = [CODES.get(name, name) for name in HOSTILE]
    page = opened(hostile_page())
    tags = "Array.from(document.querySelectorAll('script, style, img, link, iframe, a'), one => one.tagName)"
    assert page.evaluate(tags) == ["STYLE", "A", "SCRIPT", "SCRIPT"]
    title, heading = page.title(), page.inner_text("h1")
    assert title == f"Access in \u2068{HOSTILE[0]}\u2069"
    assert heading == f"Access in {HOSTILE[1] if not HOSTILE[0] else HOSTILE[0]}"

    rows = {tuple(row) for row in table(page)}
    named = [
        name if name != "(no name)" else f"{len(HOSTILE) - 1}" for name in shown
    ]  # the id takes the place of a missing name
    assert rows == {
        (
            name + label,
            label,
            name,
            label if label != "(no name)" else "no condition",
            f"group {label} → policy {label}, rule\u00a01",
        )
        for name, label in zip(named, shown, strict=True)
    }
    for index in range(len(HOSTILE)):
        page.locator("#people button").nth(index).click()
        assert page.evaluate(tags) == ["STYLE", "A", "SCRIPT", "SCRIPT"]
    assert page.title() == title
    assert page.evaluate("Object.prototype.name") is None


def test_a_text_direction_changes_nothing_outside_its_name(opened: Opener) -> None:
    page = opened(hostile_page())
    text = page.inner_text("body")
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f")
    # Hebrew and Arabic are in an isolated element.
    assert page.locator("bdi", has_text="\u05d0\u05d1\u05d2").count() >= 5
    outside = """() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      while (walk.nextNode()) {
        const {data, parentElement} = walk.currentNode;
        const isIsolated = parentElement.closest("bdi, script, style") || data.includes("\u2068");
        if (/[\u0590-\u06ff]/.test(data) && !isIsolated) found.push(parentElement.outerHTML);
      }
      return found;
    }"""
    assert page.evaluate(outside) == []


# No network


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Listen on this machine: the address, and the requests so far."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            seen.append(str(self.client_address))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


REQUESTS = """async address => {
  const blocked = [];
  document.addEventListener("securitypolicyviolation", event => blocked.push(event.effectiveDirective));
  await fetch(`http://${address}/fetch`).catch(() => null);
  navigator.sendBeacon(`http://${address}/beacon`);
  try { new WebSocket(`ws://${address}/socket`); } catch { /* refused at once */ }
  const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
  add("img", {src: `http://${address}/image`});
  add("link", {rel: "stylesheet", href: `http://${address}/style`});
  add("iframe", {src: `http://${address}/frame`});
  const form = Object.assign(document.createElement("form"), {action: `http://${address}/form`});
  document.body.append(form);
  form.submit();
  const refused = [];
  for (const sink of [
    () => { document.body.innerHTML = "<b>"; },
    () => add("script", {src: `http://${address}/script`}),
    () => add("script", {text: "document.title = 'taken'"}),
  ]) {
    try { sink(); } catch (error) { refused.push(error.name); }
  }
  await new Promise(resolve => setTimeout(resolve, 100));
  return [new Set(blocked).size, [...new Set(blocked)].sort(), refused];
}"""


def test_the_page_cannot_send_anything_even_if_its_script_were_changed(
    browser: Browser, tmp_path: FilePath, listener: tuple[str, list[str]]
) -> None:
    address, seen = listener
    file = tmp_path / "access.html"
    file.write_text(render(small_page()), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    _, blocked, refused = page.evaluate(REQUESTS, address)
    assert blocked == [
        "connect-src",
        "form-action",
        "frame-src",
        "img-src",
        "require-trusted-types-for",
        "style-src-elem",
    ]
    assert refused == ["TypeError", "TypeError", "TypeError"]
    assert seen == []
    page.close()


# Keyboard, screen readers, colours


def test_the_page_is_usable_with_the_keyboard_alone(opened: Opener) -> None:
    page = opened(small_page())

    def press(*keys: str) -> str:
        for key in keys:
            page.keyboard.press(key)
        return focused(page)

    assert press("Tab") == "Skip to the grants"
    assert press("Enter") == "olivia@example.com"
    assert press("ArrowDown", "ArrowDown") == "alice@example.com"
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 3
    assert press("End", "PageDown") == "devs"
    assert page.inner_text("#page") == "Page 2 of 2"
    assert press("PageUp", "Home") == "olivia@example.com"
    # A list is one stop of the Tab key.
    assert press("Shift+Tab") == "Through"
    page.focus("#search")
    page.keyboard.type("alice")
    stops = [press("Tab") for _ in range(6)]
    assert stops[2:] == ["any", "Reset", "alice@example.comuser7 permission sets", stops[5]]
    page.focus("#people button")
    assert press("Enter") == "alice@example.com"
    assert page.evaluate("document.activeElement.id") == "detail-heading"
    assert press("Tab") == "All principals"
    assert press("Tab").startswith("Directly")
    assert press("Tab", "Space").startswith("devs")
    assert page.inner_text("#table-heading") == "Grants through group devs"
    assert focused(page).startswith("devs")
    page.focus("#close")
    assert press("Enter") == "Grants"
    assert not page.is_visible("#detail")


def test_the_focus_is_always_visible(opened: Opener) -> None:
    page = opened(small_page(), f"#principal={ALICE}")
    outline = """() => {
      const shown = document.activeElement.matches("[type=radio]") ? document.activeElement.nextSibling : document.activeElement;
      const style = getComputedStyle(shown);
      return [style.outlineStyle, parseFloat(style.outlineWidth) >= 1];
    }"""
    for _ in range(24):
        page.keyboard.press("Tab")
        assert page.evaluate(outline) in (["solid", True], ["auto", True]), focused(page)


def test_the_parts_have_roles_and_names_for_screen_readers(opened: Opener) -> None:
    page = opened(small_page(), f"#principal={ALICE}")
    roles: tuple[tuple[Any, str], ...] = (
        ("search", "Grants"),
        ("searchbox", "Search"),
        ("combobox", "Principals"),
        ("combobox", "Scope"),
        ("navigation", "Principals 10"),
        ("region", "alice@example.com"),
        ("region", "Grants"),
        ("columnheader", "Permission set"),
        ("button", "alice@example.com user 7 permission sets"),
    )
    for role, name in roles:
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    assert page.get_by_role("rowheader").count() == 13
    assert page.get_by_role("status").inner_text() == "23 grants · 13 rows"
    assert [
        (heading["level"], heading["text"])
        for heading in page.eval_on_selector_all(
            "h1, h2, h3",
            "all => all.map(one => ({level: one.tagName, text: one.innerText}))",
        )
    ] == [
        ("H1", "Access in Example"),
        ("H2", "Principals 10"),
        ("H2", "alice@example.com"),
        ("H3", "User"),
        ("H3", "Groups"),
        ("H3", "Policies"),
        ("H3", "Scopes"),
        ("H2", "Grants"),
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 1360), ("light", 420)])
def test_axe_finds_no_barrier(opened: Opener, scheme: str, width: int) -> None:
    page = opened(small_page(), color_scheme=scheme, viewport={"width": width, "height": 900})
    page.click("#unknown summary")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

    def problems() -> list[tuple[str, list[str]]]:
        found = Axe().run(page, options=options).response["violations"]
        return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]

    assert problems() == []
    page.click("#people >> text=dave@example.com")
    page.locator("#layers button", has_text="administration").first.click()
    assert problems() == []


def test_the_colours_follow_the_system_and_the_switch(opened: Opener) -> None:
    page = opened(small_page(), color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    assert (light, dark) == ("rgb(246, 246, 249)", "rgb(18, 18, 24)")
    page.get_by_label("Dark").check()
    assert page.evaluate(background) == dark
    page.get_by_label("Light").check()
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) == light
    page.get_by_label("System").check()
    assert page.evaluate(background) == dark


def test_nothing_moves_for_readers_who_want_less_motion(opened: Opener) -> None:
    page = opened(small_page(), reduced_motion="reduce")
    durations = "Array.from(document.querySelectorAll('*'), one => getComputedStyle(one).transitionDuration)"
    assert set(page.evaluate(durations)) == {"0s"}


# The address, and paper


def test_the_address_keeps_the_filters(opened: Opener) -> None:
    data = small_page()
    page = opened(data)
    page.fill("#search", "full @example")
    page.select_option("#scope", label="\u2068dev\u2069")
    page.click("#people >> text=alice@example.com")
    page.wait_for_url("**principal=*")
    fragment = page.evaluate("location.hash")
    assert fragment == f"#q=full+%40example&scope={data.projects[2].id}&principal={ALICE}"
    again = opened(data, fragment)
    assert again.input_value("#search") == "full @example"
    assert again.inner_text("#detail-heading") == "alice@example.com"
    assert status(again) == status(page)


def test_an_address_with_unknown_values_is_ignored(opened: Opener) -> None:
    page = opened(small_page(), "#scope=constructor&principal=absent&kind=toString&other=1")
    assert status(page) == "101 grants · 57 rows · 10 principals"


def test_paper_has_all_rows_and_no_controls(opened: Opener) -> None:
    page = opened(small_page())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert len(table(page)) == 57
    assert page.is_visible("#unknown ul")
    for control in ("#filters", "nav", "#theme", "#pager"):
        assert not page.is_visible(control)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(table(page)) == 50


def test_a_long_list_in_a_cell_is_folded(opened: Opener) -> None:
    data = small_page()
    paths = tuple(Path("devs", f"policy-{number}", 1) for number in range(9))
    page = opened(
        PageData(
            as_of=data.as_of,
            organization=data.organization,
            principals=data.principals,
            projects=data.projects,
            sets=data.sets,
            grants=[Grant(1, 5, (project,), "", paths) for project in range(5)],
        )
    )
    assert page.locator("#rows summary").all_inner_texts() == ["2 more", "6 more"]
    page.locator("#rows summary").last.click()
    assert page.is_visible("#rows >> text=policy-8")
