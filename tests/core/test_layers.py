"""Imports point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pulumi_scw_iam"

# Each layer may import those before it, and its own.
LAYERS = [
    {
        "answers",
        "connections",
        "claims",
        "ending",
        "errors",
        "forms",
        "notices",
        "pace",
        "prop",
        "redact",
        "sequences",
        "sightings",
        "wire",
        "permission_sets",
        "ssh",
    },
    {"config"},
    {"cel", "check", "conditions", "lint", "search", "transport"},
    {"settle"},
    {"client"},
    {"reads"},
    {"organization"},
    {"kind", "function"},
    {"kinds"},
    {"lookups"},
    {"front", "protocol", "spelling"},
    {"doctor"},
    {"dynamic", "native", "providers"},
    {"resource", "defaults"},
    {"resources"},
    {"rules"},
    {"invoke"},
    {"functions"},
]
# The API's other end, and the ways to start it: nothing of the provider.
EMULATOR = {"emulator", "pytest_plugin"}
EMULATOR_MAY_IMPORT = {*EMULATOR, "errors", "permission_sets", "ssh"}
# Guardrails know the declarations and never the provider, and nobody but the command knows them.
POLICIES_MAY_IMPORT = {
    "policies",
    "spelling",
    "cel",
    "forms",
    "kinds",
    "lint",
    "permission_sets",
    "prop",
    "ssh",
}
CLI_MAY_IMPORT = {
    *EMULATOR_MAY_IMPORT,
    "client",
    "config",
    "doctor",
    "ending",
    "forms",
    "front",
    "policies",
}


def modules() -> dict[str, set[str]]:
    """What each module, or folder of modules, imports of the package."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        imports = found.setdefault(name, set())
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            if node.module == "pulumi_scw_iam":
                imports |= {alias.name for alias in node.names} - {"__version__"}
            elif node.module.startswith("pulumi_scw_iam."):
                imports.add(node.module.split(".")[1])
    return found


def test_every_module_imports_only_from_the_layers_below_it() -> None:
    allowed: set[str] = set()
    imports = modules()
    for layer in LAYERS:
        allowed |= layer
        for name in layer:
            assert imports.pop(name) <= allowed, name
    for name in EMULATOR:
        assert imports.pop(name) <= EMULATOR_MAY_IMPORT, name
    assert imports.pop("policies") <= POLICIES_MAY_IMPORT
    assert imports.pop("cli") <= CLI_MAY_IMPORT
    # Programs that the engine starts: they import what they serve.
    assert imports.pop("plugin") == {"native"}
    assert imports.pop("policy_pack") == {"policies"}
    assert set(imports) == {"__init__", "__main__"}


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("pulumi_scw_iam", {"pulumi", "requests", "cryptography", "yaml", "werkzeug"}),
        ("pulumi_scw_iam.cli", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.pytest_plugin", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.kinds", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.lookups", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.native", {"pulumi", "requests", "cryptography", "yaml", "werkzeug"}),
        ("pulumi_scw_iam.dynamic", {"requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.resources", {"requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.functions", {"requests", "cryptography", "werkzeug"}),
        (
            "pulumi_scw_iam.policies",
            {"pulumi", "pulumi_policy", "lark", "requests", "cryptography", "werkzeug"},
        ),
        ("pulumi_scw_iam.native", {"pulumi_policy", "pulumi_scw_iam.policies"}),
        ("pulumi_scw_iam.dynamic", {"pulumi_policy", "pulumi_scw_iam.policies"}),
    ],
)
def test_what_is_slow_to_load_is_loaded_when_it_is_needed(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert never & set(loaded) == set()
