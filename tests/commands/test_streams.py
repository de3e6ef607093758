"""The command `pulumi-scw-iam` prints no traceback for closed, full or broken streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from pulumi_scw_iam import __version__

# With this variable, argparse writes the help unbuffered and hides write errors.
os.environ.pop("PYTHONUNBUFFERED", None)

COMMANDS = [
    ["guardrails"],
    ["guardrails", "--json"],
    ["permission-sets"],
    ["permission-sets", "--json"],
    ["path", "plugin"],
    ["emulator"],
]


def shell(redirection: str, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Run the command in a shell with a redirection; return status, stdout and stderr."""
    done = subprocess.run(
        [
            "sh",
            "-c",
            f'exec "$0" -m pulumi_scw_iam.commands "$@" {redirection}',
            sys.executable,
            *arguments,
        ],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("module", "name"),
    [("commands.main", "pulumi-scw-iam"), ("native.server", "scw-iam")],
    ids=["cli", "plugin"],
)
def test_version(module: str, name: str) -> None:
    code = f"from pulumi_scw_iam.{module} import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [name, __version__]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [*COMMANDS, ["--help"]], ids=" ".join)
def test_a_reader_that_closes_the_pipe_is_no_error(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_scw_iam.commands", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_a_plugin_whose_port_nobody_reads_ends_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "from pulumi_scw_iam.native.server import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("arguments", [*COMMANDS, ["--help"]], ids=" ".join)
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    line = "pulumi-scw-iam: cannot write to stdout: No space left on device\n"
    assert shell(">/dev/full", *arguments) == (1, "", line)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_closed_stdout_is_one_line(arguments: list[str]) -> None:
    line = "pulumi-scw-iam: cannot write to stdout: stdout is closed\n"
    assert shell(">&-", *arguments) == (1, "", line)


def test_a_closed_stderr_sends_no_message_to_stdout() -> None:
    assert shell("2>&-", "permission-sets", "--output", "x") == (1, "", "")


def test_a_closed_stdin_is_one_line() -> None:
    line = "pulumi-scw-iam: -: stdin is closed\n"
    assert shell("<&-", "doctor", "-") == (1, "", line)


def test_a_stdin_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    unreadable = tmp_path / "state"
    unreadable.touch()
    line = "pulumi-scw-iam: -: Bad file descriptor\n"
    assert shell(f"0>>{unreadable}", "doctor", "-") == (1, "", line)


def test_what_the_encoding_does_not_have_is_escaped() -> None:
    status, printed, complaint = shell("", "guardrails", "--json", PYTHONIOENCODING="ascii")
    assert (status, complaint) == (0, "")
    assert printed.isascii()
    assert json.loads(printed)


def test_an_interrupt_is_one_line(tmp_path: Path) -> None:
    """The interrupt arrives while the doctor waits for a state on stdin."""
    # A background process may have inherited an ignored SIGINT.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " from pulumi_scw_iam.commands.main import main; raise SystemExit(main())"
    )
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", code, "doctor", "-"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        # The last import before the read of stdin.
        for line in process.stderr:
            if line.rstrip().endswith("| pulumi_scw_iam.doctor.report"):
                break
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    lines = [line for line in stderr.splitlines() if not line.startswith("import time:")]
    assert (process.returncode, stdout, lines) == (130, "", ["pulumi-scw-iam: interrupted"])


def test_the_emulator_serves_though_nobody_reads_its_log() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "pulumi_scw_iam.commands", "emulator"],
        stdout=subprocess.PIPE,
        stderr=writer,
        text=True,
    ) as server:
        os.close(writer)
        assert server.stdout is not None
        facts = json.loads(server.stdout.readline())
        address = f"{facts['url']}/iam/v1alpha1/groups?organization_id={facts['organization_id']}"
        request = urllib.request.Request(address, headers={"X-Auth-Token": facts["secret_key"]})
        for _ in range(2):
            with urllib.request.urlopen(request, timeout=30) as response:
                assert json.load(response)["total_count"] >= 0
        server.terminate()
        assert server.wait(timeout=30) == 0
