"""Credentials of another organization: no existing object is dropped, or called deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator

if TYPE_CHECKING:
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

both = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)

PROGRAM = """
robot = iam.Application("robot")
group = iam.Group("devs", application_ids=[robot.id])
key = iam.APIKey("key", application_id=robot.id)
"""


def names(iam: IamClient) -> tuple[list[str], list[str], int]:
    """Return the names of applications and groups, and the number of the applications' keys."""
    robots = list(iam.list_applications())
    keys = sum(len(list(iam.list_api_keys(application_id=robot["id"]))) for robot in robots)
    return [item["name"] for item in robots], [item["name"] for item in iam.list_groups()], keys


ALL = (["robot"], ["devs"], 1)


@both
def test_a_refresh_with_credentials_of_another_organization_drops_nothing(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    stack.up(PROGRAM)
    before = {name: resource["id"] for name, resource in stack.resources().items()}
    with Emulator() as other:
        stack.environment.update(other.environment)
        run = stack.refresh(ok=False)
        reasons = {
            "dynamic": f"the object is in organization {iam_emulator.organization_id}, but the credentials"
            f" are for organization {other.organization_id}",
            # The state of the provider names the organization, and the environment has the credentials.
            "native": "the API returned 404, but the credentials cannot read organization"
            f" {iam_emulator.organization_id}",
        }
        assert reasons[stack.front] in run.output
    assert {name: resource["id"] for name, resource in stack.resources().items()} == before
    stack.environment.update(iam_emulator.environment)
    assert stack.refresh().changes == {"refresh": 3}
    assert stack.up().changes == {"same": 3}
    assert names(iam) == ALL


@both
def test_a_configuration_of_another_organization_leaves_the_old_objects_in_the_state(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    """The new credentials cannot delete the old objects."""
    stack.up(PROGRAM)
    before = {resource["id"] for resource in stack.resources().values()}
    with Emulator() as other:
        stack.environment.update(other.environment)
        run = stack.up(ok=False)
        assert f"organization {iam_emulator.organization_id}" in run.output
        assert names(iam) == ALL
        # The Python classes always delete a group before its replacement is created.
        robots, groups, keys = ALL
        there = (robots, [] if stack.front == "dynamic" else groups, keys)
        assert names(IamClient(Settings.resolve(environ=other.environment))) == there
    deployment = json.loads(stack.state_text())["checkpoint"]["latest"]
    assert before <= {resource.get("id") for resource in deployment["resources"]}


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_a_provider_of_another_organization_is_a_replacement_of_all_that_it_has(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    """The engine deletes the old objects with the old provider."""

    def program(emulator: Emulator) -> str:
        return f"""
resources:
  chosen:
    type: pulumi:providers:scw-iam
    properties:
      apiUrl: {emulator.url}
      secretKey: {emulator.secret_key}
      organizationId: {emulator.organization_id}
  robot: {{type: "scw-iam:Application", options: {{provider: "${{chosen}}"}}}}
  devs:
    type: scw-iam:Group
    properties: {{applicationIds: ["${{robot.id}}"]}}
    options: {{provider: "${{chosen}}"}}
  key:
    type: scw-iam:APIKey
    properties: {{applicationId: "${{robot.id}}"}}
    options: {{provider: "${{chosen}}"}}
"""

    with Emulator() as other:
        stack.write_yaml(program(iam_emulator))
        stack.up()
        assert names(iam) == ALL
        stack.write_yaml(program(other))
        stack.up()
        assert names(IamClient(Settings.resolve(environ=other.environment))) == ALL
        assert names(iam) == ([], [], 0)
        assert stack.up().changes == {"same": 3}
        stack.destroy()
        assert names(IamClient(Settings.resolve(environ=other.environment))) == ([], [], 0)
