"""A client over plain HTTP, a clock for tests, and the expected error responses."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


class Answer(NamedTuple):
    """A response: its status, and its JSON or None."""

    status: int
    body: Any


class Clock:
    """A clock that moves only when a test advances it."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.time = datetime(2030, 1, 1, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class Iam:
    """A client of the local IAM API with the owner's API key or another one."""

    def __init__(self, emulator: Emulator, clock: Clock, secret_key: str | None = None) -> None:
        self.emulator = emulator
        self.clock = clock
        self.organization_id = emulator.organization_id
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["X-Auth-Token"] = secret_key or emulator.secret_key

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        is_whole = path.startswith(("/account", "/audit-trail", "/secret-manager"))
        url = self.emulator.url + (path if is_whole else f"/iam/v1alpha1{path}")
        response = self.session.request(method, url, json=body, params=query, timeout=10)
        return Answer(response.status_code, response.json() if response.content else None)

    def get(self, path: str, **query: Any) -> Any:
        return self.good(self.call("GET", path, **query))

    def list(self, path: str, **query: Any) -> Any:
        return self.get(path, organization_id=self.organization_id, **query)

    def post(self, path: str, **body: Any) -> Any:
        return self.good(self.call("POST", path, body))

    def put(self, path: str, **body: Any) -> Any:
        return self.good(self.call("PUT", path, body))

    def patch(self, path: str, **body: Any) -> Any:
        return self.good(self.call("PATCH", path, body))

    def delete(self, path: str) -> None:
        assert self.call("DELETE", path) == Answer(204, None)

    def good(self, answer: Answer) -> Any:
        assert answer.status == 200, answer
        return answer.body

    def create(self, path: str, **body: Any) -> Any:
        """Create an object in the organization."""
        return self.post(path, organization_id=self.organization_id, **body)

    def application(self, name: str = "app") -> str:
        return str(self.create("/applications", name=name)["id"])

    def group(self, name: str = "group") -> str:
        return str(self.create("/groups", name=name)["id"])

    def user(self, username: str = "alice") -> str:
        member = {"username": username, "email": f"{username}@example.com"}
        return str(self.create("/users", member=member)["id"])

    def policy(self, name: str = "policy", **principal: Any) -> str:
        body = principal or {"no_principal": True}
        return str(self.create("/policies", name=name, **body)["id"])

    def acting_as(self, **bearer: str) -> Iam:
        """Return a client with a new API key of a user or an application."""
        key = self.post("/api-keys", **bearer)
        return Iam(self.emulator, self.clock, key["secret_key"])


def not_found(resource: str, resource_id: str) -> Answer:
    return Answer(
        404,
        {
            "message": "resource is not found",
            "resource": resource,
            "resource_id": resource_id,
            "type": "not_found",
        },
    )


def invalid(*problems: tuple[str, str, str]) -> Answer:
    """Return the response to invalid arguments. Each has a name, a reason and a help message."""
    return Answer(
        400,
        {
            "details": [
                {"argument_name": name, "help_message": text, "reason": reason}
                for name, reason, text in problems
            ],
            "message": "invalid argument(s)",
            "type": "invalid_arguments",
        },
    )


def denied(action: str, resource: str) -> Answer:
    """Return the response to a bearer without a permission."""
    return Answer(
        403,
        {
            "details": [{"action": action, "resource": resource}],
            "message": "insufficient permissions",
            "type": "permissions_denied",
        },
    )


def protected(text: str, precondition: str = "protected_resource") -> Answer:
    return Answer(
        412,
        {
            "help_message": text,
            "message": "precondition is not respected",
            "precondition": precondition,
            "type": "precondition_failed",
        },
    )


def taken(resource: str, resource_id: str, text: str) -> Answer:
    return Answer(
        409,
        {
            "help_message": text,
            "message": "resource already exists",
            "resource": resource,
            "resource_id": resource_id,
            "type": "already_exists",
        },
    )


def certificate() -> str:
    """Return an expired certificate of an identity provider."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=timezone.utc))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=timezone.utc))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def metadata(
    *certificates: str, entity_id: str = "https://idp", url: str = "https://idp/sso"
) -> str:
    """Return the SAML metadata of an identity provider with signing certificates in PEM form."""
    keys = "".join(
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{''.join(pem.splitlines()[1:-1])}</X509Certificate>"
        "</X509Data></KeyInfo></KeyDescriptor>"
        for pem in certificates
    )
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}">'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{keys}<SingleSignOnService"
        f' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{url}"/>'
        "</IDPSSODescriptor></EntityDescriptor>"
    )


def metadata_file(text: str) -> dict[str, str]:
    """Return a metadata file as in a request."""
    content = base64.b64encode(text.encode()).decode()
    return {"name": "idp.xml", "content_type": "text/xml", "content": content}


def code_at(secret: str, seconds: float) -> str:
    """Return the one-time password of an authenticator application."""
    step = int(seconds // 30)
    mac = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[19] & 0xF
    return f"{int.from_bytes(mac[start : start + 4], 'big') & 0x7FFFFFFF:06}"[-6:]


def signs(emulator: Emulator, access_key: str, secret_key: str) -> bool:
    """Return whether the secret of an API key signs a call; False for a token of SCIM."""
    url = f"{emulator.url}/iam/v1alpha1/api-keys/{access_key}"
    response = requests.get(url, headers={"X-Auth-Token": secret_key}, timeout=10)
    return response.status_code == 200 and response.json()["access_key"] == access_key
