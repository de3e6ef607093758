"""Evaluate CEL expressions, as the CEL specification defines.

Values are bool, int, `Uint`, float, str, bytes, None, list, `Map`, datetime with a zone, timedelta and `Type`. Times
and durations have microseconds. A type error, an unknown name, an overflow and a division by zero are EvaluationError.
`&&`, `||`, `exists` and `all` ignore the error of one operand if another operand decides, in any order.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from math import copysign, inf, isfinite, isnan, nan
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from pulumi_scw_iam.common.cel import patterns
from pulumi_scw_iam.common.cel.expressions import (
    CallExpression,
    Literal,
    Name,
    Node,
    OperatorExpression,
    Select,
    Uint,
    path_of,
)

__all__ = ["EvaluationError", "Map", "Type", "evaluate", "new_map"]

Value: TypeAlias = Any
Map: TypeAlias = "dict[tuple[str, Value], tuple[Value, Value]]"
"""A map: pairs of key and value, by a key of Python. `True` and `1` are different keys, `1` and `1u` are equal."""
Scope: TypeAlias = Mapping[str, Value]

STEPS = 50_000
"""The maximum number of evaluated nodes: nested macros take exponential time."""
LARGEST = 100_000
"""The maximum size of a joined string or list."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class EvaluationError(ValueError):
    """An expression has no value for these variables."""


class Type(str):
    """The type of a value, as `type(…)` returns it."""

    __slots__ = ()


class _Exhausted(Exception):
    """The expression takes too many steps."""


def new_map(pairs: Mapping[str, Value]) -> Map:
    """Return a map of CEL with strings as keys."""
    return {_key(name): (name, value) for name, value in pairs.items()}


def evaluate(root: Node, variables: Scope) -> Value:
    """Return the value of an expression. Raises EvaluationError."""
    try:
        return _Evaluation().value(root, variables)
    except _Exhausted:
        raise EvaluationError(f"takes more than {STEPS} steps") from None
    except RecursionError:
        raise EvaluationError("is nested too deeply") from None


_NAMES: dict[type, str] = {
    bool: "bool",
    Uint: "uint",
    int: "int",
    float: "double",
    str: "string",
    Type: "type",
    bytes: "bytes",
    type(None): "null_type",
    list: "list",
    dict: "map",
    datetime: "google.protobuf.Timestamp",
    timedelta: "google.protobuf.Duration",
}
_TYPES = {name: Type(name) for name in _NAMES.values()}
_NUMBERS = {"int", "uint", "double"}
_ORDERED = {"bool", "string", "bytes", _NAMES[datetime], _NAMES[timedelta]}


def _type(value: Value) -> str:
    return _NAMES[type(value)]


def _key(value: Value) -> tuple[str, Value]:
    name = _type(value)
    if name not in {"bool", "int", "uint", "string", "double"}:
        raise EvaluationError(f"{name} is not the type of a key")
    return ("number" if name in _NUMBERS else name), value


def _integer(value: int, of: type[int] = int) -> int:
    low, high = (0, 2**64) if of is Uint else (-(2**63), 2**63)
    if not low <= value < high:
        raise EvaluationError(f"{_NAMES[of]} overflow")
    return of(value)


def _equal(left: Value, right: Value) -> bool:
    names = {_type(left), _type(right)}
    if names <= _NUMBERS:
        return bool(left == right)
    if len(names) > 1:
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(
            _equal(value, right[key][1]) for key, (_, value) in left.items()
        )
    return bool(left == right)


def _contains(item: Value, container: Value) -> bool:
    if isinstance(container, list):
        return any(_equal(item, other) for other in container)
    if isinstance(container, dict):
        return _key(item) in container
    raise EvaluationError(f"in has no meaning for {_type(container)}")


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("modulus by zero")
    return left - right * _quotient(left, right)


def _float_quotient(left: float, right: float) -> float:
    try:
        return left / right
    except ZeroDivisionError:
        negative = (copysign(1, left) < 0) != (copysign(1, right) < 0)
        return nan if left == 0 or isnan(left) else (-inf if negative else inf)


