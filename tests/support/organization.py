"""An organization on the local IAM API, and runs of a provider core in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.core.fields import Props

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}")


class LocalOrganization:
    """An organization on the local IAM API, and runs of a provider core in it.

    `core` is the provider core of the current run. `iam` is a separate client. `environment` adds
    settings to the environment of the local IAM API.
    """

    def __init__(
        self, emulator: Emulator | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log: list[str] = []
        self.emulator = emulator or Emulator(access_log=self.log.append)
        self.settings = Settings.resolve(
            environ={**self.emulator.environment, **(environment or {})}
        )
        self.iam = IamClient(self.settings)
        self.organization = self.emulator.organization_id
        self.project = self.emulator.project_id
        self.begin()

    def begin(self, **settings: Any) -> None:
        """Start another run with a new provider core, without cached responses."""
        chosen = replace(self.settings, **settings)
        self.core = ProviderCore(lambda: chosen)

    def close(self) -> None:
        self.emulator.close()

    def calls(self) -> list[str]:
        """Return the API calls since the last call, without ids and times: `GET groups/ID 200`."""
        lines = [_ID.sub("ID", line.rpartition(" ")[0]) for line in self.log]
        self.log.clear()
        return [line.replace("/iam/v1alpha1/", "") for line in lines]

    def inputs(self, kind: str, olds: Props, inputs: Props) -> dict[str, Any]:
        """Return checked inputs without a lookup in the organization. Fails on check failures."""
        defaults = {"organization_id": self.organization, "project_id": self.project}
        checked, failures = KINDS[kind].check(olds, inputs, settings=defaults, resource_name="it")
        assert failures == []
        return checked

    def create(self, kind: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        return self.core.create(KINDS[kind], self.inputs(kind, {}, inputs))

    def update(self, kind: str, resource_id: str, olds: Props, **inputs: Any) -> dict[str, Any]:
        return self.core.update(KINDS[kind], resource_id, olds, self.inputs(kind, olds, inputs))
