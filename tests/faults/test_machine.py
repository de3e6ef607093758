"""Random programs, edits, drift and faults. In the end, the organization is as expected.

A failure prints its steps as a test, to paste below. `make fuzz` runs for longer.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.programs import (
    ALL_NAMES,
    FAULTS,
    FAULTS_OF_CREATES,
    FAULTS_OF_UP,
    Session,
    drawn_inputs,
    fitting,
    names_of,
)
from tests.support.faults.engine import Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.faults.world import World

pytestmark = pytest.mark.faults

FUZZ_SEEDS = int(os.environ.get("FUZZ_SEEDS", "0"))
"""The number of random seeds from FUZZ_SEED; 0 selects a few fixed seeds."""

SEEDS = (
    sorted(Random(os.environ["FUZZ_SEED"]).sample(range(10**6), FUZZ_SEEDS))
    if FUZZ_SEEDS
    else range(5)
)
"""The seeds for each front. A test's name contains its seed."""

THEIRS = ["user", "group", "policy", "api-key", "ssh-key", "application"]


class Machine(RuleBasedStateMachine):
    """Draws the steps of a session."""

    world: World
    keeps: bool

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.world, keeps=self.keeps)
        self.failed = False

    def do(self, step: str, *arguments: object) -> None:
        """Execute a step. A failure contains all steps so far, as a test."""
        try:
            getattr(self.session, step)(*arguments)
        except Exception as error:
            self.failed = True
            lines = [f"session = Session(world, keeps={self.keeps})", *self.session.script]
            test = "\n    ".join(["def test_(world: World) -> None:", *lines])
            error.args = (f"{error}\n\n{test}\n",)
            raise

    @initialize(data=st.data(), count=st.integers(3, 8), faults=FAULTS_OF_CREATES)
    def begin(self, data: st.DataObject, count: int, faults: list[dict[str, object]]) -> None:
        for _ in range(count):
            self.put(data)
        self.do("up", faults)

    def put(self, data: st.DataObject) -> None:
        existing = {kind for kind, _ in self.session.program.values()}
        possible = [
            name
            for name, kind in reversed(ALL_NAMES.items())
            if (kind != "SAMLCertificate" or "SAML" in existing)
            and (kind != "SCIMToken" or "SCIM" in existing)
        ]
        # Groups are drawn more often: most references concern them.
        possible += [*names_of("Group"), *names_of("Group"), *names_of("SSHKey")]
        name = data.draw(st.sampled_from(possible))
        inputs = data.draw(drawn_inputs(name, self.session.program))
        if self.may_be(name, inputs):
            self.do("put", name, ALL_NAMES[name], inputs)

    @rule(
        data=st.data(),
        edits=st.lists(
            st.sampled_from(["put", "drop", "put", "move", "others", "enlist"]),
            min_size=1,
            max_size=5,
        ),
        faults=FAULTS_OF_UP,
    )
    def edit(self, data: st.DataObject, edits: list[str], faults: list[dict[str, object]]) -> None:
        for edit in edits:
            program = self.session.program
            if edit == "drop" and program:
                self.do("drop", data.draw(st.sampled_from(list(program))))
            elif edit == "others":
                self.others(data)
            elif edit in {"move", "enlist"} and (existing := memberships(program)):
                getattr(self, edit)(data.draw(st.sampled_from(existing)), data)
            else:
                self.put(data)
        self.do("up", faults)

    def move(self, name: str, data: st.DataObject) -> None:
        """Rename a membership in the program."""
        kind, inputs = self.session.program[name]
        other = data.draw(st.sampled_from(names_of(kind)))
        if self.may_be(other, inputs, instead_of=name):
            self.do("drop", name)
            self.do("put", other, kind, inputs)

    def may_be(self, name: str, inputs: dict[str, object], *, instead_of: str = "") -> bool:
        """Return whether the inputs are possible: no two memberships are equal."""
        if ALL_NAMES[name] != "GroupMembership":
            return True
        return all(
            other_inputs != inputs
            for other, (_, other_inputs) in self.session.program.items()
            if other not in {name, instead_of}
        )

    def enlist(self, name: str, data: st.DataObject) -> None:
        """Move a member from a membership to the group's own list."""
        del data
        _, inputs = self.session.program[name]
        group = inputs["group_id"]
        if isinstance(group, Ref):
            (field,) = inputs.keys() - {"group_id"}
            self.do("drop", name)
            kind, group_inputs = self.session.program[group.name]
            group_inputs = {**group_inputs, f"{field}s": [inputs[field]]}
            group_inputs = fitting(group.name, kind, group_inputs, self.session.program)
            self.do("put", group.name, kind, group_inputs)

    @rule(data=st.data(), faults=FAULTS)
    def refresh(self, data: st.DataObject, faults: list[dict[str, object]]) -> None:
        self.others(data)
        self.do("refresh", faults)

    def others(self, data: st.DataObject) -> None:
        what = data.draw(st.sampled_from(["join", "change", "delete", "join", "make"]))
        # Draws must not depend on the success of earlier steps.
        known = st.sampled_from(self.session.known)
        if what == "make":
            self.do("others_make", data.draw(st.sampled_from(THEIRS)))
        elif what == "join":
            groups = [name for name in self.session.known if ALL_NAMES[name] == "Group"]
            self.do("others_join", data.draw(st.sampled_from([*groups, *groups, "ops"])))
        elif what == "delete":
            self.do("others_delete", data.draw(known))
        else:
            how = data.draw(st.integers(0, 3))
            self.do("others_change", data.draw(known), how)

    @precondition(lambda self: self.session.script[-1] != "session.converge()")
    @rule()
    def converge(self) -> None:
        self.do("converge")

    def teardown(self) -> None:
        if not self.failed:
            self.do("converge")


