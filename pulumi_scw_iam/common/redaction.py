"""Keeps secrets out of what people read: by the names of fields, and by the values that were met."""

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
    "declared_secrets",
    "hidden",
    "plain_type",
]

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

SECRET = "[secret]"  # noqa: S105 - a mask, the same for all
"""The mask of a value that the program marks as secret, as Pulumi itself prints one."""

_SHORTEST = 4
"""A shorter value would be found in innocent words; no secret of the API's own is that short."""


_DEEPEST = 20
"""No answer of the API is nested so deep."""


class Secret(str):
    """A text that its `repr` does not show. It equals the text, and is sent and stored as the text is.

    Tools that report crashes show the `repr` of the local variables of each frame.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # States and pickles do not name this class.
        return str, (str(self),)


def plain_type(value: object) -> type:
    """Return the type of a plain value; a text that hides itself is a text."""
    return str if isinstance(value, Secret) else type(value)


def hidden(
    value: T, names: Collection[str] = SECRET_FIELDS, *, secret: bool = False, depth: int = 0
) -> T:
    """Return a copy of a JSON value in which each text, or list of texts, of these names is a `Secret`."""
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
                for spelling in (secret, *(text[1:-1] for text in as_json)):
                    self._spelled[spelling] = spelling.lower()

    def text(self, text: str) -> str:
        """The text without the secrets, as they are or as JSON writes them."""
        # A UUID is the same in capitals. All are looked for before a pattern is made of those that are
        # there: a stack may have thousands.
        low = text.lower()
        there = [
            spelling
            for spelling, small in list(self._spelled.items())
            if spelling in text or small in low
        ]
        if not there:
            return text
        # The longest first, so that no part of one is left where it begins with another.
        there.sort(key=lambda spelling: (-len(spelling), spelling))
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


class DeclaredSecrets(Redactor):
    """The values that programs mark as secret, whatever they are: a name, a tag, an id.

    Unlike the API's own secrets they may be short, and messages quote and cut them.
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        super().__init__()

    def learn_values(self, secrets: Iterable[str]) -> None:
        """Remember values, in the spellings that messages, commands and addresses give them."""
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
                # Half a surrogate pair has no bytes.
                quote(secret, safe="", errors="replace"),
                quote_plus(secret, errors="replace"),
            ]
            # A message may have been made safe for a terminal before.
            spellings += [shown(spelling) for spelling in spellings]
            self._spelled.update({spelling: spelling.lower() for spelling in spellings if spelling})

    def whole(self, text: str, spell: Callable[[str], str] = str) -> str:
        """Return the mask if a whole text is one of the values, else the text as `spell` has it.

        So a value is masked that is too short to be looked for in a line.
        """
        return SECRET if text in self._values else spell(text)

    def about(self, value: str, words: Sequence[str]) -> Sequence[str]:
        """Return what is said about a value; one line in its place if it may quote parts of a secret."""
        if words and value in self._values:
            return ["is likely not what is meant; its value is secret, so the reason is not shown"]
        return words

    def text(self, text: str) -> str:
        """The text with `[secret]` for each value, also for a value that is cut by an ellipsis.

        A value that is shorter than four characters is masked where it stands in quotes.
        """
        low = text.lower()
        there = [spelling for spelling, small in list(self._spelled.items()) if small in low]
        there.sort(key=lambda spelling: (-len(spelling), spelling))
        patterns = [
            re.escape(spelling) if len(spelling) >= _SHORTEST else _in_quotes(re.escape(spelling))
            for spelling in there
        ]
        if patterns:
            text = re.sub("|".join(patterns), SECRET, text, flags=re.IGNORECASE)
        return _QUOTED_SECRET.sub(SECRET, self._without_cut_values(text))

    def _without_cut_values(self, text: str) -> str:
        """The text without the beginnings of values that stand before an ellipsis."""
        ends = {ellipsis.start() for ellipsis in _ELLIPSIS.finditer(text)}
        for end in sorted(ends, reverse=True):
            before = text[:end].lower()
            begins = (_beginning(small, before) for small in list(self._spelled.values()))
            if longest := max(begins, default=0):
                text = f"{text[: end - longest]}{SECRET}{text[end:]}"
        return text


# A value may end in a dot, so each place counts where three of them begin.
_ELLIPSIS = re.compile(r"(?=\.\.\.)|…")
_QUOTED_SECRET = re.compile(r"""(["'])\[secret\](?:\.\.\.|…)?\1""")


def _in_quotes(pattern: str) -> str:
    return f"(?<=\"){pattern}(?=\")|(?<='){pattern}(?=')"


def _beginning(secret: str, text: str) -> int:
    """The length of the longest beginning of a secret that a text ends with; 0 if it is too short."""
    if secret[:_SHORTEST] not in text:
        return 0
    lengths = range(min(len(secret) - 1, len(text)), _SHORTEST - 1, -1)
    return next((length for length in lengths if text.endswith(secret[:length])), 0)


declared_secrets = DeclaredSecrets()
"""The values that this process has met, for all calls: a notice may name the object of another one."""


class Masking(logging.Filter):
    """Masks the declared secrets in log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the masked message in the place of the message and its arguments."""
        record.msg, record.args = declared_secrets.text(record.getMessage()), None
        return True


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
