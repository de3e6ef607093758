"""The lifecycle of all kinds that are safe in a real organization, against any IAM API.

The tests run against the local IAM API. With LIVE set, as by `make live`, they also run against the real API with
the credentials of the environment or a profile. All objects have the prefix of their run, all API keys expire, and the
end of a run sweeps what is left. No setting of the organization is changed. A user is created only with LIVE_EMAIL.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from tests.support.live import credentials, environment_of
from tests.support.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

PREFIX = "pulumi-scw-iam-live-"
LIVE = os.environ.get("LIVE", "")
"""Empty: the real API is never called. `1`: missing credentials are a failure. Another text: they are a skip."""
TARGETS = ["local", *([pytest.param("real", marks=pytest.mark.live)] if LIVE else [])]
USER = """
user = iam.User("user", email={email!r}, username="{run}-user", first_name="{word}", tags=["live"])
"""
PROGRAM = """
project = {project!r}
robot = iam.Application("robot", name="{run}-robot", description="{word}", tags=["live", "{word}"])
other = iam.Application("other", name="{run}-other")
team = iam.Group("team", name="{run}-team", description="{word}", application_ids={members})
shared = iam.Group("shared", name="{run}-shared")
member = iam.GroupMembership("member", group_id=shared.id, application_id=robot.id)
policy = iam.Policy("policy", name="{run}-policy", {principal}, tags=["{word}"], rules=[
    iam.PolicyRuleArgs(permission_set_names={sets}, organization_id=team.organization_id,
                       condition="request.user_agent == 'live'")])
key = iam.APIKey("key", application_id=robot.id, description="{run}-key {word}", expires_at="{expiry}",
                 default_project_id=project)
ssh_key = iam.SSHKey("ssh-key", name="{run}-ssh-key-{word}", public_key="{public_key} comment", disabled={disabled},
                     project_id=project)
