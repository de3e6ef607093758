"""`access diff` of a plan is `access diff` of the organization before and after that `up`.

ACCESS_EDITS is the number of random edits for each front, and FUZZ_SEED their seed.
"""

from __future__ import annotations

import json
import os
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.changes import compare
from pulumi_scw_iam.access.live import live_world
from pulumi_scw_iam.access.plan import joined_worlds, unlisted, worlds_of_plan
from pulumi_scw_iam.states.preview import parse_preview
from pulumi_scw_iam.states.resources import parse_resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.access.changes import Comparison
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

EDITS = int(os.environ.get("ACCESS_EDITS", "6"))
SEED = os.environ.get("FUZZ_SEED", "20")
CONDITIONS = ("", "", 'request.ip == "203.0.113.7"', 'request.ip == "203.0.113.8"')
PROJECT_SETS = ("InstancesFullAccess", "InstancesReadOnly", "AllProductsFullAccess", "IPAMReadOnly")
ORGANIZATION_SETS = ("IAMManager", "IAMReadOnly", "IAMGroupManager", "BillingReadOnly")

Program = dict[str, dict[str, Any]]
"""The declarations of a program, by name of the resource: `kind`, and the facts of that kind."""


class Editor:
    """Random programs, and random edits of them."""

    def __init__(self, dice: Random, projects: list[str]) -> None:
        self.dice = dice
        self.projects = projects
        self.count = 0

    def new(self, kind: str, program: Program) -> tuple[str, dict[str, Any]]:
        """Return a new declaration with its name."""
        self.count += 1
        facts: dict[str, Any] = {"kind": kind, "label": f"{kind.lower()}-{self.count}", "alias": ""}
        if kind == "User":
            facts["locked"] = self.dice.random() < 0.2
        elif kind == "Group":
            for field, member in (("user_ids", "User"), ("application_ids", "Application")):
                facts[field] = self.members(program, member) if self.dice.random() < 0.7 else None
            facts["is_whole"] = self.dice.random() < 0.1
        elif kind == "Policy":
            facts |= {"principal": self.principal(program), "rules": self.rules()}
            facts["is_hidden"] = False
        return f"{kind[0].lower()}{self.count}", facts

    def of(self, program: Program, *kinds: str) -> list[str]:
        return [name for name, facts in program.items() if facts["kind"] in kinds]

    def members(self, program: Program, kind: str) -> list[str]:
        names = self.of(program, kind)
        return self.dice.sample(names, self.dice.randint(0, min(3, len(names))))

    def principal(self, program: Program) -> str:
        names = self.of(program, "User", "Application", "Group", "Group")
        groups = self.of(program, "Group")
        return "" if self.dice.random() < 0.1 or not names else self.dice.choice(names + groups)

    def rules(self) -> list[dict[str, Any]]:
        return [self.rule() for _ in range(self.dice.randint(0, 3))]

    def rule(self) -> dict[str, Any]:
        if self.dice.random() < 0.3:
            names = self.dice.sample(ORGANIZATION_SETS, self.dice.randint(1, 2))
            scope: dict[str, Any] = {"organization_id": True}
        else:
            names = self.dice.sample(PROJECT_SETS, self.dice.randint(1, 2))
            some = self.dice.sample(self.projects, self.dice.randint(1, 2))
            scope = self.dice.choice(({"project_ids": some}, {"all_projects": True}))
        condition = self.dice.choice(CONDITIONS)
        return {
            "permission_set_names": names,
            **scope,
            **({"condition": condition} if condition else {}),
        }

    def first(self) -> Program:
        program: Program = {}
        for kind in ("User", "User", "Application", "Group", "Group", "Policy", "Policy"):
            name, facts = self.new(kind, program)
            program[name] = facts
        return program

    def edited(self, program: Program) -> Program:
        """Return the program after some edits."""
        edited = deepcopy(program)
        for facts in edited.values():
            facts["alias"] = ""
        for _ in range(self.dice.randint(1, 4)):
            self.dice.choice(
                (
                    self.add,
                    self.add,
                    self.add,
                    self.drop,
                    self.change,
                    self.change,
                    self.rename,
                    self.join,
                )
            )(edited)
        return self.sound(edited)

    def add(self, program: Program) -> None:
        kind = self.dice.choice(("User", "Application", "Group", "Policy", "Policy"))
        if len(self.of(program, kind)) < 5:
            name, facts = self.new(kind, program)
            program[name] = facts
            groups = [
                one for one in self.of(program, "Group") if program[one]["user_ids"] is not None
            ]
            if kind == "User" and groups and self.dice.random() < 0.7:
                program[self.dice.choice(groups)]["user_ids"].append(name)

    def drop(self, program: Program) -> None:
        if len(program) > 6:
            del program[self.dice.choice(list(program))]

    def change(self, program: Program) -> None:
        facts = program[self.dice.choice(list(program))]
        match facts["kind"]:
            case "User":
                facts["locked"] = not facts["locked"]
            case "Group":
                field = self.dice.choice(("user_ids", "application_ids"))
                kind = "User" if field == "user_ids" else "Application"
                facts[field] = self.members(program, kind) if self.dice.random() < 0.8 else None
            case "Policy":
                what = self.dice.choice(("rules", "rules", "principal", "is_hidden"))
                if what == "is_hidden":
                    facts["is_hidden"] = self.dice.random() < 0.5
                elif what == "rules":
                    facts["rules"] = (
                        [*facts["rules"], self.rule()] if self.dice.random() < 0.5 else self.rules()
                    )
                else:
                    facts["principal"] = self.principal(program)
            case "Application":
                facts["label"] += "x"
            case "GroupMembership":
                # A membership cannot change, so the engine replaces it.
                facts["member"] = self.dice.choice(self.of(program, "User", "Application"))

    def rename(self, program: Program) -> None:
        """Rename a resource, with an alias of its old name."""
        name = self.dice.choice(list(program))
        if program[name]["kind"] == "GroupMembership" or program[name]["alias"]:
            return
        self.count += 1
        new = f"{name[0]}{self.count}"
        program[new] = {**program.pop(name), "alias": name}
        for facts in program.values():
            for field in ("user_ids", "application_ids"):
                if facts.get(field):
                    facts[field] = [new if one == name else one for one in facts[field]]
            for field in ("principal", "group", "member"):
                if facts.get(field) == name:
                    facts[field] = new

    def join(self, program: Program) -> None:
        """Add a member to a group whose list is not managed."""
        for group in self.of(program, "Group"):
            for field, kind in (("user_ids", "User"), ("application_ids", "Application")):
                members = self.of(program, kind)
                if program[group][field] is None and members:
                    self.count += 1
                    program[f"m{self.count}"] = {
                        "kind": "GroupMembership",
                        "alias": "",
                        "group": group,
                        "member": self.dice.choice(members),
                    }
                    return

    def sound(self, program: Program) -> Program:
        """Return the program without references to removed resources."""
        kept: Program = {}
        seen = set()
        for name, facts in program.items():
            if facts["kind"] == "GroupMembership":
                group, member = facts["group"], facts["member"]
                if group not in program or member not in program or (group, member) in seen:
                    continue
                seen.add((group, member))
                field = "user_ids" if program[member]["kind"] == "User" else "application_ids"
                if program[group][field] is not None:
                    continue
            for field in ("user_ids", "application_ids"):
                if facts.get(field):
                    facts[field] = list(
                        dict.fromkeys(one for one in facts[field] if one in program)
                    )
            if facts.get("principal") and facts["principal"] not in program:
                facts["principal"] = ""
            kept[name] = facts
        return kept


