"""The local IAM API in a process of its own, with counts and concurrency of its calls."""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Calls", "LocalApi", "peak"]

LINE = re.compile(rb"(?P<method>[A-Z]+) (?P<path>/\S+) (?P<status>\S+) (?P<ms>[\d.]+)ms")
IDS = re.compile(r"(?<=/)([0-9a-f]{8}-[0-9a-f-]{27}|SCW[0-9A-Z]{17})(?=/|$)")
GOOD = ("200", "204")
SETTLED = 0.3
"""Seconds to wait for the last lines of the log."""


class Call(NamedTuple):
    """One request, timed by the clock of this process."""

    route: str
    began: float
    ended: float


class Calls(NamedTuple):
    """The calls in a span of time."""

    routes: dict[str, int]
    peak: int
    """The maximum number of concurrent calls."""
    cpu: float
    """The processor time of the API in this span, in seconds."""

    @property
    def total(self) -> int:
        """The number of calls."""
        return sum(self.routes.values())


def peak(calls: list[Call]) -> int:
    """Return the maximum number of concurrent calls."""
    edges = sorted(edge for call in calls for edge in ((call.began, 1), (call.ended, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


class LocalApi:
    """A new local IAM API that delays each response by `latency` seconds."""

    def __init__(self, latency: float) -> None:
        command = [str(Path(sys.executable).with_name("pulumi-scw-iam")), "emulator"]
        if latency:
            command += ["--latency", str(latency)]
        self._calls: list[Call] = []
        self._cpu = 0.0
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self._process.stdout
        facts = json.loads(self._process.stdout.readline())
        self.environment = {
            "SCW_API_URL": facts["url"],
            "SCW_ACCESS_KEY": facts["access_key"],
            "SCW_SECRET_KEY": facts["secret_key"],
            "SCW_DEFAULT_ORGANIZATION_ID": facts["organization_id"],
            "SCW_DEFAULT_PROJECT_ID": facts["project_id"],
        }
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr
        rest = b""
        while data := os.read(self._process.stderr.fileno(), 65536):
            ended = time.perf_counter()
            rest += data
            done = 0
            # Lines of concurrent requests may be joined.
            for found in LINE.finditer(rest):
                done = found.end()
                method, path, status, ms = (part.decode() for part in found.groups())
                path = IDS.sub("{id}", path).removeprefix("/iam/v1alpha1")
                route = f"{method} {path}" + (f" {status}" if status not in GOOD else "")
                self._calls.append(Call(route, ended - float(ms) / 1000, ended))
            rest = rest[done:]

    def take(self) -> Calls:
        """Return the calls since the last `take`."""
        time.sleep(SETTLED)
        calls, self._calls = self._calls, []
        before, self._cpu = self._cpu, self._processor_time()
        routes = dict(sorted(Counter(call.route for call in calls).items()))
        return Calls(routes, peak(calls), self._cpu - before)

    def _processor_time(self) -> float:
        stat = Path(f"/proc/{self._process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()
