"""Previews and plans as the engine writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.preview import PlannedResource, Preview, PreviewError, parse_preview
from tests.support import secret_mark

ENGINE_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
STACK = "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test"
TEAM = "urn:pulumi:test::shop::test:index:Team::team"
OTHER = "urn:pulumi:test::shop::pulumi:providers:scw-iam::other"
OWNER = "11111111-2222-4333-8444-555555555555"
NOT_A_PREVIEW = "it: not a preview; pass the output of `pulumi preview --json`"
NATIVE, DYNAMIC = "scw-iam:index:", "pulumi-python:dynamic/scw_iam:"


def urn_of(kind: str, name: str, parents: str = "") -> str:
    return f"urn:pulumi:test::shop::{parents}{kind}::{name}"


def step(
    kind: str,
    name: str,
    op: str = "create",
    inputs: Any = None,
    old: dict[str, Any] | None = None,
    **state: Any,
) -> dict[str, Any]:
    """Return a step of `pulumi preview --json`."""
    urn = urn_of(kind, name, "test:index:Team$" if state.get("parent") == TEAM else "")
    package = "scw-iam" if kind.startswith(NATIVE) else "pulumi-python"
    own = {
        "urn": urn,
        "custom": True,
        "type": kind,
        "inputs": inputs or {},
        "parent": STACK,
        "provider": f"urn:pulumi:test::shop::pulumi:providers:{package}::default_1::{OWNER}",
        **state,
    }
    states = {"newState": own} if op != "delete" else {}
    return {"op": op, "urn": urn, **({"oldState": {**own, **old}} if old else {}), **states}


def output(*steps: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"steps": steps, "duration": 1, **more}).encode()


def plan_of(urn: str, **adds: Any) -> bytes:
    """Return a file of `--save-plan` with one new resource."""
    ignored = ["groupId", "rules[0].condition"]
    goal = {"inputDiff": {"adds": adds}, "outputDiff": {}, "ignoreChanges": ignored}
    return json.dumps({"resourcePlans": {urn: {"goal": goal, "steps": ["create"]}}}).encode()


def only(content: bytes, plan: bytes | None = None) -> PlannedResource:
    (one,) = parse_preview("it", content, plan).steps
    return one


def test_a_new_resource_has_its_inputs_by_declared_name() -> None:
    group = urn_of(f"{NATIVE}Group", "devs")
    one = only(
        output(
            step(
                f"{NATIVE}Policy",
                "readers",
                inputs={
                    "groupId": ENGINE_UNKNOWN,
                    "name": "readers",
                    "organizationId": OWNER,
                    "rules": [{"permissionSetNames": ["A", ENGINE_UNKNOWN], "condition": None}],
                },
                parent=TEAM,
                provider=f"{OTHER}::{ENGINE_UNKNOWN}",
                dependencies=[group],
                propertyDependencies={"groupId": [group], "rules": [], "name": None},
                protect=True,
            )
        )
    )
    assert one == PlannedResource(
        urn=urn_of(f"{NATIVE}Policy", "readers", "test:index:Team$"),
        type=f"{NATIVE}Policy",
        op="create",
        kind=KINDS["Policy"],
        front="native",
        inputs={
            "group_id": UNKNOWN,
            "name": "readers",
            "organization_id": OWNER,
            "rules": [{"permission_set_names": ["A", UNKNOWN]}],
        },
        dependencies=(group,),
        property_dependencies={"group_id": (group,)},
        parent=TEAM,
        provider=OTHER,
        protect=True,
    )
    assert one.name == "readers"


def test_a_resource_of_the_python_classes_keeps_its_own_properties_apart() -> None:
    inputs = {
        "__provider": "gASV",
        "__secrets": ["tags"],
        "name": "devs",
        "tags": ["[secret]"],
        "user_ids": [],
    }
    one = only(output(step(f"{DYNAMIC}Group", "devs", inputs=inputs)))
    assert (one.front, one.kind) == ("dynamic", KINDS["Group"])
    assert one.inputs == {"name": "devs", "tags": [UNKNOWN], "user_ids": []}
    assert one.extras == {"__provider": "gASV", "__secrets": ["tags"]}
    assert one.secrets == {"tags"}


def test_a_resource_of_the_state_has_its_id_and_its_old_values() -> None:
    steps = [
        step(f"{NATIVE}Group", "kept", "same", {"name": "a"}, {"id": "1", "outputs": {"allUsers": False}}),
        step(f"{NATIVE}APIKey", "key", "replace", {"description": "b"}, {"id": "2", "inputs": {"description": "a"}, "outputs": {"secretKey": "[secret]"}}),
        step(f"{NATIVE}Group", "gone", "delete", old={"id": "3"}),
        step(f"{NATIVE}Group", "seen", "read", id="4", external=True),
        step(f"{NATIVE}Group", "renamed", "same", old={"id": "5"}, aliases=[urn_of(f"{NATIVE}Group", "old")]),
        step("aws:s3:Bucket", "bucket", "same", {"loginAttempts": 3.0}, {"id": "6"}),
        {"op": "create", "urn": TEAM, "newState": {"type": "test:index:Team", "custom": False, "parent": STACK}},
    ]  # fmt: skip
    preview = parse_preview("it", output(*steps))
    kept, key, gone, seen, renamed, bucket, team = preview.steps
    assert (kept.id, kept.inputs, kept.old_outputs) == ("1", {"name": "a"}, {"all_users": False})
    assert (key.old_inputs, key.old_outputs) == ({"description": "a"}, {"secret_key": UNKNOWN})
    assert (gone.op, gone.inputs) == ("delete", {})
    assert seen.external
    assert renamed.aliases == (urn_of(f"{NATIVE}Group", "old"),)
    assert (bucket.kind, bucket.front, bucket.inputs) == (None, "", {"loginAttempts": 3})
    assert (team.custom, team.kind, team.parent) == (False, None, "")
    assert preview.creates == ()
    assert [one.id for one in preview.held.values()] == ["1", "2", "3", "4", "5"]
    assert preview.by_urn[TEAM] == team


def test_secret_inputs_come_from_the_plan() -> None:
    rules = [{"permissionSetNames": ["A"], "condition": "[secret]"}]
    hidden = output(step(f"{NATIVE}Policy", "p", inputs={"name": "[secret]", "rules": rules}))
    urn = urn_of(f"{NATIVE}Policy", "p")

    def secret(value: Any) -> dict[str, str]:
        return {**secret_mark.SECRET, "plaintext": json.dumps(value)}

    unread = only(hidden)
    assert unread.inputs["name"] is UNKNOWN
    assert unread.secrets == {"name", "rules.condition"}
    whole = only(hidden, plan_of(urn, rules=secret([{"permissionSetNames": [ENGINE_UNKNOWN]}])))
    assert whole.inputs["rules"] == [{"permission_set_names": [UNKNOWN]}]
    assert whole.secrets == {"name", "rules"}
    part = [{"permissionSetNames": [secret("A")], "condition": secret("a condition")}]
    one = only(hidden, plan_of(urn, name=secret("a quiet name"), rules=part))
    assert one.inputs == {
        "name": "a quiet name",
        "rules": [{"permission_set_names": ["A"], "condition": "a condition"}],
    }
    assert one.secrets == {"name", "rules.condition", "rules.permission_set_names"}
    assert one.ignored == {"group_id"}
    assert "quiet" not in repr(one) + repr(one.inputs)
    assert declared_secrets.text("p: a quiet name") == "p: [secret]"


def test_an_encrypted_secret_stays_unknown() -> None:
    encrypted = {**secret_mark.SECRET, "ciphertext": "v1:AAAA"}
    user = step(f"{NATIVE}User", "u", inputs={"password": "[secret]", "username": "[secret]"})
    one = only(output(user), plan_of(urn_of(f"{NATIVE}User", "u"), password=encrypted))
    assert one.inputs == {"password": UNKNOWN, "username": UNKNOWN}
    assert one.secrets == {"password", "username"}


def test_a_failed_preview_has_its_errors() -> None:
    failed = output(
        step(f"{NATIVE}Group", "g"),
        diagnostics=[
            {"severity": "error", "message": "error: Group 'a' has a problem:\n  is too long\n"},
            {"severity": "warning", "message": "warning: be careful"},
            {"severity": "error", "message": "error: Traceback (most recent call last):\n  File\nE: no\n"},
        ],
    )  # fmt: skip
    assert parse_preview("it", failed).errors == (
        "Group 'a' has a problem: is too long",
        "E: no",
    )
    empty = json.dumps({"diagnostics": [{"severity": "error", "message": "error: no program"}]})
    assert parse_preview("it", empty.encode()) == Preview(
        name="it", steps=(), errors=("no program",)
    )


@pytest.mark.parametrize(
    ("content", "plan", "message"),
    [
        (b"", None, "it: not JSON; pass the output of `pulumi preview --json`"),
        (b'{"steps": [', None, "it: not JSON; pass the output of `pulumi preview --json`"),
        (b"[" * 100_000, None, "it: not JSON; pass the output of `pulumi preview --json`"),
        (b"[]", None, NOT_A_PREVIEW),
        (b'{"deployment": {}}', None, NOT_A_PREVIEW),
        (b'{"steps": []}', b"?", "it: the plan: not JSON; pass the file of `pulumi preview --save-plan`"),
        (b'{"steps": []}', b"[]", "it: the plan is not a file of `pulumi preview --save-plan`"),
    ],
)  # fmt: skip
def test_other_content_is_refused(content: bytes, plan: bytes | None, message: str) -> None:
    with pytest.raises(PreviewError) as raised:
        parse_preview("it", content, plan)
    assert str(raised.value) == message


def test_malformed_steps_are_dropped() -> None:
    content = json.dumps({"steps": [1, {}, {"urn": "urn:pulumi:x"}, {"urn": STACK, "newState": 1}]})
    (one,) = parse_preview("it", content.encode()).steps
    assert (one.urn, one.op, one.type) == (STACK, "", "pulumi:pulumi:Stack")
