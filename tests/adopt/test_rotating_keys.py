"""The keys of a RotatingAPIKey: no APIKey adopts them, and a program with the RotatingAPIKey does."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.import_file import ImportEntry, import_document
from pulumi_scw_iam.adopt.program_first import adopt_program
from pulumi_scw_iam.adopt.survey import IN_STATE, read_objects, survey
from pulumi_scw_iam.core.names import to_pulumi, token
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.secret_sink import versions_of
from pulumi_scw_iam.states.preview import Preview
from pulumi_scw_iam.states.stack_state import parse_state
from tests.adopt.declared import planned
from tests.support.organization import LocalOrganization
from tests.support.secret_manager import new_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.adopt.objects import Survey
    from pulumi_scw_iam.adopt.program_first import ProgramFirst
    from pulumi_scw_iam.states.preview import PlannedResource
    from pulumi_scw_iam.states.stack_state import StackState

KIND = KINDS["RotatingAPIKey"]
MADE = (
    "a RotatingAPIKey made it, and only its program knows the schedule; declare a RotatingAPIKey, and use `adopt"
    " --program`"
)
UNKNOWN_SECRET = "secret_key is not set, because the API returns it only at creation"
NOT_COMPARED = "secret_id cannot be compared, because the API never returns it; it is not changed"
NO_VERSION = (
    "no version of its secret with the secret key was found (the list needs the permission set"
    " SecretManagerReadOnly), so the next update makes a new key"
)


@pytest.fixture
def empty() -> Iterator[LocalOrganization]:
    organization = LocalOrganization()
    yield organization
    organization.close()


class Rotating:
    """A rotating key in the overlap after its first rotation."""

    def __init__(self, world: LocalOrganization, **inputs: Any) -> None:
        self.world = world
        application = world.iam.create_application(name="robot")["id"]
        first = {"application_id": application, "description": "ci", "rotate_after": "60d"}
        first |= inputs
        self.inputs = world.inputs("RotatingAPIKey", {}, {**first, "rotation_triggers": ["again"]})
        self.id, self.state = world.create("RotatingAPIKey", **first)
        self.state = world.update("RotatingAPIKey", self.id, self.state, **self.inputs)
        self.keys = [self.state["access_key"], self.state["previous_access_key"]]

    @property
    def resource(self) -> PlannedResource:
        """The resource of a program without a state."""
        return planned("RotatingAPIKey", self.inputs)

    def stack_state(self, front: str = "native") -> StackState:
        native = front == "native"
        resource = {
            "type": token(KIND.name) if native else f"pulumi-python:dynamic/scw_iam:{KIND.name}",
            "urn": "urn:pulumi:test::shop::t::key",
            "id": self.id,
            "outputs": to_pulumi(KIND.state, self.state) if native else self.state,
        }
        return parse_state(
            "state.json", json.dumps({"deployment": {"resources": [resource]}}).encode()
        )

    def survey(self, *states: StackState) -> Survey:
        return survey(read_objects(self.world.iam, self.world.organization), states)

    def adopted(self, *steps: PlannedResource, states: tuple[StackState, ...] = ()) -> ProgramFirst:
        preview = Preview(name="preview", steps=steps or (self.resource,))
        versions = partial(versions_of, self.world.iam)
        return adopt_program(preview, self.survey(*states), versions)

    def changes_of_next_update(self, resource_id: str, outputs: dict[str, Any]) -> set[str]:
        self.world.begin()
        core = self.world.core
        inputs, failures = core.check(KIND, outputs, self.inputs, resource_name="it")
        assert failures == []
        return set(core.diff(KIND, resource_id, core.as_of_now(KIND, outputs, inputs), inputs))


def test_no_program_gets_the_keys_of_a_rotating_key_as_api_keys(empty: LocalOrganization) -> None:
    key = Rotating(empty)
    plain = empty.iam.create_api_key(application_id=key.inputs["application_id"])["access_key"]
    found = key.survey()
    adopted = [one.id for one in found.existing if one.kind.name == "APIKey"]
    assert adopted == [empty.settings.access_key, plain]
    left_out = {one.existing.id: one.reason for one in found.skipped}
    assert {left_out[access_key] for access_key in key.keys} == {MADE}


@pytest.mark.parametrize("front", ["native", "dynamic"])
def test_a_given_state_has_both_keys(front: str, empty: LocalOrganization) -> None:
    key = Rotating(empty)
    found = key.survey(key.stack_state(front))
    reasons = {one.existing.id: one.reason for one in found.skipped}
    assert {reasons[access_key] for access_key in key.keys} == {IN_STATE}
    # The program of another stack cannot take the keys.
    (left,) = key.adopted(states=(key.stack_state(front),)).unmatched
    assert left.reason == (
        f'rotating API key "ci" {key.keys[0]} is not adopted: a given state has it'
    )


def test_a_program_adopts_its_rotating_key_by_bearer_and_description(
    empty: LocalOrganization,
) -> None:
    key = Rotating(empty, description="  ci [x]")
    (matched,) = key.adopted().matched
    assert matched.notes == (UNKNOWN_SECRET,)
    adoption = matched.adoption
    assert (adoption.id, adoption.inputs) == (key.keys[0], key.inputs)
    unknown = {"secret_key", "previous_secret_key"}
    assert adoption.outputs == {n: v for n, v in key.state.items() if n not in unknown}
    # The next update changes nothing, and the schedule goes on.
    outputs = dict(adoption.outputs)
    assert key.changes_of_next_update(adoption.id, outputs) == set()
    empty.emulator.advance(timedelta(days=61))
    assert "access_key" in key.changes_of_next_update(adoption.id, outputs)
    after = empty.core.update(KIND, adoption.id, outputs, key.inputs)
    assert (after["previous_access_key"], after["mark"]) == (key.keys[0], key.state["mark"])
    assert {one["access_key"] for one in empty.iam.list_api_keys()} >= {
        after["access_key"],
        key.keys[0],
    }
    assert key.keys[1] not in {one["access_key"] for one in empty.iam.list_api_keys()}


@pytest.mark.parametrize("front", ["python", "native"])
def test_an_import_file_has_the_key_with_its_mark(front: Any, empty: LocalOrganization) -> None:
    key = Rotating(empty)
    (matched,) = key.adopted().matched
    document = import_document([ImportEntry(adoption=matched.adoption)], front)
    (resource,) = document["resources"]
    assert resource["id"] == key.keys[0]
    previous = "previous_access_key" if front == "python" else "previousAccessKey"
    assert resource["outputs"][previous] == key.keys[1]
    assert resource["outputs"]["mark"] == key.state["mark"]


def test_a_key_whose_secret_has_its_version_is_not_rotated(empty: LocalOrganization) -> None:
    secret = new_secret(empty.emulator)
    key = Rotating(empty, secret_id=secret, secret_format="json")
    (matched,) = key.adopted().matched
    assert matched.notes == (NOT_COMPARED, UNKNOWN_SECRET)
    assert matched.adoption.outputs == key.state
    assert key.changes_of_next_update(matched.adoption.id, {**matched.adoption.outputs}) == set()


def test_a_key_without_a_version_in_its_secret_says_that_it_will_be_rotated(
    empty: LocalOrganization,
) -> None:
    key = Rotating(empty, secret_id=new_secret(empty.emulator))
    key.inputs["secret_id"] = new_secret(empty.emulator, name="other")
    (matched,) = key.adopted().matched
    assert matched.notes == (NO_VERSION, NOT_COMPARED, UNKNOWN_SECRET)
    changes = key.changes_of_next_update(matched.adoption.id, {**matched.adoption.outputs})
    assert "access_key" in changes


def test_a_rotating_key_of_the_stack_is_not_adopted_again(empty: LocalOrganization) -> None:
    key = Rotating(empty)
    urn = "urn:pulumi:test::shop::scw-iam:index:RotatingAPIKey::old"
    held = planned("RotatingAPIKey", {}, op="same", urn=urn, id=key.id, old_outputs=key.state)
    (left,) = key.adopted(held, key.resource).unmatched
    assert left.reason == (
        f'the stack has rotating API key "ci" {key.keys[0]} as RotatingAPIKey "old"; add an alias for {urn}, or'
        " remove one of both from the program"
    )


def test_a_rotating_key_of_another_bearer_is_new(empty: LocalOrganization) -> None:
    key = Rotating(empty)
    other = empty.iam.create_application(name="other")["id"]
    (left,) = key.adopted(
        planned("RotatingAPIKey", {**key.inputs, "application_id": other})
    ).unmatched
    assert left.is_new
    assert left.reason == "no rotating API key with this application, user and description"
