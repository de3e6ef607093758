"""APIKey with `secret_id`: the secret key is in a version of a secret, and in no state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Incomplete
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.secret_sink import FORMATS, payload, revision_of
from tests.support.organization import LocalOrganization
from tests.support.secret_manager import new_secret, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kinds.world import World

KIND = KINDS["APIKey"]
UUID = "11111111-1111-4111-8111-111111111111"


def caller(emulator: Emulator, secret_key: str) -> IamClient:
    """Return a client that signs with a secret key."""
    environ = {**emulator.environment, "SCW_SECRET_KEY": secret_key}
    return IamClient(Settings.resolve(environ=environ))


def checked(world: LocalOrganization, olds: Mapping[str, Any], **news: Any) -> list[str]:
    """Return the failures of a check in a new run."""
    world.begin()
    failures = world.core.check(KIND, olds, news, resource_name="it")[1]
    return [f"{failure.path}: {failure.reason}" for failure in failures]


def test_the_secret_key_of_a_new_key_goes_to_a_version_and_not_into_the_state(
    world: World,
) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    world.calls()
    resource_id, state = world.create("APIKey", application_id=robot, secret_id=secret_id)
    assert [call.replace(secret_id.partition("/")[0], "REGION") for call in world.calls()] == [
        "POST api-keys 200",
        "POST /secret-manager/v1beta1/regions/REGION/secrets/ID/versions 200",
    ]
    assert (state["secret_id"], state["secret_format"], state["secret_version"]) == (
        secret_id,
        "raw",
        1,
    )
    assert "secret_key" not in state
    ((revision, description, secret_key),) = versions(world.emulator, secret_id)
    assert (revision, description) == (1, f"API key {resource_id} of pulumi-scw-iam (raw)")
    key = caller(world.emulator, secret_key).get_api_key(resource_id)
    assert (key["access_key"], key["secret_key"]) == (resource_id, None)
    assert secret_key not in repr(state)

    # A refresh and an update keep the place of the secret key, without a call to the Secret Manager.
    world.calls()
    assert world.core.read(KIND, resource_id, state) == state
    inputs = {"application_id": robot, "secret_id": secret_id, "description": "d"}
    changed = world.update("APIKey", resource_id, state, **inputs)
    assert changed == {**state, "description": "d"}
    assert world.calls() == ["GET api-keys/ID 200", "PATCH api-keys/ID 200"]
    world.core.delete(KIND, resource_id, changed)
    assert len(versions(world.emulator, secret_id)) == 1


@pytest.mark.parametrize("secret_format", FORMATS)
def test_a_payload_has_the_key_in_the_chosen_format(secret_format: str, world: World) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    resource_id, _ = world.create(
        "APIKey", application_id=robot, secret_id=secret_id, secret_format=secret_format
    )
    ((_, _, content),) = versions(world.emulator, secret_id)
    match secret_format:
        case "json":
            keys = json.loads(content)
        case "env":
            names = {"SCW_ACCESS_KEY": "access_key", "SCW_SECRET_KEY": "secret_key"}
            pairs = (line.split("=") for line in content.splitlines())
            keys = {names[name]: value for name, value in pairs}
        case _:
            keys = {"access_key": resource_id, "secret_key": content}
    assert keys.keys() == {"access_key", "secret_key"}
    assert keys["access_key"] == resource_id
    assert caller(world.emulator, keys["secret_key"]).get_api_key(resource_id)
    assert revision_of(world.iam, secret_id, secret_format, resource_id) == 1
    assert revision_of(world.iam, secret_id, secret_format, "SCWXXXXXXXXXXXXXXXXX") is None
    assert content not in repr(payload(secret_format, resource_id, keys["secret_key"]))


def test_a_secret_key_in_the_state_moves_into_a_secret_in_place(world: World) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    resource_id, state = world.create("APIKey", application_id=robot)
    inputs = {"application_id": robot, "secret_id": secret_id, "secret_format": "env"}
    news = world.inputs("APIKey", state, inputs)
    assert KIND.diff(state, news) == dict.fromkeys(("secret_id", "secret_format"), Change.UPDATE)
    expected = {name: value for name, value in state.items() if name != "secret_key"}
    expected |= {"secret_id": secret_id, "secret_format": "env"}
    assert KIND.preview(state, news) == {**expected, "secret_version": UNKNOWN}
    assert set(KIND.moving_outputs(state, news)) == {"secret_key", "secret_version"}

    world.calls()
    moved = world.update("APIKey", resource_id, state, **inputs)
    assert len(world.calls()) == 1
    assert moved == {**expected, "secret_version": 1}
    secret_key = state["secret_key"]
    ((_, _, content),) = versions(world.emulator, secret_id)
    assert content == f"SCW_ACCESS_KEY={resource_id}\nSCW_SECRET_KEY={secret_key}\n"
    assert KIND.diff(moved, news) == {}
    assert KIND.moving_outputs(moved, news) == ()
    assert KIND.preview(moved, news) == moved


def test_every_other_change_of_the_place_replaces_the_key(world: World) -> None:
    both = {"secret_id": f"fr-par/{UUID}", "secret_format": "raw"}
    replaced = dict.fromkeys(both, Change.REPLACE)
    in_secret = {"user_id": UUID, "access_key": "SCW", "secret_version": 1, **both}
    imported = {"user_id": UUID, "access_key": "SCW"}
    for olds, news in (
        (in_secret, {"secret_id": f"nl-ams/{UUID}"}),
        (in_secret, {"secret_id": UUID, "secret_format": "json"}),
        (in_secret, {}),
        (imported, {"secret_id": UUID}),
        (in_secret, {"secret_id": UNKNOWN}),
    ):
        inputs = world.inputs("APIKey", {}, {"user_id": UUID, **news})
        changes = KIND.diff(olds, inputs)
        assert changes
        assert changes.items() <= replaced.items()


def test_the_id_and_the_format_have_one_spelling(world: World) -> None:
    def spelled(secret_id: Any) -> dict[str, Any]:
        inputs = world.inputs("APIKey", {}, {"user_id": UUID, "secret_id": secret_id})
        return {name: inputs.get(name) for name in ("secret_id", "secret_format")}

    upper = UUID.replace("1", "a").upper()
    assert spelled(upper) == {"secret_id": f"fr-par/{upper.lower()}", "secret_format": "raw"}
    assert spelled(f"PL-WAW/{UUID}") == {"secret_id": f"pl-waw/{UUID}", "secret_format": "raw"}
    assert spelled(UNKNOWN) == {"secret_id": UNKNOWN, "secret_format": "raw"}
    assert spelled(None) == {"secret_id": None, "secret_format": None}
    preview = KIND.preview(None, {"user_id": UUID, "secret_id": UNKNOWN, "secret_format": "raw"})
    assert (preview["secret_key"], preview["secret_version"]) == (UNKNOWN, UNKNOWN)


def test_a_preview_finds_a_wrong_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    dutch = new_secret(world.emulator, region="nl-ams").partition("/")[2]
    typed = new_secret(world.emulator, "typed", type="key_value")
    robot, _ = world.create("Application")
    world.begin()
    example = "fr-par/11111111-1111-1111-1111-111111111111"
    cases = [
        (
            {"secret_id": UUID},
            f"secret_id: secret {UUID} does not exist in region fr-par; pass the id of an existing secret, as REGION/UUID",
        ),
        (
            {"secret_id": dutch},
            f"secret_id: secret {dutch} is in region nl-ams, not in fr-par; pass nl-ams/{dutch}",
        ),
        (
            {"secret_id": f"xx-abc/{UUID}"},
            f"secret_id: xx-abc/{UUID} cannot be read: region: value must be one of fr-par, nl-ams, pl-waw",
        ),
        (
            {"secret_id": "vault"},
            f'secret_id: "vault" is not the id of a secret; write it as UUID or REGION/UUID, such as {example}',
        ),
        (
            {"secret_format": "json"},
            "secret_format: has no effect without secret_id; set secret_id, or remove secret_format",
        ),
        (
            {"secret_id": f"nl-ams/{dutch}", "secret_format": "xml"},
            'secret_format: "xml" is not one of "raw", "json", "env"',
        ),
    ]
    for news, failure in cases:
        assert checked(world, {}, application_id=robot, **news) == [failure]
    assert caplog.messages == []
    assert checked(world, {}, application_id=robot, secret_id=typed, secret_format="json") == []
    assert caplog.messages == []
    assert checked(world, {}, application_id=robot, secret_id=typed) == []
    assert caplog.messages == [
        f"secret_id: secret {typed} has the type key_value, so the API may refuse the secret key; use a"
        " secret of the type opaque"
    ]
    # A known secret is not read again.
    olds = {"application_id": robot, "secret_id": f"fr-par/{UUID}", "secret_format": "raw"}
    world.calls()
    assert checked(world, olds, application_id=robot, secret_id=UUID) == []
    assert world.calls() == []


@pytest.mark.parametrize("may_write", [True, False])
def test_the_right_to_add_a_version_is_enough(
    may_write: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the right, the warning and the error name it, and the new key is deleted again."""
    with Emulator(enforce=True) as emulator:
        secret_id = new_secret(emulator)
        owner = LocalOrganization(emulator)
        robot, _ = owner.create("Application")
        sets = [
            {
                "permission_set_names": ["IAMManager", "OrganizationReadOnly"],
                "organization_id": owner.organization,
            },
            {"permission_set_names": ["SecretManagerSecretCreate"], "project_ids": [owner.project]},
        ]
        owner.create("Policy", application_id=robot, rules=sets if may_write else sets[:1])
        access_key, key = owner.create("APIKey", application_id=robot)
        environment = {"SCW_ACCESS_KEY": access_key, "SCW_SECRET_KEY": key["secret_key"]}
        world = LocalOrganization(emulator, {**environment, "PULUMI_SCW_IAM_RETRY_TIMEOUT": "0.2"})
        needed = "the permission set SecretManagerSecretCreate in the project of the secret"

        assert checked(world, {}, application_id=robot, secret_id=secret_id) == []
        (line,) = caplog.messages
        assert line.startswith(
            f"secret_id: secret {secret_id} could not be read, so it was not checked: the API key has no"
            " permission to read secret (403"
        )
        assert line.endswith(f"; the API key that runs the program needs {needed}")
        if may_write:
            _, state = world.create("APIKey", application_id=robot, secret_id=secret_id)
            assert state["secret_version"] == 1
            return
        with pytest.raises(IamError) as refused:
            world.create("APIKey", application_id=robot, secret_id=secret_id)
        cure = f"; give its bearer {needed}; the new API key was deleted again"
        assert str(refused.value).endswith(cure)
        assert [one["access_key"] for one in owner.iam.list_api_keys(application_id=robot)] == [
            access_key
        ]
        assert versions(emulator, secret_id) == []


