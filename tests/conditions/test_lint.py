"""The linter reports the faults of a condition, with a fix."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.common.cel import parser
from pulumi_scw_iam.common.permission_sets import PermissionSet
from pulumi_scw_iam.conditions.lint import LintReport, lint

if TYPE_CHECKING:
    from collections.abc import Collection

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
IP = 'request.ip == "203.0.113.7"'
ALWAYS = "and limits nothing; test a field of the request, or remove the condition"
NEVER = "so the rule never applies; correct the condition, or remove the rule"
HOUR = 'request.time.getHours("Europe/Paris")'


def messages(
    condition: str, permission_sets: Collection[PermissionSet] = ()
) -> tuple[str | None, tuple[str, ...]]:
    """Return the message of the failure, and the messages of the warnings."""
    report = lint(condition, permission_sets, now=NOW)
    failure = report.failure.message if report.failure else None
    return failure, tuple(warning.message for warning in report.warnings)


@pytest.mark.parametrize(
    "condition",
    [
        "",
        IP,
        "request.ip == '203.0.113.7'",
        '"""203.0.113.7""" == request.ip',
        "request.ip == '''203.0.113.7'''",
        r'r"\" == request.user_agent || r"a\" == request.user_agent',
        r'request.user_agent.matches(r"\d+\.\d+")',
        r'request.user_agent == "\a\b\f\n\r\t\v\\\?\"\'\`\x41\X41\u00e9\U0001F600\101"',
        'request.user_agent.contains("é 😀 // no comment, \'")',
        f"{IP} // the office",
        f"// the office\n{IP}\n\t|| request.user_agent.contains('x')",
        'request.user_agent == "a" ? request.ip == "203.0.113.7" : request.ip == "203.0.113.8"',
        'request.ip in ["203.0.113.7", "203.0.113.8",]',
        '{"203.0.113.7": true,}[request.ip]',
        '["a", "b"].exists(part, request.user_agent.contains(part))',
        '["a"].all(p, request.user_agent.startsWith(p))',
        "size(request.user_agent) > 0x1F",
        "request.user_agent.size() - 1 > 1u",
        "request.user_agent.size() -1 > -1",
        "double(request.user_agent.size()) * 1.5e1 > .5",
        'bytes(request.user_agent) == b"\\x00" || bytes(request.user_agent) == br"\\"',
        "!!request.user_agent.contains('a')",
        "request.time - timestamp('2026-01-01T00:00:00Z') > duration('1h')",
        f"{HOUR} >= 22 || {HOUR} < 6",
        'request.time.getDayOfWeek("+02:00") in [1, 2]',
        'resource.id == "x" || !has(resource.id)',
        'resource["id"] == "x" || !has(resource.id)',
        'has(resource.id) && resource.id == "x"',
        f'{IP} && (resource.name.startsWith("/a/") || !has(resource.id))',
        "type(request.ip) == string",
        "request.user_agent.contains('(') && request.user_agent.contains(']')",
    ],
)
def test_nothing_is_found_in_what_is_right(condition: str) -> None:
    assert lint(condition, now=NOW) == LintReport()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            'request.ip = "x"',
            'is not a CEL expression: unexpected "=" at line 1, column 12; write == to compare',
        ),
        (
            f"{IP}\nand true",
            'is not a CEL expression: unexpected "and" at line 2, column 1; write && for and',
        ),
        (
            f"({IP}",
            'is not a CEL expression: unexpected end after "\\"203.0.113.7\\""; complete the expression',
        ),
        (
            'request.ip == "203',
            'is not a CEL expression: the string "\\"203" at line 1, column 15 is'
            ' not closed; close it with "',
        ),
        ("  ", "is blank; write an expression, or remove the condition"),
        (
            f"has(resource) && {IP}",
            "is not a CEL expression: has() needs a field, as in has(resource.id)",
        ),
        (
            "['a'].exists('x', true)",
            "is not a CEL expression: the first argument of exists() is not a name; write a name such as x",
        ),
        (
            "function == 1",
            "is not a CEL expression: function is a reserved word; use another name",
        ),
        (
            "request.time.getHours('UTC') < 18446744073709551616",
            "is not a CEL expression: the number 18446744073709551616 is too large; write a number of 64 bits",
        ),
    ],
)
def test_wrong_syntax_is_a_failure(condition: str, message: str) -> None:
    assert messages(condition) == (f"{message} [condition-syntax]", ())


@pytest.mark.parametrize(
    ("condition", "warnings"),
    [
        ("true", [f"is always true {ALWAYS} [condition-always-true]"]),
        ("1 == 2", [f"is never true, {NEVER} [condition-never-true]"]),
        (
            f"{IP} || 1 == 1",
            [f"is always true because of 1 == 1 {ALWAYS} [condition-always-true]"],
        ),
        (f"{IP} && false", [f"is never true because of false, {NEVER} [condition-never-true]"]),
        ("request.ip == request.ip", [f"is always true {ALWAYS} [condition-always-true]"]),
        (
            'request.ip != "203.0.113.7" || request.ip != "203.0.113.8"',
            [f"is always true {ALWAYS} [condition-always-true]"],
        ),
        (
            'request.ip == "203.0.113.7" && request.ip == "203.0.113.8"',
            [f"is never true, {NEVER} [condition-never-true]"],
        ),
        (
            'request.user_agent.startsWith("")',
            [f"is always true {ALWAYS} [condition-always-true]"],
        ),
        ("has(request.ip)", [f"is always true {ALWAYS} [condition-always-true]"]),
        (f"{IP} || !({IP})", [f"is always true {ALWAYS} [condition-always-true]"]),
        (f"{HOUR} >= 22 && {HOUR} < 6", [f"is never true, {NEVER} [condition-never-true]"]),
        (f"{HOUR} < 22 || {HOUR} >= 6", [f"is always true {ALWAYS} [condition-always-true]"]),
        (f"{HOUR} > 23", [f"is never true, {NEVER} [condition-never-true]"]),
        (
            f"{IP} || (request.user_agent.contains('a') && false)",
            [
                "request.user_agent.contains('a') && false is never true because of false"
                " and has no effect; correct or remove this part [condition-never-true]"
            ],
        ),
        (
            f"{IP} || {IP} && request.user_agent.contains('a')",
            [
                f"{IP} && request.user_agent.contains('a') is redundant: {IP} allows the same requests; remove the former [condition-adds-nothing]",
            ],
        ),
        (
            "request.ipp == 'a'",
            ["request.ipp does not exist; did you mean request.ip? [condition-unknown-name]"],
        ),
        (
            "principal == 'a'",
            [
                "principal does not exist; use one of request.ip, request.time, request.user_agent,"
                " resource.name, resource.id or resource.locality [condition-unknown-name]"
            ],
        ),
        (
            "!has(resource.id) || resource.annotation == 'a'",
            [
                "resource.annotation is not supported by Scaleway; test resource.name or resource.id [condition-annotation]"
            ],
        ),
        (
            "request.user_agent.startswith('a')",
            [
                "startswith() is not a function of standard CEL; did you mean startsWith? [condition-unknown-function]"
            ],
        ),
        (
            f'{IP} && resource.id == "x" || !has(resource.id)',
            [
                f"allows list requests without {IP}, because && has precedence over ||; write {IP} &&"
                ' (resource.id == "x" || !has(resource.id)) [condition-lists-unlimited]'
            ],
        ),
        (
            f'{IP} && resource.id == "x"',
            [
                "refuses list requests, because a list request has no single resource; write"
                ' (resource.id == "x" || !has(resource.id)) to allow list requests [condition-lists-refused]'
            ],
        ),
        (
            "request.time.getHours() > 3",
            [
                "request.time.getHours() is in UTC; pass a time zone, as in"
                ' request.time.getHours("Europe/Paris") [condition-no-time-zone]'
            ],
        ),
        (
            "request.time.getHours('Europe/Pariss') > 3",
            [
                '"Europe/Pariss" is not a known time zone; did you mean Europe/Paris? [condition-unknown-time-zone]'
            ],
        ),
        (
            'request.time < timestamp("2030-01-01T00:00:00")',
            [
                'timestamp("2030-01-01T00:00:00") is invalid: "2030-01-01T00:00:00" has no time'
                " zone; end it with Z (UTC) or +02:00 [condition-timestamp]"
            ],
        ),
        (
            'request.time < "2030-01-01T00:00:00Z"',
            [
                'request.time < "2030-01-01T00:00:00Z" compares a time with a string; write'
                ' timestamp("2030-01-01T00:00:00Z") [condition-time-as-text]'
            ],
        ),
        (
            'timestamp("2026-01-01T00:00:00Z") > request.time',
            [
                'timestamp("2026-01-01T00:00:00Z") > request.time is never true, because the'
                " date is in the past; write a future date, or remove the test [condition-past-date]"
            ],
        ),
        (
            'request.ip in ["10.0.0.1", "203.0.113.0/24", "home"]',
            [
                '"10.0.0.1" is a private address, but Scaleway sees only public addresses; write the public address [condition-private-address]',
                '"203.0.113.0/24" is a network, but addresses are compared as text; list single'
                " addresses [condition-network]",
                '"home" is not an IP address; write an address such as 203.0.113.7 [condition-not-an-address]',
            ],
        ),
        (
            "request.ip",
            [
                f"request.ip is a value, not a comparison; write a comparison such as {IP} [condition-not-a-test]"
            ],
        ),
        (
            f"{IP} || 'b'",
            [
                f"'b' is a value, not a comparison; write a comparison such as {IP} [condition-not-a-test]"
            ],
        ),
        (
            r'request.user_agent.matches("\d")',
            [r'\d is not an escape of CEL; write \\d, or a raw string r"…" [condition-escape]'],
        ),
        (
            "request.?ip == 'a'",
            [
                "uses optional fields (`.?` or `[?`), an extension of standard CEL; test the"
                " field with has(…) instead [condition-optional-fields]"
            ],
        ),
    ],
)
def test_what_is_likely_not_meant_is_a_warning(condition: str, warnings: list[str]) -> None:
    assert messages(condition) == (None, tuple(warnings))


def test_resources_are_tested_only_where_the_product_supports_it() -> None:
    condition = 'resource.id == "x" || !has(resource.id)'
    secrets = PermissionSet("SecretManagerReadOnly", "projects", "Security / Secret Manager")
    buckets = PermissionSet("ObjectStorageReadOnly", "projects", "Storage / Object Storage")
    assert lint(condition, [secrets]) == LintReport()
    assert lint(IP, [buckets]) == LintReport()
    assert messages(condition, [secrets, buckets]) == (
        None,
        (
            "tests resource, but only IAM, SSH keys, Key Manager and Secret Manager support resource;"
            " move ObjectStorageReadOnly to a rule without this test [condition-resource-unsupported]",
        ),
    )


@pytest.mark.parametrize("depth", [10, 500, 1000])
def test_deep_brackets_neither_fail_nor_crash(depth: int) -> None:
    condition = f"{'!(' * depth}{IP}{')' * depth}"
    assert lint(condition).failure is None


def repeated(part: str, joiner: str) -> str:
    """Repeat a part up to the maximum length of a condition."""
    return joiner.join([part] * ((2048 + len(joiner)) // (len(part) + len(joiner))))


def nested(opened: str, closed: str, depth: int) -> str:
    return f"{opened * depth}a{closed * depth}"


WORST = {
    "||": repeated("a", "||"),
    "||, each another": " || ".join(f"a == {number}" for number in range(170)),
    "&& of ||": "&&".join(f"(a||b{number})" for number in range(190)),
    "deep ||": repeated(nested("(a||b&&", ")", 24), "||"),
    "deep comparisons": repeated(nested("(a==1||b==2&&", ")", 30), "&&"),
    "deep !": repeated(nested("(a||!(b&&", "))", 15), "||"),
    "too deep ||": nested("(a||b&&", ")", 250),
    "too deep !": nested("!(a&&", ")", 340),
    "brackets": nested("(", ")", 1023),
    "open brackets": "(" * 2048,
    "!": "!" * 2047 + "a",
    "lists": "[" * 1024 + "]" * 1024,
    "list": f"a in [{','.join(map(str, range(500)))}]",
    "?:": "a?b:" * 511 + "a",
    "fields": "a" + ".a" * 1023,
    "calls": "a(" * 682 + ")" * 682,
    "hours": repeated("request.time.getDayOfYear() != 1", " || "),
    "commas": "[" + ("," + " " * 100) * 20,
    "text without an end": '"' * 2047,
}


@pytest.mark.parametrize("name", WORST)
def test_no_condition_of_the_greatest_length_takes_long(name: str) -> None:
    """The test counts function calls, because times vary by machine. Two million calls take less than a second."""
    condition = WORST[name]
    assert len(condition) <= 2048
    lint("a")
    parser.parse.cache_clear()
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        lint(condition, now=NOW)
    finally:
        sys.setprofile(None)
    assert calls < 2_000_000


@pytest.mark.parametrize("size", [2049, 30_000])
def test_what_is_longer_than_the_api_takes_is_not_parsed(size: int) -> None:
    """Check refuses such a condition by the field's maximum length."""
    condition = "(" * size
    assert lint(condition) == LintReport()
    with pytest.raises(parser.UnsupportedSyntax, match="is longer than 2048 characters"):
        parser.parse(condition)


def test_the_parser_is_loaded_when_there_is_a_condition() -> None:
    code = (
        "import sys; from pulumi_scw_iam.conditions import lint; lint.lint(''); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "lark" not in set(run.stdout.split())
