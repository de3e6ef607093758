"""The emulator: the local IAM API on a loopback port, in a thread of this process."""

from __future__ import annotations

import ipaddress
import threading
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.emulator.http import control
from pulumi_scw_iam.emulator.http.api import Api
from pulumi_scw_iam.emulator.http.faults import Fault, Faults
from pulumi_scw_iam.emulator.http.serving import Server
from pulumi_scw_iam.emulator.operations.origin import FixedIdError, FixedIds, find_or_create_origin
from pulumi_scw_iam.emulator.operations.permissions import Permissions
from pulumi_scw_iam.emulator.operations.seed import seed
from pulumi_scw_iam.emulator.schema.kinds import ORGANIZATION, STORED
from pulumi_scw_iam.emulator.state.sources import Sources, utc_now
from pulumi_scw_iam.emulator.state.store import EMPTY, Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from random import Random
    from types import TracebackType

    from typing_extensions import Self

    from pulumi_scw_iam.emulator.state.snapshot import Snapshot


class Emulator:
    """The local IAM API on a loopback port, for tests and first steps without an account.

        with Emulator() as iam:
            requests.get(f"{iam.url}/iam/v1alpha1/groups", headers={"X-Auth-Token": iam.secret_key})

    The server runs from the creation of the object until `close()`, or the end of the `with` block. A new state has
    one organization with its owner, a default project, and the owner's API key. Attributes have the ids and the key.

    `organization_id` and `project_id` are the ids in a new state, for programs with fixed ids; by default, the ids are
    random. The default project always has the id of the organization, so another `project_id` is the id of a second
    project, with the name `local`. A state or snapshot with another organization, or without this project, is refused.

    `state` is the path of a state file; by default the state is in memory only. `quotas` limits object types by the
    name of the quotum, as in `{"iam_groups": 50}`; all others have no limit. With `enforce`, an API key has only the
    permissions of its bearer's policies, and a change of policies, rules or members takes effect after `grant_delay`
    seconds. All callers have the address `client_ip` in conditions and logs, by default the loopback address; the
    attribute `client_ip` changes the address between calls. `faults` are active from the start; the attribute `faults` adds more faults and has the counts. `clock`
    returns the time, and `dice` is the random generator for ids and secrets. `access_log` is called with one line for
    each request. With `srn`, responses have the field `srn` of the newest official SDKs, which no recorded response
    has. The attribute `fresh` is True if the state is new.

    Raises OSError if the port is in use, StateFileError if the state file cannot be used, FixedIdError for an id that
    is not a UUID or not in the state, and ValueError for an unknown quotum, an invalid `grant_delay` or an invalid
    `client_ip`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        organization_id: str | None = None,
        project_id: str | None = None,
        state: str | os.PathLike[str] | None = None,
        quotas: Mapping[str, int] | None = None,
        faults: Iterable[Fault] = (),
        enforce: bool = False,
        grant_delay: float = 0,
        client_ip: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        dice: Random | None = None,
        access_log: Callable[[str], None] | None = None,
        srn: bool = False,
    ) -> None:
        limits = dict(quotas or {})
        known = sorted(kind.quota for kind in STORED if kind.quota)
        if unknown := sorted(limits.keys() - known):
            raise ValueError(f"unknown quotum {unknown[0]!r}; use one of {', '.join(known)}")
        if not 0 <= grant_delay <= 86_400 or (grant_delay and not enforce):
            raise ValueError(
                "a grant delay must be between 0 and 86400 seconds, and requires enforced permissions"
            )
        self._initial_client_ip = _address(client_ip)
        self._fixed = FixedIds(organization_id, project_id)
        self._permissions = Permissions(timedelta(seconds=grant_delay)) if enforce else None
        self._store = Store(STORED, Path(state) if state is not None else None)
        try:
            self._fixed.check_store(self._store, state)
        except FixedIdError:
            self._store.close()
            raise
        self._sources = Sources(lambda: clock() + self._store.ahead, dice)
        self.faults = Faults(faults, self._sources.time)
        self.fresh = not self._store.count(ORGANIZATION)
        self._origin = find_or_create_origin(self._store, self._sources, self._fixed)
        self._api = Api(
            self._store,
            self._sources,
            quotas=limits,
            faults=self.faults,
            answer_control=partial(control.answer, self),
            access_log=access_log,
            permissions=self._permissions,
            with_srn=srn,
        )
        self._api.client_ip = self._initial_client_ip
        try:
            self._server = Server(host, port, self._api)
        except OSError:
            self._store.close()
            raise
        self.url = f"http://{host}:{self._server.port}"
        # close() waits for one poll interval; the default of half a second is long for a test.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="iam-emulator", daemon=True
        )
        self._thread.start()

    @property
    def organization_id(self) -> str:
        """The id of the organization."""
        return self._origin.organization_id

    @property
    def project_id(self) -> str:
        """The id of the default project, or of the project that the caller chose."""
        return self._origin.project_id

    @property
    def access_key(self) -> str:
        """The access key of the owner's API key."""
        return self._origin.access_key

    @property
    def secret_key(self) -> str:
        """The secret key of the owner's API key."""
        return self._origin.secret_key

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point Scaleway's tools and this package at the emulator."""
        return {
            "SCW_API_URL": self.url,
            "SCW_ACCESS_KEY": self.access_key,
            "SCW_SECRET_KEY": self.secret_key,
            "SCW_DEFAULT_ORGANIZATION_ID": self.organization_id,
            "SCW_DEFAULT_PROJECT_ID": self.project_id,
        }

    @property
    def facts(self) -> dict[str, str]:
        """The address, ids and keys for clients, as the command `emulator` prints them."""
        names = ("url", "organization_id", "project_id", "access_key", "secret_key")
        return {name: getattr(self, name) for name in names}

    def counts(self) -> dict[str, int]:
        """Return the number of objects of each type, by the name of the list in the API."""
        return self._store.counts()

    def seed(self, sections: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """Create objects, as in `{"users": 100, "groups": [{"name": "devs"}]}`.

        The module `emulator.operations.seed` describes the format. Returns the API's responses by section; the response
        for an API key has its secret key. Raises SeedError if an object cannot be created; then no object is created.
        """
        with self._api.acting(self.access_key) as act:
            return seed(act, self._store, self._origin, sections)

    @property
    def time(self) -> datetime:
        """The time of the emulator."""
        return self._sources.time()

    def advance(self, duration: timedelta) -> datetime:
        """Move the clock forward, and return the new time.

        Keys expire, and changes of permissions take effect, as if the time had passed. The clock stays moved in the
        state file and in snapshots; a reset moves it back.

        Raises ValueError for a negative duration, or a time after the year 9999.
        """
        if duration < timedelta():
            raise ValueError("the clock only moves forward")
        with self._store.transaction():
            try:
                moved = self.time + duration
            except OverflowError:
                raise ValueError("the clock stops before the year 10000") from None
            self._store.move_clock(duration)
        return moved

    @property
    def client_ip(self) -> str | None:
        """The address of all callers, in conditions and logs; None for the address of the connection.

        Raises ValueError for a text other than an IP address. A reset restores the initial address.
        """
        return self._api.client_ip

    @client_ip.setter
    def client_ip(self, address: str | None) -> None:
        self._api.client_ip = _address(address)

    def snapshot(self) -> Snapshot:
        """Return the whole state, for `restore`."""
        return self._store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Replace the state by a snapshot, also by a snapshot of another emulator, with its API keys.

        Raises FixedIdError if the caller chose the ids, and the snapshot has others.
        """
        self._fixed.check_snapshot(snapshot)
        back = self._store.ahead - timedelta(seconds=snapshot.ahead_seconds)
        self._store.restore(snapshot)
        if back > timedelta():
            with self._store.transaction():
                self._sources.turn_back(back)
        self.faults.reveal()
        if self._permissions:
            self._permissions.forget()
        self._origin = find_or_create_origin(self._store, self._sources, self._fixed)

    def reset(self) -> None:
        """Replace the state by a new organization with new keys, and restore the initial faults and `client_ip`.

        The ids are new too, except those that the caller chose.
        """
        with self._store.transaction():
            self._sources.restart()
        self.faults.restart()
        self._api.client_ip = self._initial_client_ip
        self.restore(EMPTY)

    def close(self) -> None:
        """Stop serving, end all connections, and close the state."""
        self._api.close()
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


def _address(text: str | None) -> str | None:
    """Return an IP address in its shortest spelling. Raises ValueError."""
    if text is None:
        return None
    try:
        return ipaddress.ip_address(text).compressed
    except ValueError:
        raise ValueError(
            f"{quoted(text)} is not an IP address; pass one such as 203.0.113.7"
        ) from None
