"""Features of the native plugin only: all languages, imports, detailed diffs, parallel calls."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY
from tools.generate.schema import package_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
native = pytest.mark.parametrize("stack", ["native"], indirect=True)
TAKEN = {
    "type": "already_exists",
    "message": "resource already exists",
    "help_message": "the name is taken",
}
NOBODY = "99999999-9999-4999-8999-999999999999"


@native
def test_a_check_failure_names_the_property_in_camel_case(stack: Stack) -> None:
    run = stack.preview('iam.Group("devs", user_ids=["bob"], tags=["a:b"])', ok=False)
    assert [error.partition("property ")[2] for error in run.errors] == [
        "tags value {[{a:b}]} has a problem: tags[0]: \"a:b\" contains ':'; use letters without accents,"
        " digits, spaces and . _ - / = + @ only",
        'userIds value {[{bob}]} has a problem: userIds[0]: "bob" is not a UUID; pass the user\'s id,'
        " not the name",
    ]


@native
def test_an_error_is_one_line_without_a_stack(stack: Stack, iam_emulator: Emulator) -> None:
    iam_emulator.faults.add(Fault(operation="create_group", status=409, body=TAKEN))
    run = stack.up('iam.Group("taken")', ok=False)
    assert "Traceback" not in run.output
    assert 'File "' not in run.output
    assert re.search(
        r'create group "taken": resource already exists: the name is taken \(409, request [0-9a-f-]{36}\)$',
        run.errors[0],
    )


@native
def test_missing_credentials_are_told_once_for_the_provider(stack: Stack) -> None:
    stack.environment["SCW_SECRET_KEY"] = ""
    run = stack.preview("iam.Group('a')\niam.Group('b')", ok=False)
    lines = [e for e in run.errors if "there is no secret key; looked for scw-iam:secretKey" in e]
    assert len(lines) == 1
    assert "Traceback" not in run.output


@native
def test_a_preview_tells_the_outputs_that_it_knows(stack: Stack) -> None:
    program = """
