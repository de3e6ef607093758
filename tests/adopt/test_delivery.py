"""Resources come into a stack, or one line tells why not, and the stack is as before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.delivery import Delivery, DeliveryError, Finding, check_stack, deliver
from pulumi_scw_iam.adopt.engine import Engine
from pulumi_scw_iam.adopt.state import Placed
from tests.adopt.entries import (
    APPLICATION,
    GROUP,
    SECRET_KEY,
    STACK,
    api_key,
    application,
    export,
    group,
    resource,
)
from tests.support.scripted_engine import ScriptedEngine, answer

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = "urn:pulumi:dev::iam::scw-iam:index:"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
DYNAMIC = "urn:pulumi:dev::iam::pulumi-python:dynamic/scw_iam:"
ROBOT = resource(f"{NATIVE}Application::robot", id=APPLICATION)
DEVS = resource(f"{NATIVE}Group::devs", id=GROUP)
BEFORE = export(resource(STACK, custom=False))
AGREES = {"summaryEvent": {"resourceChanges": {"same": 1}}}


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(
        tmp_path,
        stack_export=[*answer(BEFORE), *answer(export(ROBOT, DEVS))],
        stack_import=[(0, "", "")],
        config=answer({}),
        refresh=answer(AGREES),
        preview=answer(AGREES),
        **{"import": [(0, "", "")]},
    )


def engine_of(scripted: ScriptedEngine) -> Engine:
    return Engine.find(scripted.project, environ=scripted.environ)


def test_the_way_follows_from_the_version_of_the_engine(scripted: ScriptedEngine) -> None:
    lines: list[str] = []
    new = deliver(engine_of(scripted), [application()], "native", progress=lines.append)
    assert (new.way, new.status, new.backup) == ("import", 0, None)
    assert list(new.lines()) == [
        "1 resource imported into stack dev",
        "the API, the stack and the program agree",
    ]
    assert lines == [
        "importing 1 resource",
        "checking: pulumi refresh",
        "checking: pulumi preview",
    ]
    scripted.set(version=[(0, "v3.100.1\n", "")])
    (scripted.folder / "calls.jsonl").unlink()
    old = deliver(engine_of(scripted), [application(), group()], "native", checks=False)
    assert (old.way, old.status, old.checked) == ("apply", 0, False)
    assert old.backup is not None
    assert json.loads(old.backup.read_text()) == BEFORE
    assert old.backup.stat().st_mode & 0o777 == 0o600
    assert list(old.lines()) == [
        "2 resources imported into stack dev",
        f"a copy of the state before is in {old.backup}; if all is well: rm {old.backup}",
    ]
    assert scripted.calls("import") == []
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [application()], "native", way="import")
    assert str(raised.value) == (
        "pulumi 3.100.1 cannot import resources with outputs; use version 3.254 or newer, or pass"
        " --apply"
    )


def test_a_second_run_imports_nothing(scripted: ScriptedEngine) -> None:
    scripted.set(stack_export=answer(export(ROBOT)))
    again = deliver(engine_of(scripted), [application()], "native")
    assert scripted.calls("import") == []
    assert list(again.lines()) == [
        "0 resources imported into stack dev",
        "1 resource in the stack already",
        "the API, the stack and the program agree",
    ]


def test_a_refused_resource_does_not_hold_up_the_others(scripted: ScriptedEngine) -> None:
    other = resource(f"{NATIVE}Group::team", id=GROUP)
    scripted.set(stack_export=answer(export(other)))
    found = deliver(engine_of(scripted), [group(), application()], "native")
    assert found.refused == (f'group "devs" {GROUP}: the stack has it as "team" already',)
    assert [placed.urn for placed in found.imported] == [ROBOT["urn"]]
    assert found.status == 1
    (call,) = scripted.calls("import")
    assert [r["name"] for r in json.loads(call[1])["resources"]] == ["robot"]


def test_a_failed_import_tells_how_much_was_imported(scripted: ScriptedEngine) -> None:
    scripted.set(**{"import": [(1, "", "error: boom\n")]})
    scripted.set(
        stack_export=[*answer(BEFORE), *answer(BEFORE), *answer(BEFORE), *answer(export(ROBOT))]
    )
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [application(), group()], "native")
    assert str(raised.value) == "cannot import the resources: boom; nothing was imported"
    assert raised.value.output == "error: boom\n"
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [application(), group()], "native")
    assert str(raised.value) == (
        "cannot import the resources: boom; 1 of 2 resources were imported; run again for the"
        " others"
    )


def test_a_refused_state_leaves_the_stack_as_before(scripted: ScriptedEngine) -> None:
    scripted.set(stack_import=[(1, "", "error: state file contains errors\n")])
    scripted.set(stack_export=answer(BEFORE))
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [api_key()], "native", way="apply")
    assert str(raised.value) == (
        "cannot import the state: state file contains errors; the stack is as before"
    )
    assert len(scripted.calls("stack import")) == 1
    assert SECRET_KEY not in str(raised.value)


def test_a_half_written_state_is_restored(scripted: ScriptedEngine) -> None:
    """The engine reports success, but a resource is missing; restoring works, and then fails."""
    scripted.set(stack_export=[*answer(BEFORE), *answer(export(ROBOT))])
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [application(), group()], "native", way="apply")
    assert str(raised.value) == 'the new state lacks "devs"; the stack is as before'
    _, restored = scripted.calls("stack import")
    assert json.loads(restored[1]) == BEFORE

    (scripted.folder / "calls.jsonl").unlink()
    scripted.set(stack_import=[(0, "", ""), (1, "", "error: conflict\n")])
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [application(), group()], "native", way="apply")
    backup = max(scripted.project.glob("dev.before-adopt-*.json"))
    assert str(raised.value) == (
        'the new state lacks "devs"; restoring the state failed too; restore it with'
        f" `pulumi stack import --file {backup}`"
    )


def test_without_a_copy_of_the_state_nothing_is_changed(scripted: ScriptedEngine) -> None:
    name = "x" * 250
    scripted.set(stack=[(0, name, "")])
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [group()], "native", way="apply")
    assert str(raised.value).endswith(
        ".json: cannot write the file: File name too long; the stack was not changed"
    )
    assert scripted.calls("stack import") == []


def test_pending_operations_of_others_are_not_dropped(scripted: ScriptedEngine) -> None:
    pending = {"type": "creating", "resource": {"urn": f"{NATIVE}Group::lost"}}
    scripted.set(stack_export=answer(export(pending_operations=[pending])))
    with pytest.raises(DeliveryError) as raised:
        deliver(engine_of(scripted), [group()], "native", way="apply")
    assert str(raised.value) == (
        'the stack has pending operations ("lost"), and `pulumi stack import` would drop them; run'
        " `pulumi refresh`, and run again"
    )
    assert not (scripted.folder / "calls.jsonl").read_text().count('"import"')


def test_the_create_that_was_interrupted_is_done_by_its_import(scripted: ScriptedEngine) -> None:
    pending = {"type": "creating", "resource": {"urn": DEVS["urn"]}}
    scripted.set(
        stack_export=[*answer(export(pending_operations=[pending])), *answer(export(DEVS))]
    )
    found = deliver(engine_of(scripted), [group()], "native")
    assert found.way == "apply"
    (call,) = scripted.calls("stack import")
    assert "pending_operations" not in json.loads(call[1])["deployment"]


def step(
    op: str, name: str, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the metadata of a step; `URN:` stands for the start of a URN of either front."""
    return {
        "op": op,
        "urn": f"URN:{name}",
        "old": None if old is None else {"outputs": old},
        "new": None if new is None else {"outputs": new, "inputs": new},
    }


