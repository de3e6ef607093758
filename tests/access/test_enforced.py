"""The model of access equals the local IAM API, which enforces policies: each call is a 403, or not."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pulumi_scw_iam.access.live import live_world
from pulumi_scw_iam.access.model import Access, Grant, Verdict
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import UNKNOWN_ID, Clock, Iam
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OFFICE, HOME = "203.0.113.7", "198.51.100.1"
CONDITIONS: dict[str, Callable[[str, int], bool]] = {
    f'request.ip == "{OFFICE}"': lambda ip, _: ip == OFFICE,
    'request.time < timestamp("2030-06-01T00:00:00Z")': lambda _, month: month < 6,
    'request.time >= timestamp("2030-06-01T00:00:00Z")': lambda _, month: month >= 6,
}
"""Conditions, with their truth by the caller's address and the month of 2030."""
SETS = {
    "organization": (
        *("OrganizationManager", "IAMManager", "IAMReadOnly", "IAMUserManager", "IAMUserReadOnly"),
        *("IAMGroupManager", "IAMGroupReadOnly", "IAMApplicationManager", "IAMPolicyManager"),
        *("IAMApplicationReadOnly", "IAMPolicyReadOnly", "ProjectManager", "ProjectReadOnly"),
        *("AuditTrailFullAccess", "AuditTrailReadOnly", "BillingManager"),
    ),
    "projects": (
        *("SSHKeysFullAccess", "SSHKeysReadOnly", "AllProductsFullAccess", "AllProductsReadOnly"),
        *("SecretManagerFullAccess", "SecretManagerReadOnly", "SecretManagerSecretCreate"),
        *("InstancesFullAccess", "IPAMReadOnly"),
    ),
}
SECRETS = "/secret-manager/v1beta1/regions/fr-par/secrets"


class Operation(NamedTuple):
    """An API call, and the narrowest permission set for it."""

    permission_set: str
    method: str
    path: str
    in_project: bool = False
    body: dict[str, Any] | None = None


OPERATIONS = (
    Operation("IAMUserReadOnly", "GET", "/users"),
    Operation("IAMUserManager", "PATCH", f"/users/{UNKNOWN_ID}", body={}),
    Operation("IAMApplicationReadOnly", "GET", "/applications"),
    Operation("IAMApplicationManager", "DELETE", f"/applications/{UNKNOWN_ID}"),
    Operation("IAMGroupReadOnly", "GET", "/groups"),
    Operation("IAMGroupManager", "DELETE", f"/groups/{UNKNOWN_ID}"),
    Operation("IAMPolicyReadOnly", "GET", "/policies"),
    Operation("IAMPolicyManager", "DELETE", f"/policies/{UNKNOWN_ID}"),
    Operation("ProjectReadOnly", "GET", "/account/v3/projects"),
    Operation("ProjectManager", "DELETE", f"/account/v3/projects/{UNKNOWN_ID}"),
    Operation("AuditTrailReadOnly", "GET", "/audit-trail/v1alpha1/regions/fr-par/events"),
    Operation("SSHKeysReadOnly", "GET", "/ssh-keys", in_project=True),
    Operation(
        "SSHKeysFullAccess", "POST", "/ssh-keys", in_project=True, body={"public_key": SSH_KEY}
    ),
    Operation("SecretManagerReadOnly", "GET", SECRETS, in_project=True),
    Operation("SecretManagerSecretCreate", "POST", SECRETS, in_project=True, body={}),
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Emulator, Clock]]:
    clock = Clock()
    with Emulator(clock=clock, enforce=True) as emulator:
        yield emulator, clock


