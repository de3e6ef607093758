"""RotatingAPIKey: an API key that is replaced by a new one on schedule, with an overlap.

The API has no such object. The resource has an id of its own, which never changes, and one or two API keys: the
current one, and during the overlap the previous one. `shared/rotation.py` decides what a turn does; this module
makes the calls.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import (
    IamError,
    Incomplete,
    NotFound,
    PermissionDenied,
    UnknownOutcome,
)
from pulumi_scw_iam.common.redaction import hidden
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, OneOf, Path, Prop, Props, Sent, Step, decode, encode
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import EndsCaller
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared import secret_sink
from pulumi_scw_iam.kinds.shared.fields import (
    DefaultProjectId,
    InOrganization,
    without_default_project,
)
from pulumi_scw_iam.kinds.shared.rotating_keys import (
    delete_key,
    delete_unused,
    get_key,
    handed_on_keys,
    is_marked,
    keys_of,
    newest_of,
    rotating_keys,
    send_with_expiry,
)
from pulumi_scw_iam.kinds.shared.rotation import LONGEST_MARK, Key, Mark, Turn, plan_turn
from pulumi_scw_iam.kinds.shared.rotation_outlook import (
    BEARERS,
    DEFAULT_OVERLAP,
    OF_PREVIOUS,
    SIGHT,
    Sight,
    changed,
    foreseen,
    moment,
    moves_secret,
    next_rotation,
    outdated,
    schedule_of,
    turn_by_state,
    unplaced_key,
)
from pulumi_scw_iam.kinds.shared.secret_sink import SecretVersion, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal

_LONGEST_DESCRIPTION = 200 - LONGEST_MARK


@dataclass(frozen=True, kw_only=True)
class RotatingAPIKeyInputs:
    """An API key that a new key replaces on schedule, while the previous key stays valid for an overlap.

    `pulumi up` makes the new key on or after the date, or if `rotation_triggers` change. A later `pulumi up` deletes
    the previous key after the overlap. Nothing rotates without an update.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("bearer", BEARERS),)

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
    default_project_id: DefaultProjectId = None
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
            f" `rotate_after`. Defaults to `{DEFAULT_OVERLAP}`.",
            format=formats.overlap,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = DEFAULT_OVERLAP
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
            schedule = schedule_of(inputs)
        except ValueError:
            return  # the failure of the format says more
        if schedule.rotate_after and schedule.overlap >= schedule.rotate_after:
            given = inputs.get("overlap")
            is_default = "" if given else " by default"
            yield (
                "overlap",
                f"is {given or DEFAULT_OVERLAP}{is_default}, but the key rotates after {inputs['rotate_after']}; set a"
                f" shorter {spell('overlap')}, or a longer {spell('rotate_after')}",
            )

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set the default format if a secret is set."""
        return secret_sink.with_format(inputs)

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also count the key of a rotation that the inputs ask for."""
        declaration = super().declares(organization, olds, news)
        rotates = bool(olds) and bool(changed(olds, news))
        return replace(declaration, adds_one=declaration.adds_one or rotates)

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a wrong secret, and a life above the organization's limit."""
        yield from super().check_against(organization, proposal)
        yield from secret_sink.findings(organization, proposal)
        news, olds = proposal.news, proposal.olds
        schedule = schedule_of(news)
        if olds and schedule == schedule_of(olds):
            return
        settings = organization.security_settings() or {}
        longest = formats.limit(settings.get("max_api_key_expiration_duration"))
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
            unplaced = unplaced_key(state)
            strays = (
                access_key
                for access_key, key in live.items()
                if access_key == unplaced
                or (access_key not in own and is_marked(key, state.get("mark")))
            )
            sight = Sight(directory.now, frozenset(own - live.keys()), tuple(strays))
        return {**known, SIGHT: sight}

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        outputs = super().preview(olds, news)
        sight: Sight | None = (olds or {}).get(SIGHT)
        if olds is None:
            for name in OF_PREVIOUS:
                del outputs[name]
            if news.get("rotate_after") is None:
                del outputs["next_rotation_at"]
        elif sight is not None:
            outputs |= foreseen(olds, news, sight)
        if news.get("secret_id") is None:
            outputs["secret_version"] = None
        elif news["secret_id"] is not UNKNOWN:
            outputs |= dict.fromkeys(("secret_key", "previous_secret_key"))
        return {name: value for name, value in outputs.items() if value is not None}

    def moving_outputs(self, olds: Props, news: Props) -> Collection[str]:
        """Return the outputs of a rotation, of the end of an overlap, and of a secret key that moves."""
        if SIGHT not in olds:
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
        sight: Sight | None = olds.get(SIGHT)
        if sight is None:
            return
        turn, previous = turn_by_state(olds, news, sight), olds.get("previous_access_key")
        title, overlap = self.describe(olds, resource_id), news.get("overlap", DEFAULT_OVERLAP)
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
        deleted = turn_by_state(olds, news, olds[SIGHT]).deleted
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
            delete_unused(client, _bearer(inputs), inputs.secret_id, mark.place)
        key = _make(client, inputs, mark)
        access_key, secret_key = key["access_key"], hidden(key["secret_key"] or "", secret=True)
        state = _with_key(inputs, key, mark=mark.resource)
        if inputs.secret_id is None:
            return resource_id, replace(state, secret_key=secret_key)
        try:
            with undone_by(
                client, lambda: delete_key(client, access_key), "API key", access_key, state
            ):
                revision = secret_sink.hand_on(
                    client, inputs.secret_id, inputs.secret_format, access_key, secret_key
                )
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
        live = keys_of(client, state.organization_id, _bearer(state), _bearer(inputs))
        own = [key for _, key in self.objects_of(resource_id, encode(state))]
        live |= {key: found for key in own if key not in live and (found := get_key(client, key))}
        unplaced = unplaced_key(encode(state))
        marked = {
            access_key: key
            for access_key, key in live.items()
            if access_key == unplaced or (access_key not in own and is_marked(key, mark.resource))
        }
        handed_on = handed_on_keys(client, marked, state.secret_id, inputs.secret_id)
        current = None if unplaced else live.get(str(state.access_key))
        previous = state.previous_access_key
        turn = plan_turn(
            None if current is None else _key(current, outdated(encode(state), news)),
            previous if previous in live else None,
            [_stray(key, handed_on.get(access_key), news) for access_key, key in marked.items()],
            schedule_of(news),
            client.now,
        )
        for access_key in turn.deleted:
            with suppress(NotFound):
                delete_key(client, access_key)
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
                client, lambda: delete_key(client, access_key), "API key", access_key, state
            ):
                try:
                    revision = secret_sink.hand_on(
                        client, inputs.secret_id, inputs.secret_format, access_key, secret_key
                    )
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
        if "description" in fields or not is_marked(key, mark.resource):
            fields["description"] = mark.at(inputs.secret_id).added_to(inputs.description)
        update = partial(client.update_api_key, key["access_key"], **fields)
        if key["expires_at"] is None and inputs.rotate_after is not None:
            # A key that was declared as APIKey, or without `rotate_after`. Its life starts now, whatever its age.
            key = send_with_expiry(client, schedule_of(encode(inputs)), update)
        elif fields:
            key = update()
        version = state.secret_version
        if moves_secret(encode(state), encode(inputs)):
            secret_key = hidden(state.secret_key or "", secret=True)
            version = secret_sink.hand_on(
                client, inputs.secret_id, inputs.secret_format, key["access_key"], secret_key
            )
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
                    delete_key(client, access_key)
        if state.access_key is not None:
            delete_key(client, state.access_key)

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
        return replace(state, next_rotation_at=next_rotation(values, values))

    def objects_of(self, resource_id: str, outputs: Props) -> tuple[tuple[str, str], ...]:
        keys = (outputs.get("access_key"), outputs.get("previous_access_key"))
        return tuple(("API key", key) for key in keys if isinstance(key, str))


