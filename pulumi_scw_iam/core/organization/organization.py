"""One organization: its directory, the plan of the run, and the judgement about self-lockout."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import IamError, Incomplete, Refused
from pulumi_scw_iam.core.organization.directory import Directory
from pulumi_scw_iam.core.organization.lockout import Lockout
from pulumi_scw_iam.core.organization.plan import Plan, UniqueName
from pulumi_scw_iam.core.organization.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.core.cures import Cure
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.directory import Normalize
    from pulumi_scw_iam.core.organization.plan import Loss

__all__ = ["Organization", "Organizations"]


class Organization:
    """One organization, for checks and operations. Thread-safe.

    The directory has the existing objects, and the plan has the declarations of the program. The
    methods here combine both.
    """

    def __init__(
        self,
        client: Callable[[], IamClient],
        organization_id: str,
        settings: Settings,
        adopt: Callable[[str, str, str], Cure],
    ) -> None:
        self.id = organization_id
        self.adopt = adopt
        """Return the fix to adopt an existing object; takes the kind, the name and the id."""
        self._writes = Writes()
        self.directory = Directory(client, organization_id, settings, self._writes)
        self.plan = Plan()
        self.lockout = Lockout(self.directory, self.plan, is_allowed=settings.allow_self_lockout)
        self._judging = threading.Lock()

    def holder(
        self, noun: str, field: str, value: str, *, normalize: Normalize = str
    ) -> Mapping[str, Any] | None:
        """Return the object with a unique name; None if the name is free or released here."""
        if self.plan.releases(UniqueName(noun, field, normalize(value))):
            return None
        item = self.directory.named(noun, field, value, normalize=normalize)
        return None if item is None or self.plan.replaces(noun, item["id"]) else item

    def configuration_id(
        self, noun: str, read_configuration: Callable[[IamClient, str], Mapping[str, Any]]
    ) -> str | None:
        """Return the id of the only configuration of a noun, if it blocks a create."""
        configuration_id = self.directory.configuration_id(noun, read_configuration)
        if configuration_id is None or self.plan.replaces(noun, configuration_id):
            return None
        return configuration_id

    def security_settings(self) -> Mapping[str, Any] | None:
        """Return the security settings as they will be after this run; None if unknown."""
        settings = self.directory.security_settings()
        return None if settings is None else {**settings, **self.plan.security_settings()}

    def excess(self, noun: str, quota: str, number: int) -> tuple[int, int] | None:
        """Return the limit of a quota and the number of objects if it is exceeded; None otherwise.

        `number` counts the objects that the program adds, including the objects created so far.
        """
        limit = self.directory.quota(quota)
        items = None if limit is None else self.directory.all(noun)
        if limit is None or items is None:
            return None
        count = len(items) + max(number - self.plan.created(noun), 0)
        return (limit, count) if count > limit else None

    @contextmanager
    def losing(self, loss: Loss | None) -> Iterator[None]:
        """Context manager for an operation with a loss. Raises Refused for a self-lockout.

        Operations of other threads count as completed. So no two deletions rely on each other's
        object.
        """
        if loss is None:
            yield
            return
        with self._judging:
            if reason := self.lockout.reason(loss):
                raise Refused(reason)
            self.plan.begin(loss)
        try:
            yield
        except IamError as error:
            # An operation that may have had an effect still counts as under way.
            if not (error.may_have_acted or isinstance(error, Incomplete)):
                self.plan.end(loss)
            raise
        self.plan.end(loss)

    # --- writes of this process --------------------------------------------------------------

    def created(self, noun: str, resource_id: str, item: Props) -> None:
        """Record an object that this process created."""
        self.plan.count_created(noun)
        self._writes.record(noun, resource_id, item)

    def updated(self, noun: str, resource_id: str, item: Props) -> None:
        """Record the fields of an object after an update."""
        self._writes.record(noun, resource_id, item)

    def deleted(self, noun: str, resource_id: str) -> None:
        """Record an object that this process deleted."""
        self._writes.record_deleted(noun, resource_id)


class Organizations:
    """The organizations of one run, each with one directory and one plan. Thread-safe."""

    def __init__(
        self,
        client: Callable[[], IamClient],
        settings: Callable[[], Settings],
        adopt: Callable[[str, str, str], Cure],
    ) -> None:
        self._client = client
        self._settings = settings
        self._adopt = adopt
        self._lock = threading.Lock()
        self._by_id: dict[str, Organization] = {}

    def of(self, props: Props) -> Organization | None:
        """Return the organization of a resource, else the configured one; None if unknown."""
        organization_id = props.get("organization_id") or self._settings().organization_id
        if not isinstance(organization_id, str):
            return None
        with self._lock:
            if organization_id not in self._by_id:
                self._by_id[organization_id] = Organization(
                    self._client, organization_id, self._settings(), self._adopt
                )
            return self._by_id[organization_id]
