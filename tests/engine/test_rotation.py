"""Rotating keys of both fronts on the engine, with the time moved by the clock of the local API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from tests.support.faults.secrets import scan
from tests.support.secret_manager import new_secret, versions

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Run, Stack

pytestmark = pytest.mark.engine

FRONTS = ("dynamic", "native")
PROGRAM = """
import json
import pathlib
import native_iam

given = json.loads(pathlib.Path("inputs.json").read_text())
protect = pulumi.ResourceOptions(protect=True)
for name, front in (("dynamic", iam), ("native", native_iam)):
    robot = iam.Application(f"{name}-robot")
    inputs = {"rotate_after": "60d", "overlap": "7d", **given}
    key = front.RotatingAPIKey(name, application_id=robot.id, description=name, opts=protect, **inputs)
    # A dependent that needs the current key.
    iam.Application(f"{name}-user", description=key.access_key)
    pulumi.export(name, [key.access_key, key.secret_key, key.previous_access_key])
"""
ROTATED = {"dynamic", "dynamic-user", "native", "native-user"}


class Keys:
    """A stack with a rotating key of each front."""

    def __init__(self, stack: Stack, emulator: Emulator) -> None:
        self.stack = stack
        self.emulator = emulator
        stack.write(PROGRAM)
        self.give()

    def give(self, **inputs: Any) -> None:
        (self.stack.folder / "inputs.json").write_text(json.dumps(inputs))

    def later(self, **span: float) -> None:
        self.emulator.advance(timedelta(**span))

    def exported(self) -> dict[str, list[Any]]:
        outputs = self.stack.outputs()
        return {name: outputs[name] for name in FRONTS}

    def live(self) -> set[str]:
        client = IamClient(Settings.resolve(environ=self.emulator.environment))
        keys = client.list_api_keys(bearer_type="application")
        return {key["access_key"] for key in keys}

    def unchanged(self) -> None:
        assert set(self.stack.up(None, "--expect-no-changes").changes) == {"same"}


def changed(run: Run) -> set[str]:
    return {step.name for step in run.steps if step.op == "update"}


def authenticates(emulator: Emulator, secret_key: str, access_key: str) -> bool:
    environ = {**emulator.environment, "SCW_SECRET_KEY": secret_key}
    client = IamClient(Settings.resolve(environ=environ))
    return client.get_api_key(access_key)["access_key"] == access_key


def test_keys_of_both_fronts_rotate_with_their_dependents_and_never_show_a_secret(
    stack: Stack, iam_emulator: Emulator, tmp_path: Path
) -> None:
    keys = Keys(stack, iam_emulator)
    stack.up()
    first = keys.exported()
    ids = {name: stack.resources()[name]["id"] for name in FRONTS}
    keys.unchanged()

    # A refresh finds no difference, though the keys are due.
    keys.later(days=63, minutes=1)
    refreshed = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert "rotates" not in refreshed.output
    assert changed(stack.up(None, "--target", "**dynamic-robot", "--expect-no-changes")) == set()

    # A preview says why, and a plan holds.
    plan = str(tmp_path / "plan.json")
    preview = stack.preview(None, "--save-plan", plan)
    assert changed(preview) == ROTATED
    for name in FRONTS:
        line = (
            f'rotating API key "{name}": the key is 63 days old, and rotates after 60d, so an update makes a new'
            f" key; {first[name][0]} stays valid for 7d"
        )
        assert line in preview.infos
    assert changed(stack.up(None, "--plan", plan)) == ROTATED
    second = keys.exported()
    for name in FRONTS:
        access_key, secret_key, previous = second[name]
        assert previous == first[name][0] != access_key
        assert authenticates(iam_emulator, secret_key, access_key)
        assert authenticates(iam_emulator, first[name][1], previous)
        assert stack.outputs_of(f"{name}-user")["description"] == access_key
        assert stack.resources()[name]["id"] == ids[name]
    keys.unchanged()

    # After the overlap, the previous keys go, and no dependent changes.
    keys.later(days=7)
    assert changed(stack.up()) == set(FRONTS)
    assert {access_key for access_key, _, _ in second.values()} == keys.live()
    keys.unchanged()

    # A key that somebody deleted is made anew.
    client = IamClient(Settings.resolve(environ=iam_emulator.environment))
    for access_key, _, _ in second.values():
        client.delete_api_key(access_key)
    assert changed(stack.up(None, "--refresh")) == ROTATED
    third = keys.exported()
    assert {access_key for access_key, _, _ in third.values()} == keys.live()

    # The secret keys leave the state without a new key, and later keys never reach it.
    place = {name: new_secret(iam_emulator, name) for name in FRONTS}
    keys.give(secret_id=place["dynamic"])
    in_state = {name: third[name][1] for name in FRONTS}
    assert leaks(stack, tmp_path, in_state) == set(FRONTS)
    assert changed(stack.up()) == set(FRONTS)
    keys.give(secret_id=place["dynamic"], rotation_triggers=["leaked"])
    output = stack.up().output
    handed_on = {
        version.description.split()[2]: version.payload
        for version in versions(iam_emulator, place["dynamic"])
    }
    fourth = keys.exported()
    for name in FRONTS:
        access_key, secret_key, previous = fourth[name]
        assert (secret_key, previous) == (None, third[name][0])
        assert authenticates(iam_emulator, handed_on[access_key], access_key)
    (tmp_path / "output.txt").write_text(output)
    assert leaks(stack, tmp_path, {**handed_on, **in_state}) == set()

    stack.pulumi("state", "unprotect", "--all", "--yes")
    stack.destroy()
    assert keys.live() == set()


def leaks(stack: Stack, folder: Path, secrets: dict[str, str]) -> set[str]:
    """Return the names of the secrets in the files of the stack, its state in clear included."""
    text = stack.pulumi("stack", "export", "--show-secrets").output
    (folder / "state.json").write_text(text)
    return {leak.secret for leak in scan(folder, secrets)}


MOVING = """
import native_iam

