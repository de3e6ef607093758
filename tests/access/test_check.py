"""The command `pulumi-scw-iam access check`: expectations, violations, and wrong files."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.access.checking import check, result_lines
from pulumi_scw_iam.access.expectations import (
    ANY_RIGHT,
    ExpectationError,
    parse_expectations,
)
from pulumi_scw_iam.access.model import Access, Verdict
from pulumi_scw_iam.access.snapshot import SCHEMA
from pulumi_scw_iam.access.world import Group, User
from pulumi_scw_iam.common.permission_sets import ESCALATION
from pulumi_scw_iam.common.words import shown
from tests.access.brute import SETS, expected, random_world
from tests.access.organization import plain
from tests.support.snippets import snippets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_scw_iam.access.checking import Result
    from pulumi_scw_iam.access.expectations import Problem
    from pulumi_scw_iam.access.world import World
    from pulumi_scw_iam.emulator import Emulator
    from tests.access.organization import Run
    from tests.support.local_api import Iam

PAGE = "docs/guide/access-check.md"
FORM = "write - deny: {who: group:devs, set: IAMManager}"


@pytest.fixture
def checked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that checks the text of a file: the status, and the lines of both streams."""
    monkeypatch.chdir(tmp_path)

    def checking(text: str | bytes, *options: str) -> tuple[int, list[str], list[str]]:
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "access.yaml").write_bytes(content)
        return run("check", "access.yaml", *options)

    return checking


def test_the_file_and_the_command_of_access_check_md_print_what_the_page_shows(
    emulator: Emulator, checked: Run
) -> None:
    emulator.seed({"groups": [{"name": "admins"}]})
    (file,) = (one.text for one in snippets(PAGE) if one.language == "yaml")
    (console,) = (
        plain(one.text).splitlines() for one in snippets(PAGE) if one.language == "console"
    )
    assert console[0] == "$ pulumi-scw-iam access check access.yaml"
    assert checked(file) == (3, console[1:], [])
    (wrong,) = (plain(one.text).splitlines() for one in snippets(PAGE) if one.language == "text")
    entry = "- deny: {who: group:devs, set: IAMManager}\n"
    bad = f"# wrong\n{entry.replace('set:', 'sets:')}"
    assert checked(bad)[2][0] == f"pulumi-scw-iam: {wrong[0]}"
    bad = f"{entry}{entry}{entry.replace('devs', 'dev')}"
    assert checked(bad) == (1, [], [f"pulumi-scw-iam: {wrong[1]}"])


def test_expectations_that_hold_are_one_line(emulator: Emulator, checked: Run) -> None:
    del emulator
    text = """
- deny: {who: group devs, set: IAMManager}
- deny: {who: [group:devs, application:ci], set: [IAM*, Billing*, any right]}
- deny: {who: everyone, but: owner, set: OrganizationManager}
- allow: {who: user:alice, set: [InstancesReadOnly, InstancesFullAccess], project: prod, only_if: accepted}
- allow: {who: application:ci, set: IPAMReadOnly, project: [prod]}
- deny: {who: user:alice, set: InstancesReadOnly, project: [prod, dev], only_if: accepted}
- deny: {who: application:ci, set: ObjectStorage*, cannot_tell: accepted}
"""
    assert checked(text) == (0, ["# 7 expectations, no violation"], [])
    assert checked("- deny: {who: group devs, set: IAMManager}")[1] == [
        "# 1 expectation, no violation"
    ]


def test_a_violation_has_each_path_and_the_reason(emulator: Emulator, checked: Run) -> None:
    emulator.seed(
        {
            "policies": [
                {
                    "name": "k8s",
                    "application": "ci",
                    "rules": [{"permission_set_names": ["KubernetesFullAccess"]}],
                },
                {
                    "name": "wide",
                    "application": "ci",
                    "rules": [
                        {"permission_set_names": ["AllProductsFullAccess"], "projects": ["dev"]}
                    ],
                },
            ]
        }
    )
    text = """
- deny: {who: user:alice, set: Instances*, project: prod}
  because: alice left the team
- deny: {who: application:ci, set: "Instances*", project: [prod, dev]}
- deny: {who: application:ci, set: KubernetesSystemMastersGroupAccess, project: prod}
- deny: {who: everyone, but: user:bob, set: any right}
- allow: {who: user:alice, set: [InstancesReadOnly, IPAMReadOnly], project: prod}
"""
    condition = 'only if request.ip == "203.0.113.7"'
    masters = "KubernetesSystemMastersGroupAccess"
    assert checked(text) == (
        3,
        [
            "access.yaml:2: deny user:alice: Instances* on project prod; because alice left the team",
            "  user:alice has InstancesFullAccess on project prod through group devs, policy ops, rule 1,"
            f" {condition}",
            "access.yaml:4: deny application:ci: Instances* on projects prod and dev",
            "  application:ci has InstancesReadOnly, InstancesFullAccess, InstancesImageCreate and 43 more"
            " on project dev through policy wide, rule 1, included in AllProductsFullAccess",
            f"access.yaml:5: deny application:ci: {masters} on project prod",
            f"  cannot tell whether application:ci has {masters}, so the deny is not proved",
            "    not certain: the documentation does not say whether KubernetesFullAccess includes"
            f" {masters} (policy k8s, rule 1)",
            "access.yaml:6: deny everyone but user:bob: any right",
            "  user:owner@example.com has any right as the owner of the organization",
            "access.yaml:7: allow user:alice: InstancesReadOnly and IPAMReadOnly on project prod",
            "  user:alice has InstancesReadOnly on project prod through group devs, policy ops, rule 1,"
            f" included in InstancesFullAccess, {condition}",
            "    the condition may not hold; write only_if: accepted to accept it",
            "  user:alice does not have IPAMReadOnly on project prod",
            "# 5 of 5 expectations are violated",
        ],
        [],
    )


