"""The table of `make engines`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools.engine.matrix import TESTS, outcomes, table

ROOT = Path(__file__).parents[2]
REPORT = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5">
  <testcase classname="tests.engine.test_lifecycle" name="test_a[dynamic]" time="20.4"/>
  <testcase classname="tests.engine.test_lifecycle" name="test_a[native]" time="10.0"/>
  <testcase classname="tests.engine.test_native" name="test_b" time="1.5"><failure message="m">text</failure></testcase>
  <testcase classname="tests.engine.test_native" name="test_c" time="0"><error message="m">text</error></testcase>
  <testcase classname="tests.engine.test_native" name="test_d" time="0.2"><skipped message="m">text</skipped></testcase>
</testsuite></testsuites>
"""


@pytest.mark.parametrize("test", TESTS)
def test_each_file_of_the_table_has_tests_of_the_engine(test: str) -> None:
    assert "pytest.mark.engine" in (ROOT / "tests" / "engine" / f"{test}.py").read_text()


def test_the_table_has_the_results_by_file_and_version(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    found = outcomes(report)
    assert found == {
        "test_lifecycle": (Counter(passed=2), 30.4),
        "test_native": (Counter(failed=2, skipped=1), 1.7),
    }
    results = {"3.259.0": found, "3.276.0": {}}
    assert table(results, ["test_lifecycle", "test_native"]).splitlines() == [
        "| tests | 3.259.0 | 3.276.0 |",
        "| --- | --- | --- |",
        "| test_lifecycle | 2 passed, 30 s | not run |",
        "| test_native | 2 failed, 1 skipped, 2 s | not run |",
    ]
