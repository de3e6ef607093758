"""What both fronts do the same way: plain values in, a kind's verb over the API, plain values out.

A front translates names, unknowns and secrets at the edge, and leaves the rest to `ProviderCore`: the
settings and the client of the process, what a message says was tried, and what a 404 means.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import logging
import operator
import os
import re
import shlex
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.errors import (
    ConfigError,
    Conflict,
    Gone,
    IamError,
    Incomplete,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Refused,
    Unauthenticated,
    attempting,
)
from pulumi_scw_iam.common.redaction import Masking, declared_secrets
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import dashed, joined, quoted, shown
from pulumi_scw_iam.core.check import Failure, brief, concealed
from pulumi_scw_iam.core.claims import Claims
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, Props, Step, decode, encode, fields, mended, misfits
from pulumi_scw_iam.core.names import in_component, name_of
from pulumi_scw_iam.core.organization.organization import Cure, Organization
from pulumi_scw_iam.core.organization.plan import LeavesGroup
from pulumi_scw_iam.core.organization.proposal import Proposal
from pulumi_scw_iam.core.overlap import Overlaps
from pulumi_scw_iam.core.sightings import Sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from pulumi_scw_iam.api.batching import ReadingClient
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.fields import Path as PropertyPath
    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.organization.plan import Loss

__all__ = ["ProviderCore", "one_line", "show_user_log"]

Outputs = dict[str, Any]


LOG_VARIABLE = "PULUMI_SCW_IAM_LOG"
"""In the environment: a file to which every call to the API is logged, secrets masked."""


_PACKAGE = Path(__file__).parents[1]

_OWN_CREDENTIALS = (
    "use credentials of its organization; if it is deleted, take it out of the state with"
    " `pulumi state delete`"
)
_REFRESH = (
    "run `pulumi refresh` to read it again, or take the resource out of the state with"
    " `pulumi state delete URN`"
)
_MOST_ITEMS = 10
_KEY_OF_LAST_UP = (
    "`pulumi refresh` and `pulumi destroy` use the key of the last `pulumi up`, so after a change of the"
    " key in the configuration run them with --run-program"
)
_CHECK = "run `pulumi up` again, which checks the inputs"

# Calls that come first and together must not each make a client: `cancel` would reach only one.
_one_at_a_time = threading.Lock()


def one_line(error: BaseException) -> str | None:
    """What a user is to see of an exception: one line, without a traceback and without secrets.

    None for one that was not raised in this package.
    """
    if isinstance(error, IamError):
        return declared_secrets.text(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    if not ours:
        return None
    # The words of a foreign exception may quote a value, and a value may be a secret.
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[-4:])
    return f"a bug in pulumi-scw-iam, please report it: {type(error).__name__} at {places}"


def show_user_log(handler: logging.Handler) -> None:
    """Have a handler show the user what is no error, and is to be known all the same."""
    if not user_log.handlers:
        user_log.addHandler(handler)
        user_log.setLevel(logging.INFO)


@functools.cache
def _client(settings: Settings, front: str) -> IamClient:
    """One client for all calls of a process with the same settings: it pools the connections."""
    if path := os.environ.get(LOG_VARIABLE):
        _log_to(path)
    # Imported here, because requests is slow to load and neither check nor diff needs it.
    from pulumi_scw_iam.api.client import IamClient  # noqa: PLC0415

    return IamClient(settings, front=front)


@functools.cache
def _log_to(path: str) -> None:
    try:
        handler = logging.FileHandler(path)
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise ConfigError(f"{LOG_VARIABLE} in the environment: {reason}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(threadName)s %(message)s"))
    handler.addFilter(Masking())
    log = logging.getLogger("pulumi_scw_iam")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)


def _damaged(cls: type, plain: Props) -> set[str]:
    """The properties of a dataclass that plain values lack, or have with a wrong type."""
    return {re.split(r"[.\[]", path)[0] for path, _ in misfits(cls, plain)}


def _without(damaged: Iterable[str], olds: Props, news: Props) -> Props:
    """Return the new inputs with the old value of each damaged property."""
    return {**news, **{name: olds.get(name) for name in damaged}}


class Cures(NamedTuple):
    """How a front's users keep what exists: the ends of messages."""

    adopt: Callable[[str, str, str], str]
    """How to take over an object of nobody, from the kind, the name and the id."""
    alias: Callable[[str | None], str]
    """How to give a resource an alias, from the old URN; None if it is not known."""