def text_of(program: Program, organization_id: str) -> str:
    """Return a program in Python."""
    order = ("User", "Application", "Group", "GroupMembership", "Policy")
    lines = []
    for name, facts in sorted(program.items(), key=lambda item: order.index(item[1]["kind"])):
        alias = f"pulumi.ResourceOptions(aliases=[pulumi.Alias(name={facts['alias']!r})])"
        given = {"opts": alias if facts["alias"] else "None"}
        match facts["kind"]:
            case "User":
                given |= {
                    "username": repr(facts["label"]),
                    "email": repr(f"{facts['label']}@example.com"),
                }
                given["locked"] = repr(facts["locked"])
            case "Application":
                given["name"] = repr(facts["label"])
            case "Group":
                given["name"] = repr(facts["label"])
                for field in ("user_ids", "application_ids"):
                    if facts[field] is not None:
                        members = ", ".join(f"{one}.id" for one in facts[field])
                        # With a new member, the whole list of an output is unknown.
                        is_whole = facts["is_whole"] and members
                        given[field] = (
                            f"pulumi.Output.all({members})" if is_whole else f"[{members}]"
                        )
            case "GroupMembership":
                member = "user" if program[facts["member"]]["kind"] == "User" else "application"
                given |= {
                    "group_id": f"{facts['group']}.id",
                    f"{member}_id": f"{facts['member']}.id",
                }
            case "Policy":
                given["name"] = repr(facts["label"])
                rules = [
                    {
                        **rule,
                        **(
                            {"organization_id": organization_id}
                            if "organization_id" in rule
                            else {}
                        ),
                    }
                    for rule in facts["rules"]
                ]
                given["rules"] = (
                    f"pulumi.Output.secret({rules!r})" if facts["is_hidden"] else repr(rules)
                )
                if facts["principal"]:
                    noun = program[facts["principal"]]["kind"].lower()
                    given[f"{noun}_id"] = f"{facts['principal']}.id"
                else:
                    given["no_principal"] = "True"
        arguments = ", ".join(f"{key}={value}" for key, value in given.items())
        lines.append(f"{name} = iam.{facts['kind']}({name!r}, {arguments})")
    return "\n".join(lines) + "\n"


