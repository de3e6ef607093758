"""The configured organization and project of the stack."""

from __future__ import annotations

import pulumi

from pulumi_scw_iam.api.settings import Settings, sources
from pulumi_scw_iam.common.errors import ConfigError

__all__ = ["default_organization_id", "default_project_id", "stack_config"]


def default_organization_id() -> str:
    """Return the id of the configured organization, for example for the scope of a rule.

    Raises ConfigError if no organization is configured.
    """
    return _default("organization_id")


def default_project_id() -> str:
    """Return the id of the configured project, for example for the scope of a rule.

    Raises ConfigError if no project is configured.
    """
    return _default("project_id")


def _default(name: str) -> str:
    settings = Settings.resolve(pulumi_config=stack_config)
    value: str | None = getattr(settings, name)
    if value is None:
        raise ConfigError(f"{name} is not configured; set {sources(name)}")
    return value


def stack_config(key: str) -> str | None:
    """Return the value of a key `namespace:name` in the stack's configuration."""
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)
