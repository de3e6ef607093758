"""Benchmark of the policy pack: previews with the pack, with an empty pack, and without a pack.

    python bench/guardrails.py [--resources 300] [--runs 3]

The program is the YAML program of the other benchmarks, on the native plugin. The first line of
results covers the guardrails alone, with the work of pulumi-policy, in this process.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.policy import EnforcementLevel, _PolicyAnalyzerServicer

from bench.programs import shares, write_native
from bench.stack import ENGINE, ROOT, commands_in
from pulumi_scw_iam import guardrails
from pulumi_scw_iam.emulator import Emulator

BARE = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack("bare", [ResourceValidationPolicy("silent", "Reports nothing.", lambda args, report: None)])
"""
TARGET = 2.0
"""The target for all guardrails over 300 resources, in seconds."""


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--resources", type=int, default=300, metavar="N")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    size, runs = arguments.resources, range(arguments.runs)
    alone = statistics.median(seconds_of_guardrails(size) for _ in runs)
    print(
        f"{len(guardrails.GUARDRAILS)} guardrails over {size} resources: {alone:.2f} s (target {TARGET} s)"
    )
    with Emulator() as emulator, tempfile.TemporaryDirectory() as folder:
        environment = prepared(Path(folder), size, emulator)
        without = statistics.median(seconds_of_preview(Path(folder), environment) for _ in runs)
        bare = statistics.median(
            seconds_of_preview(Path(folder), environment, *with_pack("bare")) for _ in runs
        )
        guarded = statistics.median(
            seconds_of_preview(
                Path(folder), environment, *with_pack(str(ROOT / "pulumi_scw_iam" / "policy_pack"))
            )
            for _ in runs
        )
    print(f"preview: {without:.2f} s; with a pack of one empty policy: {bare:.2f} s")
    print(
        f"with this pack: {guarded:.2f} s; time of its guardrails: {guarded - bare:.2f} s (target {TARGET} s)"
    )


def with_pack(folder: str) -> tuple[str, ...]:
    """Return the options for a policy pack."""
    return ("--policy-pack", folder, "--policy-pack-config", "config.json")


def seconds_of_guardrails(size: int) -> float:
    """Return the time of all guardrails for the resources and the stack."""
    untyped: Any = _PolicyAnalyzerServicer
    pack = untyped("bench", "0.0.1", guardrails.every_policy(), EnforcementLevel.ADVISORY)
    stack = analyzer_pb2.AnalyzeStackRequest()
    requests = []
    for kind, count in shares(size).items():
        for number in range(count):
            values = properties(kind, number)
            token, name = f"scw-iam:index:{kind}", f"{kind}{number}"
            urn = f"urn:pulumi:bench::bench::{token}::{name}"
            request = analyzer_pb2.AnalyzeRequest(type=token, urn=urn, name=name)
            request.properties.update(values)
            stack.resources.add(type=token, urn=urn, name=name).properties.update(values)
            requests.append(request)
    started = time.perf_counter()
    for request in requests:
        pack.Remediate(request, None)
        pack.Analyze(request, None)
    pack.AnalyzeStack(stack, None)
    return time.perf_counter() - started


def properties(kind: str, number: int) -> dict[str, Any]:
    """Return a resource's properties for the guardrails."""
    own = f"00000000-0000-4000-8000-{number:012}"
    values: dict[str, Any] = {"description": "owner=bench"}
    match kind:
        case "Group":
            values |= {"name": f"g{number}", "tags": ["owner=bench"], "applicationIds": [own]}
        case "Application":
            values |= {"name": f"a{number}", "tags": ["owner=bench"]}
        case "APIKey":
            values |= {"applicationId": own, "expiresAt": "2030-01-31T12:00:00Z"}
        case _:
            rule = {
                "permissionSetNames": ["IAMReadOnly", "OrganizationReadOnly"],
                "organizationId": own,
                "condition": f'request.ip == "203.0.113.{number % 256}"',
            }
            values |= {"name": f"p{number}", "groupId": own, "rules": [rule]}
    return values


def prepared(folder: Path, size: int, emulator: Emulator) -> dict[str, str]:
    """Write the program and create its stack; return the environment of the engine."""
    project = folder / "project"
    project.mkdir()
    (folder / "backend").mkdir()
    write_native(project, size, "owner=bench")
    # Advisory violations do not stop the preview.
    (project / "config.json").write_text('{"all": "advisory"}')
    bare = project / "bare"
    bare.mkdir()
    (bare / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (bare / "__main__.py").write_text(BARE)
    environment = {**commands_in(folder), **emulator.environment}
    pulumi(folder, environment, "stack", "init", "bench")
    return environment


def seconds_of_preview(folder: Path, environment: dict[str, str], *pack: str) -> float:
    """Return the time of one preview."""
    started = time.perf_counter()
    pulumi(folder, environment, "preview", "--non-interactive", "--suppress-progress", *pack)
    return time.perf_counter() - started


def pulumi(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run a command of the engine."""
    done = subprocess.run(  # noqa: S603 - the project's own engine
        [str(ENGINE / "pulumi"), *arguments],
        cwd=folder / "project",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
