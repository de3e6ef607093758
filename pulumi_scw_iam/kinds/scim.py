"""SCIM: members that an identity provider makes and removes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.kind import Kind
from pulumi_scw_iam.kinds.shared import (
    CreatedAt,
    OrganizationId,
    enabled,
    foresee_enabled,
    refuse_enabled,
    require_same,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam import wire
    from pulumi_scw_iam.check import Spell
    from pulumi_scw_iam.client import IamClient
    from pulumi_scw_iam.organization import Organization
    from pulumi_scw_iam.prop import Props


@dataclass(frozen=True, kw_only=True)
class SCIMInputs:
    """Members that an identity provider makes and removes (SCIM), with a token (`SCIMToken`).

    An organization has one configuration at most. Deleting it disables SCIM, and deletes its
    tokens.
    """

    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class SCIMState(SCIMInputs):
    """A SCIM configuration as the API holds it."""

    created_at: CreatedAt = ""


class SCIMKind(Kind[SCIMInputs, SCIMState]):
    """SCIM, over `organizations/{id}/scim` and `scim/{id}`."""

    name = "SCIM"
    noun = "SCIM configuration"
    inputs = SCIMInputs
    state = SCIMState

    def foreseen(
        self, organization: Organization, olds: Props, news: Props, spell: Spell
    ) -> Iterator[tuple[str, str]]:
        """Also one that is enabled already."""
        yield from super().foreseen(organization, olds, news, spell)
        if not olds:
            yield from foresee_enabled(self.name, organization)

    def create(self, client: IamClient, inputs: SCIMInputs) -> tuple[str, SCIMState]:
        organization_id = inputs.organization_id
        held = enabled(lambda: client.get_organization_scim(organization_id))
        refuse_enabled("SCIM", organization_id, held)
        scim = client.enable_organization_scim(organization_id)
        return scim["id"], self._state(organization_id, scim)

    def read(self, client: IamClient, resource_id: str, state: SCIMState | None) -> SCIMState:
        organization_id = state.organization_id if state else client.default_organization_id
        scim = client.get_organization_scim(organization_id)
        require_same(resource_id, scim["id"], self.noun, organization_id)
        return self._state(organization_id, scim)

    def delete(self, client: IamClient, resource_id: str, state: SCIMState) -> None:
        client.delete_scim(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        scim = enabled(client.get_organization_scim)
        if scim is not None:
            yield scim["id"], {**scim, "organization_id": client.default_organization_id}

    def _state(self, organization_id: str, scim: wire.SCIM) -> SCIMState:
        return self.state_of({**scim, "organization_id": organization_id})
