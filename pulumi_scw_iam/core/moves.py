"""Lists whose items take another place, for a front that cannot tell the engine which items differ."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import joined, shown
from pulumi_scw_iam.core.fields import UNKNOWN, Field, Props, Step, fields

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

__all__ = ["moved_items"]

_MOST_ITEMS = 10


def moved_items(
    inputs: type, names: Container[str], olds: Props, news: Props
) -> Iterator[tuple[str, str]]:
    """Yield each named list in which items take another place, with what it removes and adds.

    The engine compares lists by index, so it shows every item that has moved.
    """
    for field in fields(inputs):
        old, new = olds.get(field.name), news.get(field.name)
        if field.name not in names or field.nested:
            continue
        if isinstance(old, list) and isinstance(new, list) and (text := _change(field, old, new)):
            yield field.name, text


def _change(field: Field, old: list[Any], new: list[Any]) -> str | None:
    """Return the items that a list removes and adds; None if the engine shows no more than these."""
    steps: list[tuple[Any, Step]] = list(field.differences(old, new))
    if sum(map(operator.ne, old, new)) + abs(len(old) - len(new)) <= len(steps):
        return None
    removed = [old[index] for (index,), step in steps if step is not Step.ADD]
    added = [new[index] for (index,), step in steps if step is not Step.DELETE]
    return "; ".join(
        f"{verb} {_enumerated(items)}"
        for verb, items in (("removes", removed), ("adds", added))
        if items
    )


def _enumerated(items: Sequence[Any]) -> str:
    """Return items as a line lists them; of many, the first."""
    texts = ["[unknown]" if item is UNKNOWN else shown(str(item)) for item in items]
    more = len(texts) - _MOST_ITEMS
    if more > 1:
        texts[_MOST_ITEMS:] = [f"{more} more"]
    return joined(texts)
