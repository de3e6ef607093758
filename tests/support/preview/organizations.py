"""Organizations for the preview cases. Cases refer to objects by name: `$alice`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.preview.right import Right
    from tests.support.preview.wrong import Wrong

STRANGER = "99999999-9999-4999-8999-999999999999"
"""The id of no object."""

SEED = {
    "projects": [{"name": "web"}],
    "users": [
        {"username": "alice", "email": "alice@example.com"},
        {"email": "gina@example.com"},
    ],
    "applications": [{"name": "robot"}],
    "groups": [{"name": "devs"}],
    "policies": [{"name": "policy"}],
    "ssh_keys": 1,
}
# The exact number of objects in the seed and a new organization.
QUOTAS = {
    "iam_users": 3,
    "iam_applications": 1,
    "iam_groups": 1,
    "iam_policies": 1,
    "iam_api_keys": 1,
    "iam_ssh_keys": 1,
}


def replaced(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value with ids instead of names in its strings, at any depth."""
    match value:
        case str():
            return re.sub(r"\$(\w+)", lambda found: names.get(found[1], found[0]), value)
        case dict():
            return {key: replaced(item, names) for key, item in value.items()}
        case list() | tuple():
            return type(value)(replaced(item, names) for item in value)
        case _:
            return value


@dataclass
class World:
    """One organization, the requests to its API, and the ids of its objects by name."""

    emulator: Emulator
    lines: list[str]
    names: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """Return a value with ids instead of names; a name in capitals gives an id in capitals."""
        shouted = {name.upper(): resource_id.upper() for name, resource_id in self.names.items()}
        return replaced(value, {**shouted, **self.names})

    @property
    def iam(self) -> IamClient:
        return IamClient(Settings.resolve(environ=self.emulator.environment))

    @property
    def writes(self) -> list[str]:
        """The requests except reads."""
        return [line for line in self.lines if not line.startswith("GET ")]

    def core(self) -> ProviderCore:
        """Return a provider core without cached responses, as in a new run."""
        return ProviderCore(lambda: Settings.resolve(environ=self.environment))

    def settings(self) -> dict[str, str]:
        """Return the configuration of the native provider."""
        return {
            "apiUrl": self.environment["SCW_API_URL"],
            "accessKey": self.environment["SCW_ACCESS_KEY"],
            "secretKey": self.environment["SCW_SECRET_KEY"],
            "organizationId": self.environment["SCW_DEFAULT_ORGANIZATION_ID"],
            "projectId": self.environment["SCW_DEFAULT_PROJECT_ID"],
        }

    def act_as(self, bearer: Mapping[str, str] | None) -> None:
        """Run the program with a new API key of this bearer."""
        if bearer is not None:
            key = self.iam.create_api_key(**self.fill(dict(bearer)))
            self.environment = {
                **self.environment,
                "SCW_ACCESS_KEY": key["access_key"],
                "SCW_SECRET_KEY": key["secret_key"] or "",
            }


class Worlds:
    """Organizations by setup, each created for its first case and shared by later cases."""

    def __init__(self) -> None:
        self._made: dict[str, World] = {}

    @contextmanager
    def of(self, case: Wrong | Right) -> Iterator[World]:
        """Yield the world of a case, and restore the organization afterwards."""
        world = self._made.get(case.setup) or self._made.setdefault(case.setup, _made(case.setup))
        names, snapshot = dict(world.names), world.emulator.snapshot()
        world.environment = dict(world.emulator.environment)
        try:
            yield world
        finally:
            world.names = names
            if case.writes:
                world.emulator.restore(snapshot)

    def close(self) -> None:
        for world in self._made.values():
            world.emulator.close()


def _made(setup: str) -> World:
    lines: list[str] = []
    quotas = QUOTAS if setup == "full" else None
    emulator = Emulator(quotas=quotas, access_log=lines.append)
    world = World(emulator, lines, {}, dict(emulator.environment))
    iam = world.iam
    (owner,) = iam.list_users()
    made = emulator.seed(SEED)
    alice, gina = made["users"]
    world.names = {
        "stranger": STRANGER,
        "organization": emulator.organization_id,
        "project": emulator.project_id,
        "owner": owner["id"],
        "alice": alice["id"],
        "gina": gina["id"],
        "robot": made["applications"][0]["id"],
        "devs": made["groups"][0]["id"],
        "policy": made["policies"][0]["id"],
        "web": made["projects"][0]["id"],
    }
    if setup == "limited":
        iam.update_organization_security_settings(max_api_key_expiration_duration="86400s")
    if setup == "federated":
        world.names["saml"] = iam.enable_organization_saml()["id"]
        world.names["scim"] = iam.enable_organization_scim()["id"]
    return world


def brought_up(world: World, case: Wrong) -> dict[str, dict[str, Any]]:
    """Create the earlier resources of a case; return their inputs by name."""
    core, held = world.core(), {}
    for name, resource in {"it": case, "other": case.beside}.items():
        if resource is not None and resource.before is not None:
            kind = KINDS[resource.kind]
            given = world.fill(dict(resource.before))
            held[name], failures = core.check(kind, {}, given, resource_name=name)
            assert failures == []
            world.names[name], _ = core.create(kind, held[name])
    world.act_as(case.caller)
    return held
