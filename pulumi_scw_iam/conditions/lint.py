"""What is wrong, or likely not meant, in the condition of a policy's rule.

The API checks the syntax of a condition and nothing else: one that is never true, or that names
what does not exist, is taken. Only wrong syntax is a failure here as well. All else is a warning, since
Scaleway does not say how strictly it reads CEL, and samples of its own are not strict.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.permission_sets import PermissionSet
from pulumi_scw_iam.common.words import joined, quoted
from pulumi_scw_iam.conditions.cel import (
    ESCAPE,
    MIRRORED,
    OPPOSITE,
    PLAIN_ESCAPES,
    STRING,
    CallExpression,
    Literal,
    Node,
    OperatorExpression,
    Select,
    SyntaxFailure,
    Unread,
    arms_of,
    is_operation,
    negated,
    normal,
    once,
    parsed,
    path_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

__all__ = ["Linted", "address", "linted", "zone"]


class Linted(NamedTuple):
    """What is said of a condition; each text is one sentence that follows the property's path."""

    failure: str | None
    warnings: tuple[str, ...]


def linted(
    condition: str,
    permission_sets: Collection[PermissionSet] = (),
    *,
    now: datetime | None = None,
) -> Linted:
    """Read a condition, and say what is wrong with it.

    `permission_sets` are those of its rule. `now` (with a zone) decides which times are past.
    """
    if not condition or len(condition) > formats.LONGEST_CONDITION:
        # The field's own bound is said of a longer one, and nothing else, which could take for ever.
        return Linted(None, ())
    try:
        root = parsed(condition)
    except SyntaxFailure as failure:
        return Linted(str(failure), ())
    except Unread as unread:
        return Linted(None, (str(unread),))
    except Exception:  # noqa: BLE001 - the parser is another's: its faults are not the condition's
        return Linted(None, ())
    if _is_deep(root):
        return Linted(None, ())
    look = _Look(condition, root, tuple(permission_sets), now or datetime.now(timezone.utc))
    said = [warning for rule in _RULES for warning in rule(look)]
    return Linted(None, tuple(dict.fromkeys(said)))


_DEEPEST = 64
"""Levels of operations that are judged: 32 of brackets, as CEL's specification demands, with two in each."""


def _is_deep(root: Node) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [below for node in level for below in node.below]
        if not level:
            return False
    return True


def _is_has(node: Node, variable: str) -> bool:
    """Whether it is has(…) of a field of that variable."""
    return (
        isinstance(node, CallExpression)
        and node.name == "has"
        and node.target is None
        and len(node.args) == 1
        and (path_of(node.args[0]) or "").startswith(f"{variable}.")
    )


@once
def _reads_resource(node: Node) -> bool:
    """Whether a field of the resource is used, other than to see whether it is there."""
    if _is_has(node, "resource"):
        return False
    if isinstance(node, Select) and path_of(node.of) == "resource":
        return True
    return any(_reads_resource(below) for below in node.below)


@dataclass(frozen=True)
class _Look:
    """What the rules look at."""

    text: str
    root: Node
    permission_sets: tuple[PermissionSet, ...]
    now: datetime

    def code(self, node: Node) -> str:
        """The node as the user wrote it, on one line."""
        return " ".join(self.text[node.start : node.end].split())

    def shown(self, node: Node) -> str:
        code = self.code(node)
        return code if len(code) <= 80 else f"{code[:77]}..."


# --- names --------------------------------------------------------------------------------------

_KNOWN = {
    "request": ("ip", "time", "user_agent"),
    "resource": ("name", "id", "locality"),
}
_PATHS = tuple(f"{name}.{attribute}" for name, known in _KNOWN.items() for attribute in known)
_TYPES = {"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"}
_MACROS = {"all", "exists", "exists_one", "existsOne", "filter", "map"}
# What each method of a time can answer.
_PARTS: dict[str, range | None] = {
    "getDate": range(1, 32),
    "getDayOfMonth": range(31),
    "getDayOfWeek": range(7),
    "getDayOfYear": range(366),
    "getFullYear": None,
    "getHours": range(24),
    "getMilliseconds": range(1000),
    "getMinutes": range(60),
    "getMonth": range(12),
    "getSeconds": range(60),
}
_FUNCTIONS = {
    *("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"),
    *("contains", "endsWith", "has", "matches", "size", "startsWith"),
    *_MACROS,
    *_PARTS,
}


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def _unknown_names(look: _Look) -> Iterator[str]:
    yield from _unknown_below(look.root, frozenset())


