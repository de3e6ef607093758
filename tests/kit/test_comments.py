"""Comments and issues: found by their first line and author, updated in place, retried."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.forge import BOT, TOKEN, Failure

if TYPE_CHECKING:
    from tests.kit.jobs import Job

MARKER = "<!-- pulumi-scw-iam access diff: dev -->"
PUT = 'with_retries put_comment 42 comment.md || fail "$reason"'
COMMENTS = {
    "github": "/repos/acme/iam/issues/42/comments",
    "gitlab": "/projects/7/merge_requests/42/notes",
}
COMMENT = {
    "github": "PATCH /repos/acme/iam/issues/comments",
    "gitlab": "PUT /projects/7/merge_requests/42/notes",
}


def write(job: Job, text: str) -> str:
    body = f"{MARKER}\n{text}\n"
    (job.folder / "comment.md").write_text(body)
    return body


def reads(job: Job) -> list[str]:
    """The requests that a GitLab job starts with."""
    return [] if job.forge.name == "github" else ["GET /user"]


def test_a_comment_is_created_once_and_then_updated_in_place(any_job: Job) -> None:
    first = write(any_job, "first")
    assert any_job.call(PUT) == (0, "created comment 3000000000\n")
    assert any_job.bodies == [first]
    second = write(any_job, 'second: "quotes", \\back\\slash, é, 🔒\ttab')
    assert any_job.call(PUT) == (0, "updated comment 3000000000\n")
    assert any_job.bodies == [second]
    name = any_job.forge.name
    assert any_job.forge.calls == [
        *reads(any_job),
        f"GET {COMMENTS[name]} page 1",
        f"POST {COMMENTS[name]}",
        *reads(any_job),
        f"GET {COMMENTS[name]} page 1",
        f"{COMMENT[name]}/3000000000",
    ]


def test_a_comment_is_found_on_a_later_page_and_only_ours_is_updated(any_job: Job) -> None:
    forge = any_job.forge
    # Somebody else's comment with our first line could be changed by its author later.
    forged = f"{MARKER}\nno change"
    forge.add_comment("mallory", forged)
    for number in range(230):
        forge.add_comment("alice", f"comment {number}")
    forge.add_comment(BOT[forge.name], "<!-- pulumi-scw-iam access diff: prod -->\nother stack")
    forge.add_comment(BOT[forge.name], f"quoted\n{MARKER}")
    ours = forge.add_comment(BOT[forge.name], f"{MARKER}\r\nold\r\n")
    before = any_job.bodies
    new = write(any_job, "new")
    assert any_job.call(PUT) == (0, f"updated comment {ours}\n")
    assert any_job.bodies == [*before[:-1], new]
    pages = [call.rpartition(" ")[2] for call in forge.calls if " page " in call]
    assert pages == ["1", "2", "3"]


def test_a_lost_answer_of_a_create_makes_no_second_comment(any_job: Job) -> None:
    body = write(any_job, "text")
    steps = [None] * len(reads(any_job))
    any_job.forge.failures.extend([*steps, None, Failure(502, is_after=True)])
    assert any_job.call(PUT) == (0, "updated comment 3000000000\n")
    assert any_job.bodies == [body]


@pytest.mark.parametrize(
    "failure",
    [
        Failure(429, headers={"Retry-After": "0"}),
        Failure(403, headers={"retry-after": "0"}),
        Failure(403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
        Failure(500),
    ],
    ids=lambda failure: f"{failure.status}{failure.headers}",
)
def test_a_failure_that_passes_is_tried_again(github: Job, failure: Failure) -> None:
    body = write(github, "text")
    github.forge.failures.extend([failure, None, failure])
    assert github.call(PUT) == (0, "created comment 3000000000\n")
    assert github.bodies == [body]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Failure(503, "no\nserver"), "no server (503); tried 5 times"),
        (Failure(403, "Not accessible"), "Not accessible (403); the token may not do this"),
        (Failure(404, "Not Found"), "Not Found (404)"),
        (
            Failure(429, "slow", {"Retry-After": "3600"}),
            "slow (429); the rate limit ends in 3600 s",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else str(one.status),
)
def test_a_failure_that_stays_is_one_line(github: Job, failure: Failure, reason: str) -> None:
    write(github, "text")
    github.forge.failures.extend([failure] * 5)
    assert github.call(PUT) == (1, f"error: GET {COMMENTS['github']}: {reason}\n")
    assert github.bodies == []


def test_a_wrong_token_and_no_server_are_one_line(github: Job) -> None:
    write(github, "text")
    get = f"error: GET {COMMENTS['github']}"
    assert github.call(PUT, ACCESS_TOKEN="ghs_other") == (
        1,
        f"{get}: Bad credentials (401); the token is not valid\n",
    )
    code, log = github.call(PUT, GITHUB_API_URL="http://127.0.0.1:9")
    assert (code, log.count("\n")) == (1, 1)
    assert log.startswith(f"{get}: no response: curl: ")
    assert log.endswith("; tried 5 times\n")


def test_a_wait_that_the_server_asks_for_is_kept(github: Job) -> None:
    write(github, "text")
    github.forge.failures.append(Failure(429, headers={"Retry-After": "1"}))
    started = time.monotonic()
    assert github.call(PUT)[0] == 0
    assert time.monotonic() - started >= 1


def test_a_token_is_required_and_is_in_no_argument(any_job: Job) -> None:
    write(any_job, "text")
    assert any_job.call(PUT, ACCESS_TOKEN="") == (
        1,
        "error: no token; set ACCESS_TOKEN to a token that may write comments\n",
    )
    assert any_job.call(PUT, ACCESS_TOKEN='x"\nurl = "http://evil.example') == (
        1,
        "error: the token in ACCESS_TOKEN has a character that no token has\n",
    )
    assert any_job.forge.calls == []
    # A curl that records its arguments and its environment.
    (any_job.folder / "bin" / "curl").write_text(
        '#!/usr/bin/env bash\nprintf "%s\\n" "$@" >>"$KIT_TEST/arguments"; env >>"$KIT_TEST/curl.environment"\n'
        'PATH=${PATH#*:} exec curl "$@"\n'
    )
    (any_job.folder / "bin" / "curl").chmod(0o755)
    assert any_job.call(PUT)[0] == 0
    assert "--dump-header" in any_job.read("arguments")
    assert TOKEN not in any_job.read("arguments")
    assert TOKEN not in any_job.read("curl.environment")


DRIFT = "<!-- pulumi-scw-iam drift: dev -->\n1 resource\n"


def test_an_issue_is_created_updated_and_closed(any_job: Job) -> None:
    forge = any_job.forge
    forge.add_issue("mallory", DRIFT)
    (any_job.folder / "drift.md").write_text(DRIFT)
    text = {"github": "body", "gitlab": "description"}[forge.name]
    opened = {"github": "open", "gitlab": "opened"}[forge.name]
    put = 'with_retries put_issue "$TITLE" drift.md || fail "$reason"'
    assert any_job.call(put, TITLE="Drift of dev") == (0, "created issue 2\n")
    (any_job.folder / "drift.md").write_text(f"{DRIFT}more\n")
    assert any_job.call(put, TITLE="Drift of dev") == (0, "updated issue 2\n")
    last = forge.issues[-1]
    assert (last["title"], last[text], last["state"]) == ("Drift of dev", f"{DRIFT}more\n", opened)
    assert any_job.call(put, TITLE="") == (0, "closed issue 2\n")
    assert last["state"] == "closed"
    assert any_job.call(put, TITLE="") == (0, "")
    assert forge.issues[0]["state"] == opened
    assert json.dumps(forge.issues[0]).count("mallory") == 1
