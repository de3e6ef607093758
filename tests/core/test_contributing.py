"""The pages, workflows and hooks for contributors name targets, tests and versions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tools.coverage_floor import lines

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PAGES = ("CONTRIBUTING.md", "RELEASING.md", ".ci/run", ".github/pull_request_template.md")


@pytest.mark.parametrize("name", [*PAGES, *map(str, WORKFLOWS), "pyproject.toml"])
def test_every_make_target_that_a_page_names_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    named = set(re.findall(r"(?:^|run: |`)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named - TARGETS == set()


def test_the_gate_runs_each_test_once() -> None:
    (steps,) = re.findall(
        r"^for step in (.*); do$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    makefile = (ROOT / "Makefile").read_text()
    markers = dict(re.findall(r'^(QUICK|SLOW) := -m "(.*)"$', makefile, re.MULTILINE))
    assert steps.split() == [
        *("lint", "docs", "coverage", "conformance", "javascript", "release-check", "slow"),
    ]
    assert markers == {
        "QUICK": "not engine and not faults and not artifacts",
        "SLOW": "(engine or faults) and not artifacts",
    }
    assert "$(PYTEST) -q -m artifacts tests/engine\n" in makefile


@pytest.mark.parametrize(
    "target", ["demo", "slow", "test", "picture", "live", "bench", "release-check"]
)
def test_a_target_that_runs_the_engine_installs_it(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    (needed,) = re.findall(rf"^{target}: (.*?) ##", makefile, re.MULTILINE)
    assert needed.split() == ["$(BIN)/.ready", "engine"]


@pytest.mark.parametrize(
    ("total", "line"),
    [
        (94.99, None),
        (94.0, None),
        (95.0, "raise the floor: in pyproject.toml, [tool.coverage.report], fail_under = 95"),
        (93.99, "test the new code: `coverage report` lists the lines and branches without a test"),
    ],
)
def test_coverage_that_allows_a_higher_floor_names_the_line_to_change(
    total: float, line: str | None
) -> None:
    first = f"coverage is {total:.2f} %; the floor is 94 %"
    assert lines(total, 94) == [first, *([line] if line else [])]


def test_every_test_that_the_promises_name_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "SECURITY.md").read_text())
    assert named
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file()
        or not re.search(rf"^def {test or 'test_'}", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_the_workflow_runs_the_quick_tests_on_every_version_of_the_classifiers() -> None:
    matrix = CI["jobs"]["quick"]["strategy"]["matrix"]["python"]
    (whole,) = (
        step["with"]["python-version"]
        for step in CI["jobs"]["gate"]["steps"]
        if "python-version" in step.get("with", {})
    )
    declared = re.findall(
        r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text()
    )
    assert sorted([*matrix, whole]) == sorted(declared)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit(workflow: Path) -> None:
    uses = re.findall(r"uses: (.*)", workflow.read_text())
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_ci_may_read_the_repository_and_nothing_else() -> None:
    assert CI["permissions"] == {"contents": "read"}
    assert [name for name, job in CI["jobs"].items() if "permissions" in job] == []


def test_the_hooks_are_the_static_checks_of_the_makefile() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (hooks,) = (repository["hooks"] for repository in config["repos"])
    assert [hook["entry"].removeprefix(".venv/bin/") for hook in hooks] == [
        "ruff format --force-exclude",
        "ruff check --force-exclude",
        "python -m tools.generate --check",
        "mypy",
    ]
