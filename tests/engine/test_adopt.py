"""Adopted objects in a stack of the real engine: both fronts, `pulumi import` and `--apply`."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.adoption import adopt
from pulumi_scw_iam.adopt.delivery import deliver
from pulumi_scw_iam.adopt.engine import Engine, import_command
from pulumi_scw_iam.adopt.import_file import Component, ImportEntry, import_document
from pulumi_scw_iam.adopt.objects import Adoption, Existing
from pulumi_scw_iam.adopt.private_files import write_private
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Front
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

TEAM = "urn:pulumi:test::test::test:index:Team::team"
OTHERS = """
class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Team", name)

team = Team("team")
"""
PROGRAM = """
robot = iam.Application("robot", tags=["b", "a"])
alice = iam.User("alice", email="alice@example.com", username="alice")
devs = iam.Group("devs", description=pulumi.Output.secret("hush-hush"), application_ids=[robot.id],
    opts=pulumi.ResourceOptions(parent=team))
iam.GroupMembership("alice-in-devs", group_id=devs.id, user_id=alice.id)
iam.Policy("readers", group_id=devs.id, rules=[
    {"permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id()},
    {"permission_set_names": ["ObjectStorageReadOnly"], "project_ids": [iam.default_project_id()],
     "condition": pulumi.Output.secret('request.user_agent == "hush-hush"')},
])
key = iam.APIKey("key", application_id=robot.id, description="of the robot")
iam.SSHKey("laptop", public_key="SSH_KEY alice@laptop")
pulumi.export("secret", key.secret_key)
""".replace("SSH_KEY", SSH_KEY)
SECRETS = {"devs": {"description"}, "readers": {"rules.condition"}}


class World:
    """An organization with objects to adopt, and its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.api = Emulator(access_log=self.calls.append)

    def make(self) -> None:
        self.iam = iam = IamClient(Settings.resolve(environ=self.api.environment))
        robot = iam.create_application(name="robot", tags=["a", "b"])
        alice = iam.create_user(member={"email": "alice@example.com", "username": "alice"})
        devs = iam.create_group(name="devs", description="hush-hush")
        iam.add_group_member(devs["id"], application_id=robot["id"])
        self.devs = iam.add_group_member(devs["id"], user_id=alice["id"])
        rules: Any = [
            {"permission_set_names": ["IAMReadOnly"], "organization_id": self.api.organization_id},
            {
                "permission_set_names": ["ObjectStorageReadOnly"],
                "project_ids": [self.api.project_id],
                "condition": 'request.user_agent == "hush-hush"',
            },
        ]
        readers = iam.create_policy(name="readers", group_id=devs["id"], rules=rules)
        key = iam.create_api_key(application_id=robot["id"], description="of the robot")
        self.secret = str(key["secret_key"])
        laptop = iam.create_ssh_key(
            name="laptop", public_key=f"{SSH_KEY} alice@laptop", project_id=self.api.project_id
        )
        member = {"group_id": devs["id"], "user_id": alice["id"]}
        self.existing = {
            "robot": self._existing("Application", robot),
            "alice": self._existing("User", alice),
            "devs": self._existing("Group", self.devs, unmanaged=frozenset({"user_ids"})),
            "alice-in-devs": Existing(
                kind=KINDS["GroupMembership"], id=f"{devs['id']}/user/{alice['id']}", item=member
            ),
            "readers": self._existing("Policy", {**readers, "rules": rules}),
            "key": Existing(
                kind=KINDS["APIKey"],
                id=key["access_key"],
                item={**key, "secret_key": None},
                known={"secret_key": self.secret},
            ),
            "laptop": self._existing("SSHKey", laptop),
        }

    def _existing(self, kind: str, item: Any, **parts: Any) -> Existing:
        return Existing(kind=KINDS[kind], id=item["id"], item=item, **parts)

    def entries(self, **places: dict[str, str]) -> list[ImportEntry]:
        defaults = {
            "organization_id": self.api.organization_id,
            "project_id": self.api.project_id,
        }
        entries = []
        for name, existing in self.existing.items():
            adoption = adopt(existing, name, defaults)
            assert isinstance(adoption, Adoption), adoption
            secrets = frozenset(SECRETS.get(name, ()))
            entries.append(ImportEntry(adoption=adoption, secrets=secrets, **places.get(name, {})))
        return entries

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]


@pytest.fixture
def world(stack: Stack) -> Iterator[World]:
    world = World()
    with world.api:
        world.make()
        stack.environment.update(world.api.environment)
        yield world


