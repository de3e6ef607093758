"""A new organization: its initial objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.api_keys import digest
from pulumi_scw_iam.emulator.operations.organizations import LOGIN_METHODS, SECURITY
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, ORGANIZATION, PROJECT, USER
from pulumi_scw_iam.emulator.schema.times import stamp

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.state.sources import Sources
    from pulumi_scw_iam.emulator.state.store import Store


@dataclass(frozen=True)
class Origin:
    """The organization, its default project, and the owner's API key."""

    organization_id: str
    project_id: str
    access_key: str
    secret_key: str = field(repr=False)


def find_or_create_origin(store: Store, sources: Sources) -> Origin:
    """Return the origin in the state; in an empty state, create the organization first."""
    with store.transaction():
        for organization in store.all(ORGANIZATION):
            return Origin(
                organization_id=organization["id"],
                project_id=organization["id"],
                access_key=organization["first_access_key"],
                secret_key=organization["first_secret_key"],
            )
        return _create(store, sources)


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
def _create(store: Store, sources: Sources) -> Origin:
    organization_id, user_id = sources.uuid(), sources.uuid()
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
            # The only secret in clear text: the command `emulator` prints this key at every start.
            "first_access_key": access_key,
            "first_secret_key": secret_key,
        },
    )
    store.put(
        PROJECT,
        {
            "id": organization_id,
            "name": "default",
            "description": "",
            **PROJECT.initial,
            **common,
        },
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
            "default_project_id": organization_id,
            "creation_ip": "127.0.0.1",
        },
    )
    return Origin(organization_id, organization_id, access_key, secret_key)
