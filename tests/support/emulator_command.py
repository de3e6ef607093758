"""The command `pulumi-scw-iam emulator` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run the command for the block; yield the process and its first line of output."""
    with subprocess.Popen(
        [sys.executable, "-m", "pulumi_scw_iam.commands", "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def post_group(facts: dict[str, Any], name: str) -> dict[str, Any]:
    answer = requests.post(
        f"{facts['url']}/iam/v1alpha1/groups",
        json={"name": name, "organization_id": facts["organization_id"]},
        headers={"X-Auth-Token": facts["secret_key"]},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    group: dict[str, Any] = answer.json()
    return group
