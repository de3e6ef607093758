"""The functions (data sources), grouped in modules, and the mapping `FUNCTIONS` of all by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.functions import (
    access,
    api_keys,
    applications,
    audit_trail,
    groups,
    organizations,
    policies,
    saml,
    ssh_keys,
    users,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.core.function import Function

__all__ = ["FUNCTIONS"]

FUNCTIONS: Mapping[str, Function[Any, Any]] = {
    function.name: function
    for module in (
        groups,
        applications,
        policies,
        api_keys,
        ssh_keys,
        users,
        organizations,
        audit_trail,
        saml,
        access,
    )
    for function in module.FUNCTIONS
}
