"""SAML: single sign-on of an organization's members through an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.kind import Kind, undone_by
from pulumi_scw_iam.kinds.shared import (
    OrganizationId,
    enabled,
    foresee_enabled,
    refuse_enabled,
    require_same,
)
from pulumi_scw_iam.prop import Prop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam import wire
    from pulumi_scw_iam.check import Spell
    from pulumi_scw_iam.client import IamClient
    from pulumi_scw_iam.organization import Organization
    from pulumi_scw_iam.prop import Props


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
        ),
    ] = None
    single_sign_on_url: Annotated[
        str | None,
        Prop(
            "Where the identity provider signs members on; unset, Pulumi leaves it as it is.",
            server_default=True,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class SAMLState(SAMLInputs):
    """A SAML configuration as the API holds it; what it still needs changes by itself."""

    service_provider: Annotated[
        SAMLServiceProvider, Prop("What the identity provider has to be told of Scaleway.")
    ] = SAMLServiceProvider()


class SAMLKind(Kind[SAMLInputs, SAMLState]):
    """SAML, over `organizations/{id}/saml` and `saml/{id}`."""

    name = "SAML"
    noun = "SAML configuration"
    inputs = SAMLInputs
    state = SAMLState

    def foreseen(
        self, organization: Organization, olds: Props, news: Props, spell: Spell
    ) -> Iterator[tuple[str, str]]:
        """Also one that is enabled already."""
        yield from super().foreseen(organization, olds, news, spell)
        if not olds:
            yield from foresee_enabled(self.name, organization)

    def create(self, client: IamClient, inputs: SAMLInputs) -> tuple[str, SAMLState]:
        organization_id = inputs.organization_id
        held = enabled(lambda: client.get_organization_saml(organization_id))
        refuse_enabled("SAML", organization_id, held)
        saml = client.enable_organization_saml(organization_id)
        saml_id = saml["id"]
        if inputs.entity_id or inputs.single_sign_on_url:
            made = self._state(organization_id, saml)
            with undone_by(lambda: client.delete_saml(saml_id), self.noun, saml_id, made):
                saml = client.update_saml(
                    saml_id,
                    entity_id=inputs.entity_id,
                    single_sign_on_url=inputs.single_sign_on_url,
                )
        return saml_id, self._state(organization_id, saml)

    def read(self, client: IamClient, resource_id: str, state: SAMLState | None) -> SAMLState:
        organization_id = state.organization_id if state else client.default_organization_id
        saml = client.get_organization_saml(organization_id)
        require_same(resource_id, saml["id"], self.noun, organization_id)
        return self._state(organization_id, saml)

    def update(
        self, client: IamClient, resource_id: str, state: SAMLState, inputs: SAMLInputs
    ) -> SAMLState:
        fields = self.differing(state, inputs, "entity_id", "single_sign_on_url")
        return self._state(state.organization_id, client.update_saml(resource_id, **fields))

    def delete(self, client: IamClient, resource_id: str, state: SAMLState) -> None:
        client.delete_saml(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        saml = enabled(client.get_organization_saml)
        if saml is not None:
            yield saml["id"], {**saml, "organization_id": client.default_organization_id}

    def _state(self, organization_id: str, saml: wire.SAML) -> SAMLState:
        return self.state_of({**saml, "organization_id": organization_id})
