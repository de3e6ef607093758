"""A renamed resource: the fix is an alias. Other fixes would delete the object and are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)


@FRONTS
def test_a_group_that_gets_another_name_in_the_program_is_never_lost(
    stack: Stack, iam: IamClient
) -> None:
    native = stack.front == "native"
    stack.up('iam.Group("old", name="devs")')
    (group,) = iam.list_groups(name="devs")
    group_id, urn = group["id"], stack.resources()["old"]["urn"]
    start = f'the name "devs" is already in use in organization {iam.default_organization_id}; '
    adopt = (
        f"import it with `pulumi import scw-iam:index:Group devs {group_id}`"
        if native
        else f'look it up with Group.get("devs", "{group_id}"), import it with `pulumi-scw-iam adopt --program`'
    )

    def alias(name: str) -> str:
        if native:
            return f'add {{name: "{name}"}} to its aliases'
        return f'add aliases=[pulumi.Alias(name="{name}")]'

    # This run has not read the resource in the state.
    preview = stack.preview('iam.Group("new", name="devs")')
    assert (
        f"{start}if this stack manages the object under an old name, {alias('OLD NAME')};"
        f" otherwise {adopt}, or choose another name" in preview.output
    )
    # A refresh reads the resource first.
    preview = stack.preview(refresh=True, ok=not native)
    known = f'"old", so {alias("old")}' if native else f"an old name, so {alias('OLD NAME')}"
    assert (
        f"{start}this stack manages the object under {known}, or choose another name"
        in preview.output
    )
    # The API refuses the update. The message is the same.
    run = stack.up(ok=False)
    assert (
        f"if this stack manages the object under an old name, {alias('OLD NAME')}; otherwise"
        in run.errors[0]
    )
    assert list(iam.list_groups(name="devs")) == [group]

    # A lookup under the new name is refused before the group is deleted.
    looked_up = f'iam.Group.get("new", "{group_id}")'
    run = stack.up(looked_up, ok=False)
    who = '"new" of this program' if native else "this program"
    command = f"`pulumi state delete {urn if native else 'URN'}`"
    assert (
        run.errors[0]
        .removeprefix(f"deleting {urn}: ")
        .endswith(
            f'delete group "devs": {who} looks up the same object; to keep the object in this stack, declare'
            f" it under another name instead, and {alias('old' if native else 'OLD NAME')}; to keep it"
            f" outside this stack, run {command}; to delete it, run without --run-program"
        )
    )
    assert list(iam.list_groups(name="devs")) == [group]

    # The alias keeps the group.
    cured = 'iam.Group("newer", name="devs", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))'
    assert stack.up(cured).changes["same"] == 1
    assert stack.resources()["newer"]["id"] == group_id
    assert stack.up('iam.Group("newer", name="devs")').changes == {"same": 1}
    assert list(iam.list_groups(name="devs")) == [group]


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_an_import_under_another_name_does_not_lose_the_group(stack: Stack, iam: IamClient) -> None:
    stack.up('iam.Group("old", name="devs")')
    (group,) = iam.list_groups(name="devs")
    urn = stack.resources()["old"]["urn"]
    options = f'pulumi.ResourceOptions(import_="{group["id"]}")'
    run = stack.up(f'iam.Group("new", {options}, name="devs")', ok=False)
    assert run.errors[0].removeprefix(f"deleting {urn}: ") == (
        'delete group "devs": "new" of this program has the same object; to keep the object, remove this'
        f" resource from the state with `pulumi state delete {urn}`"
    )
    # Every further run fails until the user follows the message.
    run = stack.up('iam.Group("new", name="devs")', ok=False)
    assert "has the same object" in run.errors[0]
    stack.pulumi("state", "delete", urn, "--yes")
    assert stack.up().changes == {"same": 1}
    assert list(iam.list_groups(name="devs")) == [group]


@FRONTS
def test_destroy_deletes_what_the_program_also_looks_up(stack: Stack, iam: IamClient) -> None:
    stack.up('group = iam.Group("devs")\niam.Group.get("found", group.id)')
    run = stack.pulumi("destroy", "--yes", "--skip-preview", "--run-program", ok=False)
    assert "to delete it, run without --run-program" in run.output
    assert len(list(iam.list_groups(name="devs"))) == 1
    stack.pulumi("destroy", "--yes", "--skip-preview", "--refresh")
    assert list(iam.list_groups(name="devs")) == []
