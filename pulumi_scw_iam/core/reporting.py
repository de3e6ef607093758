"""Output for users beside results: one-line errors, warnings, and the log of API calls."""

from __future__ import annotations

import functools
import logging
import os
import traceback
from pathlib import Path

from pulumi_scw_iam.common.errors import ConfigError, IamError
from pulumi_scw_iam.common.redaction import Masking, declared_secrets
from pulumi_scw_iam.common.user_log import user_log

__all__ = ["LOG_VARIABLE", "log_calls", "one_line", "show_user_log"]

LOG_VARIABLE = "PULUMI_SCW_IAM_LOG"
"""The environment variable with the path of the log of all API calls; secrets are masked."""

_PACKAGE = Path(__file__).parents[1]


def one_line(error: BaseException) -> str | None:
    """Return an exception as one line for users, without traceback and secrets.

    None if the exception was not raised in this package.
    """
    if isinstance(error, IamError):
        return declared_secrets.text(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    if not ours:
        return None
    # The message of any other exception may quote a secret value, so the message is left out.
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[-4:])
    return f"internal error in pulumi-scw-iam: {type(error).__name__} at {places}; please report it"


def show_user_log(handler: logging.Handler) -> None:
    """Install a handler for warnings and notes to the user; only the first per process is used."""
    if not user_log.handlers:
        user_log.addHandler(handler)
        user_log.setLevel(logging.INFO)


def log_calls() -> None:
    """Log all API calls to the file in the environment variable `LOG_VARIABLE`, if set.

    Raises ConfigError if the file cannot be written.
    """
    if path := os.environ.get(LOG_VARIABLE):
        _log_to(path)


@functools.cache
def _log_to(path: str) -> None:
    try:
        handler = logging.FileHandler(path)
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise ConfigError(f"{LOG_VARIABLE} in the environment: {reason}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(threadName)s %(message)s"))
    handler.addFilter(Masking())
    log = logging.getLogger("pulumi_scw_iam")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
