"""SAML: single sign-on through an identity provider."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import saml_metadata
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, Sent, encode
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared.feature import FeatureKind
from pulumi_scw_iam.kinds.shared.fields import OrganizationId, Srn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.proposal import Proposal


def _meaning(document: str) -> object:
    """Return a key of a metadata document: all that this package reads of the document."""
    try:
        return saml_metadata.parse(document)
    except ValueError:
        return document


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

    metadata: Annotated[
        str | None,
        Prop(
            "The text of the identity provider's metadata file (XML). Sets `entity_id` and"
            " `single_sign_on_url`. Scaleway does not receive the file. Its signature is not verified.",
            format=saml_metadata.text,
            key=_meaning,
            unshown=True,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = None
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

    metadata_certificates: Annotated[
        tuple[str, ...] | None,
        Prop(
            "The signing certificates in `metadata`, in PEM format. Each certificate needs a resource"
            " `SAMLCertificate`."
        ),
    ] = None
    service_provider: Annotated[
        SAMLServiceProvider, Prop("The settings that the identity provider needs for Scaleway.")
    ] = SAMLServiceProvider()
    srn: Srn = None


class SAMLKind(FeatureKind[SAMLInputs, SAMLState]):
    """SAML, managed through `organizations/{id}/saml` and `saml/{id}`."""

    name = "SAML"
    noun = "SAML configuration"
    inputs = SAMLInputs
    state = SAMLState

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
        """Check that no new value of another input contradicts the metadata.

        An old value is accepted, because `ignore_changes` may keep it.
        """
        for name, value, expected in _contradictions(inputs):
            if value != olds.get(name):
                yield (
                    name,
                    f"{quoted(value)} contradicts {spell('metadata')}, which has {quoted(expected)};"
                    f" remove {spell(name)} or {spell('metadata')}",
                )

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also warn of an old value that contradicts new metadata."""
        yield from super().check_against(organization, proposal)
        olds, news, spell = proposal.olds, proposal.news, proposal.spell
        if "metadata" not in self.diff(olds, news):
            return
        for name, value, expected in _contradictions(news):
            if value == olds.get(name):
                yield CheckFinding.warning(
                    f"{self.describe(news)}: {spell(name)} stays {quoted(value)}, but {spell('metadata')} has"
                    f" {quoted(expected)}; remove {spell(name)} from the program and from"
                    f" {spell('ignore_changes')} to follow {spell('metadata')}"
                )

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set the inputs that the metadata contain."""
        if inputs.get("metadata") is UNKNOWN:
            return {"entity_id": UNKNOWN, "single_sign_on_url": UNKNOWN, **inputs}
        metadata = _parsed(inputs)
        if metadata is None:
            return inputs
        return {
            "entity_id": metadata.entity_id,
            "single_sign_on_url": metadata.single_sign_on_url,
            **inputs,
        }

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        outputs = super().preview(olds, news)
        outputs.pop("metadata_certificates", None)
        if news.get("metadata") is UNKNOWN:
            outputs["metadata_certificates"] = UNKNOWN
        elif metadata := _parsed(news):
            outputs["metadata_certificates"] = list(metadata.signing_certificates)
        return outputs

    def state_of(
        self, response: Mapping[str, Any], known: SAMLInputs | SAMLState | None = None
    ) -> SAMLState:
        state = super().state_of(response, known)
        metadata = _parsed(encode(state))
        return replace(
            state, metadata_certificates=metadata.signing_certificates if metadata else None
        )

    def configuration(self, client: IamClient, organization_id: str) -> types.SAML:
        return client.get_organization_saml(organization_id)

    def create(self, client: IamClient, inputs: SAMLInputs) -> tuple[str, SAMLState]:
        organization_id = inputs.organization_id
        self.refuse_enabled(client, organization_id)
        saml = client.enable_organization_saml(organization_id)
        saml_id = saml["id"]
        created = self.state_in(organization_id, saml, inputs)
        if fields := self.differing(created, inputs):
            with undone_by(
                client, lambda: client.delete_saml(saml_id), self.noun, saml_id, created
            ):
                saml = client.update_saml(saml_id, **fields)
        return saml_id, self.state_in(organization_id, saml, inputs)

    def update(
        self, client: IamClient, resource_id: str, state: SAMLState, inputs: SAMLInputs
    ) -> SAMLState:
        fields = self.differing(state, inputs)
        # Without changed fields, only the metadata changed, which are never sent.
        saml = (
            client.update_saml(resource_id, **fields)
            if fields
            else encode(replace(state, metadata=None))
        )
        return self.state_in(state.organization_id, saml, inputs)

    def delete(self, client: IamClient, resource_id: str, state: SAMLState) -> None:
        client.delete_saml(resource_id)


def _contradictions(inputs: Props) -> Iterator[tuple[str, str, str]]:
    """Yield each input that contradicts the metadata: its name, its value, the preferred value of the metadata."""
    metadata = _parsed(inputs)
    if metadata is None:
        return
    for name, values in (
        ("entity_id", (metadata.entity_id,)),
        ("single_sign_on_url", metadata.single_sign_on_urls),
    ):
        value = inputs.get(name)
        if isinstance(value, str) and value not in values:
            yield name, value, values[0]


def _parsed(props: Props) -> saml_metadata.Metadata | None:
    """Return the parsed metadata of plain values; None if unset, unknown or invalid."""
    document = props.get("metadata")
    if not isinstance(document, str):
        return None
    try:
        return saml_metadata.parse(document)
    except ValueError:
        return None
