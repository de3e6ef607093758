"""Every refusal, limit and error has evidence."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam import emulator
from pulumi_scw_iam.emulator.http import control, faults
from pulumi_scw_iam.emulator.schema import refusals
from pulumi_scw_iam.emulator.schema.arguments import Body, Flag, InvalidValue, Many, Text, Uuid
from pulumi_scw_iam.emulator.schema.grounds import BEHAVIOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN = {control.__name__, faults.__name__}
"""The modules without a counterpart in the real API."""

REFUSALS = {
    name: function
    for name, function in inspect.getmembers(refusals, inspect.isfunction)
    if function.__module__ == refusals.__name__ and name != refusals.by_status.__name__
}
RAISED = {*REFUSALS, InvalidValue.__name__}


def refusing_functions() -> Iterator[tuple[str, str]]:
    """Yield the module and the function of each `raise` of a refusal."""
    for found in pkgutil.walk_packages(emulator.__path__, f"{emulator.__name__}."):
        module = importlib.import_module(found.name)
        if module.__name__ not in OWN:
            for name in _raises(ast.parse(inspect.getsource(module)), ()):
                yield module.__name__, name


def _raises(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            within = (*within, name)
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            if name in RAISED:
                yield ".".join(within)
    for child in ast.iter_child_nodes(node):
        yield from _raises(child, within)


def test_every_refusal_is_a_rule_of_the_function_that_raises_it() -> None:
    raised = Counter(refusing_functions())
    rules = Counter((behaviour.module, behaviour.function) for behaviour in BEHAVIOURS)
    assert len(raised) > 30
    assert {place: number for place, number in raised.items() if rules[place] < number} == {}


def test_the_body_of_every_error_is_a_rule() -> None:
    described = {
        behaviour.function for behaviour in BEHAVIOURS if behaviour.module == refusals.__name__
    }
    assert described == REFUSALS.keys()


def test_every_rule_is_a_sentence_that_is_said_once() -> None:
    texts = [behaviour.text for behaviour in BEHAVIOURS]
    assert [text for text in texts if not text.endswith(".") or "  " in text] == []
    assert [text for text, number in Counter(texts).items() if number > 1] == []


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Text(1),
        lambda: Text(max=64),
        lambda: Text(pattern="[a-z]+"),
        lambda: Many(Uuid(), max=10),
        lambda: Many(Uuid(), unique=True),
        lambda: Flag(only=True),
        lambda: Body({"a": Uuid(), "b": Uuid()}, one_of={"c": ("a", "b")}),
    ],
)
def test_a_limit_without_a_ground_cannot_be_declared(declare: Callable[[], Any]) -> None:
    with pytest.raises(
        TypeError, match=r"^a limit must be declared with its evidence; pass `ground`$"
    ):
        declare()
