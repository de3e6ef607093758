"""What an update of a rotating key will do, by its state and its inputs, as plain values.

The diff, the preview, the reasons for the user and the update ask here, so they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import UNKNOWN, Props
from pulumi_scw_iam.kinds.shared.rotation import Key, Schedule, Turn, plan_turn

__all__ = [
    "BEARERS",
    "DEFAULT_OVERLAP",
    "OF_PREVIOUS",
    "SIGHT",
    "Sight",
    "changed",
    "foreseen",
    "moment",
    "moves_secret",
    "next_rotation",
    "outdated",
    "schedule_of",
    "turn_by_state",
    "unplaced_key",
]

BEARERS = ("application_id", "user_id")
DEFAULT_OVERLAP = "7d"
PLACE = ("secret_id", "secret_format")
OF_PREVIOUS = ("previous_access_key", "previous_secret_key")
_OF_CURRENT = ("access_key", "secret_version", "rotated_at", "expires_at", "next_rotation_at")

_DECISIVE = (*BEARERS, "rotate_after", "overlap", "rotation_triggers", *PLACE)
"""The inputs that decide about a rotation."""

SIGHT = "_sight"
"""The name under which `as_of_now` adds a `Sight` to a state."""


@dataclass(frozen=True)
class Sight:
    """What the API shows about a resource before an update."""

    now: datetime
    missing: frozenset[str] = frozenset()
    """The keys of the state that do not exist."""
    strays: tuple[str, ...] = ()


def turn_by_state(olds: Props, news: Props, sight: Sight) -> Turn:
    """Return the turn of an update, as far as the state, the inputs and the sight tell it."""
    access_key, previous = olds.get("access_key"), olds.get("previous_access_key")
    current = None
    if isinstance(access_key, str) and access_key not in sight.missing:
        made = moment(olds.get("rotated_at")) or sight.now
        expires = moment(olds.get("expires_at"))
        current = Key(access_key, made, expires, outdated(olds, news))
    if not isinstance(previous, str) or previous in sight.missing:
        previous = None
    return plan_turn(current, previous, (), schedule_of(news), sight.now)


def foreseen(olds: Props, news: Props, sight: Sight) -> dict[str, Any]:
    """Return the outputs that an update will change, UNKNOWN or None included."""
    turn = turn_by_state(olds, news, sight)
    after: dict[str, Any] = {}
    if any(news.get(name) is UNKNOWN for name in _DECISIVE):
        # The update may rotate the key, and may not.
        after |= dict.fromkeys(("secret_key", *_OF_CURRENT, *OF_PREVIOUS), UNKNOWN)
        return after if olds.get("mark") is not None else {**after, "mark": UNKNOWN}
    if turn.previous is None:
        after |= dict.fromkeys(OF_PREVIOUS)
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
        after["next_rotation_at"] = next_rotation(news, {**olds, **after})
        if moves_secret(olds, news):
            after["secret_version"] = UNKNOWN
    if olds.get("mark") is None:
        after["mark"] = UNKNOWN
    return after


def unplaced_key(olds: Props) -> Any:
    """Return the current key if an interrupted create left it, and its secret key may be in no version; else None."""
    is_unplaced = olds.get("secret_id") is not None and olds.get("secret_version") is None
    return olds.get("access_key") if is_unplaced else None


def outdated(olds: Props, news: Props) -> str:
    """Return why the inputs need another key than the one in the state; empty if the key fits."""
    if reason := changed(olds, news):
        return reason
    is_placed = news.get("secret_id") is not None and not moves_secret(olds, news)
    if is_placed and any(olds.get(name) != news.get(name) for name in PLACE):
        return "another secret, or another format, receives the secret key"
    if news.get("secret_id") is None and olds.get("secret_id") is not None:
        return "the state receives the secret key"
    return ""


def changed(olds: Props, news: Props) -> str:
    """Return why a change of the inputs makes a new key; empty if none does."""
    if any(olds.get(name) != news.get(name) for name in BEARERS):
        return "the bearer changes"
    if _triggers(olds) != _triggers(news):
        return "the rotation triggers change"
    return ""


def _triggers(props: Props) -> Any:
    triggers = props.get("rotation_triggers", ())
    return triggers if triggers is UNKNOWN else list(triggers)


def moves_secret(olds: Props, news: Props) -> bool:
    """Return whether an update hands on a secret key of the state, without a new key."""
    return (
        olds.get("secret_id") is None
        and news.get("secret_id") is not None
        and olds.get("secret_key") is not None
    )


def schedule_of(inputs: Props) -> Schedule:
    """Return the schedule of inputs; an unknown age counts as unset."""
    rotate_after, overlap = inputs.get("rotate_after"), inputs.get("overlap", DEFAULT_OVERLAP)
    return Schedule(
        formats.span(rotate_after) if isinstance(rotate_after, str) else None,
        formats.stretch(overlap if isinstance(overlap, str) else DEFAULT_OVERLAP),
    )


def moment(text: Any) -> datetime | None:
    """Return a time of a state or of the API; None if it is unset, unknown or unreadable."""
    try:
        return formats.moment(text) if isinstance(text, str) else None
    except ValueError:
        return None


def next_rotation(inputs: Props, facts: Props) -> Any:
    """Return the time of the next rotation; None if only triggers rotate."""
    values = [facts.get("rotated_at"), facts.get("expires_at"), inputs.get("rotate_after")]
    if UNKNOWN in (*values, inputs.get("overlap")):
        return UNKNOWN
    made = moment(values[0])
    if made is None:
        return None
    due = schedule_of(inputs).due(Key("", made, moment(values[1])))
    return None if due is None else formats.instant(due.isoformat())
