"""getAccess and getAccessHolders: answers about the organization, read once per run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import pulumi_scw_iam as iam
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.run import Run
from pulumi_scw_iam.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functions.world import World

CONDITION = 'request.ip == "203.0.113.7"'
NOBODY = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def seeded(world: World) -> dict[str, Any]:
    """Alice has Instances on the default project through a group, and may manage users."""
    rule = {"permission_set_names": ["InstancesFullAccess"], "project_ids": [world.project]}
    return world.emulator.seed(
        {
            "users": [{"username": "alice", "email": "alice@example.com"}],
            "groups": [{"name": "devs", "users": ["alice"]}],
            "applications": [{"name": "ci"}],
            "policies": [
                {"name": "ops", "group": "devs", "rules": [{**rule, "condition": CONDITION}]},
                {
                    "name": "helpdesk",
                    "user": "alice",
                    "rules": [{"permission_set_names": ["IAMUserManager"]}],
                },
            ],
        }
    )


def test_an_answer_has_the_verdict_the_conditions_and_the_paths(
    world: World, seeded: dict[str, Any]
) -> None:
    (alice,), (devs,) = seeded["users"], seeded["groups"]
    ops, _ = seeded["policies"]
    found = world.call("getAccess", principal="user:alice", permission_set="InstancesReadOnly")
    as_of = found.pop("as_of")
    (project,) = world.iam.list_projects()
    assert found == {
        "verdict": "only if",
        "conditions": [CONDITION],
        "paths": [
            {
                "sentence": (
                    f"user:alice has InstancesReadOnly on project {project['name']} through group devs,"
                    f" policy ops, rule 1, included in InstancesFullAccess, only if {CONDITION}"
                ),
                "permission_sets": ["InstancesFullAccess"],
                "project_ids": [world.project],
                "condition": CONDITION,
                "group_id": devs["id"],
                "group_name": "devs",
                "policy_id": ops["id"],
                "policy_name": "ops",
                "rule": 1,
            }
        ],
        "doubts": [],
        "can_obtain": True,
        "locked": False,
        "principal_id": alice["id"],
        "principal_kind": "user",
        "principal_name": "alice",
        "permission_set": "InstancesReadOnly",
    }
    holders = world.call("getAccessHolders", permission_set="InstancesReadOnly")
    assert holders["as_of"] == as_of
    assert holders["holders"][0] == {**found, "as_of": as_of}
    assert [(one["principal_name"], one["verdict"]) for one in holders["holders"]] == [
        ("alice", "only if"),
        ("owner@example.com", "yes"),
        ("devs", "only if"),
    ]


def test_a_project_and_an_id_narrow_the_question(world: World, seeded: dict[str, Any]) -> None:
    devs = seeded["groups"][0]["id"]
    question = {"principal": devs, "permission_set": "InstancesReadOnly"}
    here = world.call("getAccess", **question, project_id=world.project)
    assert (here["verdict"], here["principal_kind"]) == ("only if", "group")
    # A new project has no rule yet, and is no error.
    assert world.call("getAccess", **question, project_id=NOBODY)["verdict"] == "no"
    holders = world.call("getAccessHolders", permission_set="InstancesReadOnly", project_id=NOBODY)[
        "holders"
    ]
    assert [one["principal_name"] for one in holders] == ["owner@example.com"]
    assert holders[0]["paths"] == [
        {
            "sentence": "user:owner@example.com has InstancesReadOnly as the owner of the organization",
            "permission_sets": [],
        }
    ]


def test_a_hundred_calls_of_one_run_read_the_organization_once(
    world: World, seeded: dict[str, Any]
) -> None:
    alice = seeded["users"][0]["id"]
    world.calls()
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(
            pool.map(
                lambda _: world.call(
                    "getAccess", principal=alice, permission_set="InstancesReadOnly"
                )["verdict"],
                range(100),
            )
        )
    assert verdicts == ["only if"] * 100
    reads = world.calls()
    # Two policies, and three pages of permission sets.
    assert len(reads) == 7 + 2 + 2
    for policy in seeded["policies"]:
        world.iam.delete_policy(policy["id"])
    question = {"principal": alice, "permission_set": "InstancesReadOnly"}
    assert world.call("getAccess", **question)["verdict"] == "only if"
    world.begin()
    assert world.call("getAccess", **question)["verdict"] == "no"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"principal": "user:alicia", "permission_set": "IPAMReadOnly"},
            'get access of "user:alicia" "IPAMReadOnly": user "alicia" is not among the users of'
            ' organization {organization}; did you mean "alice"?; the organization was read at {as_of},'
            " before this update",
        ),
        (
            {"principal": "user:alice", "permission_set": "IpamReadonly"},
            'get access of "user:alice" "IpamReadonly": permission set "IpamReadonly" is not in the'
            " API's list of {as_of}; did you mean IPAMReadOnly?",
        ),
    ],
)
def test_a_name_of_nothing_is_one_line(
    world: World, seeded: dict[str, Any], arguments: dict[str, Any], message: str
) -> None:
    del seeded
    as_of = world.call("getAccessHolders", permission_set="IPAMReadOnly")["as_of"]
    with pytest.raises(IamError) as wrong:
        world.call("getAccess", **arguments)
    assert str(wrong.value) == message.format(organization=world.organization, as_of=as_of)


def test_wrong_arguments_need_no_call(world: World) -> None:
    arguments = {"principal": "", "project_id": "prod"}
    assert world.core.call(FUNCTIONS["getAccess"], arguments) == (
        {},
        [
            Failure("principal", "is empty; at least 1 character is needed"),
            Failure("permission_set", "is required; pass it"),
            Failure("project_id", '"prod" is not a UUID; pass the project\'s id, not the name'),
        ],
    )
    assert world.calls() == []


def test_each_call_of_a_unit_test_reads_the_organization_again(
    world: World, seeded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.emulator.environment.items():
        monkeypatch.setenv(name, value)
    answer = iam.get_access(principal="user:alice", permission_set="IAMUserManager")
    assert (answer.verdict, answer.paths[0].policy_name) == ("yes", "helpdesk")
    world.iam.delete_policy(seeded["policies"][1]["id"])
    answer = iam.get_access(principal="user:alice", permission_set="IAMUserManager")
    assert (answer.verdict, answer.paths) == ("no", [])
    (owner,) = iam.get_access_holders(permission_set="IAMUserManager").holders
    assert owner.principal_name == "owner@example.com"


def test_a_failure_is_not_kept_for_the_next_call() -> None:
    run = Run()
    values: Iterator[int | Exception] = iter([ValueError("no answer"), 1])

    def compute() -> int:
        if isinstance(value := next(values), Exception):
            raise value
        return value

    with pytest.raises(ValueError, match="no answer"):
        run.once("key", compute)
    assert [run.once("key", compute) for _ in range(2)] == [1, 1]
