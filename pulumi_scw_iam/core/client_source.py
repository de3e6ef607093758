"""The settings of a front, and the client for them: made when it is first needed, and shared."""

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

# Calls that come first and together must not each make a client: `cancel` would reach only one.
_one_at_a_time = threading.Lock()


@functools.cache
def _client(settings: Settings, front: str) -> IamClient:
    """Return one client for all calls of a process with the same settings: it pools the connections."""
    log_calls()
    # Imported here, because requests is slow to load and neither check nor diff needs it.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415

    return IamClient(settings, front=front)


class ClientSource:
    """The settings of one front and its client. Threads may share it.

    `resolve` finds the settings; it is called when they are first needed, and again while it fails. `name`
    stands in the User-Agent.
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
        """The settings that fill in for properties that are left out."""
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
        """The same client for reads; it batches reads that come together."""
        client = self.client
        with _one_at_a_time:
            if self._reader is None:
                from pulumi_scw_iam.api.batching import ReadingClient  # noqa: PLC0415 - as the client

                self._reader = ReadingClient(client)
            return self._reader

    @contextlib.contextmanager
    def writing(self, resource_id: str) -> Iterator[None]:
        """Context manager: an object is changed, so that cached reads of it are dropped."""
        self.forget(resource_id)
        try:
            yield
        finally:
            self.forget(resource_id)

    def forget(self, resource_id: str) -> None:
        """Drop the cached reads of an object, and of the parts of its id: the group of a membership."""
        if self._reader is not None:
            for part in {resource_id, *resource_id.split("/")}:
                self._reader.forget(part)

    def cancel(self) -> None:
        """End all waits, now and later, those of a client that is not made yet too."""
        with _one_at_a_time:
            self._is_cancelled = True
            if self._client is not None:
                self._client.cancel()

    def close(self) -> None:
        """Look once more for what lost creates made: the process is about to end."""
        if self._client is not None:
            self._client.close()

    def bounded(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Have no call of this thread tried again later than in so many seconds; 0 sets no bound."""
        return self.client.bounded(seconds) if seconds > 0 else contextlib.nullcontext()
