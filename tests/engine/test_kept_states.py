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
from tests.support.kept import (
    KEPT,
    KeptState,
    Objects,
    objects_of,
    resources_of,
    snapshot_of,
)
from tests.support.stack import Stack, snake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = [pytest.mark.engine, pytest.mark.parametrize("kept", KEPT, ids=str)]

LOOKED_UP = {"ops"}
ADDED = {"2026-11-29": {"srn"}}
"""Outputs that a state of a release lacks, and a refresh adds."""
UPDATED = {
    "User alice",
    "User guest",
    "Application robot",
    "Group developers",
    "Policy of-group",
    "APIKey of-robot",
    "RotatingAPIKey rotating",
    "SSHKey laptop",
    "OrganizationSecuritySettings settings",
    "SAML saml",
}
"""Resources with a configured field: a guest, and one of each kind with updates in place."""


@pytest.fixture
def api(kept: KeptState) -> Iterator[Emulator]:
    """Return the kept organization. The oldest states lack the output `srn`, and the API returns it."""
    with Emulator(srn=kept.folder.parent == KEPT[0].folder.parent) as emulator:
        emulator.restore(snapshot_of(kept.organization))
        yield emulator


@pytest.fixture
def opened(kept: KeptState, tmp_path: Path, api: Emulator) -> Iterator[Stack]:
    """Import the kept state into a new stack on the kept organization."""
    folder = tmp_path / "project"
    shutil.copytree(kept.folder, folder)
    stack = Stack(folder, api.environment, kept.front)
    stack.pulumi("stack", "import", "--file", "checkpoint.json")
    yield stack
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_a_kept_state_is_unchanged_then_updated_in_place_then_destroyed(
    kept: KeptState, opened: Stack, api: Emulator
) -> None:
    is_unchanged(kept, opened, api)
    is_updated(kept, opened, api)
    is_destroyed(kept, opened, api)


def is_unchanged(kept: KeptState, opened: Stack, api: Emulator) -> None:
    before, held = by_name(kept.resources()), objects_of(api.snapshot())
    managed = before.keys() - LOOKED_UP
    unchanged = {"same": len(managed), "read": len(LOOKED_UP)}
    assert opened.preview(None, "--expect-no-changes").changes == unchanged
    # A run reads a looked-up group again. Without it, the refresh shows a new output of this group as an update.
    assert opened.up(None, "--expect-no-changes").changes == unchanged
    opened.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    after = by_name(resources_of(json.loads(opened.state_text())["checkpoint"]["latest"]))
    assert after.keys() == managed | LOOKED_UP
    for name in managed:
        assert after[name]["id"] == before[name]["id"]
        assert after[name]["type"] == before[name]["type"]
        assert inputs_of(kept, after[name]) == inputs_of(kept, before[name]), name
        old, new = before[name]["outputs"], after[name]["outputs"]
        added = {snake(output) for output in new.keys() - old.keys()}
        # Later releases add outputs, and change none.
        assert {**new, **old} == new, name
        assert added <= ADDED.get(kept.folder.parent.name, set()), name
    assert objects_of(api.snapshot()) == held
    # The API returns a secret only once, so the state must keep it.
    outputs = opened.outputs()
    digest = hashlib.sha256(outputs["secret_key"].encode()).hexdigest()
    assert digest in {key["secret_digest"] for key in kept.organization["access_key"]}
    if not kept.is_adopted:
        assert outputs["bearer_token"].count(".") == 1


def is_updated(kept: KeptState, opened: Stack, api: Emulator) -> None:
    opened.pulumi("config", "set", "word", "changed")
    opened.pulumi("config", "set", "attempts", "8")
    run = opened.up()
    steps = {step.name: step.op for step in run.steps}
    kinds = {f"{step.type} {step.name}" for step in run.steps if step.op == "update"}
    kept_names = by_name(kept.resources())
    assert kinds == {one for one in UPDATED if one.partition(" ")[2] in kept_names}
    assert {name for name, op in steps.items() if op == "read"} == LOOKED_UP
    assert set(steps.values()) == {"same", "read", "update"}
    assert everything(objects_of(api.snapshot())) == everything(changed(kept.organization))
    assert opened.preview(None, "--expect-no-changes").changes.keys() == {"same", "read"}


def is_destroyed(kept: KeptState, opened: Stack, api: Emulator) -> None:
    assert opened.destroy().changes.keys() == {"delete", "discard"}
    assert opened.resources() == {}
    assert everything(objects_of(api.snapshot())) == everything(left(kept))


def inputs_of(kept: KeptState, resource: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs without differences between an import file and a program.

    An import file sorts lists, and marks a list of objects as a whole.
    """
    if not kept.is_adopted:
        return dict(resource["inputs"])
    return {
        name: sorted(value, key=partial(json.dumps, sort_keys=True))
        if isinstance(value, list)
        else value
        for name, value in resource["inputs"].items()
        if name != "__secrets"
    }


def by_name(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {resource["urn"].rpartition("::")[2]: resource for resource in resources}


def changed(objects: Objects) -> Objects:
    """Return the objects after a change of the configuration."""
    text = json.dumps(objects).replace('"kept"', '"changed"').replace("/kept", "/changed")
    text = text.replace('"kept [rotating ', '"changed [rotating ')
    changed: Objects = json.loads(text)
    changed["organization"][0]["login_attempts_before_locked"] = 8
    return changed


def left(kept: KeptState) -> Objects:
    """Return the objects after `destroy`: those from before the program."""
    # Imported objects belong to the stack; an adoption is of objects that the program created. The security settings
    # remain.
    imported = {
        resource["id"]
        for resource in kept.resources()
        if "importID" in resource and not kept.is_adopted
    }
    seeded = {
        kind: [item for item in items if item.get("id") not in imported]
        for kind, items in kept.seeded.items()
    }
    return {
        **seeded,
        "organization": changed(kept.organization)["organization"],
        "secret_version": kept.organization.get("secret_version", []),
    }


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
