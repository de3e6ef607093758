"""RotatingAPIKey: a new key replaces the current one on schedule, and the previous one stays for an overlap."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.formats import instant, moment
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from pulumi_scw_iam.core.declared import Change
    from pulumi_scw_iam.emulator import Emulator
    from tests.kinds.world import World

KIND = KINDS["RotatingAPIKey"]
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
        self.notes = list(KIND.notes(olds, news))
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
    key = Rotating(world, description="ci")
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
    assert key.notes == [
        'rotating API key "ci": the key is 63 days old, and rotates after 60d, so an update makes a new key;'
        f" {first['access_key']} stays valid for 7d"
    ]
    second = key.state
    assert second["previous_access_key"] == first["access_key"]
    assert second["previous_secret_key"] == first["secret_key"]
    assert second["access_key"] != first["access_key"]
    assert authenticates(world.emulator, second["secret_key"], second["access_key"])
    assert authenticates(world.emulator, first["secret_key"], first["access_key"])
    assert key.up() == {}
    key.later(days=7)
    assert set(key.up()) == {"previous_access_key", "previous_secret_key"}
    assert key.notes == [
        'rotating API key "ci": the overlap of 7d has ended, so an update deletes the previous key'
        f" {first['access_key']}"
    ]
    assert key.keys() == [second["access_key"]]
    assert key.up() == {}
    key.refresh()
    assert key.up() == {}
    world.core.delete(KIND, key.id, key.state)
    assert key.keys() == []
