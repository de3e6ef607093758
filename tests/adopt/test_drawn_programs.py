"""Programs of drawn organizations, with any text as a name."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam import conditions
from pulumi_scw_iam.adopt.names import logical_names
from pulumi_scw_iam.adopt.program.write import project_name
from tests.adopt.organization import FRONTS, ORGANIZATION, World, id_of
from tests.adopt.reader import assert_declares

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn, SearchStrategy

    from pulumi_scw_iam.adopt.objects import Front
    from pulumi_scw_iam.conditions import Condition

EACH_FRONT = pytest.mark.parametrize("front", FRONTS)
MODULES_FROM = st.sampled_from([1, 41])
"""One file, or a module for each kind."""
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

ODD = [
    *(
        "",
        "devs",
        "Devs",
        "devs.",
        "class",
        "match",
        "print",
        "iam",
        "pulumi",
        "users",
        "ids",
        "null",
    ),
    *(
        "yes",
        "a::b",
        "$x",
        "${devs.id}",
        "$${",
        "$$",
        "{{}}",
        'a"b',
        "a'b",
        "a\\b",
        '"""',
        "a\nb",
        "# x",
    ),
    *(
        "\u202edevs",
        "\u2066",
        "Дevs",
        "é",
        "2",
        "-",
        " ",
        "x: y",
        "- x",
        "&a",
        "*a",
        "!!python/x",
        "%",
        "@x",
    ),
    *(
        "|",
        ">",
        "organization-id",
        "projects",
        "a" * 200,
        "x y " * 30,
        "\t",
        "\x00",
        "\u2028",
        "😀",
    ),
    *(
        "devs_group",
        "devs-group",
        "PROJECTS",
        "ORGANIZATION_ID",
        "alice@example.com",
        "line\r\nline\r\n",
    ),
]
TEXTS = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8"), max_size=60)

ADDRESSES = st.sampled_from(["203.0.113.7", "198.51.100.1", "2001:db8::1"]).map(
    lambda address: (
        address.replace("203.0.113", "51.15.0")
        .replace("198.51.100", "51.15.1")
        .replace("2001:db8", "2001:bc8")
    )
)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
ZONES = st.sampled_from(["Europe/Paris", "UTC"])
SIMPLE: SearchStrategy[Condition] = st.one_of(
    st.lists(ADDRESSES, min_size=1, max_size=3).map(lambda each: conditions.ip(*each)),
    st.sampled_from(["2030-01-01T00:00:00Z", "2031-06-01T12:00:00.5Z"]).map(conditions.before),
    st.sampled_from(["2030-01-01T00:00:00Z"]).map(conditions.after),
    st.tuples(st.integers(0, 22), st.integers(1, 24), ZONES)
    .filter(lambda each: each[0] != each[1] and each[:2] != (0, 24))
    .map(lambda each: conditions.hours(each[0], each[1], zone=each[2])),
    st.tuples(st.sampled_from(["monday", "sunday", "friday"]), ZONES).map(
        lambda each: conditions.weekdays(each[0], zone=each[1])
    ),
    WORDS.map(conditions.user_agent_contains),
    st.tuples(st.lists(WORDS, min_size=1, max_size=2), st.booleans()).map(
        lambda each: conditions.resource_id(*each[0], lists=each[1])
    ),
    st.tuples(WORDS, st.booleans()).map(
        lambda each: conditions.resource_name_starts_with(each[0], lists=each[1])
    ),
    st.tuples(
        st.lists(st.sampled_from(["fr-par", "nl-ams-1", "global"]), min_size=1), st.booleans()
    ).map(lambda each: conditions.resource_locality(*each[0], lists=each[1])),
)
BUILT: SearchStrategy[Condition] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        inner.map(lambda condition: ~condition),
    ),
    max_leaves=5,
)
CONDITIONS = st.just("") | BUILT.map(str) | TEXTS


