"""The shell blocks of the guides of `adopt`, run as written on the real engine and the local IAM API.

Only `pip` and `terraform` are replaced: they cannot run here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.names import name_of
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import signs
from tests.support.snippets import program, snippets
from tests.support.stack import OURS, environment_in
from tests.support.terraform_states import Source, stack_export, surveyed, terraform_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

PIP = """
import sys

assert sys.argv[1] == "install", sys.argv
assert sys.argv[2:] in (["pulumi-scw-iam"], ["pulumi-scw-iam[adopt]"]), sys.argv
"""
TERRAFORM = """
import json, pathlib, sys

file = pathlib.Path("terraform.tfstate")
text = file.read_text()
state = json.loads(text)
names = [f"{resource['type']}.{resource['name']}" for resource in state["resources"]]
match sys.argv[1:]:
    case ["state", "pull"]:
        print(text)
    case ["state", "list"]:
        print("\\n".join(names))
    case ["state", "rm", *removed] if removed and set(removed) <= set(names):
        kept = [one for one, name in zip(state["resources"], names) if name not in removed]
        pathlib.Path("terraform.tfstate.1764460800.backup").write_text(text)
        file.write_text(json.dumps({**state, "resources": kept}))
    case ["plan"] if not names:
        print("No changes.")
    case _:
        sys.exit(f"terraform {sys.argv[1:]} with {names}")
