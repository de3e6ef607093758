"""Import files: what `pulumi import --file` gets for both fronts."""

from __future__ import annotations

import base64
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.import_file import (
    Component,
    ImportEntry,
    holds_secrets,
    import_document,
    resource_properties,
)
from pulumi_scw_iam.adopt.objects import Adoption, Existing
from pulumi_scw_iam.core.fields import has_unknown
from pulumi_scw_iam.core.names import camel, from_pulumi, token
from pulumi_scw_iam.dynamic import pickled_provider
from pulumi_scw_iam.kinds import KINDS
from tests.adopt.entries import (
    ACCESS_KEY,
    APPLICATION,
    GROUP,
    ORGANIZATION,
    PROJECT,
    SECRET_KEY,
    STACK,
    api_key,
    application,
    group,
    policy,
)
from tests.support.secret_mark import SECRET
from tests.support.strategies import inputs
from tools.generate.schema import package_schema

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Front

TEAM = "urn:pulumi:dev::iam::my:index:Team::devs"
OUTER = "urn:pulumi:dev::iam::my:index:Outer::outer"
PROVIDER = "urn:pulumi:dev::iam::pulumi:providers:pulumi-python::other"


def secret(value: Any) -> dict[str, str]:
    return {**SECRET, "plaintext": json.dumps(value)}


def test_a_key_of_the_python_classes_has_its_provider_and_its_secret_key_under_a_mark() -> None:
    provider = {"__provider": pickled_provider("APIKey")}
    assert import_document([api_key()], "python") == {
        "resources": [
            {
                "type": "pulumi-python:dynamic/scw_iam:APIKey",
                "name": "key",
                "id": ACCESS_KEY,
                "inputs": {
                    **provider,
                    "application_id": APPLICATION,
                    "default_project_id": PROJECT,
                },
                "outputs": {
                    **provider,
                    "application_id": APPLICATION,
                    "access_key": ACCESS_KEY,
                    "description": "",
                    "default_project_id": PROJECT,
                    "secret_key": secret(SECRET_KEY),
                    "creation_ip": "",
                    "organization_id": ORGANIZATION,
                    "created_at": "2030-01-01T00:00:00Z",
                    "deletable": True,
                    "editable": True,
                    "managed": False,
                },
            }
        ]
    }


def test_a_key_of_the_plugin_is_spelled_as_in_the_schema() -> None:
    fronts: tuple[Front, ...] = ("native", "yaml")
    for front in fronts:
        (resource,) = import_document([api_key()], front)["resources"]
        assert resource["type"] == "scw-iam:index:APIKey"
        assert resource["inputs"] == {
            "applicationId": APPLICATION,
            "defaultProjectId": PROJECT,
        }
        assert resource["outputs"]["secretKey"] == secret(SECRET_KEY)
        assert resource["outputs"]["defaultProjectId"] == PROJECT
        assert "__provider" not in resource["outputs"]


def test_the_engine_gets_a_whole_property_as_a_secret_and_the_python_classes_get_its_path() -> None:
    rules = [
        {
            "permission_set_names": ["IAMReadOnly"],
            "organization_id": ORGANIZATION,
            "condition": 'request.user_agent == "x"',
        }
    ]
    hidden = policy(secrets=frozenset({"rules.condition"}))
    (dynamic,) = import_document([hidden], "python")["resources"]
    for properties in (dynamic["inputs"], dynamic["outputs"]):
        assert properties["rules"] == secret(rules)
        assert properties["__secrets"] == ["rules.condition"]
    (native,) = import_document([hidden], "native")["resources"]
    spelled = [
        {
            "permissionSetNames": ["IAMReadOnly"],
            "organizationId": ORGANIZATION,
            "condition": 'request.user_agent == "x"',
        }
    ]
    for properties in (native["inputs"], native["outputs"]):
        assert properties["rules"] == secret(spelled)
        assert "__secrets" not in properties


def test_parents_and_providers_are_named_by_their_urns() -> None:
    entries = [group(parent=TEAM, provider=PROVIDER), application(parent=OUTER)]
    components = [
        Component(urn=OUTER),
        Component(urn="urn:pulumi:dev::iam::my:index:Outer$my:index:Team::devs", parent=OUTER),
    ]
    document = import_document(entries, "native", components)
    assert document["nameTable"] == {TEAM: TEAM, PROVIDER: PROVIDER}
    outer, inner, *resources = document["resources"]
    assert outer == {
        "type": "my:index:Outer",
        "name": OUTER,
        "logicalName": "outer",
        "component": True,
    }
    assert inner == {
        "type": "my:index:Team",
        "name": "urn:pulumi:dev::iam::my:index:Outer$my:index:Team::devs",
        "logicalName": "devs",
        "component": True,
        "parent": OUTER,
    }
    places = [(r["name"], r["id"], r.get("parent"), r.get("provider")) for r in resources]
    assert places == [("devs", GROUP, TEAM, PROVIDER), ("robot", APPLICATION, OUTER, None)]


def test_the_stack_as_a_parent_is_no_parent() -> None:
    entries, components = [group(parent=STACK)], [Component(urn=OUTER, parent=STACK)]
    plain = import_document([group()], "python", [Component(urn=OUTER)])
    assert import_document(entries, "python", components) == plain


def test_only_a_file_with_a_secret_in_clear_holds_secrets() -> None:
    assert holds_secrets(import_document([api_key()], "python"))
    assert holds_secrets(
        import_document([policy(secrets=frozenset({"rules.condition"}))], "native")
    )
    assert not holds_secrets(import_document([group(), application(), policy()], "python"))
    assert not holds_secrets({"a": [{**SECRET, "ciphertext": "v1:…"}]})


SCHEMA = package_schema()["resources"]
FRONTS: tuple[Front, ...] = ("python", "native", "yaml")
NOUNS = (*(kind.noun for kind in KINDS.values()), "organization", "project")
IDS = {noun: [f"{number:08}-0000-4000-8000-000000000000"] for number, noun in enumerate(NOUNS)}


def clear(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties without secret marks."""
    return {
        name: json.loads(value["plaintext"]) if isinstance(value, dict) else value
        for name, value in properties.items()
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_each_front_reads_back_the_values_of_every_kind(kind: str, data: st.DataObject) -> None:
    """Secrets are marked, names are those of the schema, and nothing is lost or added."""
    declared = KINDS[kind]
    values = data.draw(inputs(declared, IDS))
    outputs = {n: v for n, v in declared.preview(None, values).items() if not has_unknown(v)}
    secret = data.draw(st.sets(st.sampled_from(sorted(values)))) if values else set()
    existing = Existing(kind=declared, id="id", item={})
    adoption = Adoption(
        existing=existing, name="it", inputs=values, arguments=values, outputs=outputs
    )
    imported = ImportEntry(adoption=adoption, secrets=frozenset(secret))
    for front in FRONTS:
        read: list[dict[str, Any]] = []
        for properties in resource_properties(imported, front):
            marked = {name for name, value in properties.items() if isinstance(value, dict)}
            names = {*secret, *declared.secrets()}
            if front == "python":
                provider = properties.pop("__provider")
                assert type(pickle.loads(base64.b64decode(provider))).kind is declared
                assert properties.pop("__secrets", []) == sorted(secret - {*declared.secrets()})
                assert marked == names & properties.keys()
                read.append(clear(properties))
            else:
                assert properties.keys() <= SCHEMA[token(kind)]["properties"].keys()
                assert marked == {camel(name) for name in names} & properties.keys()
                read.append(from_pulumi(declared.state, clear(properties)))
        assert read == [values, outputs]
