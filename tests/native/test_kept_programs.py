"""The programs of the kept states of the next release use every kind and every input of each kind."""

from __future__ import annotations

import ast
from collections import defaultdict

import pytest
import yaml

from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import camel, token
from pulumi_scw_iam.kinds import KINDS
from tests.support.kept import FRONTS, PROGRAMS
from tools.keep_states import without_marked

NEVER = {("SAML", "metadata")}
"""An organization has one SAML configuration, and metadata replace the other inputs."""


def inputs_of_python() -> dict[str, set[str]]:
    """Return the inputs that the Python program sets, by kind."""
    tree = ast.parse((PROGRAMS / "python-classes" / "__main__.py").read_text())
    found: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="iam"), attr=kind)):
                found[kind] |= {keyword.arg or "" for keyword in node.keywords}
    return found


def inputs_of_yaml() -> dict[str, set[str]]:
    """Return the inputs that the YAML program sets, by kind."""
    program = yaml.safe_load((PROGRAMS / "plugin" / "Pulumi.yaml").read_text())
    found: dict[str, set[str]] = defaultdict(set)
    kinds = {token(kind).replace(":index:", ":"): kind for kind in KINDS}
    for resource in program["resources"].values():
        declared = {
            camel(field.name): field.name for field in fields(KINDS[kinds[resource["type"]]].inputs)
        }
        found[kinds[resource["type"]]] |= {
            declared[name] for name in resource.get("properties", {})
        }
    return found


@pytest.mark.parametrize(
    "inputs", [inputs_of_python, inputs_of_yaml], ids=["python-classes", "plugin"]
)
def test_a_program_sets_every_input_of_every_kind(inputs: object) -> None:
    """A new field or kind needs its place in both programs, so a release needs no more than `make keep-states`."""
    assert callable(inputs)
    used = inputs()
    missing = {
        (kind, field.name)
        for kind, declared in KINDS.items()
        for field in fields(declared.inputs)
        # An organization other than the default one needs another API key.
        if field.name != "organization_id" and field.name not in used.get(kind, set())
    }
    assert missing - NEVER == set()
    assert set(KINDS) <= used.keys()


@pytest.mark.parametrize("program", FRONTS)
def test_a_program_without_what_cannot_be_adopted_is_a_program(program: str) -> None:
    for file in (PROGRAMS / program).iterdir():
        text = without_marked(file.read_text())
        assert "not adopted" not in text
        assert "# end" not in text
        if file.suffix == ".py":
            compile(text, file.name, "exec")
        else:
            assert yaml.safe_load(text)["name"] == "test"
