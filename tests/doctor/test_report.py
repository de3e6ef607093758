"""The report of the doctor: JSON, and the example in the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.commands.main import main
from tests.doctor.command import PROCESS, Command, create_as, person, without_owner
from tests.doctor.states import creating, export, resource
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    import pytest

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator

ROOT = Path(__file__).parents[2]


def laptop_of_alice(emulator: Emulator) -> tuple[str, dict[str, Any]]:
    """Create a user, and an SSH key as the user in the console; return the user's id and the key."""
    alice = person(emulator, "alice")
    ssh_key = create_as(
        "Mozilla/5.0",
        emulator,
        "ssh-keys",
        alice.secret_key,
        name="laptop",
        public_key=SSH_KEY,
        project_id=emulator.project_id,
    )
    return alice.id, ssh_key


def test_json_tells_everything(
    command: Command, iam: IamClient, iam_emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    application = iam.create_application(name="robot")
    owner = iam.get_api_key(iam_emulator.access_key)["user_id"]
    alice, laptop = laptop_of_alice(iam_emulator)
    urn = "urn:pulumi:test::shop::scw-iam:index:"
    state = command.file(
        export(
            pending=creating(
                resource("Application", "robot", inputs={"name": "robot"}),
                resource("Group", "lost", inputs={"name": "lost"}),
            )
        )
    )
    assert main(["doctor", state, "--json", "--organization", iam_emulator.organization_id]) == 3
    printed = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", printed.pop("since"))
    organization = f"--organization {iam_emulator.organization_id}"
    assert printed == {
        "organization_id": iam_emulator.organization_id,
        "states": [state],
        "found": [
            {
                "kind": "Application",
                "name": "robot",
                "id": application["id"],
                "created_at": application["created_at"],
                "process": PROCESS,
                "author": {
                    "kind": "User",
                    "name": "owner@example.com",
                    "id": owner,
                    "source": "audit_trail",
                },
                "pending": {"urn": f"{urn}Application::robot", "state": state},
                "remarks": [f"matches the pending create of {urn}Application::robot in {state}"],
                "commands": [
                    {
                        "does": "import",
                        "command": "pulumi import --protect=false --generate-code=false --stack test scw-iam:index:Application robot"
                        f" {application['id']}",
                    },
                    {
                        "does": "delete",
                        "command": f"pulumi-scw-iam delete application {application['id']}"
                        f" {organization}",
                    },
                ],
            }
        ],
        "unrecorded": [
            {
                "kind": "SSHKey",
                "name": "laptop",
                "id": laptop["id"],
                "created_at": laptop["created_at"],
                "process": None,
                "author": {
                    "kind": "User",
                    "name": "alice@example.com",
                    "id": alice,
                    "source": "audit_trail",
                },
                "pending": None,
                "remarks": [],
                "commands": [
                    {
                        "does": "import",
                        "command": f"pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
                    },
                    {
                        "does": "delete",
                        "command": f"pulumi-scw-iam delete ssh-key {laptop['id']} {organization}",
                    },
                ],
            }
        ],
        "unmatched": [{"urn": f"{urn}Group::lost", "state": state}],
        "clear": [
            {
                "state": state,
                "command": "pulumi refresh --stack test --clear-pending-creates",
                "pending_creates": 2,
                "of_other_packages": 0,
            }
        ],
        "not_listed": [],
        "not_read": [],
    }


def test_the_example_in_the_documentation_is_what_is_printed(
    command: Command, iam: IamClient, iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = iam.create_application(name="robot")
    iam.create_group(name="devs")
    iam.create_api_key(application_id=application["id"], description="ci")
    laptop_of_alice(iam_emulator)
    key = {"applicationId": application["id"], "description": "ci"}
    pending = creating(
        resource("Group", "devs", inputs={"name": "devs"}), resource("APIKey", "ci", inputs=key)
    )
    path = command.file(
        export(resource("Application", "robot", id=application["id"]), pending=pending)
    )
    monkeypatch.chdir(Path(path).parent)
    _, lines, _ = command.doctor("state.json")
    text = (ROOT / "docs" / "guide" / "doctor.md").read_text("utf-8")
    (example,) = re.findall(r"\$ pulumi-scw-iam doctor state.json\n(.*?)\n```", text, re.DOTALL)

    def without_ids(line: str) -> str:
        line = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}", "ID", line)
        line = re.sub(r"[-0-9]{10}T[0-9:.]+Z", "THEN", line)
        return re.sub(r"process [0-9a-f]{8}", "process PROCESS", line)

    expected = without_owner(example).splitlines()
    assert list(map(without_ids, expected)) == list(map(without_ids, lines))