def _unknown_below(node: Node, bound: frozenset[str]) -> Iterator[str]:
    path = path_of(node)
    if path is not None:
        if path.partition(".")[0] not in bound:
            yield from _unknown_path(path)
        return
    if isinstance(node, CallExpression):
        if node.name not in _FUNCTIONS:
            cure = _near(node.name, _FUNCTIONS, "CEL's own are contains, startsWith, matches, …")
            yield f"{node.name}() is not a function of standard CEL; {cure}"
        if node.name in _MACROS and node.target is not None and node.args:
            yield from _unknown_below(node.target, bound)
            inner = bound | {variable for variable in [path_of(node.args[0])] if variable}
            for arg in node.args[1:]:
                yield from _unknown_below(arg, inner)
            return
    for below in node.below:
        yield from _unknown_below(below, bound)


def _unknown_path(path: str) -> Iterator[str]:
    root, _, rest = path.partition(".")
    attribute = rest.partition(".")[0]
    if path in _PATHS or path in _TYPES or root == "google":
        return
    if path.startswith("resource.annotation"):
        yield f"{path} is not supported by Scaleway; test resource.name or resource.id"
    elif root not in _KNOWN:
        yield f"{path} is not known; {_near(path, _PATHS, f'there are {joined(_PATHS)}')}"
    elif not attribute:
        names = joined(tuple(f"{root}.{known}" for known in _KNOWN[root]))
        yield f"{root} is no value by itself; name one of its fields: {names}"
    elif attribute in _KNOWN[root]:
        yield f"{path} is not known: {root}.{attribute} has no fields; remove what follows it"
    else:
        names = joined(tuple(f"{root}.{known}" for known in _KNOWN[root]))
        yield f"{path} is not known; {_near(path, _PATHS, f'there are {names}')}"


# --- what is always or never true ---------------------------------------------------------------

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@dataclass(frozen=True)
class _Values:
    """Which values of `subject` make a test true: those in `some`, or all but those."""

    subject: Node
    some: frozenset[Any]
    but: bool


@once
def _values(node: Node) -> _Values | None:  # noqa: C901, PLR0911 - one for each operator
    """The test as values of one subject, where it is one."""
    if is_operation(node, "!") and isinstance(node, OperatorExpression):
        inner = _values(node.args[0])
        return None if inner is None else _complement(inner)
    if is_operation(node, "||"):
        several = [_values(arm) for arm in arms_of(node, "||")]
        known = [values for values in several if values is not None]
        if len(known) < len(several) or len({values.subject for values in known}) > 1:
            return None
        joined = _complement(known[0])
        for values in known[1:]:
            joined = _both(joined, _complement(values))
        return _complement(joined)
    if not isinstance(node, OperatorExpression) or len(node.args) != 2:
        return None
    subject, other = node.args
    if isinstance(subject, Literal):
        return None
    domain = _domain(subject)
    if node.operator == "in" and is_operation(other, "list"):
        if not all(isinstance(item, Literal) for item in other.below):
            return None
        return _within(domain, _Values(subject, frozenset(other.below), but=False))
    if node.operator not in OPPOSITE or not isinstance(other, Literal):
        return None
    if domain is not None and other.kind == "number":
        test = _COMPARED[node.operator]
        some = frozenset(Literal("number", n) for n in domain if test(n, other.value))
        return _Values(subject, some, but=False)
    if node.operator in {"==", "!="}:
        return _Values(subject, frozenset({other}), but=node.operator == "!=")
    return None


def _domain(subject: Node) -> range | None:
    return _PARTS.get(subject.name) if isinstance(subject, CallExpression) else None


