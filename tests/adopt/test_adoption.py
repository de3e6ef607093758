"""Adopted objects have the inputs and outputs that a create would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.adoption import adopt
from pulumi_scw_iam.adopt.objects import Adoption, Existing, Skipped
from pulumi_scw_iam.adopt.survey import ADOPTED
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds import KINDS
from tests.adopt.prepared import Prepared
from tests.support.strategies import RESOURCE, inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.fields import Props


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    prepared = Prepared()
    yield prepared
    prepared.organization.close()


def without_kept(kind: str, outputs: Props) -> dict[str, Any]:
    """Return the outputs without the values that the API never returns."""
    kept = {field.name for field in fields(KINDS[kind].state) if field.prop.kept}
    return {name: value for name, value in outputs.items() if name not in kept}


@pytest.mark.parametrize("kind", [*ADOPTED, "GroupMembership"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_adopted_object_has_the_outputs_of_a_create_with_the_written_arguments(
    kind: str, prepared: Prepared, data: st.DataObject
) -> None:
    prepared.begin(kind)
    world = prepared.organization
    before = world.emulator.snapshot()
    drawn = data.draw(inputs(KINDS[kind], prepared.ids))
    if drawn.get("type") == "owner":
        return
    resource_id, _ = world.create(kind, **drawn)
    existing = prepared.existing(kind, resource_id)
    adopted = adopt(existing, RESOURCE, prepared.defaults)
    assert isinstance(adopted, Adoption)
    # The program, with the written arguments.
    registered = world.inputs(kind, {}, adopted.arguments)
    assert adopted.inputs == registered
    assert KINDS[kind].diff(adopted.outputs, registered) == {}
    # The same object by a create.
    if kind == "SCIMToken":
        return  # the API chooses its expiry
    world.emulator.restore(before)
    world.begin()
    again, created = world.create(kind, **adopted.arguments)
    recreated = adopt(prepared.existing(kind, again), RESOURCE, prepared.defaults)
    assert isinstance(recreated, Adoption)
    assert without_kept(kind, recreated.outputs) == without_kept(kind, created)


def test_defaults_are_not_written(prepared: Prepared) -> None:
    prepared.begin("APIKey")
    iam = prepared.organization.iam
    (user,) = prepared.ids["user"]
    key = iam.create_api_key(user_id=user)["access_key"]
    adopted = adopt(prepared.existing("APIKey", key), "key", prepared.defaults)
    assert isinstance(adopted, Adoption)
    assert adopted.arguments == {"user_id": user}
    member = adopt(prepared.existing("User", user), "u", prepared.defaults)
    assert isinstance(member, Adoption)
    assert member.arguments == {"email": "u@example.com", "type": "guest"}
    (group,) = prepared.ids["group"]
    named = adopt(prepared.existing("Group", group), "group", prepared.defaults)
    assert isinstance(named, Adoption)
    assert named.arguments == {"user_ids": [], "application_ids": []}


def test_a_locked_member_stays_locked_in_the_program(prepared: Prepared) -> None:
    prepared.begin("User")
    iam = prepared.organization.iam
    user = iam.create_user(member={"email": "m@example.com", "username": "member"})["id"]
    iam.lock_user(user)
    adopted = adopt(prepared.existing("User", user), "u", prepared.defaults)
    assert isinstance(adopted, Adoption)
    assert adopted.arguments["locked"] is True


def test_a_list_that_the_program_leaves_alone_is_in_neither_inputs_nor_outputs(
    prepared: Prepared,
) -> None:
    prepared.begin("Group")
    (group,), (user,) = prepared.ids["group"], prepared.ids["user"]
    prepared.organization.iam.add_group_member(group, user_id=user)
    existing = prepared.existing("Group", group, unmanaged=frozenset({"user_ids"}))
    adopted = adopt(existing, "group", prepared.defaults)
    assert isinstance(adopted, Adoption)
    for values in (adopted.arguments, adopted.inputs, adopted.outputs):
        assert "user_ids" not in values
        assert values["application_ids"] == []


def test_a_secret_of_the_source_is_an_output_only(prepared: Prepared) -> None:
    prepared.begin("APIKey")
    key = prepared.organization.iam.create_api_key(user_id=prepared.ids["user"][0])
    known = {"secret_key": key["secret_key"]}
    existing = prepared.existing("APIKey", key["access_key"], known=known)
    adopted = adopt(existing, "key", prepared.defaults)
    assert isinstance(adopted, Adoption)
    assert "secret_key" not in {*adopted.arguments, *adopted.inputs}
    assert adopted.outputs["secret_key"] == key["secret_key"]
    assert str(key["secret_key"]) not in repr(adopted)


def test_an_object_that_no_program_can_declare_is_skipped_with_the_property(
    prepared: Prepared,
) -> None:
    prepared.begin("Group")
    existing = prepared.existing("Group", prepared.ids["group"][0])
    odd = Existing(kind=existing.kind, id=existing.id, item={**existing.item, "name": "a" * 65})
    skipped = adopt(odd, "group", prepared.defaults)
    assert isinstance(skipped, Skipped)
    assert skipped.is_failure
    assert skipped.reason == (
        "no program can declare it: name is 65 characters long; at most 64 are allowed"
    )
