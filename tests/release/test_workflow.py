"""The release workflow: what it needs before it publishes, and what each job may do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.release.wheels import PLATFORMS, PYTHONS

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "release.yml"
# YAML 1.1 reads the key `on` as true; the base loader reads all values as text.
WORKFLOW: dict[str, Any] = yaml.load(FILE.read_text(), Loader=yaml.BaseLoader)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
PUBLISHING = {"attest", "github", "pypi", "npm", "go"}


def needed_by(job: str) -> set[str]:
    """Return the jobs that must succeed before a job."""
    needs = JOBS[job].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*map(needed_by, direct))


def test_each_job_may_do_only_what_it_does() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "build": {"contents": "read"},
        "suite": {"contents": "read"},
        "plugin": {},
        "attest": {"attestations": "write", "id-token": "write"},
        "github": {"contents": "write"},
        "pypi": {"id-token": "write"},
        "npm": {"id-token": "write"},
        "go": {"contents": "write"},
    }


@pytest.mark.parametrize("job", sorted(PUBLISHING - {"attest"}))
def test_everything_is_built_tested_and_attested_before_it_is_published(job: str) -> None:
    assert needed_by(job) >= {"build", "suite", "plugin", "attest"}


def test_only_a_tag_publishes() -> None:
    """A skipped job skips the jobs that need it."""
    assert set(WORKFLOW["on"]) == {"push", "workflow_dispatch"}
    assert set(WORKFLOW["on"]["push"]) == {"tags"}
    assert JOBS["attest"]["if"] == "github.event_name == 'push'"
    assert [name for name in PUBLISHING - {"attest"} if "if" in JOBS[name]] == []
    # In the patterns of GitHub, + repeats and * matches no slash.
    patterns = [
        pattern.replace(".", r"\.").replace("*", "[^/]*")
        for pattern in WORKFLOW["on"]["push"]["tags"]
    ]
    tags = ("v1.2.3", "v1.2.3-rc.1", "v1", "sdk/go/v1.2.3")
    started = [tag for tag in tags if any(re.fullmatch(pattern, tag) for pattern in patterns)]
    assert started == ["v1.2.3", "v1.2.3-rc.1"]


def test_no_job_that_publishes_builds_or_installs_anything() -> None:
    """They get the files that were checked. No package runs with the rights to publish."""
    for name in PUBLISHING:
        steps = JOBS[name]["steps"]
        assert any(step.get("with", {}).get("name") == "release" for step in steps)
        commands = "\n".join(step.get("run", "") for step in steps)
        assert not re.search(r"\b(make|pip|npm (?!publish)|hatchling|go build)\b", commands)


def test_a_release_refuses_a_version_without_its_tag() -> None:
    (command,) = (
        step["run"]
        for step in JOBS["build"]["steps"]
        if "'push'" in step.get("if", "") and "==" in step["if"]
    )
    assert "make release-check BUILD=--release\n" in command


def test_each_plugin_archive_starts_on_its_platform_with_the_oldest_and_the_newest_python() -> None:
    matrix = JOBS["plugin"]["strategy"]["matrix"]
    assert sorted(matrix["platform"]) == sorted(PLATFORMS)
    assert {entry["platform"] for entry in matrix["include"]} == set(PLATFORMS)
    assert matrix["python"] == [PYTHONS[0], PYTHONS[-1]]


def test_the_registries_trust_the_environments_of_this_file() -> None:
    assert {name: job.get("environment") for name, job in JOBS.items() if name in PUBLISHING} == {
        "attest": None,
        "github": None,
        "pypi": "pypi",
        "npm": "npm",
        "go": None,
    }
    assert "secrets." not in FILE.read_text()
