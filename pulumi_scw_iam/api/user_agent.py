"""The User-Agent header. Its nonces appear in the audit log and prove which call created an object."""

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
    """Return the nonce of a process. The cache key is the process id, so a forked child has its own nonce."""
    del process
    return secrets.token_hex(4)


def mark(nonce: str = "") -> str:
    """Return the unique part of the User-Agent: per process, or per call with `nonce`."""
    process = _process_nonce(os.getpid())
    return f"nonce={process}.{nonce}" if nonce else f"nonce={process}"


def user_agent(nonce: str = "", *, front: str = "", suffix: str | None = None) -> str:
    """Return the User-Agent header.

    `nonce` marks one call, `front` names the calling part of the package, `suffix` is the user's setting.
    The audit log stores the User-Agent, so the nonces prove which call created an object. The nonces come
    early, because a log may shorten the header.
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
