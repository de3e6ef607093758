"""stdin, stdout and stderr of a command, which may be closed, full, or a pipe without a reader."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from pulumi_scw_iam.common.words import shown

__all__ = ["complain", "discard", "prepare_streams", "print_on_stderr"]


def prepare_streams() -> None:
    """Open stderr if it is closed, and let stdout escape characters that its encoding does not have."""
    if sys.stderr is None:
        # `print` would write to stdout instead, and the next file that is opened would be descriptor 2.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def discard(stream: TextIO) -> None:
    """Send a stream to the null device, so that neither its buffer nor later writes fail."""
    with suppress(OSError, ValueError):  # a stream that is not a file has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(message: str, status: int = 1) -> int:
    """Print one line with the name of the program on stderr, and return the exit status."""
    print_on_stderr(f"pulumi-scw-iam: {message}")
    return status


def print_on_stderr(line: str) -> None:
    """Print one line on stderr; if that fails, discard this and all later lines."""
    # In one write: with two, the lines of several threads could run into each other.
    try:
        print(f"{shown(line)}\n", end="", file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)
