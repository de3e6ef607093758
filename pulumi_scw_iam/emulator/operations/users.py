"""Users: the owner, and the members and invited persons of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common.passwords import NEEDED, is_strong
from pulumi_scw_iam.emulator.operations.applications import forget_bearer
from pulumi_scw_iam.emulator.operations.base import (
    IAM,
    Call,
    Json,
    operation,
    seeding,
)
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
)
from pulumi_scw_iam.emulator.schema.arguments import Body
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
    PASSWORD,
    USER,
    USERNAME,
    WEBAUTHN_AUTHENTICATOR,
)
from pulumi_scw_iam.emulator.schema.refusals import (
    InvalidArgument,
    already_exists,
    invalid,
    precondition,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{IAM}/users"
ONE = f"{PATH}/<user_id>"
INVITATION = Body(
    {name: USER.create.arguments[name] for name in ("organization_id", "tags", "email")}
)
NOT_KEPT = ("password", "send_password_email", "send_welcome_email")


@behaviour(
    RECORDED,
    "A new member has the status `activated` and no `last_login_at`; an empty `locale` becomes "
    "`en_US`. The password is not stored.",
)
@behaviour(
    DOCUMENTED,
    "With `email` instead of `member`, a person is invited. The SDKs call this person a guest, but Scaleway"
    " made all guests members in July 2025, and the newest SDKs have no type `guest`.",
)
@behaviour(
    ASSUMED,
    "An invited person has the type `member`, the status `invitation_pending`, and the e-mail address as"
    " username. No call of the local API accepts the invitation.",
)
@behaviour(ASSUMED, "The local API never sends e-mail.")
@operation("POST", PATH, USER.guard, body=USER.create, ground=RECORDED)
def create_user(call: Call) -> Json:
    """Create a member, or invite a person. No password is stored, and no e-mail is sent."""
    if member := call.body.get("member"):
        if member["password"]:
            check_password("member.password", member["password"])
        facts = {name: value for name, value in member.items() if name not in NOT_KEPT}
        values = {**facts, "type": "member", "locale": member["locale"] or "en_US"}
        refuse_taken_username(call, values["username"])
        return call.show(USER, call.add(USER, **values, tags=call.body["tags"]))
    return invite(call, "member")


@behaviour(
    ASSUMED,
    "A guest from before July 2025 comes only from a seed, and has the type `guest`.",
)
@seeding(USER.guard, INVITATION)
def add_guest(call: Call) -> Json:
    """Create a guest that Scaleway has not made a member."""
    return invite(call, "guest")


def invite(call: Call, user_type: str) -> Json:
    """Create a user with a pending invitation to the e-mail address of the body."""
    email = call.body["email"]
    refuse_taken_username(call, email)
    values = {"username": email, "type": user_type, "status": "invitation_pending"}
    new = call.add(USER, **values, email=email, tags=call.body["tags"], invited=True)
    return call.show(USER, new)


@behaviour(DOCUMENTED, "A username is unique in its organization, and free again after a delete.")
@behaviour(ASSUMED, "A username already in use is a 409 `already_exists`.")
def refuse_taken_username(call: Call, username: str, own_id: str = "") -> None:
    """Raise a 409 if another user has the username."""
    for other in call.store.having(USER, "username", username):
        if other["id"] != own_id:
            raise already_exists("user", other["id"], "a user with this username already exists")


def is_invited(user: Object) -> bool:
    """Return whether a user was invited by e-mail. State files of earlier versions have the type only."""
    return bool(user["type"] == "guest" or user.get("invited"))


@behaviour(
    DOCUMENTED,
    "The e-mail address of a guest cannot be changed. The 412 is assumed, and so is the same for every"
    " invited person.",
)
def check_update(call: Call, old: Object) -> None:
    """Raise a 412 for a change of an invited person's e-mail address: the invitation was sent there."""
    if is_invited(old) and call.body.get("email", old["email"]) != old["email"]:
        raise precondition("protected_resource", "the e-mail of an invited user cannot be changed")