@st.composite
def worlds(draw: DrawFn) -> World:
    """Draw an organization. Objects refer to each other, and to objects outside the program."""
    world = World()
    projects = [world.external("project", name) for name in draw(st.lists(TEXTS, max_size=3))]
    projects.append(id_of("unknown project"))
    outside = [world.external("user", name) for name in draw(st.lists(TEXTS, max_size=2))]
    users = [
        world.add(
            "User", username=name, email=f"{number}@x.org", tags=draw(st.lists(TEXTS, max_size=2))
        )
        for number, name in enumerate(draw(st.lists(TEXTS, max_size=4)))
    ]
    applications = [
        world.add("Application", name=name, description=draw(TEXTS))
        for name in draw(st.lists(TEXTS, max_size=3))
    ]

    def some(ids: list[str], least: int = 0) -> list[str]:
        return draw(st.lists(st.sampled_from(ids), min_size=least, unique=True)) if ids else []

    groups = [
        world.add(
            "Group", name=name, user_ids=some(users + outside), label=draw(st.sampled_from(ODD))
        )
        for name in draw(st.lists(TEXTS, max_size=3))
    ]
    for name in draw(st.lists(TEXTS, max_size=3)):
        rules: list[dict[str, Any]] = []
        for condition in draw(st.lists(CONDITIONS, max_size=2)):
            scope = (
                {"organization_id": ORGANIZATION}
                if draw(st.booleans())
                else {"project_ids": some(projects, 1)}
            )
            names = draw(
                st.sampled_from([["IAMReadOnly"], ["VPCFullAccess", "X" * 70], ["VPCFullAccess"]])
            )
            rules.append({"permission_set_names": names, **scope, "condition": condition})
        principal = (
            {"group_id": draw(st.sampled_from(groups))} if groups else {"no_principal": True}
        )
        world.add("Policy", name=name, rules=rules, **principal)
    for number, bearer in enumerate(applications):
        world.add(
            "APIKey", f"SCW{number}{'A' * 16}", application_id=bearer, description=draw(TEXTS)
        )
    for name in draw(st.lists(TEXTS, max_size=3)):
        world.add("SSHKey", name=name, public_key=draw(TEXTS), project_id=projects[0])
    for group in groups[:1]:
        for user in users:
            world.add("GroupMembership", f"{group}/user/{user}", group_id=group, user_id=user)
    return world


@EACH_FRONT
@given(world=worlds(), modules_from=MODULES_FROM)
@QUICK
def test_any_organization_becomes_a_program_with_exactly_its_arguments(
    front: Front, world: World, modules_from: int
) -> None:
    files = world.program(front, modules_from=modules_from).files
    assert_declares(world, front, files)
    for name, text in files.items():
        odd = {c for c in text if not c.isprintable() and c != "\n"}
        assert odd == set(), name


@pytest.mark.parametrize("front", ["python", "native"])
@given(world=worlds())
@settings(QUICK, max_examples=15)
def test_any_program_has_the_form_of_the_formatter(front: Front, world: World) -> None:
    text = world.program(front).files["__main__.py"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == text


@EACH_FRONT
@given(world=worlds(), number=st.integers(0, 20), modules_from=MODULES_FROM)
@QUICK
def test_a_second_run_adds_what_is_new_and_keeps_each_line(
    front: Front, world: World, number: int, modules_from: int
) -> None:
    first = World(existing=world.existing[:number], externals=world.externals)
    before = dict(first.program(front, modules_from=modules_from).files)
    written = world.program(front, before)
    after = {**before, **written.files}
    assert_declares(world, front, after)
    for name, text in before.items():
        if name != "adopted.json":
            lines = iter(after[name].splitlines())
            assert all(line in lines for line in text.splitlines())
    assert [a.id for a in written.added] == [e.id for e in world.existing[number:]]
    assert [a.id for a in written.kept] == [e.id for e in world.existing[:number]]
    assert world.program(front, after).files == {}


@given(world=worlds(), order=st.randoms(use_true_random=False))
@QUICK
def test_names_are_valid_distinct_and_independent_of_the_order(world: World, order: Any) -> None:
    names = logical_names(world.existing, {}, world.externals)
    by_id = {(e.kind.name, e.id): name for e, name in zip(world.existing, names, strict=True)}
    assert len({(kind, name) for (kind, _), name in by_id.items()}) == len(by_id)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) for name in names)
    order.shuffle(world.existing)
    again = logical_names(world.existing, {}, world.externals)
    assert by_id == {
        (e.kind.name, e.id): name for e, name in zip(world.existing, again, strict=True)
    }


@given(condition=BUILT)
@QUICK
def test_each_condition_of_the_functions_is_written_as_their_calls(condition: Condition) -> None:
    world = World()
    rule = {"permission_set_names": ["X"], "organization_id": ORGANIZATION, "condition": condition}
    world.add("Policy", name="it", no_principal=True, rules=[rule])
    files = world.program("python").files
    assert "iam.conditions." in files["__main__.py"]
    assert_declares(world, "python", files)


@given(name=TEXTS)
@QUICK
def test_the_name_of_the_project_is_valid(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name.replace("/", "").replace("\0", "").strip(".")
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", project_name(folder))
