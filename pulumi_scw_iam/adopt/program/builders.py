"""Conditions as calls of `pulumi_scw_iam.conditions`, for programs with the Python classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam import conditions
from pulumi_scw_iam.common.cel.expressions import (
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    path_of,
)
from pulumi_scw_iam.common.cel.parser import SyntaxFailure, UnsupportedSyntax
from pulumi_scw_iam.common.cel.syntax import parse_strictly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Built", "Call", "Combined", "Inverted", "built", "operands"]


@dataclass(frozen=True)
class Call:
    """A call of a function of the module."""

    function: str
    arguments: tuple[str | int, ...]
    keywords: tuple[tuple[str, str | bool], ...] = ()


@dataclass(frozen=True)
class Combined:
    """Conditions combined with `&` or `|`."""

    operator: str
    sides: tuple[Built, ...]


@dataclass(frozen=True)
class Inverted:
    """The opposite of a condition."""

    of: Built


Built = Call | Combined | Inverted


class _NotBuiltError(Exception):
    """No function builds this text."""


def built(text: str) -> Built | None:
    """Return the calls that build exactly this text; None if no calls do."""
    try:
        found = _built(parse_strictly(text))
        return found if str(_value(found)) == text else None
    except (SyntaxFailure, UnsupportedSyntax, _NotBuiltError, ValueError):
        return None


def _value(found: Built) -> conditions.Condition:
    """Return the condition that the calls build. Raises ValueError for invalid arguments."""
    if isinstance(found, Call):
        function: Callable[..., conditions.Condition] = getattr(conditions, found.function)
        return function(*found.arguments, **dict(found.keywords))
    if isinstance(found, Inverted):
        return ~_value(found.of)
    first, *rest = map(_value, found.sides)
    for side in rest:
        first = first & side if found.operator == "&" else first | side
    return first


def _built(node: Node) -> Built:
    if isinstance(node, OperatorExpression):
        if node.operator == "!":
            return _inverted(_built(node.args[0]))
        if node.operator in {"&&", "||"}:
            return _chain(node.operator, node.args)
        return _test(node)
    if isinstance(node, CallExpression):
        return _method(node)
    raise _NotBuiltError


def _inverted(found: Built) -> Built:
    return found.of if isinstance(found, Inverted) else Inverted(found)


def _chain(operator: str, args: Sequence[Node]) -> Built:
    *most, last = args
    if operator == "||" and most and _is_absent(last):
        return _with_lists(most)
    sides = list(_sides(operator, args))
    return sides[0] if len(sides) == 1 else Combined("&" if operator == "&&" else "|", tuple(sides))


def _sides(operator: str, args: Sequence[Node]) -> Iterator[Built]:
    """Yield the built operands. Two limits of the hour are one call."""
    left = list(args)
    while left:
        node = left.pop(0)
        if left and (range_ := _hours(operator, node, left[0])):
            left.pop(0)
            yield range_
        else:
            yield _built(node)


def _hours(operator: str, first: Node, second: Node) -> Call | None:
    start, end = _clock(first), _clock(second)
    if start is None or end is None or start[2] != end[2]:
        return None
    is_range = (start[0], end[0]) == (">=", "<")
    if not is_range or (start[1] < end[1]) != (operator == "&&"):
        return None
    return Call("hours", (start[1], end[1]), (("zone", start[2]),))


def _clock(node: Node) -> tuple[str, int, str] | None:
    """Return the operator, the hour and the zone of a comparison with the hour of the request."""
    match node:
        case OperatorExpression(
            operator=operator,
            args=(
                CallExpression(name="getHours", target=target, args=(Literal("text", zone),)),
                Literal("number", int(hour)),
            ),
        ) if target is not None and path_of(target) == "request.time":
            return operator, hour, zone
    return None


def _is_absent(node: Node) -> bool:
    match node:
        case OperatorExpression(
            operator="!", args=(CallExpression(name="has", target=None, args=(field,)),)
        ):
            return path_of(field) == "resource.id"
    return False


def _with_lists(args: Sequence[Node]) -> Built:
    """Return the call for tests of a resource that are also true for list requests."""
    found = [_built(arg) for arg in args]
    if len(found) == 1 and isinstance(first := found[0], Combined) and first.operator == "&":
        found = list(first.sides)
    calls = [side.of if isinstance(side, Inverted) else side for side in found]
    functions = {call.function if isinstance(call, Call) else "" for call in calls}
    if len(functions) > 1 or not all(name.startswith("resource_") for name in functions):
        raise _NotBuiltError
    values = [value for call in calls if isinstance(call, Call) for value in call.arguments]
    call = Call(functions.pop(), tuple(values))
    return Inverted(call) if isinstance(found[0], Inverted) else call


_LISTS: Any = (("lists", False),)
_EQUAL = {
    "request.ip": ("ip", ()),
    "resource.id": ("resource_id", _LISTS),
    "resource.name": ("resource_name", _LISTS),
    "resource.locality": ("resource_locality", _LISTS),
}


def _test(node: OperatorExpression) -> Built:
    if (clock := _clock(node)) is not None:
        operator, hour, zone = clock
        if operator == "<":
            return Call("hours", (0, hour), (("zone", zone),))
        if operator == ">=":
            return Call("hours", (hour, 24), (("zone", zone),))
        raise _NotBuiltError
    if len(node.args) != 2:
        raise _NotBuiltError
    left, right = node.args
    if isinstance(right, CallExpression) and right.name == "timestamp":
        function = {"<": "before", ">=": "after"}.get(node.operator)
        if function is None or path_of(left) != "request.time":
            raise _NotBuiltError
        return Call(function, _literals(*right.args))
    values = _literals(right)
    match node.operator, left:
        case ("==" | "!=" | "in", CallExpression(name="getDayOfWeek", args=(place,))):
            days = tuple(_DAYS[day] for day in values if isinstance(day, int) and 0 <= day < 7)
            (name,) = _literals(place)
            call = Call("weekdays", days, (("zone", str(name)),))
            return Inverted(call) if node.operator == "!=" else call
        case ("==" | "!=" | "in", _) if (path := path_of(left)) in _EQUAL:
            function, keywords = _EQUAL[str(path)]
            call = Call(function, values, keywords)
            return Inverted(call) if node.operator == "!=" else call
    raise _NotBuiltError


_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def _method(node: CallExpression) -> Built:
    path = "" if node.target is None else path_of(node.target) or ""
    function, keywords = {
        ("request.user_agent", "contains"): ("user_agent_contains", ()),
        ("resource.name", "startsWith"): ("resource_name_starts_with", _LISTS),
        ("resource.locality", "startsWith"): ("resource_locality", _LISTS),
    }.get((path, node.name), ("", ()))
    if not function:
        raise _NotBuiltError
    return Call(function, _literals(*node.args), keywords)


def _literals(*nodes: Node) -> tuple[str | int, ...]:
    """Return the constants of nodes and of lists of constants."""
    found: list[str | int] = []
    for node in nodes:
        match node:
            case Literal("text", str(value)) | Literal("number", int(value)):
                found.append(value)
            case OperatorExpression(operator="list", args=items):
                found += _literals(*items)
            case _:
                raise _NotBuiltError
    return tuple(found)


def operands(text: str) -> list[str]:
    """Split the text of a condition after each `&&` and `||` outside parentheses and strings."""
    parts, start, depth, quote = [], 0, 0, ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote and text[place - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and text[place - 3 : place + 1] in (" && ", " || "):
            parts.append(text[start : place + 1])
            start = place + 1
    return [part for part in [*parts, text[start:]] if part]
