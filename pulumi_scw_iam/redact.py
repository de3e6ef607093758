"""Keeps secrets out of what people read: by the names of fields, and by the values that were met."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

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

MASK = "***"

_SHORTEST = 4
"""A shorter value would be found in innocent words; no secret of the API's own is that short."""


class Redactor:
    """Knows the secrets that were sent and received, and masks them wherever they stand."""

    def __init__(self, *secrets: str) -> None:
        self._lock = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self.learn_values(secrets)

    def learn(self, value: Any) -> None:
        """Remember the secrets of a JSON value, by the names of its fields."""
        self.learn_values(_secrets(value))

    def learn_values(self, secrets: Iterable[str]) -> None:
        """Remember secrets."""
        new = {secret for secret in secrets if len(secret) >= _SHORTEST} - self._values
        if new:
            with self._lock:
                self._values |= new

    def text(self, text: str) -> str:
        """The text without the secrets, as they are or as JSON writes them."""
        for value in self._values:
            text = text.replace(value, MASK)
            escaped = json.dumps(value)[1:-1]
            if escaped != value:
                text = text.replace(escaped, MASK)
        return text

    def json(self, value: Any) -> Any:
        """A JSON value without secrets, by name and by value."""
        match value:
            case dict():
                return {
                    self.text(name): MASK if name in SECRET_FIELDS and item else self.json(item)
                    for name, item in value.items()
                }
            case list():
                return [self.json(item) for item in value]
            case str():
                return self.text(value)
            case _:
                return value


def _secrets(value: Any, secret: bool = False) -> Iterator[str]:
    """The texts that stand under the name of a secret, at any depth."""
    match value:
        case dict():
            for name, item in value.items():
                yield from _secrets(item, secret or name in SECRET_FIELDS)
        case list():
            for item in value:
                yield from _secrets(item, secret)
        case str() if secret:
            yield value
