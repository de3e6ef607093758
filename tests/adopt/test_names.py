"""Logical names, variables and keys: as a person would name things."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_scw_iam.adopt.names import Named, logical_names, python_names, table_key, yaml_keys
from pulumi_scw_iam.adopt.objects import Existing
from pulumi_scw_iam.adopt.program.terms import kinds_in_order, referable
from pulumi_scw_iam.kinds import KINDS
from tests.adopt.organization import World, id_of

ID = "3f2a1b9c-1111-4222-8333-444444444444"


def existing(kind: str, object_id: str = ID, **item: Any) -> Existing:
    """Return an object to adopt."""
    return Existing(kind=KINDS[kind], id=object_id, item=item)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (existing("Group", name="devs"), "devs"),
        (existing("Group", name="DevOps.eu"), "DevOps.eu"),
        (existing("Group", name="Data Engineers (EU)"), "data-engineers-eu"),
        (existing("Group", name="(-)"), "group"),
        (existing("User", username="alice", email="a@example.com"), "alice"),
        (existing("User", email="Zoë.Martin@example.com"), "zoe-martin"),
        (existing("APIKey", "SCWABCDEFGH", description="Key for the CI of GitHub"), "key-for-the-ci-of-github"),
        (existing("APIKey", "SCWABCDEFGH", user_id=ID), "api-key"),
        (existing("APIKey", "SCWABCDEFGH", description="x" * 200), "x" * 40),
        (existing("SSHKey", name="alice's laptop::1"), "alices-laptop-1"),
        (existing("SSHKey", name="\u202e日本"), "ssh-key"),
        (existing("OrganizationSecuritySettings", organization_id=ID), "security-settings"),
    ],
)  # fmt: skip
def test_a_name_reads_as_a_person_would_name_the_object(found: Existing, name: str) -> None:
    assert logical_names([found], {}) == [name]


def test_a_preferred_name_comes_first() -> None:
    world = World()
    world.add("Group", name="devs", label="my_group")
    assert logical_names(world.existing, {}) == ["my_group"]


def test_keys_and_memberships_have_the_names_of_their_objects() -> None:
    world = World()
    group = world.add("Group", name="on-call")
    robot = world.add("Application", name="robot")
    owner = world.external("user", "owner@example.com")
    world.add("APIKey", "SCWABCDEFGH", application_id=robot)
    world.add("APIKey", "SCWIJKLMNOP", user_id=owner)
    world.add("GroupMembership", "id", group_id=group, user_id=owner)
    assert logical_names(world.existing, {}, world.externals) == [
        *("on-call", "robot", "robot", "owner", "on-call-owner"),
    ]


def test_equal_names_get_the_first_characters_of_the_ids() -> None:
    found = [existing("Application", id_of(name), name="ci") for name in ("first", "second")]
    keys = [existing("APIKey", key, description="ci") for key in ("SCWAAAA", "SCWBBBB")]
    assert logical_names([*found, *keys], {}) == [
        *(f"ci-{each.id[:8]}" for each in found),
        *("ci-aaaa", "ci-bbbb"),
    ]
    addresses = [existing("User", f"id{host}", email=f"zoe@{host}") for host in ("a.org", "b.org")]
    assert logical_names(addresses, {}) == ["zoe-a-org", "zoe-b-org"]


def test_a_used_name_is_not_used_again() -> None:
    found = existing("Group", name="devs")
    assert logical_names([found], {"Group": {"devs"}, "User": {"devs-3f2a1b9c"}}) == [
        "devs-3f2a1b9c"
    ]
    again = logical_names([found], {"Group": {"devs", "devs-3f2a1b9c"}})
    assert again[0].startswith("devs-")
    assert again != ["devs-3f2a1b9c"]


@pytest.mark.parametrize(
    ("name", "variable", "key"),
    [
        ("devs", "devs", "devs"),
        ("on-call", "on_call", "on-call"),
        ("DevOps.eu", "dev_ops_eu", "devops-eu"),
        ("class", "class_group", "class"),
        ("match", "match_group", "match"),
        ("print", "print_group", "print"),
        ("iam", "iam_group", "iam"),
        ("2nd-line", "group_2nd_line", "group-2nd-line"),
        ("null", "null", "null-group"),
        ("Yes", "yes", "Yes-group"),
    ],
)
def test_variables_and_keys(name: str, variable: str, key: str) -> None:
    named = [Named(kind=KINDS["Group"], name=name, id=ID)]
    assert python_names(named, {"iam"}) == [variable]
    assert yaml_keys(named, set()) == [key]


def test_the_first_kind_keeps_a_name_of_two_kinds() -> None:
    named = [
        Named(kind=KINDS["Policy"], name="devs", id=ID, rank=2),
        Named(kind=KINDS["Group"], name="devs", id=ID, rank=1),
    ]
    assert python_names(named, set()) == ["devs_policy", "devs"]
    assert yaml_keys(named, set()) == ["devs-policy", "devs"]


@pytest.mark.parametrize(
    ("name", "key"),
    [("web", "web"), ("data platform", "data-platform"), ("2nd", "project-2nd"), ("日本", "")],
)
def test_keys_of_tables_in_yaml(name: str, key: str) -> None:
    assert table_key("project", name) == key


def test_kinds_follow_the_kinds_to_which_they_refer() -> None:
    assert kinds_in_order() == (
        *("User", "Application", "Group", "Policy", "APIKey", "SSHKey", "GroupMembership"),
        *("OrganizationSecuritySettings", "RotatingAPIKey"),
        *("SAML", "SAMLCertificate", "SCIM", "SCIMToken"),
    )
    assert referable() == {"User", "Application", "Group", "SAML", "SCIM"}
