"""The schema of the native plugin, and the conversion between its names and the declared names."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import camel, from_pulumi, to_pulumi, token
from pulumi_scw_iam.kinds import KINDS
from tools.generate.schema import package_schema


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return package_schema()


def test_every_kind_is_a_resource_with_the_alias_of_its_dynamic_type(
    schema: dict[str, Any],
) -> None:
    resources = schema["resources"].items()
    assert {name: one["aliases"] for name, one in resources if "isComponent" not in one} == {
        token(kind): [{"type": f"pulumi-python:dynamic/scw_iam:{kind}"}] for kind in KINDS
    }


def test_every_component_is_a_component_resource_with_its_declared_fields(
    schema: dict[str, Any],
) -> None:
    found = {name for name, one in schema["resources"].items() if "isComponent" in one}
    assert found == set(map(token, COMPONENTS))
    for name, component in COMPONENTS.items():
        resource = schema["resources"][token(name)]
        inputs, outputs = resource["inputProperties"], resource["properties"]
        assert set(inputs) == {camel(f.name) for f in fields(component.inputs)}
        assert set(outputs) == {camel(f.name) for f in fields(component.state)}
        assert {n for n, one in inputs.items() if one.get("plain")} == {"application"}
        assert {n for n, one in outputs.items() if one.get("secret")} == {
            "secretKey",
            "previousSecretKey",
        }


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_a_property_and_every_input_an_output(
    schema: dict[str, Any], kind: str
) -> None:
    resource = schema["resources"][token(kind)]
    assert set(resource["properties"]) == {camel(f.name) for f in fields(KINDS[kind].state)}
    assert set(resource["inputProperties"]) == {camel(f.name) for f in fields(KINDS[kind].inputs)}
    assert set(resource["inputProperties"]) <= set(resource["properties"])


def test_secrets_required_inputs_and_replacements_are_declared(schema: dict[str, Any]) -> None:
    def marked(mark: str, section: str) -> set[str]:
        return {
            f"{name.rpartition(':')[2]}.{key}"
            for name, resource in schema["resources"].items()
            for key, prop in resource[section].items()
            if prop.get(mark)
        }

    assert {"APIKey.secretKey", "User.password"} <= marked("secret", "properties")
    assert schema["provider"]["inputProperties"]["secretKey"]["secret"] is True
    assert schema["config"]["variables"]["secretKey"]["secret"] is True
    assert {
        "APIKey.applicationId",
        "APIKey.userId",
        "Group.organizationId",
        "SSHKey.publicKey",
        "GroupMembership.groupId",
    } <= marked("replaceOnChanges", "inputProperties")
    required = {name: r["requiredInputs"] for name, r in schema["resources"].items()}
    assert required[token("SSHKey")] == ["publicKey"]
    assert required[token("Group")] == required[token("APIKey")] == []
    assert required[token("User")] == ["email"]


def test_names_are_translated_where_they_are_declared_and_nowhere_else() -> None:
    policy = KINDS["Policy"].inputs
    plain = {
        "name": "p",
        "group_id": "g",
        "rules": [{"permission_set_names": ["A"], "project_ids": ["x"], "not_declared": 1}],
        "not_declared": 1,
    }
    spelled = to_pulumi(policy, plain)
    assert spelled["rules"][0]["permissionSetNames"] == ["A"]
    assert from_pulumi(policy, spelled)["rules"][0]["project_ids"] == ["x"]
    # States of the dynamic front already have the declared names.
    assert from_pulumi(policy, plain) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_fields_are_spelled_alike(kind: str) -> None:
    names = [field.name for field in fields(KINDS[kind].state)]
    assert len({camel(name) for name in names}) == len(names)
