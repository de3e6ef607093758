"""The command `access diff`: its sources, its formats and its exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.access.organization import plain
from tests.support.snippets import snippets

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.emulator import Emulator
    from tests.access.organization import Run
    from tests.support.local_api import Iam

    File = Callable[..., str]

PAGE = "docs/guide/access-diff.md"
WEEKDAYS = "request.time.getDayOfWeek() < 6"
STACK = "urn:pulumi:prod::iam::"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ORGANIZATION_ID = "11111111-1111-4111-8111-111111111111"
GROUP_ID = "22222222-2222-4222-8222-222222222222"
ALICE = "33333333-3333-4333-8333-333333333333"
PROJECT = "44444444-4444-4444-8444-444444444444"


def urn(kind: str, name: str) -> str:
    return f"{STACK}scw-iam:index:{kind}::{name}"


def step(op: str, kind: str, name: str, new: Any = None, old: Any = None, **facts: Any) -> Any:
    """Return a step of a preview: the new inputs, and the old outputs with their id."""
    common = {"urn": urn(kind, name), "type": f"scw-iam:index:{kind}", "custom": True}
    made: dict[str, Any] = {"op": op, "urn": common["urn"]}
    if old is not None:
        inputs = {key: value for key, value in old.items() if key != "id"}
        made["oldState"] = {**common, "id": old["id"], "inputs": inputs, "outputs": inputs}
    if new is not None:
        made["newState"] = {**common, "inputs": new, **facts}
        if old is not None:
            made["newState"]["id"] = old["id"]
    return made


def plan(*steps: Any, **summary: int) -> Any:
    return {"config": {}, "steps": list(steps), "changeSummary": summary}


OWNED = {"organizationId": ORGANIZATION_ID}
DEVS = {"name": "devs", "userIds": [ALICE], **OWNED}
RULES = [{"permissionSetNames": ["IAMManager"], "organizationId": ORGANIZATION_ID}]
NEW_POLICY = step(
    "create",
    "Policy",
    "ops",
    {"name": "ops", "groupId": UNKNOWN, "rules": RULES, **OWNED},
    propertyDependencies={"groupId": [urn("Group", "devs")]},
)
NEW_PLAN = plan(step("create", "Group", "devs", DEVS), NEW_POLICY, create=2)
GAIN = (
    f"2 principals (user:{ALICE} and group:devs) gain IAMManager on the organization, through"
    " group devs, policy ops, rule 1; leads to any right"
)


def test_a_plan_alone_is_compared_before_and_after(run: Run, file: File) -> None:
    path = file(NEW_PLAN)
    status, out, error = run("diff", path)
    assert (status, error) == (0, [])
    assert out == [
        f"# from {path} to {path}: 1 escalation",
        "escalation: " + GAIN.replace(ALICE, "ID"),
    ]


@pytest.mark.parametrize(("limit", "status"), [("broadening", 3), ("escalation", 3), ("any", 3)])
def test_fail_on_is_status_3_for_a_change_above_its_limit(
    limit: str, status: int, run: Run, file: File
) -> None:
    assert run("diff", file(NEW_PLAN), "--fail-on", limit)[0] == status
    assert run("diff", file(plan(create=0)), "--fail-on", limit)[0] == 0


def test_a_narrowing_fails_only_on_any_change(run: Run, file: File) -> None:
    old = {"id": GROUP_ID, **DEVS}
    policy = {"id": PROJECT, "name": "ops", "groupId": GROUP_ID, "rules": RULES, **OWNED}
    narrower = plan(
        step("same", "Group", "devs", DEVS, old), step("delete", "Policy", "ops", None, policy)
    )
    path = file(narrower)
    assert [
        run("diff", path, "--fail-on", one)[0] for one in ("broadening", "escalation", "any")
    ] == [0, 0, 3]
    assert run("diff", path)[1][1].startswith(
        "narrowing: 2 principals (user:ID and group:devs) lose IAMManager"
    )


def test_an_unknown_value_that_nothing_resolves_is_cannot_tell_and_fails(
    run: Run, file: File
) -> None:
    old = {"id": GROUP_ID, **DEVS}
    policy = {"id": PROJECT, "name": "ops", "groupId": GROUP_ID, "rules": RULES, **OWNED}
    content = plan(
        step("same", "Group", "devs", DEVS, old),
        step("update", "Policy", "ops", {**policy, "rules": UNKNOWN}, policy),
    )
    path = file(content)
    status, out, _ = run("diff", path, "--fail-on", "escalation")
    assert status == 3
    assert out[1].startswith("cannot tell: 2 principals (user:ID and group:devs) may ")
    assert "the rules of policy ops are unknown" in out[1]
    secret: Any = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    hidden = {**policy, "rules": {**secret, "ciphertext": "x"}}
    path = file(plan(step("update", "Policy", "ops", {**hidden, "rules": "[secret]"}, hidden)))
    assert run("diff", path, "--fail-on", "broadening")[:2] == (
        3,
        [
            f"# from {path} to {path}: 1 cannot tell",
            "cannot tell: cannot tell what policy ops gives: the preview does not show rules",
        ],
    )


def test_a_plan_without_unchanged_resources_needs_the_state_or_the_organization(
    run: Run, file: File
) -> None:
    path = file(plan(NEW_POLICY, create=1, same=3), "plan.json")
    message = (
        f"pulumi-scw-iam: {path}: the plan does not list 2 unchanged resources; run `pulumi preview --json"
        " --show-sames`, or pass the state with --state"
    )
    assert run("diff", path) == (1, [], [message])
    state = {
        "deployment": {
            "manifest": {},
            "resources": [
                {
                    "urn": urn("Group", "devs"),
                    "type": "scw-iam:index:Group",
                    "id": GROUP_ID,
                    "inputs": DEVS,
                    "outputs": {**DEVS, "id": GROUP_ID},
                }
            ],
        }
    }
    policy = {"name": "ops", "groupId": GROUP_ID, "rules": RULES, **OWNED}
    path = file(plan(step("create", "Policy", "ops", policy), create=1, same=3), "plan.json")
    status, out, error = run("diff", path, "--state", file(state))
    assert (status, error, out[1:]) == (0, [], ["escalation: " + GAIN.replace(ALICE, "ID")])


def test_a_failed_preview_and_other_files_are_refused(run: Run, file: File) -> None:
    failed = file(
        {"steps": [], "diagnostics": [{"severity": "error", "message": "error: no name"}]}
    )
    assert run("diff", failed) == (
        1,
        [],
        [f"pulumi-scw-iam: {failed}: the preview failed: no name"],
    )
    other = file({"a": 1}, "other.json")
    assert run("diff", other)[0] == 1
    assert run("diff", other, "-")[0] == 1
    assert run("diff", "-", "-") == (
        1,
        [],
        ["pulumi-scw-iam: - is given more than once: stdin can be read only once"],
    )
    state = file({"deployment": {"manifest": {}, "resources": []}}, "state.json")
    assert run("diff", state) == (
        1,
        [],
        [
            f"pulumi-scw-iam: {state}: not a plan; pass a second source, or the output of"
            " `pulumi preview --json`"
        ],
    )


@pytest.fixture
def snapshot(emulator: Emulator, run: Run, tmp_path: Any) -> str:
    """A snapshot of the organization, before any change."""
    del emulator
    path = str(tmp_path / "before.json")
    assert run("--save", path)[0] == 0
    return path


def test_a_snapshot_is_compared_with_the_live_organization(
    snapshot: str, iam: Iam, run: Run
) -> None:
    assert run("diff", snapshot, "live") == (
        0,
        [f"# from {snapshot} to organization ID: no change"],
        [],
    )
    (policy,) = [
        one
        for one in iam.call("GET", "/policies", organization_id=iam.organization_id).body[
            "policies"
        ]
        if one["name"] == "old"
    ]
    (ci,) = iam.call("GET", "/applications", organization_id=iam.organization_id).body[
        "applications"
    ]
    iam.call("PATCH", f"/policies/{policy['id']}", {"application_id": ci["id"]})
    status, out, error = run("diff", snapshot, "live", "--fail-on", "escalation")
    assert (status, error) == (0, [])
    assert out[1].startswith("broadening: application:ci gains AllProductsFullAccess")
    assert out[1].endswith("on all projects, through policy old, rule 1")
    assert run("diff", snapshot, "live", "--fail-on", "broadening")[0] == 3
    content = json.loads("\n".join(run("diff", "live", snapshot, "--format", "json")[1]))
    assert [one["severity"] for one in content["changes"]] == ["narrowing"]


def test_a_plan_is_joined_with_the_live_organization(
    emulator: Emulator, iam: Iam, run: Run, file: File
) -> None:
    (devs,) = [
        one
        for one in iam.call("GET", "/groups", organization_id=iam.organization_id).body["groups"]
        if one["name"] == "devs"
    ]
    owned = {"organizationId": emulator.organization_id}
    policy = {"name": "more", "groupId": devs["id"], "rules": [{**RULES[0], **owned}], **owned}
    path = file(plan(step("create", "Policy", "more", policy), create=1, same=7))
    assert run("diff", "live", path, "--fail-on", "escalation") == (
        3,
        [
            f"# from organization ID to {path}: 1 escalation",
            "escalation: 2 principals (user:alice and group:devs) gain IAMManager on the organization,"
            " through group devs, policy more, rule 1; leads to any right",
        ],
        [],
    )


def test_the_command_of_access_diff_md_prints_what_the_page_shows(
    emulator: Emulator, iam: Iam, run: Run, file: File
) -> None:
    owned = {"organizationId": emulator.organization_id}
    projects = iam.call("GET", "/account/v3/projects", organization_id=iam.organization_id)
    (dev,) = [one["id"] for one in projects.body["projects"] if one["name"] == "dev"]
    groups = iam.call("GET", "/groups", organization_id=iam.organization_id).body["groups"]
    (devs,) = [one["id"] for one in groups if one["name"] == "devs"]
    rule = {
        "permissionSetNames": ["InstancesFullAccess"],
        "projectIds": [dev],
        "condition": WEEKDAYS,
    }
    admins = {"name": "admins", "groupId": UNKNOWN, "rules": [{**RULES[0], **owned}], **owned}
    content = plan(
        step("create", "Application", "deployer", {"name": "deployer", **owned}),
        step(
            "create",
            "Group",
            "robots",
            {"name": "robots", "applicationIds": [UNKNOWN], **owned},
            propertyDependencies={"applicationIds": [urn("Application", "deployer")]},
        ),
        step(
            "create",
            "Policy",
            "admins",
            admins,
            propertyDependencies={"groupId": [urn("Group", "robots")]},
        ),
        step(
            "create",
            "Policy",
            "weekdays",
            {"name": "weekdays", "groupId": devs, "rules": [rule], **owned},
        ),
    )
    (example,) = [one for one in snippets(PAGE) if one.language == "console"]
    command, *expected = example.text.splitlines()
    assert command == "$ pulumi-scw-iam access diff live plan.json"
    path = file(content, "plan.json")
    status, out, error = run("diff", "live", path)
    assert (status, error) == (0, [])
    assert [line.replace(path, "plan.json") for line in out] == [plain(line) for line in expected]


@pytest.mark.parametrize("lists", [{"userIds": []}, {}])
def test_a_state_is_joined_with_the_organization_that_it_is_compared_with(
    lists: dict[str, Any], emulator: Emulator, iam: Iam, run: Run, file: File
) -> None:
    """A list that the state does not manage is that of the organization, so it has no change."""
    groups = iam.call("GET", "/groups", organization_id=iam.organization_id).body["groups"]
    (devs,) = [one["id"] for one in groups if one["name"] == "devs"]
    values = {"name": "devs", "organizationId": emulator.organization_id, **lists}
    resource = {"urn": urn("Group", "devs"), "type": "scw-iam:index:Group", "id": devs}
    resources = [{**resource, "inputs": values, "outputs": {**values, "id": devs}}]
    path = file({"deployment": {"manifest": {}, "resources": resources}})
    status, out, error = run("diff", path, "live", "--fail-on", "any")
    assert (status, error) == (3 if lists else 0, [])
    starts = [line.split(" on ")[0] for line in out[1:]]
    gains = [
        "broadening: user:alice gains ObjectStorageReadOnly",
        "broadening: user:alice gains InstancesFullAccess, which may include"
        " InstancesServerSerialConsoleAccess,",
    ]
    assert sorted(starts) == (sorted(gains) if lists else [])


def test_sources_of_two_organizations_are_refused(snapshot: str, run: Run, file: File) -> None:
    status, out, error = run("diff", snapshot, file(NEW_PLAN))
    assert (status, out) == (1, [])
    assert error[0].endswith("compare sources of one organization")


def test_a_list_that_cannot_be_read_is_status_1(snapshot: str, run: Run, file: File) -> None:
    content = json.loads(Path(snapshot).read_text("utf-8"))
    content["gaps"] = [{"noun": "groups", "reason": "could not read the groups: no"}]
    content["groups"] = []
    status, _, error = run("diff", snapshot, file(content, "less.json"), "--fail-on", "broadening")
    assert (status, error) == (1, ["pulumi-scw-iam: could not read the groups: no"])