def test_the_members_of_an_excepted_group_are_excepted_too(
    emulator: Emulator, checked: Run, iam: Iam
) -> None:
    entry = "- deny: {who: everyone, but: [owner, user:bob, %s], set: InstancesFullAccess}"
    sentence = (
        "has InstancesFullAccess on project prod through %spolicy ops, rule 1, only if"
        ' request.ip == "203.0.113.7"'
    )
    title = "access.yaml:1: deny everyone but owner, user:bob and %s: InstancesFullAccess"
    end = "# 1 of 1 expectations is violated"
    assert checked(entry % "group:devs")[0] == 0
    assert checked(entry % "application:ci") == (
        3,
        [
            title % "application:ci",
            f"  user:alice {sentence % 'group devs, '}",
            f"  group:devs {sentence % ''}",
            end,
        ],
        [],
    )
    (alice,) = (one for one in iam.list("/users")["users"] if one["username"] == "alice")
    iam.post(f"/users/{alice['id']}/lock")
    assert checked("- deny: {who: user:alice, set: [InstancesFullAccess, any right]}")[0] == 0
    status, lines, _ = checked("- allow: {who: user:alice, set: InstancesFullAccess}")
    assert (status, lines[1]) == (
        3,
        "  user:alice does not have InstancesFullAccess: the user is locked",
    )
    del emulator


def test_json_has_all_expectations(emulator: Emulator, checked: Run) -> None:
    del emulator
    text = """- deny: {who: user:bob, set: any right}
  because: no reason
- deny: {who: group:devs, set: IAMManager}
"""
    status, lines, _ = checked(text, "--json")
    assert status == 3
    broken, kept = json.loads("\n".join(lines))
    (violation,) = broken.pop("violations")
    assert broken == {
        "line": 1,
        "expectation": "deny user:bob: any right",
        "because": "no reason",
        "holds": False,
    }
    assert (violation["permission_set"], violation["verdict"]) == ("any right", "yes")
    assert [path["leads_to_any_right"] for path in violation["paths"]] == [["IAMUserManager"]]
    assert kept == {
        "line": 3,
        "expectation": "deny group:devs: IAMManager",
        "because": None,
        "holds": True,
        "violations": [],
    }


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [f"1: has no expectations; {FORM}"]),
        ("\n# none\n", [f"1: has no expectations; {FORM}"]),
        ("[]", [f"1: has no expectations; {FORM}"]),
        ("deny: {}", [f"1: not a list of expectations; {FORM}"]),
        (
            "- deny: {\n",
            [f"2: not YAML: expected the node content, but found '<stream end>'; {FORM}"],
        ),
        (b"- \xff", ["1: not YAML: it has a character that YAML does not allow; use UTF-8"]),
        ("[" * 5000, [f"1: not a list of expectations: it is nested too deep; {FORM}"]),
        ("- &a [*a]", [f"1: an expectation is a mapping; {FORM}"]),
        ("- IAMManager", [f"1: an expectation is a mapping; {FORM}"]),
        ("- because: x", ["1: write exactly one of allow and deny; none is there"]),
        ("- deny: {}\n  allow: {}", ["1: write exactly one of allow and deny; both are there"]),
        ("- deny: IAMManager", [f"1: deny needs a mapping; {FORM}"]),
        (
            "- deny: {because: x}",
            ['1: unknown key "because"; use who, but, set, project, only_if or cannot_tell'],
        ),
        ("- denies: {}", ['1: unknown key "denies"; did you mean deny?']),
        ("- {[a]: b}", ["1: unknown key a value that is not a text; use allow, deny or because"]),
        ("- deny: {who: group:devs}", [f"1: deny needs set; {FORM}"]),
        ("- deny: {}", [f"1: deny needs who and set; {FORM}"]),
        (
            "- deny: {who: group:devs, who: owner, set: [], project: {a: b}, only_if: true}",
            ["1: who is there twice; remove one"],
        ),
        (
            "- deny:\n    who: []\n    set: 7\n    project: {a: b}\n    only_if: true\n    cannot_tell: [accepted]",
            [
                "2: who is an empty list; fill or remove it",
                '3: set is not a text: YAML reads "7" as another type; write it in quotes',
                "4: project is not a text; write a text, or a list of texts",
                "5: write only_if: accepted, or remove only_if",
                "6: write cannot_tell: accepted, or remove cannot_tell",
            ],
        ),
        ("- deny: {who: '', set: a}", ["1: who is empty; fill or remove it"]),
        (
            "- deny: {who: [[a]], set: a}",
            ["1: who is not a text; write a text, or a list of texts"],
        ),
        (
            "- deny: {who: a, set: a}\n  because: [x]",
            ["2: because is not a text; write a text"],
        ),
        ("- deny: {who: a, but: b, set: a}", ["1: but needs who: everyone; remove but"]),
        ("- deny: {who: anyone, set: a}", ['1: who does not know "anyone"; write everyone']),
        (
            "- deny: {who: everyone but owner, set: a}",
            ["1: who has the exceptions of everyone; write who: everyone and but: [...]"],
        ),
        (
            "- deny: {who: [everyone, a], set: a}",
            ["1: everyone includes all others; remove the others"],
        ),
        (
            "- allow: {who: a, set: [any right, I*]}",
            [
                '1: allow needs a permission set, not "I*"',
                '1: allow needs a permission set, not "any right"',
            ],
        ),
        (
            "- deny: {who: a, set: any right, project: prod}",
            ['1: "any right" is about the whole organization; remove project'],
        ),
    ],
)
def test_a_malformed_file_is_a_line_per_problem_without_a_call(
    checked: Run, text: str | bytes, problems: list[str]
) -> None:
    # There are no credentials, so a call would fail.
    assert checked(text) == (1, [], [f"pulumi-scw-iam: access.yaml:{line}" for line in problems])