group = iam.Group("devs")
pulumi.export("known", [group.name, group.description, group.tags])
pulumi.export("unknown", group.created_at)
"""
    run = stack.preview(program)
    assert '[0]: "devs"' in run.output
    assert "unknown: [unknown]" in run.output.replace("  ", " ")
    stack.up(program)
    changed = stack.preview(program.replace('"devs"', '"devs", description="d"'))
    assert "[unknown]" not in changed.output


@native
def test_a_diff_says_what_happens_to_each_property(stack: Stack) -> None:
    stack.up('robot = iam.Application("robot")\niam.APIKey("key", application_id=robot.id)')
    stack.write(
        'robot = iam.Application("robot")\nother = iam.Application("other")\n'
        'iam.APIKey("key", application_id=other.id, description="d")'
    )
    run = stack.pulumi("preview", "--diff")
    assert "+-scw-iam:index:APIKey" in run.output
    assert "~ applicationId:" in run.output
    assert "+ description" in run.output


@native
def test_what_does_not_exist_cannot_be_imported(stack: Stack, iam: IamClient) -> None:
    iam.create_group(name="developers")
    stack.write("")
    run = stack.pulumi("import", "scw-iam:index:Group", "g", NOBODY, "--yes", ok=False)
    assert f"resource '{NOBODY}' does not exist" in run.output
    assert "Traceback" not in run.output
    run = stack.pulumi("import", "scw-iam:index:Group", "g", "name:developer", "--yes", ok=False)
    assert (
        "find group name:developer: no object in the organization has this name;"
        ' did you mean "developers"?'
    ) in run.output


IMPORTS: dict[str, tuple[str, str]] = {
    "Group by id": ("Group", "{group}"),
    "Group by name": ("Group", "name:team"),
    "Application by name": ("Application", "name:robot"),
    "Policy by name": ("Policy", "name:policy"),
    "APIKey by access key": ("APIKey", "{key}"),
    "SSHKey by name": ("SSHKey", "name:laptop"),
    "User by e-mail": ("User", "email:alice@example.com"),
    "User by username": ("User", "username:alice"),
    "GroupMembership": ("GroupMembership", "{group}/user/{alice}"),
}


def populate(iam: IamClient) -> dict[str, str]:
    """Create objects outside Pulumi; return their ids."""
    alice = iam.create_user(
        member={
            "email": "alice@example.com",
            "username": "alice",
            "password": "",
            "first_name": "Alice",
            "last_name": "",
            "phone_number": "",
            "locale": "",
            "send_password_email": False,
            "send_welcome_email": False,
        }
    )
    robot = iam.create_application(name="robot", description="d", tags=["b", "a"])
    group = iam.create_group(name="team")
    iam.set_group_members(group["id"], user_ids=[alice["id"]], application_ids=[robot["id"]])
    iam.create_policy(
        name="policy",
        group_id=group["id"],
        rules=[
            {"permission_set_names": ["IAMReadOnly"], "organization_id": alice["organization_id"]}
        ],
    )
    key = iam.create_api_key(application_id=robot["id"], expires_at="2040-01-01T00:00:00Z")
    iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=alice["organization_id"])
    return {"alice": alice["id"], "group": group["id"], "key": key["access_key"]}


@native
def test_every_form_of_import_gives_code_whose_preview_is_empty(
    stack: Stack, iam: IamClient
) -> None:
    """One bulk import with each form of import id."""
    ids = populate(iam)
    stack.write_yaml()
    resources = [
        {"type": f"scw-iam:index:{kind}", "name": f"it{i}", "id": import_id.format(**ids)}
        for i, (kind, import_id) in enumerate(IMPORTS.values())
    ]
    (stack.folder / "imports.json").write_text(json.dumps({"resources": resources}))
    run = stack.pulumi(
        "import", "--file", "imports.json", "--yes", "--protect=false", "--out", "code.yaml"
    )
    code = (stack.folder / "code.yaml").read_text()
    stack.write_yaml(code)
    preview = stack.preview()
    assert preview.changes == {"same": len(IMPORTS)}, preview.output + run.output
    imported = stack.resources()
    assert imported["it1"]["id"] == ids["group"]
    assert "secretKey" not in imported["it4"]["outputs"]
    assert "the API returns secretKey only at creation, so it is not set here" in run.output


@native
def test_two_organizations_in_one_program_through_two_providers(
    stack: Stack, iam_emulator: Emulator
) -> None:
    with Emulator() as other:
        stack.write_yaml(
            f"""
resources:
  second:
    type: pulumi:providers:scw-iam
    properties:
      apiUrl: {other.url}
      secretKey: {other.secret_key}
      organizationId: {other.organization_id}
  here: {{type: "scw-iam:Application"}}
  there:
    type: scw-iam:Application
    options: {{provider: "${{second}}"}}
""",
        )
        stack.up()
        outputs = {name: r["outputs"]["organizationId"] for name, r in stack.resources().items()}
        assert outputs == {
            "here": iam_emulator.organization_id,
            "there": other.organization_id,
        }
        assert other.secret_key not in stack.state_text()
        assert stack.up().changes == {"same": 2}
        stack.destroy()


@native
def test_a_wrong_setting_of_a_provider_is_told_at_preview(stack: Stack) -> None:
    stack.write_yaml(
        """
resources:
  wrong:
    type: pulumi:providers:scw-iam
    properties: {secretKey: correct-horse, organizationId: mine}
""",
    )
    run = stack.preview(ok=False)
    assert "correct-horse" not in run.output
    problems = [error.partition("has a problem: ")[2] for error in run.errors]
    assert "secretKey is not a secret key, which is a UUID" in problems
    assert '"mine" is not a UUID; pass the organization\'s id, not the name' in problems


def test_a_stack_of_the_dynamic_front_moves_over_in_place(stack: Stack, iam: IamClient) -> None:
    program = f"""
