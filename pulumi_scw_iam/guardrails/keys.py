"""Guardrails about API keys."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = [
    "KEY_DESCRIPTION",
    "KEY_EXPIRES",
    "KEY_NOT_FOR_OWNER",
    "KEY_NOT_FOR_PEOPLE",
    "KEY_NOT_NEAR_EXPIRY",
    "KEY_ONE_ACTIVE",
    "KEY_SHORT_LIFE",
]

CHAPTER = "API keys"

_ROTATED = CIS("1.14", "Access keys are rotated every 90 days or less")


def _expiry(key: Resource) -> Any:
    """Return the expiry of a key; None without an expiry; UNKNOWN if unknown or malformed."""
    text = key.get("expires_at")
    if not isinstance(text, str):
        return text
    if not text:
        return None  # unset, in the resources of pulumiverse
    try:
        return formats.moment(text)
    except ValueError:
        return UNKNOWN  # refused by check


def _days(span: timedelta) -> str:
    days = span.days
    if days == 0:
        return "less than a day"
    return "1 day" if days == 1 else f"{days} days"


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


# --- lifetime -----------------------------------------------------------------------------------


def _expires(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    expiry = _expiry(key)
    if expiry is UNKNOWN:
        yield unknown(key, "expires_at")
    elif expiry is None:
        yield (
            f"{key.spell('expires_at')} is not set, so the key never expires; set a date such as"
            f" {formats.instant(_rotation_expiry(context).isoformat())}"
        )


def _rotation_expiry(context: Context) -> datetime:
    """Return an expiry that is stable for half of the maximum lifetime.

    A new expiry replaces the key. The key is therefore rotated once per half of the maximum lifetime, not at
    each `up`.
    """
    half = max(timedelta(days=max(context.number("longest_days"), 1)) / 2, timedelta(hours=12))
    start = datetime(2020, 1, 1, tzinfo=timezone.utc)
    periods = (context.now - start) // half
    return start + half * (periods + 2)


def _set_expiry(key: Resource, context: Context) -> dict[str, Any] | None:
    if _expiry(key) is not None:
        return None
    return {"expires_at": formats.instant(_rotation_expiry(context).isoformat())}


KEY_EXPIRES = Guardrail(
    id="key-expires",
    expects="Set an expiry date on every API key.",
    why="A leaked or forgotten key without an expiry date works until the key is deleted.",
    cure="Set expires_at, and replace the key before that date.",
    severity="high",
    level="mandatory",
    kinds=("APIKey",),
    framework=_ROTATED,
    options=(
        Option(
            "longest_days",
            90,
            "Maximum number of days from now to the expiry date set by the level `remediate`.",
        ),
    ),
    fails='robot = iam.Application("robot")\niam.APIKey("robot", application_id=robot.id)',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_expires,
    remediate=_set_expiry,
    remediation="Sets an expiry date. After half of `longest_days` the date advances, and the new date"
    " replaces the key. Run `pulumi up` at least that often to rotate the key before the key expires.",
)


def _not_too_long(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    expiry = _expiry(key)
    if expiry is UNKNOWN:
        yield unknown(key, "expires_at")
    elif expiry is None:
        yield NotApplicable("the key has no expiry date; see key-expires")
    elif expiry - context.now > timedelta(days=(most := context.number("longest_days"))):
        latest = _day(context.now + timedelta(days=most))
        yield (
            f"{key.spell('expires_at')} is {_days(expiry - context.now)} away, but at most"
            f" {_days(timedelta(days=most))} are allowed; set {latest} or an earlier date"
        )


KEY_SHORT_LIFE = Guardrail(
    id="key-short-life",
    expects="Limit the lifetime of API keys.",
    why="The longer a key exists, the more copies exist.",
    cure="Set an earlier expires_at. The change replaces an existing key.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    framework=_ROTATED,
    options=(Option("longest_days", 90, "Maximum lifetime, in days from now."),),
    fails='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2031-01-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_not_too_long,
)


def _not_near(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    expiry = _expiry(key)
    if expiry is UNKNOWN:
        yield unknown(key, "expires_at")
        return
    if expiry is None:
        yield NotApplicable("the key has no expiry date")
        return
    left = expiry - context.now
    cure = "create a second key, distribute the new key, then remove this key"
    if left <= timedelta(0):
        yield f"{key.spell('expires_at')} was {_day(expiry)}, so the key has expired; remove the key"
    elif left < timedelta(days=context.number("warn_days")):
        yield f"{key.spell('expires_at')} is {_days(left)} away ({_day(expiry)}); {cure}"


KEY_NOT_NEAR_EXPIRY = Guardrail(
    id="key-not-near-expiry",
    expects="Replace API keys before their expiry date.",
    why="Every client of the key fails at the expiry date, possibly outside of working hours.",
    cure="Create a second key, distribute the new key, and remove the first key.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    options=(Option("warn_days", 14, "Number of days before the expiry date to report the key."),),
    fails='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-01-08T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_not_near,
)


# --- bearer -------------------------------------------------------------------------------------


def _not_for_people(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    allowed = context.texts("except_user_ids")
    for key in stack.of("APIKey"):
        bearer = stack.target(key, "user_id", "User")
        if bearer is UNKNOWN or (
            bearer in stack.by_urn and key.get("user_id") is UNKNOWN and allowed
        ):
            yield unknown(key, "user_id")
        elif bearer is not None and not {bearer, key.get("user_id")} & set(allowed):
            yield Violation(
                f"{key.spell('user_id')} makes a user the bearer of the key; set"
                f" {key.spell('application_id')} instead",
                key.urn,
            )


KEY_NOT_FOR_PEOPLE = Guardrail(
    id="key-not-for-people",
    expects="Declare API keys for applications, not for users.",
    why="A user's key has all permissions of the user, and stops working when the user leaves. The"
    " secret is in the Pulumi state, where other people can read the secret.",
    cure="Create an application with the required permissions, and set application_id.",
    severity="high",
    level="mandatory",
    kinds=("APIKey",),
    framework=CIS("1.11", "No access keys are created with a user that has a password"),
    options=(Option("except_user_ids", [], "Ids of users exempt from this guardrail."),),
    fails='ana = iam.User("ana", email="ana@example.com", username="ana")\n'
    'iam.APIKey("ana", user_id=ana.id, expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_stack=_not_for_people,
)


def _not_for_owner(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    owners = {user.urn for user in stack.of("User") if user.get("type") == "owner"} | set(
        context.texts("owner_ids")
    )
    for key in stack.of("APIKey"):
        bearer = stack.target(key, "user_id", "User")
        if bearer is UNKNOWN or (bearer in stack.by_urn and not _typed(stack.by_urn[bearer])):
            yield unknown(key, "user_id")
        elif bearer in owners:
            yield Violation(
                f"{key.spell('user_id')} makes an owner of the organization the bearer of the key, and"
                f" no policy limits an owner; set {key.spell('application_id')} instead",
                key.urn,
            )


def _typed(user: Resource) -> bool:
    """Return True if the type of a user is known. A user created by the program is not an owner."""
    return user.get("type") is not UNKNOWN


KEY_NOT_FOR_OWNER = Guardrail(
    id="key-not-for-owner",
    expects="Do not create API keys for the owner of the organization.",
    why="No policy limits an owner. A leaked key of an owner gives full access to the organization.",
    cure="Create an application with the required permissions, and set application_id.",
    severity="critical",
    level="mandatory",
    kinds=("APIKey",),
    framework=CIS("1.4", "The root user has no access key"),
    options=(
        Option(
            "owner_ids",
            [],
            "Ids of owners. Policies do not see users that a program only reads. The type of a `User`"
            " imported into the stack is known without this option.",
        ),
    ),
    example_options={"owner_ids": ["OWNER_ID"]},
    fails='iam.APIKey("all", user_id=OWNER_ID, expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_stack=_not_for_owner,
)


# --- number -------------------------------------------------------------------------------------


def _one_active(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    by_bearer: dict[tuple[str, Any], list[Resource]] = defaultdict(list)
    for key in stack.of("APIKey"):
        for name, kind in (("application_id", "Application"), ("user_id", "User")):
            bearer = stack.target(key, name, kind)
            if bearer is UNKNOWN:
                yield unknown(key, name)
            elif bearer is not None:
                by_bearer[kind, bearer].append(key)
    overlap = timedelta(days=context.number("rotation_days"))
    for (kind, bearer), keys in by_bearer.items():
        if any(_expiry(key) is UNKNOWN for key in keys):
            yield unknown(keys[0], "expires_at")
            continue
        last = datetime.max.replace(tzinfo=timezone.utc)
        ends = sorted(
            ((_expiry(key) or last, key) for key in keys), key=lambda pair: (pair[0], pair[1].urn)
        )
        active = [(end, key) for end, key in ends if end > context.now]
        if len(active) < 2 or (len(active) == 2 and active[0][0] - context.now <= overlap):
            continue
        others = " and ".join(quoted(key.name) for _, key in active[:-1])
        yield Violation(
            f"{stack.describe(bearer, kind)} has {len(active)} active keys, this key and {others}; keep"
            f" one key, or for a rotation set {active[0][1].spell('expires_at')} of the older key to at"
            f" most {_days(overlap)} from now",
            active[-1][1].urn,
        )


KEY_ONE_ACTIVE = Guardrail(
    id="key-one-active",
    expects="Keep one active API key per bearer, except during a rotation.",
    why="With several keys, nobody knows which key is in use, so no key can be removed safely.",
    cure="Create one application per client. During a rotation, set an early expiry date on the older key.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    framework=CIS("1.13", "There is only one active access key for a user"),
    options=(
        Option(
            "rotation_days",
            14,
            "Two keys are a rotation if one key expires within this number of days.",
        ),
    ),
    fails='robot = iam.Application("robot")\n'
    'for name in ("first", "second"):\n'
    '    iam.APIKey(name, application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("old", application_id=robot.id, expires_at="2030-01-10T00:00:00Z")\n'
    'iam.APIKey("new", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_stack=_one_active,
)


# --- description --------------------------------------------------------------------------------


def _names_owner(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    description = key.get("description") or ""
    if description is UNKNOWN:
        yield unknown(key, "description")
        return
    pattern = context.text("pattern")
    try:
        found = re.search(pattern, description)
    except (re.error, RecursionError, OverflowError):
        yield NotApplicable(f"the option pattern is not a regular expression: {quoted(pattern)}")
        return
    if found is None:
        wrong = "is not set" if not description else "does not name the owner of the key"
        yield f"{key.spell('description')} {wrong}; add text that matches {quoted(pattern)}"


KEY_DESCRIPTION = Guardrail(
    id="key-description",
    expects="Name the owner of an API key in the description.",
    why="The description is the only label of a key. Without an owner, nobody dares to remove the key.",
    cure="Add the owner to the description, such as owner=platform.",
    severity="low",
    level="advisory",
    kinds=("APIKey",),
    options=(
        Option(
            "pattern", r"owner=\S+", "Regular expression to match with a part of the description."
        ),
    ),
    fails='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, description="for the build",\n'
    '           expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, description="build, owner=platform",\n'
    '           expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_names_owner,
)
