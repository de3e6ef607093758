"""The kinds: one module each, and `KINDS`, all of them by name."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

__all__ = ["KINDS"]

_MODULES = {
    "Group": "group",
    "Application": "application",
    "Policy": "policy",
    "APIKey": "api_key",
    "SSHKey": "ssh_key",
    "User": "user",
    "GroupMembership": "group_membership",
    "OrganizationSecuritySettings": "organization_security_settings",
    "SAML": "saml",
    "SAMLCertificate": "saml_certificate",
    "SCIM": "scim",
    "SCIMToken": "scim_token",
}


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
