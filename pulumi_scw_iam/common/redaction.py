"""Redaction of secrets in messages and logs: by field name, and by known value."""

from __future__ import annotations

import json
import logging
import re
import shlex
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast
from urllib.parse import quote, quote_plus

from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

T = TypeVar("T")

__all__ = [
    "MASK",
    "SECRET",
    "SECRET_FIELDS",
    "Masking",
    "Redactor",
    "Secret",
    "SecretBytes",
    "declared_secrets",
    "hidden",
    "plain_type",
]

SECRET_FIELDS = frozenset(
    {
        "bearer_token",
        "data",
        "one_time_password",
        "password",
        "recovery_codes",
        "renew_token",
        "secret",
        "secret_key",
        "token",
    }
)
"""The fields with secrets in the API's requests and responses."""

_PUBLIC = frozenset({"id", "scim_id", "created_at", "expires_at"})
"""Public fields inside the object `token`: masking these fields would hide ids in messages."""

_FOREIGN = "request_body"
"""The field of an Audit Trail event with the body of a request to any product."""

_FOREIGN_SECRET = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|private_?key|payload|user_?data|content|certificate|env",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"_(id|ids|name|names|type|at|count)$", re.IGNORECASE)
"""Names of fields that describe a secret, and do not contain it: `secret_id`."""

MASK = "***"

SECRET = "[secret]"  # noqa: S105 - a mask, the same for all
"""The mask of a value that the program marks as secret: Pulumi prints the same mask."""

_SHORTEST = 4
"""The length of the shortest masked value, in characters. A shorter value would match inside ordinary
words, and no secret of the API is that short."""


_DEEPEST = 20
"""The deepest nesting of JSON that is processed. No response of the API is nested so deep."""


class Secret(str):
    """A string with a masked `repr`. In all other respects, a Secret behaves as the plain string.

    Crash reporters show the `repr` of the local variables of each frame.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # A pickle or a state contains the plain string, and never refers to this class.
        return str, (str(self),)


class SecretBytes(bytes):
    """Bytes with a masked `repr` and `str`, that cannot be pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("the payload of a secret is never pickled")


def plain_type(value: object) -> type:
    """Return the type of a plain value; a `Secret` counts as `str`."""
    return str if isinstance(value, Secret) else type(value)


def hidden(
    value: T, names: Collection[str] = SECRET_FIELDS, *, secret: bool = False, depth: int = 0
) -> T:
    """Return a copy of a JSON value: strings, and lists of strings, in the fields `names` become `Secret`."""
    made: Any = value
    match value:
        case dict() | list() if depth > _DEEPEST:
            pass
        case dict():
            made = {
                name: hidden(item, names, secret=name in names, depth=depth + 1)
                for name, item in value.items()
            }
        case list():
            made = [hidden(item, names, secret=secret, depth=depth + 1) for item in value]
        case str() if secret:
            made = Secret(value)
    return cast("T", made)


class Redactor:
    """Collects secrets that were sent and received, and masks every occurrence in a text."""

    def __init__(self, *secrets: str) -> None:
        self._spelled: dict[str, str] = {}
        """Each spelling of each secret, and the same spelling in lower case."""
        self.learn_values(secrets)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Redactor contains secrets and is never pickled")

    def learn(self, value: Any) -> None:
        """Remember the secrets of a JSON value; secrets are recognized by field name."""
        self.learn_values(_secrets(value))

    def learn_values(self, secrets: Iterable[str]) -> None:
        """Remember secrets."""
        for secret in secrets:
            if len(secret) >= _SHORTEST and secret not in self._spelled:
                as_json = (
                    json.dumps(secret, ensure_ascii=ascii_only) for ascii_only in (True, False)
                )
                for spelling in (secret, *(text[1:-1] for text in as_json)):
                    self._spelled[spelling] = spelling.lower()

    def text(self, text: str) -> str:
        """Return the text with each secret masked, in plain or in JSON spelling."""
        # Case is ignored, because UUIDs are case-insensitive. A stack may have thousands of secrets, so
        # only the secrets in the text become part of the pattern.
        low = text.lower()
        found = [
            spelling
            for spelling, small in list(self._spelled.items())
            if spelling in text or small in low
        ]
        if not found:
            return text
        # The longest first: a secret may begin with another secret, and must be masked as a whole.
        found.sort(key=lambda spelling: (-len(spelling), spelling))
        return re.sub("|".join(map(re.escape, found)), MASK, text, flags=re.IGNORECASE)

    def json(self, value: Any, depth: int = 0, *, foreign: bool = False) -> Any:
        """Return a JSON value with secrets masked, by field name and by value.

        Objects and lists below the deepest nesting are masked as a whole. `foreign` means a request to any
        product, with unknown fields: then every field with the name of a secret is masked.
        """
        match value:
            case dict() | list() if depth > _DEEPEST:
                return MASK
            case dict():
                return {
                    self.text(name): MASK
                    if item and _is_secret(name, item, foreign=foreign)
                    else self.json(item, depth + 1, foreign=foreign or name == _FOREIGN)
                    for name, item in value.items()
                }
            case list():
                return [self.json(item, depth + 1, foreign=foreign) for item in value]
            case str():
                return self.text(value)
            case _:
                return value


