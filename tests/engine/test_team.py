"""The component Team: by the plugin for all languages, and by the Python classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator, Fault

if TYPE_CHECKING:
    from tests.support.stack import Run, Stack

pytestmark = pytest.mark.engine

native = pytest.mark.parametrize("stack", ["native"], indirect=True)

REMOTE = """
class Team(pulumi.ComponentResource):
    def __init__(self, resource_name, opts=None, **inputs):
        names = ["groupId", "policyId", "applicationId", "accessKey", "secretKey", "secretVersion"]
        props = {**dict.fromkeys(names), **inputs}
        super().__init__("scw-iam:index:Team", resource_name, props, opts, remote=True)

RULES = [{"permissionSetNames": ["InstancesFullAccess"], "allProjects": True}]
"""
"""Team as in the generated SDK."""

TAKEN = {
    "type": "already_exists",
    "message": "resource already exists",
    "help_message": "the name is taken",
}


def deployed(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the resources of the package in the state, by the last part of the URN's type and the name."""
    resources = json.loads(stack.state_text())["checkpoint"]["latest"].get("resources", [])
    return {
        f"{resource['type'].rpartition(':')[2]} {resource['urn'].rpartition('::')[2]}": resource
        for resource in resources
        if resource["type"].startswith(("scw-iam:", "pulumi-python:"))
    }


def steps(run: Run, op: str) -> list[str]:
    return [f"{step.type.rpartition(':')[2]} {step.name}" for step in run.steps if step.op == op]


def test_a_team_in_yaml(stack: Stack, iam: IamClient) -> None:
    program = """
resources:
  ops:
    type: scw-iam:index:Team
    properties:
      userIds: [USER]
      rules: [{permissionSetNames: [InstancesFullAccess], allProjects: true}]
      application: true
  outsider: {type: "scw-iam:Application"}
  joined:
    type: scw-iam:GroupMembership
    properties: {groupId: "${ops.groupId}", applicationId: "${outsider.id}"}
outputs: {group: "${ops.groupId}", policy: "${ops.policyId}", key: "${ops.accessKey}", secret: "${ops.secretKey}"}
"""
    stack.write_yaml(program.replace("USER", "bob"))
    (error,) = stack.preview(ok=False).errors
    assert error == (
        "scw-iam:index:Team resource 'ops' has a problem: userIds[0]: \"bob\" is not a UUID; pass the"
        " user's id, not the name"
    )
    (owner,) = iam.list_users()
    program = program.replace("USER", owner["id"])
    stack.write_yaml(program)
    up = stack.up()
    made = [step for step in steps(up, "create") if step.endswith(" ops")]
    assert made[0] == "Team ops"
    assert set(made[1:3]) == {"Application ops", "Group ops"}
    assert made[3:] == ["Policy ops", "GroupMembership ops", "RotatingAPIKey ops"]
    assert stack.up(None, "--refresh").changes == {"refresh": 8, "same": 8}

    outputs, resources = stack.outputs(), deployed(stack)
    group = iam.get_group(outputs["group"])
    application = resources["Application ops"]["id"]
    assert group["user_ids"] == [owner["id"]]
    # The membership of another resource stays.
    assert set(group["application_ids"]) == {application, resources["Application outsider"]["id"]}
    (policy,) = iam.list_policies(group_ids=[group["id"]])
    assert (policy["id"], policy["name"]) == (outputs["policy"], "ops")
    key = iam.get_api_key(outputs["key"])
    assert key["application_id"] == application
    assert key["description"].startswith("ops ")
    assert outputs["secret"] not in stack.state_text() + up.output
    # One process serves the component and its children.
    assert len({resource["provider"] for resource in resources.values() if resource.get("id")}) == 1

    key_lost = "application: true\n      rotationTriggers: [lost]"
    stack.write_yaml(program.replace("application: true", key_lost))
    rotated = stack.up()
    assert steps(rotated, "update") == ["Team ops", "RotatingAPIKey ops"]
    after = stack.outputs()
    assert after["key"] != outputs["key"]
    assert {key["access_key"] for key in iam.list_api_keys(application_id=application)} == {
        after["key"],
        outputs["key"],
    }

    gone = [step for step in steps(stack.destroy(), "delete") if step.endswith(" ops")]
    assert gone[:3] == ["RotatingAPIKey ops", "GroupMembership ops", "Policy ops"]
    assert set(gone[3:]) == {"Application ops", "Group ops", "Team ops"}
    assert list(iam.list_groups()) == []