def triples(comparison: Comparison, real: Callable[[str], str]) -> set[tuple[Any, ...]]:
    """Return the changes of single rights, with the ids that new objects have after the `up`."""
    found = set()
    for entry in comparison.entries:
        for change in entry.all_changes:
            scopes: list[tuple[str | None, frozenset[str]]] = [(None, change.except_ids)]
            if change.project_ids is not None:
                scopes = [(one, frozenset()) for one in change.project_ids]
            for name in change.permission_sets:
                for project_id, excepted in scopes:
                    who = real(change.principal.id)
                    found.add((who, name, project_id, excepted, change.before, change.after))
    return found


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_the_diff_of_a_plan_is_the_diff_of_before_and_after_its_up(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    organization_id = iam.default_organization_id
    iam_emulator.seed({"projects": [{"name": "prod"}, {"name": "dev"}]})
    projects = [one["id"] for one in iam.list_projects()]
    editor = Editor(Random(f"{SEED}/{stack.front}"), projects)
    program = editor.sound(editor.first())
    before = live_world(iam, organization_id)
    counts = {"hidden": 0, "alone": 0, "new": 0, "changed": 0}
    for number in range(EDITS):
        stack.write(text_of(program, organization_id))
        run = stack.pulumi("preview", "--json", "--show-sames", "--non-interactive")
        parsed = json.loads(run.output[run.output.index("{") :])
        assert unlisted(parsed) == 0
        plan = worlds_of_plan(parse_preview("plan.json", parsed), as_of="2030-01-01T00:00:00Z")
        stack.up()
        after = live_world(iam, organization_id)
        ids = {one.urn: one.id for one in parse_resources("state", stack.state_text().encode())}

        def real(name: str, ids: dict[str, str] = ids) -> str:
            return ids.get(name, name)

        joined = compare(before, joined_worlds(before, plan.before, plan.after), plan.unclear)
        actual = triples(compare(before, after), real)
        detail = (SEED, stack.front, number, text_of(program, organization_id))
        is_hidden = any(
            facts.get("is_hidden") or facts.get("is_whole") for facts in program.values()
        )
        if is_hidden:
            # What a preview hides is a doubt, so the diff of the plan is never below the actual one.
            counts["hidden"] += 1
            assert compare(before, after).exceeds("broadening") <= joined.exceeds("broadening"), (
                detail
            )
        else:
            assert triples(joined, real) == actual, detail
            assert plan.unclear == (), detail
        if not is_hidden and all(
            one.users_known and one.applications_known for one in plan.after.groups
        ):
            counts["alone"] += 1
            assert triples(compare(plan.before, plan.after), real) == actual, detail
        counts["changed"] += bool(actual)
        counts["new"] += any(key.startswith("urn:") for key in joined.after.principals)
        before = after
        program = editor.edited(program)
    run = stack.pulumi("preview", "--json", "--non-interactive")
    assert unlisted(json.loads(run.output[run.output.index("{") :])) == len(stack.resources())
    print(counts)  # noqa: T201 - shown with -s, for runs with many edits
    assert min(counts["new"], counts["changed"]) > 0
