"""Benchmark of the adoption of a large organization: calls, seconds beyond the engine, memory.

    python -m bench.adopt [--objects 3000] [--front yaml] [--latency 0.05]

One run: `adopt DIR`, and the same with an import into a stack. The seconds beyond the engine are the time of the
command minus the time of the engine's commands.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import requests

from bench.api import LocalApi
from bench.stack import ENGINE, ROOT, commands_in
from bench.watched import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Calls

CALLS = 40
"""The target for the calls, without one call for the rules of each policy, which the API has in no list."""
SECONDS = 20.0
"""The target for the time of the command beyond the engine, in seconds."""
MEMORY = 200.0
"""The target for the peak memory of the command, in MB."""

SHARES = {
    "users": 6,
    "applications": 30,
    "groups": 24,
    "api_keys": 24,
    "ssh_keys": 15,
    "policies": 1,
}
"""The percentages of the objects, by section of the seed."""

COMMAND = """
import atexit, runpy, sys
from bench import watched
atexit.register(watched.write_facts, watched.NOT_A_PROVIDERS)
sys.argv = ["pulumi-scw-iam", *sys.argv[1:]]
runpy.run_module("pulumi_scw_iam.commands", run_name="__main__")
"""
"""Runs the command in a process that reports its memory."""

SHIM = """#!{python}
import os, subprocess, sys, time
started = time.time()
code = subprocess.run([{pulumi!r}, *sys.argv[1:]]).returncode
with open({log!r}, "a") as log:
    log.write(f"{{time.time() - started}}\\n")
sys.exit(code)
"""
"""Stands for `pulumi` on PATH, and appends the seconds of each command to a file."""


class Used(NamedTuple):
    """The time, the memory and the calls of one run of the command."""

    seconds: float
    beyond: float
    """The seconds without those of the engine."""
    memory: float
    calls: Calls

    @property
    def rules(self) -> int:
        """The number of calls for the rules of policies."""
        return self.calls.routes.get("GET /rules", 0)

    def line(self, title: str) -> str:
        """Return the results in one line."""
        return (
            f"{title}: {self.seconds:.1f} s, {self.beyond:.1f} s beyond the engine (target {SECONDS:.0f} s),"
            f" {self.memory:.0f} MB (target {MEMORY:.0f} MB),"
            f" {self.calls.total - self.rules} calls and {self.rules} for rules of policies"
        )


def main() -> None:
    """Print the results. The exit status is 1 if a target is missed, or if a call changed the organization."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=3000, metavar="N")
    parser.add_argument("--front", choices=("python", "native", "yaml"), default="yaml")
    parser.add_argument("--latency", type=float, default=0.05, metavar="SECONDS")
    arguments = parser.parse_args()
    failed = False
    with LocalApi(arguments.latency) as api, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {**prepared(folder), **api.environment}
        seed(api, arguments.objects)
        api.take()
        written = run(folder, environment, api, "--front", arguments.front)
        print(f"{written.line('adopt DIR')} (target {CALLS}, without rules)")
        pulumi(folder, environment, "stack", "init", "bench")
        imported = run(folder, environment, api, "--stack", "bench")
        print(f"{imported.line('adopt DIR --stack bench')}, with those of the engine")
    for used in (written, imported):
        for route in used.calls.routes:
            if not route.startswith("GET "):
                print(f"{route} changes the organization")
                failed = True
        failed |= used.beyond > SECONDS or used.memory > MEMORY
    # The second run includes the calls of the provider, in a refresh and a preview.
    failed |= written.calls.total - written.rules > CALLS
    sys.exit(failed)


def seed(api: LocalApi, size: int) -> None:
    """Create the objects."""
    counts = {title: size * share // 100 for title, share in SHARES.items()}
    response = requests.post(
        f"{api.environment['SCW_API_URL']}/__emulator/seed",
        json=counts,
        headers={"X-Auth-Token": api.environment["SCW_SECRET_KEY"]},
        timeout=120,
    )
    response.raise_for_status()


def prepared(folder: Path) -> dict[str, str]:
    """Create the folders of a run; return the environment of the command and of the engine."""
    for name in ("bin", "facts", "backend", "program"):
        (folder / name).mkdir()
    shim = folder / "bin" / "pulumi"
    pulumi_path, log = str(ENGINE / "pulumi"), str(folder / "engine.log")
    shim.write_text(SHIM.format(python=sys.executable, pulumi=pulumi_path, log=log))
    shim.chmod(0o755)
    return {**commands_in(folder, folder / "bin"), FOLDER: str(folder / "facts")}


def run(folder: Path, environment: Mapping[str, str], api: LocalApi, *options: str) -> Used:
    """Run the command once."""
    log = folder / "engine.log"
    log.write_text("")
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", COMMAND, "adopt", str(folder / "program"), *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"`adopt` failed:\n{done.stdout[-4000:]}")
    (file,) = (folder / "facts").iterdir()
    memory = json.loads(file.read_text())["memory"]
    file.unlink()
    engine = sum(map(float, log.read_text().split()))
    return Used(seconds, seconds - engine, memory, api.take())


def pulumi(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run a command of the engine in the folder of the program."""
    subprocess.run(  # noqa: S603 - our own engine
        [str(ENGINE / "pulumi"), *arguments],
        cwd=folder / "program",
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    main()
