"""The plan and the directory of an organization: use by threads, and the tables for all kinds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import Cancelled, IamError, Incomplete, Refused
from pulumi_scw_iam.common.formats import UuidOf
from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.core.cures import Cure
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.organization.directory import LISTS, READS
from pulumi_scw_iam.core.organization.organization import Organization
from pulumi_scw_iam.core.organization.plan import (
    Claim,
    Declaration,
    LeavesGroup,
    Plan,
    PolicyBecomes,
    Registration,
    UniqueName,
)
from pulumi_scw_iam.core.organization.rights import MANAGERS
from pulumi_scw_iam.kinds import KINDS

DUMMY_ID = "11111111-1111-4111-8111-111111111111"
DEVS, OPS = UniqueName("group", "name", "devs"), UniqueName("group", "name", "ops")


def organization_that_may_lock_out() -> Organization:
    """Return an organization without API calls."""
    settings = Settings.resolve(environ={"SCW_SECRET_KEY": DUMMY_ID}, allow_self_lockout="true")
    return Organization(
        lambda: IamClient(settings), DUMMY_ID, settings, lambda *_: Cure("", is_of_stack=False)
    )


def test_of_many_threads_one_claims_a_name_and_each_has_its_own_number() -> None:
    plan = Plan()
    declaration = Declaration(noun="group", claims=(Claim(DEVS),), adds_one=True)
    with ThreadPoolExecutor(8) as threads:
        registrations = list(threads.map(plan.register, [declaration] * 200))
    assert sorted(each.number or 0 for each in registrations) == list(range(1, 201))
    assert [each.taken for each in registrations].count(frozenset()) == 1


def test_a_registration_stays_as_it_was_when_others_are_registered() -> None:
    plan = Plan()
    declaration = Declaration(noun="group", claims=(Claim(DEVS),))
    first = plan.register(declaration)
    plan.register(declaration)
    assert first == Registration()


def test_a_name_that_is_given_up_may_be_claimed() -> None:
    plan = Plan()
    assert plan.register(Declaration(noun="group", claims=(Claim(OPS, old=DEVS),))).taken == set()
    assert plan.releases(DEVS)
    assert plan.register(Declaration(noun="group", claims=(Claim(DEVS),))).taken == set()
    assert plan.register(Declaration(noun="group", claims=(Claim(OPS),))).taken == {"name"}


def test_two_policies_that_fit_are_each_changed_once() -> None:
    plan = Plan()
    losses = [
        plan.register(
            Declaration(
                noun="policy", loss=("rules", PolicyBecomes(("p", "q"), {"rules": [number]}))
            )
        ).loss
        for number in range(3)
    ]
    assert losses == [
        ("rules", PolicyBecomes((policy_id,), {"rules": [number]}))
        for number, policy_id in enumerate("pqq")
    ]
    assert plan.planned_policies() == {"p": {"rules": [0]}, "q": {"rules": [2]}}


def test_what_the_plan_returns_is_no_way_to_change_it() -> None:
    plan = Plan()
    plan.register(
        Declaration(noun="group", security_settings={"a": 1}, loss=("user_ids", LeavesGroup("g")))
    )
    plan.security_settings().clear()
    plan.planned_policies()["p"] = {}
    assert (plan.security_settings(), plan.planned_policies()) == ({"a": 1}, {})
    assert plan.left_groups() == {"g"}


def test_no_collection_that_threads_share_is_public() -> None:
    organization = organization_that_may_lock_out()
    parts = [organization, organization.directory, organization.plan, organization.lockout]
    public = {
        f"{type(part).__name__}.{name}"
        for part in parts
        for name, value in vars(part).items()
        if not name.startswith("_") and isinstance(value, list | set | dict)
    }
    assert public == set()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_with_a_quota_or_a_unique_name_can_be_listed(kind: str) -> None:
    declared = KINDS[kind]
    if declared.quota or declared.unique():
        noun = declared.counted or declared.noun
        assert noun in LISTS, f"add {noun!r} to LISTS in directory.py"


@pytest.mark.parametrize("kind", KINDS)
def test_each_id_that_a_kind_takes_can_be_looked_up(kind: str) -> None:
    nouns = {
        nested.prop.format.noun
        for field in fields(KINDS[kind].inputs)
        for nested in (fields(field.item) if field.nested else [field])
        if isinstance(nested.prop.format, UuidOf)
    }
    # Every lookup needs the organization, so its own id is never looked up.
    missing = nouns - READS.keys() - {"organization"}
    assert missing == set(), f"add {missing} to READS in directory.py"


def test_each_permission_set_that_manages_iam_counts_as_a_right_of_the_caller() -> None:
    managing = {
        entry.name
        for entry in bundled().by_name.values()
        if entry.category == "IAM" and entry.name.endswith("Manager")
    }
    missing = managing - {name for names in MANAGERS.values() for name in names}
    assert missing == set(), f"add {missing} to MANAGERS in rights.py"


@pytest.mark.parametrize(
    ("failure", "counts"),
    [
        (None, False),
        (Refused("not allowed"), False),
        (Cancelled("the operation was cancelled"), True),
        (Incomplete("the second call failed", resource_id="g", state=None), True),
    ],
    ids=["done", "not done", "unknown", "done in part"],
)
def test_an_operation_that_may_be_done_goes_on_to_count_as_done(
    failure: IamError | None, counts: bool
) -> None:
    """After an operation, the directory has its result, so the plan need not count it."""
    organization = organization_that_may_lock_out()
    with suppress(IamError), organization.losing(LeavesGroup("g")):
        assert organization.plan.left_groups() == {"g"}
        if failure is not None:
            raise failure
    assert organization.plan.left_groups() == ({"g"} if counts else set())