def _within(domain: range | None, values: _Values) -> _Values:
    if domain is None:
        return values
    everything = frozenset(Literal("number", number) for number in domain)
    kept = everything - values.some if values.but else everything & values.some
    return _Values(values.subject, kept, but=False)


def _complement(values: _Values) -> _Values:
    other = _Values(values.subject, values.some, but=not values.but)
    return _within(_domain(values.subject), other)


def _both(a: _Values, b: _Values) -> _Values:
    match a.but, b.but:
        case False, False:
            return _Values(a.subject, a.some & b.some, but=False)
        case False, True:
            return _Values(a.subject, a.some - b.some, but=False)
        case True, False:
            return _Values(a.subject, b.some - a.some, but=False)
        case _:
            return _Values(a.subject, a.some | b.some, but=True)


@once
def _constant(node: Node) -> bool | None:  # noqa: PLR0911 - one for each operator
    """Whether it is always true, never true, or (None) neither as far as can be told."""
    if isinstance(node, Literal):
        return node.value if node.kind == "bool" else None
    if isinstance(node, CallExpression):
        return _constant_call(node)
    if not isinstance(node, OperatorExpression):
        return None
    args = node.args
    match node.operator:
        case "!":
            inner = _constant(args[0])
            return None if inner is None else not inner
        case "&&":
            arms = [_constant(arm) for arm in arms_of(node, "&&")]
            if False in arms or _impossible(arms_of(normal(node), "&&")):
                return False
            return True if all(arms) else None
        case "||":
            opposite = _constant(negated(node))
            return None if opposite is None else not opposite
        case "?:":
            test = _constant(args[0])
            if test is not None:
                return _constant(args[1] if test else args[2])
            first, second = _constant(args[1]), _constant(args[2])
            return first if first == second else None
        case _:
            return _settled_comparison(normal(node))


def _constant_call(node: CallExpression) -> bool | None:
    if _is_has(node, "request"):
        return path_of(node.args[0]) in _PATHS or None
    empty = Literal("text", "")
    if node.name in {"contains", "startsWith", "endsWith"} and node.args == (empty,):
        return True
    return None


def _settled_comparison(node: Node) -> bool | None:  # noqa: PLR0911 - one for each operator
    if not isinstance(node, OperatorExpression) or len(node.args) != 2:
        return None
    left, right = node.args
    if node.operator in _COMPARED:
        if left == right:
            return node.operator in {"==", "<=", ">="}
        if isinstance(left, Literal) and isinstance(right, Literal):
            return (
                _COMPARED[node.operator](left.value, right.value)
                if left.kind == right.kind and left.kind in {"text", "number"}
                else None
            )
    if is_operation(right, "list") and node.operator == "in":
        if not right.below or left in right.below:
            return bool(right.below)
        if isinstance(left, Literal) and all(isinstance(n, Literal) for n in right.below):
            return False
    values = _values(node)
    if values is None or values.but:
        return None
    domain = _domain(values.subject)
    if not values.some:
        return False
    return True if domain is not None and len(values.some) == len(domain) else None


def _impossible(arms: Iterable[Node]) -> bool:
    """Whether tests can never be true together."""
    met: set[Node] = set()
    allowed: dict[Node, _Values] = {}
    for arm in arms:
        if negated(arm) in met:
            return True
        met.add(arm)
        values = _values(arm)
        if values is None:
            continue
        known = allowed.get(values.subject)
        values = values if known is None else _both(known, values)
        if not values.but and not values.some:
            return True
        allowed[values.subject] = values
    return False


def _always_or_never(look: _Look) -> Iterator[str]:
    yield from _settled_parts(look, look.root, whole=True)


def _settled_parts(look: _Look, node: Node, *, whole: bool) -> Iterator[str]:
    """The widest parts that do not depend on the request, each with what makes them so."""
    constant = _constant(node)
    if constant is not None:
        cause = _cause(node, constant=constant)
        because = "" if cause is node else f", because of {look.shown(cause)}"
        always = "always" if constant else "never"
        if whole:
            effect = (
                "so it limits nothing; test something of the request, or leave the condition out"
                if constant
                else "so the rule never counts; correct it, or remove the rule"
            )
            yield f"is {always} true{because}, {effect}"
        else:
            effect = "limits nothing; correct" if constant else "adds nothing; correct"
            yield f"{look.shown(node)} is {always} true{because}, so it {effect} or remove it"
        return
    if is_operation(node, "&&", "||", "!", "?:"):
        for below in node.below:
            yield from _settled_parts(look, below, whole=False)


