"""List filters shared by several object types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.schema.arguments import Argument, Flag, Instant, Many, Text, Uuid
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.objects import Filter, Object
from pulumi_scw_iam.emulator.schema.times import parse_instant

if TYPE_CHECKING:
    from datetime import datetime


def equal(name: str, argument: Argument, ground: Ground, unless: object = None) -> Filter:
    """Return a filter for objects with this value."""
    description = f"`{name}` equals the value"
    return Filter(
        argument, lambda item, value, _: bool(item.get(name) == value), description, ground, unless
    )


def among(name: str, ground: Ground) -> Filter:
    """Return a filter for objects with one of the ids."""
    return Filter(
        Many(Uuid(), optional=True),
        lambda item, value, _: not value or item.get(name) in value,
        f"`{name}` is one of the values",
        ground,
    )


def holds(name: str, ground: Ground) -> Filter:
    """Return a filter for objects with one of the ids in a list field."""
    return Filter(
        Many(Uuid(), optional=True),
        lambda item, value, _: not value or not set(item[name]).isdisjoint(value),
        f"`{name}` contains one of the values",
        ground,
    )


def since(name: str, ground: Ground) -> Filter:
    """Return a filter for objects with a time at or after the value."""
    # Without the final Z, times with different decimals compare as text.
    return Filter(
        Instant(optional=True),
        lambda item, value, _: item[name][:-1] >= value[:-1],
        f"`{name}` is at or after the value",
        ground,
    )


def before(name: str, ground: Ground) -> Filter:
    """Return a filter for objects with a time before the value."""
    return Filter(
        Instant(optional=True),
        lambda item, value, _: item[name][:-1] < value[:-1],
        f"`{name}` is before the value",
        ground,
    )


@behaviour(ASSUMED, "An object is expired from the instant `expires_at` on.")
def has_expired(item: Object, now: datetime) -> bool:
    """Return whether an object has expired."""
    return item["expires_at"] is not None and parse_instant(item["expires_at"]) <= now


OPTIONAL_ID = Uuid(optional=True)
OPTIONAL_TEXT = Text(optional=True)
OPTIONAL_FLAG = Flag(optional=True)

BY_ORGANIZATION = equal("organization_id", OPTIONAL_ID, RECORDED)
BY_REQUIRED_ORGANIZATION = equal("organization_id", Uuid(), RECORDED)
BY_TAG = Filter(
    OPTIONAL_TEXT,
    lambda item, text, _: any(text in tag for tag in item["tags"]),
    "one of the tags contains the value",
    DOCUMENTED,
)
BY_EXPIRED = Filter(
    OPTIONAL_FLAG,
    lambda item, value, now: has_expired(item, now) == value,
    "whether `expires_at` has passed equals the value",
    RECORDED,
)
BY_EDITABLE = equal("editable", OPTIONAL_FLAG, RECORDED)
