"""RotatingAPIKey: an API key that is replaced by a new one on schedule, with an overlap.

The API has no such object. The resource has an id of its own, which never changes, and one or two API keys: the
current one, and during the overlap the previous one. `shared/rotation.py` decides what a turn does; this module
makes the calls.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import (
    IamError,
    Incomplete,
    InvalidArguments,
    NotFound,
    PermissionDenied,
    Refused,
    UnknownOutcome,
)
from pulumi_scw_iam.common.redaction import hidden
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, OneOf, Path, Prop, Props, Sent, Step, decode, encode
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import EndsCaller
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared import secret_sink
from pulumi_scw_iam.kinds.shared.fields import InOrganization, without_default_project
from pulumi_scw_iam.kinds.shared.rotation import LONGEST_MARK, Key, Mark, Schedule, Turn, plan_turn
from pulumi_scw_iam.kinds.shared.secret_sink import SecretVersion, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal

_LONGEST_DESCRIPTION = 200 - LONGEST_MARK
_BEARERS = ("application_id", "user_id")
_OVERLAP = "7d"
_LIMIT_MARGIN = timedelta(minutes=1)
"""The API compares the expiry with its own time, a little later than the time of the last response."""

_PLACE = ("secret_id", "secret_format")
_OF_PREVIOUS = ("previous_access_key", "previous_secret_key")
_OF_CURRENT = ("access_key", "secret_version", "rotated_at", "expires_at", "next_rotation_at")

_DECISIVE = (*_BEARERS, "rotate_after", "overlap", "rotation_triggers", *_PLACE)
"""The inputs that decide about a rotation."""

_SIGHT = "_sight"
"""The name under which `as_of_now` adds a `Sight` to a state."""


@dataclass(frozen=True)
class Sight:
    """What the API shows about a resource before an update."""

    now: datetime
    missing: frozenset[str] = frozenset()
    """The keys of the state that do not exist."""
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RotatingAPIKeyInputs:
    """An API key that a new key replaces on schedule, while the previous key stays valid for an overlap.

    `pulumi up` makes the new key on or after the date, or if `rotation_triggers` change. A later `pulumi up` deletes
    the previous key after the overlap. Nothing rotates without an update.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("bearer", _BEARERS),)

    application_id: Annotated[
        str | None,
        Prop(
            "The id of the application, if the bearer is an application. A change rotates the key.",
            format=formats.uuid_of("application"),
        ),
    ] = None
    user_id: Annotated[
        str | None,
        Prop(
            "The id of the user, if the bearer is a user. A change rotates the key.",
            format=formats.uuid_of("user"),
        ),
    ] = None
    description: Annotated[
        str,
        Prop(
            f"A description of at most {_LONGEST_DESCRIPTION} characters. The API also has a mark of the resource"
            " at its end.",
            max_length=_LONGEST_DESCRIPTION,
        ),
    ] = ""
    default_project_id: Annotated[
        str | None,
        Prop(
            "The id of the default project for Object Storage. Chosen by the API if unset.",
            format=formats.uuid_of("project"),
            server_default=True,
            always_set=True,
        ),
    ] = None
    rotate_after: Annotated[
        str | None,
        Prop(
            "The age at which a key is rotated, such as `60d` or `12h`. If unset, only `rotation_triggers` rotate,"
            " and keys expire only if the organization limits their life.",
            format=formats.lifetime,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = None
    overlap: Annotated[
        str,
        Prop(
            "How long the previous key stays valid after a rotation, such as `7d`. It must be shorter than"
            f" `rotate_after`. Defaults to `{_OVERLAP}`.",
            format=formats.overlap,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = _OVERLAP
    rotation_triggers: Annotated[
        tuple[str, ...],
        Prop(
            "Any texts: a change rotates the key at once. A rotation during an overlap ends that overlap.",
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = ()
    secret_id: Annotated[
        str | None,
        Prop(
            "The id of a secret in the Secret Manager, as UUID or `region/UUID`. The region is `fr-par` if unset. If"
            " set, each secret key goes to a new version of this secret, and is neither in the state nor in the"
            " outputs. A secret key in the state moves there in place; any later change rotates the key.",
            format=formats.secret_id,
            kept=True,
            sent=Sent.APART,
        ),
    ] = None
    secret_format: Annotated[
        str | None,
        Prop(
            "The format of the version: `raw` has the secret key, `json` an object with `access_key` and"
            " `secret_key`, and `env` lines with `SCW_ACCESS_KEY` and `SCW_SECRET_KEY`. Defaults to `raw`. A"
            " change rotates the key.",
            choices=secret_sink.FORMATS,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class RotatingAPIKeyState(RotatingAPIKeyInputs):
    """The state of a rotating API key: its current key, and the previous one during the overlap."""

    access_key: Annotated[
        str | None,
        Prop("The access key of the current key; unset after a refresh if the key was deleted."),
    ] = None
    secret_key: Annotated[
        str | None,
        Prop(
            "The secret key of the current key. Unset if `secret_id` is set, and for an imported key until its"
            " rotation.",
            secret=True,
            kept=True,
        ),
    ] = field(default=None, repr=False)
    previous_access_key: Annotated[
        str | None,
        Prop("The access key of the previous key, until it is deleted.", may_be_unset=True),
    ] = None
    previous_secret_key: Annotated[
        str | None,
        Prop(
            "The secret key of the previous key, until it is deleted. Unset if `secret_id` is set.",
            secret=True,
            may_be_unset=True,
            kept=True,
        ),
    ] = field(default=None, repr=False)
    secret_version: SecretVersion = None
    rotated_at: Annotated[
        str | None, Prop("The time at which the current key was made (RFC 3339, UTC).")
    ] = None
    next_rotation_at: Annotated[
        str | None,
        Prop(
            "The time from which on an update rotates the key (RFC 3339, UTC). Unset if only triggers rotate.",
            may_be_unset=True,
        ),
    ] = None
    expires_at: Annotated[
        str | None,
        Prop(
            "The expiry of the current key (RFC 3339, UTC): `rotate_after` and two overlaps after its creation,"
            " within the limit of the organization.",
            may_be_unset=True,
        ),
    ] = None
    mark: Annotated[
        str | None, Prop("The mark of the resource in the descriptions of its keys.")
    ] = None
    organization_id: InOrganization = None


class RotatingAPIKeyKind(Kind[RotatingAPIKeyInputs, RotatingAPIKeyState]):
    """RotatingAPIKey, managed through `api-keys` and the versions of a secret."""

    name = "RotatingAPIKey"
    noun = "rotating API key"
    counted = "API key"
    quota = "iam_api_keys"
    described_by = "description"
    changes_with_time = True
    inputs = RotatingAPIKeyInputs
    state = RotatingAPIKeyState

    # --- inputs ------------------------------------------------------------------------------

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
        """Check that a format has a secret, and that the overlap ends before the next rotation."""
        del olds
        yield from secret_sink.rules(inputs, spell)
        try:
            schedule = _schedule(inputs)
        except ValueError:
            return  # the failure of the format says more
        if schedule.rotate_after and schedule.overlap >= schedule.rotate_after:
            given = inputs.get("overlap")
            is_default = "" if given else " by default"
            yield (
                "overlap",
                f"is {given or _OVERLAP}{is_default}, but the key rotates after {inputs['rotate_after']}; set a"
                f" shorter {spell('overlap')}, or a longer {spell('rotate_after')}",
            )

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set the default format if a secret is set."""
        return secret_sink.with_format(inputs)

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also count the key of a rotation that the inputs ask for."""
        declaration = super().declares(organization, olds, news)
        rotates = bool(olds) and bool(_changed(olds, news))
        return replace(declaration, adds_one=declaration.adds_one or rotates)

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a wrong secret, and a life above the organization's limit."""
        yield from super().check_against(organization, proposal)
        yield from secret_sink.findings(organization, proposal)
        news, olds = proposal.news, proposal.olds
        schedule = _schedule(news)
        if olds and schedule == _schedule(olds):
            return
        settings = organization.security_settings() or {}
        longest = _span_of(settings.get("max_api_key_expiration_duration"))
        if longest is None:
            return
        if (schedule.rotate_after or timedelta()) + schedule.overlap >= longest:
            name = "overlap" if schedule.rotate_after is None else "rotate_after"
            yield CheckFinding(
                name,
                f"{formats.spelled(schedule.rotate_after or schedule.overlap)} is too long: organization"
                f" {organization.id} allows API keys to last {formats.spelled(longest)} at most, so a key would"
                f" expire before {proposal.spell('overlap')} ({formats.spelled(schedule.overlap)}) ends; choose a"
                " shorter one",
            )

    def inputs_of(self, outputs: Props) -> dict[str, Any]:
        return without_default_project(super().inputs_of(outputs), outputs)

    # --- what an update will do --------------------------------------------------------------

    def as_of_now(self, state: Props, directory: Directory) -> Props:
        """Add the API's time, the missing keys and the strays to a state."""
        # A key that was declared as APIKey has another name for the time of its creation.
        known = {**state, "rotated_at": state.get("rotated_at") or state.get("created_at")}
        own = {key for _, key in self.objects_of("", state)}
        bearer_id = state.get("application_id") or state.get("user_id")
        live = directory.keys_of(str(bearer_id), own)
        sight = Sight(directory.now)
        if live is not None:
            unplaced = _unplaced(state)
            strays = (
                access_key
                for access_key, key in live.items()
                if access_key == unplaced
                or (access_key not in own and _is_marked(key, state.get("mark")))
            )
            sight = Sight(directory.now, frozenset(own - live.keys()), tuple(strays))
        return {**known, _SIGHT: sight}

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        outputs = super().preview(olds, news)
        sight: Sight | None = (olds or {}).get(_SIGHT)
        if olds is None:
            for name in _OF_PREVIOUS:
                del outputs[name]
            if news.get("rotate_after") is None:
                del outputs["next_rotation_at"]
        elif sight is not None:
            outputs |= _foreseen(olds, news, sight)
        if news.get("secret_id") is None:
            outputs["secret_version"] = None
        elif news["secret_id"] is not UNKNOWN:
            outputs |= dict.fromkeys(("secret_key", "previous_secret_key"))
        return {name: value for name, value in outputs.items() if value is not None}

    def moving_outputs(self, olds: Props, news: Props) -> Collection[str]:
        """Return the outputs of a rotation, of the end of an overlap, and of a secret key that moves."""
        if _SIGHT not in olds:
            return ()
        after = self.preview(olds, news)
        return [name for name in self.outputs() if olds.get(name) != after.get(name)]

    def diff(self, olds: Props, news: Props) -> dict[str, Change]:
        changes = super().diff(olds, news)
        return changes | dict.fromkeys(self.moving_outputs(olds, news), Change.UPDATE)

    def differences(
        self, changes: Collection[str], olds: Props, news: Props
    ) -> Iterator[tuple[Path, Step]]:
        yield from super().differences(changes, olds, news)
        moving = [name for name in self.outputs() if name in changes]
        after = self.preview(olds, news) if moving else {}
        for name in moving:
            yield (name,), Step.of(olds.get(name), after.get(name))

    def notes(self, resource_id: str, olds: Props, news: Props) -> Iterator[str]:
        """Yield why an update makes a new key, and which keys it deletes."""
        sight: Sight | None = olds.get(_SIGHT)
        if sight is None:
            return
        turn, previous = _turn_by_state(olds, news, sight), olds.get("previous_access_key")
        title, overlap = self.describe(olds, resource_id), news.get("overlap", _OVERLAP)
        if turn.reason:
            kept = f"; {turn.kept} stays valid for {overlap}" if turn.kept else ""
            yield f"{title}: {turn.reason}, so an update makes a new key{kept}"
        if previous in turn.deleted:
            why = "at most two keys exist" if turn.reason else f"the overlap of {overlap} has ended"
            yield f"{title}: {why}, so an update deletes the previous key {previous}"
        for stray in sight.strays:
            yield f"{title}: an interrupted update left API key {stray}; an update settles it"

    def loss_by_update(
        self,
        directory: Directory,
        resource_id: str,
        state: RotatingAPIKeyState,
        inputs: RotatingAPIKeyInputs,
    ) -> Loss | None:
        olds, news = self.as_of_now(encode(state), directory), encode(inputs)
        deleted = _turn_by_state(olds, news, olds[_SIGHT]).deleted
        if any(map(directory.is_own_key, deleted)):
            return EndsCaller("deletes the API key that runs the program")
        return None

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: RotatingAPIKeyState
    ) -> Loss | None:
        if any(directory.is_own_key(key) for _, key in self.objects_of(resource_id, encode(state))):
            return EndsCaller("deletes the API key that runs the program")
        return None

    # --- the verbs ---------------------------------------------------------------------------

    def create(
        self, client: IamClient, inputs: RotatingAPIKeyInputs
    ) -> tuple[str, RotatingAPIKeyState]:
        resource_id = str(uuid.uuid4())
        mark = Mark.of(resource_id).at(inputs.secret_id)
        if inputs.secret_id is not None:
            _delete_unused(client, inputs, mark.place)
        key = _make(client, inputs, mark)
        access_key, secret_key = key["access_key"], hidden(key["secret_key"] or "", secret=True)
        state = _with_key(inputs, key, mark=mark.resource)
        if inputs.secret_id is None:
            return resource_id, replace(state, secret_key=secret_key)
        try:
            with undone_by(
                client, lambda: _delete(client, access_key), "API key", access_key, state
            ):
                revision = _hand_on(client, inputs, access_key, secret_key)
        except Incomplete as left:
            left.resource_id = resource_id
            raise
        return resource_id, replace(state, secret_version=revision)

    def read(
        self, client: IamClient, resource_id: str, state: RotatingAPIKeyState | None
    ) -> RotatingAPIKeyState:
        if state is None:
            return _found(client, resource_id)
        if state.previous_access_key is not None:
            # The current key, below, proves that the credentials see the organization. A denied read proves nothing.
            with suppress(PermissionDenied):
                try:
                    client.get_api_key(state.previous_access_key)
                except NotFound:
                    state = replace(state, previous_access_key=None, previous_secret_key=None)
        if state.access_key is None:
            # The key was deleted, or the state is damaged; the mark tells.
            own = _marked(client, resource_id, state)
            own.pop(state.previous_access_key, None)
            return _with_keys(state, list(own.values())) if own else state
        with own_get(state.access_key):
            key = client.get_api_key(state.access_key)
        return _with_key(state, key)

    def without_object(self, state: RotatingAPIKeyState) -> RotatingAPIKeyState:
        """Return the state without its current key, which somebody deleted; the next update makes a new one."""
        return replace(
            state,
            access_key=None,
            secret_key=None,
            secret_version=None,
            rotated_at=None,
            expires_at=None,
            next_rotation_at=None,
        )

    def update(
        self,
        client: IamClient,
        resource_id: str,
        state: RotatingAPIKeyState,
        inputs: RotatingAPIKeyInputs,
    ) -> RotatingAPIKeyState:
        mark = Mark(state.mark or Mark.of(resource_id).resource)
        news = encode(inputs)
        live = _live(client, state.organization_id, _bearer(state), _bearer(inputs))
        own = [key for _, key in self.objects_of(resource_id, encode(state))]
        live |= {key: found for key in own if key not in live and (found := _get(client, key))}
        unplaced = _unplaced(encode(state))
        marked = {
            access_key: key
            for access_key, key in live.items()
            if access_key == unplaced or (access_key not in own and _is_marked(key, mark.resource))
        }
        handed_on = _handed_on(client, marked, state.secret_id, inputs.secret_id)
        current = None if unplaced else live.get(str(state.access_key))
        previous = state.previous_access_key
        turn = plan_turn(
            None if current is None else _key(current, _outdated(encode(state), news)),
            previous if previous in live else None,
            [_stray(key, handed_on.get(access_key), news) for access_key, key in marked.items()],
            _schedule(news),
            client.now,
        )
        for access_key in turn.deleted:
            with suppress(NotFound):
                _delete(client, access_key)
        state = _settled(state, turn, live, handed_on)
        if turn.reason:
            return self._rotated(client, state, inputs, turn, mark)
        return self._kept(client, state, inputs, live[str(state.access_key)], mark)

    def _rotated(
        self,
        client: IamClient,
        state: RotatingAPIKeyState,
        inputs: RotatingAPIKeyInputs,
        turn: Turn,
        mark: Mark,
    ) -> RotatingAPIKeyState:
        """Make a new key, and hand it on; the key that was current becomes the previous one."""
        # An unset project leaves the project of the key unchanged, as in an update in place.
        project_id = inputs.default_project_id or state.default_project_id
        key = _make(
            client, replace(inputs, default_project_id=project_id), mark.at(inputs.secret_id)
        )
        access_key, secret_key = key["access_key"], hidden(key["secret_key"] or "", secret=True)
        revision, unknown = None, None
        if inputs.secret_id is not None:
            with undone_by(
                client, lambda: _delete(client, access_key), "API key", access_key, state
            ):
                try:
                    revision = _hand_on(client, inputs, access_key, secret_key)
                except IamError as error:
                    if not (error.may_have_acted or isinstance(error, UnknownOutcome)):
                        raise
                    unknown = error
        if unknown is not None:
            # A version may have the key, and consumers may use it already.
            stays = f"API key {access_key} stays, and the next `pulumi up` settles it"
            unknown.hint = "; ".join(filter(None, (unknown.hint, stays)))
            raise unknown
        was_current = turn.kept == state.access_key
        earlier = state.secret_key if was_current else state.previous_secret_key
        return replace(
            _with_key(inputs, key, mark=mark.resource, organization_id=state.organization_id),
            secret_key=None if inputs.secret_id else secret_key,
            secret_version=revision,
            previous_access_key=turn.kept,
            previous_secret_key=None if inputs.secret_id or turn.kept is None else earlier,
        )

    def _kept(
        self,
        client: IamClient,
        state: RotatingAPIKeyState,
        inputs: RotatingAPIKeyInputs,
        key: types.APIKey,
        mark: Mark,
    ) -> RotatingAPIKeyState:
        """Update the current key in place: its description, its default project, its first expiry, its place."""
        fields = self.differing(state, inputs, "description", "default_project_id")
        if "description" in fields or not _is_marked(key, mark.resource):
            fields["description"] = mark.at(inputs.secret_id).added_to(inputs.description)
        update = partial(client.update_api_key, key["access_key"], **fields)
        if key["expires_at"] is None and inputs.rotate_after is not None:
            # A key that was declared as APIKey, or without `rotate_after`. Its life starts now, whatever its age.
            key = _with_expiry(client, inputs, update)
        elif fields:
            key = update()
        version = state.secret_version
        if _moves(encode(state), encode(inputs)):
            secret_key = hidden(state.secret_key or "", secret=True)
            version = _hand_on(client, inputs, key["access_key"], secret_key)
        in_state = inputs.secret_id is None
        return replace(
            _with_key(inputs, key, mark=mark.resource, organization_id=state.organization_id),
            secret_key=state.secret_key if in_state else None,
            secret_version=None if in_state else version,
            previous_access_key=state.previous_access_key,
            previous_secret_key=state.previous_secret_key if in_state else None,
        )

    def undo_update(
        self,
        client: IamClient,
        resource_id: str,
        old: RotatingAPIKeyState,
        left: Incomplete,
    ) -> None:
        """Leave the new key to the next update, which finds it by its mark."""
        del client, resource_id, old
        left.hint = f"{left.hint}; the next `pulumi up` settles it"

    def delete(self, client: IamClient, resource_id: str, state: RotatingAPIKeyState) -> None:
        """Delete the keys: strays first, and the current key last."""
        marked = _marked(client, resource_id, state)
        for access_key in dict.fromkeys((*marked, state.previous_access_key)):
            if access_key is not None and access_key != state.access_key:
                with suppress(NotFound):
                    _delete(client, access_key)
        if state.access_key is not None:
            _delete(client, state.access_key)

    def withdraw(self, client: IamClient, state: RotatingAPIKeyState) -> None:
        """Disable the version with the secret key, so that no consumer reads a deleted key."""
        if state.secret_id is not None and state.secret_version is not None:
            secret_sink.disable(client, state.secret_id, state.secret_version)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the newest key of each mark, without the mark in its description; its access key is an id to import."""
        return rotating_keys(client.list_api_keys())

    def state_of(
        self,
        response: Mapping[str, Any],
        known: RotatingAPIKeyInputs | RotatingAPIKeyState | None = None,
    ) -> RotatingAPIKeyState:
        """Also return the time of the next rotation, which follows from the inputs."""
        state = super().state_of(response, known)
        values = encode(state)
        return replace(state, next_rotation_at=_next_rotation(values, values))

    def objects_of(self, resource_id: str, outputs: Props) -> tuple[tuple[str, str], ...]:
        keys = (outputs.get("access_key"), outputs.get("previous_access_key"))
        return tuple(("API key", key) for key in keys if isinstance(key, str))


def rotating_keys(
    keys: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the newest key of each mark by its access key, with the outputs that its siblings tell.

    `keys` are API keys in the form of the API. The description has no mark.
    """
    by_mark: dict[str, list[Mapping[str, Any]]] = {}
    for key in keys:
        if mark := Mark.found(str(key.get("description") or "")):
            by_mark.setdefault(mark.resource, []).append(key)
    for mark_of_all, siblings in by_mark.items():
        *others, newest = sorted(siblings, key=lambda key: formats.moment(key["created_at"]))
        yield (
            newest["access_key"],
            {
                **newest,
                "description": Mark.removed_from(newest["description"]),
                "mark": mark_of_all,
                "rotated_at": newest["created_at"],
                "previous_access_key": others[-1]["access_key"] if others else None,
            },
        )


# --- a turn by the state alone -------------------------------------------------------------------


def _turn_by_state(olds: Props, news: Props, sight: Sight) -> Turn:
    """Return the turn of an update, as far as the state, the inputs and the sight tell it."""
    access_key, previous = olds.get("access_key"), olds.get("previous_access_key")
    current = None
    if isinstance(access_key, str) and access_key not in sight.missing:
        made = _moment(olds.get("rotated_at")) or sight.now
        expires = _moment(olds.get("expires_at"))
        current = Key(access_key, made, expires, _outdated(olds, news))
    if not isinstance(previous, str) or previous in sight.missing:
        previous = None
    return plan_turn(current, previous, (), _schedule(news), sight.now)


def _foreseen(olds: Props, news: Props, sight: Sight) -> dict[str, Any]:
    """Return the outputs that an update will change, UNKNOWN or None included."""
    turn = _turn_by_state(olds, news, sight)
    after: dict[str, Any] = {}
    if any(news.get(name) is UNKNOWN for name in _DECISIVE):
        # The update may rotate the key, and may not.
        after |= dict.fromkeys(("secret_key", *_OF_CURRENT, *_OF_PREVIOUS), UNKNOWN)
        return after if olds.get("mark") is not None else {**after, "mark": UNKNOWN}
    if turn.previous is None:
        after |= dict.fromkeys(_OF_PREVIOUS)
    if turn.reason:
        was_current = turn.kept == olds.get("access_key")
        earlier = olds.get("secret_key" if was_current else "previous_secret_key")
        after |= dict.fromkeys(("access_key", "secret_key", "secret_version"), UNKNOWN)
        after |= {"rotated_at": UNKNOWN, "expires_at": UNKNOWN, "next_rotation_at": UNKNOWN}
        after |= {"previous_access_key": turn.kept, "previous_secret_key": turn.kept and earlier}
        if turn.kept in sight.strays:
            after["previous_access_key"] = UNKNOWN
        if news.get("rotate_after") is None and olds.get("expires_at") is None:
            after |= dict.fromkeys(("expires_at", "next_rotation_at"))
    elif sight.strays:
        # The update looks whether the secret has a stray, which then becomes the current key.
        after |= dict.fromkeys(_OF_CURRENT, UNKNOWN)
    else:
        if olds.get("expires_at") is None and news.get("rotate_after") is not None:
            after["expires_at"] = UNKNOWN
        after["next_rotation_at"] = _next_rotation(news, {**olds, **after})
        if _moves(olds, news):
            after["secret_version"] = UNKNOWN
    if olds.get("mark") is None:
        after["mark"] = UNKNOWN
    return after


def _unplaced(olds: Props) -> Any:
    """Return the current key if an interrupted create left it, and its secret key may be in no version; else None."""
    is_unplaced = olds.get("secret_id") is not None and olds.get("secret_version") is None
    return olds.get("access_key") if is_unplaced else None


def _outdated(olds: Props, news: Props) -> str:
    """Return why the inputs need another key than the one in the state; empty if the key fits."""
    if reason := _changed(olds, news):
        return reason
    is_placed = news.get("secret_id") is not None and not _moves(olds, news)
    if is_placed and any(olds.get(name) != news.get(name) for name in _PLACE):
        return "another secret, or another format, receives the secret key"
    if news.get("secret_id") is None and olds.get("secret_id") is not None:
        return "the state receives the secret key"
    return ""


def _changed(olds: Props, news: Props) -> str:
    """Return why a change of the inputs makes a new key; empty if none does."""
    if any(olds.get(name) != news.get(name) for name in _BEARERS):
        return "the bearer changes"
    if _triggers(olds) != _triggers(news):
        return "the rotation triggers change"
    return ""


def _triggers(props: Props) -> Any:
    triggers = props.get("rotation_triggers", ())
    return triggers if triggers is UNKNOWN else list(triggers)


def _moves(olds: Props, news: Props) -> bool:
    """Return whether an update hands on a secret key of the state, without a new key."""
    return (
        olds.get("secret_id") is None
        and news.get("secret_id") is not None
        and olds.get("secret_key") is not None
    )


# --- values --------------------------------------------------------------------------------------


def _schedule(inputs: Props) -> Schedule:
    """Return the schedule of inputs; an unknown age counts as unset."""
    rotate_after, overlap = inputs.get("rotate_after"), inputs.get("overlap", _OVERLAP)
    return Schedule(
        formats.span(rotate_after) if isinstance(rotate_after, str) else None,
        formats.stretch(overlap if isinstance(overlap, str) else _OVERLAP),
    )


def _moment(text: Any) -> datetime | None:
    return formats.moment(text) if isinstance(text, str) else None


def _key(key: types.APIKey, outdated: str = "", *, is_handed_on: bool = True) -> Key:
    made = formats.moment(key["created_at"])
    return Key(key["access_key"], made, _moment(key["expires_at"]), outdated, is_handed_on)


def _next_rotation(inputs: Props, facts: Props) -> Any:
    """Return the time of the next rotation; None if only triggers rotate."""
    values = [facts.get("rotated_at"), facts.get("expires_at"), inputs.get("rotate_after")]
    if UNKNOWN in (*values, inputs.get("overlap")):
        return UNKNOWN
    made = _moment(values[0])
    if made is None:
        return None
    due = _schedule(inputs).due(Key("", made, _moment(values[1])))
    return None if due is None else formats.instant(due.isoformat())


def _bearer(inputs: RotatingAPIKeyInputs) -> str | None:
    """Return the id of the bearer; None in a damaged state."""
    return inputs.application_id or inputs.user_id


def _is_marked(key: Mapping[str, Any], mark: str | None) -> bool:
    found = Mark.found(str(key.get("description") or ""))
    return found is not None and found.resource == mark


def _with_keys(base: RotatingAPIKeyInputs, keys: Sequence[types.APIKey]) -> RotatingAPIKeyState:
    """Return the state of inputs, or of a state, whose current key is the newest of some keys."""
    *others, newest = sorted(keys, key=lambda key: formats.moment(key["created_at"]))
    previous = {"previous_access_key": others[-1]["access_key"]} if others else {}
    return _with_key(base, newest, **previous)


def _with_key(base: RotatingAPIKeyInputs, key: types.APIKey, **changes: Any) -> RotatingAPIKeyState:
    """Return the state of inputs, or of a state, with the facts of its current key."""
    values = encode(base)
    if (mark := Mark.found(key["description"])) is not None:
        values["mark"] = mark.resource
    values |= {
        "application_id": key.get("application_id"),
        "user_id": key.get("user_id"),
        "description": Mark.removed_from(key["description"]),
        "default_project_id": key["default_project_id"],
        "access_key": key["access_key"],
        "rotated_at": key["created_at"],
        "expires_at": key["expires_at"],
        **changes,
    }
    values["next_rotation_at"] = _next_rotation(values, values)
    known = {name: value for name, value in values.items() if value is not None}
    return decode(RotatingAPIKeyState, known)


def _settled(
    state: RotatingAPIKeyState,
    turn: Turn,
    live: Mapping[str, types.APIKey],
    handed_on: Mapping[str, Version],
) -> RotatingAPIKeyState:
    """Return the state after the keys of a turn were deleted, and perhaps a stray became the current key."""
    access_key = None if turn.current is None else turn.current.access_key
    if access_key is not None and access_key in handed_on:
        version = handed_on[access_key]
        state = _with_key(
            state,
            live[access_key],
            secret_id=version.secret_id,
            secret_format=version.format,
            secret_version=version.revision,
            secret_key=None,
            previous_secret_key=None,
        )
    if turn.previous is None:
        return replace(state, previous_access_key=None, previous_secret_key=None)
    return replace(state, previous_access_key=turn.previous)


def _stray(key: types.APIKey, version: Version | None, news: Props) -> Key:
    """Return a stray for a turn. It was made for the triggers of an interrupted update, which no state has."""
    if version is None:
        return _key(key, is_handed_on=False)
    facts = {name: news.get(name) for name in ("rotation_triggers",)}
    facts |= {name: key.get(name) for name in _BEARERS}
    facts |= {"secret_id": version.secret_id, "secret_format": version.format}
    facts["secret_version"] = version.revision
    return _key(key, _outdated(facts, news))


# --- calls ---------------------------------------------------------------------------------------


def _live(
    client: IamClient, organization_id: str | None, *bearers: str | None
) -> dict[str, types.APIKey]:
    """Return the keys of bearers, by access key; None stands for all bearers of the organization."""
    return {
        key["access_key"]: key
        for bearer_id in dict.fromkeys(bearers)
        for key in client.list_api_keys(organization_id=organization_id, bearer_id=bearer_id)
    }


def _marked(
    client: IamClient, resource_id: str, state: RotatingAPIKeyState
) -> dict[str | None, types.APIKey]:
    """Return the keys with the mark of a resource, by access key, oldest first."""
    mark = state.mark or Mark.of(resource_id).resource
    live = _live(client, state.organization_id, _bearer(state))
    return {access_key: key for access_key, key in live.items() if _is_marked(key, mark)}


def _get(client: IamClient, access_key: str) -> types.APIKey | None:
    """Return a key that the list of its bearer does not have: a list may lag behind.

    The API may deny the read of a deleted key, since a key without a bearer requires permissions for all bearers.
    The caller may list the keys of the bearer, so the key does not exist then.
    """
    try:
        return client.get_api_key(access_key)
    except NotFound:
        return None
    except PermissionDenied as denied:
        # A previous key may have an earlier bearer, whose keys the caller cannot list.
        user_log.info(
            "API key %s counts as deleted, since it is in no list and cannot be read (%s); if it exists, delete it"
            " with `pulumi-scw-iam delete api-key %s`",
            access_key,
            denied.aside,
            access_key,
        )
        return None


def _delete(client: IamClient, access_key: str) -> None:
    """Delete a key whose bearer's keys the caller may list. Raises NotFound if the key is deleted already."""
    try:
        client.delete_api_key(access_key)
    except PermissionDenied:
        # As in `_get`, a retry after a lost response may be denied.
        if _get(client, access_key) is not None:
            raise


def _found(client: IamClient, access_key: str) -> RotatingAPIKeyState:
    """Return the state of a key for an import, with the other key of the same mark."""
    with own_get(access_key):
        key = client.get_api_key(access_key)
    mark = Mark.found(key["description"])
    inputs = RotatingAPIKeyInputs(
        application_id=key.get("application_id"), user_id=key.get("user_id")
    )
    keys = [key]
    if mark is not None:
        siblings = _live(client, None, _bearer(inputs)).values()
        keys = [one for one in siblings if _is_marked(one, mark.resource)] or keys
    return _with_keys(inputs, keys)


def _make(client: IamClient, inputs: RotatingAPIKeyInputs, mark: Mark) -> types.APIKey:
    """Make a key with the mark and an expiry."""
    make = partial(
        client.create_api_key,
        application_id=inputs.application_id,
        user_id=inputs.user_id,
        description=mark.added_to(inputs.description),
        default_project_id=inputs.default_project_id,
    )
    return _with_expiry(client, inputs, make)


def _with_expiry(
    client: IamClient, inputs: RotatingAPIKeyInputs, send: Callable[..., types.APIKey]
) -> types.APIKey:
    """Send a key with the expiry of the schedule, within the limit of the organization."""
    schedule = _schedule(encode(inputs))
    expiry = schedule.expiry(client.now, None)
    try:
        return send(expires_at=_instant(expiry))
    except InvalidArguments:
        # The limit is read only if the API refuses the key: most organizations have no limit.
        longest = _longest(client)
        if longest is None:
            raise
        within = schedule.expiry(client.now, longest - _LIMIT_MARGIN)
        if within == expiry:
            raise
    return send(expires_at=_instant(within))


def _longest(client: IamClient) -> timedelta | None:
    """Return the organization's limit for the life of keys; None without a limit, or if it cannot be read."""
    try:
        settings = client.get_organization_security_settings(client.default_organization_id)
    except PermissionDenied:
        return None
    return _span_of(settings["max_api_key_expiration_duration"])


def _span_of(duration: Any) -> timedelta | None:
    """Return a duration of the API; None for no limit, and for an unreadable or endless one."""
    try:
        return timedelta(seconds=formats.seconds(duration)) or None
    except (TypeError, ValueError, OverflowError):
        return None


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else formats.instant(moment.isoformat())


def _hand_on(
    client: IamClient, inputs: RotatingAPIKeyInputs, access_key: str, secret_key: str | None
) -> int:
    assert inputs.secret_id is not None
    return secret_sink.hand_on(
        client,
        inputs.secret_id,
        inputs.secret_format or secret_sink.FORMATS[0],
        access_key,
        hidden(secret_key or "", secret=True),
    )


def _handed_on(
    client: IamClient, strays: Collection[str], *secret_ids: str | None
) -> dict[str, Version]:
    """Return the newest versions of secrets with a stray, by access key; no call without strays.

    Raises Refused without the permission to list versions: a stray may then be in use, or useless.
    """
    found: dict[str, Version] = {}
    for secret_id in dict.fromkeys(filter(None, secret_ids)) if strays else ():
        try:
            versions = secret_sink.versions_of(client, secret_id)
        except NotFound:
            continue  # the secret was deleted, with its versions
        except PermissionDenied as denied:
            raise Refused(
                f"an interrupted update left API key {min(strays)}, and the versions of secret {secret_id} cannot"
                f" be listed to see whether the secret has it: {denied.words}",
                hint=f"give the bearer of the API key the permission set {secret_sink.READER} in the project of"
                " the secret",
            ) from None
        found |= {key: version for key, version in versions.items() if key in strays}
    return found


def _delete_unused(client: IamClient, inputs: RotatingAPIKeyInputs, place: str) -> None:
    """Delete the keys of interrupted creates whose secret key never reached the secret, and name the others.

    Such a key has the mark of another resource with the same bearer and the same secret. A key with a version may
    be the key of a resource of another stack, so it stays.
    """
    strays = {
        access_key: key
        for access_key, key in _live(client, None, _bearer(inputs)).items()
        if (mark := Mark.found(key["description"])) and mark.place == place
    }
    handed_on = _handed_on(client, strays, inputs.secret_id)
    for access_key in strays:
        if access_key not in handed_on:
            with suppress(NotFound):
                _delete(client, access_key)
            continue
        user_log.warning(
            "secret %s also has API key %s of another RotatingAPIKey, or of an interrupted update; if no stack has"
            " it, delete it with `pulumi-scw-iam delete api-key %s`",
            inputs.secret_id,
            access_key,
            access_key,
        )
