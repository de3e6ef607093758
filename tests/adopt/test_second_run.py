"""A second run of `adopt` in the folder of a program, after edits of a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.adopt.program.write import ProgramError, read_texts, write_program
from tests.adopt.organization import CASES, FRONTS, ORGANIZATION, World, id_of
from tests.adopt.reader import Id, assert_declares, declared

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Front

EACH_FRONT = pytest.mark.parametrize("front", FRONTS)


def small() -> World:
    """Return an organization with a user and a group."""
    world = World()
    alice = world.add("User", "alice-id", username="alice", email="alice@example.com")
    world.add("Group", "devs-id", name="devs", user_ids=[alice])
    return world


def add_policy(world: World) -> None:
    """Add a policy of the group, in a project."""
    web = world.external("project", "web")
    rule = {"permission_set_names": ["VPCFullAccess"], "project_ids": [web]}
    world.add("Policy", "policy-id", name="devs", group_id="devs-id", rules=[rule])


PYTHON_EDITED = '''\
"""Our organization."""

import pulumi_scw_iam as iam

alice = iam.User("alice", email="alice@example.com", username="alice")
# The team that builds the product.
developers = iam.Group("devs", user_ids=[alice.id], description="edited")
print("ready")'''

PYTHON_AFTER = (
    PYTHON_EDITED
    + """

# Added by a later run of `pulumi-scw-iam adopt`.
PROJECTS = {
    "web": "%(web)s",
}

iam.Policy(
    "devs",
    group_id=developers.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["VPCFullAccess"],
            project_ids=[PROJECTS["web"]],
        ),
    ],
)
"""
)

YAML_EDITED = """\
name: iam
runtime: yaml
resources:
    alice:
        type: scw-iam:User   # a comment
        properties: {email: alice@example.com, username: alice}
    team:
        type: scw-iam:Group
        name: devs
        properties:
            userIds: ["${alice.id}"]

# The outputs.
outputs:
    team: ${team.id}
"""

YAML_AFTER = """\
name: iam
runtime: yaml
variables:
  projects:
    web: "%(web)s"

resources:
    alice:
        type: scw-iam:User   # a comment
        properties: {email: alice@example.com, username: alice}
    team:
        type: scw-iam:Group
        name: devs
        properties:
            userIds: ["${alice.id}"]

    # Added by a later run of `pulumi-scw-iam adopt`.
    devs:
      type: scw-iam:Policy
      properties:
        groupId: ${team.id}
        rules:
          - permissionSetNames: [VPCFullAccess]
            projectIds: ["${projects.web}"]

# The outputs.
outputs:
    team: ${team.id}
