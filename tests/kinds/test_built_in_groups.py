"""The built-in groups of all users and all applications: read-only, with dynamic members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.core.organization.directory import Directory
from pulumi_scw_iam.core.organization.writes import Writes
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.guardrails.guardrail import Context, Violation
from pulumi_scw_iam.guardrails.principals import NOT_IDLE
from pulumi_scw_iam.guardrails.resources import Stack, read
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import UNKNOWN_ID, Clock, Iam, denied
from tests.support.organization import LocalOrganization

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED: dict[str, Any] = {
    "users": [{"username": "alice", "email": "alice@example.com"}],
    "applications": [{"name": "ci"}],
    "built_in_groups": 2,
}
MANAGED = (
    "the built-in group of all {} is managed by Scaleway; remove the resource from the program, and from"
    " the state with `pulumi state delete`"
)


@pytest.fixture
def world() -> Iterator[LocalOrganization]:
    with Emulator() as emulator:
        yield LocalOrganization(emulator)


def checked(world: LocalOrganization, kind: str, olds: Any, **news: Any) -> list[tuple[str, str]]:
    """Return the failures of a check in the organization."""
    _, failures = world.core.check(KINDS[kind], olds, news)
    return [(failure.path, failure.reason) for failure in failures]


def test_a_built_in_group_shows_its_members_and_refuses_every_write(
    world: LocalOrganization,
) -> None:
    made = world.emulator.seed(SEED)
    everyone, robots = made["built_in_groups"]
    assert (everyone["all_users"], everyone["all_applications"]) == (True, False)
    assert (robots["all_users"], robots["all_applications"]) == (False, True)
    later = world.iam.create_application(name="later")["id"]
    shown = world.iam.get_group(robots["id"])
    assert (shown["user_ids"], shown["application_ids"]) == (
        [],
        sorted([made["applications"][0]["id"], later]),
    )
    iam = Iam(world.emulator, Clock())
    path, member = f"/groups/{robots['id']}", {"application_id": later}
    with iam.session:
        refused = [
            iam.call("PATCH", path, {"description": "x"}),
            iam.call("DELETE", path),
            iam.call("POST", f"{path}/add-member", member),
            iam.call("POST", f"{path}/remove-member", member),
            iam.call("PUT", f"{path}/members", {"user_ids": [], "application_ids": []}),
        ]
    assert [(answer.status, answer.body["type"]) for answer in refused] == [
        (412, "precondition_failed")
    ] * 5


def test_a_membership_of_a_built_in_group_is_refused_at_preview(world: LocalOrganization) -> None:
    made = world.emulator.seed(SEED)
    everyone, _ = made["built_in_groups"]
    assert checked(
        world, "GroupMembership", {}, group_id=everyone["id"], user_id=made["users"][0]["id"]
    ) == [
        (
            "group_id",
            (
                "is the built-in group of all users, and Scaleway manages its members; pass the id of"
                " another group, or remove the membership"
            ),
        )
    ]


@pytest.mark.parametrize("change", [{"user_ids": []}, {"name": "everyone"}])
def test_a_change_of_a_built_in_group_is_refused_at_preview(
    world: LocalOrganization, change: dict[str, Any]
) -> None:
    everyone, _ = world.emulator.seed(SEED)["built_in_groups"]
    olds = world.inputs("Group", {}, {"name": everyone["name"]})
    assert checked(world, "Group", olds, **olds) == []
    assert checked(world, "Group", olds, **{**olds, **change}) == [
        (next(iter(change)), MANAGED.format("users"))
    ]


@pytest.mark.parametrize("change", [{"description": "new"}, {"tags": ["a"]}])
def test_every_other_change_of_a_built_in_group_is_refused_by_the_update(
    world: LocalOrganization, change: dict[str, Any]
) -> None:
    everyone, _ = world.emulator.seed(SEED)["built_in_groups"]
    olds = world.inputs("Group", {}, {"name": everyone["name"]})
    state = world.core.read(KINDS["Group"], everyone["id"], olds)
    assert state is not None
    with pytest.raises(Refused) as refused:
        world.update("Group", everyone["id"], state, name=everyone["name"], **change)
    assert refused.value.reason == MANAGED.format("users")


def test_the_directory_counts_built_in_groups_even_if_their_lists_are_empty(
    world: LocalOrganization,
) -> None:
    made = world.emulator.seed({**SEED, "groups": [{"name": "devs", "users": ["alice"]}]})
    everyone, robots = (group["id"] for group in made["built_in_groups"])
    alice, ci = made["users"][0]["id"], made["applications"][0]["id"]
    directory = Directory(lambda: world.iam, world.organization, world.settings, Writes())
    groups = directory.all("group")
    assert groups is not None
    for group_id in (everyone, robots):
        groups[group_id].update(user_ids=[], application_ids=[])  # type: ignore[attr-defined]
    assert directory.groups_of("user_id", alice) == {everyone, made["groups"][0]["id"]}
    assert directory.groups_of("application_id", ci) == {robots}
    applications = directory.all("application")
    assert applications is not None
    applications[ci]["managed"] = True  # type: ignore[index]
    assert directory.groups_of("application_id", ci) == set()


def test_permissions_of_a_built_in_group_are_enforced_for_every_member() -> None:
    with Emulator(enforce=True) as emulator:
        made = emulator.seed(
            {
                **SEED,
                "policies": [
                    {
                        "name": "read",
                        "group": "All Applications",
                        "rules": [{"permission_set_names": ["IAMGroupReadOnly"]}],
                    }
                ],
                "api_keys": [{"application": "ci"}, {"user": "alice"}],
            }
        )
        robot, alice = (Iam(emulator, Clock(), key["secret_key"]) for key in made["api_keys"])
        with robot.session, alice.session:
            assert robot.list("/groups")["total_count"] == 2
            query = {"organization_id": emulator.organization_id}
            assert alice.call("GET", "/groups", **query) == denied("list", "group")


def test_the_rights_of_a_built_in_group_are_not_taken_from_the_caller() -> None:
    """The last policy with the right is refused, and the other may go: the group keeps the right."""
    rules = [{"permission_set_names": ["IAMManager"]}]
    with Emulator() as emulator:
        made = emulator.seed(
            {
                **SEED,
                "policies": [
                    {"name": "all", "group": "All Applications", "rules": rules},
                    {"name": "ci", "application": "ci", "rules": rules},
                ],
                "api_keys": [{"application": "ci"}],
            }
        )
        (key,) = made["api_keys"]
        settings = Settings.resolve(
            environ={
                **emulator.environment,
                "SCW_ACCESS_KEY": key["access_key"],
                "SCW_SECRET_KEY": key["secret_key"],
            }
        )
        kind, reader = KINDS["Policy"], ProviderCore(lambda: settings)
        by_group, own = (
            (policy["id"], reader.read(kind, policy["id"], None) or {})
            for policy in made["policies"]
        )
        core = ProviderCore(lambda: settings)
        core.delete(kind, *own)
        with pytest.raises(Refused, match="takes the right to manage"):
            core.delete(kind, *by_group)


def test_guardrails_see_everyone_in_a_built_in_group() -> None:
    prefix = "pulumi-python:dynamic/scw_iam:"
    resources = [
        read(f"{prefix}{kind}", props, name=name, urn=name)
        for kind, name, props in (
            ("Group", "everyone", {"name": "All Users", "all_users": True}),
            ("Group", "robots", {"name": "All Applications", "all_applications": True}),
            ("Group", "devs", {"name": "devs", "user_ids": []}),
            ("User", "alice", {"email": "a@example.com"}),
            ("Application", "ci", {"name": "ci"}),
            ("Application", "product", {"name": "product", "managed": True}),
        )
    ]
    stack = Stack(tuple(resource for resource in resources if resource is not None))
    assert stack.members == {
        "everyone": frozenset({("User", "alice")}),
        "robots": frozenset({("Application", "ci")}),
        "devs": frozenset(),
    }


def test_a_built_in_group_without_a_policy_hides_no_idle_application() -> None:
    prefix = "pulumi-python:dynamic/scw_iam:"
    ci = read(f"{prefix}Application", {"name": "ci"}, name="ci", urn="ci")
    robots = read(f"{prefix}Group", {"all_applications": True}, name="robots", urn="robots")
    policy = read(
        f"{prefix}Policy",
        {"group_id": UNKNOWN_ID},
        name="policy",
        urn="policy",
        dependencies={"group_id": ["robots"]},
    )
    assert ci is not None
    assert robots is not None
    assert policy is not None
    context = Context({}, Clock().time)
    judge = NOT_IDLE.validate_stack
    assert judge is not None
    idle = [*judge(Stack((ci, robots)), context)]
    assert [found.urn for found in idle if isinstance(found, Violation)] == ["ci"]
    assert [*judge(Stack((ci, robots, policy)), context)] == []
