"""The scripts of ci/ on the real engine: a pull request, a fork without secrets, and drift."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.access.markdown import marker
from tests.support.forge import TOKEN, running_forge
from tests.support.snippets import program
from tests.support.stack import ROOT

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.forge import Forge
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

PROJECT = "22222222-2222-4222-8222-222222222222"
USER = "33333333-3333-4333-8333-333333333333"
BASE = """
devs = iam.Group("devs", name="devs", application_ids=[])
"""
GRANT = """
iam.Policy("ops", name="ops", group_id=devs.id, rules=[
    {"permission_set_names": ["IAMManager"], "organization_id": iam.default_organization_id()},
])
"""
# A program that reads the API, with a user and a project of the seed.
LOOKUP = 'ana = iam.get_user_output(username="ana")\n'
OTHER = f"""
iam.Policy("read", name="read", user_id=ana.id, rules=[
    {{"permission_set_names": ["InstancesReadOnly"], "project_ids": ["{PROJECT}"]}},
])
"""
SENTENCE = "- `group:devs` gains `IAMManager` on the organization, through policy `ops`, rule 1; leads to any right."

DRIFT = """<!-- pulumi-scw-iam drift: test -->
Resources that differ from the state of the stack: 1. `pulumi refresh --preview-only --diff` shows the values.

```text
 ~  pulumi-python:dynamic/scw_iam:Group devs update [diff: +description]
Resources:
    ~ 1 to update
    1 unchanged
```
"""


def run(stack: Stack, forge: Forge, script: str, **variables: str) -> tuple[int, str]:
    """Run a script of ci/ as a job of GitHub: exit status and log."""
    event = stack.folder.parent / "event.json"
    event.write_text(
        json.dumps(
            {
                "pull_request": {"number": 42, "head": {"repo": {"full_name": "acme/iam"}}},
                "repository": {"full_name": "acme/iam"},
            }
        )
    )
    done = subprocess.run(
        ["bash", str(ROOT / "ci" / script)],
        cwd=stack.folder.parent,
        env={
            **stack.environment,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_REPOSITORY": "acme/iam",
            "GITHUB_EVENT_PATH": str(event),
            "ACCESS_STACK": "test",
            "ACCESS_PROJECT": "project",
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert TOKEN not in done.stdout
    return done.returncode, done.stdout


def test_the_kit_judges_a_program_and_its_drift(stack: Stack, iam: IamClient) -> None:
    stack.up(BASE)
    stack.write(BASE + GRANT)
    with running_forge("github") as forge:
        assert run(stack, forge, "preview.sh") == (0, "")
        status, log = run(stack, forge, "guardrails.sh")
        assert status != 0
        assert "escalation-named" in log
        status, log = run(
            stack, forge, "review.sh", ACCESS_TOKEN=TOKEN, ACCESS_FAIL_ON="escalation"
        )
        assert (status, log) == (
            3,
            "created comment 3000000000\nerror: the changes exceed escalation\n",
        )
        (comment,) = forge.comments
        assert comment["body"].startswith(f"{marker('test')}\n### Access of `test`: 1 escalation")
        assert SENTENCE in comment["body"]

        assert run(stack, forge, "drift.sh", ACCESS_TOKEN=TOKEN) == (0, "")
        (group,) = (one for one in iam.list_groups() if one["name"] == "devs")
        iam.update_group(group["id"], description="by hand")
        status, log = run(stack, forge, "drift.sh", ACCESS_TOKEN=TOKEN)
        assert (status, log.splitlines()[-1]) == (0, "created issue 1")
        (issue,) = forge.issues
        assert issue["body"] == DRIFT


def test_a_fork_without_secrets_compares_two_empty_stacks(stack: Stack) -> None:
    """As ci/github/example-fork.yml: two folders, no key, and one stack that exists in the first folder only."""
    for name in [name for name in stack.environment if name.startswith("SCW_")]:
        del stack.environment[name]
    folder = stack.folder.parent
    (folder / "seed.json").write_text(program("docs/guide/pull-requests.md", "json", "seed.json"))
    stack.write(LOOKUP + BASE)
    shutil.copytree(stack.folder, folder / "head")
    stack.pulumi("stack", "init", "fork")
    (folder / "head" / "__main__.py").write_text(
        stack.folder.joinpath("__main__.py").read_text() + GRANT + OTHER
    )
    local = {"ACCESS_STACK": "fork", "ACCESS_LOCAL": "true", "ACCESS_SEED": "seed.json"}
    with running_forge("github") as forge:
        for project, out in (("project", "before"), ("head", "after")):
            done = run(stack, forge, "preview.sh", **local, ACCESS_PROJECT=project, ACCESS_OUT=out)
            assert done == (0, "")
        status, log = run(
            stack,
            forge,
            "review.sh",
            ACCESS_BEFORE="before/plan.json",
            ACCESS_PLAN="after/plan.json",
            ACCESS_TITLE="fork",
            ACCESS_TOKEN=TOKEN,
        )
        assert (status, log) == (0, "created comment 3000000000\n")
        body = forge.comments[0]["body"]
        assert body.startswith(
            f"{marker('fork')}\n### Access of `fork`: 1 escalation, 1 broadening\n"
        )
        assert SENTENCE in body
        assert (
            f"- `user:{USER}` gains `InstancesReadOnly` on project `{PROJECT}`, through policy `read`,"
            " rule 1.\n"
        ) in body
