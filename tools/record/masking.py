"""Masks of recordings: equal values have equal masks, and the masks are in the order of the values.

Only these texts of a session stay: the words of the API, times, the texts that the session itself has sent, and the
sentences of errors. All other texts are masked, because a list may show objects and people from before the session.

    ids and secret keys   00000000-0000-4000-8000-00000000000N: the API sorts members by id
    access keys           SCW0000000000000000N
    addresses             192.0.2.N and 2001:db8::N
    e-mail                person-N@example.com; PERSON-N or Person-N for capital letters
    other texts           text-000N

The values with a form of their own (ids, keys, addresses, e-mail) are also masked inside of texts that stay.
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.common.redaction import SECRET_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tools.record.session import Call

__all__ = ["ACCESS_KEY", "MASKED_TEXT", "TIME", "UUID", "Leak", "Masks", "masked_lines"]

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ACCESS_KEY = re.compile(r"SCW[0-9A-Z]{17}")
EMAIL = re.compile(r"[^\s@\"'<>,;:()/=&%]+@[^\s@\"'<>,;:()/=&%]+\.[A-Za-z]{2,}")
ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])",
    re.IGNORECASE,
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
MASKED_TEXT = re.compile(r"text-\d{4,}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,79}")
WORD = re.compile(r"[a-z][a-z0-9_.\[\]]{0,79}|en_US")
"""A word of the API, or the path of an argument: `rules[0].project_ids`."""

WORDS = frozenset(
    {
        *(
            "action",
            "argument_name",
            "bearer_type",
            "current_state",
            "locale",
            "locality_type",
            "method",
        ),
        *(
            "origin",
            "permission_sets_scope_type",
            "precondition",
            "reason",
            "resource",
            "resource_type",
        ),
        *("status", "type"),
    }
)
"""The fields with words of the API as values."""

NAMES = frozenset({"product_name", "service_name", "method_name"})
"""The fields with names of Scaleway's products, services and methods."""

SENTENCES = frozenset({"message", "help_message"})
"""The fields with sentences of the API."""

PERSONAL = frozenset({"email", "first_name", "last_name", "phone_number", "username"})
"""The fields that are masked in requests too."""


class Leak(Exception):
    """A masked recording has a value that must be masked."""


class Masks:
    """The masks of one session.

    `secrets` are values that never may be in a recording, beside those of the calls. `kept` are further texts that
    stay.
    """

    def __init__(
        self, calls: Collection[Call], secrets: Iterable[str] = (), kept: Iterable[str] = ()
    ) -> None:
        self._kept = {*kept}
        for call in calls:
            self._kept.update(call.path.split("/"))
            for name, text in _texts([call.request, call.query]):
                if name not in SECRET_FIELDS and name not in PERSONAL:
                    self._kept.add(text)
        self._secrets = set(filter(None, secrets))
        texts: set[str] = set()
        found: dict[str, set[str]] = {form: set() for form in _FORMS}
        for name, text in [
            *(("path", call.path) for call in calls),
            *(pair for call in calls for pair in _texts([call.query, call.request, call.response])),
            *(("", text) for text in self._secrets),
        ]:
            values = dict(_values(text))
            for value, form in values.items():
                found[form].add(value)
            if text in self._secrets or (name != "path" and not self._stays(name, text)):
                texts.add(text)
        self._masks = dict(_masks_of(found))
        self._formed = _any_of(self._masks)
        # In the order of the alphabet, without regard to case, as the API sorts names.
        texts -= self._masks.keys()
        for number, text in enumerate(sorted(texts, key=lambda text: (text.casefold(), text)), 1):
            self._masks[text] = f"text-{number:04}"
        self._foreign = _any_of(text for text in self._masks if len(text) >= _SHORTEST)

    def _stays(self, name: str, text: str) -> bool:
        if not text or text in self._kept or name in SENTENCES:
            return True
        if name in SECRET_FIELDS:
            return False
        return bool(_is_word(name, text) or TIME.fullmatch(text) or text in bundled().by_name)

    def masked(self, value: Any, name: str = "") -> Any:
        """Return a JSON value with masks."""
        if isinstance(value, dict):
            return {key: self.masked(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.masked(item, name) for item in value]
        if not isinstance(value, str):
            return value
        if _is_word(name, value):
            return value
        if value in self._masks:
            return self._masks[value]
        inside = self._foreign if name in SENTENCES else self._formed
        return inside.sub(lambda match: self._masks[match[0]], value)

    def line(self, call: Call) -> dict[str, Any]:
        """Return the masked line of a call, in the form that a replay reads. Raises Leak."""
        line = {
            "method": call.method,
            "path": self.masked(call.path),
            "query": urlencode(self.masked(call.query)),
            "request_body": self.masked(call.request),
            "response_body": self.masked(call.response),
            "status": call.status,
            "date": call.date,
        }
        text = json.dumps(line, ensure_ascii=False).lower()
        new = {mask.lower() for mask in self._masks.values()}
        for value in self._masks:
            is_certain = value in self._secrets or self._formed.fullmatch(value)
            if is_certain and value.lower() in text and value.lower() not in new:
                raise Leak(
                    f"{call.method} of {call.question}: a value is not masked; nothing is written"
                )
        return line


def masked_lines(
    calls: Collection[Call], secrets: Iterable[str], kept: Iterable[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Return the masked lines of a session, by question. Raises Leak."""
    masks = Masks(calls, secrets, kept)
    found: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        found.setdefault(call.question, []).append(masks.line(call))
    return found


_FORMS = {"id": UUID, "key": ACCESS_KEY, "email": EMAIL, "address": ADDRESS}
_SHORTEST = 4
"""The length of the shortest text that is masked inside of a sentence."""


def _values(text: str) -> Iterator[tuple[str, str]]:
    """Yield the values with a form of their own inside of a text, with the form."""
    for form, pattern in _FORMS.items():
        for match in pattern.finditer(text):
            if form != "address" or _is_address(match[0]):
                yield match[0], form


def _masks_of(found: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield the values with a form of their own, with their masks. Case does not count for equality."""
    for form, values in found.items():
        numbers = {text: n for n, text in enumerate(sorted({v.lower() for v in values}), 1)}
        for value in values:
            number = numbers[value.lower()]
            yield (
                value,
                {
                    "id": f"00000000-0000-4000-8000-{number:012}",
                    "key": f"SCW{number:017}",
                    "email": f"{_like('person', value)}-{number}@example.com",
                    "address": f"2001:db8::{number:x}" if ":" in value else f"192.0.2.{number}",
                }[form],
            )


def _like(word: str, address: str) -> str:
    """Return a word in the case of an address: lower, upper, or else with a capital letter."""
    name = address.partition("@")[0]
    if address.islower():
        return word
    return word.upper() if name.isupper() else word.capitalize()


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for any of the texts, the longest first; without texts, it matches nothing."""
    return re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))) or r"(?!)")


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in a JSON value, with the name of its field."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, field)
    elif isinstance(value, str):
        yield field, value


def _is_word(name: str, text: str) -> bool:
    """Return whether the text of a field is a word of the API."""
    form = WORD if name in WORDS else NAME if name in NAMES else None
    return form is not None and form.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
