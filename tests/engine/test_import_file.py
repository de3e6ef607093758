"""Bulk import of existing objects for a complete program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)

PROGRAM = """
group = iam.Group("devs")
iam.Policy("readers", group_id=group.id, rules=[{
    "permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id()}])
"""
NATIVE = (
    PROGRAM.replace('"devs"', '"devs", user_ids=[], application_ids=[]')
    .replace('"permission_set_names"', '"permissionSetNames"')
    .replace('"organization_id"', '"organizationId"')
)
"""The program after an import. An import declares both lists of members."""


@FRONTS
def test_a_preview_writes_the_file_to_import_what_exists(
    stack: Stack, iam: IamClient, tmp_path: Path
) -> None:
    group = iam.create_group(name="devs")["id"]
    rules: Any = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id}
    ]
    policy = iam.create_policy(name="readers", group_id=group, rules=rules)["id"]
    program = NATIVE if stack.front == "native" else PROGRAM
    file = tmp_path / "import.json"
    run = stack.preview(program, "--import-file", str(file))
    lines = [
        line for line in (*run.infos, *run.warnings) if "is already in use in organization" in line
    ]
    ids = {resource_id for line in lines for resource_id in re.findall(r"[0-9a-f-]{36}", line)}
    assert ids == {iam.default_organization_id, group, policy}
    written = json.loads(file.read_text())
    listed = {resource["name"]: resource for resource in written["resources"]}
    assert {resource["id"] for resource in listed.values()} == {"<PLACEHOLDER>"}
    assert listed.keys() == {"devs", "readers"}
    if stack.front == "dynamic":
        return  # the engine cannot import dynamic resources
    for name, resource_id in {"devs": group, "readers": policy}.items():
        listed[name]["id"] = resource_id
    file.write_text(json.dumps(written))
    options = ("--yes", "--skip-preview", "--protect=false", "--generate-code=false")
    stack.pulumi("import", "--file", str(file), *options)
    assert stack.preview().changes == {"same": 2}
