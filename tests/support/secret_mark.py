"""The engine's mark of a secret value."""

from __future__ import annotations

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""In a state, beside a `ciphertext`; in a call to the provider, beside a `value`."""