def test_each_name_of_nothing_is_a_line_with_its_cure(emulator: Emulator, checked: Run) -> None:
    del emulator
    text = """
- deny:
    who: [user:alise, devs]
    set: [IAMManger, Instancess*]
    project: test
- deny: {who: everyone, but: group:devz, set: IAMManager, project: prod}
- deny: {who: everyone, set: IAM*, project: prod}
"""
    messages = [
        '3: "devs" is not the id of a principal of organization ID; write user:EMAIL, user:USERNAME,'
        " application:NAME, group:NAME or an id",
        '3: user "alise" is not among the users of organization ID; did you mean "alice"?',
        '4: no permission set matches "Instancess*"; correct the pattern',
        '4: permission set "IAMManger" is not in the API\'s list of TIME; did you mean IAMManager?',
        '5: project "test" is not among the projects of organization ID',
        "6: IAMManager is a permission of the organization, not of a project; remove project",
        '6: group "devz" is not among the groups of organization ID; did you mean "devs"?',
        '7: "IAM*" is a permission of the organization, not of a project; remove project',
    ]
    assert checked(text) == (1, [], [f"pulumi-scw-iam: access.yaml:{line}" for line in messages])


def test_a_list_that_cannot_be_read_is_no_proof(checked: Run, file: Callable[..., str]) -> None:
    world = {
        "schema": SCHEMA,
        "as_of": "2030-01-01T00:00:00Z",
        "users": [{"id": "u", "username": "eve\x1b", "type": "member"}],
        "gaps": [{"noun": "projects", "reason": "could not read the projects: x"}],
    }
    entry = "- deny: {who: everyone, set: IAMManager}\n"
    warning = ["pulumi-scw-iam: could not read the projects: x"]
    options = ("--snapshot", file(world))
    assert checked(entry, *options) == (1, ["# 1 expectation, no violation"], warning)
    world["gaps"] = [{"noun": "policies", "reason": "could not read the policies: x"}]
    status, lines, _ = checked(f'{entry}  because: "a\\eb"\n', "--snapshot", file(world))
    assert (status, lines) == (
        3,
        [
            r"access.yaml:1: deny everyone: IAMManager; because a\u001bb",
            "  cannot tell about all others, so the deny is not proved: could not read the policies: x",
            "# 1 of 1 expectations is violated",
        ],
    )
    allow = "- allow: {who: u, set: IAMManager}"
    assert checked(allow, "--snapshot", file(world))[1][1] == (
        r'  cannot tell whether user:"eve\u001b" has IAMManager'
    )


# Any file, and any organization

