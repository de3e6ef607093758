"""Interrupts of `make demo`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]

DEMO = """
import signal, sys
from pathlib import Path
from tools import demo

demo.ROOT = demo.QUICKSTART = Path(sys.argv[1])
demo.DEMO = demo.ROOT / ".demo"
sys.exit(demo.main())
"""
PULUMI = """\
#!/bin/sh
trap 'echo "pulumi ends in order"; exit 1' INT
touch started
while :; do sleep 0.05; done
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "inherited",
    ["", "signal.signal(signal.{name}, signal.SIG_IGN)"],
    ids=["", "ignored"],
)
def test_an_interrupted_demo_lets_pulumi_end_in_order(
    tmp_path: Path, number: signal.Signals, inherited: str
) -> None:
    pulumi = tmp_path / ".engine" / "bin" / "pulumi"
    pulumi.parent.mkdir(parents=True)
    pulumi.write_text(PULUMI)
    pulumi.chmod(0o755)
    inherited = inherited.format(name=number.name)
    become = f"import os, signal, sys\n{inherited}\nos.execv(sys.executable, sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", become, sys.executable, "-c", DEMO, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "started").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert stdout.splitlines()[-1] == "pulumi ends in order"
    assert stderr == "demo: interrupted; run `make demo` to continue\n"
    assert process.returncode == 128 + number
    port = int((tmp_path / ".demo" / "port").read_text())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
