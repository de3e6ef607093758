"""Requested replacements of resources with unique names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)

PROGRAM = """
again = pulumi.ResourceOptions(OPTIONS)
changed = ["CHANGED"]
group = iam.Group("group", name="devs", tags=changed, opts=again)
iam.User("member", email="alice@example.com", username="alice", tags=changed, opts=again)
iam.User("guest", email="gina@example.com", type="guest", tags=changed, opts=again)
iam.SAML("saml", entity_id="CHANGED", opts=again)
iam.Application("robot", tags=changed, opts=again)
iam.Policy("policy", name="readers", group_id=group.id, tags=changed, opts=again, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"],
        organization_id=iam.default_organization_id())])
"""


@pytest.mark.parametrize(
    ("stack", "options"),
    [
        ("dynamic", "replacement_trigger='CHANGED'"),
        ("native", "replace_on_changes=['tags', 'entityId']"),
        ("native", "replacement_trigger='CHANGED', delete_before_replace=True"),
    ],
    indirect=["stack"],
)
def test_what_has_a_unique_name_is_deleted_before_it_is_made_again(
    stack: Stack, options: str, iam: IamClient
) -> None:
    def ids() -> dict[str, str]:
        return {name: resource["id"] for name, resource in stack.resources().items()}

    program = PROGRAM.replace("OPTIONS", options)
    stack.up(program.replace("CHANGED", "1"))
    before = ids()
    run = stack.up(program.replace("CHANGED", "2"))
    after = ids()
    assert after.keys() == before.keys()
    assert set(before.values()).isdisjoint(after.values())
    assert [group["id"] for group in iam.list_groups(name="devs")] == [after["group"]]
    order = {name: [step.op for step in run.steps if step.name == name] for name in before}
    first = ["delete-replaced", "replace", "create-replacement"]
    assert {name: ops for name, ops in order.items() if ops != first} == (
        {}
        if "delete_before" in options
        # The API allows two applications with the same name, so the new one is created first.
        else {"robot": ["create-replacement", "replace", "delete-replaced"]}
    )
    assert set(stack.up().changes) == {"same"}


def test_another_name_is_made_before_the_old_one_is_deleted(stack: Stack) -> None:
    program = 'again = pulumi.ResourceOptions(replacement_trigger={}, delete_before_replace=False)\niam.Group("g", name="{}", opts=again)\n'
    stack.up(program.format(1, "devs"))
    run = stack.up(program.format(2, "developers"))
    assert [step.op for step in run.steps] == ["create-replacement", "replace", "delete-replaced"]


@FRONTS
@pytest.mark.parametrize("way", ["--replace", "taint"])
def test_what_is_tainted_or_replaced_by_the_command_is_no_obstacle_to_itself(
    stack: Stack, iam: IamClient, way: str
) -> None:
    program = (
        "first = pulumi.ResourceOptions(delete_before_replace=FIRST)\n"
        'iam.Group("g", name="devs", opts=first)\niam.SCIM("s", opts=first)\n'
    ).replace("FIRST", "None" if stack.front == "dynamic" else "True")
    stack.up(program)
    before = {resource["urn"]: resource["id"] for resource in stack.resources().values()}
    if way == "taint":
        stack.pulumi("state", "taint", "--yes", *before)
        arguments: list[str] = []
    else:
        arguments = [word for urn in before for word in ("--replace", urn)]
    preview = stack.pulumi("preview", "--non-interactive", *arguments)
    assert "2 to replace" in preview.output
    run = stack.up(None, *arguments)
    assert run.changes == {"delete-replaced": 2, "replace": 2, "create-replacement": 2}
    after = {resource["urn"]: resource["id"] for resource in stack.resources().values()}
    assert after.keys() == before.keys()
    assert set(after.values()).isdisjoint(before.values())
    assert len(list(iam.list_groups(name="devs"))) == 1
    assert set(stack.up().changes) == {"same"}
