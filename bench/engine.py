"""Benchmark of the real engine with this provider, compared to a provider without any work.

    python -m bench.engine [--set short|docs|full] [--fronts native --sizes 30 --latencies 0.05 --runs 3]

Each case is a cycle of commands on a new stack: create, second up, refresh, update of all, destroy.
In each round, both providers take turns, so that other load on the machine affects both. `--set
docs` and `--set full` write docs/guide/performance.md and its plot.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import report, startup
from bench.api import Calls, LocalApi
from bench.stack import ENGINE, OPERATIONS, ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CYCLE = ("create", "second up", "refresh", "update of all", "destroy")
WITH_PREVIEW = tuple(OPERATIONS)
NOTHING_TO_UPDATE = tuple(name for name in CYCLE if name != "update of all")
NO_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
OUTSIDE = -1.0
"""Stands for the latency of an external API."""
RESULTS = ROOT / "build" / "bench" / "results.json"


@dataclass(frozen=True)
class Case:
    """One program on one front, with several latencies and runs."""

    front: str
    size: int
    latencies: tuple[float, ...] = (0.05,)
    runs: int = 3
    checkpoints: bool = True
    """Whether the engine writes its state after each step. This takes most of its time."""
    operations: tuple[str, ...] = CYCLE


ALL = (0.0, 0.05, 0.15)
SETS: dict[str, tuple[Case, ...]] = {
    "short": (
        Case("native", 30, runs=2),
        Case("native", 300, runs=2, checkpoints=False, operations=WITH_PREVIEW),
        Case("dynamic", 300, runs=1, checkpoints=False),
    ),
    "docs": (
        # An update of all resources takes longest with checkpoints. The next case covers updates.
        Case("native", 300, operations=NOTHING_TO_UPDATE),
        Case("native", 300, ALL, runs=1, checkpoints=False, operations=WITH_PREVIEW),
        Case("dynamic", 300, runs=1),
        Case("native", 30, runs=1),
        Case("native", 3000, runs=1, checkpoints=False, operations=NOTHING_TO_UPDATE),
    ),
    # With checkpoints, the engine's time grows quadratically: 3,000 resources take hours.
    "full": tuple(
        Case(front, size, ALL, 5 if size <= 300 else 3, checkpoints, WITH_PREVIEW)
        for front in ("native", "dynamic")
        for size in (30, 300, 1000, 3000)
        for checkpoints in (True, False)
        if size <= 300 or not checkpoints
    ),
}


def cycle(
    case: Case, latency: float | None, *, outside: bool = False, engine: Path = ENGINE
) -> Iterator[dict[str, Any]]:
    """Run the operations on a new stack. Without a latency, use the provider without any work.

    `outside` selects the API of the SCW_* variables. Its calls are not counted.
    """
    is_real = latency is not None
    api = LocalApi(latency) if latency is not None and not outside else None
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    stack = None
    try:
        with api or nullcontext():
            environment = {} if case.checkpoints else dict(NO_CHECKPOINTS)
            if api:
                environment |= api.environment
            elif is_real:
                environment |= {k: v for k, v in os.environ.items() if k.startswith("SCW_")}
            stack = Stack(
                folder, case.front, case.size, environment, is_real=is_real, engine=engine
            )
            for operation in case.operations:
                if api:
                    api.take()
                used = stack.run(operation)
                calls = api.take() if api else Calls({}, 0, 0.0)
                yield {
                    "front": case.front,
                    "size": case.size,
                    "checkpoints": case.checkpoints,
                    "latency": latency,
                    "operation": operation,
                    **asdict(used),
                    "calls": calls.total if api else None,
                    "routes": calls.routes,
                    "peak": calls.peak if api else None,
                    "api_cpu": calls.cpu,
                }
    except BaseException:
        if stack and outside and is_real:
            stack.run("destroy")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(cases: Iterable[Case], *, outside: bool) -> list[dict[str, Any]]:
    """Run all cases; return one result for each command."""
    results = []
    for case in cases:
        latencies = (OUTSIDE,) if outside else case.latencies
        for number in range(case.runs):
            for latency in (None, *latencies):
                for result in cycle(case, latency, outside=outside):
                    results.append({**result, "round": number})
                    print(report.line(results[-1]), file=sys.stderr, flush=True)
    return results


def starts(runs: int) -> dict[str, float]:
    """Return the start times of a provider process and its parts, in milliseconds."""
    printed, answered = startup.medians(startup.seconds_to_answer, runs)

    def imported(module: str) -> float:
        return statistics.median(startup.imports(module)[-1].all for _ in range(runs))

    return {
        "package": imported("pulumi_scw_iam"),
        "sdk": imported("pulumi"),
        "plugin": imported("pulumi_scw_iam.native.server"),
        "port": printed * 1000,
        "answer": answered * 1000,
    }


def chosen(arguments: argparse.Namespace) -> tuple[Case, ...]:
    """Return the cases selected on the command line."""
    given = (arguments.fronts, arguments.sizes, arguments.latencies, arguments.runs)
    if not any(given) and not arguments.no_checkpoints:
        return SETS[arguments.set]
    return tuple(
        Case(
            front,
            size,
            tuple(arguments.latencies or (0.05,)),
            arguments.runs or 3,
            not arguments.no_checkpoints,
            WITH_PREVIEW,
        )
        for front in arguments.fronts or ("native", "dynamic")
        for size in arguments.sizes or (300,)
    )


def main() -> None:
    """Print the tables; for the sets docs and full, also write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--set", choices=SETS, default="short", help="the set of cases (%(default)s)"
    )
    parser.add_argument("--fronts", nargs="+", choices=("native", "dynamic"))
    parser.add_argument("--sizes", nargs="+", type=int, help="numbers of resources")
    parser.add_argument(
        "--latencies", nargs="+", type=float, help="latencies of the local API, in seconds"
    )
    parser.add_argument("--runs", type=int, help="runs of each case")
    parser.add_argument("--no-checkpoints", action="store_true", help="set PULUMI_SKIP_CHECKPOINTS")
    parser.add_argument(
        "--outside",
        action="store_true",
        help="create and delete the resources with the API of the SCW_* variables",
    )
    parser.add_argument("--again", action="store_true", help="only report the last results again")
    arguments = parser.parse_args()
    if not (ENGINE / "pulumi").exists():
        sys.exit("no Pulumi engine in .engine/bin; run `make engine`")
    if arguments.outside and not os.environ.get("SCW_SECRET_KEY"):
        sys.exit("SCW_SECRET_KEY is not set; --outside needs the SCW_* variables")

    if arguments.again:
        document = json.loads(RESULTS.read_text())
    else:
        cases = chosen(arguments)
        document = {
            "set": arguments.set if cases is SETS[arguments.set] else "own",
            "machine": {
                "cores": os.cpu_count(),
                "system": platform.system(),
                "python": platform.python_version(),
                "pulumi": subprocess.run(  # noqa: S603 - our own command
                    [ENGINE / "pulumi", "version"], capture_output=True, text=True, check=True
                ).stdout.strip(),
                "load": os.getloadavg()[0],
            },
            "startup": starts(7),
        }
        # Warm up: the first run reads the programs from the disk.
        list(cycle(Case("native", 30, operations=("create", "destroy")), None, outside=False))
        document["results"] = measure(cases, outside=arguments.outside)
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(document, indent=1))
    print(report.text(document))
    if document["set"] in ("docs", "full"):
        report.write(document, ROOT / "docs" / "guide")


if __name__ == "__main__":
    main()