def _cause(node: Node, *, constant: bool) -> Node:
    """The smallest part that makes the whole always, or never, true."""
    if is_operation(node, "||" if constant else "&&"):
        for below in node.below:
            if _constant(below) is constant:
                return _cause(below, constant=constant)
    return node


def _absorbed(look: _Look) -> Iterator[str]:
    """`a || a && b` is `a`; `a && (a || b)` is `a`."""
    for node in walk(look.root):
        if not isinstance(node, OperatorExpression) or node.operator not in {"&&", "||"}:
            continue
        inner = "&&" if node.operator == "||" else "||"
        does = "adds nothing" if node.operator == "||" else "limits nothing"
        arms = [(arm, frozenset(arms_of(arm, inner))) for arm in node.args]
        for i, (arm, parts) in enumerate(arms):
            for j, (other, others) in enumerate(arms):
                if others < parts or (others == parts and j < i):
                    yield f"{look.shown(arm)} {does} beside {look.shown(other)}; remove it"
                    break


# --- lists, which have no single resource -------------------------------------------------------


def _lists_without_limit(look: _Look) -> Iterator[str]:
    """`a && b || !has(resource.id)`: && binds stronger, so lists get through without `a`."""
    for node in walk(look.root):
        if not isinstance(node, OperatorExpression) or node.operator != "||":
            continue
        exempt = [
            arm for arm in node.args if is_operation(arm, "!") and _is_has(arm.below[0], "resource")
        ]
        for arm in node.args:
            if not exempt or not is_operation(arm, "&&") or arm.bracketed:
                continue
            limits = [part for part in arm.below if not _reads_resource(part)]
            tests = [part for part in arm.below if _reads_resource(part)]
            if limits and tests:
                cure = f"{' || '.join(_inner(look, t) for t in tests)} || {look.code(exempt[0])}"
                kept = " && ".join(_inner(look, limit) for limit in limits)
                yield (
                    f"lets lists through without {_cut(kept)}, since && binds stronger than ||;"
                    f" write {_cut(f'{kept} && ({cure})', 160)}"
                )


def _inner(look: _Look, node: Node) -> str:
    return (
        f"({look.code(node)})"
        if node.bracketed or is_operation(node, "||", "?:")
        else look.code(node)
    )


def _cut(code: str, size: int = 80) -> str:
    return code if len(code) <= size else f"{code[: size - 3]}..."


@once
def _outcomes(node: Node) -> frozenset[str]:
    """What a condition can come to for a list: true, false, error (T, F, E).

    `&&` and `||` get over an error where their other side decides, as CEL says.
    """
    if isinstance(node, Literal) and node.kind == "bool":
        return frozenset("T" if node.value else "F")
    if _is_has(node, "resource"):
        return frozenset("F")
    if isinstance(node, OperatorExpression):
        if node.operator == "!":
            turned = {"T": "F", "F": "T", "E": "E"}
            return frozenset(turned[outcome] for outcome in _outcomes(node.args[0]))
        if node.operator in {"&&", "||"}:
            decides, other = ("F", "T") if node.operator == "&&" else ("T", "F")
            arms = [_outcomes(arg) for arg in node.args]
            found = set()
            if any(decides in arm for arm in arms):
                found.add(decides)
            if not any(arm == {decides} for arm in arms):
                found |= {"E"} if any("E" in arm for arm in arms) else set()
                found |= {other} if all(other in arm for arm in arms) else set()
            return frozenset(found)
        if node.operator == "?:":
            test, first, second = (_outcomes(arg) for arg in node.args)
            chosen = (first if "T" in test else set()) | (second if "F" in test else set())
            return frozenset(chosen | ({"E"} & test))
    return frozenset("E" if _reads_resource(node) else "TF")


