"""SAML: single sign-on for members of the organization with an identity provider."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from pulumi_scw_iam.common import saml_metadata
from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.organizations import ONE as ORGANIZATION_PATH
from pulumi_scw_iam.emulator.operations.organizations import organization_of
from pulumi_scw_iam.emulator.operations.standard import declare_delete, declare_get, declare_update
from pulumi_scw_iam.emulator.schema.arguments import Body, Text
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import SAML, SAML_CERTIFICATE
from pulumi_scw_iam.emulator.schema.refusals import (
    InvalidArgument,
    already_exists,
    invalid,
    not_found,
)
from pulumi_scw_iam.emulator.schema.times import shortest_stamp

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{ORGANIZATION_PATH}/saml"
ONE = f"{IAM}/saml/<saml_id>"
CERTIFICATES = f"{ONE}/certificates"
ONE_CERTIFICATE = f"{IAM}/saml-certificates/<certificate_id>"


@behaviour(RECORDED, "If SAML is disabled: 404 `organization_saml` with the organization's id.")
@operation("GET", PATH, SAML.guard, ground=RECORDED)
def get_organization_saml(call: Call) -> Json:
    """Return the SAML configuration of the organization. Raises a 404 if SAML is disabled."""
    organization_id = organization_of(call)["id"]
    for saml in call.store.having(SAML, "organization_id", organization_id):
        return call.show(SAML, saml)
    raise not_found("organization_saml", organization_id)


@behaviour(RECORDED, "The URLs of the service provider contain the id of the configuration.")
@behaviour(ASSUMED, "To enable SAML twice is a 409 `already_exists`.")
@operation("POST", PATH, SAML.guard, ground=RECORDED)
def enable_organization_saml(call: Call) -> Json:
    """Enable SAML. Raises a 409 if SAML is already enabled."""
    organization_id = organization_of(call)["id"]
    if call.store.count_having(SAML, "organization_id", organization_id):
        raise already_exists("organization_saml", organization_id, "SAML is already enabled")
    saml_id = call.sources.uuid()
    provider = {
        "entity_id": f"https://iam.scaleway.com/saml/{saml_id}",
        "assertion_consumer_service_url": f"https://api.scaleway.com/iam/v1/saml/{saml_id}/login",
    }
    return call.show(SAML, call.add(SAML, id=saml_id, service_provider=provider))


@behaviour(RECORDED, "The list has no pages and no `total_count`.")
@operation("GET", CERTIFICATES, SAML_CERTIFICATE.guard, ground=RECORDED)
def list_saml_certificates(call: Call) -> Json:
    """List all certificates of a configuration on one page."""
    certificates = certificates_of(call, call.named(SAML))
    return {"certificates": [call.show(SAML_CERTIFICATE, item) for item in certificates]}


@behaviour(
    RECORDED,
    "The content is stored unchanged; `expires_at` is the end of the certificate's validity, "
    "without decimals.",
)
@behaviour(ASSUMED, "An expired certificate is accepted.")
@operation(
    "POST", CERTIFICATES, SAML_CERTIFICATE.guard, body=SAML_CERTIFICATE.create, ground=RECORDED
)
def add_saml_certificate(call: Call) -> Json:
    """Add a certificate of the identity provider; expired certificates are accepted."""
    saml = call.named(SAML)
    expires_at = expiry_of(call.body["content"])
    new = call.add(SAML_CERTIFICATE, **call.body, saml_id=saml["id"], expires_at=expires_at)
    return call.show(SAML_CERTIFICATE, new)


@behaviour(ASSUMED, "The content must be a certificate in PEM format.")
def expiry_of(pem: str) -> str:
    """Return the end of a certificate's validity. Raises a 400 for an invalid certificate."""
    # Imported here: the import takes a tenth of a second, and few callers need SAML.
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    try:
        return shortest_stamp(load_pem_x509_certificate(pem.encode()).not_valid_after_utc)
    except ValueError:
        problem = InvalidArgument("content", "value must be a valid PEM certificate", "format")
        raise invalid(problem) from None


METADATA = Body(
    {
        "file": Body(
            {"name": Text(), "content_type": Text(), "content": Text(1, ground=ASSUMED)},
        )
    }
)


@behaviour(
    ASSUMED,
    "The metadata must describe one identity provider with a URL for HTTP-Redirect or HTTP-POST, in "
    "this order of preference; any other file is a 400 with the reason.",
)
@behaviour(
    ASSUMED, "The signing certificates of metadata are in PEM format, in the order of the file."
)
@operation("POST", f"{IAM}/parse-saml-metadata", SAML.guard, body=METADATA, ground=DOCUMENTED)
def parse_saml_metadata(call: Call) -> Json:
    """Return the identity provider of a metadata file. Raises a 400 for any other file."""
    try:
        content = base64.b64decode(call.body["file"]["content"], validate=True).decode()
        metadata = saml_metadata.parse(content)
    except (binascii.Error, UnicodeDecodeError):
        problem = InvalidArgument("file.content", "value must be text in base64", "format")
        raise invalid(problem) from None
    except ValueError as reason:
        raise invalid(InvalidArgument("file.content", f"value {reason}", "format")) from None
    return {
        "single_sign_on_url": metadata.single_sign_on_url,
        "entity_id": metadata.entity_id,
        "signing_certificates": list(metadata.signing_certificates),
    }


def certificates_of(call: Call, saml: Object) -> list[Object]:
    """Return the certificates of a configuration."""
    return call.store.having(SAML_CERTIFICATE, "saml_id", saml["id"])


@behaviour(
    RECORDED,
    "A delete of the configuration deletes its certificates; their list is a 404 `saml` then.",
)
def remove_certificates(call: Call, saml: Object) -> None:
    """Remove the certificates of a deleted configuration."""
    for certificate in certificates_of(call, saml):
        call.store.remove(SAML_CERTIFICATE, certificate["id"])


declare_update(SAML, ONE, "saml", ground=RECORDED)
declare_delete(SAML, ONE, "saml", cascade=remove_certificates, ground=RECORDED)
declare_get(SAML_CERTIFICATE, ONE_CERTIFICATE, "saml_certificate", ground=RECORDED)
declare_delete(SAML_CERTIFICATE, ONE_CERTIFICATE, "saml_certificate", ground=RECORDED)
