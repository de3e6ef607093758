"""Run examples/quickstart on a local IAM API, and print the next steps.

    python tools/demo.py

All files are in .demo: the state of the local IAM API, the state of Pulumi, and a file to source
for a shell with `pulumi`. A second run continues with these states.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
QUICKSTART = ROOT / "examples" / "quickstart"
STACK = "demo"


def main() -> int:
    """Run the demo; return the exit code of the first failed command."""
    # Set both handlers explicitly: `nohup` and background jobs ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    DEMO.mkdir(exist_ok=True)
    try:
        with local_iam_api() as announced:
            environment = environment_for(announced)
            write_environment(environment)
            tour({**os.environ, **environment})
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except Interrupted as interrupted:
        print("demo: interrupted; run `make demo` to continue", file=sys.stderr)
        return 128 + interrupted.number
    print(farewell(announced["url"]))
    return 0


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def interrupt(number: int, _frame: object) -> None:
    """Raise Interrupted once. Further signals are ignored during cleanup."""
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


@contextmanager
def local_iam_api() -> Iterator[dict[str, str]]:
    """Run the local IAM API in a process of its own, on the port of the last run."""
    remembered = DEMO / "port"
    port = remembered.read_text(encoding="utf-8") if remembered.exists() else "0"
    command = [
        str(Path(sys.executable).parent / "pulumi-scw-iam"),
        *("emulator", "--port", port, "--state", str(DEMO / "iam.sqlite")),
    ]
    with (
        (DEMO / "iam.log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        ) as server,
    ):
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line:
                sys.exit(f"the local IAM API did not start; see {DEMO / 'iam.log'}")
            announced: dict[str, str] = json.loads(line)
            remembered.write_text(announced["url"].rpartition(":")[2], encoding="utf-8")
            yield announced
        finally:
            server.terminate()


def environment_for(announced: dict[str, str]) -> dict[str, str]:
    """Return the environment variables of `pulumi` in the demo."""
    tools = [str(ROOT / ".engine" / "bin"), str(Path(sys.executable).parent)]
    return {
        "PATH": os.pathsep.join([*tools, os.environ["PATH"]]),
        "PULUMI_HOME": str(DEMO / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{DEMO}",
        "PULUMI_CONFIG_PASSPHRASE": "demo",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "SCW_API_URL": announced["url"],
        "SCW_ACCESS_KEY": announced["access_key"],
        "SCW_SECRET_KEY": announced["secret_key"],
        "SCW_DEFAULT_ORGANIZATION_ID": announced["organization_id"],
        "SCW_DEFAULT_PROJECT_ID": announced["project_id"],
    }


def write_environment(environment: dict[str, str]) -> None:
    """Write .demo/env, for the user's shell."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    (DEMO / "env").write_text("".join(lines), encoding="utf-8")


def tour(environment: dict[str, str]) -> None:
    """Run `up`, print the outputs, run `up` again, refresh."""

    def pulumi(title: str, *arguments: str) -> None:
        print(f"\n# {title}\n$ pulumi {' '.join(arguments)}", flush=True)
        command = ["pulumi", *arguments]
        # Pulumi runs in a session of its own, so that Ctrl-C arrives only once, from this process.
        # A second Ctrl-C would make Pulumi abandon pending operations.
        with subprocess.Popen(
            command, cwd=QUICKSTART, env=environment, start_new_session=True
        ) as process:
            try:
                code = process.wait()
            except Interrupted:
                process.send_signal(signal.SIGINT)
                process.wait()
                raise
        if code:
            raise subprocess.CalledProcessError(code, command)

    pulumi("A stack in a local backend", "stack", "select", "--create", STACK)
    pulumi("The resources of examples/quickstart", "up", "--yes", "--skip-preview")
    pulumi("The outputs; the secret key is hidden", "stack", "output")
    pulumi("A second update: no changes", "up", "--yes", "--skip-preview", "--expect-no-changes")
    pulumi("A refresh: no drift", "refresh", "--yes", "--skip-preview", "--expect-no-changes")


def farewell(url: str) -> str:
    """Return the paths of all states, and the next commands."""
    port = url.rpartition(":")[2]
    return f"""
The stack's state is in .demo/.pulumi, the local IAM API's state in .demo/iam.sqlite. To continue:

    source .demo/env
    pulumi-scw-iam emulator --port {port} --state .demo/iam.sqlite >.demo/iam.log 2>&1 &
    cd examples/quickstart
    pulumi stack --show-urns                     # list the resources
    pulumi stack output robot_secret_key --show-secrets
    pulumi destroy --yes                         # delete all resources
    kill %1                                      # stop the local IAM API

For the real API, set SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_ORGANIZATION_ID and
SCW_DEFAULT_PROJECT_ID, unset SCW_API_URL, and use another stack."""


if __name__ == "__main__":
    sys.exit(main())
