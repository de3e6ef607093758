"""What users see beside results: errors in one line, warnings, and the log of all calls."""

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
"""In the environment: a file to which every call to the API is logged, secrets masked."""

_PACKAGE = Path(__file__).parents[1]


def one_line(error: BaseException) -> str | None:
    """Return what a user is to see of an exception: one line, without a traceback and without secrets.

    None if the exception was not raised in this package.
    """
    if isinstance(error, IamError):
        return declared_secrets.text(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    if not ours:
        return None
    # The words of a foreign exception may quote a value, and a value may be a secret.
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[-4:])
    return f"a bug in pulumi-scw-iam, please report it: {type(error).__name__} at {places}"


def show_user_log(handler: logging.Handler) -> None:
    """Have a handler show the user warnings and notes. Only the first handler of a process counts."""
    if not user_log.handlers:
        user_log.addHandler(handler)
        user_log.setLevel(logging.INFO)


def log_calls() -> None:
    """Log all calls to the API to the file that the environment names, if it names one.

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
