"""Search for secrets in clear in all files of a run."""

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
    """The path relative to the searched folder."""
    offset: int
    secret: str
    """The name of the secret, never its value."""
    form: str

    def __str__(self) -> str:
        return f"{self.secret} is in {self.file} at byte {self.offset} ({self.form})"


def forms_of(secret: str) -> Iterator[tuple[bytes, str]]:
    """Yield each readable encoding of a secret, with its name."""
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
        # Preceding bytes shift the bits. Characters shared with neighbouring bytes are left out.
        encoded = base64.b64encode(bytes(shift) + raw)
        whole = encoded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        yield whole, "base64"
        yield whole.translate(bytes.maketrans(b"+/", b"-_")), "base64"


def leaks(content: bytes, file: str, secrets: Mapping[str, str]) -> Iterator[Leak]:
    """Yield the first place of each secret in each form. `secrets` are values by name."""
    for name, secret in secrets.items():
        met: set[bytes] = set()
        for form, called in forms_of(secret):
            if form not in met and (offset := content.find(form)) >= 0:
                yield Leak(file, offset, name, called)
            met.add(form)


def scan(folder: Path, secrets: Mapping[str, str]) -> list[Leak]:
    """Return the secrets in the contents and names of all files in a folder."""
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found += leaks(name.encode(), f"the name of {name}", secrets)
        if path.is_file() and not path.is_symlink():
            found += leaks(path.read_bytes(), name, secrets)
    return found
