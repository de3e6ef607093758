"""The programs in the documentation, extracted from their pages and run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.local_api import certificate, metadata
from tests.support.secret_manager import new_secret
from tests.support.snippets import PAGES, ROOT, commands, program, snippets

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

PYTHON = [
    "README.md",
    "docs/index.md",
    "docs/guide/getting-started.md",
    "docs/guide/members.md",
    "docs/guide/team.md",
    "docs/guide/policies.md",
    "docs/guide/conditions.md",
    "docs/guide/keys.md",
    "docs/guide/rotation.md",
    "docs/guide/auditing.md",
    "docs/guide/import.md",
    "docs/guide/preview.md",
    "docs/reference/functions.md",
    "docs/reference/resources.md",
]
"""Pages with Python blocks that form one program, in order."""


@pytest.mark.parametrize("page", PYTHON)
def test_the_python_program_comes_up(
    stack: Stack, iam: IamClient, iam_emulator: Emulator, page: str
) -> None:
    iam.create_group(name="everybody")
    configure_other_provider(stack)
    if "vault" in program(page, "python", "", "__main__.py"):
        stack.pulumi("config", "set", "vault", new_secret(iam_emulator))
    (stack.folder / "idp.xml").write_text(metadata(certificate()))
    (stack.folder / "__main__.py").write_text(program(page, "python", "", "__main__.py"))
    assert stack.up().changes["create"]
    assert set(stack.up().changes) <= {"same", "read"}  # `get` reads an object in each run
    stack.destroy()


@pytest.mark.parametrize(
    "page",
    [
        "docs/guide/native.md",
        "docs/guide/keys.md",
        "docs/guide/rotation.md",
        "docs/guide/team.md",
        "docs/reference/functions.md",
    ],
)
def test_the_yaml_program_comes_up(
    stack: Stack, iam: IamClient, iam_emulator: Emulator, page: str
) -> None:
    iam.create_group(name="everybody")
    merged: dict[str, Any] = {}
    for snippet in snippets(page):
        if snippet.language == "yaml":
            for key, value in yaml.safe_load(snippet.text).items():
                merged[key] = {**merged[key], **value} if key in merged else value
    (stack.folder / "Pulumi.yaml").write_text(yaml.safe_dump(merged))
    stack.pulumi("stack", "init", "test")  # the program has another project name
    configure_other_provider(stack)
    if "vault" in merged.get("config", ()):
        stack.pulumi("config", "set", "vault", new_secret(iam_emulator))
    assert stack.up().changes["create"]
    assert set(stack.up().changes) == {"same"}
    assert {"robot", "checkout"} & {application["name"] for application in iam.list_applications()}
    stack.destroy()


def configure_other_provider(stack: Stack) -> None:
    """Set the configuration of the programs with an explicit provider."""
    environment = stack.environment
    stack.pulumi("config", "set", "--secret", "otherSecretKey", environment["SCW_SECRET_KEY"])
    organization = environment["SCW_DEFAULT_ORGANIZATION_ID"]
    stack.pulumi("config", "set", "otherOrganizationId", organization)


def test_the_first_program_is_a_project_as_the_page_shows_it(stack: Stack) -> None:
    page = "docs/guide/getting-started.md"
    project = yaml.safe_load(program(page, "yaml", "Pulumi.yaml"))
    assert project == {"name": "access", "runtime": "python"}
    (stack.folder / "Pulumi.yaml").write_text(program(page, "yaml", "Pulumi.yaml"))
    text = program(page, "python", "__main__.py")
    wrong = text.replace("AllProductsReadOnly", "AllProductReadOnly")
    assert wrong != text
    (stack.folder / "__main__.py").write_text(wrong)
    stack.pulumi("stack", "init", "dev")
    errors = stack.preview(ok=False).errors
    assert any('did you mean "AllProductsReadOnly"' in error for error in errors), errors


def test_the_test_of_a_program_passes(stack: Stack) -> None:
    text = program("docs/guide/testing.md", "python", "test_program.py")
    (stack.folder / "test_program.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_program.py"],
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_policy_pack_accepts_its_configuration(stack: Stack) -> None:
    page = "docs/guide/guardrails.md"
    pack = stack.folder.parent / "pack"
    shutil.copytree(ROOT / "pulumi_scw_iam" / "policy_pack", pack)
    (pack / "__main__.py").write_text(program(page, "python", "policy-pack/__main__.py"))
    config = stack.folder.parent / "config.json"
    own = json.loads(program(page, "json", "config.json"))
    del own["not-idle"]  # this pack leaves it out
    config.write_text(json.dumps(own))
    stack.write('robot = iam.Application("robot")\niam.APIKey("robot", application_id=robot.id)\n')
    options = ("--policy-pack", str(pack), "--policy-pack-config", str(config))
    run = stack.pulumi("preview", "--non-interactive", *options)
    assert "ours" in run.output


NEWER_NAMES: dict[tuple[str, ...], list[str]] = {("state", "delete"): ["state", "remove"]}
"""Commands by the name that every engine knows, with the name in the help of the newest."""


def test_every_pulumi_command_and_option_of_the_documentation_exists(stack: Stack) -> None:
    missing = []
    helps: dict[str, str] = {}
    for page in PAGES:
        for words in commands(page):
            if words[0] != "pulumi":
                continue
            names = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)]
            names = NEWER_NAMES.get(tuple(names), names)
            known = help_of(stack, names[0], helps)
            if len(names) == 2 and re.search(rf"^  {names[1]} ", known, re.MULTILINE):
                known = help_of(stack, " ".join(names), helps)
            options = [word.partition("=")[0] for word in words if word.startswith("--")]
            missing += [
                f"{page}: {' '.join(words)}: {option}"
                for option in options
                if not re.search(rf"{option}\b", known)
            ]
    assert missing == []


def help_of(stack: Stack, command: str, helps: dict[str, str]) -> str:
    """Return the output of `pulumi COMMAND --help`; fail for an unknown command."""
    if command not in helps:
        helps[command] = stack.pulumi(*command.split(), "--help").output
        assert f"pulumi {command}" in helps[command], command
    return helps[command]
