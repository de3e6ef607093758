"""Diff: equivalent values are no change, and changes of some fields replace the resource."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, decode, encode, fields
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

UPDATE, REPLACE = Change.UPDATE, Change.REPLACE
ORG, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CERTIFICATE = certificate()
DATE, LATER = "2030-01-31T12:00:00Z", "2031-01-31T12:00:00Z"


def rule(*names: str, condition: str | None = None, **scope: Any) -> dict[str, Any]:
    plain = {"permission_set_names": list(names), "condition": condition, **scope}
    return {name: value for name, value in plain.items() if value is not None}


BASE: dict[str, dict[str, Any]] = {
    "Group": {"name": "a", "organization_id": ORG},
    "Application": {"name": "a", "organization_id": ORG},
    "Policy": {"name": "a", "organization_id": ORG, "group_id": ORG},
    "APIKey": {"application_id": ORG},
    "RotatingAPIKey": {"application_id": ORG},
    "SSHKey": {"name": "a", "public_key": SSH_KEY, "project_id": ORG},
    "User": {"email": "a@example.com", "username": "alice", "organization_id": ORG},
    "GroupMembership": {"group_id": ORG, "user_id": ORG},
    "OrganizationSecuritySettings": {"organization_id": ORG},
    "SAML": {"organization_id": ORG},
    "SAMLCertificate": {"saml_id": ORG, "type": "signing", "content": CERTIFICATE},
    "SCIM": {"organization_id": ORG},
    "SCIMToken": {"scim_id": ORG},
}

CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Change]]] = [
    ("Group", {}, {"name": "b"}, {"name": UPDATE}),
    ("Group", {}, {"organization_id": OTHER}, {"organization_id": REPLACE}),
    ("Group", {}, {"description": "d"}, {"description": UPDATE}),
    ("Group", {"description": "d"}, {}, {"description": UPDATE}),
    ("Group", {"tags": ["a"]}, {}, {"tags": UPDATE}),
    ("Group", {}, {"user_ids": []}, {"user_ids": UPDATE}),
    ("Group", {"user_ids": [ORG]}, {}, {"user_ids": UPDATE}),
    ("Group", {"user_ids": [ORG]}, {"user_ids": [ORG, UNKNOWN]}, {"user_ids": UPDATE}),
    ("Group", {}, {"name": UNKNOWN}, {"name": UPDATE}),
    ("Application", {}, {"organization_id": UNKNOWN}, {"organization_id": REPLACE}),
    ("Policy", {}, {"group_id": None, "user_id": ORG}, {"group_id": UPDATE, "user_id": UPDATE}),
    (
        "Policy",
        {},
        {"group_id": None, "no_principal": True},
        {"group_id": UPDATE, "no_principal": UPDATE},
    ),
    (
        "Policy",
        {"rules": [rule("A", organization_id=ORG)]},
        {"rules": [rule("A", organization_id=ORG, condition="1 == 1")]},
        {"rules": UPDATE},
    ),
    (
        "Policy",
        {"rules": [rule("A", project_ids=[ORG])]},
        {"rules": [rule("A", project_ids=[ORG, OTHER])]},
        {"rules": UPDATE},
    ),
    (
        "Policy",
        {"rules": [rule("A", organization_id=ORG)]},
        {"rules": [rule("A", organization_id=ORG), rule(UNKNOWN, organization_id=ORG)]},  # type: ignore[arg-type]
        {"rules": UPDATE},
    ),
    ("APIKey", {}, {"application_id": OTHER}, {"application_id": REPLACE}),
    (
        "APIKey",
        {},
        {"application_id": None, "user_id": ORG},
        {"application_id": REPLACE, "user_id": REPLACE},
    ),
    ("APIKey", {}, {"expires_at": DATE}, {"expires_at": UPDATE}),
    ("APIKey", {"expires_at": DATE}, {"expires_at": LATER}, {"expires_at": REPLACE}),
    ("APIKey", {"expires_at": DATE}, {}, {"expires_at": REPLACE}),
    (
        "APIKey",
        {"default_project_id": ORG},
        {"default_project_id": OTHER},
        {"default_project_id": UPDATE},
    ),
    ("SSHKey", {}, {"public_key": OTHER_SSH_KEY}, {"public_key": REPLACE}),
    ("SSHKey", {}, {"project_id": OTHER}, {"project_id": REPLACE}),
    ("SSHKey", {}, {"disabled": True}, {"disabled": UPDATE}),
    ("User", {}, {"username": "bob"}, {"username": UPDATE}),
    ("User", {"type": "member"}, {"email": "b@example.com"}, {"email": UPDATE}),
    ("User", {"type": "guest"}, {"email": "b@example.com"}, {"email": REPLACE}),
    ("User", {"password": "old"}, {"password": "new"}, {"password": UPDATE}),
    ("User", {"locked": False}, {"locked": True}, {"locked": UPDATE}),
    ("GroupMembership", {}, {"user_id": OTHER}, {"user_id": REPLACE}),
    (
        "OrganizationSecuritySettings",
        {"enforce_password_renewal": True, "login_attempts_before_locked": 5},
        {"enforce_password_renewal": False, "login_attempts_before_locked": 6},
        {"enforce_password_renewal": UPDATE, "login_attempts_before_locked": UPDATE},
    ),
    (
        "OrganizationSecuritySettings",
        {"grace_period_duration": "60s"},
        {"grace_period_duration": "60.001s"},
        {"grace_period_duration": UPDATE},
    ),
    (
        "OrganizationSecuritySettings",
        {},
        {"organization_id": OTHER},
        {"organization_id": REPLACE},
    ),
    ("SAML", {"entity_id": "a"}, {"entity_id": ""}, {"entity_id": UPDATE}),
    ("SAML", {}, {"single_sign_on_url": UNKNOWN}, {"single_sign_on_url": UPDATE}),
    ("SAML", {}, {"organization_id": OTHER}, {"organization_id": REPLACE}),
    ("SAMLCertificate", {}, {"saml_id": OTHER}, {"saml_id": REPLACE}),
    ("SAMLCertificate", {}, {"type": "encryption"}, {"type": REPLACE}),
    ("SAMLCertificate", {}, {"content": certificate()}, {"content": REPLACE}),
    ("SCIM", {}, {"organization_id": OTHER}, {"organization_id": REPLACE}),
    ("SCIMToken", {"bearer_token": "s"}, {"scim_id": UNKNOWN}, {"scim_id": REPLACE}),
]

SAME: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Group", {"description": ""}, {}),
    ("Group", {}, {"description": "", "tags": []}),
    ("Group", {"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
    ("Group", {"user_ids": [ORG, OTHER]}, {"user_ids": [OTHER, ORG]}),
    ("Policy", {"no_principal": False}, {}),
    ("Policy", {"rules": [rule("A", "B", organization_id=ORG, condition="")]},
     {"rules": [rule("B", organization_id=ORG), rule("A", organization_id=ORG)]}),
    ("Policy", {"rules": [rule("A", project_ids=[OTHER, ORG])]},
     {"rules": [rule("A", project_ids=[ORG]), rule("A", project_ids=[OTHER])]}),
    ("APIKey", {"default_project_id": ORG}, {}),
    ("APIKey", {"expires_at": "2030-01-31T12:00:00Z"},
     {"expires_at": "2030-01-31T14:00:00.000000+02:00"}),
    ("SSHKey", {}, {"public_key": f"{SSH_KEY} alice@laptop"}),
    ("User", {"locale": "en_US", "locked": True, "password": "p", "type": "member"}, {}),
    ("User", {"send_welcome_email": False}, {"send_welcome_email": True}),
    ("User", {"type": "owner"}, {"type": "member"}),
    ("OrganizationSecuritySettings",
     {"enforce_password_renewal": True, "login_attempts_before_locked": 5,
      "grace_period_duration": "60s"}, {}),
    ("OrganizationSecuritySettings", {"grace_period_duration": "259200s"},
     {"grace_period_duration": "259200.000000000s"}),
    ("SAML", {"entity_id": "a", "single_sign_on_url": "b"}, {}),
    ("SAMLCertificate", {}, {"content": f"\n{CERTIFICATE.strip()}\n\n"}),
    ("SCIMToken", {"bearer_token": "s"}, {}),
]  # fmt: skip


def diff(kind: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Change]:
    return KINDS[kind].diff({**BASE[kind], **old}, {**BASE[kind], **new})


@pytest.mark.parametrize(("kind", "old", "new", "expected"), CHANGES)
def test_what_differs_is_updated_or_replaced(
    kind: str, old: dict[str, Any], new: dict[str, Any], expected: dict[str, Change]
) -> None:
    assert diff(kind, old, new) == expected


@pytest.mark.parametrize(("kind", "old", "new"), SAME)
def test_what_means_the_same_is_not_a_change(
    kind: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert diff(kind, old, new) == {}


@pytest.mark.parametrize("type_", ["guest", "member"])
def test_an_email_that_differs_by_case_only_is_no_change(type_: str) -> None:
    """A changed e-mail address of a guest replaces the user, and so deletes the old user."""
    user = KINDS["User"]
    olds = {**BASE["User"], "type": type_, "email": "Alice@Example.com"}
    news = {**BASE["User"], "email": "alice@example.com"}
    assert user.diff(olds, news) == {}
    assert user.refreshed(news, news, {**olds}) is None
    assert user.same_spelling({**news}, {**olds})["email"] == "alice@example.com"
    other = {**news, "email": "b@example.com"}
    assert user.diff(olds, other) == {"email": REPLACE if type_ == "guest" else UPDATE}


def test_a_refresh_keeps_the_spelling_of_rules_that_mean_the_same() -> None:
    policy = KINDS["Policy"]
    given = [rule("A", "B", organization_id=ORG)]
    listed = [rule("B", organization_id=ORG, condition=""), rule("A", organization_id=ORG)]
    other = [rule("A", organization_id=ORG)]
    assert policy.same_spelling({"rules": given}, {"rules": listed, "name": "n"}) == {
        "rules": given,
        "name": "n",
    }
    assert policy.same_spelling({"rules": given}, {"rules": other}) == {"rules": other}


A, B = rule("A", organization_id=ORG), rule("B", organization_id=ORG)
C = rule("C", project_ids=[OTHER])
A_AT_WORK = {**A, "condition": "1 == 1"}


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([B, A, C], [A, B, C]),  # an equivalent list in another order
        ([C, B, A, rule("D", organization_id=ORG)], [A, B, C, rule("D", organization_id=ORG)]),
        ([rule("D", organization_id=ORG), A, B], [A, B, rule("D", organization_id=ORG)]),
        ([C, B, A_AT_WORK], [A_AT_WORK, B, C]),
        ([A_AT_WORK, C, A, B], [A, B, C, A_AT_WORK]),
        ([rule("D", organization_id=ORG), C, B], [rule("D", organization_id=ORG), B, C]),
        ([C, B], [B, C]),
        ([rule("C", condition="", project_ids=[OTHER]), A], [A, C]),
        ([], []),
    ],
)
def test_a_refresh_keeps_the_index_of_each_rule_that_is_known(
    held: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    """The engine takes ignored values (`rules[0].condition`) from the old inputs, by index."""
    policy = KINDS["Policy"]
    olds = {**BASE["Policy"], "rules": [A, B, C]}
    news = policy.same_spelling(olds, {**olds, "rules": held})
    assert news["rules"] == expected
    inputs = policy.refreshed({**olds, "rules": [C, B, A]}, olds, news)
    assert inputs is None or sorted(map(str, inputs["rules"])) == sorted(map(str, expected))
    known = [item for item in [C, B, A] if item in expected]
    assert inputs is None or [item for item in inputs["rules"] if item in known] == known


ids = st.uuids(version=4).map(str)
tags = st.lists(st.text(string.ascii_letters + "=-", min_size=1, max_size=70), max_size=10)
scopes = st.one_of(
    st.fixed_dictionaries({"organization_id": ids}),
    st.fixed_dictionaries({"project_ids": st.lists(ids, min_size=1, max_size=3)}),
)
rules = st.lists(
    st.builds(
        lambda names, condition, scope: rule(*names, condition=condition, **scope),
        st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4),
        st.sampled_from([None, "", "1 == 1"]),
        scopes,
    ),
    max_size=4,
)


@given(rules=rules, tags=tags, data=st.data())
def test_a_policy_in_any_order_and_spelling_never_differs_from_itself(
    rules: list[dict[str, Any]], tags: list[str], data: st.DataObject
) -> None:
    kind = KINDS["Policy"]
    news = {**BASE["Policy"], "rules": rules, "tags": tags}
    inputs, failures = kind.check({}, news, settings={})
    assert failures == []
    state = encode(decode(kind.state, inputs))
    shuffled = {
        **news,
        "tags": data.draw(st.permutations(tags)),
        "rules": data.draw(st.permutations(rules)),
    }
    again, _ = kind.check(inputs, shuffled, settings={})
    assert kind.diff(state, again) == {}


def test_a_refresh_that_finds_changes_takes_them_into_the_inputs() -> None:
    """Otherwise the next update would revert changes in properties under `ignoreChanges`."""
    user = {**BASE["User"], "type": "guest"}
    olds = {**user, "first_name": "", "tags": ["a", "b"], "locked": False, "password": "p"}
    refreshed = KINDS["User"].refreshed
    assert refreshed(user, olds, {**olds, "type": "member", "tags": ["b", "a"]}) is None
    assert refreshed(user, olds, {**olds, "tags": ["c"]}) == {**user, "tags": ["c"]}
    assert refreshed(user, olds, {**olds, "locked": True}) == {**user, "locked": True}

    policy = {**BASE["Policy"], "tags": ["a"]}
    orphan = {"name": "a", "organization_id": ORG, "no_principal": True, "tags": ["a"]}
    assert KINDS["Policy"].refreshed(policy, policy, orphan) == orphan


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_survives_its_plain_form_and_unknown_keys_do_no_harm(kind: str) -> None:
    state = decode(KINDS[kind].state, {**BASE[kind], "from_a_newer_version": 1})
    assert decode(KINDS[kind].state, encode(state)) == state
    assert "from_a_newer_version" not in encode(state)


def test_an_unknown_value_differs_from_everything() -> None:
    for kind, base in BASE.items():
        for field in fields(KINDS[kind].inputs):
            if not field.prop.create_only and field.name in base:
                assert field.name in diff(kind, {}, {field.name: UNKNOWN})


ONE, TWO, THREE, FOUR = ("11111111", "22222222", "33333333", "44444444")
ITEMS: list[tuple[list[Any], list[Any], dict[str, str]]] = [
    ([ONE, TWO, THREE], [ONE, THREE], {"[1]": "DELETE"}),
    ([ONE, TWO], [TWO, ONE, THREE], {"[2]": "ADD"}),
    ([ONE, TWO, THREE], [ONE, FOUR, THREE], {"[1]": "UPDATE"}),
    ([ONE, TWO, THREE], [FOUR, THREE, ONE], {"[0]": "ADD", "[1]": "DELETE"}),
    ([ONE, TWO], [ONE, UNKNOWN], {"[1]": "UPDATE"}),
    ([ONE], [UNKNOWN, ONE, UNKNOWN], {"[0]": "ADD", "[2]": "ADD"}),
    ([], [TWO, TWO], {"[0]": "ADD"}),
    ([ONE], [], {"[0]": "DELETE"}),
]


@pytest.mark.parametrize(("old", "new", "expected"), ITEMS)
def test_each_item_of_a_list_that_differs_is_told(
    old: list[Any], new: list[Any], expected: dict[str, str]
) -> None:
    differences = KINDS["Group"].differences(["tags"], {"tags": old}, {"tags": new})
    steps = {path: step.value for path, step in differences}
    assert {f"[{index}]": step for (_, index), step in steps.items()} == expected


def test_a_part_of_a_rule_that_differs_is_told() -> None:
    old = [rule("A", "B", organization_id=ORG), rule("C", organization_id=ORG)]
    new = [
        rule("C", organization_id=ORG),
        rule("D", condition="1 == 1", organization_id=ORG),
        rule("E", organization_id=UNKNOWN),
    ]
    differences = KINDS["Policy"].differences({"rules"}, {"rules": old}, {"rules": new})
    assert [(path, step.value) for path, step in differences] == [
        (("rules", 0), "DELETE"),
        (("rules", 1), "ADD"),
        (("rules", 2), "ADD"),
    ]
    new = [rule("B", "D", condition="1 == 1", organization_id=ORG), rule("C", organization_id=ORG)]
    differences = KINDS["Policy"].differences({"rules"}, {"rules": old}, {"rules": new})
    assert [(path, step.value) for path, step in differences] == [
        (("rules", 0, "permission_set_names", 0), "DELETE"),
        (("rules", 0, "permission_set_names", 1), "ADD"),
        (("rules", 0, "condition"), "ADD"),
    ]


def test_after_a_refresh_the_members_that_stay_keep_their_places() -> None:
    group = {"name": "a", "organization_id": ORG, "tags": ["d", "a", "c", "b"]}
    inputs = KINDS["Group"].refreshed(group, group, {**group, "tags": ["b", "c", "d"]})
    assert inputs == {**group, "tags": ["d", "b", "c"]}
    inputs = KINDS["Group"].refreshed(group, group, {**group, "tags": ["b", "c", "d", "e", "f"]})
    assert inputs == {**group, "tags": ["d", "e", "c", "b", "f"]}