OUTPUTS = {"name": "robot", "tags": ["a", "b"], "description": "", "organization_id": "o"}
REFRESH = [
    step("update", "same", OUTPUTS, {**OUTPUTS, "tags": ["c"]}),
    step("same", "same", OUTPUTS, OUTPUTS),
    step("update", "drift", OUTPUTS, {**OUTPUTS, "description": "new"}),
    step("delete", "gone", OUTPUTS, {**OUTPUTS, "name": "r"}),
    step("update", "another", OUTPUTS, {**OUTPUTS, "description": "new"}),
]
PREVIEW = [
    step("same", "same", OUTPUTS, OUTPUTS),
    step("update", "drift", OUTPUTS, {**OUTPUTS, "name": "r", "tags": ["c"]}),
    step("delete", "gone", OUTPUTS, None),
    step("create", "new", None, OUTPUTS),
    step("update", "another", OUTPUTS, {**OUTPUTS, "name": "r"}),
    step("create-replacement", "replaced", None, OUTPUTS),
    step("replace", "replaced", OUTPUTS, {**OUTPUTS, "organization_id": "p"}),
    step("delete-replaced", "replaced", OUTPUTS, None),
    step("update", "unknown", OUTPUTS, {**OUTPUTS, "organization_id": UNKNOWN}),
    step("update", "provider", OUTPUTS, OUTPUTS),
]
LINES = [
    'application "drift": the API and the stack differ in description (pulumi refresh)',
    'application "gone": it does not exist in the API (pulumi refresh)',
    'application "drift": the program and the stack differ in name and tags (pulumi preview)',
    'application "gone": the program does not declare it (pulumi preview)',
    'application "new": the program declares it, but the stack does not have it (pulumi preview)',
    'application "replaced": the program and the stack differ in ORGANIZATION, so it would be'
    " replaced (pulumi preview)",
    'application "unknown": the program and the stack differ in ORGANIZATION (pulumi preview)',
    'application "provider": the program and the stack differ (pulumi preview)',
]


