"""The kinds, one module each, and the mapping `KINDS` of all kinds by name.

Every module of this package defines the kind of its name and is found by that name. The package `shared`
defines no kind.
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
"""The first kinds in the documentation. All other kinds follow in alphabetical order."""

_ACRONYMS = frozenset({"api", "saml", "scim", "ssh"})


def _name_of(module: str) -> str:
    """Return the name of a module's kind: `APIKey` for `api_key`, which defines the class `APIKeyKind`."""
    parts = module.split("_")
    return "".join(part.upper() if part in _ACRONYMS else part.capitalize() for part in parts)


def _modules() -> Iterator[str]:
    """Yield the names of the modules that define a kind."""
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
    """All kinds by name. Each kind is imported on first use, because most programs use only a few."""

    def __getitem__(self, name: str) -> Kind[Any, Any]:
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __contains__(self, name: object) -> bool:
        return name in _MODULES


KINDS: Mapping[str, Kind[Any, Any]] = _Kinds()
