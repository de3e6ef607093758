"""The operations of the local IAM API: one module per resource, and the shared modules `base` and `standard`."""

from __future__ import annotations

import pkgutil
from importlib import import_module


def load() -> None:
    """Import all modules of this package; the import registers their operations."""
    for found in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