alice = iam.User("alice", email="a@example.com", username="alice", password="Correct-horse-1")
robot = iam.Application("robot", tags=["b", "a"])
group = iam.Group("group", user_ids=[alice.id])
iam.GroupMembership("membership", group_id=iam.Group("other").id, application_id=robot.id)
iam.Policy("policy", group_id=group.id, rules=[iam.PolicyRuleArgs(
    permission_set_names=["IAMReadOnly"], organization_id=iam.default_organization_id())])
key = iam.APIKey("key", application_id=robot.id)
iam.SSHKey("ssh", public_key="{SSH_KEY} alice@laptop")
pulumi.export("secret", key.secret_key)
"""
    stack.up(program)
    secret = stack.outputs()["secret"]
    before = {name: resource["id"] for name, resource in stack.resources().items()}

    stack.front = "native"
    assert stack.preview(program).changes == {"same": 8}
    assert stack.up().changes == {"same": 8}
    stack.refresh()
    assert stack.up().changes == {"same": 8}
    resources = stack.resources()
    assert {name: resource["id"] for name, resource in resources.items()} == before
    assert all(resource["type"].startswith("scw-iam:") for resource in resources.values())
    assert stack.outputs()["secret"] == secret
    assert secret not in stack.state_text()
    assert "correct-horse" not in stack.state_text()
    stack.destroy()
    assert list(iam.list_groups()) == []


@native
def test_functions_from_a_yaml_program(stack: Stack, iam: IamClient) -> None:
    ids = populate(iam)
    stack.write_yaml(
        """
variables:
  team:
    fn::invoke: {function: "scw-iam:getGroup", arguments: {name: team}}
  policies:
    fn::invoke: {function: "scw-iam:getPolicies", arguments: {groupIds: ["${team.id}"]}}
outputs:
  id: ${team.id}
  sets: ${policies.policies[0].rules[0].permissionSetNames}
""",
    )
    stack.up()
    assert stack.outputs() == {"id": ids["group"], "sets": ["IAMReadOnly"]}
    stack.write_yaml(
        """
variables:
  team:
    fn::invoke: {function: "scw-iam:getGroup", arguments: {name: teem}}
outputs: {id: "${team.id}"}
""",
    )
    run = stack.preview(ok=False)
    assert 'has this name; did you mean "team"?' in run.output
    assert "Traceback" not in run.output


@native
def test_the_audit_trail_from_a_yaml_program(stack: Stack, iam: IamClient) -> None:
    for name in ("old", "new"):
        iam.create_group(name=name)
    stack.write_yaml(
        """
variables:
  changes:
    fn::invoke:
      function: scw-iam:getAuditEvents
      arguments: {recordedAfter: "2026-01-01T00:00:00Z", methodName: CreateGroup, limit: 1}
outputs:
  newest: ${changes.events[0].resources[0].name}
  hasMore: ${changes.hasMore}
