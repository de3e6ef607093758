"""The emulator as people start it: a server on a loopback port, in a thread of this process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.api import Api
from pulumi_scw_iam.emulator.kinds import STORED
from pulumi_scw_iam.emulator.origin import found_or_make
from pulumi_scw_iam.emulator.serving import Server
from pulumi_scw_iam.emulator.sources import Sources, utc_now
from pulumi_scw_iam.emulator.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random
    from types import TracebackType

    from typing_extensions import Self


class Emulator:
    """Scaleway's IAM API on loopback, for tests and first steps; no account is needed.

        with Emulator() as iam:
            requests.get(f"{iam.url}/iam/v1alpha1/groups", headers={"X-Auth-Token": iam.secret_key})

    It serves from the moment it is made until `close()`, or the end of the `with` block. A fresh one
    has one organization with its owner, a default project, and the owner's API key, whose secrets are
    the attributes. `state` names a file in which everything outlives the process; without it, memory
    has to do. `quotas` limits kinds of objects by the name of the quotum (`{"iam_groups": 50}`); what
    is not named has no limit. `clock` and `dice` are where times and ids come from. `access_log` gets
    a line for each request.

    Raises OSError where the port is not free, StateFileError where the state cannot be used, and
    ValueError for a quotum that does not exist.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        state: str | os.PathLike[str] | None = None,
        quotas: Mapping[str, int] | None = None,
        clock: Callable[[], datetime] = utc_now,
        dice: Random | None = None,
        access_log: Callable[[str], None] | None = None,
    ) -> None:
        limits = dict(quotas or {})
        known = sorted(kind.quota for kind in STORED if kind.quota)
        if unknown := sorted(limits.keys() - known):
            raise ValueError(f"no quotum is called {unknown[0]!r}; there are {', '.join(known)}")
        self._sources = Sources(clock, dice)
        self._store = Store(STORED, Path(state) if state is not None else None)
        self._origin = found_or_make(self._store, self._sources)
        api = Api(self._store, self._sources, limits, access_log)
        try:
            self._server = Server(host, port, api)
        except OSError:
            self._store.close()
            raise
        self.url = f"http://{host}:{self._server.port}"
        # close() waits for the end of an interval, whose default of half a second is long for a test.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="iam-emulator", daemon=True
        )
        self._thread.start()

    @property
    def organization_id(self) -> str:
        """The one organization."""
        return self._origin.organization_id

    @property
    def project_id(self) -> str:
        """The default project of the organization."""
        return self._origin.project_id

    @property
    def access_key(self) -> str:
        """The identifier of the owner's API key."""
        return self._origin.access_key

    @property
    def secret_key(self) -> str:
        """The secret of the owner's API key."""
        return self._origin.secret_key

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point Scaleway's tools and this package at the emulator."""
        return {
            "SCW_API_URL": self.url,
            "SCW_ACCESS_KEY": self.access_key,
            "SCW_SECRET_KEY": self.secret_key,
            "SCW_DEFAULT_ORGANIZATION_ID": self.organization_id,
            "SCW_DEFAULT_PROJECT_ID": self.project_id,
        }

    def reset(self) -> None:
        """Forget everything, and start again with a fresh organization: ids and keys are new."""
        with self._store.transaction():
            self._store.clear()
            self._sources.restart()
        self._origin = found_or_make(self._store, self._sources)

    def close(self) -> None:
        """Stop serving, end all connections, and close the state."""
        self._server.close()
        self._thread.join()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
