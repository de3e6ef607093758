"""Formats of property values: UUID, date, duration, tag, e-mail address, certificate, public key.

Each format is a `Format`, a function that validates and normalizes a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pulumi_scw_iam.common.words import quoted

__all__ = [
    "LONGEST_CONDITION",
    "Format",
    "UuidOf",
    "certificate",
    "duration",
    "email",
    "instant",
    "label",
    "lifetime",
    "limit",
    "moment",
    "overlap",
    "password",
    "public_key",
    "region",
    "seconds",
    "secret_id",
    "span",
    "spelled",
    "stretch",
    "tag",
    "username",
    "uuid_of",
]

Format = Callable[[str], str]
"""Normalizes a text: equivalent texts return the same spelling.

Raises ValueError with the reason and the fix. The message follows the property's path, so its subject is
the property: `"bob" is not a UUID`."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d)?"
)
_DURATION = re.compile(r"(?P<seconds>\d{1,18})(?:\.(?P<fraction>\d{1,9}))?s", re.ASCII)
_LONGEST_DURATION = 315_576_000_000  # seconds: 10,000 years, the limit of a protobuf duration
_SPAN = re.compile(r"(?P<number>\d{1,6})(?P<unit>[mhd])", re.ASCII)
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_REGION = re.compile(r"[a-z]{2}-[a-z]{3}")
_DEFAULT_REGION = "fr-par"
_PASSWORD_BYTES = 72

LONGEST_CONDITION = 2048
"""The API's limit for the length of a rule's condition, in characters. A longer condition is not parsed."""


@dataclass(frozen=True)
class UuidOf:
    """The format of an id: a UUID, normalized to lower case."""

    noun: str
    """The object of the id, for messages: `user`."""

    def __call__(self, text: str) -> str:
        if not text:
            raise ValueError(f"is empty; pass the {self.noun}'s id")
        if not _UUID.fullmatch(text):
            raise ValueError(
                f"{quoted(text)} is not a UUID; pass the {self.noun}'s id, not {_instead(text)}"
            )
        return text.lower()


uuid_of = UuidOf
"""`uuid_of("user")` is the format of a user's id."""


def _instead(text: str) -> str:
    if "@" in text:
        return "the e-mail"
    return "an access key" if text.startswith("SCW") else "the name"


def alphabet(characters: str, words: str) -> Format:
    """Return a format that allows only some characters.

    `characters` is the content of a character class in a regular expression; `words` names the same
    characters in messages.
    """
    allowed = re.compile(f"[{characters}]*")

    def of_alphabet(text: str) -> str:
        if not allowed.fullmatch(text):
            wrong = next(c for c in text if not allowed.fullmatch(c))
            raise ValueError(f"{quoted(text)} contains {wrong!r}; use {words} only")
        return text

    return of_alphabet


label = alphabet(r"a-zA-Z0-9()._\- ", "letters without accents, digits, spaces and ( ) . _ -")
"""The format of the name of an application, a group or a policy."""

tag = alphabet(r"a-zA-Z0-9._\-/=+@ ", "letters without accents, digits, spaces and . _ - / = + @")
"""The format of a tag. A colon is not allowed: `key=value`, not `key:value`."""

username = alphabet(r"a-zA-Z0-9@._\-", "letters without accents, digits and @ . _ -")
"""The format of a member's login name."""


def region(text: str) -> str:
    """Check the spelling of a region, such as `fr-par`."""
    if not _REGION.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a region; write it as fr-par")
    return text


def secret_id(text: str) -> str:
    """Normalize the id of a secret in the Secret Manager to `region/UUID`, in lower case.

    Without a region, the region is `fr-par`.
    """
    *regions, uuid = text.split("/")
    if len(regions) > 1 or not _UUID.fullmatch(uuid):
        raise ValueError(
            f"{quoted(text)} is not the id of a secret; write it as UUID or REGION/UUID, such as"
            " fr-par/11111111-1111-1111-1111-111111111111"
        )
    where = region(regions[0].lower()) if regions else _DEFAULT_REGION
    return f"{where}/{uuid.lower()}"


def instant(text: str) -> str:
    """Normalize an RFC 3339 date and time to UTC and to the API's precision, microseconds.

    The result has 0, 3 or 6 decimals, the fewest that are exact, as in the API's responses.
    """
    when = moment(text)
    micro = when.microsecond
    decimals = f".{micro:06}".removesuffix("000") if micro else ""
    # strftime does not pad the year with zeros.
    return f"{when.year:04}-{when:%m-%dT%H:%M:%S}{decimals}Z"


