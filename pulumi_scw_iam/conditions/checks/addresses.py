"""Addresses: Scaleway sees only public addresses, and compares addresses as text."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.cel.expressions import Literal, comparisons, is_operation, path_of
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.conditions.checks.declaration import Subject, check

if TYPE_CHECKING:
    from collections.abc import Iterator

# `is_private` of the standard library would include the addresses reserved for documentation.
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"),
    )
)


class _NotAnAddress(ValueError):
    """The text is neither an address nor a network."""


class _NetworkAddress(ValueError):
    """The text is a network."""


class _PrivateAddress(ValueError):
    """The address is private."""


def public_address(text: str) -> str:
    """Return a public IP address in canonical form.

    Raises ValueError for a private address, a network and any other text.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        if re.fullmatch(r"[0-9a-fA-F.:]+/\d+", text):
            raise _NetworkAddress(
                f"{quoted(text)} is a network, but addresses are compared as text;"
                " list single addresses"
            ) from None
        raise _NotAnAddress(
            f"{quoted(text)} is not an IP address; write an address such as 203.0.113.7"
        ) from None
    if any(address in network for network in _PRIVATE):
        raise _PrivateAddress(
            f"{quoted(text)} is a private address, but Scaleway sees only public addresses;"
            " write the public address"
        )
    return str(address)


def _refused(subject: Subject, error: type[ValueError]) -> Iterator[str]:
    """Yield a reason for each text compared with `request.ip` that is refused with this error."""
    for _, _, left, right in comparisons(subject.root, "==", "!=", "in"):
        if path_of(left) != "request.ip":
            continue
        for item in right.below if is_operation(right, "list") else (right,):
            if isinstance(item, Literal) and item.kind == "text":
                try:
                    public_address(str(item.value))
                except error as reason:
                    yield str(reason)
                except ValueError:
                    pass  # found by another check


@check(
    id="condition-private-address",
    finds="`request.ip` is compared with a private address. Scaleway sees only public addresses.",
    example='request.ip == "10.0.0.1"',
    cure="Write the public address.",
)
def private_address(subject: Subject) -> Iterator[str]:
    """Yield a reason for each private address."""
    yield from _refused(subject, _PrivateAddress)


@check(
    id="condition-network",
    finds="`request.ip` is compared with a network. Scaleway compares addresses as text.",
    example='request.ip == "203.0.113.0/24"',
    cure="List single addresses.",
)
def network(subject: Subject) -> Iterator[str]:
    """Yield a reason for each network."""
    yield from _refused(subject, _NetworkAddress)


@check(
    id="condition-not-an-address",
    finds="`request.ip` is compared with a text other than an IP address.",
    example='request.ip == "office"',
    cure="Write an address such as `203.0.113.7`.",
)
def not_an_address(subject: Subject) -> Iterator[str]:
    """Yield a reason for each text that is not an address."""
    yield from _refused(subject, _NotAnAddress)
