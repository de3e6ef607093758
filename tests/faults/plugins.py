"""The native plugin, in as many processes as are wanted, each made by a fork of one that has it loaded.

To load it takes most of the time that a process lives here; what runs in it is the plugin as it is.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Make a process for each line that is read, and print its id and its port."""
    import pulumi_scw_iam.api.client  # noqa: F401, PLC0415 - loaded once for all
    from pulumi_scw_iam.native import server  # noqa: PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a process that was killed
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
