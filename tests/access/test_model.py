"""The model of access: equal to a second evaluation, and exact in its paths and doubts."""

from __future__ import annotations

import os
from random import Random

import pytest

from pulumi_scw_iam.access.model import Access, SetIndex
from tests.access.brute import SETS, expected, random_world

SEED = int(os.environ.get("FUZZ_SEED", "20"))


def check_organizations(numbers: range) -> None:
    """Compare the model with the second evaluation, for every question about random organizations."""
    for number in numbers:
        seed = f"{SEED}/{number}"
        world = random_world(Random(seed))
        access = Access(world, SetIndex(world))
        for who in access.principals.values():
            effective = access.effective(who.id)
            for name in SETS:
                for project in (None, "p0", "p1", "other"):
                    verdict = expected(world, who, name, project)
                    question = (seed, who.id, name, project)
                    answer = access.answer(who.id, name, project)
                    assert answer.verdict.value == verdict, question
                    if name in access.index.bits:
                        found = effective.verdict(name, project).value
                        assert found == verdict, (question, "bits")


def test_answers_are_those_of_a_second_evaluation_of_each_single_question() -> None:
    check_organizations(range(300))


@pytest.mark.faults
def test_answers_are_those_of_a_second_evaluation_in_ten_thousand_organizations() -> None:
    check_organizations(range(300, 10_300))
