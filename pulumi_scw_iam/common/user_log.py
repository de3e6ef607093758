"""What users are to know that is no error."""

import logging

from pulumi_scw_iam.common.redaction import Masking
from pulumi_scw_iam.common.words import shown

__all__ = ["notices"]

notices = logging.getLogger(__name__)
"""One line each, at INFO or WARNING. A front shows them by a handler of its own; without one they are
not seen."""

notices.addFilter(Masking())


def _as_shown(record: logging.LogRecord) -> bool:
    """Have the line shown as a terminal shows it safely, whatever names stand in it."""
    record.msg, record.args = shown(record.getMessage()), ()
    return True


notices.addFilter(_as_shown)
