"""Update plans: what a preview saves is what the update does, though ids are not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.client import IamClient

    from .conftest import Stack

pytestmark = pytest.mark.engine


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
    )
    stack.pulumi("preview", "--non-interactive", "--save-plan", "plan.json")
    stack.pulumi("up", "--non-interactive", "--yes", "--skip-preview", "--plan", "plan.json")
    made = {name: stack.resources()[name]["id"] for name in ("a", "b")}
    assert stack.outputs_of("pair")["application_ids"] == sorted(made.values())
    assert stack.outputs_of("mixed")["application_ids"] == sorted({*known, *made.values()})
    assert set(stack.preview().changes) == {"same"}
