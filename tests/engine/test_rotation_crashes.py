"""Rotating keys on the real engine, whose processes are killed during rotations.

`tests/faults/test_rotation.py` covers every call with a model of the engine, and describes the rules.
"""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.emulator.schema.kinds import SECRET_VERSION
from tests.engine.fault_tools import BOTH, ENGINE, PROC, PROVIDER, Site, hung, killed
from tests.support.faults.rotations import Rotations
from tests.support.faults.secrets import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.faults.engine import Program

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (PROC / "self" / "stat").exists(),
        reason="no /proc to find the process of the provider",
    ),
]

ROUNDS = {
    "native": (("versions", ENGINE), ("keys", PROVIDER), ("versions", BOTH)),
    "dynamic": (("versions", BOTH),),
}
"""The calls that a rotation waits for when processes are killed, and the processes."""


def program(world: Rotations) -> Program:
    """Return three keys: two for secrets, and one for the state."""
    schedule = {"rotate_after": "60d", "overlap": "7d"}
    places: dict[str, dict[str, Any]] = {
        "one": {"application_id": "$robot", "secret_id": "$vault", "secret_format": "json"},
        "two": {"application_id": "$crane", "secret_id": "$other", "secret_format": "json"},
        "three": {"application_id": "$robot"},
    }
    return {
        name: world.program({**schedule, "description": name, **place})["it"]
        for name, place in places.items()
    }


def faults(world: Rotations, calls: str) -> tuple[Fault, ...]:
    """Return faults that hold two calls: one before its effect, and one after its effect."""
    if calls == "keys":
        return hung("create_api_key", "before"), hung("create_api_key", "after", 2)
    paths = {
        lost: f"*{world.names[name].rpartition('/')[2]}/versions"
        for lost, name in (("before", "vault"), ("after", "other"))
    }
    return tuple(
        Fault(method="POST", path=path, last=1, lost=lost, hang=True)
        for lost, path in paths.items()
    )


def handed_on(world: Rotations) -> dict[str, str]:
    """Return the secret keys in all versions, by access key."""
    payloads = [
        json.loads(b64decode(version["data"]))
        for version in world.emulator.snapshot().objects[SECRET_VERSION.resource]
    ]
    return {payload["access_key"]: payload["secret_key"] for payload in payloads}


@pytest.mark.parametrize("front", ROUNDS)
def test_rotations_with_killed_processes_break_no_rule_and_the_next_up_ends_well(
    tmp_path: Path, front: str, record_property: Callable[[str, object], None]
) -> None:
    world = Rotations("deployer")
    try:
        site, keys = Site(tmp_path / "project", world.environment(), front), program(world)
        site.program(keys)
        site.settled(1)
        state = site.held()
        for calls, victim in ROUNDS[front]:
            world.emulator.advance(timedelta(days=61))
            with world.watching(state, keys):
                killed(world, site, victim, faults(world, calls))
            with world.watching(state, keys):
                site.settled(1)
            assert set(site.act("preview").changes) == {"same"}
            state = site.held()
            assert world.broken == []
            assert list(world.wrong_keys(state)) == []
            assert all(held.outputs.get("previous_access_key") for held in state.resources.values())
        record_property("engine cases", 2 * len(ROUNDS[front]))

        # No file has a secret key. The search finds keys of the state, once the state is in clear.
        (tmp_path / "access.log").write_text("\n".join(world.lines))
        in_state = {"three": state.resources["three"].outputs["secret_key"]}
        assert scan(tmp_path, {**handed_on(world), **in_state}) == []
        clear = site.command("pulumi", "stack", "export", "--show-secrets")
        assert clear.code == 0
        assert {leak.secret for leak in scan(tmp_path, {**handed_on(world), **in_state})} == {
            "three"
        }
    finally:
        world.close()
