"""SAML: single sign-on of an organization's members through an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pulumi_scw_iam.core.fields import Prop
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared.feature import FeatureKind
from pulumi_scw_iam.kinds.shared.fields import OrganizationId

if TYPE_CHECKING:
    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class SAMLServiceProvider:
    """What the identity provider has to be told of Scaleway."""

    entity_id: Annotated[str, Prop("Entity id of Scaleway, for this configuration.")] = ""
    assertion_consumer_service_url: Annotated[
        str, Prop("Where the identity provider sends members that it has signed on.")
    ] = ""


@dataclass(frozen=True, kw_only=True)
class SAMLInputs:
    """Single sign-on of an organization's members through an identity provider (SAML).

    An organization has one configuration at most. It works when it has the entity id and the
    URL of the identity provider, and a certificate (`SAMLCertificate`). Deleting it disables
    single sign-on, and deletes its certificates.
    """

    entity_id: Annotated[
        str | None,
        Prop(
            "Entity id of the identity provider; unset, Pulumi leaves it as it is.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    single_sign_on_url: Annotated[
        str | None,
        Prop(
            "Where the identity provider signs members on; unset, Pulumi leaves it as it is.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class SAMLState(SAMLInputs):
    """A SAML configuration as the API holds it; what it still needs changes by itself."""

    service_provider: Annotated[
        SAMLServiceProvider, Prop("What the identity provider has to be told of Scaleway.")
    ] = SAMLServiceProvider()


class SAMLKind(FeatureKind[SAMLInputs, SAMLState]):
    """SAML, over `organizations/{id}/saml` and `saml/{id}`."""

    name = "SAML"
    noun = "SAML configuration"
    inputs = SAMLInputs
    state = SAMLState

    def held(self, client: IamClient, organization_id: str) -> types.SAML:
        return client.get_organization_saml(organization_id)

    def create(self, client: IamClient, inputs: SAMLInputs) -> tuple[str, SAMLState]:
        organization_id = inputs.organization_id
        self.refuse_enabled(client, organization_id)
        saml = client.enable_organization_saml(organization_id)
        saml_id = saml["id"]
        made = self.state_in(organization_id, saml)
        if fields := self.differing(made, inputs):
            with undone_by(client, lambda: client.delete_saml(saml_id), self.noun, saml_id, made):
                saml = client.update_saml(saml_id, **fields)
        return saml_id, self.state_in(organization_id, saml)

    def update(
        self, client: IamClient, resource_id: str, state: SAMLState, inputs: SAMLInputs
    ) -> SAMLState:
        fields = self.differing(state, inputs)
        return self.state_in(state.organization_id, client.update_saml(resource_id, **fields))

    def delete(self, client: IamClient, resource_id: str, state: SAMLState) -> None:
        client.delete_saml(resource_id)
