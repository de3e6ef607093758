"""The state of Terraform: addresses, logical names, and content that is no state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_scw_iam.adopt.recorded import SourceError, distinct
from pulumi_scw_iam.adopt.terraform import read_terraform
from tests.support.terraform_states import KEY, Source, group, stack_export, terraform_state, uuid

PULL = "pass the output of `terraform state pull`"


def damaged(source: Source, **attributes: Any) -> bytes:
    """Return a state with one resource; `attributes` replace its attributes, or remove them by `...`."""
    state = json.loads(terraform_state([source]))
    (instance,) = state["resources"][0]["instances"]
    for name, value in attributes.items():
        if value is ...:
            del instance["attributes"][name]
        else:
            instance["attributes"][name] = value
    return json.dumps(state).encode()


def labels_and_addresses(*sources: Source) -> list[tuple[str, str]]:
    recordings = read_terraform("tf", terraform_state(sources))
    assert recordings.failures == ()
    return [(recorded.label, recorded.address) for recorded in recordings.objects]


def test_the_name_of_the_resource_is_the_logical_name() -> None:
    assert labels_and_addresses(
        group(1), group(2, "ops", module="module.iam"), group(3, "qa", key=0)
    ) == [
        ("devs", "scaleway_iam_group.devs"),
        ("ops", "module.iam.scaleway_iam_group.ops"),
        ("qa", "scaleway_iam_group.qa[0]"),
    ]


def test_keys_and_modules_tell_equal_names_apart() -> None:
    assert labels_and_addresses(
        group(1, key="a.b"),
        group(2, key='quo"ted'),
        group(3, "ops", key=0),
        group(4, "ops", key=1),
        group(5, "this"),
        group(6, "this", module='module.team["x.y"].module.iam'),
        group(7, "this", module='module.team["z"].module.iam'),
        group(8, "one", module="module.a", key="k"),
        group(9, "one", module="module.b", key="k"),
    ) == [
        ("devs-a.b", 'scaleway_iam_group.devs["a.b"]'),
        ('devs-quo"ted', 'scaleway_iam_group.devs["quo\\"ted"]'),
        ("ops-0", "scaleway_iam_group.ops[0]"),
        ("ops-1", "scaleway_iam_group.ops[1]"),
        ("this", "scaleway_iam_group.this"),
        ("team-x.y-iam-this", 'module.team["x.y"].module.iam.scaleway_iam_group.this'),
        ("team-z-iam-this", 'module.team["z"].module.iam.scaleway_iam_group.this'),
        ("a-one", 'module.a.scaleway_iam_group.one["k"]'),
        ("b-one", 'module.b.scaleway_iam_group.one["k"]'),
    ]


def test_equal_candidates_get_numbers() -> None:
    assert distinct([["a"], ["a", "a-2"], ["a"], ["b"], ["a-2"]]) == [
        "a",
        "a-2",
        "a-3",
        "b",
        "a-2-2",
    ]


def test_a_group_with_external_membership_leaves_both_lists_alone() -> None:
    source = group(1, external_membership=True)
    # A list of an earlier apply stays in the state.
    recordings = read_terraform("tf", damaged(source, user_ids=[uuid(7)]))
    (recorded,) = recordings.objects
    assert recorded.unmanaged == {"user_ids", "application_ids"}
    assert recorded.unmanaged.isdisjoint(recorded.values)


def test_unset_lists_of_a_group_are_empty() -> None:
    recordings = read_terraform("tf", damaged(group(1), user_ids=None, application_ids=...))
    (recorded,) = recordings.objects
    assert recorded.unmanaged == frozenset()
    assert (recorded.values["user_ids"], recorded.values["application_ids"]) == ([], [])


def test_data_sources_are_ignored_and_other_types_counted() -> None:
    def resource(mode: str, resource_type: str, count: int) -> dict[str, Any]:
        instances = [{"attributes": {"id": str(number)}} for number in range(count)]
        return {"mode": mode, "type": resource_type, "name": "x", "instances": instances}

    other = [
        resource("data", "scaleway_iam_group", 2),
        resource("managed", "scaleway_instance_server", 2),
        resource("managed", "random_pet", 1),
        resource("managed", "scaleway_instance_server", 1),
    ]
    recordings = read_terraform("tf", terraform_state([group(1)], other))
    assert [recorded.id for recorded in recordings.objects] == [uuid(1)]
    assert recordings.failures == ()
    assert recordings.skipped == (
        "tf: 1 of type random_pet, no object of Scaleway IAM",
        "tf: 3 of type scaleway_instance_server, no object of Scaleway IAM",
    )


def test_a_deposed_object_is_left_out() -> None:
    state = json.loads(terraform_state([group(1)]))
    (current,) = state["resources"][0]["instances"]
    deposed = {**current, "attributes": {**current["attributes"], "id": uuid(2)}}
    state["resources"][0]["instances"] = [{**deposed, "deposed": "0a1b2c3d"}, current]
    recordings = read_terraform("tf", json.dumps(state).encode())
    assert [recorded.id for recorded in recordings.objects] == [uuid(1)]
    assert recordings.skipped == (
        "tf: scaleway_iam_group.devs: a deposed object, which Terraform deletes at its next apply",
    )


def test_a_tainted_object_is_adopted_with_a_note() -> None:
    state = json.loads(terraform_state([group(1)]))
    state["resources"][0]["instances"][0]["status"] = "tainted"
    recordings = read_terraform("tf", json.dumps(state).encode())
    assert [recorded.id for recorded in recordings.objects] == [uuid(1)]
    assert recordings.notes == (
        "tf: scaleway_iam_group.devs: Terraform replaces it at its next apply; it is adopted as it"
        " exists",
    )


def test_an_unknown_type_of_iam_is_one_line() -> None:
    other = {"mode": "managed", "type": "scaleway_iam_role", "name": "x", "instances": [{}]}
    recordings = read_terraform("tf", terraform_state([group(1)], [other]))
    assert len(recordings.objects) == 1
    assert recordings.failures == (
        "tf: scaleway_iam_role.x: this version does not know the type; upgrade pulumi-scw-iam, or"
        " declare the object by hand",
    )


TOKEN = Source(kind="SCIMToken", id=f"{uuid(1)}/{uuid(2)}", item={"scim_id": uuid(1)}, name="idp")
MEMBER = Source(kind="GroupMembership", id=f"{uuid(1)}/user/{uuid(2)}", item={}, name="alice")
LEFT_OUT = "so the object is left out; repair the state, and run the command again"


@pytest.mark.parametrize(
    ("source", "attributes", "reason"),
    [
        (group(1), {"id": ...}, "has no id"),
        (group(1), {"id": None}, "has no id"),
        (group(1), {"id": ""}, "has no id"),
        (group(1), {"id": 7}, "the id is not a text"),
        (group(1), {"id": "devs"}, "the id is not a UUID"),
        (group(1), {"id": f"fr-par/{uuid(1)}"}, "the id is not a UUID"),
        (
            KEY,
            {"id": "SCW"},
            "the id is not an access key, which is SCW and 17 letters or digits",
        ),
        (
            KEY,
            {"id": uuid(1)},
            "the id is not an access key, which is SCW and 17 letters or digits; it looks like the"
            " secret key",
        ),
        (KEY, {"secret_key": ["x"]}, f"secret_key is not a text, {LEFT_OUT}"),
        (
            KEY,
            {"secret_key": "SCWXXXXXXXXXXXXXXXXX"},
            "secret_key is not a secret key, which is a UUID; it looks like the access key,"
            f" {LEFT_OUT}",
        ),
        (TOKEN, {"scim_id": None}, "has no scim_id"),
        (TOKEN, {"scim_id": {}}, "scim_id is not a UUID"),
        (TOKEN, {"bearer_token": True}, f"bearer_token is not a text, {LEFT_OUT}"),
        (
            MEMBER,
            {"id": uuid(1)},
            "the id is not GROUP_ID/user/USER_ID or GROUP_ID/app/APPLICATION_ID",
        ),
        (MEMBER, {"id": f"devs/user/{uuid(1)}"}, "the group in the id is not a UUID"),
        (MEMBER, {"id": f"{uuid(1)}/app/ci"}, "the member in the id is not a UUID"),
    ],
)
def test_an_object_that_cannot_be_adopted_is_one_line(
    source: Source, attributes: dict[str, Any], reason: str
) -> None:
    recordings = read_terraform("tf", damaged(source, **attributes))
    title = f"tf: scaleway_iam_{source.type}.{source.name}"
    assert (recordings.objects, recordings.failures) == ((), (f"{title}: {reason}",))


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"name": 7}, "name is not a text"),
        ({"name": None}, "name is missing"),
        ({"description": {"a": 1}}, "description is not a text"),
        ({"tags": "a"}, "tags is not a list"),
        ({"tags": [7]}, "tags has an item that is not a text"),
        ({"no_principal": "yes"}, "no_principal is not true or false"),
        ({"rule": {}}, "rule is not a list"),
        ({"rule": ["x"]}, "rule has an item that is not an object"),
        ({"rule": [{"permission_set_names": None}]}, "rule has a malformed item"),
        (
            {"rule": [{"permission_set_names": ["A"], "project_ids": 7}]},
            "rule has a malformed item",
        ),
    ],
)
def test_a_damaged_attribute_is_one_line_and_the_object_is_adopted(
    attributes: dict[str, Any], reason: str
) -> None:
    source = Source(kind="Policy", id=uuid(1), item={"name": "readers"}, name="readers")
    recordings = read_terraform("tf", damaged(source, **attributes))
    (recorded,) = recordings.objects
    assert recorded.id == uuid(1)
    assert not {"rules" if name == "rule" else name for name in attributes} & recorded.values.keys()
    assert recordings.failures == (
        f"tf: scaleway_iam_policy.readers: {reason}, so only the organization's value is used",
    )


def test_malformed_resources_are_one_line_each() -> None:
    other: list[Any] = [
        7,
        {"type": "scaleway_iam_group"},
        {"type": "scaleway_iam_group", "name": "a", "instances": [None, {}, {"index_key": "k"}]},
        {
            "type": "scaleway_iam_group",
            "name": "old",
            "instances": [{"attributes_flat": {"id": uuid(1)}}],
        },
    ]
    recordings = read_terraform("tf", terraform_state([group(1)], other))
    assert len(recordings.objects) == 1
    assert recordings.failures == (
        "tf: resource 2 is malformed, so it is left out",
        "tf: resource 3 is malformed, so it is left out",
        "tf: scaleway_iam_group.a: an instance is malformed, so it is left out",
        "tf: scaleway_iam_group.a: has no attributes, so it is left out",
        'tf: scaleway_iam_group.a["k"]: has no attributes, so it is left out',
        "tf: scaleway_iam_group.old: is stored in the format of Terraform 0.11; run `terraform apply"
        " -refresh-only`, and pass the new state",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", f"not JSON, or cut off; {PULL}"),
        (b"PK\x03\x04", f"not JSON, or cut off; {PULL}"),
        (b"\x1f\x8b no gzip", f"not JSON, or cut off; {PULL}"),
        (b"[" * 100_000, f"not JSON, or cut off; {PULL}"),
        (terraform_state([group(1)])[:-40], f"not JSON, or cut off; {PULL}"),
        (b"[]", f"not the state of Terraform; {PULL}"),
        (b"{}", f"not the state of Terraform; {PULL}"),
        (b'{"version": "4"}', f"not the state of Terraform; {PULL}"),
        (terraform_state([], resources={}), f"not the state of Terraform; {PULL}"),
        (
            terraform_state([], version=3),
            "a state of version 3, but only version 4 is known; run `terraform apply -refresh-only`"
            " with Terraform 0.12 or later to upgrade the state",
        ),
        (
            terraform_state([], version=5),
            "a state of version 5, but only version 4 is known; upgrade pulumi-scw-iam",
        ),
        (
            b'{"serial": 1, "lineage": "x", "encrypted_data": "x", "encryption_version": "v0"}',
            "an encrypted state; pass the output of `tofu state pull`",
        ),
        (
            b'{"format_version": "1.0", "values": {}}',
            f"the output of `terraform show` or a plan, not a state; {PULL}",
        ),
        (stack_export([]), "the state of a Pulumi stack; pass it with --from-stack"),
    ],
)
def test_content_that_is_no_state_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_terraform("tf", content)
    assert str(refused.value) == f"tf: {reason}"


def test_an_empty_state_has_no_objects() -> None:
    for content in (terraform_state([]), terraform_state([], resources=None)):
        recordings = read_terraform("tf", content)
        assert (recordings.objects, recordings.failures, recordings.skipped) == ((), (), ())


def test_control_characters_of_a_state_are_escaped() -> None:
    recordings = read_terraform("tf", damaged(group(1, key="\x1b[31m\n"), id="x"))
    assert recordings.failures == (
        'tf: scaleway_iam_group.devs["\\u001b[31m\\n"]: the id is not a UUID',
    )
    recordings = read_terraform("tf", damaged(group(1, "\x1b" * 300), id="x"))
    address = ("scaleway_iam_group." + "\\u001b" * 300)[:199]
    assert recordings.failures == (f"tf: {address}…: the id is not a UUID",)
