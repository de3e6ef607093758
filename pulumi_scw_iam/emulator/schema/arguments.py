"""Arguments of requests, declared as data.

An argument validates a value of a JSON body or query. It returns the stored form of the value, or raises InvalidValue.
Limits have evidence. As in protocol buffers, a missing or null value is replaced by the zero value of its type and then
validated; an optional argument stays None.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_scw_iam.common.cel.parser import SyntaxFailure, UnsupportedSyntax
from pulumi_scw_iam.common.cel.syntax import parse_strictly
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
EXAMPLE_ID = "11111111-1111-4111-8111-111111111111"
"""The id in messages about ids that are not UUIDs."""
# JSON can contain half a surrogate pair. Stored, no response could contain it.
EMAIL = re.compile(r"[^@\s\ud800-\udfff]+@[^@\s\ud800-\udfff]+\.[^@\s.\ud800-\udfff]+")


class InvalidValue(ValueError):
    """A value is invalid. `where` is the path of the value within the argument: `[1].name`."""

    def __init__(self, help_message: str, reason: str = "constraint", where: str = "") -> None:
        super().__init__(help_message)
        self.help_message = help_message
        self.reason = reason
        self.where = where

    def within(self, outer: str) -> InvalidValue:
        """Return the same error with the outer part of the path added."""
        return InvalidValue(self.help_message, self.reason, outer + self.where)


class Argument(Protocol):
    """The interface of arguments."""

    @property
    def optional(self) -> bool:
        """Whether a missing value is None instead of the zero value."""

    def read(self, value: Any) -> Any:
        """Return the stored form of a value. Raises InvalidValue."""

    def from_query(self, values: Sequence[str]) -> Any:
        """Convert query values to the JSON value of a body. Raises InvalidValue."""


class _Single:
    """An argument with a single value: the last query value counts."""

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
    @behaviour(ASSUMED, "A string must be valid Unicode: half a surrogate pair is refused.")
    @behaviour(
        ASSUMED,
        "The length of a string is measured in characters, of a password in bytes of UTF-8; the "
        "error has both bounds.",
    )
    @behaviour(
        DOCUMENTED,
        "A string must match its pattern, unless it is empty; the error has the pattern.",
    )
    def read(self, value: Any) -> str:
        text = "" if value is None else value
        if not isinstance(text, str):
            raise InvalidValue("value must be a string", "format")
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # JSON can spell half a surrogate pair
            raise InvalidValue("value must be valid UTF-8", "format") from None
        length = len(encoded) if self.unit == "bytes" else len(text)
        if length < self.min or (self.max is not None and length > self.max):
            raise InvalidValue(self._bounds())
        if self.pattern and text and not re.fullmatch(self.pattern, text):
            quoted = self.pattern.replace("\\", "\\\\").replace('"', '\\"')
            raise InvalidValue(f'value does not match regex pattern "{quoted}"')
        return text

    def _bounds(self) -> str:
        if self.max is None:
            return f"value length must be at least {self.min} {self.unit}"
        if self.min:
            return f"value length must be between {self.min} and {self.max} {self.unit}, inclusive"
        return f"value length must be at most {self.max} {self.unit}"


@dataclass(frozen=True)
class Condition(Text):
    """A CEL expression, or an empty string."""

    @behaviour(
        DOCUMENTED,
        "Only the syntax of a condition is checked. A condition is accepted if it is always false, has no boolean"
        " value, or has unknown names.",
    )
    @behaviour(
        ASSUMED,
        "A condition with wrong syntax is refused; the error has the position. Optional fields, such as `a.?b`,"
        " count as wrong syntax.",
    )
    def read(self, value: Any) -> str:
        text = super().read(value)
        try:
            if text:
                parse_strictly(text)
        except (SyntaxFailure, UnsupportedSyntax) as failure:
            raise InvalidValue(f"value {failure}", "format") from None
        return text


@dataclass(frozen=True)
class Uuid(_Single):
    """An id."""

    optional: bool = False

    @behaviour(
        RECORDED,
        "An id must be a UUID; an empty string is refused. The error is `value must be a "
        "valid UUID`.",
    )
    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not UUID.fullmatch(value):
            raise InvalidValue("value must be a valid UUID", "format")
        return value.lower()


@dataclass(frozen=True)
class Email(_Single):
    """An e-mail address."""

    optional: bool = False

    @behaviour(ASSUMED, "An e-mail address must have an `@` and a dot in the domain.")
    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not EMAIL.fullmatch(value):
            raise InvalidValue("value must be a valid email address", "format")
        return value


@dataclass(frozen=True)
class Word(_Single):
    """A value of an enum; the `unknown_…` value is the zero value."""

    words: Collection[str]
    optional: bool = False

    @behaviour(ASSUMED, "An enum accepts its declared values only.")
    def read(self, value: Any) -> str:
        if value not in self.words:
            raise InvalidValue("value must be one of the defined enum values", "format")
        return str(value)


@dataclass(frozen=True)
class Flag:
    """A boolean; `only` is the single valid value."""

    only: bool | None = None
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.only is not None)

    @behaviour(ASSUMED, "A boolean must be a JSON boolean.")
    @behaviour(ASSUMED, "`no_principal` accepts `true` only.")
    def read(self, value: Any) -> bool:
        flag = False if value is None else value
        if not isinstance(flag, bool):
            raise InvalidValue("value must be a boolean", "format")
        if self.only is not None and flag is not self.only:
            raise InvalidValue(f"value must equal {str(self.only).lower()}")
        return flag

    @behaviour(
        DOCUMENTED,
        "In a query, booleans are case-insensitive: `true` as Go writes it, `True` as Python does.",
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
            raise InvalidValue("value must be an integer", "format")
        if not self.min <= number <= self.max:
            raise InvalidValue(f"value must be inside range [{self.min}, {self.max}]")
        return number

    def from_query(self, values: Sequence[str]) -> Any:
        return int(values[-1]) if re.fullmatch(r"-?[0-9]{1,18}", values[-1]) else values[-1]


@dataclass(frozen=True)
class Instant(_Single):
    """A time, stored in UTC with 0, 3 or 6 decimals."""

    optional: bool = False

    @behaviour(
        RECORDED,
        "A time is stored in UTC, truncated to microseconds, and shown with the fewest of 0, 3 or 6 "
        "decimals without loss.",
    )
    @behaviour(ASSUMED, "A time without a zone is refused, and so is an invalid date.")
    def read(self, value: Any) -> str:
        try:
            return shortest_stamp(parse_instant(value))
        except (TypeError, ValueError, OverflowError):
            raise InvalidValue("value must be a valid RFC 3339 timestamp", "format") from None


@dataclass(frozen=True)
class Duration(_Single):
    """A duration in seconds, such as `3600s`."""

    optional: bool = False

    @behaviour(
        DOCUMENTED,
        "A duration is a number of seconds, such as `3600s`, with up to nine decimals.",
    )
    @behaviour(ASSUMED, "Any other format of a duration is refused.")
    def read(self, value: Any) -> str:
        try:
            return duration_text(parse_duration(value))
        except (TypeError, ValueError):
            raise InvalidValue("value must be a valid duration", "format") from None


def duration_text(duration: timedelta) -> str:
    """Format a duration as in responses."""
    seconds = f"{duration.days * 86400 + duration.seconds}"
    fraction = f".{duration.microseconds:06}" if duration.microseconds else ""
    return f"{seconds}{fraction}s"


@dataclass(frozen=True)
class Many:
    """A list; `item` is the argument for each value."""

    item: Argument
    min: int = 0
    max: int | None = None
    unique: bool = False
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.min or self.max is not None or self.unique)

    @behaviour(ASSUMED, "A list must be a JSON list.")
    @behaviour(ASSUMED, "A list may have a minimum number of items.")
    @behaviour(ASSUMED, "A list may have a maximum number of items.")
    @behaviour(
        DOCUMENTED,
        "If the items of a list must be unique, a repeated item is refused; the wording is assumed.",
    )
    def read(self, value: Any) -> list[Any]:
        items = [] if value is None else value
        if not isinstance(items, list):
            raise InvalidValue("value must be a list", "format")
        if len(items) < self.min:
            raise InvalidValue(f"value must contain at least {self.min} item(s)")
        if self.max is not None and len(items) > self.max:
            raise InvalidValue(f"value must contain no more than {self.max} item(s)")
        read = []
        for index, item in enumerate(items):
            try:
                read.append(self.item.read(item))
            except InvalidValue as error:
                raise error.within(f"[{index}]") from None
        if self.unique and any(item in read[:index] for index, item in enumerate(read)):
            raise InvalidValue("repeated value must contain unique items")
        return read

    def from_query(self, values: Sequence[str]) -> Any:
        return [self.item.from_query([value]) for value in values]


@dataclass(frozen=True)
class Body(_Single):
    """A JSON object: the body of a request, or a nested object.

    Unknown fields are ignored. Exactly one field of each group in `one_of` must be present. With `partial`, at most one
    may be present, and missing fields stay missing in the result: an update must distinguish "keep" from "clear".
    `incomplete` replaces the usual errors about groups.
    """

    arguments: Mapping[str, Argument]
    one_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    partial: bool = False
    incomplete: InvalidValue | None = None
    optional: bool = False
    ground: Ground | None = None

    def __post_init__(self) -> None:
        need_ground(self.ground, self.one_of)

    @behaviour(
        DOCUMENTED,
        "For an object within a list, the error names the first invalid argument by its path: "
        "`rules[0].permission_set_names`.",
    )
    def read(self, value: Any) -> dict[str, Any]:
        values, problems = self.judge(value)
        for problem in problems:
            raise InvalidValue(problem.help_message, problem.reason, _after(problem.argument_name))
        return values

    @behaviour(
        RECORDED,
        "`null` counts as missing; a missing argument has the zero value of its type "
        "(`tags: null` becomes `[]`).",
    )
    @behaviour(
        DOCUMENTED,
        'An update changes the fields in its body, also to `""` and `[]`, and keeps the others.',
    )
    @behaviour(ASSUMED, "Unknown fields are ignored.")
    @behaviour(
        ASSUMED,
        "One response names all invalid arguments, in the order of the operation's arguments.",
    )
    @behaviour(
        ASSUMED,
        "Of a one-of, a create requires exactly one argument, and an update accepts at most one. The error"
        " has the name of the one-of.",
    )
    def judge(self, value: Any) -> tuple[dict[str, Any], list[InvalidArgument]]:
        """Return the values of all valid arguments, and all problems."""
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
            except InvalidValue as error:
                problems.append(
                    InvalidArgument(name + error.where, error.help_message, error.reason)
                )
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
        "Invalid arguments are a 400 `invalid_arguments`; `details` has the name, reason"
        " (`required`, `format`, `constraint` or `unknown`) and help message of each.",
    )
    def parse(self, value: Any) -> dict[str, Any]:
        """Return the arguments of a request's body. Raises Refusal with all invalid arguments."""
        values, problems = self.judge(value)
        if problems:
            raise invalid(*problems)
        return values


def _after(name: str) -> str:
    return f".{name}" if name else ""


@behaviour(DOCUMENTED, "A list is a repeated query parameter; `group_ids[]=…` is a 400.")
@behaviour(DOCUMENTED, "Unknown query parameters are ignored.")
def parse_query(
    arguments: Mapping[str, Argument], query: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the arguments of a query; unknown parameters are ignored. Raises Refusal."""
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