def engine_of(stack: Stack) -> Engine:
    return Engine.find(stack.folder, environ=stack.environment)


def front_of(stack: Stack) -> Front:
    return "native" if stack.front == "native" else "python"


def program_of(stack: Stack, program: str) -> str:
    if stack.front != "native":
        return program
    for name in ("permission_set_names", "organization_id", "project_ids"):
        first, *rest = name.split("_")
        spelled = first + "".join(part.capitalize() for part in rest)
        program = program.replace(f'"{name}"', f'"{spelled}"')
    return program


def configure(stack: Stack, world: World) -> None:
    """Move the settings from the environment to the stack's configuration, as most users have them."""
    api = world.api
    for name in world.api.environment:
        stack.environment.pop(name)
    settings = {
        "apiUrl": api.url,
        "organizationId": api.organization_id,
        "projectId": api.project_id,
    }
    plain = [f"--plaintext=scw-iam:{name}={value}" for name, value in settings.items()]
    stack.pulumi("config", "set-all", *plain, f"--secret=scw-iam:secretKey={api.secret_key}")


@pytest.mark.parametrize(
    ("stack", "way", "is_new"),
    [
        ("dynamic", "import", True),
        ("dynamic", "apply", False),
        ("native", "import", False),
        ("native", "apply", True),
    ],
    indirect=["stack"],
)
def test_adopted_objects_are_unchanged_and_a_key_keeps_its_secret(
    stack: Stack, world: World, way: Any, is_new: bool
) -> None:
    """A new stack gets the component of the program too; the resources of another stack stay."""
    before = {}
    program = program_of(stack, OTHERS + PROGRAM)
    if is_new:
        configure(stack, world)
    else:
        stack.up(OTHERS + 'iam.Application("other")\n')
        before = stack.resources()
        program += 'iam.Application("other")\n'
    stack.write(program)
    world.calls.clear()

    delivery = deliver(
        engine_of(stack),
        world.entries(devs={"parent": TEAM}),
        front_of(stack),
        way=way,
        components=[Component(urn=TEAM)],
    )

    assert (next(iter(delivery.lines())), delivery.findings, delivery.failures) == (
        "7 resources imported into stack test",
        (),
        (),
    )
    assert delivery.status == 0
    after = stack.resources()
    assert {name: after[name] for name in before} == before
    assert {name: after[name]["id"] for name in world.existing} == {
        name: existing.id for name, existing in world.existing.items()
    }
    for hidden in (world.secret, "hush-hush", world.api.secret_key):
        assert hidden not in stack.state_text()
    assert stack.outputs_of("key")["secret_key"] == "[secret]"
    if delivery.backup is not None:
        assert delivery.backup.stat().st_mode & 0o777 == 0o600

    count = 7 + len(before)
    assert stack.up(None, "--refresh").changes == {"refresh": count, "same": count}
    assert world.writes == []
    secret = stack.outputs()["secret"]
    assert secret == world.secret
    environ = {**world.api.environment, "SCW_SECRET_KEY": secret}
    own = IamClient(Settings.resolve(environ=environ)).get_api_key(world.existing["key"].id)
    assert own["application_id"] == world.existing["robot"].id
    stack.destroy()
    assert [group["name"] for group in world.iam.list_groups()] == []


def test_a_file_that_lies_is_found_after_the_import_that_the_user_runs(
    stack: Stack, world: World, tmp_path: Path
) -> None:
    """The engine reads nothing at the import: only the checks find a wrong file."""
    stack.write(PROGRAM.replace("=team", "=None").replace('tags=["b", "a"]', 'tags=["c"]'))
    entries = world.entries()
    robot, laptop = world.existing["robot"].id, world.existing["laptop"].id
    world.iam.update_application(robot, description="changed meanwhile")
    world.iam.delete_ssh_key(laptop)
    file = tmp_path / "import.json"
    write_private(file, json.dumps(import_document(entries[:-1], "python")))
    subprocess.run(
        import_command(file, "test", count=1000),
        shell=True,
        cwd=stack.folder,
        env=stack.environment,
        check=True,
        capture_output=True,
    )

    delivery = deliver(engine_of(stack), entries, "python")

    assert sorted(delivery.lines()) == [
        "1 resource imported into stack test",
        "6 resources in the stack already",
        'SSH key "laptop": it does not exist in the API (pulumi refresh)',
        'application "robot": the API and the stack differ in description (pulumi refresh)',
        'application "robot": the program and the stack differ in tags (pulumi preview)',
    ]
    assert (delivery.status, delivery.refused, delivery.failures) == (3, (), ())
    assert world.secret not in stack.state_text()
