"""Forms of texts: what a UUID, a date, a tag or a public key must look like.

Each is a `Format`: it returns the one spelling for all texts that mean the same, and raises ValueError
with the reason and the cure. The message is read behind the property's path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

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
    "moment",
    "password",
    "public_key",
    "seconds",
    "tag",
    "username",
    "uuid_of",
]

Format = Callable[[str], str]
"""The form of a text: returns the one spelling for all that mean the same, or raises ValueError
with the reason and the cure, as they follow the property's path in a message."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d)?"
)
_DURATION = re.compile(r"(?P<seconds>\d{1,18})(?:\.(?P<fraction>\d{1,9}))?s", re.ASCII)
_LONGEST_DURATION = 315_576_000_000  # seconds: what a protobuf duration holds, 10,000 years
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PASSWORD_BYTES = 72

LONGEST_CONDITION = 2048
"""The characters of a rule's condition that the API takes. Longer ones are not parsed."""


@dataclass(frozen=True)
class UuidOf:
    """The form of an id."""

    noun: str
    """What it is the id of, as messages call it."""

    def __call__(self, text: str) -> str:
        if not text:
            raise ValueError(f"is empty; pass the {self.noun}'s id")
        if not _UUID.fullmatch(text):
            raise ValueError(
                f"{quoted(text)} is not a UUID; pass the {self.noun}'s id, not {_instead(text)}"
            )
        return text.lower()


uuid_of = UuidOf
"""`uuid_of("user")`: the id of a user."""


def _instead(text: str) -> str:
    if "@" in text:
        return "the e-mail"
    return "an access key" if text.startswith("SCW") else "the name"


def alphabet(characters: str, words: str) -> Format:
    """Texts of some characters only: `characters` is the inside of a regular expression's class."""
    allowed = re.compile(f"[{characters}]*")

    def of_alphabet(text: str) -> str:
        if not allowed.fullmatch(text):
            wrong = next(c for c in text if not allowed.fullmatch(c))
            raise ValueError(f"{quoted(text)} contains {wrong!r}; use {words} only")
        return text

    return of_alphabet


label = alphabet(r"a-zA-Z0-9()._\- ", "letters without accents, digits, spaces and ( ) . _ -")
"""The name of an application, a group or a policy."""

tag = alphabet(r"a-zA-Z0-9._\-/=+@ ", "letters without accents, digits, spaces and . _ - / = + @")
"""A tag. A colon is not allowed: `key=value`, not `key:value`."""

username = alphabet(r"a-zA-Z0-9@._\-", "letters without accents, digits and @ . _ -")
"""The name with which a member logs in."""


def instant(text: str) -> str:
    """An RFC 3339 date and time, in UTC and as precise as the API keeps it (microseconds).

    The spelling is the API's: 0, 3 or 6 decimals, the fewest that are exact.
    """
    when = moment(text)
    micro = when.microsecond
    decimals = f".{micro:06}".removesuffix("000") if micro else ""
    # strftime does not fill up the year.
    return f"{when.year:04}-{when:%m-%dT%H:%M:%S}{decimals}Z"


def moment(text: str) -> datetime:
    """An RFC 3339 date and time with a zone, in UTC."""
    match = _INSTANT.fullmatch(text)
    cure = "write it as 2030-01-31T12:00:00Z"
    if match is None:
        raise ValueError(f"{quoted(text)} is not a date and time; {cure}")
    if match["zone"] is None:
        raise ValueError(f"{quoted(text)} has no time zone; end it with Z (UTC) or +02:00")
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    zone = match["zone"].upper().replace("Z", "+00:00")
    try:
        local = datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{zone}")
        return local.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"{quoted(text)} is a date that does not exist; {cure}") from None


def duration(text: str) -> str:
    """A duration in seconds, as the API keeps it: to the microsecond, with 0, 3 or 6 decimals."""
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
    """How long a duration such as `259200s` is."""
    return float(duration(text).removesuffix("s"))


def certificate(text: str) -> str:
    """A certificate in PEM form, in lines of 64 characters. Never quoted in the message."""
    if "PRIVATE KEY" in text:
        raise ValueError("holds a private key; keep it secret, and give the certificate alone")
    # Imported here: the library is slow to load, and most programs have no certificate.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        certificates = []
    if not certificates:
        raise ValueError(
            "is not a certificate in PEM form; give all of it, from -----BEGIN CERTIFICATE-----"
            " to -----END CERTIFICATE-----"
        )
    if len(certificates) > 1:
        raise ValueError(
            f"holds {len(certificates)} certificates; give each to a resource of its own"
        )
    return certificates[0].public_bytes(serialization.Encoding.PEM).decode()


def email(text: str) -> str:
    """An e-mail address, as far as it can be told without sending to it."""
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not an e-mail address; write it as name@example.com")
    return text


def password(text: str) -> str:
    """A password; the API takes 1 to 72 bytes. Never quoted in the message."""
    # Half a surrogate pair has no bytes; the codec's own message would show the character.
    size = len(text.encode(errors="replace"))
    if size > _PASSWORD_BYTES:
        raise ValueError(f"is {size} bytes long in UTF-8; at most {_PASSWORD_BYTES} are allowed")
    return text


def public_key(text: str) -> str:
    """An SSH public key without its comment: `<algorithm> <base64>`, as the API keeps it."""
    # Imported here: the library behind it is slow to load, and most programs have no SSH key.
    from pulumi_scw_iam.common import ssh_keys  # noqa: PLC0415

    return ssh_keys.parse_public_key(text).text
