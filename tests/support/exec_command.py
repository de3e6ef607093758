"""The command `pulumi-scw-iam exec` as a process, on the local IAM API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.support.local_api import Clock, Iam
from tests.support.relays.crashes import CrashRelay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator

__all__ = ["COMMAND", "Application", "RecordingRelay", "eventually"]

# A background process may have inherited ignored signals. The first line of stdin starts the command, if `gate` is given.
_CODE = (
    "import os, signal, sys; "
    "[signal.signal(getattr(signal, name), signal.SIG_DFL) for name in ('SIGTERM', 'SIGHUP', 'SIGQUIT')]; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.argv[1] == 'gate' and sys.stdin.readline(); "
    "from pulumi_scw_iam.commands.main import main; raise SystemExit(main(sys.argv[2:]))"
)
COMMAND = [sys.executable, "-c", _CODE]


class Application:
    """An application of the local IAM API, and the processes of `exec` with its keys."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self.iam = Iam(emulator, Clock())
        self.id = self.iam.application("ci")
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "OUT": str(folder),
            "PULUMI_SCW_IAM_RETRY_TIMEOUT": "2",
            **emulator.environment,
        }

    def keys(self) -> list[dict[str, Any]]:
        """Return the existing keys of the application."""
        return list(self.iam.list("/api-keys", application_id=self.id)["api_keys"])

    def signs(self, secret_key: str) -> bool:
        """Return whether the API accepts a secret key."""
        return Iam(self.emulator, Clock(), secret_key).call("GET", "/groups").status != 401

    def start(
        self, *words: str, gate: bool = False, environ: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start `exec` with the arguments, outside any terminal."""
        if "--" in words and "--application" not in words:
            words = ("--application", "ci", *words)
        return subprocess.Popen(
            [*COMMAND, "gate" if gate else "now", "exec", *words],
            env={**self.environ, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # without a terminal
        )

    def run(self, *words: str, **environ: str) -> tuple[int, str, str]:
        """Run `exec`; return its status, stdout and stderr."""
        process = self.start(*words, environ=environ)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr

    def file(self, name: str) -> str:
        """Return the content of a file that a command has written; empty without the file."""
        path = self.folder / name
        return path.read_text() if path.exists() else ""


class RecordingRelay(CrashRelay):
    """A relay that also counts requests, and keeps the secret keys in responses."""

    def __init__(self, target: str) -> None:
        self.secret_keys: list[str] = []
        self.requests: list[str] = []
        super().__init__(target)

    def _forwarded(self, request: bytes) -> bytes:
        self.requests.append(request.split(b" /", 1)[0].decode())
        answer = super()._forwarded(request)
        self.secret_keys += re.findall(r'"secret_key": ?"([^"]+)"', answer.decode())
        return answer


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition holds. Raises AssertionError after some seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "the condition did not become true"
        time.sleep(0.01)