def test_a_key_that_cannot_be_deleted_again_is_replaced_by_the_next_update(world: World) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    for operation in ("create_secret_version", "delete_api_key"):
        world.emulator.faults.add(Fault(operation=operation, status=403))
    with pytest.raises(Incomplete) as left:
        world.create("APIKey", application_id=robot, secret_id=secret_id)
    resource_id = left.value.resource_id
    assert f"the new API key {resource_id} may still exist" in str(left.value)
    state = left.value.state
    assert (state.secret_key, state.secret_id) == (None, None)  # type: ignore[attr-defined]
    news = world.inputs("APIKey", {}, {"application_id": robot, "secret_id": secret_id})
    assert set(KIND.diff({"application_id": robot}, news).values()) == {Change.REPLACE}


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_response_leaves_one_usable_version(lost: str, world: World) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    # The permission to read payloads is not needed.
    world.emulator.faults.add(Fault(operation="access_secret_version", status=403))
    world.emulator.faults.add(Fault(operation="create_secret_version", lost=lost, last=1))
    resource_id, state = world.create("APIKey", application_id=robot, secret_id=secret_id)
    ((revision, _, secret_key),) = versions(world.emulator, secret_id)
    assert (revision, state["secret_version"]) == (1, 1)
    assert caller(world.emulator, secret_key).get_api_key(resource_id)


