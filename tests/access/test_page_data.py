"""The data of the page of access: equal to the answers of the model, and written by the command."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.model import BUCKET_POLICIES, Access
from pulumi_scw_iam.access.page import Grant, PageData, Path, render
from pulumi_scw_iam.access.page_data import EVERYTHING, page_data
from pulumi_scw_iam.access.world import Gap, Group, Policy, Rule, User, World
from tests.access.brute import SETS, expected, random_world, type_of

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from pulumi_scw_iam.emulator import Emulator
    from tests.access.organization import Run

SERIAL = "the documentation does not say whether InstancesFullAccess includes InstancesServerSerialConsoleAccess"


def verdict(data: PageData, index: int, name: str, project: str | None, *, is_scoped: bool) -> str:
    """Answer a question as a reader of the page does: from the grants of a principal."""
    if any(note.startswith("locked") for note in data.principals[index].notes):
        return "no"
    found = "no"
    for grant in data.grants:
        held = data.sets[grant.permission_set]
        is_included = name in (held.name, *held.includes) or held.name == EVERYTHING
        if grant.principal != index or not is_included:
            continue
        is_here = any(
            isinstance(scope, str) or data.projects[scope].id == project for scope in grant.scopes
        )
        if is_scoped and project is not None and not is_here:
            continue
        if not grant.condition:
            return "yes"
        found = "only if"
    return found


@pytest.mark.parametrize("number", range(40))
def test_the_page_gives_the_answers_of_a_second_evaluation(number: int) -> None:
    world = random_world(Random(f"page/{number}"))
    access = Access(world)
    made = page_data(access)
    data = PageData(
        **{name: getattr(made, name) for name in PageData.__dataclass_fields__ if name != "grants"},
        grants=list(made.grants),
    )
    for index, who in enumerate(access.principals.values()):
        for name in SETS:
            is_scoped = type_of(world, name) != "organization"
            for project in (None, "p0", "p1", "other"):
                answer = expected(world, who, name, project).replace("cannot tell", "no")
                found = verdict(data, index, name, project, is_scoped=is_scoped)
                assert found == answer, (who.id, name, project)
    render(data)


def test_each_path_of_a_grant_is_there_with_its_doubts() -> None:
    rules = (
        Rule(permission_sets=("InstancesFullAccess",), project_ids=frozenset({"p"})),
        Rule(
            permission_sets=("IAMManager", "NewProductFullAccess"), unknown=frozenset({"condition"})
        ),
    )
    world = World(
        organization_id="o",
        as_of="2026-11-29T22:40:00Z",
        is_partial=True,
        users=(
            User(id="u", username="alice", type="member"),
            User(id="v", email="v@x", locked=True),
        ),
        groups=(Group(id="g", name="devs", user_ids=frozenset({"u"}), users_known=False),),
        policies=(
            Policy(id="1", name="own", user_id="u", rules=rules[:1]),
            Policy(id="2", name="ops", group_id="g", rules=rules),
            Policy(id="3", name="later", group_id="g", rules=None),
            Policy(id="4", principal_known=False),
            Policy(id="5", name="old"),
        ),
        gaps=(Gap(noun="projects", reason="the projects could not be read"),),
    )
    data = page_data(Access(world))
    assert [(one.noun, one.name, one.notes) for one in data.principals] == [
        ("user", "alice", ()),
        ("user", "v@x", ("locked: no permissions until the unlock",)),
        ("group", "devs", ()),
    ]
    assert [(one.name, one.leads_to_any_right) for one in data.sets] == [
        ("IAMManager", True),
        ("InstancesFullAccess", False),
        ("NewProductFullAccess", False),
    ]
    assert [(one.id, one.name) for one in data.projects] == [("p", "")]
    later = "a condition that is not known yet"
    assert list(data.grants) == [
        Grant(0, 1, (0,), "", (Path(None, "own", 1), Path("devs", "ops", 1))),
        Grant(0, 0, ("organization",), later, (Path("devs", "ops", 2),)),
        Grant(0, 2, ("organization",), later, (Path("devs", "ops", 2),)),
        Grant(2, 1, (0,), "", (Path(None, "ops", 1),)),
        Grant(2, 0, ("organization",), later, (Path(None, "ops", 2),)),
        Grant(2, 2, ("organization",), later, (Path(None, "ops", 2),)),
    ]
    assert data.orphans == ["old"]
    assert data.unknown == [
        "the source has the objects of some stacks only: other stacks may give more",
        BUCKET_POLICIES,
        "the projects could not be read",
        "the source does not show whether user v@x is the owner",
        "the source does not have all members of group devs",
        SERIAL,
        "the condition of policy ops, rule 2, is not known yet",
        "the content of NewProductFullAccess is unknown: the bundled catalogue does not have it",
        "the rules of policy later are unknown",
        "the principal of policy 4 is not known yet",
    ]


class _Data(HTMLParser):
    """The data of a page."""

    data: Any = None

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and data.startswith("{"):
            self.data = json.loads(data)


def test_the_command_writes_the_page_beside_the_table(
    emulator: Emulator, run: Run, tmp_path: FilePath
) -> None:
    del emulator
    table = run()
    file = tmp_path / "access.html"
    assert run("--html", str(file)) == table
    page = _Data()
    page.feed(file.read_text("utf-8"))
    assert [(one["noun"], one["name"]) for one in page.data["principals"]] == [
        ("user", "alice"),
        ("user", "bob"),
        ("owner", "owner@example.com"),
        ("application", "ci"),
        ("group", "devs"),
    ]
    assert [one["name"] for one in page.data["sets"]] == [
        "IAMUserManager",
        "IPAMReadOnly",
        "InstancesFullAccess",
        "ObjectStorageReadOnly",
        "everything",
    ]
    assert page.data["orphans"] == ["old"]
    assert page.data["unknown"] == [BUCKET_POLICIES, SERIAL]


def test_a_page_that_cannot_be_written_is_one_line(
    emulator: Emulator, run: Run, tmp_path: FilePath
) -> None:
    del emulator
    status, out, error = run("--html", str(tmp_path / "absent" / "access.html"))
    assert (status, out) == (1, [])
    assert len(error) == 1
    assert re.search(r"cannot write .*access\.html: No such file or directory$", error[0])
