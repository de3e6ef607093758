"""The layers of the package: imports point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "pulumi_scw_iam"

# From the lowest floor up: a package may import itself and all lower floors.
FLOORS = [
    {"common"},
    {"conditions", "emulator"},
    # The settings use the ids of the condition checks.
    {"api"},
    {"core"},
    {"kinds"},
    {"states"},
    # The functions may answer questions about access.
    {"access"},
    {"functions"},
    {"components"},
    {"dynamic", "guardrails", "native"},
    {"adopt"},
    {"doctor", "sdk"},
    {"commands"},
]
# Packages with fewer imports than their floor allows.
ONLY = {
    # The local IAM API is independent of the provider.
    "emulator": {"common"},
    # Guardrails use the declarations, but no code that calls the API.
    "guardrails": {"common", "conditions", "core", "kinds"},
    "pytest_plugin": {"emulator"},
    # Entry points for the engine: each imports the package that it starts.
    "plugin": {"native"},
    "policy_pack": {"guardrails"},
    "__main__": {"native"},
}
# The floors inside the emulator.
EMULATOR = [{"schema"}, {"state"}, {"operations"}, {"http"}]


def imports_of(folder: Path, prefix: str) -> dict[str, set[str]]:
    """Return the imports between the parts of a package."""
    found: dict[str, set[str]] = {}
    for file in folder.rglob("*.py"):
        name = file.relative_to(folder).parts[0].removesuffix(".py")
        imports = found.setdefault(name, set())
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            if node.module == prefix:
                imports |= {alias.name for alias in node.names}
            elif node.module.startswith(f"{prefix}."):
                imports.add(node.module.removeprefix(f"{prefix}.").split(".")[0])
        imports.discard(name)
    return found


def test_every_package_imports_only_from_the_floors_below_it() -> None:
    imports = imports_of(PACKAGE, "pulumi_scw_iam")
    imports.pop("__init__")
    for name, allowed in ONLY.items():
        assert imports[name] <= allowed, name
    below: set[str] = set()
    for floor in FLOORS:
        for name in floor:
            assert imports[name] <= below, name
        below |= floor
    assert imports.keys() == below | ONLY.keys()


def test_the_emulator_imports_only_from_the_floors_below() -> None:
    imports = imports_of(PACKAGE / "emulator", "pulumi_scw_iam.emulator")
    imports.pop("__init__")
    below: set[str] = set()
    for floor in EMULATOR:
        for name in floor:
            assert imports.pop(name) <= below, name
        below |= floor
    assert imports == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {
        ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): file
        for file in PACKAGE.rglob("*.py")
    }
    # The package itself loads its public names on first use.
    del modules["pulumi_scw_iam"]
    sorter = TopologicalSorter[str]()
    for name, file in modules.items():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                for alias in node.names:
                    module = f"{node.module}.{alias.name}"
                    sorter.add(name, module if module in modules else node.module)
    sorter.prepare()  # raises CycleError with the names of the modules


def imported_by(file: Path) -> set[str]:
    """Return the full names of the imports from tests/ in a module under tests/."""
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = file.relative_to(TESTS.parent).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *filter(None, [node.module])])
            imported |= {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in imported if name.startswith("tests.")}


def test_no_module_imports_a_test_module_or_a_conftest() -> None:
    imports = {
        f"{file.relative_to(TESTS)} imports {name}"
        for file in TESTS.rglob("*.py")
        for name in imported_by(file)
        if any(part.startswith("test_") or part == "conftest" for part in name.split("."))
    }
    assert imports == set()


def test_code_for_several_folders_of_tests_is_in_support() -> None:
    imports = {
        f"{file.relative_to(TESTS)} imports {name}"
        for file in TESTS.rglob("*.py")
        for name in imported_by(file)
        if name.split(".")[1] not in {"support", file.relative_to(TESTS).parts[0]}
    }
    assert imports == set()


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("pulumi_scw_iam", {"pulumi", "requests", "cryptography", "yaml", "werkzeug"}),
        ("pulumi_scw_iam.api", {"pulumi", "requests", "cryptography", "yaml", "werkzeug"}),
        ("pulumi_scw_iam.api.settings", {"pulumi", "requests", "yaml"}),
        ("pulumi_scw_iam.api.client", {"pulumi", "cryptography", "yaml", "werkzeug"}),
        ("pulumi_scw_iam.commands", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.pytest_plugin", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.kinds", {"pulumi", "requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.functions", {"pulumi", "requests", "cryptography", "werkzeug"}),
        (
            "pulumi_scw_iam.native.server",
            {"pulumi", "requests", "cryptography", "yaml", "werkzeug"},
        ),
        ("pulumi_scw_iam.dynamic", {"requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.sdk.resources", {"requests", "cryptography", "werkzeug"}),
        ("pulumi_scw_iam.functions", {"requests", "cryptography", "werkzeug"}),
        (
            "pulumi_scw_iam.guardrails",
            {"pulumi", "pulumi_policy", "lark", "requests", "cryptography", "werkzeug"},
        ),
        ("pulumi_scw_iam.native.server", {"pulumi_policy", "pulumi_scw_iam.guardrails"}),
        ("pulumi_scw_iam.dynamic", {"pulumi_policy", "pulumi_scw_iam.guardrails"}),
    ],
)
def test_what_is_slow_to_load_is_loaded_when_it_is_needed(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert never & set(loaded) == set()