"""
KINDS = ["robot", "other", "team", "shared", "member", "policy", "key", "ssh-key"]
UPDATED = {"robot", "team", "policy", "key", "ssh-key"}


@dataclass(frozen=True)
class Target:
    """An IAM API: the environment that points at it, and the address of a user to create."""

    environment: dict[str, str]
    email: str
    settings: Settings


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param == "real":
        settings = credentials(os.environ)
        return Target(environment_of(settings), os.environ.get("LIVE_EMAIL", ""), settings)
    emulator = request.getfixturevalue("iam_emulator")
    settings = Settings.resolve(environ=emulator.environment)
    return Target(environment_of(settings), "live@example.com", settings)


class Run:
    """One run: its stack, its prefix and its program."""

    def __init__(self, target: Target, folder: Path, front: str) -> None:
        self.target = target
        self.prefix = f"{PREFIX}{secrets.token_hex(4)}"
        self.stack = Stack(folder, target.environment, front)
        self.iam = IamClient(target.settings)
        self.expiry = (datetime.now(timezone.utc) + timedelta(days=1)).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )
        generated = Ed25519PrivateKey.generate().public_key()
        self.public_key = generated.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    @property
    def names(self) -> set[str]:
        """The names of the resources."""
        return {*KINDS, *(["user"] if self.target.email else [])}

    def program(self, word: str, **changes: str) -> str:
        """Return the program with a word in all fields that an update changes."""
        text = PROGRAM + (USER if self.target.email else "")
        values = {
            "members": "[robot.id]",
            "principal": "group_id=team.id",
            "sets": '["IAMReadOnly"]',
            "disabled": "False",
            **changes,
        }
        return text.format(
            run=self.prefix,
            word=word,
            email=self.target.email,
            expiry=self.expiry,
            public_key=self.public_key,
            project=self.target.environment["SCW_DEFAULT_PROJECT_ID"],
            **values,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the package with the credentials of the target."""
        return subprocess.run(
            [sys.executable, "-m", "pulumi_scw_iam.commands", *arguments],
            cwd=self.stack.folder,
            env=self.stack.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def sweep(self, *arguments: str) -> dict[str, Any]:
        """Sweep the objects of this run; return the JSON of the command."""
        arguments = ("--prefix", self.prefix, "--older-than", "0h", "--json", *arguments)
        done = self.command("sweep", *arguments)
        assert done.stdout, done.stderr
        swept: dict[str, Any] = json.loads(done.stdout)
        return swept

    def ids(self) -> dict[str, str]:
        """Return the ids of the resources, by name."""
        return {name: resource["id"] for name, resource in self.stack.resources().items()}

    def outputs(self) -> dict[str, Any]:
        return {name: self.stack.outputs_of(name) for name in self.ids()}


@pytest.fixture(params=["dynamic", "native"])
def run(request: pytest.FixtureRequest, target: Target, tmp_path: Path) -> Iterator[Run]:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    (folder / "__main__.py").touch()
    shutil.copy(Path(__file__).parent / "native_iam.py", folder)
    run = Run(target, folder, request.param)
    try:
        yield run
        assert run.sweep("--dry-run")["delete"] == []
    finally:
        try:
            if run.ids():
                run.stack.pulumi("destroy", "--yes", "--skip-preview")
        finally:
            run.sweep("--yes")
            shutil.rmtree(tmp_path, ignore_errors=True)


def test_lifecycle_in_any_organization(run: Run) -> None:
    stack, first = run.stack, run.program("first")
    created = stack.up(first)
    assert {step.name for step in created.steps if step.op == "create"} == run.names
    ids, outputs = run.ids(), run.outputs()

    # Nothing changes by itself, and the expiry and the secret of the key are in the state.
    stack.refresh()
    assert run.outputs() == outputs
    assert outputs["key"]["expires_at"] == run.expiry
    assert outputs["key"]["secret_key"] == "[secret]"
    assert run.iam.get_group(ids["shared"])["application_ids"] == [ids["robot"]]

    # Every updatable field, in place.
    updated = run.program(
        "updated",
        members="[other.id, robot.id]",
        principal="application_id=robot.id",
        sets='["IAMReadOnly", "OrganizationReadOnly"]',
        disabled="True",
    )
    changed = stack.up(updated)
    assert changed.changes.keys() <= {"same", "update"}
    users = {"user"} if run.target.email else set()
    assert {step.name for step in changed.steps if step.op == "update"} == UPDATED | users
    assert run.ids() == ids
    assert set(run.iam.get_group(ids["team"])["application_ids"]) == {ids["robot"], ids["other"]}
    assert run.iam.get_policy(ids["policy"]).get("application_id") == ids["robot"]
    (rule,) = run.iam.list_rules(policy_id=ids["policy"])
    assert set(rule["permission_set_names"] or ()) == {"IAMReadOnly", "OrganizationReadOnly"}
    assert run.iam.get_api_key(ids["key"])["description"] == f"{run.prefix}-key updated"
    assert run.iam.get_ssh_key(ids["ssh-key"])["disabled"] is True

    # Lost by the state, and imported again: the program then has no change.
    lost = {name: stack.resources()[name]["urn"] for name in ("policy", "ssh-key")}
    for urn in lost.values():
        stack.pulumi("state", "delete", urn, "--yes")
    if stack.front == "native":
        for name, kind in (("policy", "Policy"), ("ssh-key", "SSHKey")):
            options = ("--yes", "--protect=false", "--generate-code=false")
            stack.pulumi("import", f"scw-iam:index:{kind}", name, ids[name], *options)
    else:
        done = run.command("adopt", "--program", ".", "--stack", "test")
        assert done.returncode == 0, done.stdout + done.stderr
    assert run.ids() == ids
    assert stack.preview(updated).changes == {"same": len(run.names)}

    assert {step.name for step in stack.destroy().steps if step.op == "delete"} == run.names
    assert run.ids() == {}


def test_missing_credentials_are_a_skip_with_the_reason_and_on_request_a_failure(
    tmp_path: Path,
) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    reason = "^no credentials for the real API: there is no secret key; looked for "
    with pytest.raises(pytest.skip.Exception, match=reason):
        credentials({**environ, "LIVE": "yes"})
    with pytest.raises(pytest.fail.Exception, match=reason):
        credentials({**environ, "LIVE": "1"})
    half = {"SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111"}
    with pytest.raises(pytest.fail.Exception, match=r"there is no access key, or no organization$"):
        credentials({**environ, **half, "LIVE": "1"})
