"""Lists in `pulumi preview --diff`: each changed item is shown, such as a lost member."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine


def printed(stack: Stack, program: str) -> list[str]:
    """Return the changed lines of a preview."""
    stack.write(program)
    run = stack.pulumi("preview", "--diff", "--non-interactive")
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("[urn=") and "::devs" in line)
    return [line for line in lines[start:] if re.match(r"[~+-] (?!\d+ to )|group ", line)]


@pytest.fixture
def ids(iam_emulator: Emulator) -> list[str]:
    made = iam_emulator.seed({"applications": 260})
    return [application["id"] for application in made["applications"]]


def group(ids: list[str], **more: Any) -> str:
    return f"iam.Group('devs', application_ids={ids!r}, **{more!r})"


def drift(iam: IamClient, ids: list[str]) -> tuple[Any, Any]:
    """Return two changes outside the program: one adds a member, the other removes a member."""
    (held,) = iam.list_groups()
    extra = iam.create_application(name="extra")["id"]

    def more() -> str:
        iam.add_group_members(held["id"], application_ids=[extra])
        return extra

    def less() -> None:
        iam.remove_group_member(held["id"], application_id=extra)
        iam.remove_group_member(held["id"], application_id=ids[10])

    return more, less


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_one_member_of_many_is_one_line(stack: Stack, iam: IamClient, ids: list[str]) -> None:
    stack.up(group(ids))
    list_ = "~ applicationIds: ["
    assert printed(stack, group(ids[:137] + ids[138:])) == [list_, f'- [137]: "{ids[137]}"']
    assert printed(stack, group(ids[1:], description="d")) == [
        list_,
        f'- [0]: "{ids[0]}"',
        '+ description : "d"',
    ]
    more, less = drift(iam, ids)
    extra = more()
    stack.refresh()
    assert printed(stack, group(ids)) == [list_, f'- [260]: "{extra}"']
    assert printed(stack, group([*ids[:7], ids[0], *ids[8:]])) == [
        list_,
        f'- [7]: "{ids[7]}"',
        f'- [260]: "{extra}"',
    ]
    less()
    stack.refresh()
    assert printed(stack, group(ids)) == [list_, f'+ [10]: "{ids[10]}"']


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
def test_one_member_of_many_is_named_by_the_python_classes(
    stack: Stack, iam: IamClient, ids: list[str]
) -> None:
    """Dynamic providers return no detailed diff, so the engine compares the inputs by index."""
    stack.up(group(ids))
    list_ = "~ application_ids: ["
    lines = printed(stack, group(ids[:137] + ids[138:]))
    assert (lines[0], len(lines)) == (list_, 1 + (260 - 137) + 1)
    assert lines[-1] == f'group "devs": application_ids: removes {ids[137]}'

    more, less = drift(iam, ids)
    extra = more()
    stack.refresh()
    assert printed(stack, group(ids)) == [list_, f'- [260]: "{extra}"']

    less()
    stack.refresh()
    assert printed(stack, group(ids)) == [
        list_,
        f'~ [10]: "{ids[259]}" => "{ids[10]}"',
        f'+ [259]: "{ids[259]}"',
        f'group "devs": application_ids: adds {ids[10]}',
    ]


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_a_rule_that_changes_is_shown_where_it_changes(stack: Stack) -> None:
    rules = [
        {"permission_set_names": [name], "all_projects": True}
        for name in ("InstancesReadOnly", "VPCReadOnly", "SSHKeysReadOnly")
    ]
    head = "p = iam.Policy('devs', no_principal=True, rules="
    stack.up(f"{head}{rules!r})")
    rules[1]["condition"] = 'request.ip == "203.0.113.7"'
    lines = printed(stack, f"{head}{rules!r})")
    condition = f"condition: {json.dumps(rules[1]['condition'])}"
    assert [line.replace(" :", ":") for line in lines] == [
        "~ rules: [",
        "~ [1]: {",
        f"+ {condition}",
    ]
