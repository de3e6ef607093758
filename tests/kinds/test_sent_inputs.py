"""Every declared input reaches the API: in the create, and in the update if it changes in place."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import Field, Sent, decode, encode, fields, one_ofs
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.rotation import Mark
from tests.support.local_api import certificate
from tests.support.relays.messages import MessageRelay
from tests.support.scripted_api import Api, serving
from tests.support.secret_manager import new_secret
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted_api import Received

INPUTS = {
    f"{kind}.{field.name}": (kind, field)
    for kind in KINDS
    for field in fields(KINDS[kind].inputs)
    if field.prop.sent is not Sent.DERIVED
}
CHANGED_IN_PLACE = {
    name: (kind, field)
    for name, (kind, field) in INPUTS.items()
    if field.prop.replace is not True and not field.prop.create_only
}


def _is_version(write: Received, secret_id: str) -> bool:
    return write.path.endswith(f"/regions/{secret_id.replace('/', '/secrets/')}/versions")


SENT_OTHERWISE: dict[str, Callable[[Received, Any], bool]] = {
    "APIKey.secret_id": _is_version,
    "RotatingAPIKey.secret_id": _is_version,
    "RotatingAPIKey.description": lambda write, value: (
        write.body is not None and Mark.removed_from(str(write.body.get("description"))) == value
    ),
    # Sent as the name of the field with all other inputs, and as a call without a body.
    "User.type": lambda write, value: write.body is not None and value in write.body,
    "User.locked": lambda write, value: write.path.endswith("/lock" if value else "/unlock"),
}

ALSO_NEEDED = {"User": ("username",)}


class World:
    """A client with a recording relay between it and the local IAM API."""

    def __init__(self, api: Api, emulator: Emulator) -> None:
        self.api = api
        self.emulator = emulator
        MessageRelay(api, emulator)
        environ = {**emulator.environment, "SCW_API_URL": api.url}
        self.iam: IamClient = IamClient(Settings.resolve(environ=environ))
        self._numbers = itertools.count(1)

    def values(self, field: Field) -> tuple[Any, Any]:
        """Return the plain values of an input for the create and for the update. None means unset."""
        if field.name in VALUES:
            return VALUES[field.name](self)
        if field.prop.choices:
            return field.prop.choices[0], field.prop.choices[1]
        if field.item is bool:
            return not field.default, bool(field.default)
        if field.item is int:
            return field.prop.minimum, field.prop.maximum
        number = next(self._numbers)
        words = f"a{number}", f"b{number}"
        return ([words[0]], [words[1]]) if field.container else words

    def id(self, name: str) -> str:
        number = next(self._numbers)
        match name:
            case "application_id":
                return self.iam.create_application(name="it")["id"]
            case "group_id":
                return self.iam.create_group(name=f"group {number}")["id"]
        return self.iam.create_user(email=f"user{number}@example.com")["id"]

    def another_project(self) -> str:
        (project,) = self.emulator.seed({"projects": [{"name": "web"}]})["projects"]
        return str(project["id"])

    def rules(self, name: str) -> list[dict[str, Any]]:
        return [{"permission_set_names": [name], "organization_id": self.emulator.organization_id}]

    def others(self, kind: str, name: str) -> dict[str, Any]:
        """Return plain values of all other required inputs."""
        cls = KINDS[kind].inputs
        needed = {field.name for field in fields(cls) if field.required}
        needed |= {group.names[0] for group in one_ofs(cls) if name not in group.names}
        needed |= {*ALSO_NEEDED.get(kind, ())}
        return {
            field.name: self.values(field)[0]
            for field in fields(cls)
            if field.name in needed - {name}
        }

    def is_sent(self, kind: str, name: str, value: Any) -> bool:
        """Return whether one of the recorded writes has an input with this value."""
        writes = [write for write in self.api.received if write.method != "GET"]
        if is_sent := SENT_OTHERWISE.get(f"{kind}.{name}"):
            return any(is_sent(write, value) for write in writes)
        return any(
            value in write.path.split("/") or _has(write.body, name, value) for write in writes
        )


VALUES: dict[str, Callable[[World], tuple[Any, Any]]] = {
    "application_id": lambda world: (world.id("application_id"), world.id("application_id")),
    "application_ids": lambda world: ([world.id("application_id")], [world.id("application_id")]),
    "content": lambda _: (certificate(), None),
    "default_project_id": lambda world: (world.emulator.project_id, world.another_project()),
    "email": lambda _: ("a@example.com", "b@example.com"),
    "expires_at": lambda _: (None, "2099-01-01T00:00:00Z"),
    "grace_period_duration": lambda _: ("3600s", "7200s"),
    "group_id": lambda world: (world.id("group_id"), world.id("group_id")),
    "max_api_key_expiration_duration": lambda _: ("3600s", "7200s"),
    "max_login_session_duration": lambda _: ("3600s", "7200s"),
    "no_principal": lambda _: (None, True),
    "organization_id": lambda world: (world.emulator.organization_id, None),
    "password": lambda _: ("Correct-horse-1", "Battery-staple-2"),
    "project_id": lambda world: (world.emulator.project_id, None),
    "public_key": lambda _: (SSH_KEY, None),
    "rules": lambda world: (world.rules("IAMReadOnly"), world.rules("IAMManager")),
    "saml_id": lambda world: (world.iam.enable_organization_saml()["id"], None),
    "secret_id": lambda world: (None, new_secret(world.emulator)),
    "scim_id": lambda world: (world.iam.enable_organization_scim()["id"], None),
    "user_id": lambda world: (world.id("user_id"), world.id("user_id")),
    "user_ids": lambda world: ([world.id("user_id")], [world.id("user_id")]),
}
"""Valid values of inputs that do not accept an arbitrary string."""


def _has(body: Any, name: str, value: Any) -> bool:
    return isinstance(body, dict) and (
        body.get(name) == value or any(_has(item, name, value) for item in body.values())
    )


@pytest.fixture
def world() -> Iterator[World]:
    api = Api()
    with serving(api), Emulator() as emulator:
        yield World(api, emulator)


@pytest.mark.parametrize("name", INPUTS)
def test_a_create_sends_every_input(name: str, world: World) -> None:
    kind_name, field = INPUTS[name]
    kind = KINDS[kind_name]
    first, second = world.values(field)
    value = second if first is None else first
    inputs = decode(kind.inputs, {**world.others(kind_name, field.name), field.name: value})
    world.api.received.clear()

    kind.create(world.iam, inputs)

    sent = encode(getattr(inputs, field.name))
    assert world.is_sent(kind_name, field.name, sent), f"the create does not send {name}"


@pytest.mark.parametrize("name", CHANGED_IN_PLACE)
def test_an_update_sends_every_input_that_changes_in_place(name: str, world: World) -> None:
    kind_name, field = CHANGED_IN_PLACE[name]
    kind = KINDS[kind_name]
    first, second = world.values(field)
    # An unset input of a one-of group replaces another input of the group.
    before = world.others(kind_name, "" if first is None else field.name)
    after = {**world.others(kind_name, field.name), field.name: second}
    after = {
        **after,
        **{other: before[other] for other in after if other in before},
        field.name: second,
    }
    if first is not None:
        before[field.name] = first
    resource_id, state = kind.create(world.iam, decode(kind.inputs, before))
    inputs = decode(kind.inputs, after)
    world.api.received.clear()

    kind.update(world.iam, resource_id, state, inputs)

    sent = encode(getattr(inputs, field.name))
    assert world.is_sent(kind_name, field.name, sent), f"the update does not send {name}"