def memberships(program: Mapping[str, tuple[str, object]]) -> list[str]:
    return [name for name, (kind, _) in program.items() if kind == "GroupMembership"]


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("keeps", [False, True], ids=["dynamic", "native"])
def test_in_the_end_all_is_as_everybody_wants_it(world: World, keeps: bool, number: int) -> None:
    @seed(number)
    class One(Machine):
        pass

    One.world, One.keeps = world, keeps
    run_state_machine_as_test(
        One,
        settings=settings(
            max_examples=12,
            stateful_step_count=6,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- earlier failures, as printed
# ----------------------------------------------------------------------


def test_a_membership_that_the_list_of_its_group_takes_over_stays(world: World) -> None:
    session = Session(world, keeps=True)
    session.put("group0", "Group", {"name": "group0"})
    membership = {"group_id": Ref("group0"), "user_id": "$alice"}
    session.put("groupmembership0", "GroupMembership", membership)
    session.up([])
    session.drop("groupmembership0")
    session.put("group0", "Group", {"name": "group0", "user_ids": ["$alice"]})
    session.converge()


@pytest.mark.parametrize("another", [True, False], ids=["another name", "another member"])
def test_a_membership_that_moves_stays_though_the_move_is_interrupted(
    world: World, another: bool
) -> None:
    session = Session(world, keeps=True)
    session.put("groupmembership0", "GroupMembership", {"group_id": "$ops", "user_id": "$alice"})
    session.put("scim0", "SCIM", {})
    session.up([])
    if another:
        session.drop("groupmembership0")
    else:
        robot = {"group_id": "$ops", "application_id": "$robot"}
        session.put("groupmembership0", "GroupMembership", robot)
    session.put("groupmembership1", "GroupMembership", {"group_id": "$ops", "user_id": "$alice"})
    session.put("scimtoken0", "SCIMToken", {"scim_id": Ref("scim0")})
    session.up([{"operation": "create_scim_token", "status": 503, "last": 30}])
    session.converge()