def moment(text: str) -> datetime:
    """Parse an RFC 3339 date and time with a time zone; return the time in UTC."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is not a date and time; write it as 2030-01-31T12:00:00Z")
    if match["zone"] is None:
        raise ValueError(f"{quoted(text)} has no time zone; end it with Z (UTC) or +02:00")
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    zone = match["zone"].upper().replace("Z", "+00:00")
    try:
        local = datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{zone}")
        return local.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{quoted(text)} is a date that does not exist; write it as 2030-01-31T12:00:00Z"
        ) from None


def duration(text: str) -> str:
    """Normalize a duration in seconds to the API's spelling: microseconds, with 0, 3 or 6 decimals."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is not a duration in seconds; write 3 days as 259200s")
    seconds = int(match["seconds"])
    if seconds > _LONGEST_DURATION:
        raise ValueError(f"is {seconds} seconds long; at most {_LONGEST_DURATION} are allowed")
    micro = (match["fraction"] or "")[:6].ljust(6, "0")
    decimals = micro.removesuffix("000").removesuffix("000")
    return f"{seconds}.{decimals}s" if decimals else f"{seconds}s"


def seconds(text: str) -> float:
    """Parse a duration such as `259200s` into seconds."""
    return float(duration(text).removesuffix("s"))


def limit(text: object) -> timedelta | None:
    """Parse a duration of the API that is a limit; None for no limit (`0s`), and for an unreadable one.

    The API enforces its limits itself.
    """
    try:
        return timedelta(seconds=seconds(text)) or None if isinstance(text, str) else None
    except ValueError:
        return None


def span(text: str) -> timedelta:
    """Parse a span of time such as 30m, 2h or 1d. Raises ValueError for another text and for zero."""
    length = stretch(text)
    if not length:
        raise ValueError(f"{quoted(text)} is too short; pass at least 1m")
    return length


def stretch(text: str) -> timedelta:
    """Parse a span of time that may be zero, such as 0d or 7d. Raises ValueError for another text."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} must look like 30m, 2h or 1d")
    return int(match["number"]) * _UNITS[match["unit"]]


def lifetime(text: str) -> str:
    """Normalize a span above zero, such as 60d, to its largest unit."""
    return spelled(span(text))


def overlap(text: str) -> str:
    """Normalize a span that may be zero to its largest unit."""
    return spelled(stretch(text))


def spelled(length: timedelta) -> str:
    """Return a span in its largest unit without a remainder, such as 90m or 1d; seconds are dropped."""
    unit = next(u for u in ("d", "h", "m") if u == "m" or not length % _UNITS[u])
    return f"{length // _UNITS[unit]}{unit}"


def certificate(text: str) -> str:
    """Normalize a certificate in PEM form to lines of 64 characters. Messages never quote the text."""
    if "PRIVATE KEY" in text:
        raise ValueError(
            "contains a private key; keep the key secret and pass only the certificate"
        )
    # Imported on first use: the library is slow to load, and most programs have no certificate.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        certificates = []
    if not certificates:
        raise ValueError(
            "is not a certificate in PEM form; pass the whole text, from -----BEGIN CERTIFICATE-----"
            " to -----END CERTIFICATE-----"
        )
    if len(certificates) > 1:
        raise ValueError(
            f"contains {len(certificates)} certificates; declare one resource per certificate"
        )
    return certificates[0].public_bytes(serialization.Encoding.PEM).decode()


def email(text: str) -> str:
    """Check the syntax of an e-mail address; return the address unchanged."""
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not an e-mail address; write it as name@example.com")
    return text


def password(text: str) -> str:
    """Check the size of a password: the API accepts 1 to 72 bytes. Messages never quote the text."""
    # A lone surrogate cannot be encoded, and the codec's own message would show the character.
    size = len(text.encode(errors="replace"))
    if size > _PASSWORD_BYTES:
        raise ValueError(f"is {size} bytes long in UTF-8; at most {_PASSWORD_BYTES} are allowed")
    return text


def public_key(text: str) -> str:
    """Normalize an SSH public key to `<algorithm> <base64>`, without comment, as the API stores keys."""
    # Imported on first use: cryptography is slow to load, and most programs have no SSH key.
    from pulumi_scw_iam.common import ssh_keys  # noqa: PLC0415

    return ssh_keys.parse_public_key(text).text
