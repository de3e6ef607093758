"""The import of the objects of a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.delivery import DeliveryError
from pulumi_scw_iam.adopt.engine import Engine
from pulumi_scw_iam.adopt.objects import Survey
from pulumi_scw_iam.adopt.program_first import ProgramFirst, adopt_program
from pulumi_scw_iam.adopt.program_import import deliver_program, program_document
from pulumi_scw_iam.core.names import dynamic_token
from pulumi_scw_iam.states.preview import PlannedResource, Preview
from tests.adopt.entries import STACK, export, resource
from tests.adopt.programs import OWNER, existing, found, planned
from tests.support import secret_mark
from tests.support.scripted_engine import ScriptedEngine, answer

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"name": "devs", "organization_id": OWNER}
AGREES = {"summaryEvent": {"resourceChanges": {"same": 1}}}


def around(type_token: str, name: str, **more: Any) -> PlannedResource:
    """Return a new component, or a new resource of another package."""
    urn = f"urn:pulumi:test::shop::{type_token}::{name}"
    fields: dict[str, Any] = {"op": "create", "kind": None, "front": "", "custom": False}
    return PlannedResource(urn=urn, type=type_token, **{**fields, **more})


def test_the_file_has_the_new_components_and_providers_too() -> None:
    team = around("x:index:Team", "team")
    other = around(
        "pulumi:providers:scw-iam",
        "other",
        custom=True,
        inputs={"secretKey": "hush", "organizationId": OWNER},
        secrets=frozenset({"secretKey"}),
    )
    group = planned("Group", NAMES, parent=team.urn, provider=other.urn)
    child = planned("Application", NAMES, parent=group.urn, provider="urn:old")
    preview = Preview(name="preview", steps=(child, group, other, team))
    objects = (existing("Group", **NAMES), existing("Application", **NAMES))
    document = program_document(
        adopt_program(preview, Survey(organization_id=OWNER, existing=objects))
    )
    assert document["nameTable"] == {"urn:old": "urn:old"}
    first, second, third, fourth = document["resources"]
    assert first == {
        "type": "pulumi:providers:scw-iam",
        "name": other.urn,
        "logicalName": "other",
        "inputs": {
            "secretKey": {**secret_mark.SECRET, "plaintext": '"hush"'},
            "organizationId": OWNER,
        },
    }
    assert second == {
        "type": "x:index:Team",
        "name": team.urn,
        "logicalName": "team",
        "component": True,
    }
    assert (third["parent"], third["provider"]) == (group.urn, "urn:old")
    assert (fourth["parent"], fourth["provider"]) == (team.urn, other.urn)
    assert fourth["name"] == group.urn
    assert fourth["inputs"] == {"name": "devs", "organizationId": OWNER}


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedEngine:
    before = answer(export(resource(STACK, custom=False)))
    answers = {"stack_export": before, "refresh": answer(AGREES), "preview": answer(AGREES)}
    return ScriptedEngine(tmp_path, **answers, **{"import": [(0, "", "")]})


def program(*resources: PlannedResource) -> ProgramFirst:
    objects = (existing("Group", **NAMES), existing("Application", **NAMES))
    preview = Preview(name="preview", steps=resources)
    return adopt_program(preview, Survey(organization_id=OWNER, existing=objects))


def test_the_import_is_checked(scripted: ScriptedEngine) -> None:
    lines: list[str] = []
    engine = Engine.find(scripted.project, environ=scripted.environ)
    delivery = deliver_program(engine, program(planned("Group", NAMES)), progress=lines.append)
    assert list(delivery.lines()) == [
        "1 resource imported into stack dev",
        "the API, the stack and the program agree",
    ]
    assert lines[0] == "importing 1 resource"
    ((_, content, _),) = scripted.calls("import")
    assert [one["logicalName"] for one in json.loads(content)["resources"]] == ["it"]


def test_a_failed_import_says_how_far_it_came(scripted: ScriptedEngine) -> None:
    scripted.set(**{"import": [(1, "", "error: no disk space\n")]})
    engine = Engine.find(scripted.project, environ=scripted.environ)
    with pytest.raises(DeliveryError) as raised:
        deliver_program(engine, program(planned("Group", NAMES)))
    assert str(raised.value) == (
        'cannot import the resources: no disk space; nothing was imported into "dev"'
    )


def test_both_fronts_in_one_program_need_a_new_engine(scripted: ScriptedEngine) -> None:
    scripted.set(version=[(0, "v3.253.0\n", "")])
    token = dynamic_token("Application")
    both = program(
        planned("Group", NAMES),
        planned("Application", NAMES, type=token, front="dynamic"),
    )
    engine = Engine.find(scripted.project, environ=scripted.environ)
    with pytest.raises(DeliveryError) as raised:
        deliver_program(engine, both)
    assert str(raised.value) == (
        "the program uses the Python classes and the plugin, which only `pulumi import` can import together; use"
        " pulumi 3.254 or newer"
    )


def test_a_report_names_ids_and_reasons_but_no_values() -> None:
    names = {"username": "alice", "email": "a@x.y", "organization_id": OWNER}
    user = planned("User", {**names, "password": "hush", "first_name": "A"})
    one = found(user, existing("User", type="member", first_name="B", created_at="T", **names))
    notes = [
        "first_name differs from the object; the next update changes the object",
        "password cannot be compared, because the API never returns it; it is not changed",
    ]
    assert (one.status, list(one.lines())) == (0, [f'User "it": {note}' for note in notes])
    (matched,) = one.matched
    assert one.to_json() == {
        "matched": [
            {
                "urn": user.urn,
                "id": matched.adoption.id,
                "differences": ["first_name"],
                "unknown": [],
                "notes": notes,
            }
        ],
        "unmatched": [],
    }
    token = planned("SCIMToken", {"scim_id": OWNER})
    two = found(token, existing("SCIMToken", id=f"{OWNER}/1", scim_id=OWNER, created_at="T"))
    reason = (
        "nothing in the program tells one SCIM token from another, and its secret cannot be read again;"
        f" existing: SCIM token {OWNER}/1 (created T)"
    )
    assert (two.status, list(two.lines())) == (3, [f'SCIMToken "it": {reason}'])
    assert two.to_json()["unmatched"] == [
        {
            "urn": token.urn,
            "is_new": False,
            "reason": reason,
            "candidates": [{"id": f"{OWNER}/1", "created_at": "T"}],
        }
    ]
    new = found(planned("Group", NAMES))
    assert (new.status, list(new.lines())) == (
        0,
        ['Group "it": will be created: no group with this name'],
    )
