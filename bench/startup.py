"""Benchmark of the start of the native plugin, a part of every command of the engine.

    python bench/startup.py [--runs 15] [--modules 12]

Each time is the median of several processes. The first process may compile, and does not count.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from bench.stack import surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGIN = Path(sys.executable).with_name("pulumi-resource-scw-iam")
TARGET = 0.7
"""The target for the first response of the plugin, in seconds."""


def seconds_to_run(code: str) -> float:
    """Return the time of a Python process with this code."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=surroundings(), check=True)  # noqa: S603 - our own code
    return time.perf_counter() - started


def seconds_to_answer() -> tuple[float, float]:
    """Return the times until the plugin prints its port, and until its first response."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        [PLUGIN], env=surroundings(), stdout=subprocess.PIPE, text=True
    ) as plugin:
        assert plugin.stdout
        port = int(plugin.stdout.readline())
        printed = time.perf_counter() - started
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
        answered = time.perf_counter() - started
        plugin.terminate()
    return printed, answered


def medians(measure: Callable[[], tuple[float, ...]], runs: int) -> list[float]:
    """Return the median of each time."""
    measure()
    measured = [measure() for _ in range(runs)]
    return [statistics.median(times) for times in zip(*measured, strict=True)]


class Imported(NamedTuple):
    """The import time of a module in milliseconds: alone, and with all its imports."""

    own: float
    all: float
    name: str


def imports(module: str) -> list[Imported]:
    """Return all imports of a module, with Python's own times."""
    printed = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        env=surroundings(),
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    ).stderr
    rows = (line.removeprefix("import time:").split("|") for line in printed.splitlines()[1:])
    return [Imported(int(own) / 1000, int(whole) / 1000, name[1:]) for own, whole, name in rows]


def main() -> None:
    """Print two tables of results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--runs", type=int, default=15, help="runs of each measurement (%(default)s)"
    )
    parser.add_argument("--modules", type=int, default=12, help="modules to list (%(default)s)")
    arguments = parser.parse_args()

    print(f"{f'Python {sys.version.split()[0]}, median of {arguments.runs}':56}{'ms':>8}")
    for code in (
        "pass",
        "import pulumi_scw_iam",
        "import pulumi",
        "import pulumi_scw_iam.native.server",
        "import pulumi_scw_iam.sdk.resources",
    ):
        (took,) = medians(lambda code=code: (seconds_to_run(code),), arguments.runs)  # type: ignore[misc]
        print(f"{f'python -c {code!r}':56}{took * 1000:>8.0f}")
    printed, answered = medians(seconds_to_answer, arguments.runs)
    print(f"{'the plugin prints its port':56}{printed * 1000:>8.0f}")
    verdict = "" if answered < TARGET else f", more than {TARGET * 1000:.0f}"
    print(f"{'the plugin responds to GetPluginInfo':56}{answered * 1000:>8.0f}{verdict}")

    print(f"\n{'the slowest imports of the plugin, ms':56}{'alone':>8}{'total':>8}")
    longest = sorted(imports("pulumi_scw_iam.native.server"), key=lambda imported: -imported.all)
    for imported in longest[: arguments.modules]:
        print(f"{imported.name:56}{imported.own:>8.1f}{imported.all:>8.1f}")


if __name__ == "__main__":
    main()
