"""The sources of a world: the live organization, states of both fronts, and snapshots."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.live import live_world
from pulumi_scw_iam.access.model import Access, Verdict
from pulumi_scw_iam.access.snapshot import dumped, parse_snapshot
from pulumi_scw_iam.access.state import rule_from, world_of_resources
from pulumi_scw_iam.access.world import Policy, Rule
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.states.resources import parse_resources
from tests.access.brute import SETS, random_world
from tests.support.kept import KEPT, KeptState, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_scw_iam.access.world import World
    from tests.access.organization import Run

AS_OF = "2030-01-01T00:00:00Z"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1",
}


def world_of(*resources: dict[str, Any]) -> World:
    content = json.dumps({"deployment": {"resources": list(resources)}}).encode()
    return world_of_resources(parse_resources("state.json", content), source="s", as_of=AS_OF)


def resource(kind: str, resource_id: str, **outputs: Any) -> dict[str, Any]:
    """Return a resource of the native plugin."""
    return {
        "urn": f"urn:pulumi:test::shop::scw-iam:index:{kind}::{resource_id}",
        "type": f"scw-iam:index:{kind}",
        "id": resource_id,
        "outputs": {"organizationId": ORGANIZATION, **outputs},
    }


@pytest.mark.parametrize("kept", KEPT, ids=str)
def test_the_state_of_each_front_says_of_its_objects_what_the_organization_says(
    kept: KeptState,
) -> None:
    content = (kept.folder / "checkpoint.json").read_bytes()
    resources = parse_resources("state.json", content)
    assert {one.front for one in resources} == {kept.front}
    state = world_of_resources(resources, source="state.json", as_of=AS_OF)
    with Emulator() as emulator:
        emulator.restore(snapshot_of(kept.organization))
        client = IamClient(Settings.resolve(environ=emulator.environment))
        live = live_world(client, emulator.organization_id)
    assert state.organization_id == live.organization_id
    assert live.gaps == ()
    existing = {policy.id: policy for policy in live.policies}
    # The rules of one policy are secret in the program, and encrypted in the state.
    hidden = [policy for policy in state.policies if policy.rules is None]
    assert [policy.name for policy in hidden] == ["of group 1"]
    assert [replace(existing[policy.id], rules=None) for policy in hidden] == hidden
    for policy in state.policies:
        assert policy in hidden or policy == existing[policy.id]
    keys = {key.access_key: key for key in live.api_keys}
    assert [keys[key.access_key] for key in state.api_keys] == list(state.api_keys)
    of_state, of_live = Access(state), Access(live)
    for principal_id in of_state.principals:
        for name in SETS[:-3]:
            said = of_state.answer(principal_id, name).verdict
            if said in (Verdict.YES, Verdict.ONLY_IF):
                assert of_live.answer(principal_id, name).verdict is said


def test_a_state_names_principals_of_other_stacks_by_their_ids() -> None:
    world = world_of(
        resource("Group", "g", name="devs", userIds=["u"]),
        resource("GroupMembership", "h/application/a", groupId="h", applicationId="a"),
        resource(
            "Policy",
            "p",
            name="ops",
            groupId="h",
            rules=[{"permissionSetNames": ["IPAMReadOnly"], "allProjects": True, "condition": ""}],
        ),
        resource("Policy", "q", name="of-users", groupId="g", rules=SECRET),
    )
    access = Access(world)
    assert list(access.principals) == ["u", "a", "g", "h"]
    assert access.answer("a", "IPAMReadOnly").verdict is Verdict.YES
    reasons = {
        "the source does not show whether the user is the owner of the organization",
        "the source does not have all members of group h (policy ops)",
        "the rules of policy of-users are unknown",
    }
    answer = access.answer("u", "IPAMReadOnly")
    assert answer.verdict is Verdict.CANNOT_TELL
    assert {doubt.reason for doubt in answer.doubts} == reasons


def test_a_state_has_projects_by_their_ids_only(
    run: Run, file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, other = (f"33333333-3333-4333-8333-33333333333{digit}" for digit in "34")
    rule = {"permissionSetNames": ["IPAMReadOnly"], "projectIds": [project]}
    content = {
        "deployment": {
            "resources": [
                resource("Application", "a", name="ci"),
                resource("Policy", "p", name="ops", applicationId="a", rules=[rule]),
            ]
        }
    }
    question = ("--state", file(content), "why", "application:ci", "IPAMReadOnly")
    sentence = "application:ci has IPAMReadOnly on project ID through policy ops, rule 1"
    assert run(*question, project) == (0, [sentence], [])
    assert run(*question, other) == (
        3,
        ["application:ci does not have IPAMReadOnly on project ID"],
        [],
    )
    error = '"prod" is not the id of a project; pass an id: states have no names of projects'
    assert run(*question, "prod") == (1, [], [f"pulumi-scw-iam: {error}"])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(content).encode())))
    assert run("--state", "-", *question[2:]) == (0, [sentence], [])


def test_the_organization_is_read_by_a_list_per_type_and_one_per_policy() -> None:
    calls: list[str] = []
    seed = {"policies": [{"name": name} for name in ("a", "b")], "users": 150}
    with Emulator(access_log=calls.append) as emulator:
        emulator.seed(seed)
        client = IamClient(Settings.resolve(environ=emulator.environment))
        calls.clear()
        world = live_world(client, emulator.organization_id)
    assert (len(world.policies), len(world.users)) == (2, 151)
    # Two pages of users, and three pages of permission sets.
    assert len(calls) == 7 + 1 + 2 + 2


def test_resources_that_the_engine_is_about_to_delete_are_left_out() -> None:
    old = {**resource("User", "u", username="alice", type="member"), "delete": True}
    assert world_of(old).users == ()


def test_states_of_several_organizations_need_a_choice(run: Run, file: Callable[..., str]) -> None:
    other = "22222222-2222-4222-8222-222222222222"
    ours = resource("User", "u", username="alice", type="member")
    theirs = resource("User", "v", username="bob", type="member", organizationId=other)
    first = file({"deployment": {"resources": [ours]}}, "first.json")
    second = file({"deployment": {"resources": [theirs]}}, "second.json")
    both = ("--state", first, "--state", second)
    assert run(*both) == (
        1,
        [],
        [
            f"pulumi-scw-iam: {first} and {second}: the states have objects of the organizations ID and"
            " ID; choose one with --organization"
        ],
    )
    head = f"# as of TIME, from {first} and {second}, only the objects of these states"
    assert run(*both, "--organization", other) == (0, [head], [])
    assert run(*both, "--organization", other, "why", "user:bob", "IPAMReadOnly") == (
        3,
        ["user:bob does not have IPAMReadOnly"],
        [],
    )


@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_a_file_that_is_no_state_is_refused(
    run: Run, file: Callable[..., str], content: bytes
) -> None:
    path = file(content)
    status, lines, (error,) = run("--state", path)
    assert (status, lines) == (1, [])
    assert error.startswith(f"pulumi-scw-iam: {path}: not ")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"permission_set_names": ["B", "A"], "organization_id": "o", "condition": "c"},
            Rule(permission_sets=("A", "B"), condition="c"),
        ),
        (
            {"permission_set_names": ["A", UNKNOWN], "project_ids": ["p", UNKNOWN]},
            Rule(
                permission_sets=("A",),
                project_ids=frozenset({"p"}),
                unknown=frozenset({"permission_sets", "project_ids"}),
            ),
        ),
        (
            {"permission_set_names": UNKNOWN, "project_ids": UNKNOWN, "condition": UNKNOWN},
            Rule(
                permission_sets=(),
                project_ids=frozenset(),
                unknown=frozenset({"permission_sets", "project_ids", "condition"}),
            ),
        ),
        (
            UNKNOWN,
            Rule(
                permission_sets=(),
                project_ids=frozenset(),
                unknown=frozenset({"permission_sets", "project_ids", "condition"}),
            ),
        ),
    ],
)
def test_a_rule_keeps_what_is_known_of_it(rule: Any, expected: Rule) -> None:
    assert rule_from(rule) == expected


def test_a_snapshot_round_trips_and_does_not_depend_on_the_order_of_lists(tmp_path: Path) -> None:
    del tmp_path
    for seed in range(300):
        dice = Random(seed)
        world = random_world(dice)
        text = dumped(world)
        back = parse_snapshot("file", text.encode())
        assert dumped(back) == text
        assert set(back.policies) == set(world.policies)
        assert set(back.users) == set(world.users)
        assert set(back.groups) == set(world.groups)
        assert set(back.applications) == set(world.applications)
        assert set(back.gaps) == set(world.gaps)
        assert (back.permission_sets, back.as_of) == (world.permission_sets, world.as_of)
        shuffled = replace(
            world,
            policies=tuple(dice.sample(world.policies, len(world.policies))),
            groups=tuple(dice.sample(world.groups, len(world.groups))),
        )
        assert dumped(shuffled) == text


def test_the_order_of_rules_is_kept() -> None:
    rules = tuple(Rule(permission_sets=(name,)) for name in ("B", "A"))
    world = replace(random_world(Random(1)), policies=(Policy(id="p", rules=rules),))
    assert parse_snapshot("file", dumped(world).encode()).policies[0].rules == rules
