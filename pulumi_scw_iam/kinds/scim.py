"""SCIM: provisioning of members by an identity provider."""

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
    """Provisioning (SCIM) of an organization's members by an identity provider.

    The identity provider needs a token (`SCIMToken`). An organization has at most one
    configuration. Deleting the configuration disables SCIM and deletes the tokens.
    """

    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class SCIMState(SCIMInputs):
    """The state of a SCIM configuration in the API."""

    created_at: CreatedAt = ""


class SCIMKind(FeatureKind[SCIMInputs, SCIMState]):
    """SCIM, managed through `organizations/{id}/scim` and `scim/{id}`."""

    name = "SCIM"
    noun = "SCIM configuration"
    inputs = SCIMInputs
    state = SCIMState

    def configuration(self, client: IamClient, organization_id: str) -> types.SCIM:
        return client.get_organization_scim(organization_id)

    def create(self, client: IamClient, inputs: SCIMInputs) -> tuple[str, SCIMState]:
        organization_id = inputs.organization_id
        self.refuse_enabled(client, organization_id)
        scim = client.enable_organization_scim(organization_id)
        return scim["id"], self.state_in(organization_id, scim)

    def delete(self, client: IamClient, resource_id: str, state: SCIMState) -> None:
        client.delete_scim(resource_id)
