"""Arguments of requests, declared as data.

An argument reads a value of a JSON body or of a query: it returns the value as the API stores it, or raises Bad. Its limits
have a ground. As in the protocol behind the API, a value that is missing or null counts as the zero value of its type, and is then
validated like any other; an optional one stays None.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_scw_iam.emulator.schema.grounds import (
    ASSUMED,
    DOCUMENTED,
    RECORDED,
    Ground,
    behaviour,
    need_ground,
)
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid
from pulumi_scw_iam.emulator.schema.times import parse_duration, parse_instant, shortest_stamp

if TYPE_CHECKING:
    from datetime import timedelta

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
# Half a surrogate pair, which JSON can spell, could be kept and never be sent again.
EMAIL = re.compile(r"[^@\s\ud800-\udfff]+@[^@\s\ud800-\udfff]+\.[^@\s.\ud800-\udfff]+")


class Bad(ValueError):
    """A value is invalid. `where` is the path from the argument to the value: `[1].name`."""

    def __init__(self, help_message: str, reason: str = "constraint", where: str = "") -> None:
        super().__init__(help_message)
        self.help_message = help_message
        self.reason = reason
        self.where = where

    def within(self, outer: str) -> Bad:
        """Return the same error, with the path from one level further out."""
        return Bad(self.help_message, self.reason, outer + self.where)


class Argument(Protocol):
    """The interface of all arguments."""

    @property
    def optional(self) -> bool:
        """Whether a missing value stays None."""

    def read(self, value: Any) -> Any:
        """Return the value as it is stored. Raises Bad."""

    def from_query(self, values: Sequence[str]) -> Any:
        """Return the value that a JSON body would have instead of these values of a query. Raises Bad."""


class _Single:
    """An argument whose value in a query is the last one, as text."""

    def from_query(self, values: Sequence[str]) -> Any:
        return values[-1]


@dataclass(frozen=True)
class Text(_Single):
    """A string, measured in characters, or in bytes of UTF-8."""

    min: int = 0
    max: int | None = None
    pattern: str = ""
    unit: str = "runes"
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.min or self.max is not None or self.pattern)

    @behaviour(ASSUMED, "A string must be a JSON string.")
    @behaviour(ASSUMED, "A string must be encodable: half a surrogate pair is not.")
    @behaviour(
        ASSUMED,
        "A string is measured in characters, a password in bytes of UTF-8; the message names "
        "both bounds.",
    )
    @behaviour(
        DOCUMENTED,
        "A string with other characters than its pattern allows is refused with the pattern; "
        "an empty one passes the pattern.",
    )
    def read(self, value: Any) -> str:
        text = "" if value is None else value
        if not isinstance(text, str):
            raise Bad("value must be a string", "format")
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # JSON can spell half a surrogate pair
            raise Bad("value must be valid UTF-8", "format") from None
        length = len(encoded) if self.unit == "bytes" else len(text)
        if length < self.min or (self.max is not None and length > self.max):
            raise Bad(self._bounds())
        if self.pattern and text and not re.fullmatch(self.pattern, text):
            quoted = self.pattern.replace("\\", "\\\\").replace('"', '\\"')
            raise Bad(f'value does not match regex pattern "{quoted}"')
        return text

    def _bounds(self) -> str:
        if self.max is None:
            return f"value length must be at least {self.min} {self.unit}"
        if self.min:
            return f"value length must be between {self.min} and {self.max} {self.unit}, inclusive"
        return f"value length must be at most {self.max} {self.unit}"


@dataclass(frozen=True)
class Uuid(_Single):
    """An id."""

    optional: bool = False

    @behaviour(
        RECORDED,
        "An id must be a UUID; an empty string is none. The message is `value must be a "
        "valid UUID`.",
    )
    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not UUID.fullmatch(value):
            raise Bad("value must be a valid UUID", "format")
        return value.lower()


@dataclass(frozen=True)
class Email(_Single):
    """An e-mail address."""

    optional: bool = False

    @behaviour(ASSUMED, "An e-mail address needs an `@` and a dot in the domain.")
    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not EMAIL.fullmatch(value):
            raise Bad("value must be a valid email address", "format")
        return value


@dataclass(frozen=True)
class Word(_Single):
    """One of the words of an enum; its `unknown_…` word is the zero value."""

    words: Collection[str]
    optional: bool = False

    @behaviour(ASSUMED, "An enum takes its own words only.")
    def read(self, value: Any) -> str:
        if value not in self.words:
            raise Bad("value must be one of the defined enum values", "format")
        return str(value)


@dataclass(frozen=True)
class Flag:
    """A boolean; `only` is the single value that is allowed."""

    only: bool | None = None
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.only is not None)

    @behaviour(ASSUMED, "A boolean must be a JSON boolean.")
    @behaviour(ASSUMED, "`no_principal` can be `true` only.")
    def read(self, value: Any) -> bool:
        flag = False if value is None else value
        if not isinstance(flag, bool):
            raise Bad("value must be a boolean", "format")
        if self.only is not None and flag is not self.only:
            raise Bad(f"value must equal {str(self.only).lower()}")
        return flag

    @behaviour(
        DOCUMENTED,
        "In a query, booleans are taken in any case: `true` as Go writes it, `True` as "
        "Python does.",
    )
    def from_query(self, values: Sequence[str]) -> Any:
        return {"true": True, "false": False}.get(values[-1].lower(), values[-1])


@dataclass(frozen=True)
class Number:
    """An integer within bounds."""

    min: int
    max: int
    ground: Ground
    optional: bool = False

    @behaviour(ASSUMED, "A number must be an integer.")
    @behaviour(DOCUMENTED, "A number must be within its bounds; the wording is assumed.")
    def read(self, value: Any) -> int:
        number = 0 if value is None else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise Bad("value must be an integer", "format")
        if not self.min <= number <= self.max:
            raise Bad(f"value must be inside range [{self.min}, {self.max}]")
        return number

    def from_query(self, values: Sequence[str]) -> Any:
        return int(values[-1]) if re.fullmatch(r"-?[0-9]{1,18}", values[-1]) else values[-1]


@dataclass(frozen=True)
class Instant(_Single):
    """A time, stored in UTC and with as few decimals as are exact."""

    optional: bool = False

    @behaviour(
        RECORDED,
        "A time is kept in UTC, cut to microseconds, and shown with 0, 3 or 6 decimals, "
        "the fewest that are exact.",
    )
    @behaviour(ASSUMED, "A time without a zone, and a date that does not exist, are refused.")
    def read(self, value: Any) -> str:
        try:
            return shortest_stamp(parse_instant(value))
        except (TypeError, ValueError, OverflowError):
            raise Bad("value must be a valid RFC 3339 timestamp", "format") from None


@dataclass(frozen=True)
class Duration(_Single):
    """A duration in seconds, written `3600s`."""

    optional: bool = False

    @behaviour(
        DOCUMENTED,
        "A duration is written in seconds, `3600s`, and taken with up to nine decimals.",
    )
    @behaviour(ASSUMED, "Any other form of duration is refused.")
    def read(self, value: Any) -> str:
        try:
            return duration_text(parse_duration(value))
        except (TypeError, ValueError):
            raise Bad("value must be a valid duration", "format") from None


def duration_text(duration: timedelta) -> str:
    """Write a duration as the API does."""
    seconds = f"{duration.days * 86400 + duration.seconds}"
    fraction = f".{duration.microseconds:06}" if duration.microseconds else ""
    return f"{seconds}{fraction}s"


@dataclass(frozen=True)
class Many:
    """A list of values of one argument."""

    item: Argument
    min: int = 0
    max: int | None = None
    unique: bool = False
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.min or self.max is not None or self.unique)

    @behaviour(ASSUMED, "A list must be a JSON list.")
    @behaviour(ASSUMED, "A list may need a least number of items.")
    @behaviour(ASSUMED, "A list may have a greatest number of items.")
    @behaviour(
        DOCUMENTED,
        "Where the items of a list must differ, a repeated one is refused; the wording is assumed.",
    )
    def read(self, value: Any) -> list[Any]:
        items = [] if value is None else value
        if not isinstance(items, list):
            raise Bad("value must be a list", "format")
        if len(items) < self.min:
            raise Bad(f"value must contain at least {self.min} item(s)")
        if self.max is not None and len(items) > self.max:
            raise Bad(f"value must contain no more than {self.max} item(s)")
        read = []
        for index, item in enumerate(items):
            try:
                read.append(self.item.read(item))
            except Bad as bad:
                raise bad.within(f"[{index}]") from None
        if self.unique and any(item in read[:index] for index, item in enumerate(read)):
            raise Bad("repeated value must contain unique items")
        return read

    def from_query(self, values: Sequence[str]) -> Any:
        return [self.item.from_query([value]) for value in values]


@dataclass(frozen=True)
class Body(_Single):
    """A JSON object: the body of a request, or a message within one.

    Unknown names are ignored. Of each group in `one_of` exactly one name must be present. With `partial`, it is at most
    one, and names that are missing are missing in the result too, so that an update can tell "keep" from "clear".
    `incomplete` replaces the usual errors about groups.
    """

    arguments: Mapping[str, Argument]
    one_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    partial: bool = False
    incomplete: Bad | None = None
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.one_of)

    @behaviour(
        DOCUMENTED,
        "Of an object within a list, the first wrong argument is named, with its path: "
        "`rules[0].permission_set_names`.",
    )
    def read(self, value: Any) -> dict[str, Any]:
        values, problems = self.judge(value)
        for problem in problems:
            raise Bad(problem.help_message, problem.reason, _after(problem.argument_name))
        return values

    @behaviour(
        RECORDED,
        "`null` counts as not given; what is not given has the zero value of its type "
        "(`tags: null` becomes `[]`).",
    )
    @behaviour(
        DOCUMENTED,
        'An update changes what it names, `""` and `[]` included, and keeps the rest.',
    )
    @behaviour(ASSUMED, "Names that an operation does not know are ignored.")
    @behaviour(
        ASSUMED,
        "All wrong arguments are named in one answer, in the order in which the operation"
        " has them.",
    )
    @behaviour(
        ASSUMED,
        "Of a one-of, neither none (an update may have none) nor two may be given; the "
        "argument is named after the group.",
    )
    def judge(self, value: Any) -> tuple[dict[str, Any], list[InvalidArgument]]:
        """Return the values of all arguments, and everything that is wrong with them."""
        body = {} if value is None else value
        if not isinstance(body, dict):
            return {}, [InvalidArgument("", "value must be an object", "format")]
        values: dict[str, Any] = {}
        problems = []
        choices = {name for names in self.one_of.values() for name in names}
        for name, argument in self.arguments.items():
            raw = body.get(name)
            if raw is None and (self.partial or name in choices):
                continue
            if raw is None and argument.optional:
                values[name] = None
                continue
            try:
                values[name] = argument.read(raw)
            except Bad as bad:
                problems.append(InvalidArgument(name + bad.where, bad.help_message, bad.reason))
        for group, names in self.one_of.items():
            chosen = [name for name in names if body.get(name) is not None]
            if len(chosen) == 1 or (self.partial and not chosen):
                continue
            if self.incomplete:
                problems.append(
                    InvalidArgument("", self.incomplete.help_message, self.incomplete.reason)
                )
            elif chosen:
                problems.append(
                    InvalidArgument(group, f"only one of {', '.join(names)} may be set")
                )
            else:
                problems.append(InvalidArgument(group, "value is required", "required"))
        return values, problems

    @behaviour(
        RECORDED,
        "Wrong arguments are a 400 `invalid_arguments`, whose `details` have name, reason"
        " (`required`, `format`, `constraint` or `unknown`) and help for each.",
    )
    def parse(self, value: Any) -> dict[str, Any]:
        """Return the arguments of a request's body. Raises Refusal, which names every wrong argument."""
        values, problems = self.judge(value)
        if problems:
            raise invalid(*problems)
        return values


def _after(name: str) -> str:
    return f".{name}" if name else ""


@behaviour(DOCUMENTED, "A repeated key makes a list; `group_ids[]=…` is a 400.")
@behaviour(DOCUMENTED, "Keys of a query that the operation does not know are ignored.")
def parse_query(
    arguments: Mapping[str, Argument], query: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the arguments of a query; unknown keys are ignored. Raises Refusal."""
    problems = [
        InvalidArgument(name, "repeat the key without brackets", "unknown")
        for name in query
        if name.endswith("[]")
    ]
    raw: dict[str, Any] = {
        name: argument.from_query(query[name])
        for name, argument in arguments.items()
        if name in query
    }
    values, more = Body(arguments).judge(raw)
    if problems or more:
        raise invalid(*problems, *more)
    return values
