"""parseSAMLMetadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import saml_metadata
from pulumi_scw_iam.core.fields import Prop
from pulumi_scw_iam.core.function import Function

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class ParseSAMLMetadata:
    """Parse the SAML metadata of an identity provider.

    A program can declare a `SAMLCertificate` for each certificate. The function needs no API
    call and no credentials, so a preview knows the result. The signature is not verified.
    """

    metadata: Annotated[
        str,
        Prop(
            "The text of the identity provider's metadata file (XML).",
            format=saml_metadata.text,
            unshown=True,
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class SAMLMetadataResult:
    """The identity provider of a metadata file."""

    entity_id: Annotated[str, Prop("The entity id of the identity provider.")]
    single_sign_on_url: Annotated[
        str,
        Prop("The single sign-on URL. The binding HTTP-Redirect comes before HTTP-POST."),
    ]
    signing_certificates: Annotated[
        tuple[str, ...],
        Prop(
            "The signing certificates in PEM format, each for the `content` of a `SAMLCertificate`."
        ),
    ]


def _parsed(arguments: ParseSAMLMetadata) -> Mapping[str, Any]:
    metadata = saml_metadata.parse(arguments.metadata)
    return {
        "entity_id": metadata.entity_id,
        "single_sign_on_url": metadata.single_sign_on_url,
        "signing_certificates": list(metadata.signing_certificates),
    }


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="parseSAMLMetadata",
        verb="parse",
        noun="SAML metadata",
        arguments=ParseSAMLMetadata,
        result=SAMLMetadataResult,
        local=_parsed,
    ),
)