"""


@pytest.mark.parametrize(
    ("front", "name", "edited", "after"),
    [
        ("python", "__main__.py", PYTHON_EDITED, PYTHON_AFTER),
        ("yaml", "Pulumi.yaml", YAML_EDITED, YAML_AFTER),
    ],
)
def test_edits_stay_and_new_resources_use_the_names_of_the_program(
    front: Front, name: str, edited: str, after: str
) -> None:
    world = small()
    texts = {**world.program(front).files, name: edited}
    add_policy(world)
    written = world.program(front, texts)
    (web,) = world.externals
    assert written.files.keys() == {name, "adopted.json"}
    assert written.files[name] == after.replace("%(web)s", web)
    assert written.lines() == [
        f"wrote 1 policy into {name}",
        "left 1 user, 1 group as the program declares them",
    ]


@EACH_FRONT
def test_without_new_objects_nothing_is_written(front: Front) -> None:
    world = CASES["team"]()
    assert world.program(front, world.program(front).files).files == {}


@EACH_FRONT
def test_a_resource_that_a_person_removed_stays_out(front: Front) -> None:
    world = small()
    texts = dict(world.program(front).files)
    name = "Pulumi.yaml" if front == "yaml" else "__main__.py"
    lines = {
        "yaml": "name: iam\nruntime: yaml\nresources:\n  alice:\n    type: scw-iam:User\n",
        "python": 'import pulumi_scw_iam as iam\n\niam.User("alice")\n',
        "native": 'import pulumi_scw_iam_native as iam\n\niam.User("alice")\n',
    }
    texts[name] = lines[front]
    add_policy(world)
    written = world.program(front, texts)
    assert [adoption.id for adoption in written.added] == ["policy-id"]
    assert [adoption.id for adoption in written.removed] == ["devs-id"]
    assert written.lines()[-1] == (
        'left out group "devs" devs-id: an earlier run adopted it as "devs", and the program does not'
        " declare this name; to adopt it again, remove its line from adopted.json"
    )
    found = declared(front, {**texts, **written.files})
    assert found["Policy", "devs"]["group_id"] == "devs-id"


@EACH_FRONT
def test_an_entry_of_a_table_keeps_its_id_when_another_object_takes_the_name(front: Front) -> None:
    """A project was deleted, and another one has its name."""
    world = small()
    add_policy(world)
    texts = dict(world.program(front).files)
    world.externals.clear()
    world.external("user", "zoe")
    new = world.external("project", "web")
    rule = {"permission_set_names": ["VPCFullAccess"], "project_ids": [new]}
    world.add("Policy", "second-id", name="second", group_id="devs-id", rules=[rule])
    assert_declares(world, front, {**texts, **world.program(front, texts).files})


def test_a_module_of_a_new_kind_is_imported_by_the_program() -> None:
    world = CASES["company"]()
    texts = dict(world.program("python").files)
    alice = world.existing[0].id
    world.add("SSHKey", name="laptop", public_key="ssh-ed25519 AAAA", project_id=id_of("x"))
    world.add("Group", name="new", user_ids=[alice])
    files = world.program("python", texts).files
    assert files["__main__.py"] == (
        texts["__main__.py"]
        + "\n# Added by a later run of `pulumi-scw-iam adopt`.\nimport ssh_keys  # noqa: F401\n"
    )
    assert files["groups.py"].removeprefix(texts["groups.py"]) == (
        "\n# Added by a later run of `pulumi-scw-iam adopt`.\n"
        'new = iam.Group("new", user_ids=[users.user000.id])\n'
    )
    assert files.keys() == {"__main__.py", "groups.py", "ssh_keys.py", "adopted.json"}


def test_a_moved_resource_is_used_from_its_new_file() -> None:
    world = small()
    texts = dict(world.program("python").files)
    texts["people.py"] = (
        'import pulumi_scw_iam as iam\n\nalice = iam.User("alice", email="alice@example.com")\n'
    )
    texts["__main__.py"] = (
        "import pulumi_scw_iam as iam\nimport people\n\n"
        'devs = iam.Group("devs", user_ids=[people.alice.id])\n'
    )
    world.add("Group", name="ops", user_ids=["alice-id"])
    files = {**texts, **world.program("python", texts).files}
    assert declared("python", files)["Group", "ops"] == {"user_ids": [Id("User", "alice")]}


def test_a_file_that_imports_the_program_is_not_imported_by_it() -> None:
    """The variable would not exist yet, so the id is written."""
    world = small()
    texts = dict(world.program("python").files)
    texts["people.py"] = (
        'import pulumi_scw_iam as iam\nimport __main__\n\nalice = iam.User("alice")\n'
    )
    texts["__main__.py"] = 'import pulumi_scw_iam as iam\n\ndevs = iam.Group("devs")\n'
    world.add("Group", name="ops", user_ids=["alice-id"])
    added = world.program("python", texts).files["__main__.py"].removeprefix(texts["__main__.py"])
    assert added == (
        "\n# Added by a later run of `pulumi-scw-iam adopt`.\n"
        'USERS = {\n    "alice": "alice-id",\n}\n\n'
        'ops = iam.Group("ops", user_ids=[USERS["alice"]])\n'
    )


@pytest.mark.parametrize(
    ("front", "texts", "message"),
    [
        (
            "python",
            {"Pulumi.yaml": "", "__main__.py": ""},
            "the folder has another program: Pulumi.yaml and __main__.py, without adopted.json;"
            " choose an empty folder",
        ),
        (
            "python",
            {"users.py": ""},
            'the folder has Python modules, such as "users.py"; choose an empty folder',
        ),
        (
            "yaml",
            {"Main.yaml": ""},
            "the folder has another program: Main.yaml, without adopted.json; choose an empty folder",
        ),
        (
            "yaml",
            {"adopted.json": '{"version": 1, "front": "python", "modules": false, "objects": []}'},
            'the program was written with --front python, not "yaml"; use the same front, or'
            " another folder",
        ),
        (
            "yaml",
            {"adopted.json": "{"},
            "adopted.json is damaged; restore it, or adopt into an empty folder",
        ),
        (
            "yaml",
            {"adopted.json": '{"version": 2}'},
            "adopted.json has version 2, and this command reads version 1; upgrade pulumi-scw-iam",
        ),
    ],
)
def test_another_program_is_refused(front: Front, texts: dict[str, str], message: str) -> None:
    with pytest.raises(ProgramError) as error:
        small().program(front, texts)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("front", "edit", "message"),
    [
        (
            "python",
            {"__main__.py": "alice = (\n"},
            "__main__.py, line 1 is not valid Python; correct it first",
        ),
        (
            "yaml",
            {"Pulumi.yaml": "name: x\n\t- [\n"},
            "Pulumi.yaml, line 2 is not valid YAML; correct it first",
        ),
        (
            "yaml",
            {"Pulumi.yaml": "resources: {alice: {type: 'scw-iam:User'}}\n"},
            "Pulumi.yaml: resources is not a block of lines, so nothing can be added; write it as"
            " `key: value`, one a line",
        ),
    ],
)
def test_a_program_that_cannot_be_extended_is_refused(
    front: Front, edit: dict[str, str], message: str
) -> None:
    world = small()
    texts = {**world.program(front).files, **edit}
    world.add("Application", name="ci")
    with pytest.raises(ProgramError) as error:
        world.program(front, texts)
    assert str(error.value) == message


def test_files_are_written_and_read_back(tmp_path: Path) -> None:
    world = CASES["odd"]()
    folder = tmp_path / "my iam"
    adoptions = world.adoptions("python")
    written = write_program(folder, "python", adoptions, world.externals, ORGANIZATION)
    assert read_texts(folder) == dict(written.files)
    assert sorted(path.name for path in folder.iterdir()) == sorted(written.files)
    assert read_texts(folder)["Pulumi.yaml"].splitlines()[0] == "name: my-iam"
    assert {item["file"] for item in json.loads(read_texts(folder)["adopted.json"])["objects"]} == {
        "__main__.py"
    }
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = write_program(folder, "python", adoptions, world.externals, ORGANIZATION)
    assert again.files == {}
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "iam"
    with pytest.raises(ProgramError) as error:
        write_program(folder, "yaml", [], {}, ORGANIZATION)
    assert str(error.value) == f"{folder}: Not a directory"


def test_a_last_value_that_ends_in_blank_lines_is_not_extended() -> None:
    world = small()
    texts = dict(world.program("yaml").files)
    texts["Pulumi.yaml"] = (
        "resources:\n  alice:\n    type: scw-iam:User\n    properties:\n      lastName: |+\n        a\n\n\n"
    )
    world.add("Application", name="ci")
    with pytest.raises(ProgramError) as error:
        world.program("yaml", texts)
    assert str(error.value) == (
        "Pulumi.yaml: new lines would become part of the last value; add a comment line after it"
    )
