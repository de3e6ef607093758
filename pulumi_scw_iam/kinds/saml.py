"""SAML: single sign-on through an identity provider."""

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
    """The settings that the identity provider needs for Scaleway."""

    entity_id: Annotated[str, Prop("The entity id of Scaleway for this configuration.")] = ""
    assertion_consumer_service_url: Annotated[
        str, Prop("The URL to which the identity provider sends members after login.")
    ] = ""


@dataclass(frozen=True, kw_only=True)
class SAMLInputs:
    """Single sign-on (SAML) of an organization's members through an identity provider.

    An organization has at most one configuration. Single sign-on works once the configuration has
    the entity id and the URL of the identity provider, and a certificate (`SAMLCertificate`).
    Deleting the configuration disables single sign-on and deletes the certificates.
    """

    entity_id: Annotated[
        str | None,
        Prop(
            "The entity id of the identity provider. If unset, Pulumi does not manage it.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    single_sign_on_url: Annotated[
        str | None,
        Prop(
            "The single sign-on URL of the identity provider. If unset, Pulumi does not manage it.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class SAMLState(SAMLInputs):
    """The state of a SAML configuration, without `status`, which changes without an update."""

    service_provider: Annotated[
        SAMLServiceProvider, Prop("The settings that the identity provider needs for Scaleway.")
    ] = SAMLServiceProvider()


class SAMLKind(FeatureKind[SAMLInputs, SAMLState]):
    """SAML, managed through `organizations/{id}/saml` and `saml/{id}`."""

    name = "SAML"
    noun = "SAML configuration"
    inputs = SAMLInputs
    state = SAMLState

    def configuration(self, client: IamClient, organization_id: str) -> types.SAML:
        return client.get_organization_saml(organization_id)

    def create(self, client: IamClient, inputs: SAMLInputs) -> tuple[str, SAMLState]:
        organization_id = inputs.organization_id
        self.refuse_enabled(client, organization_id)
        saml = client.enable_organization_saml(organization_id)
        saml_id = saml["id"]
        created = self.state_in(organization_id, saml)
        if fields := self.differing(created, inputs):
            with undone_by(
                client, lambda: client.delete_saml(saml_id), self.noun, saml_id, created
            ):
                saml = client.update_saml(saml_id, **fields)
        return saml_id, self.state_in(organization_id, saml)

    def update(
        self, client: IamClient, resource_id: str, state: SAMLState, inputs: SAMLInputs
    ) -> SAMLState:
        fields = self.differing(state, inputs)
        return self.state_in(state.organization_id, client.update_saml(resource_id, **fields))

    def delete(self, client: IamClient, resource_id: str, state: SAMLState) -> None:
        client.delete_saml(resource_id)