@behaviour(
    RECORDED,
    "Only this operation changes the username; a new e-mail address does not.",
)
@operation(
    "POST", f"{ONE}/update-username", USER.guard, body=Body({"username": USERNAME}), ground=RECORDED
)
def update_user_username(call: Call) -> Json:
    """Change the username of a member."""
    user = member_of(call)
    refuse_taken_username(call, call.body["username"], user["id"])
    return call.change(USER, user, username=call.body["username"])


@behaviour(RECORDED, "A new member may have an empty password.")
@behaviour(
    ASSUMED,
    "Any other password needs at least 12 characters, with a lower-case letter, an upper-case letter, a"
    " digit and another character. Scaleway documents no such rule.",
)
def check_password(argument: str, password: str) -> None:
    """Raise a 400 for a short or simple password."""
    if not is_strong(password):
        raise invalid(InvalidArgument(argument, f"value must have {NEEDED}"))


@operation(
    "POST",
    f"{ONE}/update-password",
    USER.guard,
    body=Body({"password": PASSWORD}),
    ground=DOCUMENTED,
)
def update_user_password(call: Call) -> Json:
    """Change the password of a member."""
    check_password("password", call.body["password"])
    return call.change(USER, member_of(call))


@behaviour(ASSUMED, "A lock, an unlock and a new password set `updated_at` like any update.")
@behaviour(
    DOCUMENTED,
    "A locked member stays in the organization; its API keys have no permissions until the unlock.",
)
@operation("POST", f"{ONE}/lock", USER.guard, ground=DOCUMENTED)
def lock_user(call: Call) -> Json:
    """Lock a member: its API keys are refused until the unlock."""
    return call.change(USER, member_of(call), locked=True)


@operation("POST", f"{ONE}/unlock", USER.guard, ground=DOCUMENTED)
def unlock_user(call: Call) -> Json:
    """Unlock a member."""
    return call.change(USER, member_of(call), locked=False)


@behaviour(
    DOCUMENTED,
    "Lock, unlock, and changes of username and password require a member. The 412 for owners is assumed,"
    " and so is the 412 for invited persons.",
)
def member_of(call: Call) -> Object:
    """Return the member of the path. Raises a 412 for owners and invited persons."""
    user = call.named(USER)
    if user["type"] != "member" or is_invited(user):
        raise precondition("protected_resource", "this operation requires a member")
    return user


@behaviour(
    ASSUMED, "Only a seed creates a passkey or security key; a new one leaves `mfa` as it is."
)
@seeding(WEBAUTHN_AUTHENTICATOR.guard, WEBAUTHN_AUTHENTICATOR.create)
def add_webauthn_authenticator(call: Call) -> Json:
    """Create a passkey or security key of a user."""
    call.find(USER, call.body["user_id"])
    return call.show(WEBAUTHN_AUTHENTICATOR, call.add(WEBAUTHN_AUTHENTICATOR, **call.body))


def authenticators_of(call: Call) -> list[Object]:
    """Return the passkeys and security keys of the user in the path."""
    return call.store.having(WEBAUTHN_AUTHENTICATOR, "user_id", call.named(USER)["id"])


@behaviour(ASSUMED, "A deleted user loses the passkeys and security keys.")
def forget_user(call: Call, gone: Object) -> None:
    """Remove what belongs to a deleted user."""
    forget_bearer(call, gone, USER)
    for authenticator in authenticators_of(call):
        call.store.remove(WEBAUTHN_AUTHENTICATOR, authenticator["id"])


declare_list(USER, PATH, ground=RECORDED)
declare_list(
    WEBAUTHN_AUTHENTICATOR,
    f"{ONE}/webauthn-authenticators",
    name="list_user_web_authn_authenticators",
    items=authenticators_of,
    ground=DOCUMENTED,
)
declare_get(USER, ONE, "user", ground=RECORDED)
declare_update(USER, ONE, "user", check=check_update, ground=RECORDED)
declare_delete(USER, ONE, "user", cascade=forget_user, ground=RECORDED)
