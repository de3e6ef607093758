"""Keys of both fronts move into the Secret Manager. After that, no state, output, plan or log has a secret key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
import pathlib
import native_iam

robot = iam.Application("robot")
places = json.loads(pathlib.Path("places.json").read_text())
for name, front in (("dynamic", iam), ("native", native_iam)):
    key = front.APIKey(name, application_id=robot.id, **places.get(name, {}))
    pulumi.export(name, [key.access_key, key.secret_key, key.secret_version])
"""


class Keys:
    """A stack with one key of each front, and the scan of all its files."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.log = folder / "calls.log"
        stack.environment["PULUMI_SCW_IAM_LOG"] = str(self.log)
        stack.write(PROGRAM)
        self.place({})

    def place(self, places: dict[str, dict[str, str]]) -> None:
        (self.stack.folder / "places.json").write_text(json.dumps(places))

    def exported(self, output: str = "") -> dict[str, Any]:
        """Return the stack's outputs by front. Keep the state in clear, and an output, for the scan."""
        text = self.stack.pulumi("stack", "export", "--show-secrets").output
        (self.folder / "state.json").write_text(text)
        (self.folder / "output.txt").write_text(output)
        (root,) = (
            resource["outputs"]
            for resource in json.loads(text)["deployment"]["resources"]
            if resource["type"] == "pulumi:pulumi:Stack"
        )
        return {name: _plain(root[name]) for name in FRONTS}

    def leaks(self, secrets: dict[str, str]) -> set[str]:
        return {leak.secret for leak in scan(self.folder, secrets)}


def _plain(value: Any) -> Any:
    """Return an output of an exported state without the marks of secrets."""
    match value:
        case {"plaintext": text}:
            return _plain(json.loads(text))
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def authenticates(emulator: Emulator, secret_key: str, access_key: str) -> bool:
    environ = {**emulator.environment, "SCW_SECRET_KEY": secret_key}
    client = IamClient(Settings.resolve(environ=environ))
    return client.get_api_key(access_key)["access_key"] == access_key


def test_a_key_of_the_state_moves_into_a_secret_and_then_is_replaced_for_another_secret(
    stack: Stack, iam_emulator: Emulator, tmp_path: Path
) -> None:
    keys = Keys(stack, tmp_path)
    stack.up()
    first = keys.exported()
    in_state = {name: first[name][1] for name in FRONTS}
    assert keys.leaks(in_state) == {"dynamic", "native"}

    places = {name: new_secret(iam_emulator, f"of-{name}") for name in FRONTS}
    keys.place(
        {
            name: {"secret_id": place.removeprefix("fr-par/"), "secret_format": "json"}
            for name, place in places.items()
        }
    )
    plan = str(tmp_path / "plan.json")
    preview = stack.preview(None, "--save-plan", plan)
    moved = stack.up(None, "--plan", plan)
    assert (preview.changes["update"], moved.changes["update"]) == (2, 2)
    second = keys.exported(preview.output + moved.output)
    for name in FRONTS:
        access_key = first[name][0]
        assert second[name] == [access_key, None, 1]
        ((_, _, payload),) = versions(iam_emulator, places[name])
        pair = {"access_key": access_key, "secret_key": in_state[name]}
        assert json.loads(payload) == pair
    assert keys.leaks(in_state) == set()

    other = new_secret(iam_emulator, "other")
    keys.place({name: {"secret_id": other} for name in FRONTS})
    replaced = stack.up()
    assert replaced.changes["replace"] == 2
    third = keys.exported(replaced.output)
    in_secret = {}
    for revision, description, payload in versions(iam_emulator, other):
        (name,) = (n for n in FRONTS if third[n][0] in description)
        assert third[name] == [third[name][0], None, revision]
        assert third[name][0] != first[name][0]
        assert authenticates(iam_emulator, payload, third[name][0])
        in_secret[name] = payload
    assert in_secret.keys() == set(FRONTS)
    assert keys.leaks(in_secret) == set()
    assert "POST" in keys.log.read_text()
    assert set(stack.up(None, "--refresh", "--expect-no-changes").changes) <= {"same", "refresh"}
