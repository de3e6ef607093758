"""States from earlier releases, opened by the current code on the real engine."""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.emulator.schema.kinds import STORED
from tests.support.kept import KEPT, KeptState, Objects, objects_of, snapshot_of
from tests.support.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = [pytest.mark.engine, pytest.mark.parametrize("kept", KEPT, ids=str)]

LOOKED_UP = {"Group ops"}
UPDATED = {
    "User alice",
    "User guest",
    "Application robot",
    "Group developers",
    "Policy of-group",
    "APIKey of-robot",
    "SSHKey laptop",
    "OrganizationSecuritySettings settings",
    "SAML saml",
}
"""Resources with a configured field: a guest, and one of each kind with updates in place."""


@pytest.fixture
def opened(kept: KeptState, tmp_path: Path, iam_emulator: Emulator) -> Iterator[Stack]:
    """Import the kept state into a new stack on the kept organization."""
    yield open_stack(kept, tmp_path, iam_emulator)
    shutil.rmtree(tmp_path, ignore_errors=True)


def open_stack(kept: KeptState, tmp_path: Path, emulator: Emulator) -> Stack:
    emulator.restore(snapshot_of(kept.organization))
    folder = tmp_path / "project"
    shutil.copytree(kept.folder, folder)
    stack = Stack(folder, emulator.environment, kept.front)
    stack.pulumi("stack", "import", "--file", "checkpoint.json")
    return stack


def test_nothing_differs_if_the_api_returns_an_srn_that_the_state_lacks(
    kept: KeptState, tmp_path: Path
) -> None:
    with Emulator(srn=True) as emulator:
        stack = open_stack(kept, tmp_path, emulator)
        before = stack.resources()
        unchanged = {"same": len(before) - len(LOOKED_UP), "read": len(LOOKED_UP)}
        assert stack.preview(None, "--expect-no-changes").changes == unchanged
        refreshed = stack.preview(None, "--expect-no-changes", refresh=True)
        assert set(refreshed.changes) <= {"same", "read", "refresh"}
        # A run reads a looked-up group again. Without it, the refresh shows the new output of this group as an update.
        assert stack.up(None, "--expect-no-changes").changes == unchanged
        stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
        group = stack.resources()["developers"]
        assert group["outputs"]["srn"] == f"srn://iam.scw.eu/groups/{group['id']}"
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_nothing_differs_in_a_kept_state(
    kept: KeptState, opened: Stack, iam_emulator: Emulator
) -> None:
    before, held = opened.resources(), objects_of(iam_emulator.snapshot())
    unchanged = {"same": len(before) - len(LOOKED_UP), "read": len(LOOKED_UP)}
    assert opened.preview(None, "--expect-no-changes").changes == unchanged
    refreshed = opened.preview(None, "--expect-no-changes", refresh=True)
    assert set(refreshed.changes) <= {"same", "read", "refresh"}
    opened.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert opened.up(None, "--expect-no-changes").changes == unchanged

    assert opened.resources().keys() == before.keys()
    assert {name: resource["id"] for name, resource in opened.resources().items()} == {
        name: resource["id"] for name, resource in before.items()
    }
    assert objects_of(iam_emulator.snapshot()) == held
    # The API returns a secret only once, so the state must keep it.
    outputs = opened.outputs()
    digest = hashlib.sha256(outputs["secret_key"].encode()).hexdigest()
    assert digest in {key["secret_digest"] for key in kept.organization["access_key"]}
    assert outputs["bearer_token"].count(".") == 1


def test_a_kept_state_is_updated_in_place_and_destroyed(
    kept: KeptState, opened: Stack, iam_emulator: Emulator
) -> None:
    opened.pulumi("config", "set", "word", "changed")
    opened.pulumi("config", "set", "attempts", "8")
    run = opened.up()
    steps = {f"{step.type} {step.name}": step.op for step in run.steps}
    assert {name for name, op in steps.items() if op == "update"} == UPDATED
    assert {name for name, op in steps.items() if op == "read"} == LOOKED_UP
    assert set(steps.values()) == {"same", "read", "update"}
    assert everything(objects_of(iam_emulator.snapshot())) == everything(changed(kept.organization))
    assert opened.preview(None, "--expect-no-changes").changes.keys() == {"same", "read"}

    assert opened.destroy().changes.keys() == {"delete", "discard"}
    assert opened.resources() == {}
    assert everything(objects_of(iam_emulator.snapshot())) == everything(left(kept))


def changed(objects: Objects) -> Objects:
    """Return the objects after a change of the configuration."""
    text = json.dumps(objects).replace('"kept"', '"changed"').replace("/kept", "/changed")
    changed: Objects = json.loads(text)
    changed["organization"][0]["login_attempts_before_locked"] = 8
    return changed


def left(kept: KeptState) -> Objects:
    """Return the objects after `destroy`: those from before the program."""
    # Imported objects belong to the stack. The security settings remain.
    imported = {resource["id"] for resource in kept.resources() if "importID" in resource}
    seeded = {
        kind: [item for item in items if item.get("id") not in imported]
        for kind, items in kept.seeded.items()
    }
    return {**seeded, "organization": changed(kept.organization)["organization"]}


def everything(objects: Objects) -> dict[str, list[dict[str, Any]]]:
    """Return the objects in a fixed order, without fields that differ between runs.

    Fields of later releases have their initial values.
    """
    ignored = {"updated_at", "secret_digest"}
    initial = {kind.resource: kind.initial for kind in STORED}
    return {
        kind: sorted(
            (
                {
                    name: value
                    for name, value in {**initial[kind], **item}.items()
                    if name not in ignored
                }
                for item in items
            ),
            key=partial(json.dumps, sort_keys=True),
        )
        for kind, items in objects.items()
        if items  # older states lack newer kinds
    }
