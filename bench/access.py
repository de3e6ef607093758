"""Benchmark of the model of access: 500 principals, 200 permission sets, 50 projects.

    python bench/access.py [--principals 500] [--projects 50] [--policies 600]

Prints the CPU time and the memory for all verdicts, and for the paths of all principals. The limits are 2 seconds
and 300 MB.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import resource
import sys
import time
from random import Random

from pulumi_scw_iam.access.model import Access, SetIndex
from pulumi_scw_iam.access.world import Application, Group, Policy, Project, Rule, User, World
from pulumi_scw_iam.common.permission_sets import bundled

SECONDS, MEGABYTES = 2, 300


def organization(dice: Random, principals: int, projects: int, policies: int) -> World:
    """Return a large organization: each principal has some policies, and is in some groups."""
    users = [f"u{number}" for number in range(principals // 2)]
    applications = [f"a{number}" for number in range(principals - len(users))]
    groups = [
        Group(
            id=f"g{number}",
            name=f"group {number}",
            user_ids=frozenset(dice.sample(users, len(users) // 10)),
            application_ids=frozenset(dice.sample(applications, len(applications) // 10)),
        )
        for number in range(50)
    ]
    project_ids = [f"p{number}" for number in range(projects)]
    by_type = {
        kind: [name for name, entry in bundled().by_name.items() if entry.scope_type == kind]
        for kind in ("organization", "projects")
    }

    def rule() -> Rule:
        kind = "organization" if dice.random() < 0.1 else "projects"
        limited = kind == "projects" and dice.random() < 0.8
        return Rule(
            permission_sets=tuple(dice.sample(by_type[kind], dice.randint(1, 20))),
            project_ids=frozenset(dice.sample(project_ids, dice.randint(1, projects)))
            if limited
            else None,
            condition="request.ip == '203.0.113.7'" if dice.random() < 0.2 else "",
        )

    def policy(number: int) -> Policy:
        kind, ids = dice.choice(
            [
                ("user_id", users),
                ("application_id", applications),
                ("group_id", [group.id for group in groups]),
            ]
        )
        rules = tuple(rule() for _ in range(dice.randint(1, 5)))
        principal = {kind: dice.choice(ids)}
        return Policy(
            id=f"y{number}",
            name=f"policy {number}",
            rules=rules,
            user_id=principal.get("user_id", ""),
            application_id=principal.get("application_id", ""),
            group_id=principal.get("group_id", ""),
        )

    return World(
        users=tuple(User(id=one, username=one, type="member") for one in users),
        applications=tuple(Application(id=one, name=one) for one in applications),
        groups=tuple(groups),
        policies=tuple(policy(number) for number in range(policies)),
        projects=tuple(Project(id=one, name=one) for one in project_ids),
    )


def main() -> int:
    """Measure, print, and return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--principals", type=int, default=500)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--policies", type=int, default=600)
    options = parser.parse_args()
    dice = Random(20)  # noqa: S311 - not for secrets
    world = organization(dice, options.principals, options.projects, options.policies)
    start = time.process_time()
    access = Access(world, SetIndex(world))
    verdicts = [access.effective(one) for one in access.principals]
    bits = sum(
        one.masks(project.id).yes.bit_count() for one in verdicts for project in world.projects
    )
    whole = time.process_time() - start
    paths = sum(1 for _ in access.grants())
    after = time.process_time() - start
    who = len(access.who("InstancesReadOnly", "p0"))
    end = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    triples = len(access.principals) * len(access.index.names) * len(world.projects)
    print(f"{bits} of {triples} triples are granted: {whole:.2f} s")
    print(f"{paths} paths: {after - whole:.2f} s")
    print(f"{who} answers about one permission set: {end - after:.2f} s")
    print(f"all: {end:.2f} s, {memory:.0f} MB")
    return 0 if end < SECONDS and memory < MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
