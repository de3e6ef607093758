"""Findings of the doctor among the keys of a RotatingAPIKey."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.core.fields import decode, encode
from pulumi_scw_iam.core.names import to_pulumi
from pulumi_scw_iam.doctor.deletion import kind_called
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.rotation import Mark
from tests.doctor.command import (
    ALL_KNOWN,
    LOST_SECRET,
    NO_STATE,
    UNRECORDED,
    Command,
    create_as,
    finding_lines,
)
from tests.doctor.states import creating, export, resource

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator

KIND = KINDS["RotatingAPIKey"]
FRONTS = pytest.mark.parametrize("front", ["native", "dynamic"])


class Rotating:
    """A rotating key with its state."""

    def __init__(self, iam: IamClient) -> None:
        self._iam = iam
        self.application = iam.create_application(name="robot")["id"]
        given = {"application_id": self.application, "description": "ci", "rotate_after": "60d"}
        self._inputs = decode(KIND.inputs, given)
        self.id, self.state = KIND.create(iam, self._inputs)

    def rotated(self) -> Any:
        """Rotate the key; return the new state. The state stays as it was, as after a crash."""
        self._inputs = replace(self._inputs, rotation_triggers=("again",))
        return KIND.update(self._iam, self.id, self.state, self._inputs)

    def resources(self, front: str) -> list[dict[str, Any]]:
        """Return the key in a state; another stack has the application."""
        outputs = encode(self.state)
        if front == "native":
            outputs = to_pulumi(KIND.state, outputs)
        return [resource("RotatingAPIKey", "key", front, id=self.id, outputs=outputs)]


@pytest.fixture
def rotating(iam: IamClient) -> Rotating:
    return Rotating(iam)


def others(rotating: Rotating) -> dict[str, Any]:
    return resource("Application", "robot", id=rotating.application)


def delete_of(key: str) -> str:
    return f"delete: pulumi-scw-iam delete api-key {key}"


@FRONTS
def test_the_keys_of_an_overlap_are_in_the_state(
    front: str, rotating: Rotating, command: Command, iam: IamClient
) -> None:
    rotating.state = rotating.rotated()
    assert len(list(iam.list_api_keys(application_id=rotating.application))) == 2
    state = command.file(export(*rotating.resources(front), others(rotating)))
    assert command.doctor(state) == (0, [ALL_KNOWN], [])


@FRONTS
def test_the_key_of_an_interrupted_rotation_is_left_to_the_next_update(
    front: str, rotating: Rotating, command: Command
) -> None:
    stray = rotating.rotated()
    state = command.file(export(*rotating.resources(front), others(rotating)))
    (described,) = rotating.resources(front)
    remark = (
        f"an interrupted update of {described['urn']} in {state} left it; the next `pulumi up` of the stack"
        " settles it"
    )
    update = "pulumi up --stack test"
    status, lines, errors = command.doctor(state)
    assert (status, errors) == (3, [])
    assert lines == [
        "1 object created by pulumi-scw-iam since THEN, in none of the given states:",
        *finding_lines(
            f'API key "ci [rotating {rotating.state.mark}]" {stray.access_key}',
            stray.rotated_at,
            remark,
            f"update: {update}",
        ),
    ]
    _, printed, _ = command.doctor("--json", state)
    (found,) = json.loads("\n".join(printed))["found"]
    assert (found["kind"], found["remarks"]) == ("APIKey", [remark])
    assert found["commands"] == [{"does": "update", "command": update}]


@FRONTS
def test_a_key_with_the_mark_is_found_by_the_bearer_of_the_rotating_key(
    front: str, rotating: Rotating, command: Command, iam_emulator: Emulator
) -> None:
    """A gateway may rewrite the User-Agent."""
    marked = Mark.of(rotating.id).added_to("ci")
    stray = create_as(
        "gateway/2.0",
        iam_emulator,
        "api-keys",
        application_id=rotating.application,
        description=marked,
    )
    status, lines, errors = command.doctor(command.file(export(*rotating.resources(front))))
    assert (status, errors) == (3, [])
    assert [line for line in lines if UNRECORDED in line or "API key" in line] == [
        UNRECORDED,
        f'API key "{marked}" {stray["access_key"]}',
    ]
    assert lines[-1] == "  update: pulumi up --stack test"


def test_a_key_of_no_given_state_is_named_by_its_mark(rotating: Rotating, command: Command) -> None:
    key = rotating.state.access_key
    expected = finding_lines(
        f'API key "ci [rotating {rotating.state.mark}]" {key}',
        rotating.state.rotated_at,
        f"its mark {rotating.state.mark} is of a RotatingAPIKey in none of the given states; delete it if no other"
        " stack has it",
        LOST_SECRET,
        delete_of(key),
        f"import: pulumi import scw-iam:index:RotatingAPIKey ci {key}",
    )
    status, lines, errors = command.doctor(command.file(export(others(rotating))))
    assert (status, errors) == (3, [])
    assert lines[1:] == expected
    # Without a state, the application is found too.
    status, lines, errors = command.doctor()
    assert (status, lines[0], errors) == (3, NO_STATE, [])
    assert "\n".join(expected) in "\n".join(lines)


def test_an_interrupted_create_is_matched_by_bearer_and_description(
    rotating: Rotating, command: Command
) -> None:
    key, application = rotating.state.access_key, rotating.application
    inputs = {"applicationId": application, "description": "ci"}
    pending = creating(
        resource("APIKey", "plain", inputs=inputs),
        resource("RotatingAPIKey", "other", inputs={**inputs, "description": "cd"}),
        resource("RotatingAPIKey", "key", inputs=inputs),
    )
    state = command.file(export(others(rotating), pending=pending))
    status, lines, errors = command.doctor(state)
    assert (status, errors) == (3, [])
    urn = "urn:pulumi:test::shop::scw-iam:index:RotatingAPIKey::key"
    assert f"  matches the pending create of {urn} in {state}" in lines
    assert lines[lines.index(f"  {delete_of(key)}") + 1] == (
        "  import: pulumi import --protect=false --generate-code=false --stack test"
        f" scw-iam:index:RotatingAPIKey key {key}"
    )


def test_the_api_has_no_rotating_key_to_delete() -> None:
    with pytest.raises(Refused, match="unknown kind"):
        kind_called("rotating-api-key")
    assert kind_called("api-key").name == "APIKey"
