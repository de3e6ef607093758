"""SAML: single sign-on of the organization's members through an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.kinds import SAML, SAML_CERTIFICATE
from pulumi_scw_iam.emulator.operations import (
    IAM,
    Call,
    Json,
    deleted,
    operation,
    read,
    updated,
)
from pulumi_scw_iam.emulator.organizations import ONE as ORGANIZATION_PATH
from pulumi_scw_iam.emulator.organizations import organization_of
from pulumi_scw_iam.emulator.refusals import Problem, already_exists, invalid, not_found
from pulumi_scw_iam.emulator.sources import shortest_stamp

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.store import Object

PATH = f"{ORGANIZATION_PATH}/saml"
ONE = f"{IAM}/saml/<saml_id>"
CERTIFICATES = f"{ONE}/certificates"
ONE_CERTIFICATE = f"{IAM}/saml-certificates/<certificate_id>"


@operation("GET", PATH)
def get_organization_saml(call: Call) -> Json:
    """Show the organization's configuration. Raises a 404 where SAML is not enabled."""
    organization_id = organization_of(call)["id"]
    for saml in call.store.having(SAML, "organization_id", organization_id):
        return call.show(SAML, saml)
    raise not_found("organization_saml", organization_id)


@operation("POST", PATH)
def enable_organization_saml(call: Call) -> Json:
    """Enable SAML, once."""
    organization_id = organization_of(call)["id"]
    if call.store.count_having(SAML, "organization_id", organization_id):
        raise already_exists("organization_saml", organization_id, "SAML is already enabled")
    saml_id = call.sources.uuid()
    provider = {
        "entity_id": f"https://iam.scaleway.com/saml/{saml_id}",
        "assertion_consumer_service_url": f"https://api.scaleway.com/iam/v1/saml/{saml_id}/login",
    }
    return call.show(SAML, call.add(SAML, id=saml_id, service_provider=provider))


@operation("GET", CERTIFICATES)
def list_saml_certificates(call: Call) -> Json:
    """List all certificates of a configuration; this list has no pages."""
    certificates = certificates_of(call, call.named(SAML))
    return {"certificates": [call.show(SAML_CERTIFICATE, one) for one in certificates]}


@operation("POST", CERTIFICATES, body=SAML_CERTIFICATE.create)
def add_saml_certificate(call: Call) -> Json:
    """Keep a certificate of the identity provider, an expired one too."""
    saml = call.named(SAML)
    expires_at = expiry_of(call.body["content"])
    new = call.add(SAML_CERTIFICATE, **call.body, saml_id=saml["id"], expires_at=expires_at)
    return call.show(SAML_CERTIFICATE, new)


def expiry_of(pem: str) -> str:
    """Return when a certificate ends. Raises a 400 for what is none."""
    # It takes a tenth of a second to import, and few callers come here.
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    try:
        return shortest_stamp(load_pem_x509_certificate(pem.encode()).not_valid_after_utc)
    except ValueError:
        problem = Problem("content", "value must be a valid PEM certificate", "format")
        raise invalid(problem) from None


def certificates_of(call: Call, saml: Object) -> list[Object]:
    """Return the certificates of a configuration."""
    return call.store.having(SAML_CERTIFICATE, "saml_id", saml["id"])


def remove_certificates(call: Call, saml: Object) -> None:
    """Remove the certificates of a configuration that goes."""
    for certificate in certificates_of(call, saml):
        call.store.remove(SAML_CERTIFICATE, certificate["id"])


updated(SAML, ONE, "saml")
deleted(SAML, ONE, "saml", cascade=remove_certificates)
read(SAML_CERTIFICATE, ONE_CERTIFICATE, "saml_certificate")
deleted(SAML_CERTIFICATE, ONE_CERTIFICATE, "saml_certificate")