""",
    )
    run = stack.up()
    assert stack.outputs() == {"newest": "new", "hasMore": True}
    assert [line for line in run.warnings if not line.startswith("using ")] == [
        "there are more audit events since 2026-01-01T00:00:00Z than the limit of 1, and the result has only the"
        " newest; raise limit, or choose a shorter time window"
    ]


@native
def test_a_create_that_can_be_neither_finished_nor_undone_is_finished_by_the_next_up(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    program = """
alice = iam.User("alice", email="a@example.com", username="alice")
iam.Group("devs", user_ids=[alice.id])
"""
    iam_emulator.faults.add(
        Fault(operation="set_group_members", status=400),
        Fault(operation="delete_group", status=403),
    )
    run = stack.up(program, ok=False)
    assert any("may still exist, since deleting it failed too" in error for error in run.errors)
    (left,) = iam.list_groups()
    assert stack.resources()["devs"]["id"] == left["id"]

    iam_emulator.faults.clear()
    assert stack.up().changes == {"same": 1, "update": 1}
    (group,) = iam.list_groups()
    assert group["id"] == left["id"]
    assert group["user_ids"] == [stack.resources()["alice"]["id"]]
    assert stack.up().changes == {"same": 2}


@native
def test_what_an_incomplete_update_did_not_set_is_checked_at_the_next_preview(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    if tuple(map(int, re.findall(r"\d+", stack.pulumi("version").output)[:2])) < (3, 272):
        pytest.skip("this engine sends no old outputs to a check")
    stack.up('iam.Group("devs", user_ids=[])')
    alice = iam.create_user(member={"email": "a@example.com", "username": "alice"})["id"]
    iam_emulator.faults.add(Fault(operation="add_group_members", status=400))
    program = f'iam.Group("devs", description="set", user_ids=["{alice}"])'
    stack.up(program, ok=False)
    assert [group["description"] for group in iam.list_groups()] == ["set"]

    iam_emulator.faults.clear()
    assert stack.preview().changes == {"update": 1}
    iam.delete_user(alice)
    (error,) = stack.preview(ok=False).errors
    assert f": user {alice} does not exist in organization " in error


@native
def test_sixty_four_creates_are_under_way_at_once(stack: Stack) -> None:
    """The API sends no response before it has received all requests."""
    all_there = threading.Barrier(64, timeout=25)

    def hold(line: str) -> None:
        if line.startswith("POST"):
            all_there.wait()

    with Emulator(access_log=hold) as api:
        stack.environment.update(api.environment)
        stack.write('for i in range(64):\n    iam.Application(f"a{i}")\n')
        stack.pulumi("up", "--yes", "--skip-preview", "--parallel", "64")
        assert api.counts()["applications"] == 64
    assert not all_there.broken


def interrupted(stack: Stack, command: str, when: Callable[[], bool]) -> str:
    """Interrupt a command of the engine once a condition holds; return its output."""
    with subprocess.Popen(
        ["pulumi", command, "--yes", "--skip-preview", "--non-interactive", "--parallel", "8"],
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as engine:
        while not when():
            assert engine.poll() is None, engine.stdout and engine.stdout.read()
            time.sleep(0.005)
        engine.send_signal(signal.SIGINT)
        output, _ = engine.communicate(timeout=120)
    assert engine.returncode != 0, output
    return output


def pending(stack: Stack) -> list[str]:
    """Return the operations with an unknown outcome in the state."""
    latest = json.loads(stack.state_text())["checkpoint"]["latest"]
    return [operation["resource"]["urn"] for operation in latest.get("pending_operations") or ()]


MANY_GROUPS = """
alice = iam.User("alice", email="a@example.com", username="alice")
for i in range(24):
    iam.Group(f"g{i:02}", user_ids=[alice.id])
