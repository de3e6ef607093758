"""Keys of Terraform and of pulumiverse stacks keep their secrets when they come under code, on the real engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from tests.support.adopt_command import IMPORT, adopt, imports_of
from tests.support.local_api import signs
from tests.support.organization_with_all import KEYS, fill
from tests.support.stack import OURS, Stack, snake
from tests.support.terraform_states import sources_in, stack_export, terraform_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Front

pytestmark = pytest.mark.engine

SECRETS = ("secret_key", "bearer_token")


@pytest.mark.parametrize(("source", "front"), [("terraform", "python"), ("stack", "yaml")])
def test_every_key_signs_calls_before_and_after_the_adoption(
    source: str, front: Front, tmp_path: Path
) -> None:
    log: list[str] = []
    with Emulator(access_log=log.append) as emulator:
        iam = IamClient(Settings.resolve(environ=emulator.environment))
        secrets = fill(iam)
        write = terraform_state if source == "terraform" else stack_export
        state = write(sources_in(iam, secrets)).decode()
        assert sum(signs(emulator, *pair) for pair in secrets.items()) == KEYS
        log.clear()
        project = tmp_path / "project"
        option = f"--from-{source}"
        environment = emulator.environment
        done = adopt(project, option, "-", "--front", front, stdin=state, environment=environment)
        assert done.returncode == 0, done.stderr
        imports = imports_of(project)
        assert (project / "import.json").stat().st_mode & 0o777 == 0o600
        stack = Stack(project, environment)
        printed = [done.stdout, done.stderr, stack.pulumi(*IMPORT).output]
        (project / "import.json").unlink()
        preview = stack.preview(None, "--expect-no-changes")
        assert preview.changes == {"same": len(imports)}
        refresh = stack.refresh()
        assert refresh.changes == {"refresh": len(imports)}
        preview = stack.preview(None, "--expect-no-changes")
        printed += [preview.output, refresh.output, stack.state_text(), *texts_in(tmp_path)]
        held = secrets_in(stack)
        assert {line.split()[0] for line in log} == {"GET"}
        assert held == secrets
        assert sum(signs(emulator, *pair) for pair in held.items()) == KEYS
    assert [key for key, secret in secrets.items() if any(secret in text for text in printed)] == []


def secrets_in(stack: Stack) -> dict[str, str]:
    """Return the secret outputs of the stack in clear, by id. All of them are encrypted in the state file."""
    export = json.loads(stack.pulumi("stack", "export", "--show-secrets").output)
    found = {}
    for resource in export["deployment"]["resources"]:
        if not resource["type"].startswith(OURS):
            continue
        outputs: Mapping[str, Any] = {
            snake(name): value for name, value in resource["outputs"].items()
        }
        for name in SECRETS:
            if name in outputs:
                found[resource["id"]] = json.loads(outputs[name]["plaintext"])
    return found


def texts_in(folder: Path) -> list[str]:
    """Return the content of all files: program, states, events and logs of the engine."""
    return [
        path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()
    ]
