"""The keys of a RotatingAPIKey: their bearer, their places in a state, and a rotation in a plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.live import live_world
from pulumi_scw_iam.access.model import Access
from pulumi_scw_iam.access.plan import joined_worlds, worlds_of_plan
from pulumi_scw_iam.access.state import world_of_resources
from pulumi_scw_iam.access.world import ApiKey
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.core.fields import decode, encode
from pulumi_scw_iam.core.names import to_pulumi
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.preview import PlannedResource, Preview
from pulumi_scw_iam.states.resources import parse_resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.emulator import Emulator

KIND = KINDS["RotatingAPIKey"]
AS_OF = "2030-01-01T00:00:00Z"


class Rotating:
    """A rotating key in the overlap after its first rotation."""

    def __init__(self, emulator: Emulator) -> None:
        self.iam = IamClient(Settings.resolve(environ=emulator.environment))
        self.bearer = self.iam.create_application(name="robot")["id"]
        given = {"application_id": self.bearer, "description": "ci", "rotate_after": "60d"}
        self.id, first = KIND.create(self.iam, decode(KIND.inputs, given))
        self.inputs = {**given, "overlap": "7d", "rotation_triggers": ["again"]}
        self.outputs = encode(
            KIND.update(self.iam, self.id, first, decode(KIND.inputs, self.inputs))
        )
        self.keys = (self.outputs["access_key"], self.outputs["previous_access_key"])

    def state(self, front: str = "native") -> dict[str, Any]:
        token = "scw-iam:index" if front == "native" else "pulumi-python:dynamic/scw_iam"
        outputs = to_pulumi(KIND.state, self.outputs) if front == "native" else self.outputs
        return {
            "deployment": {
                "resources": [
                    {
                        "urn": f"urn:pulumi:prod::shop::{token}:RotatingAPIKey::key",
                        "type": f"{token}:RotatingAPIKey",
                        "id": self.id,
                        "inputs": {},
                        "outputs": outputs,
                    }
                ]
            }
        }

    def step(self, op: str, **more: Any) -> PlannedResource:
        token = "scw-iam:index:RotatingAPIKey"
        urn = f"urn:pulumi:prod::shop::{token}::key"
        fields: dict[str, Any] = {"urn": urn, "type": token, "op": op, "kind": KIND}
        return PlannedResource(**{**fields, "front": "native", "inputs": self.inputs, **more})


@pytest.fixture
def rotating(emulator: Emulator) -> Rotating:
    return Rotating(emulator)


@pytest.mark.parametrize("front", ["native", "dynamic"])
def test_a_state_gives_both_keys_of_an_overlap_to_the_bearer(
    front: str, rotating: Rotating
) -> None:
    content = json.dumps(rotating.state(front)).encode()
    resources = parse_resources("state.json", content)
    world = world_of_resources(resources, source="s", as_of=AS_OF)
    current, previous = rotating.keys
    assert world.api_keys == (
        ApiKey(
            access_key=current,
            bearer_id=rotating.bearer,
            expires_at=rotating.outputs["expires_at"],
        ),
        # No state has the expiry of a previous key.
        ApiKey(access_key=previous, bearer_id=rotating.bearer),
    )


def test_a_rotation_changes_no_key_of_the_organization(rotating: Rotating) -> None:
    live = live_world(rotating.iam, rotating.iam.default_organization_id)
    triggered = {**rotating.inputs, "rotation_triggers": ["once more"]}
    plan = worlds_of_plan(
        Preview(
            name="preview",
            steps=(
                rotating.step(
                    "update",
                    id=rotating.id,
                    inputs=triggered,
                    old_inputs=rotating.inputs,
                    old_outputs=rotating.outputs,
                ),
            ),
        ),
        as_of=AS_OF,
    )
    assert plan.before.api_keys == plan.after.api_keys
    assert plan.unclear == ()
    after = joined_worlds(live, plan.before, plan.after)
    assert {key.access_key: key for key in after.api_keys} == {
        key.access_key: key for key in live.api_keys
    }


def test_a_new_rotating_key_of_a_plan_is_a_key_of_its_bearer(emulator: Emulator) -> None:
    rotating = Rotating(emulator)
    lone = rotating.iam.create_application(name="lone")["id"]
    live = live_world(rotating.iam, rotating.iam.default_organization_id)
    new = rotating.step("create", inputs={**rotating.inputs, "application_id": lone})
    plan = worlds_of_plan(Preview(name="preview", steps=(new,)), as_of=AS_OF)
    after = joined_worlds(live, plan.before, plan.after)
    assert (Access(live).working_keys(lone), Access(after).working_keys(lone)) == ([], [new.urn])
    deleted = rotating.step("delete", id=rotating.id, old_outputs=rotating.outputs)
    plan = worlds_of_plan(Preview(name="preview", steps=(deleted,)), as_of=AS_OF)
    after = joined_worlds(live, plan.before, plan.after)
    assert Access(live).working_keys(rotating.bearer) == [*reversed(rotating.keys)]
    assert Access(after).working_keys(rotating.bearer) == []


def test_offboarding_names_both_keys_and_their_resource(
    rotating: Rotating,
    clean: None,
    capsys: pytest.CaptureFixture[str],
    file: Callable[..., str],
) -> None:
    del clean
    path = file(rotating.state())
    assert main(["offboard", "application:robot", "--state", path]) == 3
    lines = capsys.readouterr().out.splitlines()
    urn = "urn:pulumi:prod::shop::scw-iam:index:RotatingAPIKey::key"
    places = [line for line in lines if urn in line]
    # The resource is the key itself: no property of another resource names the application.
    assert places == [f"   in {path}: {urn}"] * 2
    titles = [line.partition(": ")[0] for line in lines if "API key" in line]
    assert {title.partition(" ")[2] for title in titles} == {f"API key {k}" for k in rotating.keys}
    assert not [line for line in lines if "pulumi-scw-iam delete api-key" in line]
