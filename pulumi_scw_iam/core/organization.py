"""What can be known of an organization before anything is changed: who and what is in it.

A check asks it about inputs that are new or changed, so that a preview says what the API would refuse.
Every list is read when it is first needed, and once; what this process writes is added to it. What the
credentials may not read, or what does not answer, is told once, and then nothing is said about it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pulumi_scw_iam.common.errors import (
    ApiError,
    IamError,
    NoAnswer,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import joined, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.core.fields import Props

__all__ = ["Cure", "Organization", "lost", "rights_of"]

T = TypeVar("T")

Normalize = Callable[[str], Hashable]
"""What equal names have in common: `str.casefold` where upper and lower case are alike."""

_LISTS: Mapping[str, Callable[[IamClient, str], Iterable[Mapping[str, Any]]]] = {
    "user": lambda client, it: client.list_users(organization_id=it),
    "group": lambda client, it: client.list_groups(organization_id=it),
    "application": lambda client, it: client.list_applications(organization_id=it),
    "policy": lambda client, it: client.list_policies(organization_id=it),
    "API key": lambda client, it: client.list_api_keys(organization_id=it),
    "SSH key": lambda client, it: client.list_ssh_keys(organization_id=it),
    "project": lambda client, it: client.list_projects(organization_id=it),
}

_READS: Mapping[str, Callable[[IamClient, str], Mapping[str, Any]]] = {
    "user": lambda client, it: client.get_user(it),
    "group": lambda client, it: client.get_group(it),
    "application": lambda client, it: client.get_application(it),
    "project": lambda client, it: client.get_project(it),
    # An organization has one at most; no call reads it by its id.
    "SAML configuration": lambda client, it: {"of": list(client.list_saml_certificates(it))},
    "SCIM configuration": lambda client, it: {"of": list(client.list_scim_tokens(it))},
}

_MANAGERS: Mapping[str, frozenset[str]] = {
    what: frozenset({"IAMManager", "OrganizationManager", own})
    for what, own in (
        ("policies", "IAMPolicyManager"),
        ("groups", "IAMGroupManager"),
        ("applications", "IAMApplicationManager"),
        ("users", "IAMUserManager"),
    )
}
"""The permission sets that let a bearer manage things of IAM; one is enough."""


class Cure(NamedTuple):
    """How to keep an object that exists, for a message."""

    words: str
    is_of_stack: bool
    """Whether the state is known to have it under another URN."""


class Organization:
    """What can be known of one organization. Threads may share it.

    `made`, `changed` and `deleted` tell it what this process has written, `claim` and `plan` what a
    check has seen, so that one resource of a program knows of the others.
    """

    def __init__(
        self,
        client: Callable[[], IamClient],
        organization_id: str,
        settings: Settings,
        adopt: Callable[[str, str, str], Cure],
    ) -> None:
        self.id = organization_id
        self.adopt = adopt
        """How to take over an object that exists, for a message: from the kind, its name and the id."""
        self._made_client = client
        self._access_key = settings.access_key
        self._keys_apart = settings.keys_apart
        self.allowed_permission_sets = (settings.allow_unknown_permission_sets or "").split(",")
        """Names that the settings say to exist."""
        self._may_lock_out = settings.allow_self_lockout == "true"
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.RLock()
        self._asked: dict[str, Any] = {}
        self._own: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._gone: dict[str, set[str]] = {}
        self._claims: dict[tuple[str, str, Hashable], int] = {}
        self._released: set[tuple[str, str, Hashable]] = set()
        self._kept: set[tuple[str, str, Hashable]] = set()
        self._replaced: dict[str, set[str]] = {}
        self._planned: Counter[str] = Counter()
        self._created: Counter[str] = Counter()
        self._checked: Counter[int] = Counter()
        self._silent = False
        self._visible = False
        self.settings: dict[str, Any] = {}
        """The security settings that this program is about to set."""
        self._to_be: dict[str, Props] = {}
        """What this program is about to make of policies, by their ids; only what it takes away counts."""
        self._to_leave: set[str] = set()
        """The groups that the caller is about to leave, by this program."""
        self.whole_lists: dict[str, dict[str, list[Any]]] = {}
        """The lists of members that this program sets as a whole, by the group's name."""
        self.memberships: set[tuple[str, str]] = set()
        """The groups, by id, and the lists that this program adds single members to."""

    @property
    def _client(self) -> IamClient:
        return self._made_client()

    # --- what there is -----------------------------------------------------------------------

    def seen(self, noun: str) -> Mapping[str, Mapping[str, Any]] | None:
        """Return the objects of a kind as they were when they were listed; None if they were not."""
        with self._lock:
            listed: Mapping[str, Mapping[str, Any]] | None = self._asked.get(f"list {plural(noun)}")
            return listed

    def all(self, noun: str, *, quiet: bool = False) -> Mapping[str, Mapping[str, Any]] | None:
        """All there are of a kind by their ids, with what this process made; None if not known.

        With `quiet`, nothing is said where it cannot be known, and it may be asked again.
        """
        listed = self._once(
            f"list {plural(noun)}",
            lambda: {_id(item): item for item in _LISTS[noun](self._client, self.id)},
            f"{plural(noun)} of organization {self.id}",
            quiet=quiet,
        )
        if listed is None:
            return None
        with self._lock:
            items = {**listed, **self._own.get(noun, {})}
            if noun == "group":
                # A list of members that the program leaves alone is not among what it made.
                items = {it: {**listed.get(it, {}), **item} for it, item in items.items()}
            for resource_id in self._gone.get(noun, ()):
                items.pop(resource_id, None)
        return items

    def lacks(self, noun: str, resource_id: str) -> bool:
        """Whether there surely is no such object.

        Others may have made one since the list was read: one that is not in it is asked for by itself,
        and again whenever it is asked about. Reads lag behind, so only that it exists is remembered.
        """
        with self._lock:
            if resource_id in self._own.get(noun, {}):
                return False
        items = self.all(noun) if noun in _LISTS else {}
        if items is None or resource_id in items:
            return False
        key = f"{noun} {resource_id}"
        exists = self._once(key, lambda: self._exists(noun, resource_id), key)
        if exists is False:
            self._ask_again(key)
        return exists is False

    def _exists(self, noun: str, resource_id: str) -> bool:
        try:
            _READS[noun](self._client, resource_id)
        except NotFound:
            return False
        return True

    def is_visible(self, noun: str) -> bool:
        """Return whether the credentials see the organization, so that a 404 of theirs means something.

        Raises PermissionDenied or NotFound if they may not read it. Asks once.
        """
        if not self._visible:
            client = self._client
            listed = _LISTS.get(noun, _LISTS["group"])
            # An organization without users does not exist: it has an owner.
            self._visible = any(True for _ in listed(client, self.id)) or self._has_users()
        return self._visible

    def _has_users(self) -> bool:
        try:
            return any(True for _ in self._client.list_users(organization_id=self.id))
        except PermissionDenied:
            # The list before was allowed, and empty.
            return True

    def knows(self, noun: str) -> bool:
        """Whether it can be told if there is such an object."""
        return noun in _READS

    def lacking(self, noun: str, resource_id: str) -> str:
        """The reason of a failure for an id that names nothing."""
        other = self._what_is(resource_id)
        if other is not None:
            return f"{resource_id} is the id of {_a(other)}, not of {_a(noun)}"
        departed = ", or take it out if the user was deleted" if noun == "user" else ""
        return (
            f"there is no {noun} {resource_id} in organization {self.id}; pass the id of one that"
            f" exists{departed}"
        )

    def _what_is(self, resource_id: str) -> str | None:
        """The noun of the object with this id, for a better word than that it is not there."""
        return next(
            (
                noun
                for noun in _READS.keys() & _LISTS.keys()
                if resource_id in (self.all(noun, quiet=True) or {})
            ),
            None,
        )

    def quota(self, name: str) -> int | None:
        """How many there may be, by the name of the quota; None where there is no limit."""
        limits = self._once(
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
        """What the organization demands; with what this program is about to demand."""
        held = self._once(
            "security settings",
            lambda: self._client.get_organization_security_settings(self.id),
            f"security settings of organization {self.id}",
        )
        return None if held is None else {**held, **self.settings}

    def enabled(self, feature: str) -> str | None:
        """The id of the configuration of "SAML" or "SCIM", where the organization has one."""

        def ask() -> str | None:
            client = self._client
            try:
                if feature == "SAML":
                    return client.get_organization_saml(self.id)["id"]
                return client.get_organization_scim(self.id)["id"]
            except NotFound:
                return None

        held = self._once(feature, ask, f"{feature} configuration of organization {self.id}")
        with self._lock:
            return None if held in self._replaced.get(f"{feature} configuration", ()) else held

    def permission_sets(self) -> tuple[Mapping[str, str], bool]:
        """The scope types of permission sets by name, and whether that is the live list.

        The bundled catalogue takes the place of the list where it cannot be read.
        """
        live = self._once(
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

    # --- what this program is about to do ----------------------------------------------------

    def is_checked_anew(self, resource: str, olds: Props, news: Props) -> bool:
        """Whether the engine checks inputs again, as it does when it replaces a resource.

        `resource` is its URN, or the name of its kind if that is not known. The engine then does not tell the
        old inputs. All that was to be said has been said.
        """
        seen = hash((resource, repr(sorted(news.items()))))
        with self._lock:
            if olds:
                self._checked[seen] += 1
                return False
            if self._checked[seen] > 0:
                self._checked[seen] -= 1
                return True
        return False

    def claim(
        self, noun: str, field: str, old: str | None, new: str, *, normalize: Normalize = str
    ) -> bool:
        """Take a name that must be unique, and give up the old one; names with the same form are equal.

        False when another resource of the program has taken it before.
        """
        with self._lock:
            if old is not None:
                self._released.add((noun, field, normalize(old)))
                self._claims.pop((noun, field, normalize(old)), None)
            key = (noun, field, normalize(new))
            self._claims[key] = self._claims.get(key, 0) + 1
            return self._claims[key] == 1

    def keep(self, noun: str, field: str, value: str, *, normalize: Normalize = str) -> None:
        """Take note of a name that must be unique, and that a resource of the program keeps."""
        with self._lock:
            self._kept.add((noun, field, normalize(value)))

    def keeps(self, noun: str, field: str, value: str, *, normalize: Normalize = str) -> bool:
        """Return whether a resource of the program keeps a name."""
        with self._lock:
            return (noun, field, normalize(value)) in self._kept

    def replaces(self, noun: str, resource_id: str) -> None:
        """Take note of an object that this program is about to replace: its names are as good as free."""
        with self._lock:
            self._replaced.setdefault(noun, set()).add(resource_id)

    def holder(
        self, noun: str, field: str, value: str, *, normalize: Normalize = str
    ) -> Mapping[str, Any] | None:
        """Who has a name that must be unique; None where nobody has it, or will have it any more."""
        with self._lock:
            if (noun, field, normalize(value)) in self._released:
                return None
            replaced = self._replaced.get(noun, set())
        item = self.holder_before(noun, field, value, normalize=normalize)
        return None if item is None or item["id"] in replaced else item

    def holder_before(
        self, noun: str, field: str, value: object, *, normalize: Normalize = str
    ) -> Mapping[str, Any] | None:
        """Who had a name before this program ran; names that must be unique only."""
        if not isinstance(value, str):
            return None
        items = (self.all(noun) or {}).values()
        return next(
            (item for item in items if normalize(str(item.get(field))) == normalize(value)), None
        )

    def plan(self, noun: str, quota: str) -> tuple[int, int] | None:
        """Count one more; the limit and the number it would be, where it is beyond the limit."""
        with self._lock:
            self._planned[noun] += 1
        limit = self.quota(quota)
        items = None if limit is None else self.all(noun)
        if limit is None or items is None:
            return None
        with self._lock:
            number = len(items) + max(self._planned[noun] - self._created[noun], 0)
        return (limit, number) if number > limit else None

    def made(self, noun: str, resource_id: str, item: Props) -> None:
        """Take note of an object that this process made."""
        with self._lock:
            self._created[noun] += 1
        self.changed(noun, resource_id, item)

    def changed(self, noun: str, resource_id: str, item: Props) -> None:
        """Take note of what an object is now."""
        with self._lock:
            self._own.setdefault(noun, {})[resource_id] = {"id": resource_id, **item}
            self._gone.get(noun, set()).discard(resource_id)

    def deleted(self, noun: str, resource_id: str) -> None:
        """Take note of an object that this process deleted."""
        with self._lock:
            self._gone.setdefault(noun, set()).add(resource_id)

    # --- who runs the program ----------------------------------------------------------------

    def lockout(self, what: str, cure: str = "let another API key do it") -> str | None:
        """The reason for which a change is refused that takes something from the caller."""
        if self._may_lock_out:
            return None
        return f"this {what}; {cure}, or set scw-iam:allowSelfLockout to true if it is meant"

    def lockout_of(
        self,
        *,
        policy_id: str | None = None,
        becomes: Props | None = None,
        without_group: str | None = None,
    ) -> str | None:
        """The same for a change of rights: None where the caller can manage what it could before.

        `becomes` are the inputs that the policy is about to have, None if it is about to be deleted.
        Rights count that exist now. A policy that the program is about to make does not: the engine may
        handle it later, and it may fail.
        """
        if self._may_lock_out:
            return None
        if without_group is not None:
            self._to_leave.add(without_group)
        lost = self._lost(policy_id, becomes)
        if not lost:
            return None
        return self.lockout(
            f"takes from the API key that runs the program the right to manage {joined(lost)}",
            "give it the right by another policy in an update before this one, let another API key do it",
        )

    def take_away(self, inputs: Props, becomes: Props) -> str | None:
        """Take note of what a checked policy is about to become, and return its id; None if it is unknown.

        `inputs` are the old ones. Of several policies that fit, the first counts that no check has taken.
        """
        same = ("name", "user_id", "group_id", "application_id", "no_principal")
        held = self.all("policy") or {}
        with self._lock:
            fitting = [
                it
                for it, policy in held.items()
                if all((policy.get(name) or None) == (inputs.get(name) or None) for name in same)
            ]
            fresh = (it for it in fitting if it not in self._to_be)
            policy_id = next(fresh, fitting[-1] if fitting else None)
            if policy_id is not None:
                self._to_be[policy_id] = becomes
            return policy_id

    def caller(self, field: str) -> str | None:
        """The id of the user (`user_id`) or application whose API key runs the program, if it is one."""
        bearer = self._bearer()
        return None if bearer is None else bearer.get(field)

    def is_own_key(self, access_key: str) -> bool:
        """Whether this is the API key that runs the program."""
        return access_key == self._access_key

    def _bearer(self) -> Mapping[str, Any] | None:
        def ask() -> Mapping[str, Any]:
            if self._access_key is None:
                raise IamError("there is no access key in the configuration, only the secret one")
            if self._keys_apart:
                raise IamError(
                    f"the keys come from two places, {self._keys_apart}, and may be of two API keys;"
                    " set both in one place"
                )
            return self._client.get_api_key(self._access_key)

        return self._once("caller", ask, "rights of the API key that runs this program")

    def _lost(self, policy_id: str | None, becomes: Props | None) -> list[str]:
        """Return what the caller manages now, and would not any more: ["groups", "policies"].

        That is when the policy becomes what it is about to be, and the caller has left the groups that
        the program takes it out of. Of other policies that the program is about to change, only what it
        leaves of them counts.
        """
        bearer = self._bearer()
        policies = self.all("policy")
        if bearer is None or policies is None:
            return []
        name = "user_id" if bearer.get("user_id") else "application_id"
        mine = self._groups_of(name, bearer[name])
        if mine is None or self._is_owner(bearer):
            return []

        def given(policy: Props, among: set[str]) -> set[tuple[str, str]]:
            is_of_caller = policy.get(name) == bearer[name] or policy.get("group_id") in among
            return rights_of(policy.get("rules")) if is_of_caller else set()

        before: set[tuple[str, str]] = set()
        after: set[tuple[str, str]] = set()
        left = mine - self._to_leave
        for it, listed in policies.items():
            if not given({**listed, "rules": _ALL_RULES}, mine) and it != policy_id:
                continue
            held = {**listed, "rules": self._rules_of(it, listed)}
            before |= given(held, mine)
            if it != policy_id:
                there = given(held, left)
                if it in self._to_be:
                    there = _met(there, given(self._to_be[it], left))
                after |= there
            elif becomes is not None:
                after |= given(becomes, left)
        return sorted({what for what, _ in lost(before, after)})

    def _is_owner(self, bearer: Mapping[str, Any]) -> bool:
        user_id = bearer.get("user_id")
        user = (self.all("user") or {}).get(user_id, {}) if user_id else {}
        return user.get("type") == "owner"

    def _groups_of(self, name: str, caller: str) -> set[str] | None:
        """Return the groups of the caller, with the memberships that this process made and deleted."""
        groups = self.all("group")
        if groups is None:
            return None
        mine = {it for it, group in groups.items() if caller in (group.get(f"{name}s") or ())}
        with self._lock:
            mine |= {
                str(item["group_id"])
                for item in self._own.get("membership", {}).values()
                if item.get(name) == caller
            }
            gone = self._gone.get("membership", ())
        return mine - {group_id for group_id, _, member in map(_parts, gone) if member == caller}

    def _rules_of(self, policy_id: str, policy: Mapping[str, Any]) -> Any:
        rules = policy.get("rules")
        if rules is None:
            rules = self._once(
                f"rules {policy_id}",
                lambda: list(self._client.list_rules(policy_id=policy_id)),
                f"rules of policy {policy_id}",
            )
        return rules

    # --- asking ------------------------------------------------------------------------------

    def _once(self, key: str, ask: Callable[[], T], what: str, *, quiet: bool = False) -> T | None:
        """The answer to a question that is asked once; None where there is none."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._asked:
                known: T | None = self._asked[key]
                return known
            answer = None if self._silent else self._answer(ask, what, quiet=quiet)
            if answer is not None or not quiet:
                with self._lock:
                    self._asked[key] = answer
            return answer

    def _ask_again(self, key: str) -> None:
        """Forget the answer to a question."""
        with self._lock:
            self._asked.pop(key, None)

    def _answer(self, ask: Callable[[], T], what: str, *, quiet: bool) -> T | None:
        try:
            return ask()
        except IamError as error:
            if not quiet:
                self._tell(error, what)
        return None

    def _tell(self, error: IamError, what: str) -> None:
        if isinstance(error, NoAnswer | Unauthenticated):
            # All other questions would fail in the same way, each after all its tries.
            with self._lock:
                told, self._silent = self._silent, True
            if not told:
                user_log.warning(
                    "nothing of organization %s could be looked up, so this is checked for its form"
                    " only: %s",
                    self.id,
                    error.words,
                )
        elif isinstance(error, ApiError):
            user_log.warning(
                "the %s could not be looked up, so they are not checked: %s", what, error.words
            )
        else:
            user_log.warning("the %s are not checked: %s", what, error.words)


def rights_of(rules: Iterable[Mapping[str, Any]] | None) -> set[tuple[str, str]]:
    """Return what rules let their principal manage in IAM, each with the condition that it is under."""
    return {
        (what, rule.get("condition") or "")
        for rule in rules or ()
        if isinstance(rule, dict)
        for names in [rule.get("permission_set_names")]
        # A list that is unknown as a whole gives nothing that can be told.
        if isinstance(names, list | tuple | frozenset)
        for what, managers in _MANAGERS.items()
        if not managers.isdisjoint(names)
    }


def lost(before: set[tuple[str, str]], after: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the rights that are gone, or under another condition than before."""
    return before - _met(before, after)


def _met(rights: set[tuple[str, str]], others: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the rights that others give too, under the same condition or under none."""
    return {
        (what, condition) for what, condition in rights if {(what, condition), (what, "")} & others
    }


_ALL_RULES = [{"permission_set_names": ["IAMManager"]}]
"""Rules of a policy that are not read yet; they may give everything."""


def _parts(membership_id: str) -> tuple[str, str, str]:
    group_id, _, rest = membership_id.partition("/")
    word, _, member_id = rest.partition("/")
    return group_id, word, member_id


def _id(item: Mapping[str, Any]) -> str:
    return str(item.get("access_key") or item["id"])


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aA" else f"a {noun}"
