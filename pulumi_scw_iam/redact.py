"""Keeps secrets out of what people read: by the names of fields, and by the values that were met."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MASK", "SECRET_FIELDS", "Redactor"]

SECRET_FIELDS = frozenset(
    {
        "bearer_token",
        "one_time_password",
        "password",
        "recovery_codes",
        "renew_token",
        "secret",
        "secret_key",
        "token",
    }
)
"""The names that secrets have in the API's requests and answers."""

_PUBLIC = frozenset({"id", "scim_id", "created_at", "expires_at"})
"""The keys of the object that is named `token`: masking them would hide ids in messages."""

MASK = "***"

_SHORTEST = 4
"""A shorter value would be found in innocent words; no secret of the API's own is that short."""


_DEEPEST = 20
"""No answer of the API is nested so deep."""


class Redactor:
    """Knows the secrets that were sent and received, and masks them wherever they stand."""

    def __init__(self, *secrets: str) -> None:
        self._spelled: dict[str, str] = {}
        """How they may be spelled, and the same in small letters."""
        self.learn_values(secrets)

    def __reduce__(self) -> NoReturn:
        raise TypeError("what knows secrets is never pickled")

    def learn(self, value: Any) -> None:
        """Remember the secrets of a JSON value, by the names of its fields."""
        self.learn_values(_secrets(value))

    def learn_values(self, secrets: Iterable[str]) -> None:
        """Remember secrets."""
        for secret in secrets:
            if len(secret) >= _SHORTEST and secret not in self._spelled:
                as_json = (
                    json.dumps(secret, ensure_ascii=ascii_only) for ascii_only in (True, False)
                )
                for it in (secret, *(text[1:-1] for text in as_json)):
                    self._spelled[it] = it.lower()

    def text(self, text: str) -> str:
        """The text without the secrets, as they are or as JSON writes them."""
        # A UUID is the same in capitals. All are looked for before a pattern is made of those that are
        # there: a stack may have thousands.
        low = text.lower()
        there = [it for it, small in list(self._spelled.items()) if it in text or small in low]
        if not there:
            return text
        # The longest first, so that no part of one is left where it begins with another.
        there.sort(key=lambda it: (-len(it), it))
        return re.sub("|".join(map(re.escape, there)), MASK, text, flags=re.IGNORECASE)

    def json(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without secrets, by name and by value, and without what is nested too deep."""
        match value:
            case dict() | list() if depth > _DEEPEST:
                return MASK
            case dict():
                return {
                    self.text(name): MASK
                    if name in SECRET_FIELDS and item
                    else self.json(item, depth + 1)
                    for name, item in value.items()
                }
            case list():
                return [self.json(item, depth + 1) for item in value]
            case str():
                return self.text(value)
            case _:
                return value


def _secrets(value: Any, secret: bool = False, depth: int = 0) -> Iterator[str]:
    """The texts that stand under the name of a secret."""
    match value:
        case dict() | list() if depth > _DEEPEST:
            return
        case dict():
            for name, item in value.items():
                below = (secret and name not in _PUBLIC) or name in SECRET_FIELDS
                yield from _secrets(item, below, depth + 1)
        case list():
            for item in value:
                yield from _secrets(item, secret, depth + 1)
        case str() if secret:
            yield value
