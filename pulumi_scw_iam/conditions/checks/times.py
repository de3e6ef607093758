"""Times: time zones, timestamps and past dates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.cel.expressions import (
    MIRRORED,
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    comparisons,
    normalized,
    path_of,
    walk,
)
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.conditions.checks.declaration import Subject, check
from pulumi_scw_iam.conditions.vocabulary import CLOCK, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_OFFSET = re.compile(r"[+-]?\d\d:\d\d")


def time_zone(name: str) -> str:
    """Return the name of an IANA time zone; raise ValueError for an unknown zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # unknown, not a file name, or the name of a folder
        cure = did_you_mean(name, available_timezones(), "write a name such as Europe/Paris")
        raise ValueError(f"{quoted(name)} is not a known time zone; {cure}") from None
    return name


def _clock_calls(root: Node) -> Iterator[tuple[CallExpression, Node]]:
    """Yield calls such as `request.time.getHours()`, each with its target."""
    for node in walk(root):
        if (
            isinstance(node, CallExpression)
            and node.name in CLOCK
            and node.target is not None
            and path_of(node.target) == "request.time"
        ):
            yield node, node.target


def _text_of(node: Node) -> str | None:
    """Return the value of a string literal; None for any other node."""
    return str(node.value) if isinstance(node, Literal) and node.kind == "text" else None


def _timestamp(node: Node) -> str | None:
    """Return the text of `timestamp("…")`; None for any other node."""
    if isinstance(node, CallExpression) and node.name == "timestamp" and node.target is None:
        return _text_of(node.args[0]) if len(node.args) == 1 else None
    return None


def _timestamps(root: Node) -> Iterator[str]:
    for node in walk(root):
        text = _timestamp(node)
        if text is not None:
            yield text


@check(
    id="condition-no-time-zone",
    finds="Hours and days without a time zone are in UTC.",
    example="request.time.getHours() < 18",
    cure='Pass a time zone: `request.time.getHours("Europe/Paris")`.',
)
def no_time_zone(subject: Subject) -> Iterator[str]:
    """Yield a reason for each call without a time zone."""
    for node, target in _clock_calls(subject.root):
        if not node.args:
            call = f'{subject.code(target)}.{node.name}("Europe/Paris")'
            yield f"{subject.shown(node)} is in UTC; pass a time zone, as in {call}"


@check(
    id="condition-unknown-time-zone",
    finds="A time zone is neither an IANA name nor an offset.",
    example='request.time.getHours("Europe/Pariss") < 18',
    cure="Write a name such as `Europe/Paris`, or an offset such as `+02:00`.",
)
def unknown_time_zone(subject: Subject) -> Iterator[str]:
    """Yield a reason for each unknown time zone."""
    for node, _ in _clock_calls(subject.root):
        name = _text_of(node.args[0]) if node.args else None
        if name is not None and not _OFFSET.fullmatch(name):
            try:
                time_zone(name)
            except ValueError as reason:
                yield str(reason)


@check(
    id="condition-timestamp",
    finds="The argument of a `timestamp` is not a time.",
    example='request.time < timestamp("2130-01-31")',
    cure='Write RFC 3339 with a zone: `timestamp("2130-01-31T12:00:00Z")`.',
)
def unreadable_timestamp(subject: Subject) -> Iterator[str]:
    """Yield a reason for each timestamp other than a time with a zone."""
    for text in _timestamps(subject.root):
        try:
            formats.instant(text)
        except ValueError as reason:
            yield f"timestamp({quoted(text)}) is invalid: {reason}"


@check(
    id="condition-timestamp-format",
    finds="A `timestamp` is a time, but not in RFC 3339 format.",
    example='request.time < timestamp("2130-01-31 12:00:00Z")',
    cure='Write `T` and `Z` in upper case: `timestamp("2130-01-31T12:00:00Z")`.',
)
def timestamp_format(subject: Subject) -> Iterator[str]:
    """Yield a reason for each timestamp that only lenient parsers accept."""
    for text in _timestamps(subject.root):
        try:
            instant = formats.instant(text)
        except ValueError:
            continue  # found by unreadable_timestamp
        if text[10] != "T" or text.endswith("z"):
            yield f"timestamp({quoted(text)}) is not in RFC 3339 format; write {instant}"


@check(
    id="condition-time-as-text",
    finds="A time is compared with a string.",
    example='request.time < "2130-01-31T12:00:00Z"',
    cure='Write `timestamp("2130-01-31T12:00:00Z")`.',
)
def time_as_text(subject: Subject) -> Iterator[str]:
    """Yield a reason for each comparison of `request.time` with a string."""
    for node, _, left, right in comparisons(subject.root, *MIRRORED):
        text = _text_of(right)
        if path_of(left) == "request.time" and text is not None:
            try:
                instant = formats.instant(text)
            except ValueError:
                instant = "2030-01-31T12:00:00Z"
            yield (
                f'{subject.shown(node)} compares a time with a string; write timestamp("{instant}")'
            )


@check(
    id="condition-past-date",
    finds="The time of the request must be before a past date.",
    example='request.time < timestamp("2020-01-31T12:00:00Z")',
    cure="Write a future date, or remove the test.",
)
def past_date(subject: Subject) -> Iterator[str]:
    """Yield a reason for each comparison that can never be true again."""
    for node in walk(normalized(subject.root)):
        if not isinstance(node, OperatorExpression) or node.operator not in MIRRORED:
            continue
        left, right = node.args
        is_mirrored = path_of(left) != "request.time"
        operator = MIRRORED[node.operator] if is_mirrored else node.operator
        time, limit = (right, left) if is_mirrored else (left, right)
        text = _timestamp(limit)
        if path_of(time) != "request.time" or operator not in {"<", "<=", "=="} or text is None:
            continue
        try:
            moment = formats.moment(text)
        except ValueError:
            continue  # found by unreadable_timestamp
        if moment < subject.now:
            yield (
                f"{subject.shown(node)} is never true, because the date is in the past;"
                " write a future date, or remove the test"
            )
