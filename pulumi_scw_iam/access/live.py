"""The world of the live organization, read from the API in a list per type of object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_scw_iam.access.world import (
    ApiKey,
    Application,
    Gap,
    Group,
    Policy,
    Project,
    Rule,
    User,
    World,
)
from pulumi_scw_iam.common.errors import IamError, NoAnswer, NotFound, Unauthenticated
from pulumi_scw_iam.common.words import quoted

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient

__all__ = [
    "Lists",
    "application_of",
    "group_of",
    "key_of",
    "live_world",
    "now",
    "policy_of",
    "rule_of",
    "user_of",
]

T = TypeVar("T")
Item = Mapping[str, Any]

_THREADS = 8


def live_world(client: IamClient, organization_id: str) -> World:
    """Read the world of an organization: one list per type, and the rules of each policy.

    A list that cannot be read is a gap. Raises NoAnswer or Unauthenticated, because then no list can be
    read.
    """
    gaps: list[Gap] = []
    listed = Lists(organization_id, gaps).read
    as_of = now()
    users = listed("users", client.list_users)
    applications = listed("applications", client.list_applications)
    groups = listed("groups", client.list_groups)
    policies = listed("policies", client.list_policies)
    projects = listed("projects", client.list_projects)
    keys = listed("API keys", client.list_api_keys)
    sets = listed("permission sets", client.list_permission_sets)
    rules = _rules(client, policies, gaps)
    return World(
        organization_id=organization_id,
        as_of=as_of,
        source=f"organization {organization_id}",
        users=tuple(map(user_of, users)),
        applications=tuple(map(application_of, applications)),
        groups=tuple(map(group_of, groups)),
        policies=tuple(
            policy_of(item, rules[item["id"]]) for item in policies if item["id"] in rules
        ),
        projects=tuple(Project(id=item["id"], name=item["name"]) for item in projects),
        api_keys=tuple(map(key_of, keys)),
        permission_sets={item["name"]: item["scope_type"] for item in sets},
        gaps=tuple(gaps),
    )


class Lists:
    """Reads lists of the API. A list that cannot be read is empty, and a gap."""

    def __init__(self, organization_id: str, gaps: list[Gap]) -> None:
        self._organization_id = organization_id
        self._gaps = gaps

    def read(self, noun: str, items: Callable[..., Iterable[Item]]) -> list[Item]:
        """Return the items of a list. Raises NoAnswer or Unauthenticated: no list can be read then."""
        try:
            # A client without a configured organization has no default.
            return list(items(organization_id=self._organization_id))
        except (NoAnswer, Unauthenticated):
            raise
        except IamError as error:
            reason = f"could not read the {noun}: {error.words}"
            self._gaps.append(Gap(noun=noun, reason=reason))
            return []


def now() -> str:
    """Return the present time, as the API spells times."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rules(
    client: IamClient, policies: Iterable[Item], gaps: list[Gap]
) -> dict[str, tuple[Rule, ...] | None]:
    """Return the rules by the id of the policy: None if unreadable; without policies deleted meanwhile."""

    def read(policy: Item) -> tuple[Item, tuple[Rule, ...] | IamError]:
        try:
            return policy, tuple(map(rule_of, client.list_rules(policy_id=policy["id"])))
        except (NoAnswer, Unauthenticated):
            raise
        except IamError as error:
            return policy, error

    found: dict[str, tuple[Rule, ...] | None] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for policy, rules in pool.map(read, policies):
            if isinstance(rules, NotFound):
                continue
            if isinstance(rules, IamError):
                title = f"policy {quoted(policy['name'])}"
                reason = f"could not read the rules of {title}: {rules.words}"
                gaps.append(Gap(noun="rules", reason=reason))
                found[policy["id"]] = None
            else:
                found[policy["id"]] = rules
    return found


def user_of(item: Item) -> User:
    """Return a user from the form of the API."""
    return User(
        id=item["id"],
        username=item.get("username") or "",
        email=item.get("email") or "",
        type=item.get("type") or "",
        locked=bool(item.get("locked")),
    )


def application_of(item: Item) -> Application:
    """Return an application from the form of the API."""
    return Application(id=item["id"], name=item["name"], managed=bool(item.get("managed")))


def key_of(item: Item) -> ApiKey:
    """Return an API key from the form of the API."""
    return ApiKey(
        access_key=item["access_key"],
        bearer_id=item.get("user_id") or item.get("application_id") or "",
        expires_at=item.get("expires_at") or "",
    )


def group_of(item: Item) -> Group:
    """Return a group from the form of the API."""
    return Group(
        id=item["id"],
        name=item["name"],
        user_ids=frozenset(item["user_ids"]),
        application_ids=frozenset(item["application_ids"]),
        all_users=bool(item.get("all_users")),
        all_applications=bool(item.get("all_applications")),
        managed=bool(item.get("managed")),
    )


def policy_of(item: Item, rules: tuple[Rule, ...] | None) -> Policy:
    """Return a policy from the form of the API."""
    return Policy(
        id=item["id"],
        name=item["name"],
        user_id=item.get("user_id") or "",
        application_id=item.get("application_id") or "",
        group_id=item.get("group_id") or "",
        rules=rules,
        managed=bool(item.get("managed")),
    )


def rule_of(item: Item) -> Rule:
    """Return a rule from the form of the API."""
    projects = item.get("project_ids")
    return Rule(
        permission_sets=tuple(sorted(item["permission_set_names"])),
        project_ids=None if projects is None else frozenset(projects),
        condition=item.get("condition") or "",
    )
