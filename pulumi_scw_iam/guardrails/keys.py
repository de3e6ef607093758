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
    """Return when a key expires; None if never; UNKNOWN if that is not known or malformed."""
    text = key.get("expires_at")
    if not isinstance(text, str):
        return text
    if not text:
        return None  # pulumiverse's way to leave it out
    try:
        return formats.moment(text)
    except ValueError:
        return UNKNOWN  # check refuses it


def _days(span: timedelta) -> str:
    days = span.days
    if days == 0:
        return "less than a day"
    return "1 day" if days == 1 else f"{days} days"


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


# --- the life of a key --------------------------------------------------------------------------


def _expires(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    expiry = _expiry(key)
    if expiry is UNKNOWN:
        yield unknown(key, "expires_at")
    elif expiry is None:
        yield (
            f"{key.spell('expires_at')} is not set; set it to a date, such as"
            f" {formats.instant(_rotation_expiry(context).isoformat())}"
        )


def _rotation_expiry(context: Context) -> datetime:
    """Return an expiry that is stable for half of the longest life.

    Another expiry replaces the key, so this rotates it every half of the longest life, and not at each `up`.
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
    expects="API keys have an expiry.",
    why="A key that leaks, or that everybody has forgotten, works until somebody deletes it.",
    cure="Set expires_at, and make a new key before that date.",
    severity="high",
    level="mandatory",
    kinds=("APIKey",),
    framework=_ROTATED,
    options=(
        Option("longest_days", 90, "Remediation sets an expiry at most so many days from now."),
    ),
    fails='robot = iam.Application("robot")\niam.APIKey("robot", application_id=robot.id)',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_expires,
    remediate=_set_expiry,
    remediation="Sets an expiry. The date moves on after half of `longest_days`, which then replaces the key:"
    " a rotation, for as long as `pulumi up` runs more often than that.",
)


def _not_too_long(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    expiry = _expiry(key)
    if expiry is UNKNOWN:
        yield unknown(key, "expires_at")
    elif expiry is None:
        yield NotApplicable("the key does not expire, which key-expires is about")
    elif expiry - context.now > timedelta(days=(most := context.number("longest_days"))):
        latest = _day(context.now + timedelta(days=most))
        yield (
            f"{key.spell('expires_at')} is {_days(expiry - context.now)} away; choose a date of at most"
            f" {_days(timedelta(days=most))} from now, {latest} or earlier"
        )


KEY_SHORT_LIFE = Guardrail(
    id="key-short-life",
    expects="API keys do not live longer than a set number of days.",
    why="The longer a key lives, the more copies of it there are.",
    cure="Choose an earlier expires_at. A key that exists already is replaced by that.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    framework=_ROTATED,
    options=(Option("longest_days", 90, "The longest life, in days from now."),),
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
        yield NotApplicable("the key does not expire")
        return
    left = expiry - context.now
    cure = "make a new key beside it, hand that out, then remove this one"
    if left <= timedelta(0):
        yield f"{key.spell('expires_at')} was {_day(expiry)}, so the key works no more; remove it"
    elif left < timedelta(days=context.number("warn_days")):
        yield f"{key.spell('expires_at')} is {_days(left)} away ({_day(expiry)}); {cure}"


KEY_NOT_NEAR_EXPIRY = Guardrail(
    id="key-not-near-expiry",
    expects="API keys are replaced before they expire.",
    why="What uses the key stops when the key does, most likely at night.",
    cure="Make a second key, hand it out, and remove the first one.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    options=(Option("warn_days", 14, "Tell so many days before."),),
    fails='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-01-08T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_not_near,
)


# --- who bears it -------------------------------------------------------------------------------


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
                f"{key.spell('user_id')} makes a person the bearer; give the key to an application"
                f" with {key.spell('application_id')}",
                key.urn,
            )


KEY_NOT_FOR_PEOPLE = Guardrail(
    id="key-not-for-people",
    expects="Programs declare API keys of applications, not of people.",
    why="A key of a person has all that the person may do, ends with the person's job, and lies in the"
    " state, where others can read it.",
    cure="Make an application with the rights that are needed, and give it the key.",
    severity="high",
    level="mandatory",
    kinds=("APIKey",),
    framework=CIS("1.11", "No access keys are made with a user that has a password"),
    options=(Option("except_user_ids", [], "Ids of users that may have keys all the same."),),
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
                f"{key.spell('user_id')} makes an owner of the organization the bearer, whom no policy"
                f" limits; give the key to an application with {key.spell('application_id')}",
                key.urn,
            )


def _typed(user: Resource) -> bool:
    """Return whether the type of a user is known. A user that the program creates is not an owner."""
    return user.get("type") is not UNKNOWN


KEY_NOT_FOR_OWNER = Guardrail(
    id="key-not-for-owner",
    expects="The owner of the organization has no API key.",
    why="No policy limits an owner: such a key can do everything, and so can whoever finds it.",
    cure="Give the key to an application that has the rights it needs.",
    severity="critical",
    level="mandatory",
    kinds=("APIKey",),
    framework=CIS("1.4", "The root user has no access key"),
    options=(
        Option(
            "owner_ids",
            [],
            "Ids of owners. Pulumi does not tell policies of what a program only reads; of a `User`"
            " that the stack has imported, the type is known without this.",
        ),
    ),
    example_options={"owner_ids": ["OWNER_ID"]},
    fails='iam.APIKey("all", user_id=OWNER_ID, expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_stack=_not_for_owner,
)


# --- one for each -------------------------------------------------------------------------------


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
            ((_expiry(key) or last, key) for key in keys), key=lambda one: (one[0], one[1].urn)
        )
        active = [(end, key) for end, key in ends if end > context.now]
        if len(active) < 2 or (len(active) == 2 and active[0][0] - context.now <= overlap):
            continue
        others = " and ".join(quoted(key.name) for _, key in active[:-1])
        yield Violation(
            f"{stack.describe(bearer, kind)} has {len(active)} active keys, this and {others}; keep one, and"
            f" in a rotation let the older one end within {_days(overlap)}"
            f" ({active[0][1].spell('expires_at')})",
            active[-1][1].urn,
        )


KEY_ONE_ACTIVE = Guardrail(
    id="key-one-active",
    expects="Each bearer has one active API key, or two while one takes the place of the other.",
    why="With several keys nobody knows which one is used where, and none can be removed.",
    cure="Give each user of a key an application of its own. To rotate, let the older key end soon.",
    severity="medium",
    level="advisory",
    kinds=("APIKey",),
    framework=CIS("1.13", "There is only one active access key for a user"),
    options=(
        Option("rotation_days", 14, "Two keys are a rotation when one ends within so many days."),
    ),
    fails='robot = iam.Application("robot")\n'
    'for name in ("first", "second"):\n'
    '    iam.APIKey(name, application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("old", application_id=robot.id, expires_at="2030-01-10T00:00:00Z")\n'
    'iam.APIKey("new", application_id=robot.id, expires_at="2030-03-01T00:00:00Z")',
    validate_stack=_one_active,
)


# --- what it says about itself ------------------------------------------------------------------


def _says_owner(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    description = key.get("description") or ""
    if description is UNKNOWN:
        yield unknown(key, "description")
        return
    pattern = context.text("pattern")
    try:
        found = re.search(pattern, description)
    except (re.error, RecursionError, OverflowError):
        yield NotApplicable(f"the option pattern, {quoted(pattern)}, is no regular expression")
        return
    if found is None:
        wrong = "is not set" if not description else "does not say who owns the key"
        yield f"{key.spell('description')} {wrong}; make it match {quoted(pattern)}"


KEY_DESCRIPTION = Guardrail(
    id="key-description",
    expects="The description of an API key says who owns it.",
    why="A key is known by a description and nothing else: without an owner nobody dares to remove it.",
    cure="Write the owner into the description, such as owner=platform.",
    severity="low",
    level="advisory",
    kinds=("APIKey",),
    options=(
        Option("pattern", r"owner=\S+", "Regular expression that some part of it must match."),
    ),
    fails='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, description="for the build",\n'
    '           expires_at="2030-03-01T00:00:00Z")',
    passes='robot = iam.Application("robot")\n'
    'iam.APIKey("robot", application_id=robot.id, description="build, owner=platform",\n'
    '           expires_at="2030-03-01T00:00:00Z")',
    validate_resource=_says_owner,
)
