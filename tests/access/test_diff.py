"""The comparison of two worlds, and the command `access diff`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.access.change_wording import comparison_json, comparison_lines
from pulumi_scw_iam.access.changes import Kind, Level, Severity, Unclear, compare, judged
from pulumi_scw_iam.access.model import Access, Verdict
from pulumi_scw_iam.access.world import Group, Policy, Principal, Project, Rule, User, World
from tests.access.brute import SETS, holds, includes, random_world, type_of

if TYPE_CHECKING:
    from pulumi_scw_iam.access.changes import Comparison

NAMES = tuple(name for name in SETS if not name.startswith("ObjectStorage"))
"""The doubt about buckets is in both worlds, so no comparison has it."""
CONDITIONS = ("", "", 'request.ip == "203.0.113.7"', 'request.ip == "203.0.113.8"')
NO = Level()
ALICE = User(id="u1", username="alice", type="member")
BOB = User(id="u2", username="bob", type="member")
OPS = Policy(id="y1", name="ops", group_id="g1")
DEVS = Group(id="g1", name="devs", user_ids=frozenset({"u1"}))
PROD = Project(id="p1", name="prod")


def world(*rules: Rule, **facts: Any) -> World:
    """Return alice in the group devs, which has the policy ops."""
    usual = World(
        users=(ALICE,),
        groups=(DEVS,),
        projects=(PROD,),
        policies=(replace(OPS, rules=rules),),
        source="a file",
    )
    return replace(usual, **facts)


def lines(before: World, after: World, *unclear: Unclear) -> list[str]:
    return list(comparison_lines(compare(before, after, unclear)))[1:]


def worlds_of(seed: int) -> tuple[World, World]:
    """Return two random worlds with the same principals, which may be missing in either."""
    dice = Random(seed)
    one, other = random_world(dice), random_world(dice)
    return tuple(_prepared(each, dice) for each in (one, other))  # type: ignore[return-value]


def _prepared(drawn: World, dice: Random) -> World:
    """Return a world with different conditions, without gaps, and with the type of each user."""
    policies = tuple(
        policy
        if policy.rules is None
        else replace(
            policy,
            rules=tuple(replace(rule, condition=dice.choice(CONDITIONS)) for rule in policy.rules),
        )
        for policy in drawn.policies
    )
    users = tuple(user if user.type else replace(user, type="member") for user in drawn.users)
    return replace(drawn, policies=policies, users=users, gaps=(), permission_sets={})


def level(one: World, who_id: str, name: str, project: str) -> Level:
    """Return the level of one right, by a second evaluation."""
    everyone: tuple[Principal, ...] = (*one.users, *one.applications, *one.groups)
    everybody = {who.id: who for who in everyone}
    who = everybody.get(who_id)
    if who is None or (isinstance(who, User) and who.locked):
        return NO
    if isinstance(who, User) and who.type == "owner":
        return Level(Verdict.YES)
    given_yes, given_if, doubt = False, set(), False
    for policy in one.policies:
        has = holds(one, who, policy)
        if has == "no":
            continue
        doubt |= policy.rules is None
        for rule in policy.rules or ():
            sure, open_ = of_rule(one, rule, name, project)
            doubt |= open_ or (sure and has == "perhaps")
            if sure and has == "yes":
                if not rule.condition and "condition" not in rule.unknown:
                    given_yes = True
                given_if |= {rule.condition} | ({""} if "condition" in rule.unknown else set())
    if given_yes:
        return Level(Verdict.YES)
    if given_if:
        return Level(Verdict.ONLY_IF, frozenset(given_if), doubt)
    return Level(Verdict.CANNOT_TELL) if doubt else NO


def of_rule(one: World, rule: Rule, name: str, project: str) -> tuple[bool, bool]:
    """Return whether a rule certainly gives a permission set in a project, and whether it may."""
    is_of_organization = type_of(one, name) == "organization"
    in_scope = rule.project_ids is None or project in rule.project_ids
    if is_of_organization and rule.project_ids:
        in_scope = True
    is_scope_open = "project_ids" in rule.unknown
    sure, open_ = False, "permission_sets" in rule.unknown and (in_scope or is_scope_open)
    for held in rule.permission_sets:
        included = includes(one, held, name)
        if included == "no":
            continue
        if rule.project_ids is not None and type_of(one, held) == "organization":
            open_ = True
        elif included == "yes" and in_scope:
            sure = True
            open_ |= is_scope_open
        else:
            open_ |= in_scope or is_scope_open
    return sure, open_


def found_in(comparison: Comparison) -> dict[tuple[str, str, str], tuple[Level, Level]]:
    """Return the levels of each changed right: a principal, a permission set and a project."""
    projects = ("p0", "p1", "p2", "another")
    found = {}
    for entry in comparison.entries:
        for change in entry.all_changes:
            ids = change.project_ids or set(projects) - change.except_ids
            for name in set(change.permission_sets) & set(NAMES):
                for project in ids:
                    key = (change.principal.id, name, project)
                    assert key not in found or change.project_ids is not None
                    found[key] = (change.before, change.after)
    return found


@given(st.integers(min_value=0))
def test_a_comparison_is_that_of_each_single_right(seed: int) -> None:
    before, after = worlds_of(seed)
    comparison = compare(before, after)
    expected = {}
    everybody = Access(before).principals.keys() | Access(after).principals.keys()
    for who in everybody:
        for name in NAMES:
            # A permission set that is in no list and in no rule has no bit.
            is_known = name in comparison.after.index.bits
            for project in ("p0", "p1", "p2", "another") * is_known:
                pair = level(before, who, name, project), level(after, who, name, project)
                if pair[0] != pair[1]:
                    expected[who, name, project] = pair
    found = found_in(comparison)
    assert {key: found.get(key) for key in found.keys() | expected.keys()} == {
        key: expected.get(key) for key in found.keys() | expected.keys()
    }
    for entry in comparison.entries:
        for change in entry.all_changes:
            kind, severity = judged(change.before, change.after) or (None, None)
            assert change.kind is kind
            leads = severity is Severity.BROADENING and change.escalation
            assert change.severity is (Severity.ESCALATION if leads else severity)


@given(st.integers(min_value=0))
def test_a_world_has_no_change_to_itself(seed: int) -> None:
    for one in worlds_of(seed):
        comparison = compare(one, one)
        assert comparison.is_empty
        assert comparison.severity is None
        assert not any(comparison.exceeds(limit) for limit in ("broadening", "escalation", "any"))


@given(st.integers(min_value=0))
def test_the_reverse_comparison_swaps_gained_and_lost(seed: int) -> None:
    before, after = worlds_of(seed)
    swapped = {Kind.GAINED: Kind.LOST, Kind.LOST: Kind.GAINED}
    there, back = compare(before, after), compare(after, before)
    assert found_in(back) == {key: pair[::-1] for key, pair in found_in(there).items()}

    def kinds(comparison: Comparison) -> set[tuple[Any, ...]]:
        return {
            (one.principal.id, name, one.project_ids, one.except_ids, one.kind)
            for entry in comparison.entries
            for one in entry.all_changes
            for name in one.permission_sets
        }

    assert kinds(back) == {(*rest, swapped.get(kind, kind)) for *rest, kind in kinds(there)}


@given(st.integers(min_value=0))
def test_every_random_change_has_sentences_and_json(seed: int) -> None:
    comparison = compare(*worlds_of(seed))
    content = comparison_json(comparison)
    assert json.loads(json.dumps(content)) == content
    printed = "\n".join(comparison_lines(comparison))
    assert all(change["sentence"] in printed for change in content["changes"])


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (NO, Level(Verdict.CANNOT_TELL), "cannot tell"),
        (Level(Verdict.CANNOT_TELL), NO, "narrowing"),
        (Level(Verdict.YES), Level(Verdict.CANNOT_TELL), "narrowing"),
        (Level(Verdict.CANNOT_TELL), Level(Verdict.YES), "cannot tell"),
        (Level(Verdict.ONLY_IF, frozenset("a")), Level(Verdict.CANNOT_TELL), "cannot tell"),
        (
            Level(Verdict.ONLY_IF, frozenset("ab")),
            Level(Verdict.ONLY_IF, frozenset("a")),
            "narrowing",
        ),
        (
            Level(Verdict.ONLY_IF, frozenset("a")),
            Level(Verdict.ONLY_IF, frozenset("ab")),
            "broadening",
        ),
        (
            Level(Verdict.ONLY_IF, frozenset("a")),
            Level(Verdict.ONLY_IF, frozenset("b")),
            "broadening",
        ),
        (Level(Verdict.ONLY_IF, frozenset("a")), Level(Verdict.YES), "broadening"),
        (Level(Verdict.YES), Level(Verdict.ONLY_IF, frozenset("a")), "narrowing"),
        (
            Level(Verdict.ONLY_IF, frozenset("a")),
            Level(Verdict.ONLY_IF, frozenset({""})),
            "cannot tell",
        ),
        (
            Level(Verdict.ONLY_IF, frozenset("a")),
            Level(Verdict.ONLY_IF, frozenset("a"), may_be_more=True),
            "cannot tell",
        ),
        (
            Level(Verdict.ONLY_IF, frozenset("a"), may_be_more=True),
            Level(Verdict.ONLY_IF, frozenset("a")),
            "narrowing",
        ),
    ],
)
def test_the_severity_of_a_change_is_never_too_low(
    before: Level, after: Level, verdict: str
) -> None:
    assert (judged(before, after) or (None, None))[1] is Severity(verdict)


RULE = Rule(
    permission_sets=("InstancesFullAccess",), project_ids=frozenset({"p1"}), condition="c()"
)
GAIN = (
    "InstancesFullAccess, which may include InstancesServerSerialConsoleAccess, on project prod,"
    " through group devs, policy ops, rule 1"
)


def test_equal_changes_of_many_principals_are_one_sentence_with_its_path() -> None:
    both = {"users": (ALICE, BOB), "groups": (replace(DEVS, user_ids=frozenset({"u1", "u2"})),)}
    people = "3 principals (user:alice, user:bob and group:devs)"
    assert lines(world(**both), world(RULE, **both)) == [
        f"broadening: {people} gain {GAIN}, only if c()"
    ]
    assert lines(world(RULE, **both), world(**both)) == [f"narrowing: {people} lose {GAIN}"]


ADMIN = Rule(permission_sets=("IAMManager",))
IAM = "IAMManager on the organization, through group devs, policy ops, rule 1"
DEVS_AND_ALICE = "2 principals (user:alice and group:devs)"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (world(), world(ADMIN), [f"escalation: {DEVS_AND_ALICE} gain {IAM}; leads to any right"]),
        (
            world(ADMIN, users=(ALICE, BOB)),
            world(
                ADMIN,
                users=(ALICE, BOB),
                groups=(replace(DEVS, user_ids=frozenset({"u2"})),),
            ),
            [
                f"escalation: user:bob gains {IAM}; leads to any right",
                f"narrowing: user:alice loses {IAM}",
            ],
        ),
        (
            world(replace(ADMIN, condition="a()")),
            world(ADMIN),
            [
                f"escalation: {DEVS_AND_ALICE} have {IAM}, without a condition (before: only if a());"
                " leads to any right"
            ],
        ),
        (
            world(ADMIN),
            world(replace(ADMIN, condition="a()")),
            [f"narrowing: {DEVS_AND_ALICE} have {IAM}, only if a() (before: without a condition)"],
        ),
        (
            world(replace(ADMIN, condition="a()")),
            world(replace(ADMIN, condition="b()")),
            [
                f"escalation: {DEVS_AND_ALICE} have {IAM}, only if b() (before: only if a());"
                " leads to any right"
            ],
        ),
        (
            world(ADMIN, users=(replace(ALICE, locked=True),)),
            world(ADMIN),
            [
                f"escalation: user:alice gains {IAM}, because the user is unlocked;"
                " leads to any right"
            ],
        ),
        (
            world(ADMIN),
            world(ADMIN, users=(replace(ALICE, locked=True),)),
            [f"narrowing: user:alice loses {IAM}, because the user is locked"],
        ),
        (
            world(ADMIN),
            world(policies=(Policy(id="y1", name="ops", rules=(ADMIN,)),)),
            [
                f"narrowing: {DEVS_AND_ALICE} lose {IAM}",
                "# policy ops has no principal after the change, so no effect",
            ],
        ),
        (
            world(),
            world(replace(ADMIN, permission_sets=(), unknown=frozenset({"permission_sets"}))),
            [
                f"cannot tell: {DEVS_AND_ALICE} may gain many permission sets on all projects:"
                " permission sets are not known yet (policy ops, rule 1); this may lead to any right"
            ],
        ),
        (
            world(users=(ALICE, BOB)),
            world(users=(ALICE, replace(BOB, type="owner"))),
            [
                "escalation: user:bob gains all permission sets, through the ownership of the"
                " organization; leads to any right"
            ],
        ),
        # A second path, another order and another name are no change.
        (
            world(ADMIN),
            world(policies=(replace(OPS, name="x", rules=(RULE, ADMIN)), replace(OPS, id="y2"))),
            [f"broadening: {DEVS_AND_ALICE} gain {GAIN.replace('ops', 'x')}, only if c()"],
        ),
    ],
)
def test_a_change_is_one_sentence(before: World, after: World, expected: list[str]) -> None:
    found = [re.sub(r"\d\d+ permission", "many permission", line) for line in lines(before, after)]
    assert found == expected


def test_a_name_with_spaces_or_control_characters_is_quoted() -> None:
    alice = replace(ALICE, username="alice loses all\n\x1b[0m")
    found = lines(world(users=(alice,)), world(ADMIN, users=(alice,)))
    who = r'user:"alice loses all\n\u001b[0m"'
    assert found == [
        f"escalation: 2 principals ({who} and group:devs) gain {IAM}; leads to any right"
    ]