def _lists_refused(look: _Look) -> Iterator[str]:
    parts = list(_refusing(look.root))
    if parts:
        cures = [_cut(f"({_ored(look, part)} || !has(resource.id))", 160) for part in parts]
        yield (
            "refuses lists, since a list has no single resource;"
            f" write {' and '.join(dict.fromkeys(cures))} to let lists through"
        )


def _ored(look: _Look, node: Node) -> str:
    return f"({look.code(node)})" if is_operation(node, "?:") else look.code(node)


def _refusing(node: Node) -> Iterator[Node]:
    """The parts that make lists fail, without those that ask whether there is a resource."""
    outcomes = _outcomes(node)
    if "E" not in outcomes:
        return
    if is_operation(node, "&&"):
        for below in node.below:
            yield from _refusing(below)
    elif is_operation(node, "||"):
        if "T" in outcomes and any(_is_has(part, "resource") for part in walk(node)):
            return
        if all(_reads_resource(below) for below in node.below):
            yield node
        else:
            for below in node.below:
                yield from _refusing(below)
    elif "T" not in outcomes:
        yield node


def _resource_without_support(look: _Look) -> Iterator[str]:
    """Only some products look at `resource`."""
    if not any((path_of(node) or "").startswith("resource.") for node in walk(look.root)):
        return
    supported = ("IAM", "SSH keys", "Security / Key Manager", "Security / Secret Manager")
    names = sorted(s.name for s in look.permission_sets if s.category not in supported)
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        shown = f"{', '.join(names[:3])}{more}" if more else joined(names)
        yield (
            f"tests resource, which only IAM, SSH keys, Key Manager and Secret Manager support;"
            f" give {shown} a rule without it"
        )


# --- times --------------------------------------------------------------------------------------

_OFFSET = re.compile(r"[+-]?\d\d:\d\d")


def zone(name: str) -> str:
    """The name of a time zone (IANA); raises ValueError for one that is not known."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # not found, no file name, or a folder of them
        near = _near(name, available_timezones(), "write one such as Europe/Paris")
        raise ValueError(f"{quoted(name)} is not a known time zone; {near}") from None
    return name


def _times(look: _Look) -> Iterator[str]:
    for node in walk(look.root):
        if not isinstance(node, CallExpression):
            continue
        if (
            node.name in _PARTS
            and node.target is not None
            and path_of(node.target) == "request.time"
        ):
            if not node.args:
                called = f'{look.code(node.target)}.{node.name}("Europe/Paris")'
                yield f"{look.shown(node)} counts in UTC; name the time zone, as in {called}"
            elif isinstance(node.args[0], Literal) and node.args[0].kind == "text":
                name = str(node.args[0].value)
                try:
                    if not _OFFSET.fullmatch(name):
                        zone(name)
                except ValueError as reason:
                    yield str(reason)
        elif node.name == "timestamp" and node.target is None and len(node.args) == 1:
            yield from _timestamp(node.args[0])


def _timestamp(node: Node) -> Iterator[str]:
    if not isinstance(node, Literal) or node.kind != "text":
        return
    text = str(node.value)
    try:
        instant = formats.instant(text)
    except ValueError as reason:
        yield f"timestamp({quoted(text)}) cannot be read: {reason}"
        return
    if text[10] != "T" or text.endswith("z"):
        yield f"timestamp({quoted(text)}) is not in RFC 3339's form; write {instant}"


def _comparisons(look: _Look, *operators: str) -> Iterator[tuple[Node, str, Node, Node]]:
    """Comparisons with a variable on the left; the operator is turned where it is on the right."""
    for node in walk(look.root):
        if not isinstance(node, OperatorExpression) or node.operator not in operators:
            continue
        left, right = node.args
        if node.operator != "in" and path_of(left) is None:
            yield node, MIRRORED[node.operator], right, left
        else:
            yield node, node.operator, left, right


def _time_as_text(look: _Look) -> Iterator[str]:
    for node, _, subject, other in _comparisons(look, *MIRRORED):
        if path_of(subject) == "request.time" and isinstance(other, Literal):
            if other.kind != "text":
                continue
            try:
                instant = formats.instant(str(other.value))
            except ValueError:
                instant = "2030-01-31T12:00:00Z"
            yield f'{look.shown(node)} compares a time with a text; write timestamp("{instant}")'


def _past(look: _Look) -> Iterator[str]:
    for part in walk(normal(look.root)):
        if not isinstance(part, OperatorExpression) or part.operator not in MIRRORED:
            continue
        left, right = part.args
        turned = path_of(left) != "request.time"
        operator = MIRRORED[part.operator] if turned else part.operator
        subject, other = (right, left) if turned else (left, right)
        if path_of(subject) != "request.time" or operator not in {"<", "<=", "=="}:
            continue
        if (
            not isinstance(other, CallExpression)
            or other.name != "timestamp"
            or len(other.args) != 1
        ):
            continue
        (text,) = other.args
        if not isinstance(text, Literal) or text.kind != "text":
            continue
        try:
            moment = formats.moment(str(text.value))
        except ValueError:
            continue  # `_times` says so
        if moment < look.now:
            yield f"{look.shown(part)} can never be true again; set a later time, or remove it"


# --- addresses ----------------------------------------------------------------------------------

# Not `is_private` of the standard library, which has the addresses of documentation too.
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"),
    )
)


def address(text: str) -> str:
    """A public address in its usual spelling; raises ValueError for all else."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        if re.fullmatch(r"[0-9a-fA-F.:]+/\d+", text):
            raise ValueError(
                f"{quoted(text)} is a network, and addresses are compared as text;"
                " list single addresses"
            ) from None
        raise ValueError(
            f"{quoted(text)} is not an IP address; write one such as 203.0.113.7"
        ) from None
    if any(found in network for network in _PRIVATE):
        raise ValueError(
            f"{quoted(text)} is a private address, which Scaleway never sees; give the public one"
        )
    return str(found)


