"""A parser for SSH public keys: algorithm, length and fingerprint, computed locally."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NamedTuple

__all__ = ["PublicKey", "parse_public_key"]

ALGORITHMS = (
    "ssh-rsa",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-dss",
)
"""The algorithms that the API accepts."""


class PublicKey(NamedTuple):
    """A parsed SSH public key.

    `blob` is the key in base64, `bits` the key length, `fingerprint` the text in the API's responses:
    `256 MD5:0a:1b:… (ssh-ed25519)`.
    """

    algorithm: str
    blob: str
    bits: int
    fingerprint: str

    @property
    def text(self) -> str:
        """The key as the API stores keys: algorithm and base64, without comment or final newline."""
        return f"{self.algorithm} {self.blob}"


def parse_public_key(text: str) -> PublicKey:
    """Parse one line of OpenSSH's public key format, without comment and outer white space.

    Raises ValueError with the reason in one line. The message never quotes the text, because the text may
    be a private key.
    """
    if "PRIVATE KEY" in text:
        raise ValueError("is a private key; keep it secret and pass the public key (the .pub file)")
    lines = text.strip().splitlines()
    if len(lines) > 1:
        raise ValueError(f"is not a public key: it has {len(lines)} lines instead of one")
    words = text.split()
    if len(words) < 2:
        raise ValueError('is not a public key: it must look like "ssh-ed25519 AAAA… comment"')
    algorithm, encoded = words[:2]
    if algorithm not in ALGORITHMS:
        raise ValueError(
            f"is not a public key: it must begin with one of {', '.join(ALGORITHMS)}, "
            "without options before it"
        )
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError("is not a public key: its second word is not base64") from None
    bits = _bits_of_dss(blob) if algorithm == "ssh-dss" else _bits(algorithm, encoded)
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    pairs = ":".join(re.findall("..", digest))
    return PublicKey(algorithm, encoded, bits, f"{bits} MD5:{pairs} ({algorithm})")


def _bits(algorithm: str, encoded: str) -> int:
    # Imported on first use: cryptography takes longer to import than this package, and most programs
    # have no SSH key.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key  # noqa: PLC0415

    try:
        key = load_ssh_public_key(f"{algorithm} {encoded}".encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"is not a public key: its second word is not a {algorithm} key") from None
    return key.key_size if isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)) else 256


def _bits_of_dss(blob: bytes) -> int:
    """Return the length of p, the first number of a DSA key: cryptography no longer parses DSA keys."""
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    # the algorithm, p, q, g and y
    if len(parts) != 5 or parts[0] != b"ssh-dss":
        raise ValueError("is not a public key: its second word is not a ssh-dss key")
    return int.from_bytes(parts[1], "big").bit_length()
