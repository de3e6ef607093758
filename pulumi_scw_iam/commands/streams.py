"""stdin, stdout and stderr of a command. Each may be closed, full, or a pipe without a reader."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from pulumi_scw_iam.common.words import shown

__all__ = ["OnStderr", "complain", "discard", "prepare_streams", "print_on_stderr"]


def prepare_streams() -> None:
    """Reopen stderr if it is closed, and escape characters outside the encoding of stdout."""
    if sys.stderr is None:
        # Otherwise `print` would write to stdout, and the next open file would get descriptor 2.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def discard(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that buffered and later writes cannot fail."""
    with suppress(OSError, ValueError):  # only files have a descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(message: str, status: int = 1) -> int:
    """Print one line on stderr, after the name of the program, and return the exit status."""
    print_on_stderr(f"pulumi-scw-iam: {message}")
    return status


def print_on_stderr(line: str) -> None:
    """Print one line on stderr. If the write fails, discard this and all later lines."""
    # A single write keeps the lines of several threads apart.
    try:
        print(f"{shown(line)}\n", end="", file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


class OnStderr(logging.Handler):
    """Log handler that prints messages for the user, such as warnings, on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a record."""
        complain(record.getMessage())
