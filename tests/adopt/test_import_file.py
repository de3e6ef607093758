"""Import files: what `pulumi import --file` gets for both fronts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.import_file import Component, holds_secrets, import_document
from pulumi_scw_iam.dynamic import pickled_provider
from tests.adopt.entries import (
    ACCESS_KEY,
    APPLICATION,
    GROUP,
    ORGANIZATION,
    PROJECT,
    SECRET_KEY,
    api_key,
    application,
    group,
    policy,
)
from tests.support.secret_mark import SECRET

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


def test_only_a_file_with_a_secret_in_clear_holds_secrets() -> None:
    assert holds_secrets(import_document([api_key()], "python"))
    assert holds_secrets(
        import_document([policy(secrets=frozenset({"rules.condition"}))], "native")
    )
    assert not holds_secrets(import_document([group(), application(), policy()], "python"))
    assert not holds_secrets({"a": [{**SECRET, "ciphertext": "v1:…"}]})
