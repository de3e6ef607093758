"""Scaleway IAM in Pulumi programs: groups, applications, policies, API keys, SSH keys and users.

import pulumi_scw_iam as iam

robot = iam.Application("robot")
key = iam.APIKey("robot", application_id=robot.id)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_scw_iam.defaults import default_organization_id, default_project_id
    from pulumi_scw_iam.resources import (
        APIKey,
        Application,
        Group,
        GroupMembership,
        Policy,
        PolicyRule,
        PolicyRuleArgs,
        PolicyRuleArgsDict,
        SSHKey,
        User,
    )
else:
    # Loaded when first used: the commands, the local IAM API and the pytest plugin live in this
    # package too, and do not pay for the Pulumi SDK.
    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = "defaults" if name.startswith("default_") else "resources"
        value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "APIKey",
    "Application",
    "Group",
    "GroupMembership",
    "Policy",
    "PolicyRule",
    "PolicyRuleArgs",
    "PolicyRuleArgsDict",
    "SSHKey",
    "User",
    "default_organization_id",
    "default_project_id",
]
