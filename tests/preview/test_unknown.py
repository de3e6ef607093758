"""Values unknown at preview, at every depth of the inputs of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.names import camel, from_pulumi, to_pulumi
from pulumi_scw_iam.dynamic import _from_host as from_host
from pulumi_scw_iam.dynamic import _to_host as to_host
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.native.values import from_struct, to_struct
from tests.support.strategies import RESOURCE, inputs, spelled

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from pulumi_scw_iam.core.kind import Kind
    from tests.support.preview.program import Program


@st.composite
def partly_unknown(draw: DrawFn, value: Any) -> Any:
    """Draw a value with UNKNOWN instead of some parts, or of the whole value."""
    if draw(st.integers(0, 3)) == 0:
        return UNKNOWN
    match value:
        case dict():
            return {name: draw(partly_unknown(item)) for name, item in value.items()}
        case list():
            return [draw(partly_unknown(item)) for item in value]
        case _:
            return value


def via_dynamic(kind: Kind[Any, Any], values: dict[str, Any]) -> dict[str, Any]:
    del kind
    return from_host(to_host(values))


def via_native(kind: Kind[Any, Any], values: dict[str, Any]) -> dict[str, Any]:
    return from_pulumi(kind.inputs, from_struct(to_struct(to_pulumi(kind.inputs, values))))


@pytest.mark.parametrize(
    ("travel", "spell"),
    [(via_dynamic, str), (via_native, camel)],
    ids=["dynamic", "native"],
)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(max_examples=8)
@given(data=st.data())
def test_an_unknown_value_fails_no_preview(
    program: Program, kind: Kind[Any, Any], travel: Any, spell: Any, data: st.DataObject
) -> None:
    with program.fresh(kind):
        held = program.checked(kind, {}, data.draw(inputs(kind, program.ids)))
        meant = data.draw(inputs(kind, program.ids))
        news = travel(kind, {n: data.draw(partly_unknown(v)) for n, v in meant.items()})
        # Known values may fail, such as a name already in use. No check may raise.
        checked, _ = program.core().check(kind, {}, news, resource_name=RESOURCE, spell=spell)
        kind.preview(None, checked)

        core = program.core()
        resource_id, state = core.create(kind, held)
        checked, _ = program.core().check(kind, held, news, resource_name=RESOURCE, spell=spell)
        core.diff(kind, resource_id, state, checked)
        core.preview(kind, resource_id, state, checked)


def agrees(planned: Any, actual: Any) -> bool:
    """Return whether the update matches the plan; an unknown value allows any value, and none."""
    if planned is UNKNOWN:
        return True
    match planned, actual:
        case dict(), dict():
            return all(agrees(planned.get(key), actual.get(key)) for key in {*planned, *actual})
        case list(), list():
            return len(planned) == len(actual) and all(map(agrees, planned, actual))
        case _:
            return bool(planned == actual)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(max_examples=12)
@given(data=st.data())
def test_the_update_keeps_to_the_plan_of_a_preview_that_does_not_know_all(
    program: Program, kind: Kind[Any, Any], data: st.DataObject
) -> None:
    """An update plan compares checked inputs, and the exported outputs of the stack."""

    def words(values: dict[str, Any]) -> dict[str, Any]:
        declaration = data.draw(spelled(kind.inputs, values, program.defaults))
        # The engine drops None at any depth.
        return from_host(declaration)

    def planned(held: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        partly = {name: data.draw(partly_unknown(value)) for name, value in news.items()}
        return program.checked(kind, held, partly)

    with program.fresh(kind):
        news = words(data.draw(inputs(kind, program.ids)))
        expected, actual = planned({}, news), program.checked(kind, {}, news)
        assert agrees(expected, actual)
        resource_id, state = program.core().create(kind, actual)
        assert agrees(kind.preview(None, expected), state)

        news = words(data.draw(inputs(kind, program.ids, olds=actual)))
        expected, later = planned(actual, news), program.checked(kind, actual, news)
        assert agrees(expected, later)
        if kind.diff(state, later):
            olds = program.as_of_now(kind, actual, state, later)
            updated = program.core().update(kind, resource_id, state, later)
            assert agrees(kind.preview(olds, expected), updated)


@pytest.mark.parametrize("whole", [{}, {"condition": "1 == 1"}], ids=["names", "condition"])
def test_permission_sets_that_are_unknown_as_a_whole_are_no_failure(
    program: Program, whole: dict[str, Any]
) -> None:
    kind = KINDS["Policy"]
    rule = {
        "permission_set_names": ["IAMManager"],
        "organization_id": program.ids["organization"][0],
    }
    declaration = {"name": "p", "no_principal": True, "rules": [rule]}
    held = program.checked(kind, {}, declaration)
    news = {**declaration, "rules": [{**rule, **whole, "permission_set_names": UNKNOWN}]}
    assert program.checked(kind, held, news)["rules"] == news["rules"]
