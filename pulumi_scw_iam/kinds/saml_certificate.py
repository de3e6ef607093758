"""SAMLCertificate: a certificate of an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.kinds.shared.fields import InOrganization, Srn, enabled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class SAMLCertificateInputs:
    """A certificate of an identity provider, for signing or encryption.

    A certificate cannot be changed. A new certificate is added before the old one is deleted.
    """

    saml_id: Annotated[
        str,
        Prop(
            "The id of the SAML configuration.",
            format=formats.uuid_of("SAML configuration"),
            replace=True,
        ),
    ]
    type: Annotated[
        str,
        Prop(
            "The use of the certificate: `signing` or `encryption`.",
            choices=("signing", "encryption"),
            replace=True,
        ),
    ]
    content: Annotated[
        str,
        Prop(
            "The certificate in PEM format. Surrounding white space is ignored.",
            format=formats.certificate,
            replace=True,
            unshown=True,
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class SAMLCertificateState(SAMLCertificateInputs):
    """The state of a certificate in the API."""

    origin: Annotated[
        str, Prop("The origin of the certificate: `identity_provider` or `scaleway`.")
    ] = ""
    expires_at: Annotated[str, Prop("The expiry time (RFC 3339, UTC).")] = ""
    organization_id: InOrganization = None
    srn: Srn = None


class SAMLCertificateKind(Kind[SAMLCertificateInputs, SAMLCertificateState]):
    """SAMLCertificate, managed through `saml/{id}/certificates` and `saml-certificates/{id}`."""

    name = "SAMLCertificate"
    noun = "SAML certificate"
    listed_by_doctor = True
    inputs = SAMLCertificateInputs
    state = SAMLCertificateState

    def create(
        self, client: IamClient, inputs: SAMLCertificateInputs
    ) -> tuple[str, SAMLCertificateState]:
        certificate = client.add_saml_certificate(**self.body(inputs))
        return certificate["id"], self._state(inputs.saml_id, certificate)

    def read(
        self, client: IamClient, resource_id: str, state: SAMLCertificateState | None
    ) -> SAMLCertificateState:
        with own_get(resource_id):
            certificate = client.get_saml_certificate(resource_id)
        # The response does not name the configuration, but an organization has at most one.
        saml_id = (state and state.saml_id) or client.get_organization_saml()["id"]
        return self._state(saml_id, certificate, state)

    def delete(self, client: IamClient, resource_id: str, state: SAMLCertificateState) -> None:
        client.delete_saml_certificate(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        saml = enabled(client.get_organization_saml)
        if saml is not None:
            for certificate in client.list_saml_certificates(saml["id"]):
                yield certificate["id"], {**certificate, "saml_id": saml["id"]}

    def _state(
        self,
        saml_id: str,
        certificate: types.SAMLCertificate,
        known: SAMLCertificateState | None = None,
    ) -> SAMLCertificateState:
        return self.state_of({**certificate, "saml_id": saml_id}, known)
