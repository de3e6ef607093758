"""The directory of an organization: its objects, quotas and settings, and the caller.

Each list is read once per run, when a check first needs the list. The directory changes nothing. A
list that cannot be read is reported once and counts as unknown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_scw_iam.common.errors import (
    ApiError,
    IamError,
    InvalidArguments,
    NoAnswer,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.writes import Writes

__all__ = ["LISTS", "READS", "Directory", "Normalize"]

T = TypeVar("T")

Normalize = Callable[[str], Hashable]
"""A function that maps equivalent names to equal keys: `str.casefold` to ignore case."""

LISTS: Mapping[str, Callable[[IamClient, str], Iterable[Mapping[str, Any]]]] = {
    "user": lambda client, owner: client.list_users(organization_id=owner),
    "group": lambda client, owner: client.list_groups(organization_id=owner),
    "application": lambda client, owner: client.list_applications(organization_id=owner),
    "policy": lambda client, owner: client.list_policies(organization_id=owner),
    "API key": lambda client, owner: client.list_api_keys(organization_id=owner),
    "SSH key": lambda client, owner: client.list_ssh_keys(organization_id=owner),
    "project": lambda client, owner: client.list_projects(organization_id=owner),
}
"""The calls that list all objects of a noun, by the id of the organization.

Kinds with a quota or a unique name need an entry. A test names missing entries.
"""

READS: Mapping[str, Callable[[IamClient, str], Mapping[str, Any]]] = {
    "user": lambda client, resource_id: client.get_user(resource_id),
    "group": lambda client, resource_id: client.get_group(resource_id),
    "application": lambda client, resource_id: client.get_application(resource_id),
    "project": lambda client, resource_id: client.get_project(resource_id),
    "API key": lambda client, access_key: client.get_api_key(access_key),
    # An organization has at most one configuration. No call reads a configuration by its id.
    "SAML configuration": lambda client, saml_id: {
        "certificates": list(client.list_saml_certificates(saml_id))
    },
    "SCIM configuration": lambda client, scim_id: {
        "tokens": list(client.list_scim_tokens(scim_id))
    },
}
"""The calls that read one object of a noun by its id, or raise NotFound.

