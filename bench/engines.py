"""Benchmark of several engines, with this provider and with a provider without any work.

    python -m bench.engines FOLDER FOLDER [--size 300] [--runs 3] [--checkpoints] [--write]

Each folder has an engine. In each round, the engines take turns, so that other load on the machine affects all of
them. Processor times depend less on other load than wall times. `--write` writes the table to
docs/guide/performance.md.
"""

# ruff: noqa: INP001, T201, RUF001 - a script; people read times signs

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import report
from bench.engine import NOTHING_TO_UPDATE, Case, cycle
from bench.stack import ROOT

LATENCY = 0.05
RESULTS = ROOT / "build" / "bench" / "engines.json"


def version_of(engine: Path) -> str:
    """Return the version of the engine in a folder."""
    printed = subprocess.check_output([engine / "pulumi", "version"], text=True)  # noqa: S603 - our own engine
    return printed.strip().removeprefix("v")


def measure(engines: dict[str, Path], cases: list[Case]) -> list[dict[str, Any]]:
    """Run all cases on all engines; return one result for each command."""
    results = []
    for case in cases:
        for number in range(case.runs):
            for version, engine in engines.items():
                for latency in (None, LATENCY):
                    for result in cycle(case, latency, engine=engine):
                        results.append({**result, "round": number, "engine": version})
                        line = report.line(results[-1])
                        print(f"{version} {line}", file=sys.stderr, flush=True)
    return results


def least(results: list[dict[str, Any]], key: str, **facts: object) -> float:
    """Return the smallest number of the results with these facts."""
    return min(
        float(result[key])
        for result in results
        if all(result[name] == value for name, value in facts.items())
    )


def rows(results: list[dict[str, Any]]) -> list[list[str]]:
    """Return the table, head first: the best of all rounds."""
    engines = list(dict.fromkeys(result["engine"] for result in results))
    first, last = engines[0], engines[-1]
    table = [
        [
            "",
            *(f"{version}, alone" for version in engines),
            f"{last} / {first}",
            *(f"{version}, with this provider" for version in engines),
            *(f"over the engine, {version}" for version in engines),
        ]
    ]
    for checkpoints in dict.fromkeys(result["checkpoints"] for result in results):
        of_case = [result for result in results if result["checkpoints"] == checkpoints]
        for operation in dict.fromkeys(result["operation"] for result in of_case):
            alone, real = (
                {
                    version: {
                        key: least(
                            of_case, key, operation=operation, latency=latency, engine=version
                        )
                        for key in ("seconds", "whole_cpu")
                    }
                    for version in engines
                }
                for latency in (None, LATENCY)
            )
            table.append(
                [
                    operation + ", with checkpoints" * checkpoints,
                    *(_used(alone[version]) for version in engines),
                    " / ".join(
                        f"{alone[last][key] / alone[first][key]:.2f} ×" for key in alone[first]
                    ),
                    *(_used(real[version]) for version in engines),
                    *(
                        f"{real[version]['seconds'] / alone[version]['seconds']:.2f} ×"
                        for version in engines
                    ),
                ]
            )
    return table


def _used(used: dict[str, float]) -> str:
    return f"{used['seconds']:.1f} / {used['whole_cpu']:.1f}"


def section(document: dict[str, Any]) -> str:
    """Return the section of the page."""
    first, last = report.ENGINES
    machine, results = document["machine"], document["results"]
    (size,) = {result["size"] for result in results}
    runs = max(result["round"] for result in results) + 1
    without = "" if any(result["checkpoints"] for result in results) else " without checkpoints,"
    where = f"{machine['system']} with {machine['cores']} cores, Python {machine['python']}"
    return f"""\
{first}

## Engines

{size} resources, native front,{without} 50 ms. A cell has two times in seconds: the wall time, and the processor time
of all processes but the local IAM API. Each is the least of {runs} runs, in which the engines took turns. *Alone* is
the provider without any work. *Over the engine* compares the wall times of the two.

{where}, {document["date"]}. The load was {machine["load"]:.0f} at the start: other load makes the wall times longer,
and the processor times hardly.

{report.markdown(rows(results))}

{last}"""


def main() -> None:
    """Measure, print the table, and write it to the page on request."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("engines", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=300, help="number of resources (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case (%(default)s)")
    parser.add_argument(
        "--checkpoints", action="store_true", help="also measure with checkpoints, which is slower"
    )
    parser.add_argument("--write", action="store_true", help="write docs/guide/performance.md")
    parser.add_argument("--again", action="store_true", help="only report the last results again")
    arguments = parser.parse_args()
    if arguments.again:
        document = json.loads(RESULTS.read_text())
    else:
        if not arguments.engines:
            parser.error("name the folders of the engines")
        engines = {version_of(engine): engine.resolve() for engine in arguments.engines}
        cases = [
            Case(
                "native",
                arguments.size,
                runs=arguments.runs,
                checkpoints=checkpoints,
                operations=NOTHING_TO_UPDATE,
            )
            for checkpoints in ([False, True] if arguments.checkpoints else [False])
        ]
        document = {
            "date": dt.datetime.now(dt.timezone.utc).date().isoformat(),
            "machine": {
                "cores": os.cpu_count(),
                "system": platform.system(),
                "python": platform.python_version(),
                "load": os.getloadavg()[0],
            },
        }
        for engine in engines.values():
            # Warm up: the first run reads the programs from the disk.
            warm = Case("native", 30, operations=("create", "destroy"))
            list(cycle(warm, None, engine=engine))
        document["results"] = measure(engines, cases)
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(document, indent=1))
    text = section(document)
    print(text)
    if arguments.write:
        page = ROOT / "docs" / "guide" / "performance.md"
        first, last = report.ENGINES
        before, _, rest = page.read_text().partition(first)
        after = rest.partition(last)[2]
        page.write_text(f"{before.rstrip()}\n\n{text}\n{after.lstrip()}")


if __name__ == "__main__":
    main()
