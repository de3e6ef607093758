"""Tests of the parser of SAML metadata: its results, and its reasons to refuse other documents."""

from __future__ import annotations

import re

import pytest

from pulumi_scw_iam.common.saml_metadata import LONGEST, Metadata, parse, text
from tests.support.local_api import certificate, metadata

PEM, OTHER_PEM = certificate(), certificate()
DOCUMENT = metadata(PEM)
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
NAMESPACE = 'xmlns="urn:oasis:names:tc:SAML:2.0:metadata"'

OURS = "pass the metadata that your identity provider publishes"
NOT_XML = (
    "is not XML; pass the text of the metadata file, not its path or URL: in Python"
    ' `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`'
)
DOCTYPE = f"has a DOCTYPE, which is refused because its entities are unsafe; {OURS}"
NO_BINDING = (
    "has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST; enable browser logins"
    " in your identity provider"
)
NOT_METADATA = (
    f"is not SAML metadata: the root element is not an EntityDescriptor of SAML 2.0; {OURS}"
)
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


def entities(*documents: str) -> str:
    return f"<EntitiesDescriptor {NAMESPACE}>{''.join(documents)}</EntitiesDescriptor>"


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        f"\ufeff\n {DOCUMENT}\n",
        f'<?xml version="1.0" encoding="UTF-16"?>{DOCUMENT}',
        entities(DOCUMENT),
        entities(entities(DOCUMENT)),
        DOCUMENT.replace(' use="signing"', ""),
        DOCUMENT.replace('xmlns="urn', 'ID="_1" validUntil="2020-01-01T00:00:00Z" xmlns="urn'),
        DOCUMENT.replace("</EntityDescriptor>", "<Organization/></EntityDescriptor>"),
    ],
)
def test_the_identity_provider_of_metadata(document: str) -> None:
    assert parse(document) == Metadata("https://idp", ("https://idp/sso",), (PEM,))
    assert text(document) is document


def test_the_redirect_binding_comes_first_and_other_bindings_do_not_count() -> None:
    service = f'<SingleSignOnService Binding="{REDIRECT}" Location="https://idp/sso"/>'
    post = service.replace("Redirect", "POST").replace("/sso", "/post")
    soap = service.replace("HTTP-Redirect", "SOAP").replace("/sso", "/soap")
    for services in (soap + post + service, service + soap + post):
        parsed = parse(DOCUMENT.replace(service, services))
        assert parsed.single_sign_on_urls == ("https://idp/sso", "https://idp/post")
        assert parsed.single_sign_on_url == "https://idp/sso"


def test_signing_certificates_keep_their_order_without_repetitions() -> None:
    assert parse(metadata(OTHER_PEM, PEM, OTHER_PEM)).signing_certificates == (OTHER_PEM, PEM)
    assert parse(metadata()).signing_certificates == ()
    encryption = metadata(PEM).replace('use="signing"', 'use="encryption"')
    assert parse(encryption).signing_certificates == ()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", NOT_XML),
        ("./idp.xml", NOT_XML),
        ("https://idp.example.com/metadata", NOT_XML),
        ("<", "is not valid XML at line 1, column 1; pass the whole text of the metadata file"),
        (
            DOCUMENT[:-5],
            f"is not valid XML at line 1, column {len(DOCUMENT) - 18};"
            " pass the whole text of the metadata file",
        ),
        (
            "<a>\ud800</a>",
            "is not valid Unicode; pass the text of the metadata file, decoded as UTF-8",
        ),
        (f"<!DOCTYPE a [{BOMB}]><a>&e9;</a>", DOCTYPE),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', DOCTYPE),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', DOCTYPE),
        ("<!DOCTYPE html><html></html>", DOCTYPE),
        ("<html></html>", NOT_METADATA),
        (DOCUMENT.replace("SAML:2.0:metadata", "SAML:1.0:metadata"), NOT_METADATA),
        (
            "<a>" * 300_000,
            "is not valid XML at line 1, column 900001; pass the whole text of the metadata file",
        ),
        ("<a>" * 140_000 + "</a>" * 140_000, NOT_METADATA),
        (
            " " * (LONGEST + 1),
            f"is 1000001 characters long; at most 1000000 are allowed; {OURS}",
        ),
        (DOCUMENT.replace('https://idp"', '"'), f"has no entityID; {OURS}"),
        (
            DOCUMENT.replace("IDPSSODescriptor", "SPSSODescriptor"),
            f"describes a service provider, not an identity provider; {OURS}",
        ),
        (
            f'<EntityDescriptor {NAMESPACE} entityID="a"/>',
            f"describes no identity provider; {OURS}",
        ),
        (
            DOCUMENT.replace(PROTOCOL, "urn:oasis:names:tc:SAML:1.1:protocol"),
            f"describes no identity provider with SAML 2.0; {OURS}",
        ),
        (
            DOCUMENT.replace(
                "</EntityDescriptor>",
                f'<IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}"/></EntityDescriptor>',
            ),
            f"describes 2 identity providers with SAML 2.0; {OURS}",
        ),
        (
            entities(DOCUMENT, DOCUMENT),
            "describes 2 entities; pass the metadata with the EntityDescriptor of your identity"
            " provider only",
        ),
        (
            entities(),
            "describes no entity; pass the metadata with the EntityDescriptor of your identity"
            " provider only",
        ),
        (DOCUMENT.replace("HTTP-Redirect", "SOAP"), NO_BINDING),
        (
            DOCUMENT.replace("https://idp/sso", "javascript:alert(1)"),
            f"has a single sign-on URL that is not an http or https URL; {OURS}",
        ),
        (
            DOCUMENT.replace("<X509Certificate>M", "<X509Certificate>%"),
            f"has a signing certificate (number 1) that is not a certificate; {OURS}",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_a_document_that_is_no_metadata_of_one_identity_provider_says_why(
    document: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as refused:
        parse(document)
    assert str(refused.value) == reason
