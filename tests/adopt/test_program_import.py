"""The import of the objects of a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.delivery import DeliveryError
from pulumi_scw_iam.adopt.engine import Engine
from pulumi_scw_iam.adopt.flows import Options
from pulumi_scw_iam.adopt.objects import Survey
from pulumi_scw_iam.adopt.program_first import ProgramFirst, adopt_program
from pulumi_scw_iam.adopt.program_import import adopt_declared, deliver_program, program_document
from pulumi_scw_iam.adopt.survey import Selection
from pulumi_scw_iam.core.names import dynamic_token
from pulumi_scw_iam.states.preview import PlannedResource, Preview, PreviewError
from tests.adopt.declared import OWNER, existing, found, planned
from tests.adopt.entries import STACK, export, resource
from tests.support import secret_mark
from tests.support.organization import LocalOrganization
from tests.support.scripted_engine import ScriptedEngine, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.adopt.outcome import Outcome

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


@pytest.fixture
def organization() -> Iterator[LocalOrganization]:
    organization = LocalOrganization()
    yield organization
    organization.close()


def outcome_of(
    scripted: ScriptedEngine,
    organization: LocalOrganization,
    monkeypatch: pytest.MonkeyPatch,
    preview: Any,
) -> Outcome:
    """Return the outcome for a program with this preview."""
    scripted.set(preview=answer(preview))
    monkeypatch.setenv("PATH", str(scripted.bin))
    options = Options(
        organization_id=organization.organization, defaults={}, selection=Selection(), stack="dev"
    )
    return adopt_declared(organization.iam, scripted.project, options)


def test_nothing_is_imported_if_everything_is_to_decide(
    scripted: ScriptedEngine, organization: LocalOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = [organization.iam.create_application(name="twin") for _ in range(2)]
    urn = "urn:pulumi:dev::iam::scw-iam:index:Application::twins"
    state = {"type": "scw-iam:index:Application", "custom": True, "inputs": {"name": "twin"}}
    preview = {"steps": [{"op": "create", "urn": urn, "newState": state}]}
    outcome = outcome_of(scripted, organization, monkeypatch, preview)
    listed = " and ".join(
        f'application "twin" {one["id"]} (created {one["created_at"]})' for one in twins
    )
    assert outcome.open == (f'Application "twins": 2 applications with this name: {listed}',)
    assert (outcome.status, outcome.adopted, outcome.delivery) == (3, (), None)
    assert scripted.calls("import") == []


def test_a_preview_that_fails_is_one_line(
    scripted: ScriptedEngine, organization: LocalOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = {"diagnostics": [{"severity": "error", "message": "error: no such module\n"}]}
    with pytest.raises(PreviewError) as raised:
        outcome_of(scripted, organization, monkeypatch, failed)
    assert str(raised.value) == "the preview of the program failed: no such module"


def test_the_notes_name_differences_and_new_resources_but_no_values() -> None:
    names = {"username": "alice", "email": "a@x.y", "organization_id": OWNER}
    user = planned("User", {**names, "password": "hush", "first_name": "A"})
    one = found(user, existing("User", type="member", first_name="B", **names))
    assert list(one.notes()) == [
        'User "it": first_name differs from the object; the next update changes the object',
        'User "it": password cannot be compared, because the API never returns it; it is not changed',
    ]
    new = found(planned("Group", NAMES))
    assert list(new.notes()) == ['Group "it": will be created: no group with this name']