# --- values --------------------------------------------------------------------------------------


def _key(key: types.APIKey, outdated: str = "", *, is_handed_on: bool = True) -> Key:
    # A key with an unreadable date is never due by its age.
    made = moment(key["created_at"]) or datetime.now(timezone.utc)
    return Key(key["access_key"], made, moment(key["expires_at"]), outdated, is_handed_on)


def _bearer(inputs: RotatingAPIKeyInputs) -> str | None:
    """Return the id of the bearer; None in a damaged state."""
    return inputs.application_id or inputs.user_id


def _with_keys(base: RotatingAPIKeyInputs, keys: Sequence[types.APIKey]) -> RotatingAPIKeyState:
    """Return the state of inputs, or of a state, whose current key is the newest of some keys."""
    newest, previous = newest_of(keys)
    return _with_key(base, newest, **({"previous_access_key": previous} if previous else {}))


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
    values["next_rotation_at"] = next_rotation(values, values)
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
    facts |= {name: key.get(name) for name in BEARERS}
    facts |= {"secret_id": version.secret_id, "secret_format": version.format}
    facts["secret_version"] = version.revision
    return _key(key, outdated(facts, news))


# --- calls ---------------------------------------------------------------------------------------


def _mark_by_id(client: IamClient, resource_id: str) -> str:
    """Return the mark of a resource whose state lacks it; the id of an imported key is its access key."""
    if resource_id.startswith("SCW") and (key := get_key(client, resource_id)) is not None:
        mark = Mark.found(key["description"])
    else:
        mark = None
    return (mark or Mark.of(resource_id)).resource


def _marked(
    client: IamClient, resource_id: str, state: RotatingAPIKeyState
) -> dict[str | None, types.APIKey]:
    """Return the keys with the mark of a resource, by access key, oldest first."""
    mark = state.mark or _mark_by_id(client, resource_id)
    live = keys_of(client, state.organization_id, _bearer(state))
    return {access_key: key for access_key, key in live.items() if is_marked(key, mark)}


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
        siblings = keys_of(client, None, _bearer(inputs)).values()
        keys = [one for one in siblings if is_marked(one, mark.resource)] or keys
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
    return send_with_expiry(client, schedule_of(encode(inputs)), make)