def _departed(gone: NotFound) -> str:
    """What to do if an object that a program names does not exist."""
    what = gone.resource.replace("_", " ") or "member"
    return f"if the {what} was deleted, take its id out of the program"


def _some(items: Sequence[Any]) -> str:
    """Items as a line lists them; of many, the first."""
    texts = ["[unknown]" if item is UNKNOWN else shown(str(item)) for item in items]
    more = len(texts) - _MOST_ITEMS
    if more > 1:
        texts[_MOST_ITEMS:] = [f"{more} more"]
    return joined(texts)


def _by_get(kind: str, name: str, resource_id: str) -> str:
    return f"look it up with {kind}.get({json.dumps(name)}, {json.dumps(resource_id)})"


def _by_alias(urn: str | None) -> str:
    if urn is None:
        return 'add aliases=[pulumi.Alias(name="OLD NAME")]'
    name = json.dumps(name_of(urn))
    # Of what is in a component, another name alone would not do.
    return f"add aliases=[{json.dumps(urn) if in_component(urn) else f'pulumi.Alias(name={name})'}]"


IN_PYTHON = Cures(_by_get, _by_alias)
"""The cures for programs that use the Python classes."""


class ProviderCore:
    """The verbs of all kinds on plain values, with one set of settings.

    `resolve` finds the settings; it is called when they are first needed, and again while it fails.
    `cures` are how users of this front keep what exists. `name` stands in the User-Agent, so that the audit
    log tells which front made something. `spell` is how users spell the properties of a state, and `engine`
    is the engine's address.
    """

    def __init__(
        self,
        resolve: Callable[[], Settings],
        cures: Cures = IN_PYTHON,
        *,
        name: str = "",
        engine: str | None = None,
        spell: Spell = str,
    ) -> None:
        self._resolve = resolve
        self._name = name
        self._spell = spell
        self._cures = cures
        self._organizations: dict[str, Organization] = {}
        self._client: IamClient | None = None
        self._reader: ReadingClient | None = None
        self._read: set[tuple[str, str]] = set()
        self._warned: set[str] = set()
        self._cancelled = False
        self._engine = engine

    @functools.cached_property
    def settings(self) -> Settings:
        """Raises ConfigError when credentials or defaults are missing or malformed."""
        return self._resolve()

    @functools.cached_property
    def _claims(self) -> Claims:
        """What the program declares, by this process or by another one of the same engine."""
        return Claims(self._engine and f"{self._engine} {self.settings.api_url}")

    @functools.cached_property
    def _overlaps(self) -> Overlaps:
        """What the program declares of objects that several resources may declare."""
        return Overlaps(self._claims)

    @functools.cached_property
    def _sightings(self) -> Sightings:
        """Which resources this process has seen with which objects."""
        return Sightings(self._claims)

    @property
    def client(self) -> IamClient:
        """The client for these settings."""
        with _one_at_a_time:
            if self._client is None:
                self._client = _client(self.settings, self._name)
                if self._cancelled:
                    self._client.cancel()
            return self._client

    @property
    def _reading(self) -> ReadingClient:
        """The same client for reads, which puts together what comes together."""
        client = self.client
        with _one_at_a_time:
            if self._reader is None:
                from pulumi_scw_iam.api.batching import ReadingClient  # noqa: PLC0415 - as the client

                self._reader = ReadingClient(client)
            return self._reader

    @contextlib.contextmanager
    def _writing(self, resource_id: str) -> Iterator[None]:
        """Change an object, so that what was read of it is no longer believed."""
        # What an id is made of changes as well: the group of a membership.
        parts = {resource_id, *resource_id.split("/")}
        try:
            self._forget(parts)
            yield
        finally:
            self._forget(parts)

    def _forget(self, ids: Iterable[str]) -> None:
        if self._reader is not None:
            for it in ids:
                self._reader.forget(it)

    @property
    def _defaults(self) -> Mapping[str, str | None]:
        """The settings that fill in for properties that are left out."""
        settings = self.settings
        return {"organization_id": settings.organization_id, "project_id": settings.project_id}

    def check(
        self,
        kind: Kind[Any, Any],
        olds: Props,
        news: Props,
        *,
        resource_name: str | None = None,
        urn: str | None = None,
        spell: Spell = str,
        secrets: Collection[str] = (),
    ) -> tuple[Outputs, list[Failure]]:
        """Check inputs, their form and what the API would refuse as the organization is.

        `urn` is that of the resource; here and in the other verbs it is None if the front is not told it.
        `secrets` are the paths of the values that the program marks as secret; no failure shows one.
        Old inputs that are damaged count as not known. Needs the settings, so that bad credentials are
        told at preview.
        """
        self._sightings.checked(urn, anew=not olds)
        inputs, failures = self._checked(
            kind, self._comparable(kind, olds), news, spell, resource_name=resource_name, urn=urn
        )
        failures = brief(failures, {spell(name): value for name, value in news.items()})
        return inputs, concealed(failures, secrets)

    def _checked(
        self,
        kind: Kind[Any, Any],
        olds: Props,
        news: Props,
        spell: Spell,
        *,
        resource_name: str | None,
        urn: str | None,
    ) -> tuple[Outputs, list[Failure]]:
        inputs, failures = kind.check(
            olds,
            news,
            settings=self._defaults,
            resource_name=resource_name,
            spell=spell,
        )
        self._overlaps.declare(kind.overlap, inputs)
        sound, wrong = inputs, set[str]()
        if failures:
            wrong = {failure.names[0] for failure in failures}
            sound = {name: value for name, value in inputs.items() if spell(name) not in wrong}
        organization = None if spell("organization_id") in wrong else self._organization(sound)
        if organization is None or organization.plan.is_checked_again(
            urn or kind.name, olds, inputs
        ):
            return inputs, failures
        if urn is not None and not olds:
            # A resource of the state that is checked without its old inputs is about to be replaced.
            organization.plan.replace(kind.noun, self._sightings.had_by(urn, kind.name))
        return inputs, [*failures, *self._check_against(kind, organization, olds, sound, spell)]

    def _check_against(
        self,
        kind: Kind[Any, Any],
        organization: Organization,
        olds: Props,
        news: Props,
        spell: Spell,
    ) -> list[Failure]:
        """Register what the inputs declare, then judge them; return the failures, and show the warnings.

        This is the only place in a check where the plan changes.
        """
        registration = organization.plan.register(kind.declares(organization, olds, news))
        proposal = Proposal(olds=olds, news=news, registration=registration, spell=spell)
        secrets, failures = kind.secrets(), []
        for finding in kind.check_against(organization, proposal):
            name = finding.property
            if finding.is_warning:
                user_log.warning("%s", finding.reason)
            else:
                path = spell(name) if name else ""
                failures.append(Failure(path, finding.reason, hidden=name in secrets))
        if registration.loss is not None:
            name, loss = registration.loss
            if reason := organization.lockout.reason(loss):
                failures.append(Failure(spell(name), reason, hidden=name in secrets))
        return failures

    def _organization(self, props: Props) -> Organization | None:
        """What is known of the organization that a resource is in, or that is configured."""
        organization_id = props.get("organization_id") or self.settings.organization_id
        if not isinstance(organization_id, str):
            return None
        with _one_at_a_time:
            if organization_id not in self._organizations:
                self._organizations[organization_id] = Organization(
                    lambda: self.client, organization_id, self.settings, self._adopt
                )
            return self._organizations[organization_id]

    def cancel(self) -> None:
        """End all waits, now and later, those of a client that is not made yet too."""
        with _one_at_a_time:
            self._cancelled = True
            if self._client is not None:
                self._client.cancel()

    def close(self) -> None:
        """Look once more for what lost creates made: the process is about to end."""
        if self._client is not None:
            self._client.close()

    def find(self, kind: Kind[Any, Any], wanted: str) -> str:
        """The id of what an import names: an id already, or `name:devs` and its like."""
        with attempting(f"find {kind.noun} {wanted}"):
            return kind.find(self.client, wanted)

    def listed(
        self, kind: Kind[Any, Any], limit: int = 0
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All there are of a kind, with their ids; at most `limit`, if that is above 0."""
        with attempting(f"list {kind.plural}"):
            yield from itertools.islice(kind.listed(self.client), limit if limit > 0 else None)

    def bounded(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Have no call of this thread tried again later than in so many seconds; 0 sets no bound."""
        return self.client.bounded(seconds) if seconds > 0 else contextlib.nullcontext()

    def create(
        self, kind: Kind[Any, Any], news: Props, *, urn: str | None = None
    ) -> tuple[str, Outputs]:
        """Make one for checked inputs; returns its id and outputs."""
        self._sightings.released(urn)
        with attempting(f"create {kind.describe(news)}"):
            self._refuse_damaged(kind.inputs, news, "inputs", _CHECK)
            try:
                resource_id, state = kind.create(self.client, decode(kind.inputs, news))
            except Conflict as taken:
                taken.hint = taken.hint or self._adoption(kind, news)
                raise
            except QuotaExceeded as full:
                option = self._spell("delete_before_replace")
                full.hint += (
                    "; the engine deletes last what is replaced or no longer declared: to have it deleted"
                    f" first, set the option {option}, or use --target"
                )
                raise
            except NotFound as gone:
                if gone.resource_id:
                    gone.hint = "; ".join(filter(None, (gone.hint, _departed(gone))))
                raise
        self._forget({resource_id, *resource_id.split("/")})
        outputs = self._placed(kind, kind.outputs_for(news, state))
        self._overlaps.declare(kind.overlap, outputs, resource_id)
        if organization := self._organization(outputs):
            organization.created(kind.noun, resource_id, outputs)
        return resource_id, outputs

    def _adopt(self, kind: str, name: str, resource_id: str) -> Cure:
        """How to keep an object that exists; a name that is secret is not in it.

        Whoever adopts what another resource of the stack has loses it with that one. So an alias is the
        cure if the state has the object, and it is the first of two cures if that is not known.
        """
        urns = self._sightings.in_state(kind, resource_id)
        if not urns:
            adopt = self._cures.adopt(kind, declared_secrets.whole(name), resource_id)
            alias = self._cures.alias(None)
            words = f"if this stack has it under an old name, {alias}; else {adopt}"
            return Cure(words, is_of_stack=False)
        urn = min(urns, key=str)
        old = "an old name" if urn is None else quoted(name_of(urn))
        words = f"this stack has it under {old}, so {self._cures.alias(urn)}"
        # Without URNs, it may be the resource itself that has it.
        return Cure(words, is_of_stack=urn is not None)

    def _adoption(self, kind: Kind[Any, Any], news: Props) -> str:
        """How to take over what stands in the way of a create; empty where it cannot be told."""
        for name in kind.found_by:
            with contextlib.suppress(IamError):
                found = kind.find(self.client, f"{name}:{news[name]}") if name in news else None
                if found is not None:
                    cure = self._adopt(kind.name, str(news[name]), found)
                    return f"{cure.words}, or choose another"
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
        """The outputs that the API holds now, None when it is gone.

        `olds` is None for one that was not known before, and is looked up or imported; when there is
        no such object, NotFound says so. `looks_up` says so of one of which some properties are known.
        """
        outputs = self._outputs_now(kind, resource_id, olds)
        if outputs is not None:
            by_program = olds is None if looks_up is None else looks_up
            see = self._sightings.looked_up if by_program else self._sightings.refreshed
            see(kind.name, resource_id, urn)
        return outputs

    def _outputs_now(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props | None
    ) -> Outputs | None:
        with (
            attempting(f"read {kind.describe(olds or {}, resource_id)}"),
            self._in_sight(olds or {}),
        ):
            damaged = set[str]() if olds is None else _damaged(kind.state, olds)
            if olds is not None and damaged:
                olds = self._mended(kind, resource_id, olds)
            if (kind.name, resource_id) in self._read:
                # An operation of the engine reads once. Who reads again wants to know what is there now.
                self._forget({resource_id, *resource_id.split("/")})
            self._read.add((kind.name, resource_id))
            try:
                known = None if olds is None else decode(kind.state, olds)
                state = kind.read(self._reading, resource_id, known)
            except Gone as gone:
                if olds is None:
                    raise
                if "organization_id" in damaged:
                    # It may be in another organization than the configured one, which was looked at.
                    spelled = self._spell("organization_id")
                    raise Refused(
                        f"{gone.words}, but the state has lost its {spelled}",
                        hint="if it is gone, run `pulumi state delete URN`",
                    ) from None
                state = self._left(kind, resource_id, olds)
                if state is None:
                    return None
            except NotFound as error:
                error.hint = (
                    f"this does not prove that the {kind.noun} is deleted, so it stays in the state"
                )
                raise
        outputs = self._placed(kind, kind.same_spelling(olds or {}, encode(state)))
        self._warn(kind, resource_id, outputs)
        return outputs

    def _warn(self, kind: Kind[Any, Any], resource_id: str, outputs: Props) -> None:
        """Tell what the user should know of an object, once in a process."""
        for line in kind.warnings(resource_id, outputs):
            if line not in self._warned:
                self._warned.add(line)
                user_log.warning("%s", line)

    def _left(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> Any:
        """Read an object once more that seems to be gone; return its state, or None if it is gone.

        Only the object's own GET can say so, and only to credentials of its organization. Raises
        Refused if the credentials are of another one, and another IamError if the read fails.
        """
        try:
            return kind.read(self.client, resource_id, decode(kind.state, olds))
        except Gone:
            pass
        self._refuse_foreign(olds)
        organization = self._organization(olds)
        if organization is None:
            return None
        try:
            visible = organization.directory.is_visible(kind.noun)
        except (PermissionDenied, NotFound) as error:
            reason = f": {error.words}"
        else:
            if visible:
                return None
            reason = ""
        raise Refused(
            "the API does not show it, but the credentials cannot read its organization"
            f" {organization.id}{reason}",
            hint=_OWN_CREDENTIALS,
        )

    @contextlib.contextmanager
    def _in_sight(self, olds: Props) -> Iterator[None]:
        """Say it if a call is denied because its object is in another organization, or the key is old."""
        try:
            yield
        except PermissionDenied:
            self._refuse_foreign(olds)
            raise
        except Unauthenticated as error:
            error.hint = f"{error.hint}; {_KEY_OF_LAST_UP}"
            raise

    def _refuse_foreign(self, olds: Props) -> None:
        """Raise Refused for an object in another organization than that of the settings."""
        owner, configured = olds.get("organization_id"), self.settings.organization_id
        if isinstance(owner, str) and configured is not None and owner != configured:
            raise Refused(
                f"it is in organization {owner}, which credentials of organization {configured} cannot see",
                hint=_OWN_CREDENTIALS,
            )

    def _placed(self, kind: Kind[Any, Any], outputs: Outputs) -> Outputs:
        """Add the organization to the outputs of kinds of which the API does not tell it."""
        names = {field.name for field in fields(kind.state)}
        if "organization_id" in names and outputs.get("organization_id") is None:
            configured = self.settings.organization_id
            return outputs if configured is None else {**outputs, "organization_id": configured}
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
        """Change what differs, in place; returns the outputs.

        Without `keeps_incomplete`, an update that fails halfway is undone: the caller cannot keep the
        state that an Incomplete error holds.
        """
        organization = self._organization(olds)
        with attempting(f"update {kind.describe(olds, resource_id)}"):
            self._refuse_damaged(kind.state, olds, "state", _REFRESH)
            self._refuse_damaged(kind.inputs, news, "inputs", _CHECK)
            old, inputs = decode(kind.state, olds), decode(kind.inputs, news)
            if organization:
                loss = kind.loss_by_update(organization.directory, resource_id, old, inputs)
                self._refuse_loss(organization, loss)
            try:
                with self._writing(resource_id):
                    try:
                        state = kind.update(self.client, resource_id, old, inputs)
                    except Incomplete as left:
                        if not keeps_incomplete:
                            kind.undo_update(self.client, resource_id, old, left)
                        raise
            except NotFound as gone:
                gone.hint = (
                    "if it was deleted outside Pulumi, `pulumi refresh` finds out"
                    if gone.resource_id.lower() in ("", resource_id.lower())
                    else _departed(gone)
                )
                raise
        outputs = kind.outputs_for(news, state)
        self._overlaps.declare(kind.overlap, outputs, resource_id)
        if organization := self._organization(outputs):
            organization.updated(kind.noun, resource_id, outputs)
        return outputs

    def undo_create(self, kind: Kind[Any, Any], resource_id: str, outputs: Props) -> None:
        """Delete an object that nobody waits for any more, so that no state will know of it.

        What existed before the create, or may be another program's, is left as it is.
        """
        organization = self._organization(outputs)
        if self.client.is_unproved(resource_id) or (
            organization and kind.overlap.existed_before(organization.directory, resource_id)
        ):
            return
        self._overlaps.withdraw(kind.overlap, outputs, resource_id)
        try:
            self.delete(kind, resource_id, outputs)
        except IamError as error:
            user_log.warning(
                "%s was made, but nobody waits for the answer any more: %s; delete it with"
                " `pulumi-scw-iam delete %s %s`",
                kind.describe(outputs, resource_id),
                error,
                dashed(kind.noun),
                resource_id,
            )

    def delete(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props, *, urn: str | None = None
    ) -> None:
        """Delete one; one that is gone already is as good.

        Raises Refused if another resource of the program has the same object.

        The engine makes the new one before it deletes the old one: when a resource is replaced, or
        has another name in the program, maybe in an update before. Where both have the same id, there is
        nothing to delete.
        """
        if self._overlaps.is_declared(resource_id):
            return
        with attempting(f"delete {kind.describe(olds, resource_id)}"):
            self._refuse_shared(kind, resource_id, urn)
            olds = self._known(kind, resource_id, olds)
        state = decode(kind.state, olds)
        organization = self._organization(olds)
        if organization and self._overlaps.is_superseded(
            kind.overlap, organization.directory, olds
        ):
            return
        with attempting(f"delete {kind.describe(olds, resource_id)}"), self._in_sight(olds):
            if organization:
                loss = kind.loss_by_delete(organization.directory, resource_id, state)
                self._refuse_loss(organization, loss)
            try:
                with self._writing(resource_id):
                    kind.delete(self.client, resource_id, state)
            except NotFound:
                if self._left(kind, resource_id, olds) is not None:
                    raise
        if organization:
            organization.deleted(kind.noun, resource_id)

    def _refuse_loss(self, organization: Organization, loss: Loss | None) -> None:
        """Register what an operation takes from the caller; raise Refused if the caller needs it."""
        if loss is None:
            return
        if isinstance(loss, LeavesGroup):
            # Another thread may take the caller out of another group at the same time.
            organization.plan.leave(loss.group_id)
        if reason := organization.lockout.reason(loss):
            raise Refused(reason)

    def _refuse_shared(self, kind: Kind[Any, Any], resource_id: str, urn: str | None) -> None:
        """Raise Refused if another resource of the program has the object that is about to be deleted."""
        holder = self._sightings.other_holder(kind.name, resource_id, urn)
        if holder is None or kind.outlives_resource:
            return
        who = "another resource of this program"
        if holder.urn is not None:
            who = f"{quoted(name_of(holder.urn))} of this program"
        elif holder.looks_up:
            who = "this program"
        command = f"`pulumi state delete {'URN' if urn is None else shlex.quote(urn)}`"
        if holder.looks_up:
            raise Refused(
                f"{who} looks it up, and would lose it",
                # Under the name of the look-up, the engine would not follow the alias.
                hint="to keep it in this stack, declare it under another name instead, and"
                f" {self._cures.alias(urn)}; to leave it to others, run {command}; to destroy it, leave out --run-program",
            )
        raise Refused(
            f"{who} has it too, and would lose it",
            hint=f"to keep it, take this one out of the state with {command}",
        )

    def diff(
        self,
        kind: Kind[Any, Any],
        resource_id: str,
        olds: Props,
        news: Props,
        *,
        urn: str | None = None,
    ) -> dict[str, Change]:
        """What changes between a state and checked inputs, by property.

        A refresh has the engine compare with the inputs of the state: there a damaged one is a change.
        """
        self._refuse_incomparable(kind, resource_id, olds)
        self._warn(kind, resource_id, olds)
        damaged = _damaged(kind.inputs, news)
        changes = kind.diff(olds, _without(damaged, olds, news))
        self._sightings.declared(kind.name, resource_id, urn)
        return changes | dict.fromkeys(sorted(damaged), Change.UPDATE)

    def deletes_first(self, kind: Kind[Any, Any], olds: Props, news: Props) -> bool:
        """Return whether a replacement must delete the old one before it creates the new one."""
        return kind.deletes_first(olds, _without(_damaged(kind.inputs, news), olds, news))

    def differences(
        self,
        kind: Kind[Any, Any],
        changes: Collection[str],
        olds: Props,
        news: Props,
        *,
        opaque: Collection[str] = (),
    ) -> Iterator[tuple[PropertyPath, Step]]:
        """Yield where changed properties differ, each with its path, and what happens there.

        A property that is damaged, or is one of `opaque`, is compared as a whole.
        """
        whole = {*opaque, *_damaged(kind.inputs, news)}
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
        """Yield a line for each changed list in which other items take another place.

        For a front that cannot tell the engine which items differ: the engine then shows every item that
        has moved. Not after a read, which has the engine compare the other way round.
        """
        if (kind.name, resource_id) in self._read:
            return
        sound = set(changes) - _damaged(kind.inputs, news)
        for field in fields(kind.inputs):
            old, new = olds.get(field.name), news.get(field.name)
            if field.name not in sound or field.nested:
                continue
            if not (isinstance(old, list) and isinstance(new, list)):
                continue
            steps: list[tuple[Any, Step]] = list(field.differences(old, new))
            if sum(map(operator.ne, old, new)) + abs(len(old) - len(new)) <= len(steps):
                continue
            removed = [old[it] for (it,), step in steps if step is not Step.ADD]
            added = [new[it] for (it,), step in steps if step is not Step.DELETE]
            parts = (
                f"{verb} {_some(items)}"
                for verb, items in (("removes", removed), ("adds", added))
                if items
            )
            yield f"{kind.describe(olds, resource_id)}: {self._spell(field.name)}: {'; '.join(parts)}"

    def preview(
        self, kind: Kind[Any, Any], resource_id: str, olds: Props, news: Props
    ) -> dict[str, Any]:
        """The outputs after an update, as far as they can be told without a call."""
        self._refuse_incomparable(kind, resource_id, olds)
        return kind.preview(olds, news)

    def refreshed(
        self, kind: Kind[Any, Any], inputs: Props, olds: Props, outputs: Props
    ) -> dict[str, Any] | None:
        """The inputs to keep after a refresh; None if those that there are hold good.

        Damaged inputs are replaced by what the API holds.
        """
        intact = self._intact(kind.inputs, inputs)
        kept = kind.refreshed(intact, self._intact(kind.state, olds), outputs)
        damaged = _damaged(kind.inputs, inputs)
        if not damaged:
            return kept
        again = {name: value for name, value in outputs.items() if name in damaged}
        return {**again, **(intact if kept is None else kept)}

    # --- damaged states --------------------------------------------------------------------------

    def _refuse_incomparable(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> None:
        with attempting(f"compare {kind.describe(olds, resource_id)} with its state"):
            self._refuse_damaged(kind.state, olds, "state", _REFRESH)

    def _refuse_damaged(self, cls: type, plain: Props, what: str, cure: str) -> None:
        """Raise Refused if plain values are not those of a dataclass, with the first one that is not."""
        for path, words in misfits(cls, plain):
            raise Refused(
                f"the {what} cannot be used, since {self._spell(path)} {words}", hint=cure
            )

    def _intact(self, cls: type, plain: Props) -> Props:
        """Return the plain values without the properties that are damaged, or that are not declared."""
        damaged = _damaged(cls, plain)
        names = [field.name for field in fields(cls) if field.name not in damaged]
        return {name: plain[name] for name in names if plain.get(name) is not None}

    def _comparable(self, kind: Kind[Any, Any], olds: Props) -> Props:
        """Return old inputs with UNKNOWN for each damaged value, and with an empty list for a list.

        What a setting fills in is taken from it, since it must be known.
        """
        damaged = _damaged(kind.inputs, olds) if olds else set()
        if not damaged:
            return olds
        values = dict(self._intact(kind.inputs, olds))
        for field in fields(kind.inputs):
            if field.name not in damaged:
                continue
            if field.prop.setting is None:
                values[field.name] = UNKNOWN if field.container is None else []
            elif default := self._defaults.get(field.prop.setting):
                values[field.name] = default
        return values

    def _mended(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> Props:
        """Return the state with what the id tells; what is damaged is taken from the settings or left out."""
        known = {**olds, **kind.parts_of(resource_id)}
        return mended(kind.state, known, self._defaults) if _damaged(kind.state, known) else known

    def _known(self, kind: Kind[Any, Any], resource_id: str, olds: Props) -> Props:
        """Return the state to delete by; a damaged one is read again, where it can be.

        The state tells whether the API allows the deletion, and what the caller would lose.
        """
        known = self._mended(kind, resource_id, olds)
        if not _damaged(kind.state, {**olds, **kind.parts_of(resource_id)}):
            return known
        with contextlib.suppress(IamError):
            state = kind.read(self.client, resource_id, decode(kind.state, known))
            known = encode(state)
        return known

    def call(
        self,
        function: Function[Any, Any],
        arguments: Props,
        *,
        spell: Spell = str,
        secrets: Collection[str] = (),
    ) -> tuple[Outputs, list[Failure]]:
        """The result of a function; empty where a failure says what is wrong with the arguments."""
        checked, failures = function.check(arguments, settings=self._defaults, spell=spell)
        if failures:
            return {}, concealed(failures, secrets)
        with attempting(function.attempt(checked)):
            result = function.call(self.client, decode(function.arguments, checked))
        return encode(result), []
