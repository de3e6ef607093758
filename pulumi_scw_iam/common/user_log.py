"""The log of notices and warnings for users."""

import logging

from pulumi_scw_iam.common.redaction import Masking
from pulumi_scw_iam.common.words import shown

__all__ = ["user_log"]

user_log = logging.getLogger(__name__)
"""The logger for one-line notices at INFO and warnings at WARNING. Each front adds a handler to show
records to users. Without a handler, nothing is shown."""

user_log.addFilter(Masking())


def _as_shown(record: logging.LogRecord) -> bool:
    """Escape the message for a terminal: the names in a message may contain control characters."""
    record.msg, record.args = shown(record.getMessage()), ()
    return True


user_log.addFilter(_as_shown)
