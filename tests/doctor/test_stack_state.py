"""Formats of states for the doctor: exports, checkpoints, stdin."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.doctor.command import NOT_JSON, Command, group_lines, run_process
from tests.doctor.states import export, resource

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_scw_iam.api.client import IamClient

NO_STACK = (
    "not the state of a stack; pass the output of `pulumi stack export`, or a checkpoint file"
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", NOT_JSON),
        (b"\x1f\x8b no gzip", NOT_JSON),
        (gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 20, NOT_JSON),
        (b"\xff\xfe\xfd", NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b"[]", NO_STACK),
        (b"{}", NO_STACK),
        (b'{"resources": []}', NO_STACK),
        (b'{"deployment": {"resources": {}}}', NO_STACK),
        (b'{"deployment": []}', NO_STACK),
    ],
)
def test_a_file_that_is_no_state_is_refused(
    command: Command, iam: IamClient, content: bytes, reason: str
) -> None:
    iam.create_group(name="devs")
    state = command.file(content)
    assert command.doctor(state) == (1, [], [f"pulumi-scw-iam: {state}: {reason}"])


def test_a_file_that_cannot_be_read_is_told(
    command: Command, iam: IamClient, tmp_path: Path
) -> None:
    del iam
    missing = f"{tmp_path}/missing.json"
    assert command.doctor(missing) == (
        1,
        [],
        [f"pulumi-scw-iam: {missing}: No such file or directory"],
    )
    assert command.doctor(str(tmp_path)) == (
        1,
        [],
        [f"pulumi-scw-iam: {tmp_path}: Is a directory"],
    )
    assert command.doctor("-", "-") == (
        1,
        [],
        ["pulumi-scw-iam: - is given more than once: stdin can be read only once"],
    )


def test_states_come_in_several_forms(command: Command, iam: IamClient) -> None:
    group = iam.create_group(name="devs")
    exported = export(resource("Group", "devs", id=group["id"]))
    checkpoint = {
        "version": 3,
        "checkpoint": {"stack": "organization/shop/test", "latest": exported["deployment"]},
    }
    for content in (
        exported,
        {**exported, "version": 4, "features": ["views"]},
        checkpoint,
        gzip.compress(json.dumps(checkpoint).encode()),
        b"\xef\xbb\xbf" + json.dumps(exported).encode(),
    ):
        assert command.doctor(command.file(content))[0] == 0
    # New stacks, before their first `pulumi up`, have no resources.
    for empty in (
        {"version": 3, "deployment": {"manifest": {}, "metadata": {}}},
        {"version": 3, "deployment": None},
        {"version": 3, "checkpoint": {"stack": "organization/shop/test"}},
        {"version": 3, "checkpoint": {"stack": "organization/shop/test", "latest": None}},
        {"version": 3, "checkpoint": {"latest": {"manifest": {}}}},
        # Malformed entries are ignored.
        {"deployment": {"resources": [1, {"type": 5}], "pending_operations": 7}},
        {"deployment": {"resources": [], "pending_operations": [{"type": "creating"}, None]}},
    ):
        assert command.doctor(command.file(empty))[0] == 3


def test_as_a_process_it_reads_a_state_from_stdin(command: Command, iam: IamClient) -> None:
    del command
    group = iam.create_group(name="devs")
    known = json.dumps(export(resource("Group", "devs", id=group["id"])))
    assert run_process("doctor", "-", input=known)[0] == 0
    status, lines, errors = run_process("doctor", "-", input=json.dumps(export()))
    assert (status, errors) == (3, [])
    assert lines[1:] == group_lines(iam, "devs")
    assert run_process("doctor", "-", input="") == (
        1,
        [],
        [f"pulumi-scw-iam: -: {NOT_JSON}"],
    )