def organization(dice: Random) -> dict[str, Any]:
    """Return a seed with principals, groups and policies. Every bearer has an API key."""
    users = [f"user{number}" for number in range(dice.randint(1, 3))]
    applications = [f"app{number}" for number in range(dice.randint(1, 2))]
    groups = [f"group{number}" for number in range(dice.randint(0, 2))]
    built_in = [name for name in ("all_users", "all_applications") if dice.random() < 0.15]
    projects = ["one", "two"]

    def rule() -> dict[str, Any]:
        kind = dice.choice(["organization", "projects", "projects"])
        names = dice.sample(SETS[kind], dice.randint(1, 2))
        limited = kind == "projects" and dice.random() < 0.6
        return {
            "permission_set_names": names,
            **({"projects": dice.sample(projects, dice.randint(1, 2))} if limited else {}),
            **({"condition": dice.choice([*CONDITIONS])} if dice.random() < 0.4 else {}),
        }

    def policy(number: int) -> dict[str, Any]:
        kind, names = dice.choice(
            [
                ("user", users),
                ("application", applications),
                ("group", [*groups, *built_in]),
                ("", []),
            ]
        )
        principal = {kind: dice.choice(names)} if names else {}
        rules = [rule() for _ in range(dice.randint(1, 2))]
        return {"name": f"policy{number}", "rules": rules, **principal}

    return {
        "projects": [{"name": name} for name in projects],
        "users": [{"username": name, "email": f"{name}@example.com"} for name in users],
        "applications": [{"name": name} for name in applications],
        "built_in_groups": [{"name": name, "built_in": name} for name in built_in],
        "groups": [
            {
                "name": name,
                "users": dice.sample(users, dice.randint(0, len(users))),
                "applications": dice.sample(applications, dice.randint(0, len(applications))),
            }
            for name in groups
        ],
        "policies": [policy(number) for number in range(dice.randint(1, 5))],
        "api_keys": [
            *({"user": name} for name in users),
            *({"application": name} for name in applications),
        ],
    }


def is_met(grant: Grant, ip: str, month: int) -> bool:
    return not grant.condition or CONDITIONS[grant.condition](ip, month)


def check_organization(emulator: Emulator, clock: Clock, seed: str) -> Counter[bool]:
    """Compare the model with the API for every bearer, and every call or a sample, by address and time.

    Return the numbers of allowed and refused calls.
    """
    dice = Random(seed)
    clock.restart()
    emulator.reset()
    made = emulator.seed(organization(dice))
    owner = Iam(emulator, clock)
    if dice.random() < 0.3:
        owner.post(f"/users/{made['users'][0]['id']}/lock")
    client = IamClient(Settings.resolve(environ=emulator.environment))
    access = Access(live_world(client, emulator.organization_id))
    bearers = [
        (key.get("user_id") or key["application_id"], Iam(emulator, clock, key["secret_key"]))
        for key in made["api_keys"]
    ]
    (owner_id,) = (user.id for user in access.world.users if user.type == "owner")
    counts: Counter[bool] = Counter()
    for month, ip, share in (
        (1, OFFICE, len(OPERATIONS)),
        (1, HOME, 5),
        (7, OFFICE, 5),
        (7, HOME, 5),
    ):
        clock.time = clock.time.replace(month=month)
        emulator.client_ip = ip
        for bearer_id, iam in [*bearers, (owner_id, owner)]:
            for operation in dice.sample(OPERATIONS, share):
                project = dice.choice(made["projects"])["id"] if operation.in_project else None
                answer = access.answer(bearer_id, operation.permission_set, project)
                allowed = any(is_met(grant, ip, month) for grant in answer.grants)
                allowed = allowed and answer.verdict is not Verdict.NO
                question = (seed, month, ip, bearer_id, operation.permission_set, project)
                assert (call(iam, operation, project) != 403) is allowed, question
                counts[allowed] += 1
    for _, iam in bearers:
        iam.session.close()
    owner.session.close()
    return counts


def call(iam: Iam, operation: Operation, project: str | None) -> int:
    """Make a call in the organization or in a project; return the status."""
    query: dict[str, Any] = {}
    body = operation.body
    if operation.method == "GET":
        query = {"project_id": project} if project else {"organization_id": iam.organization_id}
    elif project:
        body = {"name": "new", "project_id": project, **(body or {})}
    return iam.call(operation.method, operation.path, body, **query).status


def check_organizations(served: tuple[Emulator, Clock], kind: str, number: int) -> None:
    counts: Counter[bool] = Counter()
    for each in range(number):
        counts += check_organization(*served, f"{kind}/{each}")
    # The cases are worth something: many calls are allowed, and many are refused.
    assert min(counts[True], counts[False]) > 25 * number


def test_each_answer_is_the_status_of_the_call(served: tuple[Emulator, Clock]) -> None:
    check_organizations(served, "quick", 3)


@pytest.mark.faults
def test_each_answer_is_the_status_of_the_call_in_two_hundred_organizations(
    served: tuple[Emulator, Clock],
) -> None:
    check_organizations(served, "slow", 200)
