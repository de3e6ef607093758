"""RotatingAPIKey: a new key replaces the current one on schedule, and the previous one stays for an overlap."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.adoption import adopt
from pulumi_scw_iam.adopt.objects import Adoption, Existing
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Refused
from pulumi_scw_iam.common.formats import instant, moment
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.secret_manager import new_secret, versions

if TYPE_CHECKING:
    from pulumi_scw_iam.core.declared import Change
    from pulumi_scw_iam.emulator import Emulator
    from tests.kinds.world import World

KIND = KINDS["RotatingAPIKey"]
ROOT = Path(__file__).parents[2]
SCHEDULE = {"rotate_after": "60d", "overlap": "7d"}


class Rotating:
    """A rotating key in an organization, and its updates as the engine makes them."""

    def __init__(self, world: World, **inputs: Any) -> None:
        self.world = world
        self.given = {"application_id": world.create("Application")[0], **SCHEDULE, **inputs}
        self.world.begin()
        self.id, self.state = world.core.create(KIND, self.checked({}))
        self.notes: list[str] = []

    def checked(self, olds: dict[str, Any]) -> dict[str, Any]:
        inputs, failures = self.world.core.check(KIND, olds, self.given, resource_name="it")
        assert failures == []
        return inputs

    def up(self, **inputs: Any) -> dict[str, Change]:
        """Update with changed inputs in a new run; return the changes of the preview."""
        before = {name: value for name, value in self.state.items() if name in self.given}
        self.given |= inputs
        self.world.begin()
        news = self.checked(before)
        olds = self.world.core.as_of_now(KIND, self.state, news)
        changes = self.world.core.diff(KIND, self.id, olds, news)
        self.notes = list(KIND.notes(self.id, olds, news))
        if changes:
            after = self.world.core.preview(KIND, self.id, olds, news)
            self.state = self.world.core.update(KIND, self.id, self.state, news)
            for name in {*after, *self.state}:
                if after.get(name) is not UNKNOWN:
                    assert (name, after.get(name)) == (name, self.state.get(name))
        return changes

    def refresh(self) -> None:
        self.world.begin()
        read = self.world.core.read(KIND, self.id, self.state)
        assert read is not None
        self.state = read

    def keys(self) -> list[str]:
        listed = self.world.iam.list_api_keys(application_id=self.given["application_id"])
        return [key["access_key"] for key in listed]

    def later(self, **span: float) -> None:
        self.world.emulator.advance(timedelta(**span))


def authenticates(emulator: Emulator, secret_key: str, access_key: str) -> bool:
    environ = {**emulator.environment, "SCW_SECRET_KEY": secret_key}
    client = IamClient(Settings.resolve(environ=environ))
    return client.get_api_key(access_key)["access_key"] == access_key


def test_a_key_rotates_at_its_age_and_the_previous_one_is_deleted_after_the_overlap(
    world: World,
) -> None:
    key = Rotating(world, description="Build pipeline")
    first = key.state
    made = moment(first["rotated_at"])
    assert first["next_rotation_at"] == instant((made + timedelta(days=60)).isoformat())
    assert abs(moment(first["expires_at"]) - made - timedelta(days=74)) < timedelta(seconds=5)
    assert key.up() == {}
    key.later(days=59)
    assert key.up() == {}
    key.later(days=4, minutes=1)
    changes = key.up()
    assert set(changes) == {
        "access_key",
        "secret_key",
        "previous_access_key",
        "previous_secret_key",
        "rotated_at",
        "next_rotation_at",
        "expires_at",
    }
    (note,) = key.notes
    guide = (ROOT / "docs/guide/rotation.md").read_text(encoding="utf-8")
    assert f"\n{note.replace(first['access_key'], 'SCW…')}\n" in guide
    assert "the key is 63 days old" in note
    second = key.state
    assert second["previous_access_key"] == first["access_key"]
    assert second["previous_secret_key"] == first["secret_key"]
    assert second["access_key"] != first["access_key"]
    assert authenticates(world.emulator, second["secret_key"], second["access_key"])
    assert authenticates(world.emulator, first["secret_key"], first["access_key"])
    assert key.up() == {}
    key.later(days=7, minutes=1)
    assert set(key.up()) == {"previous_access_key", "previous_secret_key"}
    assert key.notes == [
        'rotating API key "Build pipeline": the overlap of 7d has ended, so an update deletes the previous key'
        f" {first['access_key']}"
    ]
    assert key.keys() == [second["access_key"]]
    assert key.up() == {}
    key.refresh()
    assert key.up() == {}
    world.core.delete(KIND, key.id, key.state)
    assert key.keys() == []


def test_changed_triggers_rotate_at_once_and_end_an_overlap(world: World) -> None:
    key = Rotating(world, rotate_after=None, rotation_triggers=["1"])
    first = key.state
    assert "expires_at" not in first
    assert "next_rotation_at" not in first
    key.later(days=1000)
    assert key.up() == {}
    assert set(key.up(rotation_triggers=["2"])) == {
        "rotation_triggers",
        "access_key",
        "secret_key",
        "previous_access_key",
        "previous_secret_key",
        "rotated_at",
    }
    title = f"rotating API key {key.id}"
    second = key.state["access_key"]
    assert key.up(rotation_triggers=["2", "leaked"])
    assert key.notes == [
        f"{title}: the rotation triggers change, so an update makes a new key; {second} stays valid for 7d",
        f"{title}: at most two keys exist, so an update deletes the previous key {first['access_key']}",
    ]
    assert key.keys() == [second, key.state["access_key"]]
    assert key.state["previous_access_key"] == second


def test_with_a_secret_each_key_goes_to_a_version_and_no_secret_key_to_the_state(
    world: World,
) -> None:
    secret_id = new_secret(world.emulator)
    key = Rotating(world, secret_id=secret_id, secret_format="json")
    for number in (1, 2, 3):
        *_, (revision, description, payload) = versions(world.emulator, secret_id)
        assert revision == key.state["secret_version"] == number
        assert description == f"API key {key.state['access_key']} of pulumi-scw-iam (json)"
        pair = json.loads(payload)
        assert authenticates(world.emulator, pair["secret_key"], key.state["access_key"])
        assert {"secret_key", "previous_secret_key"}.isdisjoint(key.state)
        key.later(days=61)
        assert "secret_version" in key.up()
        key.later(days=8)
        assert set(key.up()) == {"previous_access_key"}


def test_a_secret_key_of_the_state_moves_into_a_secret_in_place_and_another_secret_rotates(
    world: World,
) -> None:
    key = Rotating(world)
    first = key.state
    one, two = (new_secret(world.emulator, name) for name in ("one", "two"))
    changes = key.up(secret_id=one)
    assert set(changes) == {"secret_id", "secret_format", "secret_key", "secret_version"}
    moved = {"secret_id": one, "secret_format": "raw", "secret_version": 1}
    assert key.state == {n: v for n, v in first.items() if n != "secret_key"} | moved
    ((_, _, payload),) = versions(world.emulator, one)
    assert payload == first["secret_key"]

    assert "access_key" in key.up(secret_id=two)
    ((_, _, payload),) = versions(world.emulator, two)
    assert authenticates(world.emulator, payload, key.state["access_key"])
    assert key.state["previous_access_key"] == first["access_key"]

    assert "access_key" in key.up(secret_id=None, secret_format=None)
    assert authenticates(world.emulator, key.state["secret_key"], key.state["access_key"])
    assert "secret_version" not in key.state


def test_a_new_bearer_gets_a_key_and_the_key_of_the_old_bearer_stays_for_the_overlap(
    world: World,
) -> None:
    key = Rotating(world)
    first, other = key.state, world.create("Application", name="other")[0]
    assert {"application_id", "access_key"} <= set(key.up(application_id=other))
    assert key.notes[0].startswith(f"rotating API key {key.id}: the bearer changes, so an update")
    assert key.keys() == [key.state["access_key"]]
    assert authenticates(world.emulator, first["secret_key"], first["access_key"])
    key.later(days=7, minutes=1)
    assert key.up()
    with pytest.raises(IamError):
        world.iam.get_api_key(first["access_key"])
    # A deleted bearer takes its key with it.
    world.core.delete(KINDS["Application"], other, {"organization_id": world.organization})
    third = world.create("Application", name="third")[0]
    key.up(application_id=third)
    assert key.keys() == [key.state["access_key"]]
    assert "previous_access_key" not in key.state


def test_a_deleted_current_key_is_made_anew_with_and_without_a_refresh(world: World) -> None:
    key = Rotating(world)
    for refreshes in (True, False):
        gone = key.state["access_key"]
        world.iam.delete_api_key(gone)
        if refreshes:
            key.refresh()
            assert "access_key" not in key.state
        assert "access_key" in key.up()
        (note,) = key.notes
        assert note.endswith("the key was deleted, so an update makes a new key")
        assert key.keys() == [key.state["access_key"]]
        assert key.up() == {}


def test_a_deleted_previous_key_is_no_loss(world: World) -> None:
    key = Rotating(world)
    first = key.state["access_key"]
    for refreshes in (True, False):
        key.later(days=61)
        key.up()
        world.iam.delete_api_key(key.state["previous_access_key"])
        if refreshes:
            key.refresh()
            assert "previous_access_key" not in key.state
            assert key.up() == {}
        else:
            assert set(key.up()) == {"previous_access_key", "previous_secret_key"}
        assert key.keys() == [key.state["access_key"]]
    assert key.state["access_key"] != first


def test_the_life_of_a_key_stays_within_the_limit_of_the_organization(world: World) -> None:
    world.iam.update_organization_security_settings(
        world.organization, max_api_key_expiration_duration=f"{70 * 86400}s"
    )
    key = Rotating(world)
    made, expires = moment(key.state["rotated_at"]), moment(key.state["expires_at"])
    assert timedelta(days=70) - timedelta(minutes=2) < expires - made <= timedelta(days=70)
    assert key.state["next_rotation_at"] == instant((made + timedelta(days=60)).isoformat())
    # Without `rotate_after`, the key is due one overlap before it would expire.
    triggered = Rotating(world, rotate_after=None, overlap="10d")
    due = moment(triggered.state["expires_at"]) - timedelta(days=10)
    assert triggered.state["next_rotation_at"] == instant(due.isoformat())
    triggered.later(days=60, minutes=1)
    triggered.up()
    (note,) = triggered.notes
    assert f"the key expires at {instant(expires.isoformat())[:16]}" in note

    world.begin()
    given = {"application_id": key.given["application_id"], "rotate_after": "65d"}
    failures = world.core.check(KIND, {}, given, resource_name="it")[1]
    assert [(failure.path, failure.reason) for failure in failures] == [
        (
            "rotate_after",
            f"65d is too long: organization {world.organization} allows API keys to last 70d at most, so a key would"
            " expire before overlap (7d) ends; choose a shorter one",
        )
    ]


def test_bad_inputs_get_a_line_each(world: World) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"rotate_after": "2 months"}, 'rotate_after: "2 months" must look like 30m, 2h or 1d'),
        ({"rotate_after": "0d"}, 'rotate_after: "0d" is too short; pass at least 1m'),
        ({"overlap": "week"}, 'overlap: "week" must look like 30m, 2h or 1d'),
        (
            {"rotate_after": "5d"},
            "overlap: is 7d by default, but the key rotates after 5d; set a shorter overlap, or a longer"
            " rotate_after",
        ),
        (
            {"rotate_after": "24h", "overlap": "1d"},
            "overlap: is 1d, but the key rotates after 1d; set a shorter overlap, or a longer rotate_after",
        ),
        ({"mark": "x"}, "mark: is an output of RotatingAPIKey; leave it out"),
        (
            {"secret_format": "json"},
            "secret_format: has no effect without secret_id; set secret_id, or remove secret_format",
        ),
        (
            {"description": "d" * 172},
            "description: is 172 characters long; at most 171 are allowed",
        ),
    ]
    user_id = next(iter(world.iam.list_users()))["id"]
    for given, line in cases:
        world.begin()
        failures = world.core.check(KIND, {}, {"user_id": user_id, **given}, resource_name="it")[1]
        assert [f"{failure.path}: {failure.reason}" for failure in failures] == [line]


def test_a_declared_api_key_moves_into_a_rotating_one_without_a_new_key(world: World) -> None:
    robot, _ = world.create("Application")
    resource_id, declared = world.create("APIKey", application_id=robot, description="ci")
    key = Rotating(world, description="ci", application_id=robot)
    world.core.delete(KIND, key.id, key.state)
    key.id, key.state = resource_id, declared
    assert set(key.up()) == {
        "rotate_after",
        "expires_at",
        "next_rotation_at",
        "mark",
    }
    assert key.keys() == [resource_id]
    assert key.state["secret_key"] == declared["secret_key"]
    assert key.state["expires_at"] is not None
    (listed,) = world.iam.list_api_keys(application_id=robot)
    assert listed["description"] == f"ci [rotating {key.state['mark']}]"
    assert key.up() == {}
    key.later(days=61)
    assert "access_key" in key.up()
    assert key.keys() == [resource_id, key.state["access_key"]]


def test_an_import_takes_the_other_key_of_the_same_mark_too(world: World) -> None:
    key = Rotating(world, description="ci")
    key.later(days=61)
    key.up()
    for access_key in (key.state["access_key"], key.state["previous_access_key"]):
        world.begin()
        imported = world.core.read(KIND, access_key, None)
        assert imported is not None
        unknown = {"secret_key", "previous_secret_key", "rotate_after", "next_rotation_at"}
        expected = {name: value for name, value in key.state.items() if name not in unknown}
        due = moment(key.state["expires_at"]) - timedelta(days=7)
        assert imported == {**expected, "next_rotation_at": instant(due.isoformat())}
        assert KIND.inputs_of(imported) == {
            "application_id": key.given["application_id"],
            "description": "ci",
        }


def test_a_listed_key_has_the_facts_of_an_import_and_of_its_previous_key(world: World) -> None:
    key = Rotating(world, description="ci")
    key.later(days=61)
    key.up()
    world.begin()
    ((access_key, item),) = KIND.listed(world.iam)
    assert access_key == key.state["access_key"]
    imported = world.core.read(KIND, access_key, None)
    assert imported is not None
    organization = {"organization_id": imported["organization_id"]}
    adopted = adopt(Existing(kind=KIND, id=access_key, item=item), "ci", organization)
    assert isinstance(adopted, Adoption)
    assert {name: adopted.outputs.get(name) for name in imported} == imported
    # The first preview after an adoption has no difference.
    olds = world.core.as_of_now(KIND, dict(adopted.outputs), adopted.inputs)
    assert world.core.diff(KIND, access_key, olds, adopted.inputs) == {}


def test_a_wrong_organization_or_a_lack_of_permission_never_counts_as_a_deleted_key(
    world: World,
) -> None:
    key = Rotating(world)
    world.emulator.faults.add(Fault(operation="list_api_keys", status=403))
    world.emulator.faults.add(Fault(operation="get_api_key", status=403))
    assert key.up() == {}
    with pytest.raises(IamError, match="insufficient permissions"):
        key.refresh()
    world.emulator.faults.clear()
    key.refresh()
    assert key.up() == {}


@pytest.mark.parametrize("lost", [False, True])
def test_a_version_that_cannot_be_written_undoes_the_rotation_unless_it_may_exist(
    lost: bool, world: World
) -> None:
    secret_id = new_secret(world.emulator)
    key = Rotating(world, secret_id=secret_id)
    first = key.state
    key.later(days=61)
    fault = {"lost": "after"} if lost else {"status": 403}
    world.emulator.faults.add(Fault(operation="create_secret_version", **fault))
    world.emulator.faults.add(Fault(operation="list_secret_versions", status=503))
    with pytest.raises(IamError) as failed:
        key.up()
    world.emulator.faults.clear()
    keys = key.keys()
    if lost:
        (left,) = set(keys) - {first["access_key"]}
        assert f"API key {left} stays, and the next `pulumi up` settles it" in str(failed.value)
    else:
        assert keys == [first["access_key"]]
        assert "; the new API key was deleted again" in str(failed.value)
    key.up()
    assert key.up() == {}
    assert key.state["previous_access_key"] == first["access_key"]
    newest = versions(world.emulator, secret_id)[-1]
    assert newest.revision == key.state["secret_version"]
    assert authenticates(world.emulator, newest.payload, key.state["access_key"])
    assert len(key.keys()) == 2


def test_the_key_that_runs_the_program_is_not_deleted(world: World) -> None:
    (owner,) = world.iam.list_users()
    key = Rotating(world, application_id=None, user_id=owner["id"])
    first = key.state
    key.later(days=61)
    key.up()
    key.later(days=8)
    world.settings = replace(
        world.settings, access_key=first["access_key"], secret_key=first["secret_key"]
    )
    with pytest.raises(Refused, match="deletes the API key that runs the program"):
        key.up()
