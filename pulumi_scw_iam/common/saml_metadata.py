"""Parse SAML metadata: the XML document that describes an identity provider.

The parser refuses document types and entities, so a document can neither expand nor read files or
URLs. The signature of the document is not verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pulumi_scw_iam.common import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

__all__ = ["LONGEST", "Metadata", "parse", "text"]

LONGEST = 1_000_000
"""The longest accepted document, in characters. The metadata of one identity provider has 2 to 50 thousand."""

_METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_ENTITY = f"{_METADATA}EntityDescriptor"
_ENTITIES = f"{_METADATA}EntitiesDescriptor"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_BINDINGS = (
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
)
"""The bindings of a browser login, the preferred binding first."""
_CERTIFICATES = "/".join(
    (f"{_SIGNATURE}KeyInfo", f"{_SIGNATURE}X509Data", f"{_SIGNATURE}X509Certificate")
)

_OF_PROVIDER = "pass the metadata that your identity provider publishes"


@dataclass(frozen=True)
class Metadata:
    """The identity provider of a metadata document."""

    entity_id: str
    single_sign_on_urls: tuple[str, ...]
    """The URLs for browser logins, the preferred URL (HTTP-Redirect) first."""
    signing_certificates: tuple[str, ...]
    """The certificates in PEM form, in the order of the document."""

    @property
    def single_sign_on_url(self) -> str:
        """The preferred URL for browser logins."""
        return self.single_sign_on_urls[0]


def text(document: str) -> str:
    """Check a metadata document; return the document unchanged. Raises ValueError with the reason."""
    parse(document)
    return document


@lru_cache(maxsize=16)
def parse(document: str) -> Metadata:
    """Parse a metadata document. Raises ValueError; the reason never quotes the document."""
    entity = _entity(_root(document))
    entity_id = entity.get("entityID", "").strip()
    if not entity_id:
        raise ValueError(f"has no entityID; {_OF_PROVIDER}")
    provider = _identity_provider(entity)
    return Metadata(
        entity_id,
        tuple(_unique(_login_urls(provider))),
        tuple(_unique(_signing_certificates(provider))),
    )


def _root(document: str) -> Element:
    if len(document) > LONGEST:
        raise ValueError(
            f"is {len(document)} characters long; at most {LONGEST} are allowed; {_OF_PROVIDER}"
        )
    stripped = document.lstrip("\ufeff \t\r\n")
    if not stripped.startswith("<"):
        raise ValueError(
            "is not XML; pass the text of the metadata file, not its path or URL: in Python"
            ' `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`'
        )
    # Imported on first use: few programs have SAML metadata.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(stripped, forbid_dtd=True)
    except DefusedXmlException:
        raise ValueError(
            f"has a DOCTYPE, which is refused because its entities are unsafe; {_OF_PROVIDER}"
        ) from None
    except ParseError as error:
        line, column = error.position
        raise ValueError(
            f"is not valid XML at line {line}, column {column + 1}; pass the whole text of the metadata"
            " file"
        ) from None
    except UnicodeError:
        raise ValueError(
            "is not valid Unicode; pass the text of the metadata file, decoded as UTF-8"
        ) from None
    return root


def _entity(root: Element) -> Element:
    if root.tag == _ENTITY:
        return root
    if root.tag != _ENTITIES:
        raise ValueError(
            "is not SAML metadata: the root element is not an EntityDescriptor of SAML 2.0;"
            f" {_OF_PROVIDER}"
        )
    entities = list(root.iter(_ENTITY))
    if len(entities) != 1:
        count = f"{len(entities)} entities" if entities else "no entity"
        raise ValueError(
            f"describes {count}; pass the metadata with the EntityDescriptor of your identity provider"
            " only"
        )
    return entities[0]


def _identity_provider(entity: Element) -> Element:
    providers = entity.findall(f"{_METADATA}IDPSSODescriptor")
    if not providers:
        what = "no identity provider"
        if entity.find(f"{_METADATA}SPSSODescriptor") is not None:
            what = "a service provider, not an identity provider"
        raise ValueError(f"describes {what}; {_OF_PROVIDER}")
    providers = [
        provider
        for provider in providers
        if _PROTOCOL in provider.get("protocolSupportEnumeration", "").split()
    ]
    if len(providers) != 1:
        count = f"{len(providers)} identity providers" if providers else "no identity provider"
        raise ValueError(f"describes {count} with SAML 2.0; {_OF_PROVIDER}")
    return providers[0]


def _login_urls(provider: Element) -> Iterator[str]:
    services = provider.findall(f"{_METADATA}SingleSignOnService")
    urls = [
        service.get("Location", "").strip()
        for binding in _BINDINGS
        for service in services
        if service.get("Binding") == binding
    ]
    if not urls:
        raise ValueError(
            "has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST; enable browser"
            " logins in your identity provider"
        )
    for url in urls:
        if not url.startswith(("https://", "http://")):
            raise ValueError(
                f"has a single sign-on URL that is not an http or https URL; {_OF_PROVIDER}"
            )
        yield url


def _signing_certificates(provider: Element) -> Iterator[str]:
    keys = provider.findall(f"{_METADATA}KeyDescriptor")
    signing = [key for key in keys if key.get("use", "signing") == "signing"]
    found = [certificate for key in signing for certificate in key.findall(_CERTIFICATES)]
    for number, certificate in enumerate(found, 1):
        encoded = "".join((certificate.text or "").split())
        pem = f"-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n"
        try:
            yield formats.certificate(pem)
        except ValueError:
            raise ValueError(
                f"has a signing certificate (number {number}) that is not a certificate; {_OF_PROVIDER}"
            ) from None


def _unique(items: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(items)
