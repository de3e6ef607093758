"""Refactoring a program changes no object: each refactoring, of each kind, on both fronts.

One program has all kinds, to save commands of the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Run, Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
NATIVE = pytest.mark.parametrize("stack", ["native"], indirect=True)

# One resource of each kind, and the application of the key. `name` and `options` change the
# declaration.
PROGRAM = """
{before}
def name(it): return {name} if it in {changed} else it
def options(it): return pulumi.ResourceOptions({options}) if it in {changed} else None

robot = iam.Application(name("robot"), options("robot"), name="robot")
alice = iam.User(name("alice"), options("alice"), email="alice@example.com", username="alice")
group = iam.Group(name("group"), options("group"), name="devs")
iam.GroupMembership(name("member"), options("member"), group_id=group.id, user_id=alice.id)
iam.Policy(name("policy"), options("policy"), name="readers", group_id=group.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"],
                       organization_id=iam.default_organization_id())])
iam.APIKey(name("key"), options("key"), application_id=robot.id, description="ci")
"""
NAMES = ["robot", "alice", "group", "member", "policy", "key"]
UNIQUE = {"alice": 'username "alice"', "group": 'name "devs"', "policy": 'name "readers"'}
"""The conflict in the preview's warning, by the resource with the unique name."""

COMPONENT = """
class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Team", name)

team = Team("team")
"""
PROVIDER = """
class Chosen(pulumi.ProviderResource):
    def __init__(self, name):
        super().__init__({package}, name, {arguments})

chosen = Chosen("chosen")
"""
PROVIDERS = {
    "native": PROVIDER.format(
        package='"scw-iam"', arguments='{"projectId": iam.default_project_id()}'
    ),
    "dynamic": PROVIDER.format(package='"pulumi-python"', arguments="{}"),
}


def program(
    options: str = "", before: str = "", *, name: str = "it", changed: list[str] = NAMES
) -> str:
    """Return the program; `name` and `options` of changed resources are Python code in `it`."""
    return PROGRAM.format(before=before, options=options, name=name, changed=changed)


def objects(iam: IamClient) -> dict[str, Any]:
    """Return all objects in the organization, without times of use."""
    return {
        "users": [bare(item) for item in iam.list_users()],
        "applications": [bare(item) for item in iam.list_applications()],
        "groups": [bare(item) for item in iam.list_groups()],
        "policies": [
            (bare(item), list(iam.list_rules(policy_id=item["id"]))) for item in iam.list_policies()
        ],
        "keys": [bare(item) for item in iam.list_api_keys()],
    }


def bare(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if not name.startswith("last_")}


def ids(stack: Stack) -> list[str]:
    return sorted(resource["id"] for resource in stack.resources().values() if resource["id"])


def is_empty(run: Run) -> bool:
    return set(run.changes) <= {"same"}


def first_cure(front: str) -> str:
    """Return the first fix for a name already in use."""
    words = (
        'add {name: "OLD NAME"} to its aliases'
        if front == "native"
        else 'add aliases=[pulumi.Alias(name="OLD NAME")]'
    )
    return f"if this stack manages the object under an old name, {words}; otherwise "


@FRONTS
@pytest.mark.parametrize(
    ("plain", "alias", "rest"),
    [
        pytest.param("", "name=it", {"name": "'new-' + it"}, id="another name"),
        pytest.param(
            "parent=team",
            "parent=pulumi.ROOT_STACK_RESOURCE",
            {"before": COMPONENT},
            id="a component",
        ),
    ],
)
def test_another_urn_is_told_and_refused_and_an_alias_keeps_every_object(
    plain: str, alias: str, rest: dict[str, Any], stack: Stack, iam: IamClient
) -> None:
    stack.up(program(before=rest.get("before", "")))
    before, held = objects(iam), ids(stack)

    for resource, taken in UNIQUE.items():
        # The check of a replacement also warns: it cannot tell a replacement from a new resource.
        run = stack.up(program(plain, **rest, changed=[resource]), ok=False)
        place = f"the {taken} is already in use in organization {iam.default_organization_id}"
        (warning,) = {line for line in (*run.infos, *run.warnings) if place in line}
        assert f"{place}; {first_cure(stack.front)}" in warning
        assert f"); {first_cure(stack.front)}" in run.errors[0]
        assert (objects(iam), ids(stack)) == (before, held)

    assert is_empty(
        stack.up(program(f"{plain}, aliases=[pulumi.Alias({alias})]".strip(", "), **rest))
    )
    assert (objects(iam), ids(stack)) == (before, held)
    # The state has the new names, so the aliases can be removed.
    assert is_empty(stack.preview(program(plain, **rest)))


@FRONTS
def test_what_has_no_unique_name_is_made_anew_under_another_name_but_for_memberships(
    stack: Stack, iam: IamClient
) -> None:
    declared = """
robot = iam.Application("robot")
group = iam.Group("group")
iam.GroupMembership("{0}member", group_id=group.id, application_id=robot.id)
iam.APIKey("{0}key", application_id=robot.id, description="ci")
"""
    stack.up(declared.format(""))
    before = objects(iam)
    run = stack.up(declared.format("new-"))
    assert run.changes == {"same": 2, "create": 2, "delete": 2}
    after = objects(iam)
    assert {**after, "keys": None} == {**before, "keys": None}
    (old,), (new,) = (
        [key for key in there["keys"] if key.get("description") == "ci"]
        for there in (before, after)
    )
    assert old["access_key"] != new["access_key"]


@FRONTS
def test_another_provider_keeps_every_object(stack: Stack, iam: IamClient) -> None:
    stack.up(program())
    before, held = objects(iam), ids(stack)
    chosen = program("provider=chosen", PROVIDERS[stack.front])
    stack.up(chosen)
    assert (objects(iam), ids(stack)) == (before, held)
    assert is_empty(stack.preview(chosen))


@FRONTS
def test_a_move_to_another_stack_keeps_every_object(stack: Stack, iam: IamClient) -> None:
    stack.up(program())
    before, held = objects(iam), ids(stack)
    urns = [stack.resources()[name]["urn"] for name in NAMES]
    stack.pulumi("stack", "init", "other", "--non-interactive")
    stack.pulumi("state", "move", "--yes", "--source", "test", "--dest", "other", *urns)
    stack.pulumi("stack", "select", "other")
    assert is_empty(stack.up(program()))
    assert objects(iam) == before
    stack.pulumi("stack", "select", "test")
    assert stack.preview("").changes == {}
    assert ids(stack) == []
    assert len(held) == len(NAMES)


@NATIVE
def test_the_move_from_the_python_classes_to_the_plugin_keeps_every_object(
    stack: Stack, iam: IamClient
) -> None:
    stack.front = "dynamic"
    stack.up(program())
    before, held = objects(iam), ids(stack)
    stack.front = "native"
    stack.write(program())
    stack.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert (objects(iam), ids(stack)) == (before, held)
    assert is_empty(stack.preview())
