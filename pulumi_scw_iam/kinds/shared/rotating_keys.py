"""The API keys of rotating keys, and the API calls about them. `kinds/rotating_api_key.py` decides which are made."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import InvalidArguments, NotFound, PermissionDenied, Refused
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.kinds.shared import secret_sink
from pulumi_scw_iam.kinds.shared.rotation import Mark
from pulumi_scw_iam.kinds.shared.rotation_outlook import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.kinds.shared.rotation import Schedule
    from pulumi_scw_iam.kinds.shared.secret_sink import Version

__all__ = [
    "delete_key",
    "delete_unused",
    "get_key",
    "handed_on_keys",
    "is_marked",
    "keys_of",
    "newest_of",
    "rotating_keys",
    "send_with_expiry",
]

K = TypeVar("K", bound="Mapping[str, Any]")

_LIMIT_MARGIN = timedelta(minutes=1)
"""The API compares the expiry with its own time, a little later than the time of the last response."""


def rotating_keys(
    keys: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the newest key of each mark by its access key, with the outputs that its siblings tell.

    `keys` are API keys in the form of the API. The description has no mark.
    """
    by_mark: dict[str, list[Mapping[str, Any]]] = {}
    for key in keys:
        if mark := Mark.found(str(key.get("description") or "")):
            by_mark.setdefault(mark.resource, []).append(key)
    for mark_of_all, siblings in by_mark.items():
        newest, previous = newest_of(siblings)
        yield (
            newest["access_key"],
            {
                **newest,
                "description": Mark.removed_from(newest["description"]),
                "mark": mark_of_all,
                "rotated_at": newest["created_at"],
                "previous_access_key": previous,
            },
        )


def newest_of(keys: Iterable[K]) -> tuple[K, str | None]:
    """Return the newest of some keys, and the access key of the one before it; None without another key.

    A key with an unreadable date counts as the oldest.
    """
    oldest = datetime.min.replace(tzinfo=timezone.utc)
    *others, newest = sorted(keys, key=lambda key: moment(key["created_at"]) or oldest)
    return newest, others[-1]["access_key"] if others else None


def is_marked(key: Mapping[str, Any], mark: str | None) -> bool:
    """Return whether the description of a key has the mark of a resource."""
    found = Mark.found(str(key.get("description") or ""))
    return found is not None and found.resource == mark


def keys_of(
    client: IamClient, organization_id: str | None, *bearers: str | None
) -> dict[str, types.APIKey]:
    """Return the keys of bearers, by access key; None stands for all bearers of the organization."""
    return {
        key["access_key"]: key
        for bearer_id in dict.fromkeys(bearers)
        for key in client.list_api_keys(organization_id=organization_id, bearer_id=bearer_id)
    }


def get_key(client: IamClient, access_key: str) -> types.APIKey | None:
    """Return a key that the list of its bearer does not have: a list may lag behind.

    The API may deny the read of a deleted key, since a key without a bearer requires permissions for all bearers.
    The caller may list the keys of the bearer, so the key does not exist then.
    """
    try:
        return client.get_api_key(access_key)
    except NotFound:
        return None
    except PermissionDenied as denied:
        # A previous key may have an earlier bearer, whose keys the caller cannot list.
        user_log.info(
            "API key %s counts as deleted, since it is in no list and cannot be read (%s); if it exists, delete it"
            " with `pulumi-scw-iam delete api-key %s`",
            access_key,
            denied.aside,
            access_key,
        )
        return None


def delete_key(client: IamClient, access_key: str) -> None:
    """Delete a key whose bearer's keys the caller may list. Raises NotFound if the key is deleted already."""
    try:
        client.delete_api_key(access_key)
    except PermissionDenied:
        # As in `get_key`, a retry after a lost response may be denied.
        if get_key(client, access_key) is not None:
            raise


def delete_unused(client: IamClient, bearer_id: str | None, secret_id: str, place: str) -> None:
    """Delete the keys of interrupted creates whose secret key never reached the secret, and name the others.

    Such a key has the mark of another resource with the same bearer and the same secret. A key with a version may
    be the key of a resource of another stack, so it stays.
    """
    strays = {
        access_key: key
        for access_key, key in keys_of(client, None, bearer_id).items()
        if (mark := Mark.found(key["description"])) and mark.place == place
    }
    handed_on = handed_on_keys(client, strays, secret_id)
    for access_key in strays:
        if access_key not in handed_on:
            with suppress(NotFound):
                delete_key(client, access_key)
            continue
        user_log.warning(
            "secret %s also has API key %s of another RotatingAPIKey, or of an interrupted update; if no stack has"
            " it, delete it with `pulumi-scw-iam delete api-key %s`",
            secret_id,
            access_key,
            access_key,
        )


def handed_on_keys(
    client: IamClient, strays: Collection[str], *secret_ids: str | None
) -> dict[str, Version]:
    """Return the newest versions of secrets with a stray, by access key; no call without strays.

    Raises Refused without the permission to list versions: a stray may then be in use, or useless.
    """
    found: dict[str, Version] = {}
    for secret_id in dict.fromkeys(filter(None, secret_ids)) if strays else ():
        try:
            versions = secret_sink.versions_of(client, secret_id)
        except NotFound:
            continue  # the secret was deleted, with its versions
        except PermissionDenied as denied:
            raise Refused(
                f"an interrupted update left API key {min(strays)}, and the versions of secret {secret_id} cannot"
                f" be listed to see whether the secret has it: {denied.words}",
                hint=f"give the bearer of the API key the permission set {secret_sink.READER} in the project of"
                " the secret",
            ) from None
        found |= {key: version for key, version in versions.items() if key in strays}
    return found


def send_with_expiry(
    client: IamClient, schedule: Schedule, send: Callable[..., types.APIKey]
) -> types.APIKey:
    """Send a key with the expiry of the schedule, within the limit of the organization."""
    expiry = schedule.expiry(client.now, None)
    try:
        return send(expires_at=_instant(expiry))
    except InvalidArguments:
        # The limit is read only if the API refuses the key: most organizations have no limit.
        longest = _longest(client)
        if longest is None:
            raise
        within = schedule.expiry(client.now, longest - _LIMIT_MARGIN)
        if within == expiry:
            raise
    return send(expires_at=_instant(within))


def _longest(client: IamClient) -> timedelta | None:
    """Return the organization's limit for the life of keys; None without a limit, or if it cannot be read."""
    try:
        settings = client.get_organization_security_settings(client.default_organization_id)
    except PermissionDenied:
        return None
    return formats.limit(settings["max_api_key_expiration_duration"])


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else formats.instant(moment.isoformat())
