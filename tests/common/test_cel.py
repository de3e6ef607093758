"""CEL: the evaluation agrees with the specification and with Google's implementation."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pulumi_scw_iam.common.cel.evaluation import EvaluationError, evaluate, new_map
from pulumi_scw_iam.common.cel.parser import SyntaxFailure, UnsupportedSyntax
from pulumi_scw_iam.common.cel.syntax import parse_strictly
from tools import record_cel

VARIABLES = {
    "request": new_map(
        {
            **record_cel.REQUEST,
            "time": datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone.utc),
        }
    ),
    "resource": new_map(record_cel.RESOURCE),
}


def result(text: str) -> str:
    try:
        value = evaluate(parse_strictly(text), VARIABLES)
    except (SyntaxFailure, UnsupportedSyntax):
        return "syntax"
    except EvaluationError:
        return "error"
    return str(value).lower() if isinstance(value, bool) else "value"


def test_random_expressions_have_the_results_of_googles_implementation() -> None:
    lines = record_cel.FILE.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines]
    expected = {text: found for found, text in pairs}
    assert len(expected) > 1000
    assert {text: result(text) for text in expected} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # `&&` and `||` ignore an error if the other side decides.
        ("nope == 1 || true", "true"),
        ("nope == 1 && false", "false"),
        ("nope == 1 || false", "error"),
        ("1 || true", "true"),
        ("[1, 0].exists(x, 1 / x == 1)", "true"),
        ("[0, 2].exists(x, 1 / x == 1)", "error"),
        ("false && true || true", "true"),
        # Values of different types are different; numbers are compared as numbers.
        ("request.ip == 1", "false"),
        ("1 == 1.0 && 1u == 1 && [1] == [1.0] && {'a': 1} == {'a': 1u}", "true"),
        ("true == 1", "false"),
        ("request.time == '2026-03-29T01:30:00.123456Z'", "false"),
        ("1 + 1u == 2u", "error"),
        # Times and zones: the clocks in Paris change at this hour.
        ("request.time.getHours('Europe/Paris')", "value"),
        ("request.time.getHours('Europe/Paris') == 3", "true"),
        ("request.time.getHours('+02:00') == 3 && request.time.getHours('02:00') == 3", "true"),
        ("request.time.getHours('-11:00') == 14", "true"),
        ("request.time.getDayOfWeek('America/New_York') == 6", "true"),
        ("request.time.getHours('Europe/Pariss') == 3", "error"),
        ("request.time.getHours('/etc/passwd') == 3", "error"),
        ("request.time.getHours(1) == 3", "error"),
        ("timestamp('0001-01-01T00:00:00Z').getHours('-05:00') == 1", "error"),
        ("timestamp('2130-01-31') > request.time", "error"),
        ("timestamp('2130-01-31 12:00:00Z') > request.time", "error"),
        ("request.time + duration('100000000h') > request.time", "error"),
        ("string(timestamp('2026-01-01T00:00:00Z')) == '2026-01-01T00:00:00Z'", "true"),
        # Strings and regular expressions.
        ("'😀'.size() == 1", "true"),
        (r"request.ip.matches('^203\\.0\\.113\\.[0-9]+$')", "true"),
        (r"'a\n'.matches('a$')", "false"),
        (r"'a'.matches('(?m)a$')", "error"),
        ("'a'.matches('[[:alpha:]]')", "error"),
        ("'&'.matches('^[&&|~]$') && '['.matches('[[]')", "true"),
        ("'a'.matches('[a')", "error"),
        # Names.
        ("has(resource.id) && !has(resource.nope)", "true"),
        ("has(request.ip.nope)", "error"),
        ("resource['id'] == 'abc' && request.`ip` == '203.0.113.7'", "true"),
        (".request.ip == '203.0.113.7'", "true"),
        ("type(request.time) == google.protobuf.Timestamp", "true"),
        ("google.protobuf.BoolValue{value: true}", "error"),
        # Limits.
        ("(" * 200 + "true" + ")" * 200, "true"),
        (" || ".join(["false"] * 150 + ["true"]), "true"),
        ("9223372036854775807 + 1 > 0", "error"),
        ("9223372036854775808 > 0", "error"),
        ("['aaaaaaaaaa']" + ".map(x, x + x)" * 40 + " == []", "error"),
        ("[1, 1, 1, 1, 1, 1, 1, 1].all(a, " * 6 + "true" + ")" * 6, "error"),
        ("[1, 2,].size() == 2 // a comment", "true"),
        ("if == 1", "syntax"),
        ("has(1)", "syntax"),
        (r"'\d' == 'd'", "syntax"),
        (r"b'\xff' == b'a'", "error"),
        ("-1u == 1u", "error"),
    ],
)
def test_the_result_of_an_expression(text: str, expected: str) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nope", "nope does not exist"),
        ("request.nope", "request.nope does not exist"),
        ("request.ip.nope", "string has no field nope"),
        ("nope(1)", "nope() does not exist"),
        ("'a'.contains(1)", "contains() has no meaning for string, int"),
        ("size()", "size() has no meaning for nothing"),
        ("!1", "int is not a bool"),
        ("'a' < 1", "< has no meaning for string and int"),
        ("1 in 1", "in has no meaning for int"),
        ("{[]: 1}", "list is not the type of a key"),
        ("{1: 1, 1u: 2}", "a map has a key twice"),
        ("-'a'", "- has no meaning for string"),
        ("[1][2]", "an index is out of range"),
        ("duration('1')", 'duration() needs a text such as "1h30m"'),
        ("'a'.matches('a**')", "matches() cannot use the pattern: ** repeats a repetition"),
    ],
)
def test_an_error_names_its_reason(text: str, reason: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse_strictly(text), VARIABLES)
    assert str(caught.value) == reason


def test_a_number_keeps_its_type() -> None:
    values: list[Any] = [evaluate(parse_strictly(text), {}) for text in ("1", "1u", "0x10", "1.0")]
    types = [type(value).__name__ for value in values]
    assert (values, types) == ([1, 1, 16, 1.0], ["int", "Uint", "int", "float"])
