"""Bring up examples/quickstart on a local IAM API, as a user would, and say how to go on.

    python tools/demo.py

Everything lies in .demo: the state of the local IAM API, the state of Pulumi, and a file to source for
a shell in which `pulumi` works on both. A second run goes on with what is there.
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
    """Run the demo; the exit code is that of the first command that failed."""
    # Both are set, whatever was inherited: `nohup` and background jobs ignore SIGINT.
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
        print("demo: interrupted; `make demo` goes on from here", file=sys.stderr)
        return 128 + interrupted.number
    print(farewell(announced["url"]))
    return 0


class Interrupted(BaseException):
    """SIGINT or SIGTERM has come."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def interrupt(number: int, _frame: object) -> None:
    """Raise Interrupted, once: what runs then is allowed to end in order."""
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


@contextmanager
def local_iam_api() -> Iterator[dict[str, str]]:
    """The local IAM API in a process of its own, on the port that it had in the last run."""
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
                sys.exit(f"the local IAM API did not start; {DEMO / 'iam.log'} says why")
            announced: dict[str, str] = json.loads(line)
            remembered.write_text(announced["url"].rpartition(":")[2], encoding="utf-8")
            yield announced
        finally:
            server.terminate()


def environment_for(announced: dict[str, str]) -> dict[str, str]:
    """The variables with which `pulumi` works on the demo."""
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
    """Write .demo/env, for a shell of the user's own."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    (DEMO / "env").write_text("".join(lines), encoding="utf-8")


def tour(environment: dict[str, str]) -> None:
    """Up, the outputs, up again, refresh."""

    def pulumi(title: str, *arguments: str) -> None:
        print(f"\n# {title}\n$ pulumi {' '.join(arguments)}", flush=True)
        command = ["pulumi", *arguments]
        # In a session of its own, so that Ctrl-C reaches it by us, and only once: a second one would
        # make it drop what it is about to do.
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
    pulumi("The six main resources", "up", "--yes", "--skip-preview")
    pulumi("Its outputs; the secret key stays hidden", "stack", "output")
    pulumi("Again: nothing to change", "up", "--yes", "--skip-preview", "--expect-no-changes")
    pulumi("And nothing has drifted", "refresh", "--yes", "--skip-preview", "--expect-no-changes")


def farewell(url: str) -> str:
    """Where everything is, and how to go on."""
    port = url.rpartition(":")[2]
    return f"""
The state of the stack is in .demo/.pulumi, the local IAM API's in .demo/iam.sqlite. To go on by hand:

    source .demo/env
    pulumi-scw-iam emulator --port {port} --state .demo/iam.sqlite >.demo/iam.log 2>&1 &
    cd examples/quickstart
    pulumi stack --show-urns                     # what there is
    pulumi stack output robot_secret_key --show-secrets
    pulumi destroy --yes                         # take it down
    kill %1                                      # stop the local IAM API

For the real API, set SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_ORGANIZATION_ID and
SCW_DEFAULT_PROJECT_ID to yours, unset SCW_API_URL, and choose a stack of its own."""


if __name__ == "__main__":
    sys.exit(main())
