"""What a client wrote, and how long the API may answer as if it had not.

The API shows a new object, and counts a new right, after a while. Errors that this explains are retried.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.retry import Retry
    from pulumi_scw_iam.common.errors import IamError

__all__ = ["OwnWrites"]

_NEVER = -math.inf


class OwnWrites:
    """The objects that one client made or adopted, and its last grant of a right. Threads may share it."""

    def __init__(self, retry: Retry, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry = retry
        self._clock = clock
        self._made: dict[str, float] = {}
        """When the client made an object, by id."""
        self._unproved: set[str] = set()
        self._granted = _NEVER
        """When the client last made a call that may give rights."""
        self._cure: dict[tuple[str, str], float] = {}
        """By refused right: when the grant was made that may cure the refusal."""

    def made(self, resource_id: str) -> None:
        """Remember an object that the client made."""
        self._made[resource_id] = self._clock()

    def has_made(self, resource_id: object) -> bool:
        """Return whether the client made the object, and has not deleted it."""
        return resource_id in self._made

    def adopted(self, resource_id: str) -> None:
        """Remember an object that a create adopted without proof: another program may have made it."""
        self._unproved.add(resource_id)

    def is_unproved(self, resource_id: str) -> bool:
        """Return whether a create of this client adopted the object without proof."""
        return resource_id in self._unproved

    def succeeded(self, method: str, path: str) -> None:
        """Note a call that succeeded: it may give a right, prove one, or delete an object."""
        self._cure.pop(_right(method, path), None)
        if _grants(method, path):
            self._granted = self._clock()
        if method == "DELETE":
            self._made.pop(path.rpartition("/")[2], None)

    def cures_within(self, method: str, path: str, error: IamError) -> float:
        """Return for how many seconds an error may still be caused by the API's lag.

        The result is negative if that time is over, or if no write of the client explains the error.
        """
        now = self._clock()
        if isinstance(error, NotFound):
            return self._made.get(error.resource_id, _NEVER) + self._retry.lag - now
        # A proxy may answer 403 too. Few keys may read the log, and create recovery does without it.
        if (
            not isinstance(error, PermissionDenied)
            or error.type != "permissions_denied"
            or path == "logs"
        ):
            return _NEVER
        # A grant cures only what was first refused after it. A refusal before it had another reason,
        # and later grants do not make the wait longer.
        granted = self._cure.setdefault(_right(method, path), self._granted)
        return granted + self._retry.grant - now


def _grants(method: str, path: str) -> bool:
    """Return whether a call may give somebody rights, maybe the caller."""
    first, _, last = path.partition("/")
    if method in {"GET", "DELETE"} or last.endswith("/remove-member"):
        return False
    return first in {"policies", "rules"} or (first == "groups" and "member" in last)


def _right(method: str, path: str) -> tuple[str, str]:
    """Return the right that a call needs, as far as the request tells: `GET` of `groups`."""
    return method, path.partition("/")[0]
