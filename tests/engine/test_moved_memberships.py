"""A membership in another process keeps its member. The engine creates before deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

native = pytest.mark.parametrize("stack", ["native"], indirect=True)

PROVIDERS = """
class Chosen(pulumi.ProviderResource):
    def __init__(self, name):
        super().__init__("scw-iam", name, {"projectId": iam.default_project_id()})

first, second = Chosen("first"), Chosen("second")
"""


@pytest.fixture
def group(iam: IamClient) -> str:
    """Create a group of another stack, with one member outside every program."""
    group = iam.create_group(name="ops")["id"]
    iam.add_group_member(group, application_id=iam.create_application(name="theirs")["id"])
    return group


@pytest.fixture
def robot(iam: IamClient) -> str:
    return iam.create_application(name="robot")["id"]


def member_ids(iam: IamClient, group: str) -> set[str]:
    return set(iam.get_group(group)["application_ids"])


def moves(group: str, robot: str) -> Iterator[tuple[str, str]]:
    """Yield programs with one membership, before and after a new name and provider."""
    arguments = f'group_id="{group}", application_id="{robot}"'
    before = f'{PROVIDERS}\niam.GroupMembership("one", pulumi.ResourceOptions(provider=first), {arguments})'
    yield (
        before,
        f'{PROVIDERS}\niam.GroupMembership("two", pulumi.ResourceOptions(provider=second), {arguments})',
    )
    yield (
        before,
        f"""{PROVIDERS}
class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("test:index:Team", name, None, opts)
        iam.GroupMembership("one", pulumi.ResourceOptions(parent=self), {arguments})

Team("team", pulumi.ResourceOptions(providers=[second]))
""",
    )
    yield (
        before,
        f"""{PROVIDERS}
options = pulumi.ResourceOptions(provider=second, import_="{group}")
iam.Group("ops", options, name="ops", application_ids=["{robot}", *{{theirs}}])
""",
    )


@native
@pytest.mark.parametrize("number", range(3), ids=["name", "component", "list"])
def test_it_moves_to_another_provider(
    number: int, stack: Stack, iam: IamClient, group: str, robot: str
) -> None:
    theirs = member_ids(iam, group)
    before, after = list(moves(group, robot))[number]
    stack.up(before)
    assert member_ids(iam, group) == theirs | {robot}
    run = stack.up(after.replace("{theirs}", str(sorted(theirs))))
    assert run.changes["delete"] == 1
    assert member_ids(iam, group) == theirs | {robot}
    assert stack.refresh().changes.get("refresh")
    assert member_ids(iam, group) == theirs | {robot}
    # The undeclared membership is deleted.
    stack.up(PROVIDERS if number < 2 else None)
    assert member_ids(iam, group) == (theirs if number < 2 else theirs | {robot})


@native
def test_it_moves_from_the_python_classes_to_the_plugin(
    stack: Stack, iam: IamClient, group: str, robot: str
) -> None:
    arguments = f'group_id="{group}", application_id="{robot}"'
    theirs = member_ids(iam, group)
    stack.up(f"import pulumi_scw_iam\npulumi_scw_iam.GroupMembership('one', {arguments})")
    assert member_ids(iam, group) == theirs | {robot}
    run = stack.up(f"iam.GroupMembership('two', {arguments})")
    assert run.changes == {"create": 1, "delete": 1}
    assert member_ids(iam, group) == theirs | {robot}
    stack.up("")
    assert member_ids(iam, group) == theirs
