"""Finds secrets that are in clear, in whatever a run has left in a folder."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Leak:
    """A secret in a file."""

    file: str
    """Its path from the folder that was searched."""
    offset: int
    secret: str
    """What it is called, never itself."""
    form: str

    def __str__(self) -> str:
        return f"{self.secret} is in {self.file} at byte {self.offset} ({self.form})"


def forms_of(secret: str) -> Iterator[tuple[bytes, str]]:
    """The ways in which a secret can be written so that anybody can read it."""
    raw = secret.encode()
    yield raw, "plain"
    yield raw.hex().encode(), "hex"
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1].encode(), "JSON"
    # A state holds outputs as JSON, and a log may quote a state.
    yield json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(), "JSON in JSON"
    yield quote(secret, safe="").encode(), "URL"
    yield quote_plus(secret).encode(), "URL"
    for shift in range(3):
        # What stands before it moves the bits; the characters that it shares with others are left out.
        encoded = base64.b64encode(bytes(shift) + raw)
        whole = encoded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        yield whole, "base64"
        yield whole.translate(bytes.maketrans(b"+/", b"-_")), "base64"


def leaks(content: bytes, file: str, secrets: Mapping[str, str]) -> Iterator[Leak]:
    """The secrets in a content, each at its first place in each form; `secrets` are by what they are called."""
    for name, secret in secrets.items():
        met: set[bytes] = set()
        for form, called in forms_of(secret):
            if form not in met and (offset := content.find(form)) >= 0:
                yield Leak(file, offset, name, called)
            met.add(form)


def scan(folder: Path, secrets: Mapping[str, str]) -> list[Leak]:
    """The secrets in all files in a folder, also in the names of the files."""
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found += leaks(name.encode(), f"the name of {name}", secrets)
        if path.is_file() and not path.is_symlink():
            found += leaks(path.read_bytes(), name, secrets)
    return found
