"""Declarations of condition checks: unique ids, an example with a finding, and the setting that ignores checks."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from pulumi_scw_iam.common.permission_sets import PermissionSet
from pulumi_scw_iam.conditions import checks
from pulumi_scw_iam.conditions.checks import CHECKS, ConditionCheck, parse_ids
from pulumi_scw_iam.conditions.lint import LintReport, lint
from tools.generate import conditions

BUCKETS = PermissionSet("ObjectStorageReadOnly", "projects", "Storage / Object Storage")


def found(check: ConditionCheck, *ignored: str) -> LintReport:
    """Return the findings of all checks in the example of one check."""
    sets = [BUCKETS] if check.id == "condition-resource-unsupported" else []
    return lint(check.example, sets, ignored=ignored)


def test_every_check_of_the_package_is_in_the_list_under_its_own_id() -> None:
    declared = [
        value.id
        for module in pkgutil.iter_modules(checks.__path__, f"{checks.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, ConditionCheck)
    ]
    assert sorted(declared) == sorted(CHECKS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_each_check_alone_finds_its_example(check: ConditionCheck) -> None:
    failure, warnings = found(check)
    findings = [*warnings, *([failure] if failure else [])]
    assert [finding.check_id for finding in findings] == [check.id]
    assert (failure is None) == (check.severity == "warning")
    assert findings[0].message == f"{findings[0].reason} [{check.id}]"


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_an_ignored_warning_is_silent_and_a_failure_is_not(check: ConditionCheck) -> None:
    report = found(check, check.id)
    assert (report == LintReport()) == check.can_be_ignored
    assert check.can_be_ignored == (check.severity == "warning")


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_other_checks_go_on_if_one_is_ignored(check: ConditionCheck) -> None:
    others = CHECKS.keys() - {check.id}
    assert found(check, *others) == found(check)


def test_only_what_the_api_refuses_cannot_be_ignored() -> None:
    assert [check.id for check in CHECKS.values() if not check.can_be_ignored] == [
        "condition-syntax"
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("condition-past-date", {"condition-past-date"}),
        (
            " condition-past-date , condition-lists-refused ",
            {"condition-past-date", "condition-lists-refused"},
        ),
    ],
)
def test_the_ids_to_ignore_are_a_list_with_commas(text: str, ids: set[str]) -> None:
    assert parse_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (",", "is not a list of check ids; separate the ids with commas"),
        ("condition-past-date,", "is not a list of check ids; separate the ids with commas"),
        (
            "condition-past-date condition-network",
            "is not a list of check ids; separate the ids with commas",
        ),
        (
            "condition-past-dates",
            'has an unknown condition check "condition-past-dates"; did you mean condition-past-date?',
        ),
        (
            "condition-network,nonsense",
            'has an unknown condition check "nonsense"; use the id in brackets at the end of'
            " the warning",
        ),
        (
            "condition-syntax",
            "cannot ignore condition-syntax: the API refuses such a condition; remove the id from the"
            " list",
        ),
    ],
)
def test_ids_that_cannot_be_ignored_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        parse_ids(text)


def test_the_page_has_every_check_as_it_is_declared() -> None:
    assert conditions.main(check=True) == 0, "run `make generate`"
