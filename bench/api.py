"""The local IAM API in a process of its own, whose log says what was called, and how much at once."""

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
"""Seconds that the last lines of the log may be under way."""


class Call(NamedTuple):
    """One request, by our clock."""

    route: str
    began: float
    ended: float


class Calls(NamedTuple):
    """The calls that were made in a span of time."""

    routes: dict[str, int]
    peak: int
    """How many were under way at once, at most."""
    cpu: float
    """The processor time that it took to answer them, in seconds."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.routes.values())


def peak(calls: list[Call]) -> int:
    """How many of these were under way at once, at most."""
    edges = sorted(edge for call in calls for edge in ((call.began, 1), (call.ended, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


class LocalApi:
    """A fresh local IAM API, each answer of which takes `latency` seconds longer."""

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
            # Lines of requests that end together may run into one another.
            for found in LINE.finditer(rest):
                done = found.end()
                method, path, status, ms = (part.decode() for part in found.groups())
                path = IDS.sub("{id}", path).removeprefix("/iam/v1alpha1")
                route = f"{method} {path}" + (f" {status}" if status not in GOOD else "")
                self._calls.append(Call(route, ended - float(ms) / 1000, ended))
            rest = rest[done:]

    def take(self) -> Calls:
        """The calls since the last time."""
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
