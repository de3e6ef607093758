"""A provider process that reports its memory, its processor time and its modules when it ends."""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import atexit
import json
import os
import re
import resource
import runpy
import sys
from pathlib import Path

__all__ = ["FOLDER", "run"]

FOLDER = "BENCH_FACTS"
"""Environment variable with the folder for the report of each process."""

NOT_A_PROVIDERS = re.compile(
    r"(pulumi_scw_iam\.(commands|doctor|emulator|guardrails|pytest_plugin)|pulumi_policy|werkzeug|pytest)\b"
)
"""Modules that no provider may load. The SDK itself loads `pulumi.policy`."""

NOT_THE_PLUGINS = re.compile(rf"{NOT_A_PROVIDERS.pattern}|pulumi$")
"""Modules that the native plugin must not load; these include the SDK."""


def peak_memory() -> float:
    """Return the peak memory of this process, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, ru_maxrss includes the memory of the parent process at the fork.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return int(found[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write_facts(never: re.Pattern[str]) -> None:
    """Write memory and CPU time of this process, and its loaded modules that match `never`."""
    times = os.times()
    facts = {
        "memory": peak_memory(),
        "cpu": times.user + times.system,
        "loaded": sorted(filter(never.match, sys.modules)),
    }
    Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(json.dumps(facts))


def run(provider: str) -> None:
    """Run a provider: ours, the one without any work, or the host of dynamic providers."""
    if provider == "ours":
        from pulumi_scw_iam.native import server  # noqa: PLC0415

        server.serve()
        write_facts(NOT_THE_PLUGINS)
        os._exit(0)  # like the plugin itself
    atexit.register(write_facts, NOT_A_PROVIDERS)
    if provider == "nothing":
        from bench.nothing import main as nothing  # noqa: PLC0415

        nothing()
    else:
        # Like `python -u -m pulumi.dynamic ADDRESS`.
        sys.argv = sys.argv[sys.argv.index("pulumi.dynamic") :]
        runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
