"""Guardrails about API keys."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.rotation import Schedule

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

_KEYS = ("APIKey", "RotatingAPIKey")

_OVERLAP = next(
    field.default for field in fields(KINDS["RotatingAPIKey"].inputs) if field.name == "overlap"
)

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


def _schedule(key: Resource) -> Any:
    """Return the schedule of a rotating key; UNKNOWN if unknown or malformed."""
    rotate_after, overlap = key.get("rotate_after"), key.get("overlap") or _OVERLAP
    if UNKNOWN in (rotate_after, overlap):
        return UNKNOWN
    try:
        return Schedule(
            None if rotate_after is None else formats.span(rotate_after),
            formats.stretch(overlap),
        )
    except ValueError:
        return UNKNOWN  # refused by check


def _unknown_schedule(key: Resource) -> NotApplicable:
    return unknown(key, "overlap" if key.get("overlap") is UNKNOWN else "rotate_after")


def _longest_age(schedule: Schedule, most: timedelta) -> timedelta | None:
    """Return the longest age for a rotation, in whole days, if keys live at most `most`; None if there is none."""
    age = timedelta(days=(most - 2 * schedule.overlap).days)
    return age if age > schedule.overlap else None


def _days(span: timedelta) -> str:
    days = span.days
    if days == 0:
        return "less than a day"
    return "1 day" if days == 1 else f"{days} days"


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


# --- lifetime -----------------------------------------------------------------------------------


def _expires(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    if key.kind == "RotatingAPIKey":
        schedule = _schedule(key)
        if schedule is UNKNOWN:
            yield _unknown_schedule(key)
        elif schedule.rotate_after is None:
            age = _rotation_age(schedule, context)
            cure = (
                f"set a shorter {key.spell('overlap')}, and an age"
                if age is None
                else f"set an age such as {formats.spelled(age)}"
            )
            yield (
                f"{key.spell('rotate_after')} is not set, so only triggers rotate the key, and it never expires;"
                f" {cure}"
            )
        return
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


def _rotation_age(schedule: Schedule, context: Context) -> timedelta | None:
    """Return an age for a rotation: two thirds of the maximum lifetime, or what two overlaps leave of it."""
    most = timedelta(days=max(context.number("longest_days"), 1))
    longest = _longest_age(schedule, most)
    return None if longest is None else min(longest, timedelta(days=max(most.days * 2 // 3, 1)))


def _set_expiry(key: Resource, context: Context) -> dict[str, Any] | None:
    if key.kind == "RotatingAPIKey":
        schedule = _schedule(key)
        if schedule is UNKNOWN or schedule.rotate_after is not None:
            return None
        age = _rotation_age(schedule, context)
        return None if age is None else {"rotate_after": formats.spelled(age)}
    if _expiry(key) is not None:
        return None
    return {"expires_at": formats.instant(_rotation_expiry(context).isoformat())}


KEY_EXPIRES = Guardrail(
    id="key-expires",
    expects="Set an expiry date on every API key, or an age at which the key is rotated.",
    why="A leaked or forgotten key without an expiry date works until the key is deleted.",
    cure="Declare a RotatingAPIKey with rotate_after: each of its keys expires. For an APIKey, set expires_at, and"
    " replace the key before that date.",
    severity="high",
    level="mandatory",
    kinds=_KEYS,
    framework=_ROTATED,
    options=(
        Option(
            "longest_days",
            90,
            "Maximum lifetime of a key, in days, with the value set by the level `remediate`.",
        ),
    ),
    fails='robot = iam.Application("robot")\niam.APIKey("robot", application_id=robot.id)',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_expires,
    remediate=_set_expiry,
    remediation="For a RotatingAPIKey, sets `rotate_after`. For an APIKey, sets an expiry date. After half of `longest_days` the date advances, and the new date"
    " replaces the key. Run `pulumi up` at least that often to rotate the key before the key expires.",
)


def _not_too_long(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    if key.kind == "RotatingAPIKey":
        yield from _does_not_live_long(key, context)
        return
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


def _does_not_live_long(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    """Judge the life of the keys of a rotating key: its age at the rotation, and two overlaps."""
    schedule = _schedule(key)
    if schedule is UNKNOWN:
        yield _unknown_schedule(key)
        return
    if schedule.rotate_after is None:
        yield NotApplicable(f"{key.spell('rotate_after')} is not set; see key-expires")
        return
    most = timedelta(days=context.number("longest_days"))
    life = schedule.rotate_after + 2 * schedule.overlap
    if life > most:
        longest = _longest_age(schedule, most)
        cure = (
            f"choose a shorter {key.spell('overlap')}, and then {key.spell('rotate_after')}"
            if longest is None
            else f"set {key.spell('rotate_after')} to {formats.spelled(longest)} or less"
        )
        yield (
            f"{key.spell('rotate_after')} ({formats.spelled(schedule.rotate_after)}) and two overlaps"
            f" ({formats.spelled(schedule.overlap)} each) let a key live for {_days(life)}, but at most"
            f" {_days(most)} are allowed; {cure}"
        )


KEY_SHORT_LIFE = Guardrail(
    id="key-short-life",
    expects="Limit the lifetime of API keys.",
    why="The longer a key exists, the more copies exist.",
    cure="Set an earlier expires_at; the change replaces an existing key. For a RotatingAPIKey, set a shorter"
    " rotate_after: a key lives for rotate_after and two overlaps at most.",
    severity="medium",
    level="advisory",
    kinds=_KEYS,
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
    cure = "declare a RotatingAPIKey, distribute its key, then remove this key"
    if left <= timedelta(0):
        yield f"{key.spell('expires_at')} was {_day(expiry)}, so the key has expired; remove the key"
    elif left < timedelta(days=context.number("warn_days")):
        yield f"{key.spell('expires_at')} is {_days(left)} away ({_day(expiry)}); {cure}"


KEY_NOT_NEAR_EXPIRY = Guardrail(
    id="key-not-near-expiry",
    expects="Replace API keys before their expiry date.",
    why="Every client of the key fails at the expiry date, possibly outside of working hours.",
    cure="Declare a RotatingAPIKey, distribute its key, and remove the first key. With an alias, an APIKey becomes a"
    " RotatingAPIKey without a new key. A RotatingAPIKey is never reported: an update rotates its key one overlap"
    " before the expiry date.",
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
    for key in stack.of(*_KEYS):
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
    kinds=_KEYS,
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
    for key in stack.of(*_KEYS):
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
    kinds=_KEYS,
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
    for key in stack.of(*_KEYS):
        for name, kind in (("application_id", "Application"), ("user_id", "User")):
            bearer = stack.target(key, name, kind)
            if bearer is UNKNOWN:
                yield unknown(key, name)
            elif bearer is not None:
                by_bearer[kind, bearer].append(key)
    overlap = timedelta(days=context.number("rotation_days"))
    for (kind, bearer), keys in by_bearer.items():
        if any(_expiry(key) is UNKNOWN for key in keys if key.kind == "APIKey"):
            yield unknown(keys[0], "expires_at")
            continue
        ends = sorted(((_end(key), key) for key in keys), key=lambda pair: (pair[0], pair[1].urn))
        active = [(end, key) for end, key in ends if end > context.now]
        if len(active) < 2 or (len(active) == 2 and active[0][0] - context.now <= overlap):
            continue
        others = " and ".join(quoted(key.name) for _, key in active[:-1])
        older = active[0][1]
        cure = (
            "keep one of them"
            if older.kind == "RotatingAPIKey"
            else f"keep one key, or for a rotation set {older.spell('expires_at')} of the older key to at most"
            f" {_days(overlap)} from now"
        )
        yield Violation(
            f"{stack.describe(bearer, kind)} has {len(active)} active keys, this key and {others}; {cure}",
            active[-1][1].urn,
        )


def _end(key: Resource) -> datetime:
    """Return the end of a key. A rotating key has none: a new key follows, and both count as one key."""
    last = datetime.max.replace(tzinfo=timezone.utc)
    return last if key.kind == "RotatingAPIKey" else _expiry(key) or last


KEY_ONE_ACTIVE = Guardrail(
    id="key-one-active",
    expects="Keep one active API key per bearer, except during a rotation.",
    why="With several keys, nobody knows which key is in use, so no key can be removed safely.",
    cure="Create one application per client, and declare a RotatingAPIKey for it. The two keys of its overlap count"
    " as one key. For a rotation by hand, set an early expiry date on the older key.",
    severity="medium",
    level="advisory",
    kinds=_KEYS,
    framework=CIS("1.13", "There is only one active access key for a user"),
    options=(
        Option(
            "rotation_days",
            14,
            "Two resources are a rotation if one is an APIKey that expires within this number of days.",
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
    kinds=_KEYS,
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
