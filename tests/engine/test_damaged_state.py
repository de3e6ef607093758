"""A hand-edited state is repaired by a refresh, or deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

PROGRAM = """
group = iam.Group("group", name="devs", description="d", tags=["a"])
robot = iam.Application("robot")
iam.APIKey("key", application_id=robot.id)
"""


def damage(stack: Stack) -> None:
    """Remove the organization of the group from the state, and set values of wrong types."""
    file = stack.folder.parent / "state.json"
    stack.pulumi("stack", "export", "--file", str(file))
    state = json.loads(file.read_text())
    for resource in state["deployment"]["resources"]:
        if resource["urn"].endswith("::group"):
            for part in ("inputs", "outputs"):
                values: dict[str, Any] = resource[part]
                values.pop("organization_id", values.pop("organizationId", None))
                values.update({"name": 7, "tags": [None], "ofAnotherVersion": [None]})
    file.write_text(json.dumps(state))
    stack.pulumi("stack", "import", "--file", str(file))


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_a_damaged_state_is_refused_refreshed_and_deleted(stack: Stack, iam: IamClient) -> None:
    stack.up(PROGRAM)
    secret = stack.outputs_of("key")
    damage(stack)
    run = stack.preview(ok=False)
    (error,) = [error for error in run.errors if "compare" in error]
    group_id = stack.resources()["group"]["id"]
    assert error.endswith(
        f"compare group {group_id} with its state: the state cannot be used: name is a number, not a"
        " string; run `pulumi refresh` to read the object again, or remove the resource from the state with"
        " `pulumi state delete URN`"
    )
    assert "Traceback" not in run.output
    stack.refresh()
    assert stack.outputs_of("group")["name"] == "devs"
    assert stack.outputs_of("key") == secret
    assert stack.up().changes == {"same": 3}
    damage(stack)
    stack.destroy()
    assert list(iam.list_groups()) == []
