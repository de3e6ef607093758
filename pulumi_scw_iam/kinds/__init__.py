"""The kinds: one module each, and `KINDS`, all of them by name.

A module of this package holds the kind of its name; nothing lists it. The package `shared` holds no kind.
"""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

__all__ = ["KINDS"]

_FIRST = ("group", "application", "policy", "api_key", "ssh_key", "user")
"""The documentation begins with these. The other kinds follow in alphabetical order."""

_ACRONYMS = frozenset({"api", "saml", "scim", "ssh"})


def _name_of(module: str) -> str:
    """Return the name of the kind in a module: `api_key` holds `APIKey`, in the class `APIKeyKind`."""
    parts = module.split("_")
    return "".join(part.upper() if part in _ACRONYMS else part.capitalize() for part in parts)


def _modules() -> Iterator[str]:
    """Yield the modules that hold a kind."""
    found = {module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg}
    yield from _FIRST
    yield from sorted(found.difference(_FIRST))


_MODULES = {_name_of(module): module for module in _modules()}


@functools.cache
def _loaded(name: str) -> Kind[Any, Any]:
    module = import_module(f"{__name__}.{_MODULES[name]}")
    kind: Kind[Any, Any] = getattr(module, f"{name}Kind")()
    return kind


class _Kinds(Mapping[str, "Kind[Any, Any]"]):
    """All kinds by name, each loaded when it is asked for: a plugin starts for programs that use few."""

    def __getitem__(self, name: str) -> Kind[Any, Any]:
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __contains__(self, name: object) -> bool:
        return name in _MODULES


KINDS: Mapping[str, Kind[Any, Any]] = _Kinds()
