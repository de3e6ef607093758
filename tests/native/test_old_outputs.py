"""Checks with the old outputs of a resource, which newer engines send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam.core.names import to_pulumi
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import UNKNOWN_ID
from tests.support.one_of_each import World, damaged
from tests.support.plugin import Provider, served, struct, urn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.emulator.close()


@pytest.fixture
def provider(world: World) -> Iterator[Provider]:
    """Serve a new plugin: a check of the same inputs again is a repetition, and finds nothing."""
    environment = world.emulator.environment
    with served() as provider:
        provider.configure(
            {
                "apiUrl": environment["SCW_API_URL"],
                "secretKey": environment["SCW_SECRET_KEY"],
                "accessKey": environment["SCW_ACCESS_KEY"],
                "organizationId": world.emulator.organization_id,
                "projectId": world.emulator.project_id,
            }
        )
        yield provider


def checked(
    provider: Provider, kind: str, olds: Any, news: Any, outputs: Mapping[str, Any] | None
) -> Any:
    """Return the response of a check; without outputs, like an older engine."""
    request = provider_pb2.CheckRequest(
        urn=urn(kind),
        olds=struct(to_pulumi(KINDS[kind].state, olds)),
        news=struct(to_pulumi(KINDS[kind].state, news)),
        old_outputs=None if outputs is None else struct(to_pulumi(KINDS[kind].state, outputs)),
    )
    return provider.ask("Check", request)


def failures(response: Any) -> list[str]:
    return [f"{one['property']}: {one['reason']}" for one in response.get("failures", [])]


@pytest.mark.parametrize("sends_outputs", [True, False])
def test_a_list_that_an_incomplete_update_did_not_set_is_checked_again(
    world: World, provider: Provider, sends_outputs: bool
) -> None:
    made = world.made["Group"]
    inputs = {**made.inputs, "description": "set", "user_ids": [UNKNOWN_ID]}
    # The description was set, and the members were not. The engine keeps the new inputs.
    outputs = {**made.state, "description": "set"} if sends_outputs else None
    response = checked(provider, "Group", inputs, inputs, outputs)
    reason = (
        f"userIds: user {UNKNOWN_ID} does not exist in organization {world.emulator.organization_id};"
        " pass the id of an existing user, or remove the id if the user was deleted"
    )
    assert failures(response) == [reason] * sends_outputs


def test_a_name_that_an_incomplete_update_did_not_set_is_checked_again(
    world: World, provider: Provider
) -> None:
    made = world.made["Group"]
    taken = next(group for group in world.core().client.list_groups() if group["name"] == "g")
    inputs = {**made.inputs, "name": "g"}
    assert failures(checked(provider, "Group", inputs, inputs, made.state)) == [
        f'name: the name "g" is already in use in organization {world.emulator.organization_id} by'
        f" group {taken['id']}; choose another name"
    ]


def test_rules_that_an_incomplete_update_did_not_set_are_checked_again(
    world: World, provider: Provider
) -> None:
    made = world.made["Policy"]
    rule = {
        "permission_set_names": ["NoSuchSet"],
        "organization_id": world.emulator.organization_id,
    }
    inputs = {**made.inputs, "description": "set", "rules": [rule]}
    outputs = {**made.state, "description": "set"}
    assert failures(checked(provider, "Policy", inputs, inputs, outputs)) == [
        'rules: rules[0].permissionSetNames: permission set "NoSuchSet" does not exist; see'
        " `pulumi-scw-iam permission-sets`; if it is new, add it to scw-iam:allowUnknownPermissionSets"
    ]


every = pytest.mark.parametrize("kind", KINDS)


@every
def test_the_outputs_of_applied_inputs_change_no_check(
    kind: str, world: World, provider: Provider
) -> None:
    made = world.made[kind]
    without = world.core().check(KINDS[kind], made.inputs, made.inputs)
    assert world.core().check(KINDS[kind], made.inputs, made.inputs, outputs=made.state) == without
    answer = checked(provider, kind, made.inputs, made.inputs, made.state)
    assert failures(answer) == []


@every
def test_damaged_old_outputs_are_ignored(kind: str, world: World) -> None:
    made = world.made[kind]
    plain = world.core().check(KINDS[kind], made.inputs, made.inputs)

    @settings(max_examples=15, derandomize=True)
    @given(damaged(made.state, KINDS[kind].state))
    def ignored(outputs: dict[str, Any]) -> None:
        checked = world.core().check(KINDS[kind], made.inputs, made.inputs, outputs=outputs)
        assert checked == plain

    ignored()
