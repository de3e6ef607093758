"""Run tests of the engine on several releases of Pulumi, and print a table of the results.

    python -m tools.engine.matrix [pinned newest 3.275.0] [--into .engine]

Each release is installed with tools/engine/install.py. `newest` is the newest release of the Go module. The exit
status is 1 if a release cannot be installed, or if a test fails. In a GitHub workflow, the table is also in the
summary of the run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tools.engine.install import Unsuitable, check, folder_of, released

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["TESTS", "Outcomes", "outcomes", "table"]

ROOT = Path(__file__).resolve().parents[2]
TESTS = {
    "test_lifecycle": "each resource on both fronts: create, update, refresh, import, destroy",
    "test_native": "what the plugin says to the engine: checks, diffs, imports, functions, interrupts",
    "test_explicit_providers": "providers of a program, and the change of a provider",
    "test_guardrails": "the policy pack",
    "test_faults": "failing calls, killed processes, two writers",
    "test_plans": "update plans with unknown values",
    "test_import_file": "the import file of a preview",
    "test_adopt": "import files with outputs",
    "test_adopt_program": "adoption of the objects of a program",
    "test_kept_states": "states of earlier releases",
    "test_installed_engine": "the stand-in for the Python language host",
}
"""The test files, with the part of the engine that each uses.

The other files of tests/engine test more of this package on the same parts of the engine.
"""

ORDER = ("passed", "failed", "skipped")

Outcomes = dict[str, tuple[Counter[str], float]]
"""The numbers of passed, failed and skipped tests, and their seconds, by test file."""


def outcomes(report: Path) -> Outcomes:
    """Return the results in a JUnit report of pytest."""
    found: Outcomes = {}
    for case in ET.parse(report).iter("testcase"):
        file = case.get("classname", "").rpartition(".")[2]
        counts, seconds = found.get(file, (Counter(), 0.0))
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            counts["failed"] += 1
        else:
            counts["skipped" if "skipped" in tags else "passed"] += 1
        found[file] = counts, seconds + float(case.get("time", 0))
    return found


def table(results: Mapping[str, Outcomes], tests: Iterable[str]) -> str:
    """Return the results by version as a Markdown table with a row for each test file."""
    lines = [
        f"| tests | {' | '.join(results)} |",
        f"| --- |{' --- |' * len(results)}",
    ]
    for test in tests:
        cells = []
        for by_file in results.values():
            counts, seconds = by_file.get(test, (Counter(), 0.0))
            words = [f"{counts[word]} {word}" for word in ORDER if counts[word]]
            cells.append(", ".join([*words, f"{seconds:.0f} s"]) if words else "not run")
        lines.append(f"| {test} | {' | '.join(cells)} |")
    return "\n".join(lines)


def installed(name: str, root: Path) -> tuple[str, Path]:
    """Install a release below `root`, unless it is there; return its version and its folder.

    Raises Unsuitable. `pinned` is exactly the version in go.mod, also with a newer Pulumi on PATH.
    """
    release = released(name)
    if name == "pinned":
        release = release._replace(is_exact=True)
        with suppress(Unsuitable):
            check(root / "bin", release)
            return str(release.version), root / "bin"
    folder = folder_of(release, root)
    install = Path(__file__).with_name("install.py")
    version = str(release.version)
    command = (sys.executable, install, "--version", version, "--into", folder)
    if subprocess.run(command, check=False).returncode:
        raise Unsuitable(f"Pulumi {version} could not be installed; the reasons are above")
    return version, folder


def run(folder: Path, tests: Iterable[str], workers: str) -> Outcomes:
    """Run test files on the engine in a folder; return the results."""
    files = [f"tests/engine/{test}.py" for test in tests]
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary, "report.xml")
        parallel = ["-n", workers, "--dist", "worksteal"]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *parallel, f"--junitxml={report}", *files],
            cwd=ROOT,
            env={**os.environ, "ENGINE": str(folder), "PATH": path},
            check=False,
        )
        return outcomes(report) if report.exists() else {}


def main() -> int:
    """Install each release, run the tests, and print the table."""
    parser = argparse.ArgumentParser(description="Run tests of the engine on several releases.")
    parser.add_argument("releases", nargs="*", default=["pinned", "newest"], metavar="RELEASE")
    parser.add_argument("--into", type=Path, default=ROOT / ".engine", metavar="FOLDER")
    parser.add_argument("--tests", nargs="+", default=list(TESTS), metavar="FILE")
    parser.add_argument("--workers", default="auto", help="for pytest -n (%(default)s)")
    options = parser.parse_args()
    results: dict[str, Outcomes] = {}
    failed = False
    for name in options.releases:
        try:
            version, folder = installed(name, options.into.resolve())
        except Unsuitable as reason:
            print(reason, file=sys.stderr)
            failed = True
            continue
        if version not in results:
            print(f"== Pulumi {version}", flush=True)
            results[version] = run(folder, options.tests, options.workers)
    text = table(results, options.tests)
    print(f"\n{text}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    for by_file in results.values():
        failed |= not set(options.tests) <= by_file.keys()
        failed |= any(counts["failed"] for counts, _ in by_file.values())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
