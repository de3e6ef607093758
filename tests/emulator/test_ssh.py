"""The parser of SSH public keys, and the bundled catalogue."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pulumi_scw_iam.common.permission_sets import PermissionSet, catalogue
from pulumi_scw_iam.common.ssh_keys import parse_public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


def wire(*parts: bytes) -> str:
    return base64.b64encode(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).decode()


@pytest.mark.parametrize(
    ("key", "algorithm", "bits"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "ssh-ed25519", 256),
        (rsa.generate_private_key(65537, 1024), "ssh-rsa", 1024),
        (ec.generate_private_key(ec.SECP256R1()), "ecdsa-sha2-nistp256", 256),
        (ec.generate_private_key(ec.SECP384R1()), "ecdsa-sha2-nistp384", 384),
        (ec.generate_private_key(ec.SECP521R1()), "ecdsa-sha2-nistp521", 521),
    ],
)
def test_a_key_is_taken_apart_as_its_maker_sees_it(
    key: PrivateKeyTypes, algorithm: str, bits: int
) -> None:
    text = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    parsed = parse_public_key(f"  {text} me@home\r\n")
    assert (parsed.algorithm, parsed.bits, parsed.text) == (algorithm, bits, text)
    assert parsed.fingerprint.startswith(f"{bits} MD5:")
    assert parsed.fingerprint.endswith(f" ({algorithm})")


def test_the_length_of_a_dss_key_is_that_of_its_first_number() -> None:
    p = b"\x00" + b"\xff" * 128
    blob = wire(b"ssh-dss", p, b"\x07", b"\x05", b"\x03")
    assert parse_public_key(f"ssh-dss {blob}").bits == 1024


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", 'is not a public key: it must look like "ssh-ed25519 AAAA… comment"'),
        ("ssh-rsa", 'is not a public key: it must look like "ssh-ed25519 AAAA… comment"'),
        ("ssh-rsa !", "is not a public key: its second word is not base64"),
        ("ssh-rsa AAAA", "is not a public key: its second word is not a ssh-rsa key"),
        ("ssh-dss AAAA", "is not a public key: its second word is not a ssh-dss key"),
        ("ssh-rsa A\nssh-rsa B", "is not a public key: it has 2 lines instead of one"),
        (
            f"ssh-ed25519 {wire(b'ssh-rsa', b'x')}",
            "is not a public key: its second word is not a ssh-ed25519 key",
        ),
        (
            "no-pty ssh-rsa AAAA",
            (
                "is not a public key: it must begin with one of ssh-rsa, ssh-ed25519, "
                "ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-dss, "
                "without options before it"
            ),
        ),
    ],
)
def test_what_is_no_key_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse_public_key(text)
    assert str(refused.value) == reason


def test_a_private_key_is_never_shown() -> None:
    private = (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        .decode()
    )
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse_public_key(private)
    assert str(refused.value) == (
        "is a private key; keep it secret and pass the public key (the .pub file)"
    )


def test_the_catalogue_is_dated_and_knows_scope_types() -> None:
    sets = catalogue()
    assert (sets.version, sets.as_of) == (1, "2026-11-23")
    assert sets.by_name["IAMManager"] == PermissionSet("IAMManager", "organization", "IAM")
    assert {entry.scope_type for entry in sets.by_name.values()} == {"organization", "projects"}
    assert all(name == entry.name for name, entry in sets.by_name.items())