def events(*made: dict[str, Any]) -> str:
    """Return the output of a check."""
    return "\n".join(map(json.dumps, [*made, {"summaryEvent": {}}]))


@pytest.mark.parametrize("front", ["python", "native"])
def test_a_difference_is_one_line_with_resource_and_properties(
    scripted: ScriptedEngine, front: str
) -> None:
    prefix = f"{DYNAMIC if front == 'python' else NATIVE}Application::"
    spelled = "organization_id" if front == "python" else "organizationId"
    before, after = "resourcePreEvent", "resOutputsEvent"
    read = [{before: {"metadata": REFRESH[0]}}, *({after: {"metadata": s}} for s in REFRESH[1:])]
    for command, made in (
        ("refresh", read),
        ("preview", [{before: {"metadata": s}} for s in PREVIEW]),
    ):
        text = events(*made).replace("URN:", prefix).replace("organization_id", spelled)
        scripted.set(**{command: [(7, text, "")]})
    ours = ("same", "drift", "gone", "replaced", "unknown", "provider")
    placed = [Placed(urn=f"{prefix}{name}", entry=application()) for name in ours]
    findings, failures = check_stack(engine_of(scripted), placed)
    assert failures == []
    lines = [line.replace("ORGANIZATION", spelled) for line in LINES]
    assert [finding.line for finding in findings] == lines


def test_failed_checks_are_lines_of_their_own(scripted: ScriptedEngine) -> None:
    error = "error: Preview failed: read application:\n  not permitted\n"
    diagnostics = [
        {"severity": "error", "urn": ROBOT["urn"], "message": error},
        {"severity": "error", "urn": STACK, "message": "error: preview failed\n"},
        {"severity": "warning", "message": "warning: using a plugin\n"},
    ]
    output = "\n".join(json.dumps({"diagnosticEvent": one}) for one in diagnostics)
    scripted.set(
        refresh=[(1, output, "")],
        preview=[(1, "", "error: no module named iam\n")],
    )
    found = deliver(engine_of(scripted), [application()], "native")
    assert found.failures == (
        'pulumi refresh: "robot": Preview failed: read application: not permitted',
        "pulumi refresh: preview failed",
        "cannot run `pulumi preview`: no module named iam",
    )
    assert found.status == 1
    assert list(found.lines()) == ["1 resource imported into stack dev"]


def test_the_status_and_the_json_of_a_report() -> None:
    finding = Finding(command="refresh", urn=ROBOT["urn"], operation="update", properties=("tags",))
    placed = Placed(urn=ROBOT["urn"], entry=application())
    report = Delivery(way="apply", stack="dev", imported=(placed,), findings=(finding,))
    assert report.status == 3
    assert report.to_json() == {
        "way": "apply",
        "stack": "dev",
        "imported": [ROBOT["urn"]],
        "present": [],
        "refused": [],
        "checked": True,
        "differences": [
            {
                "found_by": "refresh",
                "urn": ROBOT["urn"],
                "operation": "update",
                "properties": ["tags"],
            }
        ],
        "failures": [],
        "state_before": None,
    }
