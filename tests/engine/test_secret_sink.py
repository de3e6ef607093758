"""Keys of both fronts move into the Secret Manager. After that, no state, output, plan or log has a secret key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from tests.support.faults.secrets import scan
from tests.support.secret_manager import new_secret, versions

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

FRONTS = ("dynamic", "native")
PROGRAM = """
import json
import native_iam

robot = iam.Application("robot")
keys = {}
for name, front in (("dynamic", iam), ("native", native_iam)):
    place = json.loads(pulumi.Config().get(name) or "{}")
    keys[name] = front.APIKey(name, application_id=robot.id, **place)
    pulumi.export(f"{name}_access_key", keys[name].access_key)
    pulumi.export(f"{name}_secret_key", keys[name].secret_key)
    pulumi.export(f"{name}_version", keys[name].secret_version)
"""


def authenticates(emulator: Emulator, secret_key: str, access_key: str) -> bool:
    environ = {**emulator.environment, "SCW_SECRET_KEY": secret_key}
    client = IamClient(Settings.resolve(environ=environ))
    return client.get_api_key(access_key)["access_key"] == access_key


def test_a_key_of_the_state_moves_into_a_secret_and_then_is_replaced_for_another_secret(
    stack: Stack, iam_emulator: Emulator, tmp_path: Path
) -> None:
    log, plan, shown = (tmp_path / name for name in ("calls.log", "plan.json", "state.json"))
    stack.environment["PULUMI_SCW_IAM_LOG"] = str(log)

    def leaks(secrets: dict[str, str], output: str = "") -> set[str]:
        """Scan the files of the project and the stack, and the state with its secrets in clear."""
        shown.write_text(stack.pulumi("stack", "export", "--show-secrets").output + output)
        return {leak.secret for leak in scan(tmp_path, secrets)}

    stack.up(PROGRAM)
    first = stack.outputs()
    in_state = {name: first[f"{name}_secret_key"] for name in FRONTS}
    assert leaks(in_state) == {"dynamic", "native"}

    places = {name: new_secret(iam_emulator, f"of-{name}") for name in FRONTS}
    for name in FRONTS:
        place = {"secret_id": places[name].removeprefix("fr-par/"), "secret_format": "json"}
        stack.pulumi("config", "set", name, json.dumps(place))
    preview = stack.preview(None, "--save-plan", str(plan))
    assert preview.changes["update"] == 2
    moved = stack.up(None, "--plan", str(plan))
    assert moved.changes["update"] == 2
    second = stack.outputs()
    for name in FRONTS:
        assert second[f"{name}_access_key"] == first[f"{name}_access_key"]
        assert second[f"{name}_version"] == 1
        assert second.get(f"{name}_secret_key") is None
        ((_, _, payload),) = versions(iam_emulator, places[name])
        assert json.loads(payload) == {
            "access_key": first[f"{name}_access_key"],
            "secret_key": in_state[name],
        }
    assert leaks(in_state, preview.output + moved.output) == set()

    other = new_secret(iam_emulator, "other")
    for name in FRONTS:
        stack.pulumi("config", "set", name, json.dumps({"secret_id": other}))
    replaced = stack.up()
    assert replaced.changes["replace"] == 2
    third = stack.outputs()
    in_secret = {}
    for revision, description, payload in versions(iam_emulator, other):
        (name,) = (n for n in FRONTS if third[f"{n}_access_key"] in description)
        in_secret[name] = payload
        assert third[f"{name}_version"] == revision
        assert third[f"{name}_access_key"] != first[f"{name}_access_key"]
        assert authenticates(iam_emulator, payload, third[f"{name}_access_key"])
    assert in_secret.keys() == set(FRONTS)
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert stack.preview(None, "--expect-no-changes").changes.keys() == {"same"}
    assert leaks(in_secret, replaced.output) == set()
    assert "POST" in log.read_text()
    stack.destroy()
