"""A new organization: its initial objects, and the ids that the caller chooses."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.api_keys import digest
from pulumi_scw_iam.emulator.operations.organizations import LOGIN_METHODS, SECURITY
from pulumi_scw_iam.emulator.schema.arguments import EXAMPLE_ID, UUID
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, ORGANIZATION, PROJECT, USER
from pulumi_scw_iam.emulator.schema.times import stamp

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from pulumi_scw_iam.emulator.schema.objects import Object
    from pulumi_scw_iam.emulator.state.snapshot import Snapshot
    from pulumi_scw_iam.emulator.state.sources import Sources
    from pulumi_scw_iam.emulator.state.store import Store


@dataclass(frozen=True)
class Origin:
    """The organization, the project of its clients, and the owner's API key."""

    organization_id: str
    project_id: str
    access_key: str
    secret_key: str = field(repr=False)


class FixedIdError(ValueError):
    """An id that the caller chooses cannot be used; `argument` is its name."""

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument}: {reason}")
        self.argument = argument
        self.reason = reason


@dataclass(frozen=True)
class FixedIds:
    """The ids that the caller of an emulator chooses; None for ids chosen by the emulator.

    Raises FixedIdError for an id that is not a UUID.
    """

    organization_id: str | None = None
    project_id: str | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is None:
                continue
            if not isinstance(value, str) or not UUID.fullmatch(value):
                raise FixedIdError(
                    one.name, f"{value!r} is not a UUID; pass a UUID such as {EXAMPLE_ID}"
                )
            object.__setattr__(self, one.name, value.lower())

    def check_store(self, store: Store, path: str | os.PathLike[str] | None) -> None:
        """Raise FixedIdError if the state in a file has other ids."""
        with store.transaction():
            place = ("state file", f"state file {path}")
            self._check(place, store.all(ORGANIZATION), store.all(PROJECT))

    def check_snapshot(self, snapshot: Snapshot) -> None:
        """Raise FixedIdError if a snapshot has other ids."""
        organizations, projects = (
            snapshot.objects.get(kind.resource, ()) for kind in (ORGANIZATION, PROJECT)
        )
        self._check(("snapshot", "snapshot"), organizations, projects)

    def _check(
        self,
        place: tuple[str, str],
        organizations: Collection[Object],
        projects: Collection[Object],
    ) -> None:
        noun, name = place
        for organization in organizations:
            if self.organization_id not in {None, organization["id"]}:
                raise FixedIdError(
                    "organization_id",
                    f"the {name} has the organization {organization['id']}; pass this id or none, or use"
                    f" another {noun}",
                )
            if self.project_id is not None and self.project_id not in {
                one["id"] for one in projects
            }:
                raise FixedIdError(
                    "project_id",
                    f"the {name} has no project {self.project_id}; pass the id of one of its projects or"
                    f" none, or use another {noun}",
                )


def find_or_create_origin(store: Store, sources: Sources, fixed: FixedIds) -> Origin:
    """Return the origin in the state; in an empty state, create the organization first."""
    with store.transaction():
        for organization in store.all(ORGANIZATION):
            return Origin(
                organization_id=organization["id"],
                # State files of earlier versions have the default project only.
                project_id=str(
                    fixed.project_id or organization.get("first_project_id", organization["id"])
                ),
                access_key=organization["first_access_key"],
                secret_key=organization["first_secret_key"],
            )
        return _create(store, sources, fixed)


@behaviour(
    DOCUMENTED,
    "An organization has an owner and a default project. The owner cannot be deleted.",
)
@behaviour(
    RECORDED,
    "Only the owner has an `account_root_user_id`; the default project has the organization's id.",
)
@behaviour(
    ASSUMED,
    "A new organization has no default groups, no default policies and no managed objects.",
)
def _create(store: Store, sources: Sources, fixed: FixedIds) -> Origin:
    organization_id, user_id = fixed.organization_id or sources.uuid(), sources.uuid()
    project_id = fixed.project_id or organization_id
    access_key, secret_key = sources.access_key(), sources.uuid()
    time = stamp(sources.now())
    common = {"organization_id": organization_id, "created_at": time, "updated_at": time}
    store.put(
        ORGANIZATION,
        {
            "id": organization_id,
            "name": "Local organization",
            "alias": "",
            **LOGIN_METHODS,
            **SECURITY,
            "first_project_id": project_id,
            # The only secret in clear text: the command `emulator` prints this key at every start.
            "first_access_key": access_key,
            "first_secret_key": secret_key,
        },
    )
    for one, name in {project_id: "local", organization_id: "default"}.items():
        store.put(
            PROJECT, {"id": one, "name": name, "description": "", **PROJECT.initial, **common}
        )
    store.put(
        USER,
        {
            **USER.initial,
            **common,
            "id": user_id,
            "email": "owner@example.com",
            "username": "owner@example.com",
            "type": "owner",
            "deletable": False,
            "account_root_user_id": sources.uuid(),
            "tags": [],
        },
    )
    store.put(
        API_KEY,
        {
            **API_KEY.initial,
            **common,
            "access_key": access_key,
            "secret_digest": digest(secret_key),
            "user_id": user_id,
            "description": "",
            "expires_at": None,
            "default_project_id": project_id,
            "creation_ip": "127.0.0.1",
        },
    )
    return Origin(organization_id, project_id, access_key, secret_key)
