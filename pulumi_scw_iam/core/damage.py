"""Damaged states and inputs: a property is missing, or its value has the wrong type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.core.fields import UNKNOWN, Props, fields
from pulumi_scw_iam.core.misfits import mended, misfits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.kind import Kind

__all__ = [
    "comparable",
    "damaged",
    "intact",
    "mended_state",
    "refuse_damaged",
    "with_old_values",
]


def damaged(cls: type, plain: Props) -> set[str]:
    """Return the damaged properties of plain values: missing, or of the wrong type."""
    return {re.split(r"[.\[]", path)[0] for path, _ in misfits(cls, plain)}


def refuse_damaged(cls: type, plain: Props, what: str, cure: str, spell: Spell) -> None:
    """Raise Refused with the first damaged property of plain values.

    Messages call the values by `what`: "state" or "inputs".
    """
    for path, words in misfits(cls, plain):
        raise Refused(f"the {what} cannot be used: {spell(path)} {words}", hint=cure)


def intact(cls: type, plain: Props) -> Props:
    """Return the plain values without damaged and undeclared properties."""
    wrong = damaged(cls, plain)
    names = [field.name for field in fields(cls) if field.name not in wrong]
    return {name: plain[name] for name in names if plain.get(name) is not None}


def with_old_values(names: Iterable[str], olds: Props, news: Props) -> Props:
    """Return the new inputs with the old value of each named property."""
    return {**news, **{name: olds.get(name) for name in names}}


def comparable(inputs: type, olds: Props, defaults: Mapping[str, str | None]) -> Props:
    """Return old inputs with UNKNOWN for each damaged value, or [] for a damaged list.

    A property with a setting must be known, so its value is taken from the `defaults`.
    """
    wrong = damaged(inputs, olds) if olds else set()
    if not wrong:
        return olds
    values = dict(intact(inputs, olds))
    for field in fields(inputs):
        if field.name not in wrong:
            continue
        if field.prop.setting is None:
            values[field.name] = UNKNOWN if field.container is None else []
        elif default := defaults.get(field.prop.setting):
            values[field.name] = default
    return values


def mended_state(
    kind: Kind[Any, Any], resource_id: str, olds: Props, defaults: Mapping[str, str | None]
) -> Props:
    """Return a mended state: damaged values come from the id or the defaults, or are left out."""
    known = {**olds, **kind.parts_of(resource_id)}
    return mended(kind.state, known, defaults) if damaged(kind.state, known) else known
