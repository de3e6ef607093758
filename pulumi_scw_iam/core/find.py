"""Look up one object by another field than its id."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.words import plural, quoted

__all__ = ["find_one"]

T = TypeVar("T", bound=Mapping[str, Any])

_MOST = 5
"""The number of candidates that a message names."""


def find_one(
    listed: Callable[..., Iterable[T]],
    field: str,
    given: str,
    *,
    place: str,
    filters: Mapping[str, object] | None = None,
    described_by: str | None = None,
    normalize: Callable[[str], Hashable] = str,
) -> T:
    """Return the only object with the value `given` in `field`, compared in normalized form.

    `listed` yields all objects of the `place`. With `filters`, `listed` may yield matches only; the
    API may match substrings.

    Raises IamError unless exactly one object matches. The message names candidates, by the field
    `described_by` if set.
    """
    items = list(listed(**(filters or {})))
    found = [item for item in items if normalize(item[field]) == normalize(given)]
    if len(found) == 1:
        return found[0]
    words = field.replace("_", " ")
    if found:
        candidates = [f"{item['id']} (created {item['created_at']})" for item in found]
        raise IamError(
            f"{len(found)} objects in {place} have this {words}: {_enumerated(candidates)}",
            hint="pass one of these ids",
        )
    others = listed() if filters else items
    titles = sorted({title for item in others if (title := item[described_by or field])})
    near = difflib.get_close_matches(given, titles, n=1) if described_by is None else []
    if near:
        hint = f"did you mean {quoted(near[0])}?"
    elif titles:
        titled = plural((described_by or field).replace("_", " "))
        hint = f"existing {titled}: {_enumerated([quoted(title) for title in titles])}"
    else:
        hint = "the list is empty"
    raise IamError(f"no object in {place} has this {words}", hint=hint)


def _enumerated(texts: list[str]) -> str:
    first = ", ".join(texts[:_MOST])
    return f"{first} and {len(texts) - _MOST} more" if len(texts) > _MOST else first
