"""The settings of a front and its client, which is created on first use and shared."""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.threads import shared_property
from pulumi_scw_iam.core.reporting import log_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.api.batching import ReadingClient
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings

__all__ = ["ClientSource"]

# Concurrent first calls must share one client: `cancel` reaches only one.
_one_at_a_time = threading.Lock()


@functools.cache
def _client(settings: Settings, front: str) -> IamClient:
    """Return the client for these settings; all calls of a process share its connection pool."""
    log_calls()
    # Imported here, because requests is slow to load, and check and diff do not need the client.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415

    return IamClient(settings, front=front)


class ClientSource:
    """The settings and the client of one front. Thread-safe.

    `resolve` returns the settings. It is called on first use, and again after a failure. `name` is
    sent in the User-Agent.
    """

    def __init__(self, resolve: Callable[[], Settings], name: str) -> None:
        self._resolve = resolve
        self._name = name
        self._client: IamClient | None = None
        self._reader: ReadingClient | None = None
        self._is_cancelled = False

    @shared_property
    def settings(self) -> Settings:
        """The settings; raises ConfigError if credentials or defaults are missing or malformed."""
        return self._resolve()

    @property
    def defaults(self) -> Mapping[str, str | None]:
        """The settings that are the defaults of unset properties."""
        settings = self.settings
        return {"organization_id": settings.organization_id, "project_id": settings.project_id}

    @property
    def client(self) -> IamClient:
        """The client for the settings."""
        with _one_at_a_time:
            if self._client is None:
                self._client = _client(self.settings, self._name)
                if self._is_cancelled:
                    self._client.cancel()
            return self._client

    @property
    def reader(self) -> ReadingClient:
        """The same client for reads; concurrent reads are batched."""
        client = self.client
        with _one_at_a_time:
            if self._reader is None:
                from pulumi_scw_iam.api.batching import ReadingClient  # noqa: PLC0415 - as the client

                self._reader = ReadingClient(client)
            return self._reader

    @contextlib.contextmanager
    def writing(self, resource_id: str) -> Iterator[None]:
        """Context manager for a change of an object: drops its cached reads before and after."""
        self.forget(resource_id)
        try:
            yield
        finally:
            self.forget(resource_id)

    def forget(self, resource_id: str) -> None:
        """Drop the cached reads of an object and of each part of its id (a membership's group)."""
        if self._reader is not None:
            for part in {resource_id, *resource_id.split("/")}:
                self._reader.forget(part)

    def cancel(self) -> None:
        """Cancel all current and later waits, also those of a client created later."""
        with _one_at_a_time:
            self._is_cancelled = True
            if self._client is not None:
                self._client.cancel()

    def close(self) -> None:
        """Settle pending creates before the process ends: look up their objects once more."""
        if self._client is not None:
            self._client.close()

    def bounded(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Context manager: stop retries of this thread after so many seconds; 0 means no limit."""
        return self.client.bounded(seconds) if seconds > 0 else contextlib.nullcontext()