The nouns of all properties with ids need an entry. A test names missing entries.
"""

_FLAGS = {"user_id": "all_users", "application_id": "all_applications"}
"""The flags of the built-in groups, by the principal."""

_SAME_POLICY = ("name", "user_id", "group_id", "application_id", "no_principal")


class Directory:
    """The objects of one organization, with the writes of this process. Thread-safe."""

    def __init__(
        self,
        client: Callable[[], IamClient],
        organization_id: str,
        settings: Settings,
        writes: Writes,
    ) -> None:
        self.id = organization_id
        self._get_client = client
        self._access_key = settings.access_key
        self._keys_apart = settings.keys_apart
        self._allowed_permission_sets = settings.allow_unknown_permission_sets
        self.ignored_condition_checks = settings.ignore_condition_checks
        """The ids of condition checks without warnings."""
        self._writes = writes
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._cache: dict[str, Any] = {}
        self._is_unreachable = False
        self._is_seen = False

    @property
    def _client(self) -> IamClient:
        return self._get_client()

    @property
    def now(self) -> datetime:
        """The time by the API's clock."""
        return self._client.now

    # --- objects -----------------------------------------------------------------------------

    def listed(self, noun: str) -> Mapping[str, Mapping[str, Any]] | None:
        """Return the objects of a noun from the cached list; None if the list was never read."""
        with self._lock:
            items: Mapping[str, Mapping[str, Any]] | None = self._cache.get(f"list {plural(noun)}")
            return items

    def all(self, noun: str, *, quiet: bool = False) -> Mapping[str, Mapping[str, Any]] | None:
        """Return all objects of a noun by id, with the writes of this process; None if unknown.

        With `quiet`, a failed read is not reported, and may be retried by a later call.
        """
        listed = self._cached(
            f"list {plural(noun)}",
            lambda: {_id(item): item for item in LISTS[noun](self._client, self.id)},
            f"{plural(noun)} of organization {self.id}",
            quiet=quiet,
        )
        return None if listed is None else self._writes.applied_to(noun, listed)

    def is_missing(self, noun: str, resource_id: str) -> bool:
        """Return whether an object certainly does not exist.

        An object may have been created after the list was read. So each id missing in the list is
        read by its own GET. Reads of new objects lag behind, so a 404 is not cached.
        """
        if self._writes.has(noun, resource_id):
            return False
        items = self.all(noun) if noun in LISTS else {}
        if items is None or resource_id in items:
            return False
        key = f"{noun} {resource_id}"
        exists = self._cached(key, lambda: self._exists(noun, resource_id), key)
        if exists is False:
            with self._lock:
                self._cache.pop(key, None)
        return exists is False

    def keys_of(
        self, bearer_id: str, access_keys: Collection[str]
    ) -> Mapping[str, Mapping[str, Any]] | None:
        """Return the API keys of a bearer, and those of `access_keys` that exist; None if unknown.

        One list serves all bearers, but permissions for this bearer are enough. The API may deny the read of a
        deleted key, since a key without a bearer requires permissions for all bearers.
        """

        def fetch() -> dict[str, Mapping[str, Any]]:
            listed = self._all_keys()
            if listed is None:
                keys = self._client.list_api_keys(organization_id=self.id, bearer_id=bearer_id)
                listed = {key["access_key"]: key for key in keys}
            found = {
                access_key: key
                for access_key, key in listed.items()
                if access_key in access_keys
                or bearer_id in (key.get("application_id"), key.get("user_id"))
            }
            for access_key in access_keys:
                if access_key not in found:
                    with suppress(NotFound, PermissionDenied):
                        found[access_key] = self._client.get_api_key(access_key)
            return found

        what = f"API keys of bearer {bearer_id}"
        return self._cached(f"{what} {sorted(access_keys)}", fetch, what)

    def _all_keys(self) -> Mapping[str, Mapping[str, Any]] | None:
        """Return all API keys of the organization; None if the list is denied, which is asked once."""
        refusal = "refusal of all API keys"
        with self._lock:
            is_refused = refusal in self._cache
        listed = None if is_refused else self.all("API key", quiet=True)
        if listed is None:
            with self._lock:
                self._cache[refusal] = True
        return listed

    def _exists(self, noun: str, resource_id: str) -> bool:
        try:
            READS[noun](self._client, resource_id)
        except NotFound:
            return False
        return True

    def can_look_up(self, noun: str) -> bool:
        """Return whether the directory can read an object of the noun by its id."""
        return noun in READS

    def missing_reason(self, noun: str, resource_id: str) -> str:
        """Return the reason of a failure for an id without an object."""
        other = self._noun_of(resource_id)
        if other is not None:
            return f"{resource_id} is the id of {_a(other)}, not of {_a(noun)}"
        deleted = ", or remove the id if the user was deleted" if noun == "user" else ""
        return (
            f"{noun} {resource_id} does not exist in organization {self.id}; pass the id of an"
            f" existing {noun}{deleted}"
        )

    def _noun_of(self, resource_id: str) -> str | None:
        """Return the noun of the object with this id, for a better message; None if missing."""
        return next(
            (
                noun
                for noun in READS.keys() & LISTS.keys()
                if resource_id in (self.all(noun, quiet=True) or {})
            ),
            None,
        )

    def named(
        self, noun: str, field: str, value: object, *, normalize: Normalize = str
    ) -> Mapping[str, Any] | None:
        """Return the object with a unique name; None if missing, or if the list is unknown."""
        if not isinstance(value, str):
            return None
        key = normalize(value)
        items = (self.all(noun) or {}).values()
        return next((item for item in items if normalize(str(item.get(field))) == key), None)

    def is_visible(self, noun: str) -> bool:
        """Return whether the credentials can read the organization, so that a 404 is proof.

        Raises PermissionDenied or NotFound if a read is refused. After a success, makes no more
        calls.
        """
        with self._lock:
            is_seen = self._is_seen
        if not is_seen:
            items = LISTS.get(noun, LISTS["group"])(self._client, self.id)
            # Every organization has at least one user, its owner.
            is_seen = any(True for _ in items) or self._has_users()
            with self._lock:
                self._is_seen = is_seen
        return is_seen

    def _has_users(self) -> bool:
        try:
            return any(True for _ in self._client.list_users(organization_id=self.id))
        except PermissionDenied:
            # The credentials could read the first list, which was empty.
            return True

    # --- the organization itself -------------------------------------------------------------

    def quota(self, name: str) -> int | None:
        """Return the limit of a quota by its name; None without a limit."""
        limits = self._cached(
            "quotas",
            lambda: {
                quotum["name"]: quotum.get("limit")
                for quotum in self._client.list_quota(organization_id=self.id)
            },
            f"quotas of organization {self.id}",
        )
        limit: int | None = (limits or {}).get(name)
        return limit

    def security_settings(self) -> Mapping[str, Any] | None:
        """Return the security settings; None if unknown."""
        return self._cached(
            "security settings",
            lambda: self._client.get_organization_security_settings(self.id),
            f"security settings of organization {self.id}",
        )

    def configuration_id(
        self,
        noun: str,
        read_configuration: Callable[[IamClient, str], Mapping[str, Any]],
        *,
        quiet: bool = False,
    ) -> str | None:
        """Return the id of the only configuration of a noun, such as "SAML configuration".

        None without a configuration. `read_configuration` reads the configuration of an
        organization, or raises NotFound. With `quiet`, a failed read is not reported.
        """

        def fetch() -> str:
            try:
                return str(read_configuration(self._client, self.id)["id"])
            except NotFound:
                return ""  # unlike None, cached after a quiet read too

        return self._cached(noun, fetch, f"{noun} of organization {self.id}", quiet=quiet) or None

    def permission_sets(self) -> tuple[Mapping[str, str], bool]:
        """Return the scope types of permission sets by name, and whether the list is live.

        If the live list cannot be read, the bundled catalogue is used.
        """
        live = self._cached(
            "permission sets",
            lambda: {
                item["name"]: item["scope_type"]
                for item in self._client.list_permission_sets(organization_id=self.id)
            },
            "permission sets",
        )
        if live:
            return live, True
        return {name: entry.scope_type for name, entry in catalogue().by_name.items()}, False

    def is_allowed_permission_set(self, name: str) -> bool:
        """Return whether the settings allow an unlisted permission set."""
        return name in self._allowed_permission_sets

    # --- the Secret Manager ------------------------------------------------------------------

    def secret(self, region: str, secret_id: str) -> Mapping[str, Any] | ApiError | None:
        """Return a secret without its payloads, or the refusal of the API; None if unknown.

        The secret may be new, so a 404 is not cached.
        """
        key = f"secret {region}/{secret_id}"

        def fetch() -> Mapping[str, Any] | ApiError:
            try:
                return self._client.secret_manager(region).get_secret(secret_id)
            except (InvalidArguments, NotFound, PermissionDenied) as error:
                return error

        found = self._cached(key, fetch, f"details of {key}")
        if isinstance(found, NotFound):
            with self._lock:
                self._cache.pop(key, None)
        return found

    # --- the caller --------------------------------------------------------------------------

    def bearer(self) -> Mapping[str, Any] | None:
        """Return the API key that runs the program, with its bearer; None if unknown."""

        def fetch() -> Mapping[str, Any]:
            if self._access_key is None:
                raise IamError("the configuration has a secret key, but no access key")
            if self._keys_apart:
                raise IamError(
                    f"the access key and the secret key come from two places, {self._keys_apart}, and may"
                    " belong to different API keys; set both in one place"
                )
            return self._client.get_api_key(self._access_key)

        return self._cached("caller", fetch, "rights of the API key that runs this program")

    def caller(self, field: str) -> str | None:
        """Return the caller's id as a user (`user_id`) or an application (`application_id`), or None."""
        bearer = self.bearer()
        return None if bearer is None else bearer.get(field)

    def is_own_key(self, access_key: str) -> bool:
        """Return whether this is the API key that runs the program."""
        return access_key == self._access_key

    def groups_of(self, principal: str, member_id: str) -> set[str] | None:
        """Return the ids of the groups of a user (`user_id`) or an application; None if unknown.

        Memberships created by this process count, and memberships deleted by this process do not. The built-in
        group of all users or applications counts, whatever its lists show.
        """
        groups = self.all("group")
        if groups is None:
            return None
        ids = {
            group_id
            for group_id, group in groups.items()
            if member_id in (group.get(f"{principal}s") or ())
        }
        built_in = {group_id for group_id, group in groups.items() if group.get(_FLAGS[principal])}
        if built_in and not self._is_managed(principal, member_id):
            ids |= built_in
        ids |= {
            str(item["group_id"])
            for item in self._writes.written("membership").values()
            if item.get(principal) == member_id
        }
        deleted = (_parts(resource_id) for resource_id in self._writes.deleted("membership"))
        left = {group_id for group_id, member in deleted if member == member_id}
        return ids - (left - built_in)

    def _is_managed(self, principal: str, member_id: str) -> bool:
        """Return whether a Scaleway product manages an application: such an application is in no built-in group."""
        if principal != "application_id":
            return False
        return bool((self.all("application") or {}).get(member_id, {}).get("managed"))

    # --- policies ----------------------------------------------------------------------------

    def policies_like(self, inputs: Props) -> tuple[str, ...]:
        """Return the ids of the policies with the name and the principal of these inputs."""
        return tuple(
            policy_id
            for policy_id, policy in (self.all("policy") or {}).items()
            if all(
                (policy.get(name) or None) == (inputs.get(name) or None) for name in _SAME_POLICY
            )
        )

    def rules_of(self, policy_id: str, policy: Mapping[str, Any]) -> Any:
        """Return the rules of a listed policy; None if unknown."""
        rules = policy.get("rules")
        if rules is None:
            rules = self._cached(
                f"rules {policy_id}",
                lambda: list(self._client.list_rules(policy_id=policy_id)),
                f"rules of policy {policy_id}",
            )
        return rules

    # --- cached reads ------------------------------------------------------------------------

    def _cached(
        self, key: str, fetch: Callable[[], T], what: str, *, quiet: bool = False
    ) -> T | None:
        """Return the result of a read, made once per key; None if the read failed."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._lock:
                if key in self._cache:
                    known: T | None = self._cache[key]
                    return known
                is_unreachable = self._is_unreachable
            result = None if is_unreachable else self._fetch(fetch, what, quiet=quiet)
            if result is not None or not quiet:
                with self._lock:
                    self._cache[key] = result
            return result

    def _fetch(self, fetch: Callable[[], T], what: str, *, quiet: bool) -> T | None:
        try:
            return fetch()
        except IamError as error:
            if not quiet:
                self._report(error, what)
        return None

    def _report(self, error: IamError, what: str) -> None:
        if isinstance(error, NoAnswer | Unauthenticated):
            # All other reads would fail for the same reason, each after all its attempts.
            with self._lock:
                was_unreachable, self._is_unreachable = self._is_unreachable, True
            if not was_unreachable:
                user_log.warning(
                    "could not read organization %s, so only the syntax of the inputs was checked: %s",
                    self.id,
                    error.words,
                )
        elif isinstance(error, ApiError):
            user_log.warning(
                "could not read the %s, so they were not checked: %s", what, error.words
            )
        else:
            user_log.warning("the %s were not checked: %s", what, error.words)


def _parts(membership_id: str) -> tuple[str, str]:
    """Return the group and the member in the id of a membership."""
    group_id, _, member = membership_id.partition("/")
    return group_id, member.partition("/")[2]


def _id(item: Mapping[str, Any]) -> str:
    return str(item.get("access_key") or item["id"])


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aA" else f"a {noun}"
