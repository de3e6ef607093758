"""The User-Agent of this package, which proves in the audit log which call made an object."""

from __future__ import annotations

import functools
import os
import platform
import secrets

import requests

from pulumi_scw_iam.common.version import __version__

__all__ = ["mark", "user_agent"]


@functools.cache
def _process_nonce(process: int) -> str:
    """Return the nonce of a process, by its id: a forked child has one of its own."""
    del process
    return secrets.token_hex(4)


def mark(nonce: str = "") -> str:
    """Return the part of the User-Agent that only this process, or one call of it, has."""
    process = _process_nonce(os.getpid())
    return f"nonce={process}.{nonce}" if nonce else f"nonce={process}"


def user_agent(nonce: str = "", *, front: str = "", suffix: str | None = None) -> str:
    """Return the User-Agent of this process.

    `nonce` marks one call, `front` names the part of the package that calls, and `suffix` is the user's.
    The audit log keeps the User-Agent, so the nonces prove which call made an object. They stand near
    the beginning, because a log may shorten the header.
    """
    parts = (
        f"pulumi-scw-iam/{__version__}",
        mark(nonce),
        f"python/{platform.python_version()}",
        f"requests/{requests.__version__}",
        f"front={front}" if front else "",
        suffix,
    )
    return " ".join(filter(None, parts))
