"""Scopes of rules: `rules_by_scope`, and the normalization of `all_projects`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import pulumi_scw_iam as iam
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.permission_sets import FILE_VARIABLE, catalogue
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
SECRET_KEY = "33333333-3333-4333-8333-333333333333"
POLICY = KINDS["Policy"]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Isolate the test from the machine's profile and refreshed catalogue."""
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "none.json"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SCW_CONFIG_PATH", raising=False)
    monkeypatch.delenv("SCW_PROFILE", raising=False)
    monkeypatch.setenv("SCW_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("SCW_DEFAULT_ORGANIZATION_ID", ORGANIZATION)
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


def fields_of(rules: list[iam.PolicyRuleArgs]) -> list[dict[str, Any]]:
    """Return the set fields of each rule."""
    names = ("permission_set_names", "organization_id", "project_ids", "all_projects", "condition")
    return [
        {name: value for name in names if (value := getattr(rule, name)) not in (None, "")}
        for rule in rules
    ]


def test_names_of_both_scope_types_make_two_rules() -> None:
    names = ["AllProductsReadOnly", "IAMReadOnly", "SSHKeysReadOnly", "IAMReadOnly"]
    organization = {"permission_set_names": ["IAMReadOnly"], "organization_id": ORGANIZATION}
    projects = {"permission_set_names": ["AllProductsReadOnly", "SSHKeysReadOnly"]}
    assert fields_of(iam.rules_by_scope(names)) == [
        organization,
        {**projects, "all_projects": True},
    ]
    rules = iam.rules_by_scope(names, organization_id=OTHER, project_ids=[OTHER], condition="c")
    assert fields_of(rules) == [
        {**organization, "organization_id": OTHER, "condition": "c"},
        {**projects, "project_ids": [OTHER], "condition": "c"},
    ]


def test_names_of_one_scope_type_make_one_rule_and_no_names_none() -> None:
    assert fields_of(iam.rules_by_scope({"IAMReadOnly"})) == [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": ORGANIZATION}
    ]
    assert fields_of(iam.rules_by_scope(("VPCReadOnly",), project_ids=[])) == [
        {"permission_set_names": ["VPCReadOnly"], "project_ids": []}
    ]
    assert iam.rules_by_scope([]) == []


def test_the_configured_organization_is_asked_for_only_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SCW_DEFAULT_ORGANIZATION_ID")
    assert len(iam.rules_by_scope(["VPCReadOnly"])) == 1
    assert len(iam.rules_by_scope(["IAMReadOnly"], organization_id=OTHER)) == 1
    with pytest.raises(pulumi.RunError) as error:
        iam.rules_by_scope(["IAMReadOnly"])
    assert str(error.value) == (
        "rules_by_scope: organization_id is not configured; set scw-iam:organizationId,"
        " SCW_DEFAULT_ORGANIZATION_ID or default_organization_id in the profile; or pass"
        " organization_id"
    )


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (
            ["IAMReadonly"],
            '"IAMReadonly" is not a known permission set; did you mean "IAMReadOnly"?',
        ),
        (
            ["VPCReadOnly", "DatabaseReadOnly", "SmartLabelingReadOnly"],
            '"DatabaseReadOnly" is not a known permission set; did you mean'
            ' "RelationalDatabasesReadOnly"?; "SmartLabelingReadOnly" no longer exists and has'
            " no replacement; remove it",
        ),
        (
            ["Teleportation"],
            '"Teleportation" is not a known permission set as of 2026-11-23; if it is new, run'
            " `pulumi-scw-iam permission-sets --refresh`, or write the rule without rules_by_scope",
        ),
        ("IAMReadOnly", "permission_set_names is a string; pass a list"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_what_it_may_have_meant(
    names: Any, reason: str
) -> None:
    with pytest.raises(pulumi.RunError) as error:
        iam.rules_by_scope(names)
    assert str(error.value) == f"rules_by_scope: {reason}"


def test_a_set_that_no_rule_can_have_is_told(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text(
        '{"version": 1, "as_of": "2999-01-01", "permission_sets":'
        ' [{"name": "Root", "scope_type": "account_root_user", "category": ""}]}'
    )
    with pytest.raises(pulumi.RunError) as error:
        iam.rules_by_scope(["Root"])
    assert str(error.value) == (
        'rules_by_scope: "Root" has scope type account_root_user, which rules do not support'
    )


def checked(*rules: Any, **news: Any) -> tuple[Any, list[str]]:
    """Check a policy; return its rules and the failures."""
    inputs, failures = POLICY.check(
        {},
        {"name": "p", "no_principal": True, "rules": list(rules), **news},
        settings={"organization_id": ORGANIZATION},
    )
    return inputs["rules"], [f"{failure.path}: {failure.reason}" for failure in failures]


SETS = {"permission_set_names": ["AllProductsReadOnly"]}


@pytest.mark.parametrize("organization_id", [OTHER, UNKNOWN])
def test_check_puts_the_organization_of_the_policy_in_the_place_of_all_projects(
    organization_id: Any,
) -> None:
    everywhere = {**SETS, "organization_id": organization_id}
    rules, failures = checked(
        {**SETS, "all_projects": True, "condition": "c"},
        UNKNOWN,
        {**SETS, "project_ids": [OTHER], "all_projects": False},
        {**SETS, "all_projects": UNKNOWN},
        {**SETS, "organization_id": ORGANIZATION},
        organization_id=organization_id,
    )
    assert failures == []
    assert rules == [
        {**everywhere, "condition": "c"},
        UNKNOWN,
        {**SETS, "project_ids": [OTHER]},
        # An unknown `organization_id` in the plan allows both outcomes of the update.
        {**SETS, "all_projects": UNKNOWN, "organization_id": UNKNOWN},
        {**SETS, "organization_id": ORGANIZATION},
    ]
    assert checked({**SETS, "all_projects": True})[0] == [{**SETS, "organization_id": ORGANIZATION}]
    for unset in (UNKNOWN, None):
        inputs = POLICY.check(
            {},
            {"name": "p", "no_principal": True, "rules": unset},
            settings={"organization_id": ORGANIZATION},
        )[0]
        assert inputs.get("rules") is unset


ONE_SCOPE = "set exactly one of organization_id, project_ids and all_projects as the scope;"


@pytest.mark.parametrize(
    ("rule", "failure"),
    [
        ({"all_projects": False}, f"rules[0].organization_id: {ONE_SCOPE} none is set"),
        (
            {"all_projects": True, "project_ids": [OTHER]},
            f"rules[0].all_projects: {ONE_SCOPE} project_ids and all_projects are set",
        ),
        (
            {"all_projects": True, "organization_id": OTHER},
            f"rules[0].all_projects: {ONE_SCOPE} organization_id and all_projects are set",
        ),
        ({"all_projects": "yes"}, "rules[0].all_projects: is a string; pass True or False"),
    ],
)
def test_all_projects_is_one_of_the_scopes(rule: dict[str, Any], failure: str) -> None:
    assert checked({**SETS, **rule})[1] == [failure]


def test_a_policy_for_all_projects_has_no_difference_once_it_is_made(
    iam_emulator: Emulator,
) -> None:
    core = ProviderCore(lambda: Settings.resolve(environ=iam_emulator.environment))
    news = {"no_principal": True, "rules": [{**SETS, "all_projects": True}]}
    inputs, failures = core.check(POLICY, {}, news, resource_name="p")
    assert failures == []
    policy_id, state = core.create(POLICY, inputs)
    rule = {**SETS, "organization_id": iam_emulator.organization_id, "condition": ""}
    assert state["rules"] == [rule]
    assert core.read(POLICY, policy_id, state) == state
    assert core.read(POLICY, policy_id, None) == state
    again, _ = core.check(POLICY, inputs, news, resource_name="p")
    assert POLICY.diff(state, again) == {}
    # The form of the API has no difference either.
    spelled = {**news, "rules": [rule]}
    again, _ = core.check(POLICY, inputs, spelled, resource_name="p")
    assert POLICY.diff(state, again) == {}

    some = {**news, "rules": [{**SETS, "project_ids": [iam_emulator.project_id]}]}
    again, _ = core.check(POLICY, inputs, some, resource_name="p")
    narrowed = core.update(POLICY, policy_id, state, again)
    inputs, _ = core.check(POLICY, again, news, resource_name="p")
    assert core.update(POLICY, policy_id, narrowed, inputs)["rules"] == [rule]
    assert core.read(POLICY, policy_id, state) == state
