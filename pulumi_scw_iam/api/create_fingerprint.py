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
    """How to recognize what a create made."""

    noun: str
    """What messages call it."""
    of: str = ""
    """The object that it belongs to, for messages: `application 1111…`."""
    listed: Callable[[], Iterable[Mapping[str, Any]]]
    """The objects of the kind, as the API shows them; the iterable may leave out what cannot match."""
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The body of the create. The object shows each of these keywords, unless it is `unshown`."""
    unshown: tuple[str, ...] = ()
    """The keywords of the body that the object does not show."""
    also: Callable[[Mapping[str, Any]], bool] | None = None
    """Return whether an object has what follows from the create beside the keywords."""
    delete: Callable[[str], None]
    key: str = "id"
    part: str = ""
    """The key of the response that describes the object; the whole response by default."""
    prefix: str = ""
    """The part of the id that commands need before `key`."""
    unique: bool = False
    """The API refuses a second one."""
    log: Callable[[datetime], Iterable[types.Log]] | None = None
    """The audit log's entries about creations of the kind since a time, newest first."""
    dated: bool = True
    """It has a `created_at`, or an organization has one at most."""
    secret: bool = False
    """The response alone has a secret, so the object is useless without it."""

    def same(self, item: Mapping[str, Any]) -> bool:
        """Return whether an object has exactly the properties that the create set."""
        shown = {name: value for name, value in self.body.items() if name not in self.unshown}
        return matches(item, **shown) and (self.also is None or self.also(item))

    @property
    def title(self) -> str:
        """What messages call an object of this create, such as `API key of application 1111…`."""
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
    """Return whether an object has these properties; None stands for what the API may choose."""
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
    """Parse a time of the API; return None if there is none."""
    try:
        return formats.moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
