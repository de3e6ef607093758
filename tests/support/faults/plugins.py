"""Processes of the native plugin. Each is a fork of a process with loaded modules.

Loading the modules takes longer than the process lives. The plugin itself is unchanged.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Fork a process for each line on stdin; print its id and port."""
    import pulumi_scw_iam.api.client  # noqa: F401, PLC0415 - loaded once for all forks
    from pulumi_scw_iam.native import server  # noqa: PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed processes need no wait()
    sys.argv[1:] = []
    for line in iter(sys.stdin.readline, ""):
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.update(pair.split("=", 1) for pair in line.split())
            sys.stdout.write(f"{os.getpid()} ")
            server.main()
            os._exit(0)


if __name__ == "__main__":
    main()
