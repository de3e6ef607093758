"""Reads of objects: their current state, and the proof that an object is deleted."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import Gone, IamError, NotFound, Refused, attempting
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.damage import damaged, mended_state
from pulumi_scw_iam.core.fields import decode, encode, fields
from pulumi_scw_iam.core.gone import explain_denials, refuse_foreign, refuse_invisible

if TYPE_CHECKING:
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.client_source import ClientSource
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.organization.organization import Organizations

__all__ = ["Reads"]


class Reads:
    """The reads of one run. Thread-safe."""

    def __init__(self, clients: ClientSource, organizations: Organizations, spell: Spell) -> None:
        self._clients = clients
        self._organizations = organizations
        self._spell = spell
        self._lock = threading.Lock()
        self._read: set[tuple[str, str]] = set()
        self._warned: set[str] = set()

    def read(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props | None
    ) -> dict[str, Any] | None:
        """Return the current outputs from the API; None if the object is deleted.

        `olds` is None for an object outside the state; a missing object then raises NotFound. A
        second read of an object is never cached.
        """
        with (
            attempting(f"read {kind.describe(olds or {}, resource_id)}"),
            explain_denials(olds or {}, self._clients.settings.organization_id),
        ):
            wrong = set[str]() if olds is None else damaged(kind.state, olds)
            if olds is not None and wrong:
                olds = mended_state(kind, resource_id, olds, self._clients.defaults)
            if self._record_read(kind, resource_id):
                # The engine reads each object once per operation, so a second read needs current
                # values.
                self._clients.forget(resource_id)
            known = None if olds is None else decode(kind.state, olds)
            try:
                state = kind.read(self._clients.reader, resource_id, known)
            except Gone as gone:
                if olds is None:
                    raise
                if "organization_id" in wrong:
                    # The object may be in another organization than the configured one.
                    spelled = self._spell("organization_id")
                    raise Refused(
                        f"{gone.words}, but {spelled} is missing in the state",
                        hint="if the object is deleted, run `pulumi state delete URN`",
                    ) from None
                state = self._read_again(kind, resource_id, olds)
                if state is None and known is not None:
                    state = kind.without_object(known)
                if state is None:
                    return None
            except NotFound as error:
                error.hint = (
                    f"this does not prove that the {kind.noun} is deleted, so it stays in the state"
                )
                raise
        outputs = self.with_organization(kind, kind.same_spelling(olds or {}, encode(state)))
        self.warn(kind, resource_id, outputs)
        return outputs

    def known(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> Props:
        """Return the state for a deletion; a damaged state is read again, if possible.

        The deletion is refused by the state: if the object is protected, or for self-lockout.
        """
        known = mended_state(kind, resource_id, olds, self._clients.defaults)
        if not damaged(kind.state, {**olds, **kind.parts_of(resource_id)}):
            return known
        with contextlib.suppress(IamError):
            state = kind.read(self._clients.client, resource_id, decode(kind.state, known))
            known = encode(state)
        return known

    def _read_again(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> Any:
        """Read an apparently deleted object once more; return its state, or None if deleted.

        A 404 of the object's own GET is proof only with credentials of its organization. Raises
        Refused for credentials of another organization, and IamError if the read fails.
        """
        try:
            return kind.read(self._clients.client, resource_id, decode(kind.state, olds))
        except Gone:
            pass
        refuse_foreign(olds, self._clients.settings.organization_id)
        if organization := self._organizations.of(olds):
            refuse_invisible(organization.directory, kind.noun)
        return None

    def warn(self, kind: Kind[Any, Any], resource_id: str, outputs: Props) -> None:
        """Log the warnings about an object, each once per process."""
        for line in kind.warnings(resource_id, outputs):
            with self._lock:
                is_new = line not in self._warned
                self._warned.add(line)
            if is_new:
                user_log.warning("%s", line)

    def has_read(self, kind: Kind[Any, Any], resource_id: str) -> bool:
        """Return whether this process has read an object."""
        with self._lock:
            return (kind.name, resource_id) in self._read

    def _record_read(self, kind: Kind[Any, Any], resource_id: str) -> bool:
        """Record a read of an object; return whether the object was read before."""
        with self._lock:
            has_read = (kind.name, resource_id) in self._read
            self._read.add((kind.name, resource_id))
        return has_read

    def is_gone(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> bool:
        """Return whether a 404 means that the object is deleted; see `_read_again`."""
        return self._read_again(kind, resource_id, olds) is None

    def with_organization(self, kind: Kind[Any, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        """Return the outputs with the configured organization if the API does not return one."""
        names = {field.name for field in fields(kind.state)}
        if "organization_id" in names and outputs.get("organization_id") is None:
            configured = self._clients.settings.organization_id
            return outputs if configured is None else {**outputs, "organization_id": configured}
        return outputs
