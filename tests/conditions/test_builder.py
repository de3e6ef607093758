"""Built conditions: text, negation, parentheses, errors. The linter has no findings in built conditions."""

from __future__ import annotations

import copy
import ipaddress
import json
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import celpy
import pytest
from celpy import celtypes
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam import conditions
from pulumi_scw_iam.conditions.lint import LintReport, lint

PARIS = "Europe/Paris"
HOUR = f'request.time.getHours("{PARIS}")'
DAY = f'request.time.getDayOfWeek("{PARIS}")'
TIME = 'timestamp("2030-01-31T11:00:00Z")'


@pytest.mark.parametrize(
    ("condition", "text", "negated"),
    [
        (
            conditions.ip("203.0.113.7"),
            'request.ip == "203.0.113.7"',
            'request.ip != "203.0.113.7"',
        ),
        (
            conditions.ip("203.0.113.7", "2001:DB8::0:1"),
            'request.ip in ["203.0.113.7", "2001:db8::1"]',
            '!(request.ip in ["203.0.113.7", "2001:db8::1"])',
        ),
        (
            conditions.before("2030-01-31T12:00:00+01:00"),
            f"request.time < {TIME}",
            f"request.time >= {TIME}",
        ),
        (
            conditions.after(datetime(2030, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))),
            f"request.time >= {TIME}",
            f"request.time < {TIME}",
        ),
        (
            conditions.hours(9, 17, zone=PARIS),
            f"{HOUR} >= 9 && {HOUR} < 17",
            f"{HOUR} < 9 || {HOUR} >= 17",
        ),
        (
            conditions.hours(22, 6, zone=PARIS),
            f"{HOUR} >= 22 || {HOUR} < 6",
            f"{HOUR} < 22 && {HOUR} >= 6",
        ),
        (conditions.hours(0, 6, zone=PARIS), f"{HOUR} < 6", f"{HOUR} >= 6"),
        (conditions.hours(18, 24, zone=PARIS), f"{HOUR} >= 18", f"{HOUR} < 18"),
        (
            conditions.weekdays("monday", "Sunday", zone=PARIS),
            f"{DAY} in [0, 1]",
            f"!({DAY} in [0, 1])",
        ),
        (
            conditions.user_agent_contains('a"\\\n'),
            r'request.user_agent.contains("a\"\\\n")',
            r'!request.user_agent.contains("a\"\\\n")',
        ),
        (
            conditions.resource_id("x"),
            '(resource.id == "x" || !has(resource.id))',
            '(resource.id != "x" || !has(resource.id))',
        ),
        (
            conditions.resource_name("x", "y", lists=False),
            'resource.name in ["x", "y"]',
            '!(resource.name in ["x", "y"])',
        ),
        (
            conditions.resource_name_starts_with("/a/"),
            '(resource.name.startsWith("/a/") || !has(resource.id))',
            '(!resource.name.startsWith("/a/") || !has(resource.id))',
        ),
        (
            conditions.resource_locality("fr-par", "fr-par-1", "nl-ams-2", "global"),
            '(resource.locality.startsWith("fr-par") || resource.locality == "nl-ams-2"'
            ' || resource.locality == "global" || !has(resource.id))',
            '((!resource.locality.startsWith("fr-par") && resource.locality != "nl-ams-2"'
            ' && resource.locality != "global") || !has(resource.id))',
        ),
        (conditions.text(" a || b "), "a || b", "!(a || b)"),
        (conditions.text("a // why"), "a // why\n", "!(a // why\n)"),
    ],
)
def test_what_is_built(condition: conditions.Condition, text: str, negated: str) -> None:
    assert (str(condition), str(~condition), str(~~condition)) == (text, negated, text)


def test_brackets_are_where_they_are_needed() -> None:
    a, b, c = (conditions.text(f'request.user_agent == "{name}"') for name in "abc")
    x, y = conditions.ip("203.0.113.7"), conditions.user_agent_contains("y")
    assert str(x & y & x) == f"{x} && {y} && {x}"
    assert str(x & y | x) == f"({x} && {y}) || {x}"
    assert str((x | y) & x) == f"({x} || {y}) && {x}"
    assert str(~(x & y)) == f"{~x} || {~y}"
    assert str(a & b | ~c) == f"(({a}) && ({b})) || !({c})"


def test_a_condition_is_a_string_wherever_it_goes() -> None:
    condition = conditions.ip("203.0.113.7")
    text = 'request.ip == "203.0.113.7"'
    assert condition == text
    assert json.loads(json.dumps([condition])) == [text]
    for copied in (pickle.loads(pickle.dumps(condition)), copy.deepcopy(condition), str(condition)):
        assert (copied, type(copied)) == (text, str)


