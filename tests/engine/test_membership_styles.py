"""Two styles of membership on one group: the message at preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine


def test_a_membership_of_a_group_that_is_not_made_yet_is_refused_at_preview(stack: Stack) -> None:
    preview = stack.preview(
        """
robot = iam.Application("robot")
group = iam.Group("devs", application_ids=[])
iam.GroupMembership("member", group_id=group.id, application_id=robot.id)
""",
        ok=False,
    )
    assert (
        'GroupMembership member: group_id: the Group "devs" of this program sets application_ids, and'
        " its update would remove the member; add the member to that list, or remove the list"
    ) in preview.output
    assert "Traceback" not in preview.output


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_a_membership_of_a_group_that_is_there_is_refused_at_preview(stack: Stack) -> None:
    program = 'robot = iam.Application("robot")\ngroup = iam.Group("devs", application_ids=[])\n'
    stack.up(program)
    preview = stack.preview(
        program
        + "iam.GroupMembership('m', group_id=pulumi.Output.concat(group.id, ''), application_id=robot.id)",
        ok=False,
    )
    names = "applicationIds" if stack.front == "native" else "application_ids"
    assert (
        f'the Group "devs" of this program sets {names}, and its update would remove the member;'
        " add the member to that list, or remove the list"
    ) in preview.errors[0]
