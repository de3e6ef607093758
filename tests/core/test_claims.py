"""Claims: the processes of one engine share their declarations; other engines do not see these."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.core import claims as claims_module
from pulumi_scw_iam.core.claims import Claims, engine_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")

# Concurrent test runs share the lock file, so each run has its own scope.
SCOPE = f"127.0.0.1:4711 https://api.example.com/{os.getpid()}"
PROCESS = """
import sys
from pulumi_scw_iam.core.claims import Claims
claims = Claims(sys.argv[1])
for what in sys.argv[2:]:
    claims.add(*what.split(" by "))
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def another(scope: str, *claimed: str) -> Iterator[subprocess.Popen[str]]:
    """Context manager: another process has a claim until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS, scope, *claimed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_claim_of_another_process_of_the_engine_is_known_until_that_ends() -> None:
    claims = Claims(SCOPE)
    assert "membership" not in claims
    with another(SCOPE, "membership"):
        assert "membership" in claims
        assert "another" not in claims
    assert "membership" not in claims


def test_a_claim_of_another_engine_or_for_another_api_is_none_of_ours() -> None:
    with another("127.0.0.1:4712 https://api.example.com", "membership"):
        assert "membership" not in Claims(SCOPE)
    with another("127.0.0.1:4711 https://other.example.com", "membership"):
        assert "membership" not in Claims(SCOPE)


def test_two_processes_may_claim_the_same_and_each_may_drop_it() -> None:
    claims = Claims(SCOPE)
    claims.add("membership")
    with another(SCOPE, "membership"):
        claims.drop("membership")
        assert "membership" in claims
    assert "membership" not in claims


def test_a_look_at_a_claim_of_our_own_does_not_lose_it() -> None:
    claims = Claims(SCOPE)
    claims.add("membership")
    assert "membership" in claims
    code = (
        f"from pulumi_scw_iam.core.claims import Claims; print('membership' in Claims({SCOPE!r}))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "True\n"
    claims.drop("membership")


def test_a_claim_tells_by_whom_it_is_made() -> None:
    claims = Claims(SCOPE)
    claims.add("group", "a")
    assert not claims.others("group", "a")
    assert claims.others("group", "b")
    with another(SCOPE, "group by a"):
        assert not claims.others("group", "a")
        with another(SCOPE, "group by b"):
            assert claims.others("group", "a")
        assert not claims.others("group", "a")
        claims.drop("group", "a")
        assert "group" in claims
        assert not claims.others("group", "a")
        assert claims.others("group", "")
    assert "group" not in claims


def test_a_look_at_the_claims_of_others_does_not_lose_our_own() -> None:
    claims = Claims(SCOPE)
    claims.add("group", "a")
    assert not claims.others("group", "a")
    code = f"from pulumi_scw_iam.core.claims import Claims; print('group' in Claims({SCOPE!r}))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "True\n"


def test_without_an_engine_only_the_claims_of_the_process_count() -> None:
    claims = Claims(None)
    claims.add("membership")
    assert "membership" in claims
    assert "membership" not in Claims(None)


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["127.0.0.1:4711"], "127.0.0.1:4711"),
        (["--logtostderr", "-v=9", "127.0.0.1:4711"], "127.0.0.1:4711"),
        (["/usr/bin/plugin", "127.0.0.1:4711"], "127.0.0.1:4711"),
        (["[::1]:4711"], "[::1]:4711"),
        (["--tracing", "https://example.com/x"], None),
        ([], None),
    ],
)
def test_the_address_of_the_engine_is_found_among_the_arguments(
    arguments: list[str], address: str | None
) -> None:
    assert engine_address(arguments) == address


def test_a_file_that_cannot_be_opened_is_told_once_and_claims_of_the_process_still_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(claims_module, "_files", {})
    path = tmp_path / f"pulumi-scw-iam-{os.getuid()}.lock"
    path.symlink_to(tmp_path / "elsewhere")
    claims = Claims(SCOPE)
    claims.add("one")
    assert "one" in claims
    assert "two" not in claims
    assert caplog.messages == [
        f"could not open the lock file {path} of the provider's processes: Too many levels of symbolic"
        " links; if this update moves a GroupMembership to another provider, the member may be removed:"
        " run `pulumi refresh` and then `pulumi up` afterwards"
    ]
