"""The objects that `adopt` chooses in an organization."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.survey import ADOPTED, Selection, read_objects, survey
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.states.stack_state import parse_state
from tests.adopt.seeds import SEED

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Survey
    from tests.support.organization import LocalOrganization


def surveyed(world: LocalOrganization, selection: Selection | None = None) -> Survey:
    """Return the survey of the organization, by a client of its own."""
    objects = read_objects(world.iam, world.organization)
    return survey(objects, selection=selection)


def titles(found: Survey) -> list[str]:
    """Return the kinds and names of the objects to adopt."""
    return [f"{existing.kind.name} {existing.name}" for existing in found.existing]


def test_all_objects_are_adopted_but_those_of_scaleway(world: LocalOrganization) -> None:
    found = surveyed(world)
    assert titles(found) == [
        "Group devs",
        "Application ci-web",
        "Application backup",
        "Policy web",
        "Policy nothing",
        "APIKey ",
        "APIKey pipeline",
        "SSHKey laptop",
        "User alice@example.com",
        f"OrganizationSecuritySettings {world.organization}",
    ]
    assert [(one.existing.name, one.reason) for one in found.skipped] == [
        ("All Users", "it is the built-in group of all users"),
        ("owner@example.com", "Scaleway does not allow changes (deletable is false)"),
    ]
    assert found.failures == ()


def test_a_survey_makes_one_call_per_list_and_policy_with_rules(world: LocalOrganization) -> None:
    surveyed(world)
    calls = [line.partition("?")[0] for line in world.calls()]
    assert not [line for line in calls if not line.startswith("GET ")]
    assert sum(line.startswith("GET rules") for line in calls) == 1
    assert len(calls) == 13


def test_the_names_of_everything_that_objects_refer_to_are_known(world: LocalOrganization) -> None:
    found = surveyed(world, Selection(kinds=("Policy",)))
    names = {(external.noun, external.name) for external in found.externals.values()}
    assert names == {
        ("project", "default"),
        ("project", "web"),
        ("user", "owner@example.com"),
        ("user", "alice@example.com"),
        ("application", "ci-web"),
        ("application", "backup"),
        ("group", "All Users"),
        ("group", "devs"),
    }


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(kinds=("Group", "SSHKey")), ["Group devs", "SSHKey laptop"]),
        (Selection(tags=("team=web",)), ["Application ci-web", "User alice@example.com"]),
        (Selection(names=("ci-*",)), ["Application ci-web"]),
        (Selection(names=("alice", "pipe*")), ["APIKey pipeline", "User alice@example.com"]),
        (Selection(projects=("web",)), ["Policy web", "SSHKey laptop"]),
        (Selection(kinds=("SSHKey",), names=("desk*",)), []),
    ],
)
def test_a_selection_limits_the_objects(
    world: LocalOrganization, selection: Selection, expected: list[str]
) -> None:
    assert titles(surveyed(world, selection)) == expected


def test_an_unknown_project_is_a_failure(world: LocalOrganization) -> None:
    assert surveyed(world, Selection(projects=("wbe",))).failures == (
        "project wbe: no project has this name or id; see the projects in the console",
    )


def test_objects_of_a_given_state_are_left_out(world: LocalOrganization) -> None:
    ids = {existing.name: existing.id for existing in surveyed(world).existing}
    group, user = ids["devs"], ids["alice@example.com"]
    resources = [
        {"type": "scw-iam:index:Application", "id": ids["backup"], "urn": "a"},
        {
            "type": "pulumi-python:dynamic/scw_iam:GroupMembership",
            "id": f"{group}/user/{user}",
            "urn": "b",
        },
    ]
    state = parse_state("state.json", json.dumps({"deployment": {"resources": resources}}).encode())
    found = survey(read_objects(world.iam, world.organization), [state])
    assert "Application backup" not in titles(found)
    assert {"Group devs", "User alice@example.com"} <= {*titles(found)}
    assert ("backup", "a given state has it") in [
        (one.existing.name, one.reason) for one in found.skipped
    ]
    # The program must not set the list with the member of the other stack.
    (devs,) = [existing for existing in found.existing if existing.name == "devs"]
    assert devs.unmanaged == {"user_ids"}


def test_a_list_without_permission_is_one_failure_and_the_others_are_read() -> None:
    with Emulator(enforce=True) as emulator:
        emulator.seed(SEED)
        owner = IamClient(Settings.resolve(environ=emulator.environment))
        robot = owner.create_application(name="reader")["id"]
        rules: Any = [
            {
                "permission_set_names": ["IAMReadOnly"],
                "organization_id": emulator.organization_id,
            }
        ]
        owner.create_policy(name="reader", application_id=robot, rules=rules)
        key = owner.create_api_key(application_id=robot)
        environ = {
            **emulator.environment,
            "SCW_ACCESS_KEY": key["access_key"],
            "SCW_SECRET_KEY": str(key["secret_key"]),
        }
        client = IamClient(Settings.resolve(environ=environ))
        found = survey(read_objects(client, emulator.organization_id))
    assert "Group devs" in titles(found)
    assert not any(title.startswith("SSHKey") for title in titles(found))
    assert [line.partition(" (403, ")[0] for line in found.failures] == [
        "list SSH keys: the API key has no permission to list ssh_key",
        "list projects: the API key has no permission to list project",
    ]
    assert [line.partition("); ")[2] for line in found.failures] == [
        "give its bearer the permission set SSHKeysReadOnly; the others are read",
        "give its bearer the permission set ProjectReadOnly; the others are read; projects appear by id",
    ]


def test_the_members_of_a_group_are_adopted_with_the_group() -> None:
    assert "GroupMembership" not in ADOPTED
