"""What users are to know that is no error."""

import logging

from pulumi_scw_iam.common.redaction import Masking
from pulumi_scw_iam.common.words import shown

__all__ = ["user_log"]

user_log = logging.getLogger(__name__)
"""One line each, at INFO or WARNING. A front shows them by a handler of its own; without one they are
not seen."""

user_log.addFilter(Masking())


def _as_shown(record: logging.LogRecord) -> bool:
    """Have the line shown as a terminal shows it safely, whatever names stand in it."""
    record.msg, record.args = shown(record.getMessage()), ()
    return True


user_log.addFilter(_as_shown)