robot = iam.Application("robot")
for name, front, type_ in (
    ("dynamic", iam, "pulumi-python:dynamic/scw_iam:APIKey"),
    ("native", native_iam, "scw-iam:index:APIKey"),
):
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=type_)])
    front.{kind}(name, application_id=robot.id, description=name, **{inputs}, opts={opts})
"""


def test_a_declared_key_moves_by_alias_and_an_existing_one_by_import(
    stack: Stack, iam_emulator: Emulator
) -> None:
    stack.up(MOVING.format(kind="APIKey", inputs={}, opts=None))
    before = {name: stack.resources()[name] for name in FRONTS}
    inputs = {"rotate_after": "30d"}
    moved = stack.up(MOVING.format(kind="RotatingAPIKey", inputs=inputs, opts="alias"))
    assert changed(moved) == set(FRONTS)
    assert moved.changes == {"same": 1, "update": 2}
    for name in FRONTS:
        after = stack.resources()[name]
        assert after["id"] == before[name]["id"] == stack.outputs_of(name)["access_key"]
        assert stack.outputs_of(name)["secret_key"] == "[secret]"
        assert stack.outputs_of(name)["next_rotation_at"] is not None
    assert set(stack.up(None, "--expect-no-changes", "--refresh").changes) <= {"same", "refresh"}

    client = IamClient(Settings.resolve(environ=iam_emulator.environment))
    robot = stack.resources()["robot"]["id"]
    key = client.create_api_key(application_id=robot, description="by hand")["access_key"]
    kind = "scw-iam:index:RotatingAPIKey"
    options = ("--yes", "--protect=false", "--generate-code=false")
    imported = stack.pulumi("import", kind, "other", key, *options)
    unset = (
        "the API returns secretKey and previousSecretKey only at creation, so they are not set here"
    )
    assert f'rotating API key "by hand": {unset}' in imported.output
    program = MOVING.format(kind="RotatingAPIKey", inputs=inputs, opts="alias")
    program += 'native_iam.RotatingAPIKey("other", application_id=robot.id, description="by hand", rotate_after="1d",\n'
    program += '    overlap="1h")\n'
    assert changed(stack.up(program)) == {"other"}
    iam_emulator.advance(timedelta(days=1, minutes=1))
    assert changed(stack.up()) == {"other"}
    assert stack.outputs_of("other")["previous_access_key"] == key
