"""Sign-in: one-time passwords, JWTs, grace periods and connections between accounts."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import timedelta

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import declare_delete, declare_get, declare_list
from pulumi_scw_iam.emulator.operations.users import ONE as USER_PATH
from pulumi_scw_iam.emulator.schema.arguments import Body, Text
from pulumi_scw_iam.emulator.schema.filters import OPTIONAL_ID
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import JWT, ORGANIZATION, USER
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid, not_found
from pulumi_scw_iam.emulator.schema.times import parse_duration, stamp
from pulumi_scw_iam.emulator.state.sources import BASE32, URL_SAFE

JWTS = f"{IAM}/jwts"
ONE_JWT = f"{JWTS}/<jti>"
JWT_LIFETIME = timedelta(hours=1)
CODE = Body({"one_time_password": Text(6, 6, r"^[0-9]+$", ground=DOCUMENTED)})
RECOVERY_CODES = 10


@behaviour(
    ASSUMED,
    "A new secret replaces the old secret, and is active after the validation of a code.",
)
@operation("POST", f"{USER_PATH}/mfa-otp", JWT.guard, ground=DOCUMENTED)
def create_user_mfaotp(call: Call) -> Json:
    """Create a secret for one-time passwords; `validate_user_mfaotp` activates the secret."""
    secret = call.sources.text(32, BASE32)
    call.store.put(USER, {**call.named(USER), "otp_secret": secret})
    return {"secret": secret}


@behaviour(ASSUMED, "Without a secret, the response is a 404 `mfa_otp` with the user's id.")
@behaviour(
    ASSUMED,
    "A wrong code is a 400; the codes of the previous and the next 30 seconds are valid too.",
)
@behaviour(RECORDED, "`mfa` and `two_factor_enabled` are always equal.")
@operation("POST", f"{USER_PATH}/validate-mfa-otp", JWT.guard, body=CODE, ground=DOCUMENTED)
def validate_user_mfaotp(call: Call) -> Json:
    """Enable multifactor authentication, and return the recovery codes."""
    user = call.named(USER)
    if "otp_secret" not in user:
        raise not_found("mfa_otp", user["id"])
    step = int(call.now.timestamp()) // 30
    # The clocks of client and server may differ by one step.
    right = [one_time_password(user["otp_secret"], step + drift) for drift in (-1, 0, 1)]
    if call.body["one_time_password"] not in right:
        raise invalid(InvalidArgument("one_time_password", "value is not the current code"))
    call.change(USER, user, mfa=True, two_factor_enabled=True)
    codes = [call.sources.text(10, BASE32) for _ in range(RECOVERY_CODES)]
    return {"recovery_codes": codes}


@behaviour(ASSUMED, "Without multifactor authentication, the response is a 404 `mfa_otp`.")
@operation(
    "DELETE",
    f"{USER_PATH}/mfa-otp",
    replace(USER.guard, word="mfa_otp", ground=ASSUMED),
    ground=DOCUMENTED,
)
def delete_user_mfaotp(call: Call) -> None:
    """Disable multifactor authentication."""
    user = call.named(USER)
    if "otp_secret" not in user:
        raise not_found("mfa_otp", user["id"])
    rest = {name: value for name, value in user.items() if name != "otp_secret"}
    call.change(USER, rest, mfa=False, two_factor_enabled=False)


def one_time_password(secret: str, step: int) -> str:
    """Return the code of a time step of 30 seconds (RFC 6238)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@behaviour(ASSUMED, "The local API accepts no JWT for authentication.")
@operation("POST", JWTS, JWT.guard, body=JWT.create, ground=DOCUMENTED)
@behaviour(ASSUMED, "A JWT expires after an hour, or after the maximum login session if shorter.")
def create_jwt(call: Call) -> Json:
    """Create a JWT for a user; only this response has the tokens."""
    user = call.find(USER, call.body["user_id"])
    settings = call.find(ORGANIZATION, call.organization_id)
    longest = parse_duration(settings["max_login_session_duration"])
    jwt = call.add(
        JWT,
        issuer_id=call.bearer_id,
        audience_id=user["id"],
        expires_at=stamp(call.now + min(JWT_LIFETIME, longest or JWT_LIFETIME)),
        ip=call.ip,
        user_agent=call.user_agent,
    )
    token = ".".join(call.sources.text(length, URL_SAFE) for length in (36, 200, 43))
    return {
        "jwt": call.show(JWT, jwt),
        "token": token,
        "renew_token": call.sources.text(64, URL_SAFE),
    }


@behaviour(ASSUMED, "The list is empty: grace periods start with a login to the console.")
@operation(
    "GET",
    f"{IAM}/grace-periods",
    replace(USER.guard, word="grace_period", ground=ASSUMED),
    query={"user_id": OPTIONAL_ID},
    ground=DOCUMENTED,
)
def list_grace_periods(call: Call) -> Json:
    """Return an empty list: grace periods start with a login to the console."""
    if call.query["user_id"]:
        call.find(USER, call.query["user_id"])
    return {"grace_periods": []}


@behaviour(ASSUMED, "The list is empty: the local API has one organization.")
@operation("GET", f"{USER_PATH}/connections", JWT.guard, ground=DOCUMENTED)
def get_user_connections(call: Call) -> Json:
    """Return an empty list: the local API has no other organization with an account."""
    call.named(USER)
    return {"connections": []}


declare_list(JWT, JWTS, name="list_jw_ts", ground=DOCUMENTED)
declare_get(JWT, ONE_JWT, "jwt", ground=DOCUMENTED)
declare_delete(JWT, ONE_JWT, "jwt", ground=DOCUMENTED)
