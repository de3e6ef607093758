"""Graceful shutdown by signals, in whichever thread a signal arrives."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from pulumi_scw_iam.common.signals import Shutdown

PROGRAM = """
import signal, threading, time
from pulumi_scw_iam.common.signals import Shutdown

with Shutdown() as ending:
    print(ending.wait(0))
    other = threading.Thread(target=time.sleep, args=(60,), daemon=True)
    other.start()
    threading.Timer(0.2, signal.pthread_kill, (other.ident, signal.{number})).start()
    print(ending.wait(60), ending.wait(0))
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
    assert done.stdout.split() == ["False", "True", "True"]


def test_a_signal_that_comes_before_the_wait_counts() -> None:
    code = (
        "import os, signal\nfrom pulumi_scw_iam.common.signals import Shutdown\n"
        "with Shutdown() as ending: os.kill(os.getpid(), signal.SIGTERM); print(ending.wait(60))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "True\n"


@pytest.mark.parametrize(
    "inherited",
    [
        "signal.signal(number, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, [number])",
    ],
    ids=["ignored", "blocked"],
)
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_counts_that_is_inherited_as_ignored_or_blocked(
    number: str, inherited: str
) -> None:
    waits = (
        "import os, signal\nfrom pulumi_scw_iam.common.signals import Shutdown\n"
        f"with Shutdown() as ending: os.kill(os.getpid(), signal.{number}); print(ending.wait(60))"
    )
    starts = (
        f"import os, signal, sys\nnumber = signal.{number}\n{inherited}\n"
        f"os.execv(sys.executable, [sys.executable, '-c', {waits!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", starts], capture_output=True, text=True, check=True, timeout=90
    )
    assert done.stdout == "True\n"


def test_signal_handlers_and_mask_are_restored_at_the_end() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    with Shutdown() as ending:
        assert not ending.wait(0)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.pthread_sigmask(signal.SIG_SETMASK, blocked) == {*blocked, signal.SIGUSR1}