def _addresses(look: _Look) -> Iterator[str]:
    for _, _, subject, other in _comparisons(look, "==", "!=", "in"):
        if path_of(subject) != "request.ip":
            continue
        for item in other.below if is_operation(other, "list") else (other,):
            if isinstance(item, Literal) and item.kind == "text":
                try:
                    address(str(item.value))
                except ValueError as reason:
                    yield str(reason)


# --- what is no test ----------------------------------------------------------------------------


def _no_test(look: _Look) -> Iterator[str]:
    yield from _untested(look, look.root)


def _untested(look: _Look, node: Node) -> Iterator[str]:
    if is_operation(node, "&&", "||", "!", "?:"):
        for below in node.below:
            yield from _untested(look, below)
    elif _is_value(node):
        yield f'{look.shown(node)} is not a test; compare it, as in request.ip == "203.0.113.7"'


def _is_value(node: Node) -> bool:
    if isinstance(node, Literal):
        return node.kind != "bool"
    if isinstance(node, CallExpression):
        values = {*_PARTS, "size", "timestamp", "duration", "string", "int", "uint", "double"}
        return node.name in values
    return path_of(node) in _PATHS or is_operation(node, "+", "-", "*", "/", "%", "list", "map")


def _text_escapes(look: _Look) -> Iterator[str]:
    r"""`"\d"` is no escape of CEL."""
    for node in walk(look.root):
        if not isinstance(node, Literal) or node.kind != "text":
            continue
        head = STRING.match(look.text, node.start)
        if head is None or head["raw"]:
            continue
        for escape in ESCAPE.finditer(look.text, head.end(), node.end):
            if escape[6] is not None and escape[6] not in PLAIN_ESCAPES:
                wrong = f"\\{escape[6]}"
                cure = f"\\{wrong}"
                shown = json.dumps(wrong[1:], ensure_ascii=False)[1:-1]
                yield (
                    f"\\{shown} is not an escape that CEL knows; write {cure[:2]}{shown}"
                    ' in the text, or r"…" around it'
                )
                break


_RULES: tuple[Callable[[_Look], Iterator[str]], ...] = (
    _unknown_names,
    _no_test,
    _always_or_never,
    _absorbed,
    _lists_without_limit,
    _lists_refused,
    _times,
    _time_as_text,
    _past,
    _addresses,
    _text_escapes,
    _resource_without_support,
)