_SUM = {"+": operator.add, "-": operator.sub}
_INTEGER = {**_SUM, "*": operator.mul, "/": _quotient, "%": _remainder}
_DOUBLE = {**_SUM, "*": operator.mul, "/": _float_quotient}
_TIMES = {
    ("+", _NAMES[datetime], _NAMES[timedelta]),
    ("+", _NAMES[timedelta], _NAMES[datetime]),
    ("+", _NAMES[timedelta], _NAMES[timedelta]),
    ("-", _NAMES[datetime], _NAMES[timedelta]),
    ("-", _NAMES[datetime], _NAMES[datetime]),
    ("-", _NAMES[timedelta], _NAMES[timedelta]),
}
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _binary(sign: str, left: Value, right: Value) -> Value:  # noqa: C901, PLR0911 - one per group of types
    names = _type(left), _type(right)
    if sign in {"==", "!="}:
        return _equal(left, right) == (sign == "==")
    if sign == "in":
        return _contains(left, right)
    same = names[0] if names[0] == names[1] else ""
    if sign in _COMPARED:
        if same in _ORDERED or set(names) <= _NUMBERS:
            return bool(_COMPARED[sign](left, right))
    elif same in {"int", "uint"}:
        return _integer(_INTEGER[sign](left, right), type(left))
    elif same == "double" and sign in _DOUBLE:
        return _double(_DOUBLE[sign], left, right)
    elif sign == "+" and same in {"string", "bytes", "list"}:
        if len(left) + len(right) > LARGEST:
            raise EvaluationError(f"a {same} is too long")
        return left + right
    elif (sign, *names) in _TIMES:
        try:
            return _SUM[sign](left, right)
        except OverflowError:
            raise EvaluationError("time overflow") from None
    raise EvaluationError(f"{sign} has no meaning for {names[0]} and {names[1]}")


def _double(function: Callable[[float, float], float], left: float, right: float) -> float:
    return float(function(left, right))


_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_UNITS = {"h": 3600e6, "m": 60e6, "s": 1e6, "ms": 1e3, "us": 1, "µs": 1, "μs": 1, "ns": 1e-3}
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)", re.ASCII)
_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)


def _timestamp(value: Value) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        if _type(value) == "int":
            return EPOCH + timedelta(seconds=value)
        match = _INSTANT.fullmatch(value) if _type(value) == "string" else None
        if match:
            day, time, fraction, zone = match.groups()
            micros = (fraction or "").ljust(6, "0")[:6]
            offset = "+00:00" if zone == "Z" else zone
            moment = datetime.fromisoformat(f"{day}T{time}.{micros}{offset}")
            return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass
    raise EvaluationError("timestamp() needs an RFC 3339 time")


def _duration(value: Value) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if _type(value) == "string":
        text = value.lstrip("+-") if value[1:2] not in {"+", "-"} else ""
        parts = list(_DURATION.finditer(text))
        if text == "0" or (parts and "".join(part[0] for part in parts) == text):
            micros = sum(
                float(number) * _UNITS[unit] for number, unit in (p.groups() for p in parts)
            )
            try:
                return timedelta(microseconds=-micros if value[0] == "-" else micros)
            except OverflowError:
                pass
    raise EvaluationError('duration() needs a text such as "1h30m"')


def _zone(name: str) -> tzinfo:
    match = _OFFSET.fullmatch(name)
    try:
        if match is None:
            return ZoneInfo(name)
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    except (ValueError, OSError, LookupError):
        raise EvaluationError(f"{name!r} is not a time zone") from None


_CLOCK: dict[str, Callable[[datetime], int]] = {
    "getDate": lambda time: time.day,
    "getDayOfMonth": lambda time: time.day - 1,
    "getDayOfWeek": lambda time: time.isoweekday() % 7,
    "getDayOfYear": lambda time: time.timetuple().tm_yday - 1,
    "getFullYear": lambda time: time.year,
    "getHours": lambda time: time.hour,
    "getMilliseconds": lambda time: time.microsecond // 1000,
    "getMinutes": lambda time: time.minute,
    "getMonth": lambda time: time.month - 1,
    "getSeconds": lambda time: time.second,
}
_LENGTHS = {"getHours": 3600, "getMinutes": 60, "getSeconds": 1}


