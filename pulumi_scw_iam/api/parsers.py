"""Parsers of settings: each returns the value of a text.

Each raises ValueError with the reason, as it follows the place of the setting in a message.
"""

from __future__ import annotations

import ipaddress
import re

from pulumi_scw_iam.common.words import invisible

__all__ = [
    "API_URL",
    "access_key",
    "api_url",
    "condition_checks",
    "is_local",
    "names",
    "seconds",
    "secret_key",
    "suffix",
    "switch",
]

API_URL = "https://api.scaleway.com"

_ACCESS_KEY = re.compile(r"SCW[0-9A-Z]{17}", re.IGNORECASE)
_SECRET_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:\d{1,5})?(/[\w.~-]+)*",
    re.ASCII,
)
_PRINTABLE = re.compile(r"[!-~]+( [!-~]+)*")


# The messages never quote a key: whoever mixes the two up must not find the secret one in a log.
def access_key(text: str) -> str:
    """Return an access key as it is."""
    if not _ACCESS_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the secret key" if _SECRET_KEY.fullmatch(text) else ""
        raise ValueError(f"is not an access key, which is SCW and 17 letters or digits{hint}")
    return text


def secret_key(text: str) -> str:
    """Return a secret key as it is."""
    if not _SECRET_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the access key" if _ACCESS_KEY.fullmatch(text) else ""
        raise ValueError(f"is not a secret key, which is a UUID{hint}")
    return text


def _refuse_invisible(text: str) -> None:
    if (character := invisible(text)) is not None:
        raise ValueError(f"contains {character}, which cannot be seen; set the key without it")


def api_url(text: str) -> str:
    """Return the address of an API without a slash at its end."""
    url = text.removesuffix("/")
    if not _URL.fullmatch(url):
        raise ValueError(f"is not the address of an API, such as {API_URL}")
    return url


def is_local(url: str) -> bool:
    """Return whether an address is of this machine, so that what is sent to it stays here."""
    match = _URL.fullmatch(url)
    host = match["host"].strip("[]") if match else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)


def seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    if not _SECONDS.fullmatch(text) or float(text) <= 0:
        raise ValueError("is not a number of seconds above 0, such as 30")
    return float(text)


def suffix(text: str) -> str:
    """Return the end of a User-Agent as it is."""
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("is not a line of printable ASCII")
    return text


def switch(text: str) -> bool:
    """Return True for `true`, False for `false`, in any case."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text.lower() == "true"


_NAMES = re.compile(r"\w+(\s*,\s*\w+)*", re.ASCII)


def names(text: str) -> frozenset[str]:
    """Return the names of a list with commas."""
    if not _NAMES.fullmatch(text.strip()):
        raise ValueError("is not a list of names with commas between them")
    return frozenset(name.strip() for name in text.split(","))


def condition_checks(text: str) -> frozenset[str]:
    """Return ids of condition checks that can be ignored."""
    # Imported here: hardly any program sets it.
    from pulumi_scw_iam.conditions.checks import parse_ids  # noqa: PLC0415

    return parse_ids(text)
