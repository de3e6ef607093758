"""User: a member of the organization, or a person invited by e-mail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, cast

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.passwords import NEEDED, is_strong
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, Props, Sent, encode, fields
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import EndsCaller
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, OrganizationId, Srn, Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal


def _of_guest(olds: Props, news: Props) -> bool:
    """Return whether the user is a guest.

    A guest is identified by the e-mail address. No API call changes it.
    """
    del news
    return olds.get("type") == "guest"


@dataclass(frozen=True, kw_only=True)
class UserInputs:
    """A user of the organization: a member, or a guest, who is invited by e-mail.

    Scaleway made all guests members in July 2025, so prefer members.

    A member belongs to this organization only, and logs in with a username. Deleting a user deletes
    the user's API keys. Policies of the user stay, without effect.
    """

    email: Annotated[
        str,
        Prop(
            "The e-mail address. Case is ignored.",
            format=formats.email,
            # A change of case must not replace a guest.
            key=str.casefold,
            replace=_of_guest,
        ),
    ]
    username: Annotated[
        str | None,
        Prop(
            "The username for login: 2 to 64 letters, digits and @ . _ -. Must be unique in the"
            " organization. Required for a member, not allowed for a guest.",
            format=formats.username,
            min_length=2,
            max_length=64,
            unique=True,
            server_default=True,
            always_set=True,
            sent=Sent.BY_CREATE,
        ),
    ] = None
    type: Annotated[
        str | None,
        Prop(
            "The type of the user: `member` or `guest`. Defaults to `member`, and is used only at creation:"
            " with `guest`, the person is invited by e-mail. Scaleway made all guests members in July"
            " 2025, and its newest SDKs have no guests, so the output is the type in the API.",
            choices=("member", "guest", "owner"),
            create_only=True,
            always_set=True,
            # The create request encodes the type by its fields: `member` or `email`.
            sent=Sent.APART,
        ),
    ] = None
    password: Annotated[
        str | None,
        Prop(
            "The first password of a member, at most 72 bytes. A change sets a new password. The API"
            " never returns passwords, so a password changed by the member is not detected.",
            format=formats.password,
            min_length=1,
            secret=True,
            kept=True,
            server_default=True,
            sent=Sent.BY_CREATE,
        ),
    ] = field(default=None, repr=False)
    first_name: Annotated[str, Prop("The first name, at most 64 characters.", max_length=64)] = ""
    last_name: Annotated[str, Prop("The last name, at most 64 characters.", max_length=64)] = ""
    phone_number: Annotated[
        str,
        Prop("The phone number in international format, such as +33123456789.", max_length=64),
    ] = ""
    locale: Annotated[
        str | None,
        Prop(
            "The language and country, such as `fr_FR`. Chosen by the API if unset.",
            max_length=64,
            server_default=True,
            always_set=True,
        ),
    ] = None
    tags: Tags = frozenset()
    locked: Annotated[
        bool | None,
        Prop(
            "Whether a member is locked. A locked member cannot log in or use API keys. If unset,"
            " Pulumi does not manage the lock.",
            server_default=True,
            always_set=True,
            sent=Sent.APART,
        ),
    ] = None
    send_password_email: Annotated[
        bool,
        Prop(
            "Whether to send the first password to the member by e-mail. Used only at creation.",
            create_only=True,
            kept=True,
        ),
    ] = False
    send_welcome_email: Annotated[
        bool,
        Prop(
            "Whether to send a welcome e-mail to the member. Used only at creation.",
            create_only=True,
            kept=True,
        ),
    ] = False
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class UserState(UserInputs):
    """The state of a user in the API."""

    account_root_user_id: Annotated[
        str, Prop("The id of the account's root user, if the user is an owner.")
    ] = ""
    deletable: Annotated[
        bool, Prop("Whether the API allows deletion. An owner cannot be deleted.")
    ] = True
    created_at: CreatedAt = ""
    srn: Srn = None


_LOCKED = EndsCaller("locks the user whose API key runs the program")

_MEMBER_ONLY = (
    "username",
    "password",
    "first_name",
    "last_name",
    "phone_number",
    "locale",
    "locked",
    "send_password_email",
    "send_welcome_email",
)


class UserKind(Kind[UserInputs, UserState]):
    """User, managed through `users` and its actions."""

    name = "User"
    noun = "user"
    quota = "iam_users"
    described_by = "email"
    found_by = ("email", "username")
    inputs = UserInputs
    state = UserState

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterable[tuple[str, str]]:
        """Check the inputs that are required for a member or not allowed for a guest."""
        if inputs.get("type") == "guest":
            for name in _MEMBER_ONLY:
                if inputs.get(name) not in (None, False, "", UNKNOWN):
                    yield name, f'is for members only; remove it, or remove {spell("type")} "guest"'
        elif inputs.get("type") is not UNKNOWN and inputs.get("username") is None:
            yield (
                "username",
                f'is required for a member; pass it, or pass {spell("type")} "guest" to invite a guest',
            )

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Drop an empty locale, which the API replaces by a locale of its own choice."""
        return {name: value for name, value in inputs.items() if (name, value) != ("locale", "")}

    def inputs_of(self, outputs: Props) -> dict[str, Any]:
        """Return the inputs of an existing user, without what the user or the API chooses.

        The user chooses the locale. A lock that is not set stays outside the program.
        """
        left_out = ("locale", *([] if outputs.get("locked") else ["locked"]))
        if outputs.get("type") == "guest":
            left_out = _MEMBER_ONLY
        inputs = {
            name: value
            for name, value in super().inputs_of(outputs).items()
            if name not in left_out
        }
        return {**inputs, "type": "guest"} if outputs.get("type") == "guest" else inputs

    def inputs_of_item(self, item: Props, outputs: Props) -> dict[str, Any]:
        """Return the inputs; a user with a pending invitation is declared as a guest, without a username.

        The API shows the e-mail address as the username, which no member may have if it contains a `+`.
        """
        inputs = super().inputs_of_item(item, outputs)
        if item.get("status") != "invitation_pending":
            return inputs
        of_guest = {name: value for name, value in inputs.items() if name not in _MEMBER_ONLY}
        return {**of_guest, "type": "guest"}

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        """Return the outputs; the API chooses the type of an invited person."""
        outputs = super().preview(olds, news)
        return (
            {**outputs, "type": UNKNOWN}
            if olds is None and news.get("type") == "guest"
            else outputs
        )

    def state_of(
        self, response: Mapping[str, Any], known: UserInputs | UserState | None = None
    ) -> UserState:
        """Also keep the known type if the response has none: a missing type is no difference."""
        if response.get("type") is None:
            known_type = known.type if isinstance(known, UserState) else None
            response = {**response, "type": known_type or "unknown_type"}
        return super().state_of(response, known)

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also declare the address of a new guest, and a lock of the user who runs the program."""
        declaration = super().declares(organization, olds, news)
        if _invites(olds, news):
            claims = (*declaration.claims, self.claim("email", olds, news))
            declaration = replace(declaration, claims=claims)
        if olds and news.get("locked") is True and not olds.get("locked"):
            directory = organization.directory
            users, caller_id = directory.all(self.noun), directory.caller("user_id")
            caller = (users or {}).get(caller_id or "")
            if caller is not None and caller.get("username") == olds.get("username"):
                declaration = replace(declaration, loss=("locked", _LOCKED))
        return declaration

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report an address in use by another guest, inputs of members, and the type owner."""
        yield from super().check_against(organization, proposal)
        olds, news = proposal.olds, proposal.news
        if _invites(olds, news):
            yield from self.name_conflicts(organization, "email", proposal)
        yield from self._still_guest(organization, proposal)
        password = news.get("password")
        if (
            isinstance(password, str)
            and password != olds.get("password")
            and not is_strong(password)
        ):
            yield CheckFinding.warning(
                f"{self.describe(news)}: {proposal.spell('password')} is short or simple, and the API may"
                f" refuse it, because Scaleway's rules for passwords are not documented; use {NEEDED}"
            )
        if not olds and news.get("type") == "owner":
            reason = 'an owner is created with the organization only; pass "member" or "guest"'
            yield CheckFinding("type", reason)

    def _still_guest(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Report changes that the API refuses for a guest: a new address, and inputs of members.

        Scaleway itself may turn a guest into a member. An invited person may be a guest or a member in the
        API, and counts as a guest as long as the invitation is pending.
        """
        olds, news = proposal.olds, proposal.news
        old, new = olds.get("email"), news.get("email")
        is_moved = (
            isinstance(old, str) and isinstance(new, str) and old.casefold() != new.casefold()
        )
        becomes_member = news.get("type") != "guest"
        if olds.get("type") != "guest" or not (is_moved or becomes_member):
            return
        user = organization.directory.named(self.noun, "email", old, normalize=str.casefold)
        if user is None:
            return
        is_guest = user.get("type") == "guest"
        if not is_guest and user.get("status") != "invitation_pending":
            return
        # A new address replaces a guest, but not an invited member: that would delete an account.
        if is_moved and not is_guest:
            yield CheckFinding(
                "email",
                "cannot be changed while the invitation of this user is pending; keep the old address, or"
                " replace the user with `pulumi up --replace`",
            )
        if not becomes_member:
            return
        for name in _MEMBER_ONLY:
            if proposal.news.get(name) not in (None, False, ""):
                yield CheckFinding(
                    name,
                    "is for members only, and this user is still a guest, which an update cannot change; keep"
                    f' {proposal.spell("type")} "guest", or replace the user with `pulumi up --replace`',
                )

    def excludes(self, olds: Props, news: Props) -> bool:
        """Return True also for guests with the same address, which can be invited only once."""
        old, new = (str(props.get("email")).casefold() for props in (olds, news))
        return super().excludes(olds, news) or (news.get("type") == "guest" and old == new)

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: UserState
    ) -> Loss | None:
        if not state.deletable or directory.caller("user_id") != resource_id:
            return None
        return EndsCaller("deletes the user whose API key runs the program")

    def loss_by_update(
        self, directory: Directory, resource_id: str, state: UserState, inputs: UserInputs
    ) -> Loss | None:
        locks = inputs.locked and not state.locked
        return _LOCKED if locks and directory.caller("user_id") == resource_id else None

    def create(self, client: IamClient, inputs: UserInputs) -> tuple[str, UserState]:
        if inputs.type == "owner":
            raise Refused(
                'an owner is created with the organization only; pass "member" or "guest"'
            )
        body = self.body(inputs)
        common = {name: body.pop(name) for name in ("organization_id", "tags")}
        if inputs.type == "guest":
            user = client.create_user(**common, email=inputs.email)
        else:
            user = client.create_user(**common, member=_member(body))
        user_id = user["id"]
        if inputs.locked:
            created = self.state_of(user, inputs)
            with undone_by(
                client, lambda: client.delete_user(user_id), self.noun, user_id, created
            ):
                user = client.lock_user(user_id)
        return user_id, self.state_of(user, inputs)

    def read(self, client: IamClient, resource_id: str, state: UserState | None) -> UserState:
        with own_get(resource_id):
            user = client.get_user(resource_id)
        return self.state_of(user, state)

    def update(
        self, client: IamClient, resource_id: str, state: UserState, inputs: UserInputs
    ) -> UserState:
        steps: list[tuple[Callable[[], object], UserState]] = []
        new = state

        def step(call: Callable[[], object], *names: str) -> None:
            nonlocal new
            new = replace(new, **{name: getattr(inputs, name) for name in names})
            steps.append((call, new))

        facts = self.differing(state, inputs)
        username, password = inputs.username, inputs.password
        locks = bool(self.differing(state, inputs, "locked"))
        # Lock first and unlock last: if a call in between fails, the user must stay locked.
        if locks and inputs.locked:
            step(lambda: client.lock_user(resource_id), "locked")
        if facts:
            step(lambda: client.update_user(resource_id, **facts), *facts)
        if self.differing(state, inputs, "username") and username is not None:
            step(lambda: client.update_user_username(resource_id, username=username), "username")
        if self.differing(state, inputs, "password") and password is not None:
            step(lambda: client.update_user_password(resource_id, password=password), "password")
        if locks and not inputs.locked:
            step(lambda: client.unlock_user(resource_id), "locked")
        self.apply_steps(resource_id, state, steps)
        # Creation-only inputs keep their old values: Scaleway may have turned a guest into a member.
        creation_only = {
            f.name: getattr(state, f.name) for f in fields(UserInputs) if f.prop.create_only
        }
        return self.state_of({**encode(state), **encode(inputs), **creation_only})

    def irreversible(self, old: UserState, reached: UserState) -> list[str]:
        """Also keep a lock: a failed update must not leave the user unlocked."""
        stays = super().irreversible(old, reached)
        is_locked = reached.locked and not old.locked and "locked" not in stays
        return [*stays, "locked"] if is_locked else stays

    def delete(self, client: IamClient, resource_id: str, state: UserState) -> None:
        if not state.deletable:
            raise Refused(
                "an owner of the organization cannot be deleted; remove the resource from the state with"
                " `pulumi state delete`, or set retain_on_delete"
            )
        client.delete_user(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_users())


def _invites(olds: Props, news: Props) -> bool:
    """Return whether the inputs invite a new guest. The address must not be in use."""
    return not olds and news.get("type") == "guest" and isinstance(news.get("email"), str)


def _member(body: Mapping[str, Any]) -> types.CreateMember:
    """Return the `member` field of a create request. The API requires all fields inside it."""
    member = {name: "" if value is None else value for name, value in body.items()}
    return cast("types.CreateMember", member)
