"""How a process waits until it is asked to end, whichever of its threads the kernel tells."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import signal, threading, time
from pulumi_scw_iam.ending import Ending

ending = Ending()
assert not ending.wait(0)
other = threading.Thread(target=time.sleep, args=(60,), daemon=True)
other.start()
print("begun", flush=True)
threading.Timer(0.2, signal.pthread_kill, (other.ident, signal.{number})).start()
print("ended", ending.wait(60), ending.wait(0), flush=True)
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_that_another_thread_is_given_ends_the_wait(number: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(number=number)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.split() == ["begun", "ended", "True", "True"]


def test_a_signal_that_comes_before_the_wait_counts() -> None:
    code = (
        "import os, signal; from pulumi_scw_iam.ending import Ending; ending = Ending();"
        "os.kill(os.getpid(), signal.SIGTERM); print(ending.wait(60))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "True\n"
