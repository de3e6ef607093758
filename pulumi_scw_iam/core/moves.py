"""Lists with items at another index, for a front without a detailed diff."""

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
    """Yield each named list with moved items, and the text of its removed and added items.

    The engine compares lists by index and shows each moved item as a change.
    """
    for field in fields(inputs):
        old, new = olds.get(field.name), news.get(field.name)
        if field.name not in names or field.nested:
            continue
        if isinstance(old, list) and isinstance(new, list) and (text := _change(field, old, new)):
            yield field.name, text


def _change(field: Field, old: list[Any], new: list[Any]) -> str | None:
    """Return the removed and added items as text; None if the engine shows only these items."""
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
    """Return the first items joined to one text, with the number of the other items."""
    texts = ["[unknown]" if item is UNKNOWN else shown(str(item)) for item in items]
    more = len(texts) - _MOST_ITEMS
    if more > 1:
        texts[_MOST_ITEMS:] = [f"{more} more"]
    return joined(texts)
