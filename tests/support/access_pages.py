"""Data for the page of access: a large organization, a small one, and one with hostile names."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from pulumi_scw_iam.access.page import (
    Grant,
    Organization,
    PageData,
    Path,
    PermissionSet,
    Principal,
    Project,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS = (
    "",
    "",
    "",
    "request.ip == '203.0.113.7'",
    "request.time.getDayOfWeek() in [1, 2, 3, 4, 5]",
)
HOSTILE = (
    "</script><script>document.title='taken'</script>",
    '"><img src=x onerror="document.title=\'taken\'">',
    "' onmouseover='document.title=1' x='",
    "{{script}} ${document.title=1} <!-- <style>*{display:none}",
    "user\u202egpj.exe\u2066",
    "line\u2028separator\u2029\x00\x1b[31m\r\nnew\tline",
    "\u05d0\u05d1\u05d2 admins \u0639\u0631\u0628",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467 ad\u200dmin\ufeff",
    "lone surrogate \ud83d",
    "__proto__",
    "",
)
"""Names that an attacker may choose."""
NOUNS = ("user", "user", "user", "application", "group")


def large_page(*, principals: int = 500, sets: int = 200, projects: int = 50) -> PageData:
    """Return the same large organization for the same numbers, with a few grants for each pair.

    A policy of a group makes equal grants for all members, as in a real organization.
    """
    random = Random(20)
    policies = [
        (f"policy-{number:03}", random.sample(range(sets), sets // 5), _scopes(random, projects))
        for number in range(120)
    ]
    return PageData(
        as_of="2026-11-29T22:40:00Z",
        organization=Organization(id="11111111-1111-4111-8111-111111111111", name="large"),
        principals=[
            Principal(
                id=f"22222222-2222-4222-8222-{number:012}",
                noun=random.choice(NOUNS),  # type: ignore[arg-type]
                name=f"principal-{number:03}",
                notes=("locked",) if number % 50 == 7 else (),
            )
            for number in range(principals)
        ],
        projects=[
            Project(id=f"33333333-3333-4333-8333-{number:012}", name=f"project-{number:02}")
            for number in range(projects)
        ],
        sets=[
            PermissionSet(
                name=f"Product{number:03}FullAccess",
                scope_type="projects",
                leads_to_any_right=number % 40 == 0,
            )
            for number in range(sets)
        ],
        grants=list(_grants(random, principals, policies)),
        unknown=["The bucket policies of Object Storage are not part of the IAM API."],
    )


def _scopes(random: Random, projects: int) -> list[Scope]:
    if random.random() < 0.1:
        return ["organization"]
    if random.random() < 0.1:
        return ["all projects"]
    return [*random.sample(range(projects), random.randint(1, max(1, projects // 4)))]


def _grants(
    random: Random, principals: int, policies: list[tuple[str, list[int], list[Scope]]]
) -> Iterator[Grant]:
    for principal in range(principals):
        rights: dict[tuple[int, Scope, str], set[Path]] = {}
        for policy, sets, scopes in random.sample(policies, 4):
            path = Path(
                random.choice((None, f"group-{len(policy + str(principal)) % 9}")), policy, 1
            )
            condition = random.choice(CONDITIONS)
            for permission_set in sets:
                for scope in scopes:
                    rights.setdefault((permission_set, scope, condition), set()).add(path)
        for (permission_set, scope, condition), paths in rights.items():
            yield Grant(
                principal, permission_set, (scope,), condition, tuple(sorted(paths, key=str))
            )


def small_page() -> PageData:
    """Return the organization of the pictures in the documentation."""
    principals = [
        Principal(
            id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40101", noun="owner", name="olivia@example.com"
        ),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40102", noun="user", name="alice@example.com"),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40103", noun="user", name="bob@example.com"),
        Principal(
            id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40104",
            noun="user",
            name="carol@example.com",
            notes=("locked: no permissions until the unlock",),
        ),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40105", noun="user", name="dave@example.com"),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40106", noun="application", name="backup"),
        Principal(
            id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40107",
            noun="application",
            name="deploy",
            notes=("no API key that works",),
        ),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40108", noun="group", name="admins"),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40109", noun="group", name="devs"),
        Principal(id="0a6f4c1e-98d2-4a51-b8f1-2f8a5de40110", noun="group", name="on-call"),
    ]
    projects = [
        Project(id=f"5c1d7e20-6a0b-4d0c-9c5f-7f0f5a9e020{number}", name=name)
        for number, name in enumerate(("build", "data", "dev", "prod", "stage"))
    ]
    sets = [
        PermissionSet(name="IAMManager", scope_type="organization", leads_to_any_right=True),
        PermissionSet(name="IAMReadOnly", scope_type="organization"),
        PermissionSet(name="BillingReadOnly", scope_type="organization"),
        PermissionSet(
            name="AllProductsFullAccess",
            scope_type="projects",
            includes=("AllProductsReadOnly", "FunctionsFullAccess", "FunctionsReadOnly"),
        ),
        PermissionSet(name="AllProductsReadOnly", scope_type="projects"),
        PermissionSet(name="InstancesFullAccess", scope_type="projects"),
        PermissionSet(name="KubernetesFullAccess", scope_type="projects"),
        PermissionSet(name="ObjectStorageFullAccess", scope_type="projects"),
        PermissionSet(name="RelationalDatabasesFullAccess", scope_type="projects"),
        PermissionSet(name="SecretManagerReadOnly", scope_type="projects"),
        PermissionSet(name="ContainerRegistryFullAccess", scope_type="projects"),
    ]
    weekdays = "request.time.getDayOfWeek('Europe/Paris') in [1, 2, 3, 4, 5]"
    office = "request.ip == '203.0.113.7'"
    # The principal of a policy, its name, and its rules: the sets, the scopes and the condition.
    policies: list[tuple[str, str, list[tuple[list[int], list[Scope], str]]]] = [
        (
            "admins",
            "administration",
            [([0, 1, 2], ["organization"], office), ([3], ["all projects"], office)],
        ),
        ("devs", "development", [([5, 6, 7, 8, 10], [0, 2, 4], ""), ([4], ["all projects"], "")]),
        ("devs", "registry", [([10], [0], "")]),
        ("on-call", "operations", [([5, 6, 8], [3], weekdays), ([9], [3, 4], "")]),
        ("alice@example.com", "alice-data", [([7, 8], [1], "")]),
        ("bob@example.com", "bob-billing", [([2], ["organization"], "")]),
        ("backup", "backup", [([7], [1, 3], "")]),
        ("deploy", "deployment", [([6, 10], [2, 3, 4], ""), ([9], [3], office)]),
    ]
    members = {
        "admins": ["dave@example.com"],
        "devs": ["alice@example.com", "bob@example.com", "carol@example.com"],
        "on-call": ["alice@example.com", "dave@example.com"],
    }
    index = {principal.name: number for number, principal in enumerate(principals)}
    grants: dict[tuple[int, int, Scope, str], list[Path]] = {
        (0, 0, "organization", ""): [],
        (0, 3, "all projects", ""): [],
    }
    for target, policy, rules in policies:
        for number, (set_indexes, scopes, condition) in enumerate(rules, 1):
            for permission_set in set_indexes:
                for scope in scopes:
                    for holder in (target, *members.get(target, ())):
                        path = Path(None if holder == target else target, policy, number)
                        key = (index[holder], permission_set, scope, condition)
                        grants.setdefault(key, []).append(path)
    return PageData(
        as_of="2026-11-29T22:40:00Z",
        organization=Organization(id="7d3c9a52-1f44-4b0e-8a34-0d6f5e7c0001", name="Example"),
        principals=principals,
        projects=projects,
        sets=sets,
        grants=[
            Grant(principal, permission_set, (scope,), condition, tuple(paths))
            for (principal, permission_set, scope, condition), paths in grants.items()
        ],
        unknown=[
            "The bucket policies of Object Storage are not part of the IAM API: they may allow or deny more.",
            'The permission set "QuantumFullAccess" is newer than the catalogue of this release.',
        ],
        orphans=["old"],
    )


def hostile_page() -> PageData:
    """Return an organization in which every text is hostile, with one grant for each principal."""
    numbers = range(len(HOSTILE))
    return PageData(
        as_of=HOSTILE[0],
        organization=Organization(id=HOSTILE[1], name=HOSTILE[0]),
        principals=[
            Principal(id=f"{number}{name}", noun="user", name=name, notes=(name,))
            for number, name in enumerate(HOSTILE)
        ],
        projects=[Project(id=f"{number}{name}", name=name) for number, name in enumerate(HOSTILE)],
        sets=[PermissionSet(name=name, scope_type=name, includes=(name,)) for name in HOSTILE],
        grants=[
            Grant(
                number,
                number,
                (number,),
                HOSTILE[number],
                (Path(HOSTILE[number], HOSTILE[number], 1),),
            )
            for number in numbers
        ],
        unknown=HOSTILE,
        orphans=HOSTILE,
    )
