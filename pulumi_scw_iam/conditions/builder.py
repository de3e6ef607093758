"""Conditions of policy rules, built in Python: `ip("203.0.113.7") & ~user_agent_contains("curl")`.

A built condition is a CEL string, accepted wherever a string is.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.conditions.checks.addresses import public_address
from pulumi_scw_iam.conditions.checks.times import time_zone
from pulumi_scw_iam.conditions.lint import lint

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Condition",
    "after",
    "before",
    "hours",
    "ip",
    "resource_id",
    "resource_locality",
    "resource_name",
    "resource_name_starts_with",
    "text",
    "user_agent_contains",
    "weekdays",
]

# Precedence of the outermost operator.
_ANY: Final = 0  # unknown: always in parentheses when combined
_OR: Final = 1
_AND: Final = 2
_TEST: Final = 3


class Condition(str):
    """A condition as CEL text. Combine conditions with `&`, `|` and `~`.

    Do not use Python's `and`, `or` and `not`: these operators drop one side without an error. Pickling and
    JSON turn a condition into a plain string; `text` turns the string back into a condition.
    """

    __slots__ = ("_level", "_negative", "_negative_level")

    _level: int
    _negative: str
    _negative_level: int

    def __new__(
        cls, positive: str, negative: str, *, level: int = _TEST, negative_level: int = _TEST
    ) -> Self:
        """Create a condition from its text and the text of its negation.

        The negation can be simpler than `!` before the text, as in `!=` for `==`.
        """
        condition = super().__new__(cls, positive)
        condition._level = level
        condition._negative = negative
        condition._negative_level = negative_level
        return condition

    def __and__(self, other: Condition) -> Condition:
        if not isinstance(other, Condition):
            return NotImplemented
        return Condition(
            _joined("&&", _AND, (str(self), self._level), (str(other), other._level)),
            _joined("||", _OR, self._opposite, other._opposite),
            level=_AND,
            negative_level=_OR,
        )

    def __or__(self, other: Condition) -> Condition:
        if not isinstance(other, Condition):
            return NotImplemented
        return Condition(
            _joined("||", _OR, (str(self), self._level), (str(other), other._level)),
            _joined("&&", _AND, self._opposite, other._opposite),
            level=_OR,
            negative_level=_AND,
        )

    def __invert__(self) -> Condition:
        return Condition(
            self._negative, str(self), level=self._negative_level, negative_level=self._level
        )

    @property
    def _opposite(self) -> tuple[str, int]:
        return self._negative, self._negative_level

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)


def _joined(operator: str, level: int, *sides: tuple[str, int]) -> str:
    # `a && b` inside `||` gets parentheses too: optional in CEL, but easier to read.
    return f" {operator} ".join(
        text if own in (level, _TEST) else f"({text})" for text, own in sides
    )


def ip(*addresses: str) -> Condition:
    """Return a condition: the caller's IP address is one of `addresses`.

    Raises ValueError for anything but a single public address.
    """
    _refuse_empty(addresses, "address")
    return _one_of("request.ip", [public_address(address) for address in addresses])


def before(when: datetime | str) -> Condition:
    """Return a condition: the time of the request is before `when`.

    `when` is a datetime with a time zone, or a string in RFC 3339 format. The API may apply the limit up to
    a minute late. Raises ValueError for a time without a zone or a malformed string.
    """
    moment = _timestamp(when)
    return Condition(f"request.time < {moment}", f"request.time >= {moment}")


def after(when: datetime | str) -> Condition:
    """Return a condition: the time of the request is `when` or later. See `before` for `when`."""
    return ~before(when)


def hours(start: int, end: int, *, zone: str) -> Condition:
    """Return a condition: the hour of the request is at or after `start` and before `end`.

    `zone` is an IANA time zone. `hours(22, 6, …)` is the night. `end` may be 24, the end of the day. Raises
    ValueError for other numbers, for an empty range or a whole day, and for an unknown time zone.
    """
    for hour, last in ((start, 23), (end, 24)):
        if hour not in range(last + 1):
            raise ValueError(f"{hour} is not an hour; pass a whole number from 0 to {last}")
    if start == end or (start, end) == (0, 24):
        raise ValueError("the hours cover the whole day or no hour; pass a different start or end")
    clock = f"request.time.getHours({_quoted(time_zone(zone))})"
    from_start = Condition(f"{clock} >= {start}", f"{clock} < {start}")
    to_end = Condition(f"{clock} < {end}", f"{clock} >= {end}")
    if start == 0:
        return to_end
    if end in (0, 24):
        return from_start
    return from_start & to_end if start < end else from_start | to_end


_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def weekdays(*days: str, zone: str) -> Condition:
    """Return a condition: the weekday of the request is one of `days`, such as `"monday"`.

    `zone` is an IANA time zone. Raises ValueError for an unknown day or time zone, and for all seven days.
    """
    _refuse_empty(days, "day")
    for day in days:
        if day.lower() not in _DAYS:
            raise ValueError(f"{quoted(day)} is not a weekday; pass one of {', '.join(_DAYS)}")
    numbers = sorted({_DAYS.index(day.lower()) for day in days})
    if len(numbers) == len(_DAYS):
        raise ValueError("all seven days limit nothing; remove at least one day")
    day = f"request.time.getDayOfWeek({_quoted(time_zone(zone))})"
    if len(numbers) == 1:
        return Condition(f"{day} == {numbers[0]}", f"{day} != {numbers[0]}")
    within = f"{day} in [{', '.join(map(str, numbers))}]"
    return Condition(within, f"!({within})")


def user_agent_contains(part: str) -> Condition:
    """Return a condition: the user agent contains `part`.

    Callers choose their user agent, so this condition protects nothing. Raises ValueError for an empty text.
    """
    _refuse_empty([part], "text")
    return _test(f"request.user_agent.contains({_quoted(part)})")


def resource_id(*ids: str, lists: bool = True) -> Condition:
    """Return a condition: the id of the resource is one of `ids`.

    A list request has no single resource. With `lists=True`, the condition and its negation are true for
    list requests. With `lists=False`, Scaleway refuses list requests. Raises ValueError without ids and for
    an empty id.
    """
    _refuse_empty(ids, "id")
    return _of_resource(_one_of("resource.id", ids), lists=lists)


def resource_name(*names: str, lists: bool = True) -> Condition:
    """Return a condition: the name of the resource is one of `names`. See `resource_id` for `lists`.

    Prefer `resource_id`: a rename does not change an id. Raises ValueError without names and for an empty
    name.
    """
    _refuse_empty(names, "name")
    return _of_resource(_one_of("resource.name", names), lists=lists)


def resource_name_starts_with(prefix: str, *, lists: bool = True) -> Condition:
    """Return a condition: the name of the resource starts with `prefix`. See `resource_id` for `lists`.

    The name of a secret starts with its folder, as in `/billing/`. Raises ValueError for an empty prefix.
    """
    _refuse_empty([prefix], "prefix")
    return _of_resource(_test(f"resource.name.startsWith({_quoted(prefix)})"), lists=lists)


def resource_locality(*localities: str, lists: bool = True) -> Condition:
    """Return a condition: the resource is in one of the regions or zones, or `global`.

    A region includes its zones. See `resource_id` for `lists`. Raises ValueError for a malformed locality.
    """
    _refuse_empty(localities, "locality")
    tests = []
    for locality in dict.fromkeys(localities):
        match = re.fullmatch(r"global|[a-z]{2}-[a-z]{3}(?P<zone>-[1-9])?", locality)
        if match is None:
            raise ValueError(
                f"{quoted(locality)} is not a locality;"
                " pass a region such as fr-par, a zone such as fr-par-1, or global"
            )
        whole = match["zone"] or locality == "global"
        if match["zone"] and locality.rpartition("-")[0] in localities:
            continue  # the region includes this zone
        tests.append(
            _one_of("resource.locality", [locality])
            if whole
            else _test(f"resource.locality.startsWith({_quoted(locality)})")
        )
    found = tests[0]
    for test in tests[1:]:
        found |= test
    return _of_resource(found, lists=lists)


def text(cel: str) -> Condition:
    """Return a condition from a CEL expression; the negation is `!(…)`.

    Raises ValueError for an empty text and for invalid CEL.
    """
    cel = cel.strip()
    _refuse_empty([cel], "condition")
    failure = lint(cel).failure
    if failure is not None:
        raise ValueError(f"the text {failure.reason}")
    # A comment at the end of `cel` would hide the closing parenthesis.
    end = "\n" if "//" in cel.rpartition("\n")[2] else ""
    return Condition(f"{cel}{end}", f"!({cel}{end})", level=_ANY)


def _refuse_empty(values: tuple[str, ...] | list[str], noun: str) -> None:
    if not values or not all(values):
        raise ValueError(f"the {noun} is empty; pass at least one {noun}")


def _quoted(value: str) -> str:
    """Return a CEL string literal. The escapes of JSON are valid in CEL."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("the text has an unpaired surrogate; pass valid Unicode text") from None
    return json.dumps(value, ensure_ascii=False)


def _test(cel: str) -> Condition:
    return Condition(cel, f"!{cel}")


def _one_of(variable: str, values: tuple[str, ...] | list[str]) -> Condition:
    quoted = [_quoted(value) for value in dict.fromkeys(values)]
    if len(quoted) == 1:
        return Condition(f"{variable} == {quoted[0]}", f"{variable} != {quoted[0]}")
    within = f"{variable} in [{', '.join(quoted)}]"
    return Condition(within, f"!({within})")


def _of_resource(condition: Condition, *, lists: bool) -> Condition:
    """Return a condition in parentheses that is also true for list requests."""
    if not lists:
        return condition
    no_resource = Condition("!has(resource.id)", "has(resource.id)")
    return Condition(f"({condition | no_resource})", f"({~condition | no_resource})")


def _timestamp(when: datetime | str) -> str:
    if isinstance(when, datetime):
        if when.utcoffset() is None:
            raise ValueError("the time has no time zone; pass a datetime with tzinfo")
        when = when.astimezone(timezone.utc).isoformat()
    return f'timestamp("{formats.instant(when)}")'
