"""YAML, read by the parser in C: a program of 3,000 resources takes half a minute with the parser in Python."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["LOADER", "parsed"]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C, or the loader in Python if PyYAML was built without the other."""


def parsed(text: str) -> Any:
    """Return the content of a document. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - both loaders are safe
