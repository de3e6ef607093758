"""The programs: applications, groups with two members, policies and API keys.

A third of the resources are applications, a third groups, a sixth policies, a sixth API keys. Each
has a description, for updates.
"""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shares", "write_dynamic", "write_native"]


def shares(size: int) -> dict[str, int]:
    """Return the number of resources of each kind."""
    third, sixth = size // 3, size // 6
    rest = size - 2 * third - sixth
    return {"Application": third, "Group": third, "Policy": rest, "APIKey": sixth}


def write_native(folder: Path, size: int, description: str) -> None:
    """Write the program in YAML, since the YAML host costs least."""
    count = shares(size)
    resources: dict[str, dict[str, Any]] = {}

    def add(kind: str, name: str, **properties: object) -> None:
        properties["description"] = description
        resources[name] = {"type": f"scw-iam:{kind}", "properties": properties}

    for i in range(count["Application"]):
        add("Application", f"app{i}")
    for i in range(count["Group"]):
        members = [f"${{app{j % count['Application']}.id}}" for j in (i, i + 1)]
        add("Group", f"group{i}", applicationIds=members)
    for i in range(count["Policy"]):
        rule = {
            "permissionSetNames": ["AllProductsReadOnly"],
            "organizationId": f"${{group{i}.organizationId}}",
        }
        add("Policy", f"policy{i}", groupId=f"${{group{i}.id}}", rules=[rule])
    for i in range(count["APIKey"]):
        add("APIKey", f"key{i}", applicationId=f"${{app{i}.id}}")
    # JSON is valid YAML, and fast to write.
    program = {"name": "bench", "runtime": "yaml", "resources": resources}
    (folder / "Pulumi.yaml").write_text(json.dumps(program, indent=1))


_DYNAMIC = """
said = {{"description": {description!r}}}
apps = [iam.Application(f"app{{i}}", **said) for i in range({Application})]
groups = [
    iam.Group(f"group{{i}}", application_ids=[apps[i].id, apps[(i + 1) % len(apps)].id], **said)
    for i in range({Group})
]
for i in range({Policy}):
    rule = {{
        "permission_set_names": ["AllProductsReadOnly"],
        "organization_id": groups[i].organization_id,
    }}
    iam.Policy(f"policy{{i}}", group_id=groups[i].id, rules=[rule], **said)
for i in range({APIKey}):
    iam.APIKey(f"key{{i}}", application_id=apps[i].id, **said)
"""


def write_dynamic(folder: Path, size: int, description: str, module: str) -> None:
    """Write the same program in Python, with the classes of a module."""
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    header = f"import {module} as iam\n"
    program = _DYNAMIC.format(description=description, **shares(size))
    (folder / "__main__.py").write_text(header + program)