"""
EXPECTED = {"Application": "ci", "Group": "devs", "Policy": "ci", "APIKey": "ci"}
"""The resources of all guides: the name of each by its class."""

OF_EVERY_ORGANIZATION = {("APIKey", "owner"), ("OrganizationSecuritySettings", "security-settings")}
"""What the console has created: the settings, and the API key in use."""


class Place(NamedTuple):
    """A folder for the commands of a guide, with an organization."""

    folder: Path
    emulator: Emulator
    calls: list[str]
    environment: dict[str, str]
    sources: list[Source]
    """The objects of the examples, with their secrets."""

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets by id."""
        return {one.id: secret for one in self.sources for secret in one.secrets.values()}

    def install(self, name: str, script: str) -> None:
        """Put a Python script on PATH."""
        file = self.folder.parent / "stubs" / name
        file.write_text(f"#!{sys.executable}\n{script}")
        file.chmod(0o755)

    def run(self, script: str, folder: str = ".") -> str:
        """Run commands until the first one that fails, which fails the test. Return what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder / folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    calls: list[str] = []
    folder = tmp_path / "work"
    for name in (folder, tmp_path / "stubs", tmp_path / "backend"):
        name.mkdir()
    with Emulator(access_log=calls.append) as emulator:
        environment = environment_in(tmp_path, tmp_path / "backend", emulator.environment)
        environment["PATH"] = f"{tmp_path / 'stubs'}:{environment['PATH']}"
        sources = fill(IamClient(Settings.resolve(environ=emulator.environment)))
        calls.clear()
        yield Place(folder, emulator, calls, environment, sources)


def fill(iam: IamClient) -> list[Source]:
    """Create the objects of the examples."""
    ci = iam.create_application(name="ci", description="Deploys the web site")["id"]
    devs = iam.create_group(name="devs", description="Developers")["id"]
    iam.add_group_member(devs, application_id=ci)
    rules: Any = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id}
    ]
    policy = iam.create_policy(name="ci", application_id=ci, rules=rules)["id"]
    key = iam.create_api_key(application_id=ci, description="ci")
    assert key["secret_key"] is not None
    ids = {"Application": ci, "Group": devs, "Policy": policy, "APIKey": key["access_key"]}
    items = surveyed(iam)
    return [
        Source(
            kind=kind,
            id=ids[kind],
            item=items[kind][ids[kind]],
            name=name,
            secrets={"secret_key": key["secret_key"]} if kind == "APIKey" else {},
        )
        for kind, name in EXPECTED.items()
    ]


def commands_of(page: str) -> str:
    """Return the shell blocks of a page as one script."""
    return "\n".join(one.text for one in snippets(page) if one.language == "shell")


def adopted(place: Place, more: Collection[tuple[str, str]] = ()) -> dict[str, dict[str, Any]]:
    """Return the outputs of the adopted resources by id, after the checks that all guides share.

    `more` are further resources: class and name.
    """
    text = place.run("pulumi stack export --show-secrets --stack production", "iam")
    resources = {
        resource["id"]: resource
        for resource in json.loads(text)["deployment"]["resources"]
        if resource["type"].startswith(OURS)
    }
    names = [(one["type"].rpartition(":")[2], name_of(one["urn"])) for one in resources.values()]
    assert sorted(names) == sorted([*EXPECTED.items(), *more])
    assert {one.id for one in place.sources} <= resources.keys()
    assert {call.split()[0] for call in place.calls} == {"GET"}
    held = [
        str(file)
        for file in place.folder.parent.rglob("*")
        if file.is_file() and place.folder.parent / "stubs" not in file.parents
        for secret in place.secrets.values()
        if secret in file.read_bytes().decode(errors="replace")
    ]
    assert held == []
    assert not (place.folder / "iam" / "import.json").exists()
    return {key: resource["outputs"] for key, resource in resources.items()}


def test_an_organization_comes_under_code(place: Place) -> None:
    place.install("pip", PIP)
    printed = place.run(commands_of("docs/guide/adopt.md"))
    assert "the API, the stack and the program agree" in printed
    adopted(place, OF_EVERY_ORGANIZATION)


def test_a_program_adopts_its_objects(place: Place) -> None:
    page = "docs/guide/adopt-program.md"
    place.install("pip", PIP)
    folder = place.folder / "iam"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: iam\nruntime: python\n")
    (folder / "__main__.py").write_text(program(page, "python", "iam/__main__.py"))
    printed = place.run(commands_of(page))
    assert "the API, the stack and the program agree" in printed
    assert "5 unchanged" in printed.rpartition("Resources:")[2]
    adopted(place)


def test_objects_move_from_terraform_with_their_secrets(place: Place) -> None:
    infra = place.folder / "infra"
    infra.mkdir()
    (infra / "terraform.tfstate").write_bytes(terraform_state(place.sources))
    place.install("pip", PIP)
    place.install("terraform", TERRAFORM)
    printed = place.run(commands_of("docs/guide/adopt-terraform.md"))
    assert "No changes." in printed
    assert_keys_sign(place, printed)


def test_objects_move_from_pulumiverse_with_their_secrets(place: Place) -> None:
    place.install("pip", PIP)
    cloud = place.folder / "cloud"
    cloud.mkdir()
    (cloud / "Pulumi.yaml").write_text("name: cloud\nruntime: yaml\n")
    place.run("pulumi stack init prod", "cloud")
    settings = yaml.safe_load((cloud / "Pulumi.prod.yaml").read_text())
    secrets = {"type": "passphrase", "state": {"salt": settings["encryptionsalt"]}}
    export = place.folder.parent / "export.json"
    export.write_bytes(stack_export(place.sources, secrets_providers=secrets))
    place.run(f"pulumi stack import --file {export}", "cloud")
    export.unlink()
    printed = place.run(commands_of("docs/guide/adopt-pulumiverse.md"))
    assert_keys_sign(place, printed)
    left = json.loads(place.run("pulumi stack export --stack prod", "cloud"))
    assert [one["type"] for one in left["deployment"]["resources"]] == [
        "pulumi:pulumi:Stack",
        "pulumi:providers:scaleway",
    ]


def assert_keys_sign(place: Place, printed: str) -> None:
    """Fail unless the stack has the secrets of the other tool, each signs a call, and none was printed."""
    assert [key for key, secret in place.secrets.items() if secret in printed] == []
    outputs = adopted(place)
    held = {
        key: json.loads(values["secret_key"]["plaintext"])
        for key, values in outputs.items()
        if "secret_key" in values
    }
    assert held == place.secrets
    assert [signs(place.emulator, *pair) for pair in held.items()] == [True]