PIECES = st.sampled_from(
    [
        *(
            "- ",
            "deny",
            "allow",
            ": ",
            "{",
            "}",
            "[",
            "]",
            "who",
            "set",
            "project",
            "but",
            "\n",
            "  ",
        ),
        *(
            "everyone",
            "any right",
            "IAM*",
            "user:user0",
            "only_if",
            "accepted",
            "&a ",
            "*a",
            "!!int ",
        ),
        *('"', "'", "\t", "#", "? ", "| ", "<<", "~", "\x00", "\ufeff", "é", "%", "---\n", "..."),
    ]
)
GOOD = "- deny: {who: everyone, but: owner, set: [IAM*, any right]}\n  because: x\n- allow: {who: u0, set: IAMManager}\n"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.lists(PIECES, max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_any_damage_of_a_file_is_a_result_or_problems_of_one_line(
    damage: list[tuple[int, int, list[str]]],
) -> None:
    text = GOOD
    for place, length, pieces in damage:
        text = text[:place] + "".join(pieces) + text[place + length :]
    assert_is_sound(text.encode())


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60)
    | st.lists(PIECES, max_size=30).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_are_a_result_or_problems_of_one_line(content: bytes) -> None:
    assert_is_sound(content)


KEYS = st.sampled_from(["deny", "allow", "who", "but", "set", "project", "because", "only_if", "x"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_any_yaml_is_a_result_or_problems_of_one_line(tree: Any) -> None:
    assert_is_sound(yaml.safe_dump(tree, allow_unicode=True).encode())


def assert_is_sound(content: bytes) -> None:
    """Check a file against a small organization: a result, or problems of one line with their places."""
    access = Access(random_world(Random(3)))
    results: list[Result] = []
    problems: list[Problem] = []
    try:
        results = check(access, parse_expectations(content))
    except ExpectationError as error:
        problems = error.problems
    assert bool(results) != bool(problems)
    for problem in problems:
        assert 1 <= problem.line <= len(content) + 1
        assert shown(problem.message) == problem.message
    for line in result_lines(access, "access.yaml", results):
        assert shown(line).isprintable()


def brute_any_right(world: World, who: Any) -> str:
    order = ["no", "cannot tell", "only if", "yes"]
    return max((expected(world, who, name, None) for name in ESCALATION), key=order.index)


def test_violations_are_those_of_a_second_evaluation_of_each_single_question() -> None:
    found = 0
    for number in range(400):
        dice = Random(f"check/{number}")
        world = random_world(dice)
        access = Access(world)
        everybody: list[Any] = [*world.users, *world.applications, *world.groups]
        verb = dice.choice(["deny", "allow"])
        names = dice.sample([name for name in SETS if name in access.index.bits], 2)
        project = dice.choice([None, "p0"])
        if project:
            names = [name for name in names if access.scope_type(name) == "projects"] or [SETS[8]]
        elif verb == "deny":
            names.append(ANY_RIGHT)
        accepts = dice.sample(["only_if", "cannot_tell"], dice.randint(0, 2))
        but = dice.choice(["owner", *(one.id for one in everybody)])
        parts = {"who": "everyone", "but": but, "set": names, "project": project}
        entry = {key: value for key, value in parts.items() if value is not None}
        text = yaml.safe_dump([{verb: {**entry, **dict.fromkeys(accepts, "accepted")}}])
        (result,) = check(access, parse_expectations(text.encode()))
        good = {"yes" if verb == "allow" else "no", *(one.replace("_", " ") for one in accepts)}
        wrong = {
            (who.id, name, verdict)
            for who in everybody
            if not is_excepted(world, who, but)
            for name in names
            if (
                verdict := brute_any_right(world, who)
                if name == ANY_RIGHT
                else expected(world, who, name, project)
            )
            not in good
        }
        assert wrong == {
            (answer.principal.id, answer.permission_set, answer.verdict.value)
            for answer in result.violations
        }, (number, text)
        found += bool(wrong)
        for answer in result.violations:
            if answer.permission_set != ANY_RIGHT:
                again = access.answer(answer.principal.id, answer.permission_set, project)
                assert answer == again
            has_path = answer.verdict in (Verdict.YES, Verdict.ONLY_IF)
            assert has_path == bool(answer.grants and not answer.is_locked)
    assert 100 < found < 400


def is_excepted(world: World, who: Any, but: str) -> bool:
    if but == "owner":
        return isinstance(who, User) and who.type == "owner"
    groups = [group for group in world.groups if group.id == but]
    if who.id == but or not groups or isinstance(who, Group):
        return bool(who.id == but)
    (group,) = (replace(one) for one in groups)
    if isinstance(who, User):
        return group.all_users or who.id in group.user_ids
    is_everybody = group.all_applications and not who.managed
    return is_everybody or who.id in group.application_ids