def test_a_plain_string_is_not_combined() -> None:
    with pytest.raises(TypeError):
        conditions.ip("203.0.113.7") & "true"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (conditions.ip, "the address is empty; pass at least one address"),
        (
            lambda: conditions.ip("10.0.0.1"),
            '"10.0.0.1" is a private address, but Scaleway sees only public addresses;'
            " write the public address",
        ),
        (
            lambda: conditions.ip("203.0.113.0/24"),
            '"203.0.113.0/24" is a network, but addresses are compared as text; list single'
            " addresses",
        ),
        (
            lambda: conditions.before(datetime(2030, 1, 1)),  # noqa: DTZ001 - without a zone
            "the time has no time zone; pass a datetime with tzinfo",
        ),
        (
            lambda: conditions.after("2030-01-01T00:00:00"),
            '"2030-01-01T00:00:00" has no time zone; end it with Z (UTC) or +02:00',
        ),
        (
            lambda: conditions.hours(9, 25, zone=PARIS),
            "25 is not an hour; pass a whole number from 0 to 24",
        ),
        (
            lambda: conditions.hours(9, 9, zone=PARIS),
            "the hours cover the whole day or no hour; pass a different start or end",
        ),
        (
            lambda: conditions.hours(9, 17, zone="Europe/Pariss"),
            '"Europe/Pariss" is not a known time zone; did you mean Europe/Paris?',
        ),
        (
            lambda: conditions.weekdays("mon", zone=PARIS),
            '"mon" is not a weekday; pass one of sunday, monday, tuesday, wednesday, thursday,'
            " friday, saturday",
        ),
        (
            lambda: conditions.user_agent_contains(""),
            "the text is empty; pass at least one text",
        ),
        (
            lambda: conditions.resource_name("\ud800"),
            "the text has an unpaired surrogate; pass valid Unicode text",
        ),
        (
            lambda: conditions.resource_locality("paris"),
            '"paris" is not a locality; pass a region such as fr-par, a zone such as fr-par-1,'
            " or global",
        ),
        (
            lambda: conditions.text("a) || (b"),
            'the text is not a CEL expression: unexpected ")" at line 1, column 2;'
            " complete or remove this part",
        ),
    ],
)
def test_bad_input_is_refused(build: Callable[[], conditions.Condition], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        build()
    assert str(caught.value) == message


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
public = st.integers(1, 254).map(lambda last: str(ipaddress.IPv4Address(f"203.0.113.{last}")))
# Each strategy tests a different field: two tests of one field could contradict each other.
LEAVES: list[st.SearchStrategy[conditions.Condition]] = [
    st.lists(public, min_size=1, max_size=3).map(lambda ips: conditions.ip(*ips)),
    st.timedeltas(timedelta(0), timedelta(36500)).map(
        lambda later: conditions.before(datetime(2100, 1, 1, tzinfo=timezone.utc) + later)
    ),
    st.tuples(st.integers(0, 23), st.integers(0, 24))
    .filter(lambda h: h[0] != h[1] and h != (0, 24))
    .map(lambda h: conditions.hours(*h, zone=PARIS)),
    st.lists(st.sampled_from(["monday", "sunday"]), min_size=1).map(
        lambda days: conditions.weekdays(*days, zone=PARIS)
    ),
    texts.map(conditions.user_agent_contains),
    st.lists(texts, min_size=1, max_size=3).map(lambda ids: conditions.resource_id(*ids)),
    texts.map(conditions.resource_name),
    texts.map(conditions.resource_name_starts_with),
    st.lists(st.sampled_from(["fr-par", "nl-ams-1", "global"]), min_size=1).map(
        lambda places: conditions.resource_locality(*places)
    ),
]


@st.composite
def built(draw: st.DrawFn) -> conditions.Condition:
    parts = [draw(leaf) for leaf in draw(st.permutations(LEAVES))[: draw(st.integers(1, 6))]]
    while len(parts) > 1:
        left, right = parts.pop(draw(st.integers(0, len(parts) - 1))), parts.pop()
        joined = left & right if draw(st.booleans()) else left | right
        parts.append(~joined if draw(st.booleans()) else joined)
    return ~parts[0] if draw(st.booleans()) else parts[0]


@given(built())
def test_the_linter_has_nothing_to_say_of_what_is_built(condition: conditions.Condition) -> None:
    assert lint(condition) == LintReport()


Truth = Callable[[frozenset[str]], bool]


@st.composite
def formulas(draw: st.DrawFn) -> tuple[conditions.Condition, Truth]:
    """Draw a condition about the letters a to d in the user agent, and a function that evaluates the condition."""

    def made(depth: int) -> tuple[conditions.Condition, Truth]:
        kind = draw(st.sampled_from(["leaf", "text", "&", "|", "~"])) if depth else "leaf"
        if kind in {"leaf", "text"}:
            name = draw(st.sampled_from("abcd"))
            condition = conditions.user_agent_contains(name)
            if kind == "text":
                other = conditions.text(f"{condition} || false // so")
                return other, lambda agent: name in agent
            return condition, lambda agent: name in agent
        left, left_truth = made(depth - 1)
        if kind == "~":
            return ~left, lambda agent: not left_truth(agent)
        right, right_truth = made(depth - 1)
        if kind == "&":
            return left & right, lambda agent: left_truth(agent) and right_truth(agent)
        return left | right, lambda agent: left_truth(agent) or right_truth(agent)

    return made(4)


# Created once, outside of the test, because the constructor raises the recursion limit of the process.
ENVIRONMENT = celpy.Environment()
AGENTS = ["", "a", "b", "ab", "cd", "acd", "bc", "abcd"]


@given(formulas())
def test_brackets_keep_the_meaning(formula: tuple[conditions.Condition, Truth]) -> None:
    condition, truth = formula
    program = ENVIRONMENT.program(ENVIRONMENT.compile(str(condition)))
    found = [
        bool(
            program.evaluate(
                {
                    "request": celtypes.MapType(
                        {celtypes.StringType("user_agent"): celtypes.StringType(agent)}
                    )
                }
            )
        )
        for agent in AGENTS
    ]
    assert found == [truth(frozenset(agent)) for agent in AGENTS]
