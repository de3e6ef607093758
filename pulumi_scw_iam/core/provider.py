"""The provider core of both fronts: runs the verbs of kinds on plain values.

A front translates names, unknowns and secrets. `ProviderCore` does the rest: the words of messages,
the declarations of the program, and the meaning of a 404.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import (
    Conflict,
    IamError,
    Incomplete,
    NotFound,
    QuotaExceeded,
    attempting,
)
from pulumi_scw_iam.common.threads import shared_property
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import dashed, joined
from pulumi_scw_iam.core.check import brief, concealed
from pulumi_scw_iam.core.claims import Claims
from pulumi_scw_iam.core.client_source import ClientSource
from pulumi_scw_iam.core.cures import IN_PYTHON
from pulumi_scw_iam.core.damage import (
    damaged,
    intact,
    refuse_damaged,
    with_old_values,
)
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import Props, Step, decode, encode, fields
from pulumi_scw_iam.core.gone import explain_denials
from pulumi_scw_iam.core.moves import moved_items
from pulumi_scw_iam.core.overlap import Overlaps
from pulumi_scw_iam.core.reads import Reads
from pulumi_scw_iam.core.run import Run
from pulumi_scw_iam.core.sightings import Sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.core.check import Failure, Spell
    from pulumi_scw_iam.core.checks import Checks
    from pulumi_scw_iam.core.cures import Cure, Cures
    from pulumi_scw_iam.core.fields import Path
    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization, Organizations
    from pulumi_scw_iam.core.organization.plan import Loss

__all__ = ["ProviderCore"]

Outputs = dict[str, Any]

_REFRESH = (
    "run `pulumi refresh` to read the object again, or remove the resource from the state with"
    " `pulumi state delete URN`"
)
_CHECK = "run `pulumi up` again to check the inputs"


class ProviderCore:
    """The verbs of all kinds on plain values, with one set of settings.

    `resolve` returns the settings. It is called on first use, and again after a failure. `cures`
    are the fixes in the languages of the front. `name` is sent in the User-Agent, so that the audit
    log shows the front of each call. `spell` converts declared names to the names in the state.
    `engine` is the engine's address. `run` is shared by the cores of one run of a program.
    """

    def __init__(
        self,
        resolve: Callable[[], Settings],
        cures: Cures = IN_PYTHON,
        *,
        name: str = "",
        engine: str | None = None,
        spell: Spell = str,
        run: Run | None = None,
    ) -> None:
        self._run = run or Run()
        self._clients = ClientSource(resolve, name)
        self._spell = spell
        self._cures = cures
        self._engine = engine

    @property
    def settings(self) -> Settings:
        """The settings; raises ConfigError if credentials or defaults are missing or malformed."""
        return self._clients.settings

    @shared_property
    def _organizations(self) -> Organizations:
        # Imported here: many plugins that the engine starts never check or read a resource.
        from pulumi_scw_iam.core.organization.organization import Organizations  # noqa: PLC0415

        return Organizations(lambda: self.client, lambda: self.settings, self._adopt)

    @shared_property
    def _reads(self) -> Reads:
        return Reads(self._clients, self._organizations, self._spell)

    @shared_property
    def _claims(self) -> Claims:
        """The claims of the program, by all processes of the same engine."""
        return Claims(self._engine and f"{self._engine} {self.settings.api_url}")

    @shared_property
    def _overlaps(self) -> Overlaps:
        """The declarations of objects that several resources may declare."""
        return Overlaps(self._claims)

    @shared_property
    def _sightings(self) -> Sightings:
        """The resources of this run and their objects."""
        return Sightings(self._claims)

    @shared_property
    def _checks(self) -> Checks:
        from pulumi_scw_iam.core.checks import Checks  # noqa: PLC0415 - as above

        return Checks(self._clients, self._organizations, self._overlaps, self._sightings)

    @property
    def client(self) -> IamClient:
        """The client for these settings."""
        return self._clients.client

    def check(
        self,
        kind: Kind[Any, Any],
        olds: Props,
        news: Props,
        *,
        outputs: Props | None = None,
        resource_name: str | None = None,
        urn: str | None = None,
        spell: Spell = str,
        secrets: Collection[str] = (),
    ) -> tuple[Outputs, list[Failure]]:
        """Return the checked inputs and the failures: syntax first, then against the organization.

        `outputs` are the old outputs, if the engine sends them. `urn` is None in a front without
        URNs, here and in the other verbs. `secrets` are the paths of the values that the program
        marks as secret; failures never show these values. Damaged old inputs count as unknown. A
        check always reads the settings, so that a preview reports invalid credentials.
        """
        self._sightings.checked(urn, anew=not olds)
        inputs, failures = self._checks.check(
            kind,
            olds,
            news,
            outputs=outputs or {},
            resource_name=resource_name,
            urn=urn,
            spell=spell,
        )
        failures = brief(failures, {spell(name): value for name, value in news.items()})
        return inputs, concealed(failures, secrets)

    def cancel(self) -> None:
        """Cancel all current and later waits, also those of a client created later."""
        self._clients.cancel()

    def close(self) -> None:
        """Settle pending creates before the process ends: look up their objects once more."""
        self._clients.close()

    def find(self, kind: Kind[Any, Any], given: str) -> str:
        """Return the id of an object to import, given by id or by field (`name:devs`)."""
        with attempting(f"find {kind.noun} {given}"):
            return kind.find(self.client, given)

    def listed(
        self, kind: Kind[Any, Any], limit: int = 0
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield all objects of a kind with their ids, at most `limit`; 0 means no limit."""
        with attempting(f"list {kind.plural}"):
            yield from itertools.islice(kind.listed(self.client), limit if limit > 0 else None)

    def bounded(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Context manager: stop retries of this thread after so many seconds; 0 means no limit."""
        return self._clients.bounded(seconds)

    def create(
        self, kind: Kind[Any, Any], news: Props, *, urn: str | None = None
    ) -> tuple[str, Outputs]:
        """Create an object with checked inputs; return its id and outputs."""
        self._sightings.released(urn)
        with attempting(f"create {kind.describe(news)}"):
            refuse_damaged(kind.inputs, news, "inputs", _CHECK, self._spell)
            try:
                resource_id, state = kind.create(self.client, decode(kind.inputs, news))
            except Conflict as taken:
                adoption = self._adoption_hint(kind, news)
                taken.hint = "; ".join(filter(None, (adoption, taken.hint)))
                raise
            except QuotaExceeded as full:
                option = self._spell("delete_before_replace")
                full.hint += (
                    "; the engine deletes replaced and undeclared resources last: to delete them first,"
                    f" set the option {option}, or use --target"
                )
                raise
            except NotFound as gone:
                if gone.resource_id:
                    gone.hint = "; ".join(filter(None, (gone.hint, _deleted_hint(gone))))
                raise
        self._clients.forget(resource_id)
        outputs = self._reads.with_organization(kind, kind.outputs_for(news, state))
        self._overlaps.declare(kind.overlap, outputs, resource_id)
        if organization := self._organizations.of(outputs):
            for noun, object_id in kind.objects_of(resource_id, outputs):
                organization.created(noun, object_id, outputs)
        return resource_id, outputs

    def _adopt(self, kind: str, name: str, resource_id: str) -> Cure:
        """Return the fix for a name conflict: how to keep the existing object."""
        urns = self._sightings.in_state(kind, resource_id)
        return self._cures.keep(kind, name, resource_id, urns)

    def _adoption_hint(self, kind: Kind[Any, Any], news: Props) -> str:
        """Return how to adopt the object that conflicts with a create; "" if no object is found."""
        # A user has an e-mail address too, but the username is in conflict.
        unique = {field.name for field in fields(kind.inputs) if field.prop.unique}
        for name in sorted(kind.found_by, key=lambda name: name not in unique):
            with contextlib.suppress(IamError):
                found = kind.find(self.client, f"{name}:{news[name]}") if name in news else None
                if found is not None:
                    cure = self._adopt(kind.name, str(news[name]), found)
                    return f"{cure.words}, or choose another {name.replace('_', ' ')}"
        return ""

    def read(
        self,
        kind: Kind[Any, Any],
        resource_id: str,
        olds: Props | None,
        *,
        urn: str | None = None,
        looks_up: bool | None = None,
    ) -> Outputs | None:
        """Return the current outputs from the API; None if the object is deleted.

        `olds` is None for a look-up or an import; a missing object then raises NotFound. `looks_up`
        marks a look-up with known properties, which otherwise counts as a refresh.
        """
        outputs = self._reads.read(kind, resource_id, olds)
        if outputs is not None:
            by_program = olds is None if looks_up is None else looks_up
            see = self._sightings.looked_up if by_program else self._sightings.refreshed
            see(kind.name, resource_id, urn)
        return outputs

    def update(
        self,
        kind: Kind[Any, Any],
        resource_id: str,
        olds: Props,
        news: Props,
        *,
        keeps_incomplete: bool = True,
    ) -> Outputs:
        """Update the changed properties in place; return the outputs.

        Without `keeps_incomplete`, an incomplete update is undone, because the caller cannot keep
        the state in an Incomplete error.
        """
        organization = self._organizations.of(olds)
        with attempting(f"update {kind.describe(olds, resource_id)}"):
            refuse_damaged(kind.state, olds, "state", _REFRESH, self._spell)
            refuse_damaged(kind.inputs, news, "inputs", _CHECK, self._spell)
            old, inputs = decode(kind.state, olds), decode(kind.inputs, news)
            with _losing(
                organization,
                lambda directory: kind.loss_by_update(directory, resource_id, old, inputs),
            ):
                state = self._update(kind, resource_id, old, inputs, keeps_incomplete)
                outputs = kind.outputs_for(news, state)
                if owner := self._organizations.of(outputs):
                    before = kind.objects_of(resource_id, olds)
                    after = kind.objects_of(resource_id, outputs)
                    for noun, object_id in after:
                        owner.updated(noun, object_id, outputs)
                    for noun, object_id in before:
                        if (noun, object_id) not in after:
                            owner.deleted(noun, object_id)
        self._overlaps.declare(kind.overlap, outputs, resource_id)
        return outputs

    def _update(
        self, kind: Kind[Any, Any], resource_id: str, old: Any, inputs: Any, keeps_incomplete: bool
    ) -> Any:
        """Make the calls of an update; return the new state."""
        try:
            with self._clients.writing(resource_id):
                try:
                    return kind.update(self.client, resource_id, old, inputs)
                except Incomplete as left:
                    if not keeps_incomplete:
                        kind.undo_update(self.client, resource_id, old, left)
                    raise
        except NotFound as gone:
            gone.hint = (
                "if the object was deleted outside Pulumi, run `pulumi refresh`"
                if gone.resource_id.lower() in ("", resource_id.lower())
                else _deleted_hint(gone)
            )
            raise

    def undo_create(self, kind: Kind[Any, Any], resource_id: str, outputs: Props) -> None:
        """Delete a new object after the engine stopped waiting: no state will have the object.

        An object is left unchanged if it existed before the create, or may belong to another
        program.
        """
        organization = self._organizations.of(outputs)
        if self.client.is_unproved(resource_id) or (
            organization and kind.overlap.existed_before(organization.directory, resource_id)
        ):
            return
        self._overlaps.withdraw(kind.overlap, outputs, resource_id)
        try:
            kind.withdraw(self.client, decode(kind.state, outputs))
            self.delete(kind, resource_id, outputs)
        except IamError as error:
            objects = kind.objects_of(resource_id, outputs)
            words = (f"`pulumi-scw-iam delete {dashed(noun)} {an_id}`" for noun, an_id in objects)
            user_log.warning(
                "%s was created after the engine stopped waiting, and the undo failed: %s; delete it with %s",
                kind.describe(outputs, resource_id),
                error,
                joined(words),
            )

    def delete(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props, *, urn: str | None = None
    ) -> None:
        """Delete an object; an already deleted object is no failure.

        Raises Refused if another resource of the program has the same object.

        For a replaced or renamed resource, the engine creates the new object first, sometimes in an
        earlier update. If both objects have the same id, nothing is deleted.
        """
        if self._overlaps.is_declared(resource_id):
            return
        with attempting(f"delete {kind.describe(olds, resource_id)}"):
            if not kind.outlives_resource:
                self._sightings.refuse_shared(kind.name, resource_id, urn, self._cures.alias)
            olds = self._reads.known(kind, resource_id, olds)
        state = decode(kind.state, olds)
        organization = self._organizations.of(olds)
        if organization and self._overlaps.is_superseded(
            kind.overlap, organization.directory, olds
        ):
            return
        with (
            attempting(f"delete {kind.describe(olds, resource_id)}"),
            explain_denials(olds, self.settings.organization_id),
            _losing(
                organization, lambda directory: kind.loss_by_delete(directory, resource_id, state)
            ),
        ):
            try:
                with self._clients.writing(resource_id):
                    kind.delete(self.client, resource_id, state)
            except NotFound:
                if not self._reads.is_gone(kind, resource_id, olds):
                    raise
            if organization:
                for noun, object_id in kind.objects_of(resource_id, olds):
                    organization.deleted(noun, object_id)

    def as_of_now(
        self, kind: Kind[Any, Any], olds: Outputs, news: Props, *, urn: str | None = None
    ) -> Outputs:
        """Return the state for the diff and the preview of checked inputs: some updates depend on the time.

        In a refresh, the engine compares a state with the inputs of the state, which no check has seen. An update
        that is due is no difference then.
        """
        if not self._checks.has_checked(kind, news, urn) or damaged(kind.state, olds):
            return olds
        organization = self._organizations.of(olds)
        return olds if organization is None else dict(kind.as_of_now(olds, organization.directory))

    def diff(
        self,
        kind: Kind[Any, Any],
        resource_id: str,
        olds: Props,
        news: Props,
        *,
        urn: str | None = None,
    ) -> dict[str, Change]:
        """Return the changes between a state and checked inputs, by property.

        In a refresh, the engine passes the inputs of the state. A damaged input counts as a change.
        """
        self._refuse_incomparable(kind, resource_id, olds)
        for line in kind.notes(resource_id, olds, news):
            user_log.info("%s", line)
        self._reads.warn(kind, resource_id, olds)
        wrong = damaged(kind.inputs, news)
        changes = kind.diff(olds, with_old_values(wrong, olds, news))
        self._sightings.declared(kind.name, resource_id, urn)
        return changes | dict.fromkeys(sorted(wrong), Change.UPDATE)

    def deletes_first(self, kind: Kind[Any, Any], olds: Props, news: Props) -> bool:
        """Return whether a replacement must delete the old object before the create."""
        return kind.deletes_first(olds, with_old_values(damaged(kind.inputs, news), olds, news))

    def differences(
        self,
        kind: Kind[Any, Any],
        changes: Collection[str],
        olds: Props,
        news: Props,
        *,
        opaque: Collection[str] = (),
    ) -> Iterator[tuple[Path, Step]]:
        """Yield the path and the step of each difference in the changed properties.

        Damaged properties, and the properties in `opaque`, are compared as a whole.
        """
        whole = {*opaque, *damaged(kind.inputs, news)}
        for name in changes:
            if name in whole:
                yield (name,), Step.of(olds.get(name), news.get(name))
        yield from kind.differences(set(changes) - whole, olds, news)

    def moved_items(
        self,
        kind: Kind[Any, Any],
        resource_id: str,
        changes: Collection[str],
        olds: Props,
        news: Props,
    ) -> Iterator[str]:
        """Yield a line for each changed list with moved items.

        For a front without a detailed diff: the engine then shows each moved item as a change.
        Yields nothing after a read, because the engine then compares in the opposite direction.
        """
        if self._reads.has_read(kind, resource_id):
            return
        sound = set(changes) - damaged(kind.inputs, news)
        title = kind.describe(olds, resource_id)
        for name, change in moved_items(kind.inputs, sound, olds, news):
            yield f"{title}: {self._spell(name)}: {change}"

    def preview(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props, news: Props
    ) -> dict[str, Any]:
        """Return the outputs after an update; UNKNOWN for values that the API chooses."""
        self._refuse_incomparable(kind, resource_id, olds)
        return kind.preview(olds, news)

    def refreshed(
        self, kind: Kind[Any, Any], inputs: Props, olds: Props, outputs: Props
    ) -> dict[str, Any] | None:
        """Return the inputs to keep after a refresh; None if the inputs stay unchanged.

        Damaged inputs are replaced by the API's values.
        """
        sound = intact(kind.inputs, inputs)
        kept = kind.refreshed(sound, intact(kind.state, olds), outputs)
        wrong = damaged(kind.inputs, inputs)
        if not wrong:
            return kept
        again = {name: value for name, value in outputs.items() if name in wrong}
        return {**again, **(sound if kept is None else kept)}

    def _refuse_incomparable(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> None:
        with attempting(f"compare {kind.describe(olds, resource_id)} with its state"):
            refuse_damaged(kind.state, olds, "state", _REFRESH, self._spell)

    def call(
        self,
        function: Function[Any, Any],
        arguments: Props,
        *,
        spell: Spell = str,
        secrets: Collection[str] = (),
    ) -> tuple[Outputs, list[Failure]]:
        """Return the result of a function, or {} and the failures of its arguments."""
        defaults = {} if function.local else self._clients.defaults
        checked, failures = function.check(arguments, settings=defaults, spell=spell)
        if failures:
            return {}, concealed(failures, secrets)
        with attempting(function.attempt(checked)):
            typed = decode(function.arguments, checked)
            result = function.call(lambda: self.client, typed, self._run)
        return encode(result), []


def _deleted_hint(gone: NotFound) -> str:
    """Return the fix for an id of a deleted object in the program."""
    what = gone.resource.replace("_", " ") or "member"
    return f"if the {what} was deleted, remove its id from the program"


def _losing(
    organization: Organization | None, loss_in: Callable[[Directory], Loss | None]
) -> contextlib.AbstractContextManager[None]:
    """Context manager for an operation with a possible loss; does nothing without an organization."""
    if organization is None:
        return contextlib.nullcontext()
    return organization.losing(loss_in(organization.directory))
