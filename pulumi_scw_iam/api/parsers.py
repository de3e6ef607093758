"""Parsers of settings: each parser converts a text to a value.

Each parser raises ValueError with the reason. The message follows the source of the setting:
`SCW_SECRET_KEY in the environment: is not a secret key`.
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


# The messages never quote a key: the two keys may be mixed up, and the secret key must not be logged.
def access_key(text: str) -> str:
    """Check an access key; return the key unchanged."""
    if not _ACCESS_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the secret key" if _SECRET_KEY.fullmatch(text) else ""
        raise ValueError(f"is not an access key, which is SCW and 17 letters or digits{hint}")
    return text


def secret_key(text: str) -> str:
    """Check a secret key; return the key unchanged."""
    if not _SECRET_KEY.fullmatch(text):
        _refuse_invisible(text)
        hint = "; it looks like the access key" if _ACCESS_KEY.fullmatch(text) else ""
        raise ValueError(f"is not a secret key, which is a UUID{hint}")
    return text


def _refuse_invisible(text: str) -> None:
    if (character := invisible(text)) is not None:
        raise ValueError(f"contains {character}; remove the invisible character")


def api_url(text: str) -> str:
    """Check the URL of an API; return the URL without a final slash."""
    url = text.removesuffix("/")
    if not _URL.fullmatch(url):
        raise ValueError(f"is not an API URL, such as {API_URL}")
    return url


def is_local(url: str) -> bool:
    """Return whether a URL points to this machine (`localhost` or a loopback address)."""
    match = _URL.fullmatch(url)
    host = match["host"].strip("[]") if match else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)


def seconds(text: str) -> float:
    """Parse a positive number of seconds."""
    if not _SECONDS.fullmatch(text) or float(text) <= 0:
        raise ValueError("is not a number of seconds above 0, such as 30")
    return float(text)


def suffix(text: str) -> str:
    """Check a suffix for the User-Agent; return the suffix unchanged."""
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("is not a line of printable ASCII")
    return text


def switch(text: str) -> bool:
    """Parse `true` or `false`; case is ignored."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


_NAMES = re.compile(r"\w+(\s*,\s*\w+)*", re.ASCII)


def names(text: str) -> frozenset[str]:
    """Parse a comma-separated list of names."""
    if not _NAMES.fullmatch(text.strip()):
        raise ValueError("is not a comma-separated list of names")
    return frozenset(name.strip() for name in text.split(","))


def condition_checks(text: str) -> frozenset[str]:
    """Parse a comma-separated list of ids of condition checks."""
    # Imported on first use: few programs set this setting.
    from pulumi_scw_iam.conditions.checks import parse_ids  # noqa: PLC0415

    return parse_ids(text)
