"""The SDKs that Pulumi generates from the schema with the engine's generators, in Go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]


def test_the_schema_binds_without_a_warning_and_every_language_has_every_resource(
    sdks: Path,
) -> None:
    for language in ("nodejs", "python", "go"):
        modules = {path.stem.replace("_", "").lower() for path in (sdks / language).rglob("*")}
        assert {name.lower() for name in (*KINDS, *COMPONENTS)} <= modules


def test_a_program_on_the_generated_python_sdk(stack: Stack, sdks: Path, iam: IamClient) -> None:
    """Typed arguments and outputs, lists of objects, secrets, and the default provider."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", stack.folder, sdks / "python"], check=True)
    program = """
import pulumi
import pulumi_scw_iam_native as iam

robot = iam.Application("robot", tags=["b", "a"])
policy = iam.Policy("policy", application_id=robot.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"], organization_id=robot.organization_id)])
key = iam.APIKey("key", application_id=robot.id)
found = iam.Application.get("found", robot.id)
team = iam.Team("ops", application=True, application_ids=[robot.id], rules=[
    iam.PolicyRuleArgs(permission_set_names=["InstancesFullAccess"], all_projects=True)])
pulumi.export("secret", key.secret_key)
pulumi.export("ofTeam", team.secret_key)
pulumi.export("names", policy.rules.apply(lambda rules: rules[0].permission_set_names))
pulumi.export("found", found.name)
"""
    (stack.folder / "__main__.py").write_text(program)
    assert stack.up().changes == {"create": 8, "read": 1}
    assert stack.up().changes == {"same": 8, "read": 1}
    outputs = stack.outputs()
    assert (outputs["names"], outputs["found"]) == (["IAMReadOnly"], "robot")
    state = stack.state_text()
    assert outputs["secret"] not in state
    assert outputs["ofTeam"] not in state
    stack.destroy()
    assert list(iam.list_applications()) == []
