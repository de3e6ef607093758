"""Updates of a policy never widen access, for each ordered pair of policies and each failing call.

Access is a set of (principal, scope, permission set, condition), read from the local IAM API after each call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Incomplete, NoAnswer
from pulumi_scw_iam.core.fields import encode
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault, Snapshot
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLICY = KINDS["Policy"]
PRINCIPALS = ("user_id", "group_id", "application_id", "no_principal")
Access = frozenset[tuple[str, str, str, str]]


class Organization:
    """A local IAM API with one policy. The access is recorded after each call."""

    def __init__(self) -> None:
        self.emulator = Emulator(access_log=self._note)
        environment = {**self.emulator.environment, "PULUMI_SCW_IAM_RETRY_TIMEOUT": "0.01"}
        self.settings = Settings.resolve(environ=environment)
        self.core = ProviderCore(lambda: self.settings)
        self.id = self.emulator.organization_id
        self.project = self.emulator.project_id
        self.seen: list[tuple[str, Access]] = []
        made = self.emulator.seed(
            {
                "users": [{"username": "alice", "email": "alice@example.com"}],
                "groups": [{"name": "ops"}],
            }
        )
        self.principals = {
            "user": {"user_id": made["users"][0]["id"]},
            "group": {"group_id": made["groups"][0]["id"]},
            "nobody": {"no_principal": True},
        }
        read = {"permission_set_names": ["IAMReadOnly"], "organization_id": self.id}
        instances = {"permission_set_names": ["InstancesReadOnly"], "organization_id": self.id}
        both = [read, instances]
        self.rules: dict[str, list[dict[str, Any]]] = {
            "nothing": [],
            "read": [read],
            "read and instances": both,
            "instances": [instances],
            "read at work and instances": [{**read, "condition": "1 == 1"}, instances],
            "a project": [
                {
                    "permission_set_names": ["InstancesReadOnly", "ObjectStorageReadOnly"],
                    "project_ids": [self.project],
                }
            ],
        }
        self.base = self.emulator.snapshot()
        self.begun: dict[str, tuple[Snapshot, str, dict[str, Any]]] = {}

    def inputs(self, principal: str, rules: str, name: str) -> dict[str, Any]:
        """Return checked inputs."""
        news = {"name": name, **self.principals[principal], "rules": self.rules[rules]}
        settings = {"organization_id": self.id, "project_id": None}
        inputs, failures = POLICY.check({}, news, settings=settings)
        assert failures == []
        return inputs

    def begin(self, old: dict[str, Any]) -> Stack:
        """Return a stack with a policy of these inputs, in an otherwise unchanged organization."""
        key = repr(old)
        if key not in self.begun:
            self.emulator.restore(self.base)
            resource_id, state = self.core.create(POLICY, old)
            self.begun[key] = (self.emulator.snapshot(), resource_id, state)
        snapshot, resource_id, state = self.begun[key]
        self.emulator.faults.clear()
        self.emulator.restore(snapshot)
        self.seen.clear()
        return Stack(self, resource_id, state)

    def access(self) -> Access:
        """Return the current access through the policy."""
        found: set[tuple[str, str, str, str]] = set()
        for policy in self.emulator.snapshot().objects.get("policy", ()):
            (principal,) = (policy[name] for name in PRINCIPALS if name in policy)
            if principal is not True:
                found |= {(principal, *pair) for pair in _pairs(policy["rules"])}
        return frozenset(found)

    def given(self, inputs: dict[str, Any]) -> Access:
        """Return the access through a policy with these inputs."""
        (principal,) = (inputs[name] for name in PRINCIPALS if name in inputs)
        if principal is True:
            return frozenset()
        return frozenset((principal, *pair) for pair in _pairs(inputs["rules"]))

    def wider(self, allowed: Access) -> Iterator[str]:
        """Yield a line with the calls up to the first call that widens access beyond `allowed`."""
        for number, (_, access) in enumerate(self.seen, 1):
            if access - allowed:
                yield f"widened by {[line for line, _ in self.seen[:number]]}"
                return

    def _note(self, line: str) -> None:
        if not line.startswith("GET "):
            self.seen.append((line, self.access()))

    def close(self) -> None:
        self.emulator.close()


def _pairs(rules: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (scope, name, rule.get("condition", ""))
        for rule in rules
        for scope in rule.get("project_ids") or [rule["organization_id"]]
        for name in rule["permission_set_names"]
    }


@dataclass
class Stack:
    """A stack with the policy. Like the engine, it stores the state of an incomplete update."""

    organization: Organization
    id: str
    state: dict[str, Any]
    unfinished: bool = False

    def up(self, inputs: dict[str, Any], *, keeps: bool) -> None:
        """Update the policy if the inputs differ. Raises IamError."""
        core = self.organization.core
        if not POLICY.diff(self.state, inputs) and not self.unfinished:
            return
        try:
            self.state = core.update(POLICY, self.id, self.state, inputs, keeps_incomplete=keeps)
        except Incomplete as incomplete:
            if keeps:
                self.state, self.unfinished = encode(incomplete.state), True
            raise
        self.unfinished = False

    def refresh(self) -> None:
        state = self.organization.core.read(POLICY, self.id, self.state)
        assert state is not None
        self.state = state


@pytest.fixture(scope="module")
def organization() -> Iterator[Organization]:
    organization = Organization()
    yield organization
    organization.close()


RULES = (
    "nothing",
    "read",
    "read and instances",
    "instances",
    "read at work and instances",
    "a project",
)
ALL = [*product(("user", "group", "nobody"), RULES, ("p", "q"))]


def test_no_call_of_an_update_widens_access(
    organization: Organization, record_property: Callable[[str, object], None]
) -> None:
    """For all ordered pairs of policies."""
    count, failures = 0, []
    for before, after in product(ALL, ALL):
        if before == after:
            continue
        old, new = organization.inputs(*before), organization.inputs(*after)
        stack = organization.begin(old)
        stack.up(new, keeps=True)
        count += 1
        allowed = organization.given(old) | organization.given(new)
        failures += [f"{before} to {after}: {what}" for what in organization.wider(allowed)]
        if organization.access() != organization.given(new):
            failures.append(f"{before} to {after}: the final access is wrong")
        if POLICY.diff(stack.state, new):
            failures.append(f"{before} to {after}: the state is {stack.state}")
    record_property("cases", count)
    record_property("operation", "Policy update of each pair")
    assert not failures, f"{len(failures)} of {count}:\n" + "\n".join(failures[:20])


TRANSITIONS = [("user", "user"), ("user", "group"), ("user", "nobody"), ("nobody", "user")]
FAULTS: dict[str, dict[str, Any]] = {
    "503 from then on": {"status": 503},
    "400 once": {"status": 400},
    "lost responses from then on": {"lost": "after"},
}


@dataclass(frozen=True)
class Case:
    """An update with a fault at one of its calls, followed by another update."""

    old: dict[str, Any]
    new: dict[str, Any]
    following: dict[str, Any]
    fault: Fault
    keeps: bool

    def failures(self, organization: Organization) -> Iterator[str]:
        """Run both updates and yield all failures."""
        stack = organization.begin(self.old)
        organization.emulator.faults.add(self.fault)
        with pytest.raises(IamError) as failed:
            stack.up(self.new, keeps=self.keeps)
        organization.emulator.faults.clear()
        old, new, following = map(organization.given, (self.old, self.new, self.following))
        yield from organization.wider(old | new)
        if "`pulumi refresh`" in str(failed.value):
            stack.refresh()
        elif not self.keeps and organization.access() != old:
            yield f"not undone: {failed.value}"
        organization.seen.clear()
        left = organization.access()
        stack.up(self.following, keeps=self.keeps)
        yield from organization.wider(left | following)
        if organization.access() != following:
            yield f"the final access is wrong: {failed.value}"
        if POLICY.diff(stack.state, self.following) or stack.unfinished:
            yield f"the state is {stack.state}"


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("keeps", [True, False], ids=["native", "dynamic"])
@pytest.mark.parametrize("principals", TRANSITIONS, ids="-to-".join)
def test_an_update_that_fails_at_any_call_widens_nothing_and_is_finished_or_undone(
    organization: Organization,
    principals: tuple[str, str],
    keeps: bool,
    fault: str,
    record_property: Callable[[str, object], None],
) -> None:
    """The next program is the same program, the old program, or a third program."""
    count, failures = 0, []
    third = organization.inputs("group", "read", "p")
    for one, other, name in product(RULES, RULES, ("p", "q")):
        old = organization.inputs(principals[0], one, "p")
        new = organization.inputs(principals[1], other, name)
        if old == new:
            continue
        organization.begin(old).up(new, keeps=keeps)
        calls = range(1, len(organization.seen) + 1)
        for number, (again, following) in product(
            calls, {"same": new, "old": old, "third": third}.items()
        ):
            count += 1
            last = None if "from then on" in fault else number
            struck = Fault(method="P*", first=number, last=last, **FAULTS[fault])
            case = Case(old, new, following, struck, keeps)
            failures += [
                f"{principals}, {one} to {other}, {name}, call {number}, then {again}: {what}"
                for what in case.failures(organization)
            ]
    record_property("cases", count)
    record_property("operation", f"Policy update {principals}")
    assert not failures, f"{len(failures)} of {count}:\n" + "\n".join(failures[:20])


def test_the_order_of_calls_depends_on_what_narrows_and_what_widens(
    organization: Organization,
) -> None:
    """The order has the fewest calls without wider access, also if the API refuses the new name."""
    orders = {
        (("user", "read", "p"), ("user", "read and instances", "q")): ["PATCH", "PUT"],
        (("user", "read and instances", "p"), ("user", "read", "q")): ["PUT", "PATCH"],
        (("user", "read", "p"), ("user", "instances", "q")): ["PATCH", "PUT"],
        (("user", "read", "p"), ("group", "read", "q")): ["PATCH"],
        (("user", "read", "p"), ("group", "read and instances", "p")): ["PATCH", "PUT"],
        (("user", "read and instances", "p"), ("group", "read", "p")): ["PUT", "PATCH"],
        (("user", "read", "p"), ("group", "instances", "q")): ["PATCH", "PUT", "PATCH"],
        (("user", "read and instances", "p"), ("group", "read at work and instances", "q")): [
            "PUT",
            "PATCH",
            "PUT",
        ],
        (("user", "read", "p"), ("nobody", "instances", "p")): ["PATCH", "PUT"],
        (("nobody", "read", "p"), ("user", "instances", "p")): ["PUT", "PATCH"],
    }
    calls = {}
    for before, after in orders:
        stack = organization.begin(organization.inputs(*before))
        stack.up(organization.inputs(*after), keeps=True)
        calls[before, after] = [line.partition(" ")[0] for line, _ in organization.seen]
    assert calls == orders


@pytest.mark.parametrize("other", RULES)
@pytest.mark.parametrize("rules", RULES)
def test_rules_that_others_have_added_do_not_go_to_a_new_principal(
    organization: Organization, rules: str, other: str
) -> None:
    """The state is stale, and the program changes the principal and the rules."""
    old, new = (
        organization.inputs(*arguments, "p") for arguments in (("user", rules), ("group", other))
    )
    stack = organization.begin(old)
    if POLICY.diff({**new, "rules": old["rules"]}, new):
        added: Any = {"permission_set_names": ["IAMManager"], "organization_id": organization.id}
        held: Any = [*old["rules"], added]
        IamClient(organization.settings).set_rules(policy_id=stack.id, rules=held)
        organization.seen.clear()
        stack.up(new, keeps=True)
        allowed = organization.given({**old, "rules": held}) | organization.given(new)
        assert list(organization.wider(allowed)) == []
        assert organization.access() == organization.given(new)


REFUSED = {"type": "invalid_arguments", "message": "no", "details": []}


@pytest.mark.parametrize(
    ("keeps", "also", "hint"),
    [
        (True, None, "the update is partly done; run `pulumi up` again to complete it"),
        (False, None, "the completed part of the update was undone"),
        (
            False,
            Fault(method="P*", first=3, status=400, body=REFUSED),
            "the update is partly done, and the undo failed too: no (400, request ID); run"
            " `pulumi refresh`, and then `pulumi up`",
        ),
    ],
)
def test_an_update_that_fails_halfway_says_what_is_left_of_it(
    organization: Organization, keeps: bool, also: Fault | None, hint: str
) -> None:
    stack = organization.begin(organization.inputs("user", "read", "p"))
    faults = [
        Fault(method="P*", first=2, last=2, status=400, body=REFUSED),
        *([also] if also else []),
    ]
    organization.emulator.faults.add(*faults)
    with pytest.raises(Incomplete) as failed:
        stack.up(organization.inputs("group", "read and instances", "p"), keeps=keeps)
    message = re.sub(r"request [0-9a-f-]{36}", "request ID", str(failed.value))
    assert message == f'update policy "p": no (400, request ID); {hint}'


@pytest.mark.parametrize("keeps", [True, False])
def test_an_update_whose_only_call_may_have_been_done_says_so(
    organization: Organization, keeps: bool
) -> None:
    stack = organization.begin(organization.inputs("user", "read", "p"))
    organization.emulator.faults.add(Fault(lost="after"))
    with pytest.raises(NoAnswer) as failed:
        stack.up(organization.inputs("group", "read", "p"), keeps=keeps)
    assert failed.value.hint == (
        "the update may have had an effect; run `pulumi refresh` before you change the program"
    )


def test_a_refresh_sees_rules_that_changed_without_another_updated_at(
    organization: Organization,
) -> None:
    stack = organization.begin(organization.inputs("user", "read", "p"))
    snapshot = organization.emulator.snapshot()
    (policy,) = snapshot.objects["policy"]
    rules = [{**policy["rules"][0], "permission_set_names": ["IAMManager"]}]
    objects = {**snapshot.objects, "policy": ({**policy, "rules": rules},)}
    organization.emulator.restore(Snapshot(objects))
    known = stack.state
    stack.refresh()
    assert stack.state["rules"][0]["permission_set_names"] == ["IAMManager"]
    trusting = replace(organization.settings, trust_policy_timestamps=True)
    assert ProviderCore(lambda: trusting).read(POLICY, stack.id, known) == known


USER = KINDS["User"]


class Person:
    """A member on the local IAM API, with the calls of its updates."""

    def __init__(self, organization: Organization, **more: Any) -> None:
        organization.emulator.faults.clear()
        organization.emulator.restore(organization.base)
        self.organization = organization
        self.given = {
            "email": "carol@example.com",
            "username": "carol",
            "password": "Correct-horse-1",
        }
        self.id, self.state = organization.core.create(USER, self.inputs(**more))
        organization.seen.clear()

    def inputs(self, **more: Any) -> dict[str, Any]:
        settings = {"organization_id": self.organization.id, "project_id": None}
        inputs, failures = USER.check({}, {**self.given, **more}, settings=settings)
        assert failures == []
        return inputs

    def update(self, *, keeps: bool, **more: Any) -> list[str]:
        """Update the member and return the calls."""
        core = self.organization.core
        self.state = core.update(
            USER, self.id, self.state, self.inputs(**more), keeps_incomplete=keeps
        )
        return self.calls()

    def calls(self) -> list[str]:
        lines = [line.split("/")[-1].split(" ")[0] for line, _ in self.organization.seen]
        self.organization.seen.clear()
        return ["PATCH" if line == self.id else line for line in lines]

    @property
    def held(self) -> dict[str, Any]:
        users = self.organization.emulator.snapshot().objects["user"]
        return next(user for user in users if user["id"] == self.id)


ALL_OF_A_USER = {"first_name": "Carol", "username": "caroline", "password": "Battery-staple-2"}


def test_a_user_is_locked_before_and_unlocked_after_all_other_changes(
    organization: Organization,
) -> None:
    carol = Person(organization)
    others = ["PATCH", "update-username", "update-password"]
    assert carol.update(keeps=True, **ALL_OF_A_USER, locked=True) == ["lock", *others]
    assert carol.update(keeps=True, locked=False) == [*others, "unlock"]


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("keeps", [True, False], ids=["native", "dynamic"])
def test_a_user_that_is_to_be_locked_is_locked_whatever_is_refused(
    organization: Organization, number: int, keeps: bool
) -> None:
    carol = Person(organization)
    organization.emulator.faults.add(
        Fault(method="P*", first=number, last=number, status=400, body=REFUSED)
    )
    with pytest.raises(Incomplete) as failed:
        carol.update(keeps=keeps, **ALL_OF_A_USER, locked=True)
    assert carol.held["locked"] is True
    assert failed.value.hint == (
        "the update is partly done; run `pulumi up` again to complete it"
        if keeps
        else "the completed part of the update was undone, except for locked; run `pulumi refresh`"
        " before you change the program"
    )
    assert (carol.held["first_name"], carol.held["username"]) == (
        ("Carol" if keeps and number > 2 else ""),
        ("caroline" if keeps and number > 3 else "carol"),
    )


def test_a_password_that_was_set_is_named_where_an_update_is_undone(
    organization: Organization,
) -> None:
    carol = Person(organization, locked=True)
    organization.emulator.faults.add(Fault(method="P*", first=4, last=4, status=400, body=REFUSED))
    with pytest.raises(Incomplete) as failed:
        carol.update(keeps=False, **ALL_OF_A_USER, locked=False)
    assert failed.value.hint == ("the completed part of the update was undone, except for password")
    held = carol.held
    assert (held["first_name"], held["username"], held["locked"]) == ("", "carol", True)
    assert carol.calls() == [
        "PATCH",
        "update-username",
        "update-password",
        "unlock",
        "PATCH",
        "update-username",
    ]