class DeclaredSecrets(Redactor):
    """Values that programs mark as secret: any property, such as a name, a tag or an id.

    Unlike the API's own secrets, such a value may be short, and messages may quote or shorten the value.
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        super().__init__()

    def learn_values(self, secrets: Iterable[str]) -> None:
        """Remember values, in their spellings in messages, shell commands and URLs."""
        for secret in secrets:
            if not secret.strip() or secret in self._values:
                continue
            self._values.add(secret)
            printable = "".join(c if c.isprintable() else " " for c in secret)
            spellings = [
                secret,
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
                " ".join(printable.split()),
                shlex.quote(secret).strip("'"),
                # A lone surrogate cannot be encoded.
                quote(secret, safe="", errors="replace"),
                quote_plus(secret, errors="replace"),
            ]
            # A message may be escaped for a terminal already.
            spellings += [shown(spelling) for spelling in spellings]
            self._spelled.update({spelling: spelling.lower() for spelling in spellings if spelling})

    def whole(self, text: str, spell: Callable[[str], str] = str) -> str:
        """Return the mask if the whole text is a secret value, else `spell(text)`.

        This also masks values that are too short for a search in a line.
        """
        return SECRET if text in self._values else spell(text)

    def about(self, value: str, words: Sequence[str]) -> Sequence[str]:
        """Return the messages about a value; one general message if the value is secret.

        The messages may quote parts of the value.
        """
        if words and value in self._values:
            return ["is likely a mistake; its value is secret, so the reason is not shown"]
        return words

    def text(self, text: str) -> str:
        """Return the text with `[secret]` for each value, also for a value shortened by an ellipsis.

        A value of less than four characters is masked only in quotes.
        """
        low = text.lower()
        found = [spelling for spelling, small in list(self._spelled.items()) if small in low]
        found.sort(key=lambda spelling: (-len(spelling), spelling))
        patterns = [
            re.escape(spelling) if len(spelling) >= _SHORTEST else _in_quotes(re.escape(spelling))
            for spelling in found
        ]
        if patterns:
            text = re.sub("|".join(patterns), SECRET, text, flags=re.IGNORECASE)
        return _QUOTED_SECRET.sub(SECRET, self._without_cut_values(text))

    def _without_cut_values(self, text: str) -> str:
        """Return the text with each shortened value before an ellipsis masked."""
        ends = {ellipsis.start() for ellipsis in _ELLIPSIS.finditer(text)}
        for end in sorted(ends, reverse=True):
            before = text[:end].lower()
            begins = (_beginning(small, before) for small in list(self._spelled.values()))
            if longest := max(begins, default=0):
                text = f"{text[: end - longest]}{SECRET}{text[end:]}"
        return text


# A lookahead, because matches may overlap: a value may end in a dot right before the ellipsis.
_ELLIPSIS = re.compile(r"(?=\.\.\.)|…")
_QUOTED_SECRET = re.compile(r"""(["'])\[secret\](?:\.\.\.|…)?\1""")


def _is_secret(name: str, value: object, *, foreign: bool) -> bool:
    """Return whether a field with this name may contain a secret."""
    if name == _FOREIGN:
        # A request as text cannot be masked by field name.
        return isinstance(value, str)
    may_be_secret = foreign and _FOREIGN_SECRET.search(name) and not _NO_SECRET.search(name)
    return name in SECRET_FIELDS or bool(may_be_secret and not isinstance(value, (bool, int)))


def _in_quotes(pattern: str) -> str:
    return f"(?<=\"){pattern}(?=\")|(?<='){pattern}(?=')"


def _beginning(secret: str, text: str) -> int:
    """Return the length of the longest proper prefix of a secret at the end of a text.

    The result is 0 for a prefix of less than four characters.
    """
    if secret[:_SHORTEST] not in text:
        return 0
    lengths = range(min(len(secret) - 1, len(text)), _SHORTEST - 1, -1)
    return next((length for length in lengths if text.endswith(secret[:length])), 0)


declared_secrets = DeclaredSecrets()
"""The secret values of this process, shared by all operations: a message may name another resource."""


class Masking(logging.Filter):
    """A log filter that masks the declared secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message and its arguments with the masked message."""
        record.msg, record.args = declared_secrets.text(record.getMessage()), None
        return True


def _secrets(value: Any, secret: bool = False, depth: int = 0) -> Iterator[str]:
    """Yield the strings in fields with secrets."""
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
