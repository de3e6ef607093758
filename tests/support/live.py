"""The credentials for tests that run against the real API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["credentials", "environment_of"]


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment variables of the settings."""
    known = {
        "SCW_API_URL": settings.api_url,
        "SCW_ACCESS_KEY": settings.access_key,
        "SCW_SECRET_KEY": settings.secret_key,
        "SCW_DEFAULT_ORGANIZATION_ID": settings.organization_id,
        "SCW_DEFAULT_PROJECT_ID": settings.project_id or settings.organization_id,
    }
    return {name: str(value) for name, value in known.items()}


def credentials(environ: Mapping[str, str]) -> Settings:
    """Return the settings for the real API. Without credentials, fail if LIVE is `1`, and skip elsewhere."""
    missing = ""
    try:
        settings = Settings.resolve(environ=environ)
    except ConfigError as error:
        settings, missing = None, str(error)
    if settings is not None and settings.access_key and settings.organization_id:
        return settings
    message = f"no credentials for the real API: {missing or 'there is no access key, or no organization'}"
    if environ.get("LIVE") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
