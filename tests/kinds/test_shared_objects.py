"""Two resources with the same object. Deleting one resource must not delete the object of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.errors import NotFound, Refused
from pulumi_scw_iam.core.claims import Claims
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from tests.support.organization import LocalOrganization

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator

GROUP = KINDS["Group"]
OLD, NEW = (f"urn:pulumi:test::test::scw-iam:index:Group::{name}" for name in ("old", "new"))
MOVED = "urn:pulumi:test::test::test:index:Team$scw-iam:index:Group::old"
TAKEN = 'group "devs": the name "devs" is already in use in organization {}; '
IN_THE_WAY = (
    "; if this resource has the object and is being replaced, set the option delete_before_replace"
)


class World(LocalOrganization):
    """A group "devs" of the resource OLD, with runs of the engine."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.group, _ = self.core.check(GROUP, {}, {"name": "devs"}, urn=OLD)
        self.id, self.state = self.core.create(GROUP, self.group, urn=OLD)
        self.begin()

    def taken(self, urn: str | None = NEW) -> list[str]:
        """Check a new resource with the name of the group; return the failures."""
        _, failures = self.core.check(GROUP, {}, {"name": "devs"}, urn=urn)
        return [failure.reason for failure in failures]

    def declare(self, urn: str) -> None:
        """Declare a resource with the existing group in the program."""
        self.core.check(GROUP, self.group, self.group, urn=urn)
        self.core.diff(GROUP, self.id, self.state, self.group, urn=urn)

    def refresh(self, urn: str | None) -> None:
        self.core.read(GROUP, self.id, self.state, urn=urn)
        self.core.diff(GROUP, self.id, self.state, self.group, urn=urn)

    def delete(self, urn: str | None) -> str | None:
        """Delete the group of a resource; return the message of a refusal."""
        try:
            self.core.delete(GROUP, self.id, self.state, urn=urn)
        except Refused as refused:
            assert self.iam.get_group(self.id)
            return str(refused)
        with pytest.raises(NotFound):
            self.iam.get_group(self.id)
        return None


@pytest.fixture
def world(iam_emulator: Emulator) -> World:
    return World(iam_emulator)


@pytest.mark.parametrize(
    ("seen", "urn", "cure"),
    [
        (
            [],
            NEW,
            'if this stack manages the object under an old name, add aliases=[pulumi.Alias(name="OLD NAME")]; otherwise look'
            ' it up with Group.get("devs", "{id}"), import it with `pulumi-scw-iam adopt --program`, or choose another name',
        ),
        (
            [OLD],
            NEW,
            'this stack manages the object under "old", so add aliases=[pulumi.Alias(name="old")], or choose another name',
        ),
        (
            [MOVED],
            NEW,
            f'this stack manages the object under "old", so add aliases=["{MOVED}"], or choose another name',
        ),
        (
            [None],
            None,
            "this stack manages the object under an old name, so add"
            ' aliases=[pulumi.Alias(name="OLD NAME")], or choose another name',
        ),
    ],
)
def test_the_cure_for_a_name_that_this_stack_has_is_an_alias(
    seen: list[str | None],
    urn: str | None,
    cure: str,
    world: World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for other_urn in seen:
        world.refresh(other_urn)
    taken = TAKEN.format(world.organization) + cure.replace("{id}", world.id)
    # With the URN of a refresh, the owner is certain. Without it, the resource itself may be replaced.
    failures, warnings = (
        ([taken.removeprefix('group "devs": ')], []) if any(seen) else ([], [taken + IN_THE_WAY])
    )
    assert world.taken(urn) == failures
    assert caplog.messages == warnings


def test_a_name_that_another_resource_of_the_program_keeps_is_not_to_be_adopted(
    world: World,
) -> None:
    world.declare(OLD)
    assert world.taken() == [
        'another group of this program has the name "devs"; choose another name'
    ]


def test_a_resource_that_is_replaced_after_a_refresh_does_not_stand_in_its_own_way(
    world: World,
) -> None:
    world.refresh(OLD)
    assert world.taken(OLD) == []


def test_what_the_program_looks_up_is_not_deleted_with_an_old_resource(world: World) -> None:
    world.core.read(GROUP, world.id.upper(), None, urn=NEW)
    assert world.delete(OLD) == (
        'delete group "devs": "new" of this program looks up the same object; to keep the object in this'
        ' stack, declare it under another name instead, and add aliases=[pulumi.Alias(name="old")]; to keep'
        " it outside this stack, run"
        f" `pulumi state delete {OLD}`; to delete it, run without --run-program"
    )


def test_without_urns_only_what_the_program_looks_up_is_not_deleted(world: World) -> None:
    world.refresh(None)
    world.core.check(GROUP, world.group, world.group)
    world.core.diff(GROUP, world.id, world.state, world.group)
    assert world.delete(None) is None


def test_what_the_program_looks_up_without_urns_is_not_deleted(world: World) -> None:
    world.core.read(GROUP, world.id, None)
    assert world.delete(None) == (
        'delete group "devs": this program looks up the same object; to keep the object in this'
        ' stack, declare it under another name instead, and add aliases=[pulumi.Alias(name="OLD NAME")]; to'
        " keep it outside this stack, run"
        " `pulumi state delete URN`; to delete it, run without --run-program"
    )


@pytest.mark.parametrize("imported", [False, True])
def test_what_another_resource_has_too_is_not_deleted(imported: bool, world: World) -> None:
    if imported:
        world.core.read(GROUP, world.id, None, urn=NEW)
    world.declare(NEW)
    assert world.delete(OLD) == (
        'delete group "devs": "new" of this program has the same object; to keep the object, remove this'
        f" resource from the state with `pulumi state delete {OLD}`"
    )


def test_a_refresh_before_destroy_keeps_nothing(world: World) -> None:
    """Two resources of the state have the same object, and both are destroyed."""
    world.refresh(OLD)
    world.refresh(NEW)
    assert world.delete(OLD) is None
    assert world.delete(NEW) is None


def test_an_alias_and_a_replacement_in_one_update_delete_the_old_object(world: World) -> None:
    """The engine deletes the old object under the old URN."""
    world.declare(NEW)
    inputs, _ = world.core.check(GROUP, {}, {"name": "developers"}, urn=NEW)
    world.core.create(GROUP, inputs, urn=NEW)
    assert world.delete(OLD) is None


def test_a_forced_replacement_that_deletes_first_deletes_the_old_object(world: World) -> None:
    world.declare(NEW)
    world.core.check(GROUP, {}, {"name": "devs"}, urn=NEW)
    assert world.delete(OLD) is None


def test_a_resource_that_is_read_and_then_deleted_goes(world: World) -> None:
    world.refresh(OLD)
    world.declare(OLD)
    assert world.delete(OLD) is None


def test_what_another_provider_of_the_program_has_is_not_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine starts a process per provider. The processes share their lookups."""
    other = ProviderCore(lambda: world.settings)
    shared = Claims(None)
    for core in (other, world.core):
        monkeypatch.setattr(core, "_claims", shared)
    other.read(GROUP, world.id, None, urn=NEW)
    assert world.delete(OLD) == (
        'delete group "devs": another resource of this program has the same object; to keep'
        f" the object, remove this resource from the state with `pulumi state delete {OLD}`"
    )


def test_security_settings_that_are_looked_up_may_leave_the_state(world: World) -> None:
    """A delete leaves the settings unchanged."""
    settings: Any = KINDS["OrganizationSecuritySettings"]
    outputs = world.core.read(settings, world.organization, None, urn=NEW)
    assert outputs is not None
    world.core.delete(settings, world.organization, outputs, urn=OLD)
