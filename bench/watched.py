"""A provider in a process that tells at its end what it used: memory, processor time, modules."""

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
"""In the environment: the folder into which each process writes a file of its own."""

NOT_A_PROVIDERS = re.compile(
    r"(pulumi_scw_iam\.(commands|doctor|emulator|guardrails|pytest_plugin)|pulumi_policy|werkzeug|pytest)\b"
)
"""The modules that no provider process may have loaded; `pulumi.policy` is loaded by the SDK itself."""

NOT_THE_PLUGINS = re.compile(rf"{NOT_A_PROVIDERS.pattern}|pulumi$")
"""The modules that the native plugin may not have loaded: nor the SDK."""


def peak_memory() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which on Linux begins with that of the process that started this one.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return int(found[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write_facts(never: re.Pattern[str]) -> None:
    """Write the memory and CPU time of this process, and the modules it has loaded that match `never`."""
    times = os.times()
    facts = {
        "memory": peak_memory(),
        "cpu": times.user + times.system,
        "loaded": sorted(filter(never.match, sys.modules)),
    }
    Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(json.dumps(facts))


def run(provider: str) -> None:
    """Be the provider: ours, the one that does nothing, or the host of the dynamic ones."""
    if provider == "ours":
        from pulumi_scw_iam.native import server  # noqa: PLC0415

        server.serve()
        write_facts(NOT_THE_PLUGINS)
        os._exit(0)  # as it does itself
    atexit.register(write_facts, NOT_A_PROVIDERS)
    if provider == "nothing":
        from bench.nothing import main as nothing  # noqa: PLC0415

        nothing()
    else:
        # As `python -u -m pulumi.dynamic ADDRESS` would.
        sys.argv = sys.argv[sys.argv.index("pulumi.dynamic") :]
        runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