def test_an_update_that_cannot_hand_the_secret_on_keeps_it_in_the_state(world: World) -> None:
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    resource_id, state = world.create("APIKey", application_id=robot)
    inputs = {"application_id": robot, "secret_id": secret_id, "description": "d"}
    world.emulator.faults.add(Fault(operation="create_secret_version", status=403))
    with pytest.raises(Incomplete) as left:
        world.update("APIKey", resource_id, state, **inputs)
    kept = left.value.state
    assert kept.secret_key == state["secret_key"]  # type: ignore[attr-defined]
    assert (kept.description, kept.secret_id) == ("d", None)  # type: ignore[attr-defined]
    world.emulator.faults.clear()
    after = {**state, "description": "d"}
    assert "secret_key" not in world.update("APIKey", resource_id, after, **inputs)


@pytest.mark.parametrize("may_disable", [True, False])
def test_the_version_of_a_create_that_the_engine_no_longer_awaits_is_disabled(
    may_disable: bool, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Consumers return to the version before. If the version stays, the key stays too, and is named."""
    robot, _ = world.create("Application")
    secret_id = new_secret(world.emulator)
    resource_id, state = world.create("APIKey", application_id=robot, secret_id=secret_id)
    if not may_disable:
        world.emulator.faults.add(Fault(operation="disable_secret_version", status=403))
    world.core.undo_create(KIND, resource_id, state)
    keys = {key["access_key"] for key in world.iam.list_api_keys()}
    region, _, uuid = secret_id.partition("/")
    version = world.iam.secret_manager(region).get_secret_version(uuid, 1)
    assert (resource_id in keys, version["status"]) == (
        (False, "disabled") if may_disable else (True, "enabled")
    )
    named = f"; delete it with `pulumi-scw-iam delete api-key {resource_id}`"
    assert [line.endswith(named) for line in caplog.messages] == ([] if may_disable else [True])
