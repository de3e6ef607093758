"""Groups in an organization with SCIM: a warning, once per run, that an identity provider may set the users."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from tests.kinds.world import World

SCIM = (
    "{}: SCIM is enabled in organization {}, and the API does not report whether an identity provider sets the"
    " users of a group; if it does so in this group, {}, because each side undoes the changes of the other; the"
    " same holds for all groups of the program"
)


class Run:
    """An organization with SCIM, a user, an application and a group, and the warnings of checks."""

    def __init__(self, world: World, log: pytest.LogCaptureFixture) -> None:
        self.world, self.log = world, log
        world.emulator.seed(
            {
                "users": [{"username": "alice", "email": "alice@example.com"}],
                "applications": [{"name": "ci"}],
                "groups": [{"name": "devs", "users": ["alice"]}],
            }
        )
        self.alice = next(u["id"] for u in world.iam.list_users() if u["username"] == "alice")
        self.robot = next(iter(world.iam.list_applications()))["id"]
        self.devs = next(iter(world.iam.list_groups()))["id"]
        world.iam.enable_organization_scim()
        world.calls()

    def warnings(self, kind: str, olds: dict[str, Any] | None = None, **news: Any) -> list[str]:
        """Return the warnings of a check without failures."""
        self.log.clear()
        with self.log.at_level(logging.WARNING):
            _, failures = self.world.core.check(KINDS[kind], olds or {}, news)
        assert failures == []
        return [record.getMessage() for record in self.log.records]

    def expected(self, title: str, cure: str) -> list[str]:
        return [SCIM.format(title, self.world.organization, cure)]


@pytest.fixture
def run(world: World, caplog: pytest.LogCaptureFixture) -> Run:
    return Run(world, caplog)


def test_the_users_of_a_new_group_are_warned_of_while_scim_is_enabled(run: Run) -> None:
    expected = run.expected('group "ops"', "remove user_ids")
    for user_ids in ([run.alice], [], UNKNOWN, [UNKNOWN]):
        run.world.begin()
        assert run.warnings("Group", name="ops", user_ids=user_ids) == expected


def test_a_user_in_a_membership_is_warned_of_while_scim_is_enabled(run: Run) -> None:
    expected = run.expected('membership in group "devs"', "remove the membership")
    assert run.warnings("GroupMembership", group_id=run.devs, user_id=run.alice) == expected


def test_the_warning_about_scim_comes_once_per_run_with_one_call(run: Run) -> None:
    assert len(run.warnings("Group", name="a", user_ids=[run.alice])) == 1
    assert run.warnings("Group", name="b", user_ids=[run.alice]) == []
    assert run.warnings("GroupMembership", group_id=run.devs, user_id=run.alice) == []
    assert [call for call in run.world.calls() if "scim" in call] == [
        "GET organizations/ID/scim 200"
    ]
    run.world.begin()
    assert len(run.warnings("Group", name="a", user_ids=[run.alice])) == 1


def test_only_new_or_changed_users_are_warned_of(run: Run) -> None:
    olds = run.world.inputs("Group", {}, {"name": "devs", "user_ids": [run.alice]})
    assert run.warnings("Group", olds, **olds) == []
    assert run.warnings("Group", olds, **{**olds, "description": "new"}) == []
    assert run.warnings("Group", olds, name="devs") == []
    assert [call for call in run.world.calls() if "scim" in call] == []
    # A refresh after a synchronization shows the users of the identity provider as the old inputs.
    assert run.warnings("Group", {**olds, "user_ids": []}, **olds) == run.expected(
        'group "devs"', "remove user_ids"
    )


def test_groups_without_declared_users_cost_no_call(run: Run) -> None:
    assert run.warnings("Group", name="ops") == []
    assert run.warnings("Group", name="robots", application_ids=[run.robot]) == []
    assert run.warnings("GroupMembership", group_id=run.devs, application_id=run.robot) == []
    assert [call for call in run.world.calls() if "scim" in call] == []


def test_without_scim_or_the_permission_to_read_it_nothing_is_reported(run: Run) -> None:
    run.world.emulator.faults.add(Fault(operation="get_organization_scim", last=1, status=403))
    assert run.warnings("Group", name="ops", user_ids=[run.alice]) == []
    assert run.warnings("Group", name="web", user_ids=[run.alice]) == []
    assert [call for call in run.world.calls() if "scim" in call] == [
        "GET organizations/ID/scim 403"
    ]
    run.world.iam.delete_scim(run.world.iam.get_organization_scim()["id"])
    run.world.begin()
    assert run.warnings("Group", name="ops", user_ids=[run.alice]) == []