@native
def test_the_options_of_a_team_apply_to_its_children(stack: Stack) -> None:
    with Emulator() as other:
        program = f"""{REMOTE}
def tagged(args):
    if args.type_ != "scw-iam:index:Group":
        return None
    tags = [*(args.props.get("tags") or []), "from=transform"]
    return pulumi.ResourceTransformResult({{**args.props, "tags": tags}}, args.opts)

other = pulumi.ProviderResource("scw-iam", "other", {{
    "apiUrl": "{other.url}",
    "secretKey": "{other.secret_key}",
    "organizationId": "{other.organization_id}",
}})
there = pulumi.ResourceOptions(provider=other)
first = iam.Group("first", there)
robot = iam.Application("robot", there)
outer = pulumi.ComponentResource("test:index:Outer", "outer", None, pulumi.ResourceOptions(providers=[other]))
team = Team(
    "ops",
    pulumi.ResourceOptions(
        parent=outer, depends_on=[first], protect=True, transforms=[tagged], aliases=[]
    ),
    name="operators",
    description=pulumi.Output.secret("a hidden purpose"),
    applicationIds=[robot.id],
    application=True,
    rules=RULES,
)
pulumi.export("secret", team.secretKey)
"""
        up = stack.up(program)
        resources = deployed(stack)
        children = {name: one for name, one in resources.items() if name.endswith(" ops")}
        team = children.pop("Team ops")
        parent = "urn:pulumi:test::test::test:index:Outer$scw-iam:index:Team"
        assert team["urn"] == f"{parent}::ops"
        assert {name: one["urn"] for name, one in children.items()} == {
            f"{kind} ops": f"{parent}$scw-iam:index:{kind}::ops"
            for kind in ("Application", "Group", "Policy", "RotatingAPIKey")
        }
        for child in children.values():
            assert child["parent"] == team["urn"]
            assert child["protect"] is True
            assert "::other::" in child["provider"]
            assert "urn:pulumi:test::test::scw-iam:index:Group::first" in child["dependencies"]
        outputs = {name: one["outputs"] for name, one in children.items()}
        assert outputs["Group ops"]["tags"] == ["from=transform"]
        assert outputs["Group ops"]["applicationIds"] == [
            resources["Application robot"]["id"],
            children["Application ops"]["id"],
        ]
        assert {one["name"] for one in outputs.values() if "name" in one} == {"operators"}
        client = IamClient(Settings.resolve(environ=other.environment))
        (application,) = client.list_applications(name="operators")
        assert application["description"] == "a hidden purpose"
        assert "a hidden purpose" not in stack.state_text() + up.output
        assert stack.outputs()["secret"] not in stack.state_text() + up.output

        renamed = program.replace('"ops",', '"sec",').replace("protect=True", "protect=False")
        renamed = renamed.replace("aliases=[]", 'aliases=[pulumi.Alias(name="ops")]')
        assert stack.up(renamed).changes == {"same": 7}
        assert deployed(stack)["RotatingAPIKey sec"]["id"] == children["RotatingAPIKey ops"]["id"]
        stack.destroy()


@native
def test_teams_stop_at_a_failed_child_and_finish_later(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    program = f"""{REMOTE}
one = Team("one", rules=RULES, application=True)
two = Team("two", rules=RULES, name=one.groupId, application=True)
"""
    preview = stack.preview(program)
    assert preview.changes == {"create": 12}
    iam_emulator.faults.add(Fault(operation="create_policy", status=409, body=TAKEN, last=1))
    run = stack.up(program, ok=False)
    assert run.errors[0].startswith(
        'create policy "one": resource already exists: the name is taken (409'
    )
    # Without its policy, the team has neither a member nor a key.
    (group,) = iam.list_groups()
    assert group["application_ids"] == []
    assert list(iam.list_api_keys()) == [
        key for key in iam.list_api_keys() if key["access_key"] == iam_emulator.access_key
    ]
    assert stack.up(program).changes == {"create": 9, "same": 3}
    assert stack.up(program, "--expect-no-changes").changes == {"same": 12}


def test_a_team_of_python_classes_moves_to_the_plugin(stack: Stack) -> None:
    arguments = 'user_ids=[], application=True, description="d", rules=[iam.PolicyRuleArgs('
    arguments += 'permission_set_names=["InstancesFullAccess"], all_projects=True)]'
    stack.up(f'team = iam.Team("ops", {arguments})\npulumi.export("secret", team.secret_key)')
    before, secret = deployed(stack), stack.outputs()["secret"]
    assert secret not in stack.state_text()
    assert {one["urn"] for name, one in before.items() if name != "Team ops"} == {
        f"urn:pulumi:test::test::scw-iam:index:Team$pulumi-python:dynamic/scw_iam:{kind}::ops"
        for kind in ("Application", "Group", "Policy", "GroupMembership", "RotatingAPIKey")
    }
    stack.front = "native"
    moved = 'userIds=[], application=True, description="d", rules=RULES'
    program = f'{REMOTE}\nteam = Team("ops", {moved})\npulumi.export("secret", team.secretKey)'
    assert stack.up(program, "--expect-no-changes").changes == {"same": 6}
    after = deployed(stack)
    assert {name: one.get("id") for name, one in after.items()} == {
        name: one.get("id") for name, one in before.items()
    }
    assert {one["type"].partition(":")[0] for one in after.values()} == {"scw-iam"}
    assert stack.outputs()["secret"] == secret
    stack.destroy()
