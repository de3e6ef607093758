"""Update plans: the update matches the preview, also with unknown ids."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds import KINDS
from tests.support.strategies import inputs

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack
    from tests.support.strategies import Ids

pytestmark = pytest.mark.engine


def up_as_planned(stack: Stack) -> None:
    """Save the plan of a preview, and update with this plan."""
    stack.pulumi("preview", "--non-interactive", "--save-plan", "plan.json")
    stack.pulumi("up", "--non-interactive", "--yes", "--skip-preview", "--plan", "plan.json")


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_lists_with_unknown_items_keep_to_the_plan(stack: Stack, iam: IamClient) -> None:
    known = [
        iam.create_application(name=name, organization_id=None)["id"] for name in ("one", "two")
    ]
    first, last = sorted(known, reverse=True)
    stack.write(
        "a, b = iam.Application('a'), iam.Application('b')\n"
        "pair = iam.Group('pair', application_ids=[a.id, b.id])\n"
        f"mixed = iam.Group('mixed', application_ids=[{first!r}, a.id, {last!r}, b.id, {first!r}])\n"
        "iam.Policy('policy', group_id=pair.id, rules=[\n"
        "    {'permission_set_names': ['SSHKeysReadOnly', 'InstancesReadOnly'], 'all_projects': True},\n"
        "    {'permission_set_names': a.name.apply(lambda _: ['IAMReadOnly']),\n"
        "     'organization_id': a.organization_id},\n"
        "])\n"
        "pulumi.export('members', [pair.application_ids, mixed.application_ids])\n"
    )
    up_as_planned(stack)
    a, b = (stack.resources()[name]["id"] for name in ("a", "b"))
    assert stack.outputs()["members"] == [[a, b], [first, a, last, b, first]]
    members = {group["name"]: group["application_ids"] for group in iam.list_groups()}
    assert sorted(members["mixed"]) == sorted({*known, a, b})
    assert set(stack.preview().changes) == {"same"}
    assert set(stack.refresh().changes) == {"refresh"}
    assert set(stack.preview().changes) == {"same"}


class Later:
    """A value that is unknown until the resource `anchor` is created."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"later({self.value!r})"


@st.composite
def partly_later(draw: DrawFn, value: Any) -> Any:
    """Replace some or all parts of a value by unknown ones."""
    match value:
        case dict():
            value = {name: draw(partly_later(item)) for name, item in value.items()}
        case list():
            value = [draw(partly_later(item)) for item in value]
    return Later(value) if "later(" not in repr(value) and draw(st.integers(0, 3)) == 0 else value


MADE = ("Application", "Group", "GroupMembership", "Policy", "APIKey", "SSHKey", "User")
UNIQUE = {
    "Application": {"name"},
    "Group": {"name"},
    "Policy": {"name"},
    "User": {"email", "username"},
}


def program(resources: dict[str, tuple[str, dict[str, Any]]], anchor: str) -> str:
    lines = [
        f"anchor = iam.Application({anchor!r})",
        "def later(value):",
        "    return anchor.created_at.apply(lambda _: value)",
    ]
    lines += [
        f"iam.{kind}({name!r}, **{arguments!r})" for name, (kind, arguments) in resources.items()
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_any_program_with_unknown_values_keeps_to_its_plan(
    stack: Stack, iam_emulator: Emulator
) -> None:
    """Each command of the engine takes seconds, so one program has many drawn resources."""
    made = iam_emulator.seed({"users": 3, "applications": 3, "groups": 2, "projects": 2})
    ids: Ids = {
        "organization": [iam_emulator.organization_id],
        "project": [iam_emulator.project_id, *(item["id"] for item in made["projects"])],
        **{
            noun: [item["id"] for item in made[f"{noun}s"]]
            for noun in ("user", "application", "group")
        },
    }
    number = itertools.count()

    def named(kind: str, values: dict[str, Any], tag: str) -> dict[str, Any]:
        """Return the values with a unique text for each unique property."""
        texts = {"email": f"{tag}@example.com"}
        return values | {name: texts.get(name, tag) for name in UNIQUE.get(kind, set()) & {*values}}

    @settings(
        max_examples=2,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def keeps(data: st.DataObject) -> None:
        tag = f"x{next(number)}"
        kinds = [*MADE, *(kind for kind in MADE if kind != "GroupMembership")]
        declaration = {
            f"{tag}-{index}": (
                kind,
                named(kind, data.draw(inputs(KINDS[kind], ids)), f"{tag}-{index}"),
            )
            for index, kind in enumerate(kinds)
        }
        later = {name: (kind, drawn(data, values)) for name, (kind, values) in declaration.items()}
        stack.write(program(later, f"{tag}-first"))
        up_as_planned(stack)
        changed = {
            name: (kind, named(kind, data.draw(inputs(KINDS[kind], ids, olds=values)), name))
            for name, (kind, values) in declaration.items()
        }
        # The engine plans a replacement for an unknown replacing property, and then requires one.
        later = {
            name: (
                kind,
                values | drawn(data, {n: v for n, v in values.items() if n not in replacing(kind)}),
            )
            for name, (kind, values) in changed.items()
        }
        stack.write(program(later, f"{tag}-then"))
        up_as_planned(stack)
        stack.pulumi("preview", "--non-interactive", "--expect-no-changes")

    keeps()


def replacing(kind: str) -> set[str]:
    return {field.name for field in fields(KINDS[kind].inputs) if field.prop.replace}


def drawn(data: st.DataObject, values: dict[str, Any]) -> dict[str, Any]:
    return {name: data.draw(partly_later(value)) for name, value in values.items()}
