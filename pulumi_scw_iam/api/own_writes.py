"""The recent writes of a client, and the errors caused by the API's lag.

New objects and new grants take effect after a while. An error within this time is retried.
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
    """The created and adopted objects of one client, and the time of its last grant. Thread-safe."""

    def __init__(self, retry: Retry, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry = retry
        self._clock = clock
        self._created: dict[str, float] = {}
        """The time when the client created an object, by id."""
        self._unproved: set[str] = set()
        self._granted = _NEVER
        """The time of the client's last call that may grant a permission."""
        self._cure: dict[tuple[str, str], float] = {}
        """The time of the grant that may end a refusal, by refused permission."""

    def created(self, resource_id: str) -> None:
        """Remember an object created by the client."""
        self._created[resource_id] = self._clock()

    def has_created(self, resource_id: object) -> bool:
        """Return whether the client created the object, and has not deleted the object since."""
        return resource_id in self._created

    def adopted(self, resource_id: str) -> None:
        """Remember an object adopted without proof: another program may have created the object."""
        self._unproved.add(resource_id)

    def is_unproved(self, resource_id: str) -> bool:
        """Return whether a create of this client adopted the object without proof."""
        return resource_id in self._unproved

    def succeeded(self, method: str, path: str) -> None:
        """Record a successful call: a grant, the proof of a permission, or a delete."""
        self._cure.pop(_permission(method, path), None)
        if _grants(method, path):
            self._granted = self._clock()
        if method == "DELETE":
            self._created.pop(path.rpartition("/")[2], None)

    def cures_within(self, method: str, path: str, error: IamError) -> float:
        """Return for how many more seconds the API's lag may explain an error.

        The result is negative after this time, or if no write of the client explains the error.
        """
        now = self._clock()
        if isinstance(error, NotFound):
            return self._created.get(error.resource_id, _NEVER) + self._retry.lag - now
        # A 403 of another type may be from a proxy. A 403 for the audit log is final: few API keys have
        # the permission, and create recovery works without the audit log.
        if (
            not isinstance(error, PermissionDenied)
            or error.type != "permissions_denied"
            or path == "logs"
        ):
            return _NEVER
        # A grant explains a refusal only if the first refusal came after the grant: an earlier refusal
        # had another reason. Later grants do not extend the wait.
        granted = self._cure.setdefault(_permission(method, path), self._granted)
        return granted + self._retry.grant - now


def _grants(method: str, path: str) -> bool:
    """Return whether a call may grant permissions, possibly to the caller."""
    first, _, last = path.partition("/")
    if method in {"GET", "DELETE"} or last.endswith("/remove-member"):
        return False
    return first in {"policies", "rules"} or (first == "groups" and "member" in last)


def _permission(method: str, path: str) -> tuple[str, str]:
    """Return the permission that a call needs, as method and first path segment: `GET`, `groups`."""
    return method, path.partition("/")[0]
