"""A pull request from the event to the comment: preview, guardrails, comparison, comment, exit status."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.access.markdown import code, marker
from tests.support.forge import BOT, TOKEN

if TYPE_CHECKING:
    from tests.kit.jobs import Job

MARKER = marker("dev")
SUMMARY = f"{MARKER}\n### Access of `dev`: 1 broadening, 1 cannot tell\n"


def previewed(job: Job) -> None:
    """Make the plan as the step before does."""
    (job.folder / "access-review").mkdir()
    (job.folder / "access-review" / "plan.json").write_text(job.read("engine.json"))


def test_a_merge_request_has_a_preview_guardrails_and_a_comment(gitlab: Job) -> None:
    status, log = gitlab.run("merge-request.sh", ACCESS_FAIL_ON="broadening")
    (body,) = gitlab.bodies
    assert body.startswith(SUMMARY)
    assert status == 3
    assert log == (
        "Policies:\n  key-expires\ncreated comment 3000000000\nerror: the changes exceed broadening\n"
    )
    calls = gitlab.read("calls").splitlines()
    assert calls[0] == "preview --json --show-sames --non-interactive --stack dev"
    pack = subprocess.run(
        ["pulumi-scw-iam", "path", "policy-pack"],
        env=gitlab.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert calls[1:] == [
        f"preview --non-interactive --color never --stack dev --policy-pack {pack}"
    ]
    assert TOKEN not in gitlab.read("environment")
    files = gitlab.folder / "access-review"
    assert files.stat().st_mode & 0o777 == 0o700


def test_a_pull_request_of_the_repository_has_a_comment_and_a_summary(github: Job) -> None:
    assert github.run("preview.sh") == (0, "")
    assert TOKEN not in github.read("environment")
    assert github.run("review.sh", ACCESS_FAIL_ON="escalation") == (
        0,
        "created comment 3000000000\n",
    )
    (body,) = github.bodies
    assert body.startswith(SUMMARY)
    assert body == github.read("access-review/comment.md") == github.read("summary")
    assert github.run("review.sh", ACCESS_COMMENT="false") == (
        0,
        "no comment, as ACCESS_COMMENT says\n",
    )


def test_a_failed_preview_replaces_the_comment_of_an_earlier_commit(any_job: Job) -> None:
    any_job.engine("failed-plan", 1)
    forge = any_job.forge
    forge.add_comment(BOT[forge.name], f"{MARKER}\nno change")
    status, log = any_job.run("preview.sh")
    assert status == 1
    assert 'is not an input of Group; did you mean "name"?' in log
    assert log.endswith("error: the preview of stack dev failed\n")
    status, log = any_job.run("review.sh")
    assert status == 1
    assert log.endswith("updated comment 3000000000\n")
    run = {
        "github": "https://github.example/acme/iam/actions/runs/1658821493",
        "gitlab": "https://gitlab.example/acme/iam/-/jobs/1",
    }[forge.name]
    assert any_job.bodies == [
        f"{MARKER}\n### Access: the comparison failed\n\nThe log has the reason: {run}\n"
    ]


def test_a_merge_request_with_a_failure_has_a_comment_and_the_status_of_the_failure(
    gitlab: Job,
) -> None:
    (gitlab.folder / "guardrails.code").write_text("255")
    status, log = gitlab.run("merge-request.sh")
    assert status == 255
    assert "error: the preview of stack dev with the guardrails failed\n" in log
    assert gitlab.bodies[0].startswith(SUMMARY)
    (gitlab.folder / "engine.code").write_text("1")
    gitlab.engine("failed-plan", 1)
    (gitlab.folder / "calls").unlink()
    assert gitlab.run("merge-request.sh")[0] == 1
    assert "the comparison failed" in gitlab.bodies[0]
    assert len(gitlab.read("calls").splitlines()) == 1


def test_a_fork_has_a_summary_and_no_request(github: Job) -> None:
    github.event("github-fork")
    previewed(github)
    assert github.run("review.sh", ACCESS_TOKEN="") == (
        0,
        "no comment: a run of a fork has no token for it; the summary of the run has the text\n",
    )
    assert github.forge.calls == []
    assert github.read("summary").startswith(SUMMARY)


def test_a_preview_without_credentials_has_a_local_iam_api(github: Job) -> None:
    assert github.run("preview.sh", ACCESS_LOCAL="true") == (0, "")
    seen = dict(line.partition("=")[::2] for line in github.read("environment").splitlines())
    assert seen["SCW_API_URL"].startswith("http://127.0.0.1:")
    assert seen["SCW_DEFAULT_ORGANIZATION_ID"] == "11111111-1111-4111-8111-111111111111"
    assert all(seen[f"SCW_{key}"] for key in ("ACCESS_KEY", "SECRET_KEY", "DEFAULT_PROJECT_ID"))
    # It has ended with the script.
    port = int(seen["SCW_API_URL"].rpartition(":")[2])
    with socket.socket() as connection:
        assert connection.connect_ex(("127.0.0.1", port)) != 0
    status, log = github.run("preview.sh", ACCESS_LOCAL="true", ACCESS_SEED="missing.json")
    assert status == 1
    assert "missing.json" in log
    assert log.endswith("error: the local IAM API did not start\n")
    assert len(github.read("calls").splitlines()) == 1


def head(sha: str, owner: str = "mallory") -> dict[str, Any]:
    return {"sha": sha, "ref": "access", "user": {"login": owner}}


def test_the_run_after_a_fork_finds_the_pull_request_by_its_commit(github: Job) -> None:
    """The number is from GitHub, not from a file of the fork."""
    github.event("github-workflow-run")
    previewed(github)
    plans = {"ACCESS_PLAN": "access-review/plan.json", "ACCESS_BEFORE": "access-review/plan.json"}
    github.forge.pulls = [
        {"number": 41, "head": head("c" * 40)},
        {"number": 43, "head": head("a" * 40, "alice")},
    ]
    assert github.run("review.sh", **plans) == (
        0,
        "no comment: no open pull request has the commit of the run\n",
    )
    github.forge.pulls.append({"number": 42, "head": head("a" * 40)})
    assert github.run("review.sh", **plans, ACCESS_TITLE="fork") == (
        0,
        "created comment 3000000000\n",
    )
    assert github.bodies[0].startswith(f"{marker('fork')}\n### Access of `fork`: no change\n")
    assert github.forge.calls == [
        "GET /repos/acme/iam/pulls page 1",
        "GET /repos/acme/iam/pulls page 1",
        "GET /repos/acme/iam/issues/42/comments page 1",
        "POST /repos/acme/iam/issues/42/comments",
    ]


def test_a_plan_of_a_fork_is_a_file_and_not_a_link(github: Job) -> None:
    (github.folder / "plan.json").symlink_to("/etc/hostname")
    assert github.run("review.sh", ACCESS_PLAN="plan.json") == (1, "error: plan.json is a link\n")


def test_an_event_without_a_pull_request_has_no_comment(github: Job) -> None:
    github.event("github-push")
    previewed(github)
    assert github.run("review.sh") == (0, "no comment: the event has no pull request\n")


HOSTILE = [
    "`a` | b",
    "</details><script>alert(1)</script>",
    "@acme/team #1 https://evil.example",
    "```mermaid\ngraph LR\n```",
    "a\u202eb\u200b\x1b[31m",
    '"; click n0 "javascript:alert(1)"',
    "${{ secrets.X }} $(touch pwned) `touch pwned`",
    "\n::add-mask::dev\n##[error]x",
    f"\n{MARKER}",
]


@pytest.mark.parametrize("name", [" ".join(HOSTILE[:6]), " ".join(HOSTILE[6:])], ids=["a", "b"])
def test_a_hostile_name_is_posted_as_escaped_text(github: Job, name: str) -> None:
    """The comment is exactly the output of the command: no shell, jq or JSON changes a character."""
    plan = json.dumps(json.loads(github.read("engine.json"))).replace(
        '"name": "devs"', f'"name": {json.dumps(name)}'
    )
    (github.folder / "plan.json").write_text(plan)
    status, log = github.run("review.sh", ACCESS_PLAN="plan.json")
    assert status == 0
    (body,) = github.bodies
    assert body == github.read("access-review/comment.md")
    assert code(f"group:{name}") in body
    assert body.startswith(f"{MARKER}\n")
    assert body.count(MARKER) == 1 + name.count(MARKER)
    assert log == "created comment 3000000000\n"
    assert not (github.folder / "pwned").exists()


def test_a_text_of_others_is_no_command_of_github(github: Job) -> None:
    (github.folder / "guardrails").write_text("::add-mask::dev\n\x1b[31m##[error]x")
    status, log = github.run("guardrails.sh")
    assert status == 0
    found = re.fullmatch(
        r"::stop-commands::([0-9a-f]{32})\n::add-mask::dev\n\[31m##\[error\]x\n::\1::\n", log
    )
    assert found, log


def test_drift_opens_an_issue_and_its_end_closes_it(any_job: Job) -> None:
    name = any_job.forge.name
    any_job.event(f"{name}-schedule")
    table = "~ scw-iam:Group devs update [diff: ~description]\n- ``` @acme x delete"
    any_job.engine("drift", text=table)
    assert any_job.run("drift.sh")[1].endswith("created issue 1\n")
    (issue,) = any_job.forge.issues
    assert issue["title"] == "Drift of stack dev"
    assert issue["body" if name == "github" else "description"] == (
        "<!-- pulumi-scw-iam drift: dev -->\nResources that differ from the state of the stack: 2."
        " `pulumi refresh --preview-only --diff` shows the values.\n\n"
        f"```text\n{table.replace('`', chr(39))}\n```\n"
    )
    any_job.engine("no-drift")
    assert any_job.run("drift.sh") == (0, "closed issue 1\n")
    calls = any_job.read("calls").splitlines()
    assert all(call.startswith("refresh --preview-only --non-interactive ") for call in calls)
    assert len(calls) == 3


def test_drift_without_a_token_fails_the_job(gitlab: Job) -> None:
    gitlab.engine("drift", text="table\n")
    assert gitlab.run("drift.sh", ACCESS_TOKEN="") == (
        3,
        "table\nresources of stack dev that differ from the state: 2\n",
    )
    gitlab.engine("no-drift")
    assert gitlab.run("drift.sh", ACCESS_TOKEN="") == (
        0,
        "resources of stack dev that differ from the state: 0\n",
    )
    gitlab.engine("failed-plan", 1)
    status, log = gitlab.run("drift.sh", ACCESS_TOKEN="")
    assert status == 1
    assert log.endswith("error: the refresh of stack dev failed\n")
    assert gitlab.forge.calls == []
