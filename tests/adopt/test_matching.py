"""The match of new resources with existing objects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.matching import keys_of, match
from pulumi_scw_iam.adopt.objects import Existing, Skipped, Survey
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.preview import PlannedResource, Preview
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn

    from pulumi_scw_iam.adopt.matching import Matching

OWNER = "11111111-1111-4111-8111-111111111111"
OTHER_OWNER = "22222222-2222-4222-8222-222222222222"
CREATED = "2030-01-01T00:00:00Z"


def an_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def urn_of(kind: str, name: str) -> str:
    return f"urn:pulumi:test::shop::{token(kind)}::{name}"


def planned(
    kind: str, name: str, references: Mapping[str, str] | None = None, **more: Any
) -> PlannedResource:
    """Return a new resource; `references` has the URNs of the resources by input."""
    fields = {"op": "create", "kind": KINDS[kind], "type": token(kind), "front": "native"}
    references = references or {}
    inputs = {**more.pop("inputs", {}), **dict.fromkeys(references, UNKNOWN)}
    return PlannedResource(
        urn=urn_of(kind, name),
        inputs=inputs,
        property_dependencies={field: (urn,) for field, urn in references.items()},
        **{**fields, **more},
    )


def existing(kind: str, number: int, **item: Any) -> Existing:
    """Return an object of the organization."""
    object_id = item.pop("id", an_id(number))
    return Existing(
        kind=KINDS[kind], id=object_id, item={"id": object_id, "created_at": CREATED, **item}
    )


def matching(
    resources: list[PlannedResource], objects: list[Existing], skipped: tuple[Skipped, ...] = ()
) -> Matching:
    preview = Preview(name="preview", steps=tuple(resources))
    found = Survey(organization_id=OWNER, existing=tuple(objects), skipped=skipped)
    return match(preview, found)


def outcome(result: Matching) -> dict[str, str]:
    """Return the id or the reason of each resource by title."""
    matched = {one.resource.name: one.existing.id for one in result.matches}
    assert not matched.keys() & {one.resource.name for one in result.unmatched}
    return {**matched, **{one.resource.name: one.reason for one in result.unmatched}}


def test_every_kind_has_the_key_that_its_fields_declare() -> None:
    assert {name: keys_of(kind) for name, kind in KINDS.items()} == {
        "Group": (("name",),),
        "Application": (("name",),),
        "Policy": (("name",),),
        "APIKey": (("application_id", "user_id", "description"),),
        "SSHKey": (("public_key", "project_id"),),
        "User": (("username",), ("email",)),
        "GroupMembership": (("group_id", "user_id", "application_id"),),
        "OrganizationSecuritySettings": ((),),
        "RotatingAPIKey": (("application_id", "user_id", "description"),),
        "SAML": ((),),
        "SAMLCertificate": (("saml_id", "type", "content"),),
        "SCIM": ((),),
        "SCIMToken": (("scim_id",),),
    }


# --- against a brute-force match -------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c"])
PROJECTS = st.sampled_from([OWNER, OTHER_OWNER])
SSH_KEYS = st.sampled_from([SSH_KEY, OTHER_SSH_KEY, f"{SSH_KEY} me@home"])
REFERRED = {"group_id": "Group", "user_id": "User", "application_id": "Application"}


@st.composite
def organizations(draw: DrawFn) -> list[Existing]:
    """Draw an organization with equal names: applications, keys, even groups."""
    objects: list[Existing] = []

    def some(kind: str, items: st.SearchStrategy[dict[str, Any]]) -> None:
        for item in draw(st.lists(items, max_size=4)):
            objects.append(existing(kind, len(objects), **item))

    some("Group", st.fixed_dictionaries({"name": NAMES}))
    some("Application", st.fixed_dictionaries({"name": NAMES}))
    some("User", st.fixed_dictionaries({"username": NAMES, "email": NAMES.map("{}@x.y".format)}))
    ids = {name: [one.id for one in objects if one.kind.name == name] for name in REFERRED.values()}
    for field, kind in REFERRED.items():
        if ids[kind]:
            one = st.sampled_from(ids[kind])
            some("Policy", st.fixed_dictionaries({"name": NAMES, field: one}))
            if field != "group_id":
                some("APIKey", st.fixed_dictionaries({"description": NAMES, field: one}))
    some(
        "SSHKey",
        st.fixed_dictionaries({"name": NAMES, "public_key": SSH_KEYS, "project_id": PROJECTS}),
    )
    return objects


@st.composite
def programs(draw: DrawFn) -> list[PlannedResource]:
    """Draw a program whose references are ids or other resources, in any order."""
    resources: list[PlannedResource] = []

    def some(kind: str, inputs: st.SearchStrategy[dict[str, Any]], *choices: str) -> None:
        for values in draw(st.lists(inputs, max_size=3)):
            references, known = {}, {}
            if choices:
                field: str = draw(st.sampled_from(choices))
                targets = [one.urn for one in resources if one.type == token(REFERRED[field])]
                refers = draw(st.booleans())
                if targets and refers:
                    references[field] = draw(st.sampled_from(targets))
                else:
                    known[field] = an_id(draw(st.integers(0, 8)))
            name = f"{kind}-{len(resources)}"
            resources.append(planned(kind, name, references, inputs={**values, **known}))

    some("Group", st.fixed_dictionaries({"name": NAMES}))
    some("Application", st.fixed_dictionaries({"name": NAMES}))
    emails = NAMES.map("{}@X.y".format)
    some("User", st.fixed_dictionaries({"username": NAMES, "email": emails}))
    some("User", st.fixed_dictionaries({"type": st.just("guest"), "email": emails}))
    some("Policy", st.fixed_dictionaries({"name": NAMES}), *REFERRED)
    some("APIKey", st.fixed_dictionaries({"description": NAMES}), "user_id", "application_id")
    some(
        "SSHKey",
        st.fixed_dictionaries({"name": NAMES, "public_key": SSH_KEYS, "project_id": PROJECTS}),
    )
    return draw(st.permutations(resources))


Values = Any


def same_principal(values: Values, item: Values) -> bool:
    return all(item.get(field) == values.get(field) for field in REFERRED)


def same_user(values: Values, item: Values) -> bool:
    if "username" in values:
        return bool(item["username"] == values["username"])
    return same_email(values, item)


def same_email(values: Values, item: Values) -> bool:
    return bool(item["email"] == values["email"].lower())


def same_name(values: Values, item: Values) -> bool:
    return bool(item["name"] == values["name"])


def same_fingerprint(values: Values, item: Values) -> bool:
    keys = {one["public_key"].split()[1] for one in (values, item)}
    return len(keys) == 1 and item["project_id"] == values["project_id"]


RULES = {
    "Group": (same_name, same_name),
    "Application": (same_name, same_name),
    "User": (same_user, same_email),
    "Policy": (same_name, lambda values, item: "?" not in values and same_principal(values, item)),
    "APIKey": (
        lambda values, item: (
            item["description"] == values["description"] and same_principal(values, item)
        ),
        same_principal,
    ),
    "SSHKey": (same_fingerprint, same_name),
}
"""When an object is a candidate, and when it is the closest one of several."""


def fitting(
    resource: PlannedResource, values: Values, objects: list[Existing], rule: int = 0
) -> list[Existing]:
    assert resource.kind is not None
    fits = RULES[resource.kind.name][rule]
    return [one for one in objects if one.kind is resource.kind and fits(values, dict(one.item))]


def by_brute_force(
    resources: list[PlannedResource], objects: list[Existing]
) -> dict[str, str | None]:
    """Return the id of the only object of each resource; None without exactly one object."""
    found: dict[str, str | None] = {}

    def id_of(urn: str) -> str | None:
        if urn not in found:
            resource = next(one for one in resources if one.urn == urn)
            values = dict(resource.inputs)
            for field, (target,) in resource.property_dependencies.items():
                values[field] = id_of(target)
                if values[field] is None:
                    values["?"] = values[field] = "unknown"
            candidates = fitting(resource, values, objects)
            closest = fitting(resource, values, candidates, rule=1)
            chosen = closest if len(closest) == 1 else candidates
            found[urn] = chosen[0].id if len(chosen) == 1 else None
        return found[urn]

    ids = {one.urn: id_of(one.urn) for one in resources}
    kinds = {one.urn: one.type for one in resources}
    claimed = Counter((kinds[urn], one) for urn, one in ids.items())
    return {urn: one if claimed[kinds[urn], one] == 1 else None for urn, one in ids.items()}


@given(programs(), organizations())
def test_the_match_is_that_of_a_brute_force_search(
    resources: list[PlannedResource], objects: list[Existing]
) -> None:
    result = matching(resources, objects)
    matched = {one.resource.urn: one.existing.id for one in result.matches}
    unmatched = dict.fromkeys((one.resource.urn for one in result.unmatched), None)
    assert {**matched, **unmatched} == by_brute_force(resources, objects)
    assert list(matched) == [one.urn for one in resources if one.urn in matched]
    for one in result.unmatched:
        if not one.resource.property_dependencies:
            assert one.is_new == (not fitting(one.resource, one.resource.inputs, objects))


# --- single cases ----------------------------------------------------------------------------------


def test_references_are_resolved_through_resources_of_any_order() -> None:
    group, user = urn_of("Group", "devs"), urn_of("User", "alice")
    resources = [
        planned("GroupMembership", "m", {"group_id": group, "user_id": user}),
        planned("Policy", "p", {"group_id": group}, inputs={"name": "p"}),
        planned("Group", "devs", inputs={"name": "devs"}),
        planned("User", "alice", inputs={"username": "alice", "email": "a@x.y"}),
    ]
    objects = [
        existing("Group", 1, name="devs", user_ids=[an_id(2)], application_ids=[]),
        existing("User", 2, username="alice", email="other@x.y"),
        existing("Policy", 3, name="p", user_id=an_id(2)),
    ]
    result = matching(resources, objects)
    assert outcome(result) == {
        "devs": an_id(1),
        "alice": an_id(2),
        "p": an_id(3),
        "m": f"{an_id(1)}/user/{an_id(2)}",
    }
    assert {one.resource.name: one.inputs for one in result.matches}["p"] == {
        "name": "p",
        "group_id": an_id(1),
    }


def test_a_list_is_resolved_only_if_each_unknown_item_is_one_resource() -> None:
    apps = [planned("Application", name, inputs={"name": name}) for name in "abc"]
    urns = tuple(one.urn for one in apps)
    groups = {
        "all": [UNKNOWN, an_id(9), UNKNOWN, UNKNOWN],
        "some": [UNKNOWN, UNKNOWN],
        "whole": UNKNOWN,
    }
    resources = [
        PlannedResource(
            urn=urn_of("Group", name),
            type=token("Group"),
            op="create",
            kind=KINDS["Group"],
            front="native",
            inputs={"name": name, "application_ids": members},
            property_dependencies={"application_ids": urns},
        )
        for name, members in groups.items()
    ]
    objects = [existing("Application", n, name=name) for n, name in enumerate("abc")]
    objects += [existing("Group", 10 + n, name=name) for n, name in enumerate(groups)]
    result = matching([*resources, *apps], objects)
    inputs = {one.resource.name: one.inputs for one in result.matches}
    assert {name: inputs[name]["application_ids"] for name in groups} == {
        **groups,
        "all": [an_id(0), an_id(9), an_id(1), an_id(2)],
    }


@pytest.mark.parametrize("name", ["SAML", "SCIM", "OrganizationSecuritySettings"])
def test_the_only_object_of_an_organization_needs_no_key(name: str) -> None:
    resource = planned(name, "it", inputs={"organization_id": OWNER})
    found = existing(name, 1, id=OWNER, organization_id=OWNER)
    assert outcome(matching([resource], [found])) == {"it": OWNER}
    words = f"no {KINDS[name].noun} in the organization"
    (missing,) = matching([resource], []).unmatched
    assert (missing.reason, missing.is_new) == (words, True)


def test_an_object_of_another_organization_is_not_looked_up() -> None:
    resource = planned("Group", "devs", inputs={"name": "devs", "organization_id": OTHER_OWNER})
    (one,) = matching([resource], [existing("Group", 1, name="devs")]).unmatched
    assert (one.title, one.reason, one.is_new) == (
        'Group "devs"',
        f"it belongs to organization {OTHER_OWNER}, not to {OWNER}; run again with --organization"
        f" {OTHER_OWNER}",
        False,
    )


def test_a_user_with_another_username_is_named_but_not_chosen() -> None:
    resource = planned("User", "alice", inputs={"username": "alice", "email": "A@x.y"})
    (one,) = matching([resource], [existing("User", 1, username="al", email="a@x.y")]).unmatched
    assert (one.reason, one.is_new) == (
        f'no user with this username (but with this email: user "a@x.y" {an_id(1)} (created {CREATED}))',
        True,
    )


def test_an_object_that_is_not_adopted_is_not_new() -> None:
    left_out = Skipped(
        existing=existing("Group", 1, name="devs"), reason="a Scaleway product manages it"
    )
    resource = planned("Group", "devs", inputs={"name": "devs"})
    (one,) = matching([resource], [], (left_out,)).unmatched
    assert (one.reason, one.is_new) == (
        f'group "devs" {an_id(1)} is not adopted: a Scaleway product manages it',
        False,
    )


def test_what_depends_on_a_resource_without_a_match_has_none_either() -> None:
    new, twins = urn_of("Application", "new"), urn_of("Application", "twins")
    resources = [
        planned("APIKey", "of-new", {"application_id": new}, inputs={"description": "k"}),
        planned("APIKey", "of-twins", {"application_id": twins}, inputs={"description": "k"}),
        planned("APIKey", "of-nothing", inputs={"application_id": UNKNOWN}),
        planned("Application", "new", inputs={"name": "new"}),
        planned("Application", "twins", inputs={"name": "twins"}),
    ]
    objects = [existing("Application", number, name="twins") for number in range(7)]
    result = matching(resources, objects)
    listed = ", ".join(f'application "twins" {an_id(n)} (created {CREATED})' for n in range(5))
    assert outcome(result) == {
        "of-new": 'its application is new too: Application "new"',
        "of-twins": 'its application has no match: Application "twins"',
        "of-nothing": "its application is known only to an update, so no API key can be found by it; run"
        " again when the first import is done, or set a fixed value",
        "new": "no application with this name",
        "twins": f"7 applications with this name: {listed} and 2 more",
    }
    assert [one.resource.name for one in result.unmatched if one.is_new] == ["of-new", "new"]
    assert {len(one.candidates) for one in result.unmatched} == {0, 7}


def test_an_object_of_the_state_is_not_adopted_again() -> None:
    holder = planned("Group", "old", op="delete", id=an_id(1).upper())
    resource = planned("Group", "devs", inputs={"name": "devs"})
    look_up = planned("Group", "seen", op="read", id=an_id(1), external=True)
    found = existing("Group", 1, name="devs")
    assert outcome(matching([resource, look_up], [found])) == {"devs": an_id(1)}
    assert outcome(matching([resource, holder], [found])) == {
        "devs": f'the stack has group "devs" {an_id(1)} as Group "old"; add an alias for'
        f" {holder.urn}, or remove one of both from the program"
    }
