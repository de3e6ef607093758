"""The fingerprint of a create: its noun in messages, its list call, and the properties of the new object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pulumi_scw_iam.api import types
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import dashed

__all__ = ["CreateFingerprint", "matches", "moment_of"]


@dataclass(frozen=True, kw_only=True)
class CreateFingerprint:
    """The properties by which create recovery recognizes the object of a create."""

    noun: str
    """The name of the kind in messages: `API key`."""
    of: str = ""
    """The owner of the object, for messages: `application 1111…`."""
    listed: Callable[[], Iterable[Mapping[str, Any]]]
    """Lists the objects of the kind; the list may omit objects that cannot match."""
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The body of the create. The new object has each of these fields, except the `unshown` fields."""
    unshown: tuple[str, ...] = ()
    """The fields of the body that the API does not return."""
    also: Callable[[Mapping[str, Any]], bool] | None = None
    """Returns whether an object has further properties that follow from the create."""
    delete: Callable[[str], None]
    key: str = "id"
    part: str = ""
    """The field of the response with the object; empty if the response is the object."""
    prefix: str = ""
    """The prefix of the id in commands."""
    unique: bool = False
    """The API refuses a second object with the same name, or a second object at all."""
    log: Callable[[datetime], Iterable[types.Log]] | None = None
    """Lists the audit log's entries about creates of the kind since a time, newest first."""
    dated: bool = True
    """The object has a `created_at`, or the organization has at most one object of the kind."""
    secret: bool = False
    """Only the response contains the secret, so the object is useless if the response is lost."""

    def same(self, item: Mapping[str, Any]) -> bool:
        """Return whether an object has exactly the properties that the create set."""
        shown = {name: value for name, value in self.body.items() if name not in self.unshown}
        return matches(item, **shown) and (self.also is None or self.also(item))

    @property
    def title(self) -> str:
        """The name of the object in messages, such as `API key of application 1111…`."""
        return f"{self.noun} of {self.of}" if self.of else self.noun

    def cure(self, resource_id: str) -> str:
        """Return how to delete the object by hand."""
        command = f"pulumi-scw-iam delete {dashed(self.noun)} {self.prefix}{resource_id}"
        return f"delete it with `{command}`"

    def id_of(self, answer: Mapping[str, Any]) -> str:
        """Return the id in the response to a create."""
        described = answer[self.part] if self.part else answer
        return str(described[self.key])


def matches(item: Mapping[str, Any], **expected: object) -> bool:
    """Return whether an object has these properties; None matches any value."""
    return all(
        value is None or _plain(name, item.get(name)) == _plain(name, value)
        for name, value in expected.items()
    )


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and name == "expires_at":
        return moment_of(value)
    if isinstance(value, str) and name == "email":
        return value.casefold()
    if isinstance(value, str) and name in {"content", "public_key"}:
        return value.split()[:2] if name == "public_key" else value.strip()
    return sorted(value) if isinstance(value, (list, tuple, set, frozenset)) else value


def moment_of(value: object) -> datetime | None:
    """Parse a time of the API; return None if the time is missing or malformed."""
    try:
        return formats.moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