def _clock(name: str, target: Value, args: list[Value]) -> Value:
    if isinstance(target, timedelta) and not args and name in {*_LENGTHS, "getMilliseconds"}:
        if name == "getMilliseconds":
            return _remainder(target // timedelta(microseconds=1), 10**6) // 1000
        return int(target / timedelta(seconds=_LENGTHS[name]))
    if isinstance(target, datetime) and [_type(arg) for arg in args] in ([], ["string"]):
        try:
            return _CLOCK[name](target.astimezone(_zone(args[0]) if args else timezone.utc))
        except OverflowError:
            raise EvaluationError("time overflow") from None
    raise _no_overload(name, target, *args)


def _text(value: Value) -> str:  # noqa: PLR0911 - one per type
    match value:
        case bool():
            return "true" if value else "false"
        case str() if not isinstance(value, Type):
            return value
        case int():
            return str(int(value))
        case float():
            return repr(value).removesuffix(".0")
        case bytes():
            return value.decode()
        case datetime():
            time = value.astimezone(timezone.utc)
            fraction = f".{time.microsecond:06}".rstrip("0") if time.microsecond else ""
            return f"{time.year:04}-{time:%m-%dT%H:%M:%S}{fraction}Z"
        case timedelta():
            micros = value // timedelta(microseconds=1)
            fraction = f".{abs(micros) % 10**6:06}".rstrip("0").rstrip(".")
            return f"{'-' if micros < 0 else ''}{abs(micros) // 10**6}{fraction}s"
    raise ValueError


def _bool(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if _type(value) == "string" and value in {"1", "t", "true", "TRUE", "True", "T"}:
        return True
    if _type(value) == "string" and value in {"0", "f", "false", "FALSE", "False", "F"}:
        return False
    raise ValueError


def _number(of: type[int], value: Value) -> int:
    match value:
        case datetime() if of is int:
            return (value - EPOCH) // timedelta(seconds=1)
        case bool():
            raise ValueError
        case int():
            return _integer(value, of)
        case float() if isfinite(value):
            return _integer(int(value), of)
        case str() if re.fullmatch(r"[+-]?[0-9]{1,20}" if of is int else "[0-9]{1,20}", value):
            return _integer(int(value), of)
    raise ValueError


def _float(value: Value) -> float:
    number = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
    if _type(value) in _NUMBERS or (_type(value) == "string" and re.fullmatch(number, value)):
        return float(value)
    raise ValueError


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if _type(value) == "string":
        return str(value).encode()
    raise ValueError


def _size(value: Value) -> int:
    if _type(value) in {"string", "bytes", "list", "map"}:
        return len(value)
    raise ValueError


def _strings(function: Callable[[str, str], bool]) -> Callable[..., bool]:
    def of_strings(text: Value, other: Value) -> bool:
        if _type(text) != "string" or _type(other) != "string":
            raise ValueError
        return function(text, other)

    return of_strings


def _matches(text: str, pattern: str) -> bool:
    try:
        return patterns.compiled(pattern).search(text) is not None
    except ValueError as error:
        raise EvaluationError(f"matches() cannot use the pattern: {error}") from None


_MEMBERS: dict[str, Callable[..., Value]] = {
    "contains": _strings(lambda text, part: part in text),
    "endsWith": _strings(str.endswith),
    "matches": _strings(_matches),
    "size": _size,
    "startsWith": _strings(str.startswith),
}
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "bool": _bool,
    "bytes": _bytes,
    "double": _float,
    "duration": _duration,
    "dyn": lambda value: value,
    "int": lambda value: _number(int, value),
    "matches": _MEMBERS["matches"],
    "size": _size,
    "string": _text,
    "timestamp": _timestamp,
    "type": lambda value: _TYPES[_type(value)],
    "uint": lambda value: _number(Uint, value),
}


def _no_overload(name: str, *args: Value) -> EvaluationError:
    return EvaluationError(
        f"{name}() has no meaning for {', '.join(map(_type, args)) or 'nothing'}"
    )


def macro_variable(node: CallExpression) -> Node | None:
    """Return the variable of a macro such as `list.exists(x, …)`; None for any other call."""
    sizes = {"all": {2}, "exists": {2}, "exists_one": {2}, "existsOne": {2}, "filter": {2}}
    sizes["map"] = {2, 3}
    is_macro = node.target is not None and len(node.args) in sizes.get(node.name, ())
    return node.args[0] if is_macro else None


class _Evaluation:
    """One evaluation: counts the steps."""

    def __init__(self) -> None:
        self._left = STEPS

    def value(self, node: Node, scope: Scope) -> Value:
        self._left -= 1
        if self._left < 0:
            raise _Exhausted
        match node:
            case Literal():
                return _constant(node)
            case Name() | Select():
                return self._named(node, scope)
            case CallExpression():
                return self._call(node, scope)
            case OperatorExpression():
                return self._operation(node, scope)
        raise AssertionError(node)

    def _named(self, node: Name | Select, scope: Scope) -> Value:
        if isinstance(node, Select):
            path = path_of(node)
            if path in _TYPES:
                return _TYPES[path]
            of = self.value(node.of, scope)
            if not isinstance(of, dict):
                raise EvaluationError(f"{_type(of)} has no field {node.name}")
            if _key(node.name) not in of:
                raise EvaluationError(f"{path or node.name} does not exist")
            return of[_key(node.name)][1]
        if node.name in scope:
            return scope[node.name]
        if node.name in _TYPES:
            return _TYPES[node.name]
        raise EvaluationError(f"{node.name} does not exist")

    def _truth(self, node: Node, scope: Scope) -> bool:
        value = self.value(node, scope)
        if not isinstance(value, bool):
            raise EvaluationError(f"{_type(value)} is not a bool")
        return value

    def _decided(self, tests: list[tuple[Node, Scope]], *, by: bool) -> bool:
        """Return `by` if one test has this value, else `not by`, else raise the first error."""
        first: EvaluationError | None = None
        for node, scope in tests:
            try:
                if self._truth(node, scope) is by:
                    return by
            except EvaluationError as error:
                first = first or error
        if first:
            raise first
        return not by

    def _operation(self, node: OperatorExpression, scope: Scope) -> Value:  # noqa: C901, PLR0911 - one per operator
        args = node.args
        match node.operator:
            case "&&" | "||":
                return self._decided([(arg, scope) for arg in args], by=node.operator == "||")
            case "!":
                return not self._truth(args[0], scope)
            case "?:":
                return self.value(args[1] if self._truth(args[0], scope) else args[2], scope)
            case "object":
                raise EvaluationError("messages do not exist")
        values = [self.value(arg, scope) for arg in args]
        match node.operator, values:
            case "list", _:
                return values
            case "map", _:
                pairs = list(zip(values[::2], values[1::2], strict=True))
                made = {_key(key): (key, value) for key, value in pairs}
                if len(made) < len(pairs):
                    raise EvaluationError("a map has a key twice")
                return made
            case "[]", (of, index):
                return _item(of, index)
            case "-", (float() as number,):
                return -number
            case "-", (number,) if _type(number) == "int":
                return _integer(-number)
            case sign, (left, right):
                return _binary(sign, left, right)
        raise EvaluationError(f"{node.operator} has no meaning for {_type(values[0])}")

    def _call(self, node: CallExpression, scope: Scope) -> Value:
        if node.name == "has" and node.target is None and len(node.args) == 1:
            return self._has(node.args[0], scope)
        if macro_variable(node) is not None:
            return self._macro(node, scope)
        target = [] if node.target is None else [self.value(node.target, scope)]
        args = [*target, *(self.value(arg, scope) for arg in node.args)]
        if target and node.name in _CLOCK:
            return _clock(node.name, args[0], args[1:])
        function = (_MEMBERS if target else _FUNCTIONS).get(node.name)
        if function is None:
            raise EvaluationError(f"{node.name}() does not exist")
        try:
            return function(*args)
        except EvaluationError:
            raise
        except (TypeError, ValueError):
            raise _no_overload(node.name, *args) from None

    def _has(self, field: Node, scope: Scope) -> bool:
        if not isinstance(field, Select):
            raise EvaluationError("has() needs a field")
        of = self.value(field.of, scope)
        if not isinstance(of, dict):
            raise EvaluationError(f"{_type(of)} has no fields")
        return _key(field.name) in of

    def _macro(self, node: CallExpression, scope: Scope) -> Value:
        assert node.target is not None
        variable, *tests = node.args
        if not isinstance(variable, Name):
            raise EvaluationError(f"{node.name}() needs a variable")
        among = self.value(node.target, scope)
        if not isinstance(among, list | dict):
            raise _no_overload(node.name, among)
        items = among if isinstance(among, list) else [key for key, _ in among.values()]
        scopes = [{**scope, variable.name: item} for item in items]
        match node.name:
            case "all" | "exists":
                return self._decided([(tests[0], one) for one in scopes], by=node.name == "exists")
            case "map":
                kept = [one for one in scopes if len(tests) == 1 or self._truth(tests[0], one)]
                return [self.value(tests[-1], one) for one in kept]
        kept = [one for one in scopes if self._truth(tests[0], one)]
        if node.name == "filter":
            return [one[variable.name] for one in kept]
        return len(kept) == 1


def _constant(node: Literal) -> Value:
    if node.kind == "bytes":
        if not node.value.isascii():
            raise EvaluationError("bytes beyond ASCII are not supported")
        return node.value.encode()
    if node.kind == "number" and isinstance(node.value, int):
        return _integer(node.value, type(node.value))
    return node.value


def _item(of: Value, index: Value) -> Value:
    if isinstance(of, dict):
        if _key(index) not in of:
            raise EvaluationError("a map does not have the key")
        return of[_key(index)][1]
    if isinstance(of, list) and _type(index) in _NUMBERS and index == int(index):
        if not 0 <= index < len(of):
            raise EvaluationError("an index is out of range")
        return of[int(index)]
    raise EvaluationError(f"[] has no meaning for {_type(of)} and {_type(index)}")
