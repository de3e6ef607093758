"""Explicit providers of the Python classes: those with an effect, and the messages about others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
EXITED = "an unhandled error occurred: Program exited with non-zero exit code: 1"
CURE = (
    "the stack's credentials would be used; pass a provider of package pulumi-python (Explicit providers"
    " in docs/reference/resources.md), or use the SDK that `pulumi package add` generates"
)


@pytest.fixture
def other() -> Iterator[Emulator]:
    """Create another organization on a second local IAM API."""
    with Emulator() as other:
        yield other


def explicit(api: Emulator) -> str:
    settings = {
        "scw-iam:apiUrl": api.url,
        "scw-iam:secretKey": api.secret_key,
        "scw-iam:organizationId": api.organization_id,
    }
    return f'other = pulumi.ProviderResource("pulumi-python", "other", {settings})\n'


def names(client: IamClient) -> list[str]:
    return sorted(group["name"] for group in client.list_groups())


def test_a_provider_of_pulumi_python_has_settings_of_its_own(
    stack: Stack, iam: IamClient, other: Emulator
) -> None:
    program = f"""
{explicit(other)}
iam.Group("here")
iam.Group("there", pulumi.ResourceOptions(provider=other))
team = pulumi.ComponentResource("test:index:Team", "team", None, pulumi.ResourceOptions(providers=[other]))
child = iam.Group("child", pulumi.ResourceOptions(parent=team))
iam.Group.get("found", child.id, pulumi.ResourceOptions(parent=team))
"""
    assert stack.preview(program).warnings == []
    assert stack.up(program).warnings == []
    assert names(iam) == ["here"]
    assert names(IamClient(Settings.resolve(environ=other.environment))) == ["child", "there"]
    assert set(stack.preview().changes) <= {"same", "read"}
    stack.destroy()
    assert names(IamClient(Settings.resolve(environ=other.environment))) == names(iam) == []


def test_the_program_in_the_documentation_uses_the_other_organization(
    stack: Stack, other: Emulator
) -> None:
    page = (ROOT / "docs" / "reference" / "resources.md").read_text()
    shown = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown is not None
    (stack.folder / "__main__.py").write_text(shown[1])
    stack.pulumi("config", "set", "--secret", "otherSecretKey", other.secret_key)
    stack.pulumi("config", "set", "otherOrganizationId", other.organization_id)
    stack.environment["SCW_API_URL"] = other.url
    stack.up()
    found = IamClient(Settings.resolve(environ=other.environment)).list_applications()
    assert [application["name"] for application in found] == ["there"]
    assert other.secret_key not in stack.state_text()


def test_an_ignored_provider_of_a_resource_is_refused_in_one_line(stack: Stack) -> None:
    run = stack.preview(
        'prod = pulumi.ProviderResource("scw-iam", "prod", {})\n'
        'iam.Group("devs", pulumi.ResourceOptions(provider=prod))\n',
        ok=False,
    )
    line = f'Group devs: provider "prod" of package scw-iam has no effect on this class: {CURE}'
    assert run.errors == [line, EXITED]
    assert "Traceback" not in run.output


def test_an_ignored_provider_of_a_parent_is_named_once(stack: Stack) -> None:
    run = stack.preview("""
prod = pulumi.ProviderResource("scw-iam", "prod", {})
team = pulumi.ComponentResource("test:index:Team", "team", None, pulumi.ResourceOptions(providers=[prod]))
inner = pulumi.ComponentResource("test:index:Team", "inner", None, pulumi.ResourceOptions(parent=team))
iam.Group("one", pulumi.ResourceOptions(parent=inner))
iam.Application("two", pulumi.ResourceOptions(parent=team))
""")
    assert [line for line in run.warnings if "provider" in line] == [
        'Group one: provider "prod" of package scw-iam of the parent has no effect on this'
        f" class: {CURE}"
    ]


def test_without_the_default_provider_each_resource_needs_an_explicit_one(
    stack: Stack, other: Emulator
) -> None:
    path = "pulumi:disable-default-providers[0]"
    stack.pulumi("config", "set", "--path", path, "pulumi-python")
    run = stack.preview('iam.Group("devs")\n', ok=False)
    assert any("Default provider for 'pulumi-python' disabled" in line for line in run.errors), (
        run.output
    )
    options = "pulumi.ResourceOptions(provider=other)"
    stack.preview(f'{explicit(other)}iam.Group("devs", {options})\n')
