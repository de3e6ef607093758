"""SCIM: members that an identity provider makes and removes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_scw_iam.kinds.shared.feature import FeatureKind
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, OrganizationId

if TYPE_CHECKING:
    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient


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


class SCIMKind(FeatureKind[SCIMInputs, SCIMState]):
    """SCIM, over `organizations/{id}/scim` and `scim/{id}`."""

    name = "SCIM"
    noun = "SCIM configuration"
    inputs = SCIMInputs
    state = SCIMState

    def held(self, client: IamClient, organization_id: str) -> types.SCIM:
        return client.get_organization_scim(organization_id)

    def create(self, client: IamClient, inputs: SCIMInputs) -> tuple[str, SCIMState]:
        organization_id = inputs.organization_id
        self.refuse_enabled(client, organization_id)
        scim = client.enable_organization_scim(organization_id)
        return scim["id"], self.state_in(organization_id, scim)

    def delete(self, client: IamClient, resource_id: str, state: SCIMState) -> None:
        client.delete_scim(resource_id)
