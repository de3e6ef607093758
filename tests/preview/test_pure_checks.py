"""A check of inputs changes nothing; only the registration of a declaration changes the plan."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.organization.proposal import CheckFinding, Proposal
from pulumi_scw_iam.kinds import KINDS
from tests.support.preview.organizations import brought_up
from tests.support.preview.wrong import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_scw_iam.core.organization.organization import Organization
    from tests.support.preview.organizations import Worlds
    from tests.support.preview.wrong import Wrong


def contents(organization: Organization) -> list[dict[str, Any]]:
    """Return the contents of the plan and of the recorded writes."""
    return [
        {name: copy.deepcopy(value) for name, value in vars(part).items() if name != "_lock"}
        for part in (organization.plan, organization._writes)
    ]


def steady(findings: Iterable[CheckFinding]) -> list[CheckFinding]:
    """Return findings without dates from the clock."""
    return [
        each._replace(reason=re.sub(r"(choose a date before )\S+", r"\1$then", each.reason))
        for each in findings
    ]


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_a_judgement_is_the_same_again_and_changes_nothing(case: Wrong, worlds: Worlds) -> None:
    with worlds.of(case) as world:
        held = brought_up(world, case)
        core = world.core()
        if case.beside is not None:
            other = world.fill(dict(case.beside.inputs))
            core.check(KINDS[case.beside.kind], held.get("other", {}), other)
        kind, olds = KINDS[case.kind], held.get("it", {})
        inputs, failures = kind.check(
            olds,
            world.fill(dict(case.inputs)),
            settings=core._clients.defaults,
            resource_name="it",
        )
        wrong = {failure.names[0] for failure in failures}
        news = {name: value for name, value in inputs.items() if name not in wrong}
        organization = core._organizations.of(news)
        assert organization is not None

        before = contents(organization)
        declaration = kind.declares(organization, olds, news)
        assert kind.declares(organization, olds, news) == declaration
        assert contents(organization) == before

        registration = organization.plan.register(declaration)
        proposal = Proposal(olds=olds, news=news, registration=registration, spell=str)
        before = contents(organization)
        half = kind.check_against(organization, proposal)
        next(half, None)
        assert contents(organization) == before
        findings = steady(kind.check_against(organization, proposal))
        assert steady(kind.check_against(organization, proposal)) == findings
        if registration.loss is not None:
            reason = organization.lockout.reason(registration.loss[1])
            assert organization.lockout.reason(registration.loss[1]) == reason
        assert contents(organization) == before
