"""Benchmark of the local IAM API: reads per second over loopback, and the time of a page of a list.

    python bench/emulator.py [--reads 20000] [--objects 10000]

The server is a process of its own. Server and client run on different cores if the system supports
affinity and has two cores. The client sends prepared bytes and parses only the length of a
response.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

CORES: list[int | None] = (
    [*sorted(os.sched_getaffinity(0))] if hasattr(os, "sched_getaffinity") else [None]
)
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
"""None if the system does not support affinity."""

PAGE_SIZE = 100
LISTS = {
    "users": "users",
    "applications": "applications",
    "groups": "groups",
    "policies": "policies",
    "api_keys": "api-keys",
    "ssh_keys": "ssh-keys",
}
"""The sections of a seed, and the paths of their lists."""


class Connection:
    """A connection with keep-alive."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        address = urlsplit(facts["url"])
        self._socket = socket.create_connection((address.hostname, address.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, times: int = 1, **query: object) -> bytes:
        """Send the same request repeatedly, one at a time; return the last response."""
        target = f"/iam/v1alpha1/{path}?{urlencode(query)}"
        request = (
            f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: bench\r\n"
            f"X-Auth-Token: {self._facts['secret_key']}\r\n\r\n"
        ).encode()
        body = b""
        for _ in range(times):
            self._socket.sendall(request)
            body = self._answer()
        return body

    def _answer(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._socket.recv(1 << 20)
        head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"unexpected response: {head.decode()}")
        _, _, rest = head.lower().partition(b"content-length:")
        missing = int(rest.split(b"\r\n")[0]) - len(body)
        parts = [body]
        while missing > 0:
            parts.append(self._socket.recv(1 << 20))
            missing -= len(parts[-1])
        return b"".join(parts)


def move_to(core: int | None) -> None:
    """Pin this process and its future child processes to one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def served(*options: str) -> Iterator[dict[str, Any]]:
    """Run the command; yield the facts from its first line."""
    command = [sys.executable, "-m", "pulumi_scw_iam.commands", "emulator", *options]
    move_to(SERVER_CORE)
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            move_to(CLIENT_CORE)
            assert process.stdout
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def reads_a_second(facts: dict[str, Any], path: str, total: int, connections: int) -> float:
    """Return the reads per second over several connections."""
    clients = [Connection(facts) for _ in range(connections)]
    query = {"organization_id": facts["organization_id"]}
    threads = [
        threading.Thread(target=client.get, args=(path, total // connections), kwargs=query)
        for client in clients
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total / (time.perf_counter() - started)


def page_times(facts: dict[str, Any], path: str, pages: int) -> list[float]:
    """Return the time of each page in milliseconds, first to last."""
    client = Connection(facts)
    times = []
    for page in range(1, pages + 1):
        started = time.perf_counter()
        client.get(path, page=page, page_size=PAGE_SIZE, organization_id=facts["organization_id"])
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    """Print two tables of results."""
    parser = argparse.ArgumentParser(description="Benchmark the local IAM API.")
    parser.add_argument(
        "--reads", type=int, default=20_000, help="reads for each line of results (%(default)s)"
    )
    parser.add_argument(
        "--objects", type=int, default=10_000, help="objects of each kind (%(default)s)"
    )
    arguments = parser.parse_args()
    print(
        f"Python {sys.version.split()[0]}, server on core {SERVER_CORE}, client on {CLIENT_CORE}\n"
    )

    with served("--seed", "groups=20") as facts:
        print(f"{'reads over keep-alive':32}{'connections':>12}{'per second':>12}")
        for title, path in (
            ("one object", f"api-keys/{facts['access_key']}"),
            ("a list of 20", "groups"),
        ):
            for connections in (1, 8):
                rate = reads_a_second(facts, path, arguments.reads, connections)
                print(f"{title:32}{connections:>12}{rate:>12,.0f}")

    seed = ",".join(f"{section}={arguments.objects}" for section in LISTS)
    with served("--seed", seed) as facts:
        pages = -(-arguments.objects // PAGE_SIZE)
        print(
            f"\n{f'pages of {PAGE_SIZE}, median of 5, ms':32}{'first':>8}{'middle':>8}{'last':>8}"
        )
        for path in LISTS.values():
            times = page_times(facts, path, pages)
            middle = len(times) // 2
            spans = (times[:5], times[middle - 2 : middle + 3], times[-5:])
            medians = "".join(f"{statistics.median(span):>8.2f}" for span in spans)
            print(f"{path:32}{medians}")


if __name__ == "__main__":
    main()