"""


def assert_no_group_is_lost_or_left(stack: Stack, iam: IamClient) -> None:
    held = {group["name"]: group["id"] for group in iam.list_groups()}
    known = {
        name: resource["id"] for name, resource in stack.resources().items() if name != "alice"
    }
    assert held == known
    assert pending(stack) == []


def assert_the_next_up_finishes_many_groups(stack: Stack, iam: IamClient) -> None:
    stack.up(MANY_GROUPS)
    alice = stack.resources()["alice"]["id"]
    members = [(group["name"], group["user_ids"]) for group in iam.list_groups()]
    assert sorted(members) == [(f"g{i:02}", [alice]) for i in range(24)]
    assert stack.up().changes == {"same": 25}


@native
def test_an_interrupt_amid_creates_loses_nothing_and_leaves_nothing(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    """At the interrupt, some groups are complete, some have no members, and some do not exist."""
    iam_emulator.faults.add(
        Fault(operation="create_group", latency=0.2),
        Fault(operation="set_group_members", latency=0.2),
    )
    stack.write(MANY_GROUPS)
    interrupted(stack, "up", lambda: iam_emulator.counts()["groups"] >= 12)
    assert 12 <= len(list(iam.list_groups())) < 24
    assert_no_group_is_lost_or_left(stack, iam)
    iam_emulator.faults.clear()
    assert_the_next_up_finishes_many_groups(stack, iam)


@native
def test_an_interrupt_ends_the_waits_of_creates_which_are_undone(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="set_group_members", status=503))
    stack.write(MANY_GROUPS)
    output = interrupted(stack, "up", lambda: iam_emulator.faults.tally()[0].struck >= 8)
    assert "cancelled before a retry: the API is unavailable" in output
    assert "the new group was deleted again" in output
    assert "Traceback" not in output
    assert list(iam.list_groups()) == []
    assert_no_group_is_lost_or_left(stack, iam)
    iam_emulator.faults.clear()
    assert_the_next_up_finishes_many_groups(stack, iam)


@native
def test_an_interrupt_ends_the_waits_of_a_refresh_and_forgets_nothing(
    stack: Stack, iam_emulator: Emulator
) -> None:
    def known() -> dict[str, Any]:
        return {
            name: (resource["id"], resource["inputs"], resource["outputs"])
            for name, resource in stack.resources().items()
        }

    stack.up(MANY_GROUPS)
    before = known()
    iam_emulator.faults.add(Fault(operation="*_group*", method="GET", status=503))
    output = interrupted(stack, "refresh", lambda: iam_emulator.faults.tally()[0].struck >= 2)
    assert "cancelled before a retry: the API is unavailable" in output
    assert known() == before
    iam_emulator.faults.clear()
    assert stack.up().changes == {"same": 25}


@native
def test_pulumi_do_lists_every_kind_reads_one_and_calls_a_function(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    ids = populate(iam)
    script = str(Path(sys.executable).parent / "pulumi-resource-scw-iam")

    def do(what: str, *arguments: str) -> Any:
        run = stack.pulumi(
            "do", "--package", script, f"scw-iam:index:{what}", *arguments, "--output", "json"
        )
        return json.loads(run.output)

    listed = {kind: {item["id"] for item in do(kind, "list")} for kind in KINDS}
    (owner,) = (user["id"] for user in iam.list_users() if user["type"] == "owner")
    assert listed == {
        "Group": {ids["group"]},
        "Application": {item["id"] for item in iam.list_applications()},
        "Policy": {item["id"] for item in iam.list_policies()},
        "APIKey": {ids["key"], iam_emulator.access_key},
        "SSHKey": {item["id"] for item in iam.list_ssh_keys()},
        "User": {ids["alice"], owner},
        "GroupMembership": {
            f"{ids['group']}/user/{ids['alice']}",
            *(f"{ids['group']}/application/{item['id']}" for item in iam.list_applications()),
        },
        "OrganizationSecuritySettings": {iam_emulator.organization_id},
        "SAML": set(),
        "SAMLCertificate": set(),
        "SCIM": set(),
        "SCIMToken": set(),
        "RotatingAPIKey": set(),
    }
    read = do("Group", "read", "name:team")
    assert (read["id"], read["userIds"]) == (ids["group"], [ids["alice"]])
    assert do("getGroup", "--name", "team")["id"] == ids["group"]


@pytest.mark.parametrize("plugin", ["the folder", "the executable"])
def test_the_engine_reads_the_schema_from_the_plugin(stack: Stack, plugin: str) -> None:
    """From the folder with PulumiPlugin.yaml, and from the installed script."""
    script = Path(sys.executable).parent / "pulumi-resource-scw-iam"
    run = stack.pulumi("package", "get-schema", str({"the folder": ROOT}.get(plugin, script)))
    read = json.loads(run.output[run.output.index("{") : run.output.rindex("}") + 1])
    assert read["version"] == package_schema()["version"]
    assert read["resources"].keys() == package_schema()["resources"].keys()


@native
def test_a_program_can_name_the_folder_of_the_plugin(stack: Stack) -> None:
    stack.write_yaml(
        f"""
plugins: {{providers: [{{name: scw-iam, path: "{ROOT}"}}]}}
resources:
  robot: {{type: "scw-iam:Application"}}
""",
    )
    assert stack.up().changes == {"create": 1}
    assert stack.up().changes == {"same": 1}
