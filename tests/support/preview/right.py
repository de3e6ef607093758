"""Unusual valid inputs: no preview reports a failure or a change.

`$alice` and similar names stand for ids of objects in the organization (`organizations`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.local_api import certificate, metadata
from tests.support.ssh_keys import SSH_KEY

Inputs: TypeAlias = Mapping[str, Any]

__all__ = ["RIGHT", "Right"]


@dataclass(frozen=True)
class Right:
    """A resource with valid inputs.

    `warnings` are the warnings for valid inputs. `setup` selects the organization.
    """

    kind: str
    inputs: Inputs
    warnings: tuple[str, ...] = ()
    setup: str = ""

    writes = True

    def __str__(self) -> str:
        return f"{self.kind} {dict(self.inputs)}"[:70]


def openssh(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    form = serialization.PublicFormat.OpenSSH
    return key.public_bytes(serialization.Encoding.OpenSSH, form).decode()


def ecdsa(curve: ec.EllipticCurve) -> str:
    return openssh(ec.derive_private_key(7, curve).public_key())


def dss() -> str:
    """Return a key of an algorithm without library support, from its name, p, q, g and y."""
    numbers = [bytes([0, 255] + [7] * size) for size in (127, 19, 127, 127)]
    parts = (len(part).to_bytes(4, "big") + part for part in (b"ssh-dss", *numbers))
    return f"ssh-dss {base64.b64encode(b''.join(parts)).decode()}"


def policy(*rules: Inputs) -> dict[str, Any]:
    return {"no_principal": True, "rules": [dict(rule) for rule in rules]}


def condition(text: str) -> dict[str, Any]:
    return policy({**READER, "condition": text})


READER = {"permission_set_names": ["IAMReadOnly"], "organization_id": "$organization"}
EVERYWHERE = {"permission_set_names": ["InstancesReadOnly"], "all_projects": True}
WEB = {"permission_set_names": ["InstancesReadOnly"], "project_ids": ["$web"]}
IP = 'request.ip == "203.0.113.7"'

GROUPS = (
    Right("Group", {}),
    Right("Group", {"name": "(A) b.c_d-e 9"}),
    Right("Group", {"name": "x" * 64}),
    Right("Group", {"name": "."}),
    Right("Group", {"name": "007"}),
    Right("Group", {"description": ""}),
    Right("Group", {"description": "é" * 200}),
    Right("Group", {"description": "😀" * 200}),
    Right("Group", {"description": 'first line\n\tsecond "line"'}),
    Right("Group", {"tags": []}),
    Right("Group", {"tags": [f"tag={i}" for i in range(10)]}),
    Right("Group", {"tags": ["z", "B", "a", "10", "9"]}),
    Right("Group", {"tags": ["a", "b", "a", "a"]}),
    Right("Group", {"tags": ["x"] * 11}),
    Right("Group", {"tags": ["x" * 70, "a b.c_d-e/f=g+h@i"]}),
    Right("Group", {"user_ids": []}),
    Right("Group", {"application_ids": []}),
    Right("Group", {"user_ids": [], "application_ids": []}),
    Right("Group", {"user_ids": ["$gina", "$alice"], "application_ids": ["$robot"]}),
    Right("Group", {"user_ids": ["$alice", "$gina", "$alice"]}),
    Right("Group", {"user_ids": ["$ALICE"], "organization_id": "$ORGANIZATION"}),
    Right("Group", {"user_ids": ["$owner"]}),
)

APPLICATIONS = (
    Right("Application", {"name": "ci (web) - 1.0_b"}),
    Right("Application", {"name": "robot"}),
    Right("Application", {"description": "Ω" * 200, "tags": ["Team=Web", "team=web"]}),
    Right("Application", {"organization_id": "$organization", "tags": []}),
)

POLICIES = (
    Right("Policy", {"no_principal": True}),
    Right("Policy", {"no_principal": True, "rules": [], "tags": [], "description": ""}),
    Right("Policy", {"name": "another policy", "no_principal": True}),
    Right("Policy", {"group_id": "$devs", "no_principal": False}),
    Right("Policy", {"user_id": "$gina", "rules": [EVERYWHERE]}),
    Right("Policy", {"application_id": "$ROBOT", "rules": [READER]}),
    Right("Policy", policy(READER, READER)),
    Right("Policy", policy(EVERYWHERE, READER, WEB)),
    Right(
        "Policy",
        policy({**READER, "permission_set_names": ["IAMReadOnly", "IAMManager", "IAMReadOnly"]}),
    ),
    Right(
        "Policy",
        policy(
            {**READER, "permission_set_names": ["IAMManager"]}, READER, {**READER, "condition": IP}
        ),
    ),
    Right("Policy", policy({**WEB, "project_ids": ["$web", "$project", "$web"]})),
    Right("Policy", policy({**WEB, "project_ids": ["$WEB"]})),
    Right("Policy", policy({**WEB, "all_projects": False})),
    Right("Policy", policy({**READER, "all_projects": False})),
    Right("Policy", policy({**READER, "organization_id": "$ORGANIZATION"})),
    Right(
        "Policy",
        policy({"permission_set_names": ["InstancesReadOnly"], "organization_id": "$organization"}),
    ),
    Right("Policy", policy({**EVERYWHERE, "condition": ""})),
    Right("Policy", policy(EVERYWHERE, {**EVERYWHERE, "condition": IP})),
    Right(
        "Policy",
        policy(*({**READER, "condition": f'request.ip == "192.0.2.{i}"'} for i in range(20))),
    ),
)

CONDITIONS = (
    Right("Policy", condition('"203.0.113.7"==request.ip')),
    Right("Policy", condition("request.ip in ['203.0.113.7', '203.0.113.8',]")),
    Right("Policy", condition(f"// the office\n{IP} // only\n")),
    Right("Policy", condition(r'request.user_agent.matches(r"^Pulumi/\d+\.\d+")')),
    Right("Policy", condition('request.user_agent.contains("é 😀 // \' no comment")')),
    Right("Policy", condition("!!request.user_agent.contains('Pulumi')")),
    Right("Policy", condition('resource.id == "x" || !has(resource.id)')),
    Right("Policy", condition('request.time < timestamp("2999-01-01T00:00:00Z")')),
    Right("Policy", condition(f'(({IP})) && request.user_agent.startsWith("{"p" * 1900}")')),
    Right("Policy", condition("  " + IP + "\n")),
    Right(
        "Policy",
        condition("true"),
        (
            'policy "it": condition: is always true and limits nothing; test a field of the'
            " request, or remove the condition [condition-always-true]",
        ),
    ),
    Right(
        "Policy",
        condition('request.ip == "10.0.0.1"'),
        (
            'policy "it": condition: "10.0.0.1" is a private address, but Scaleway sees only'
            " public addresses; write the public address [condition-private-address]",
        ),
    ),
    Right(
        "Policy",
        condition('request.ipp == "203.0.113.7"'),
        (
            'policy "it": condition: request.ipp does not exist; did you mean request.ip? [condition-unknown-name]',
        ),
    ),
)

KEY = {"application_id": "$robot"}
API_KEYS = (
    Right("APIKey", KEY),
    Right("APIKey", {"user_id": "$alice", "description": ""}),
    Right("APIKey", {**KEY, "description": "😀" * 200}),
    Right("APIKey", {**KEY, "default_project_id": "$web"}),
    Right("APIKey", {"application_id": "$ROBOT", "default_project_id": "$WEB"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31T12:00:00+05:45"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31T12:00:00-00:00"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31t12:00:00z"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31 12:00:00Z"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31T12:00:00.5Z"}),
    Right("APIKey", {**KEY, "expires_at": "2099-01-31T12:00:00.123456789Z"}),
    Right("APIKey", {**KEY, "expires_at": "2099-12-31T23:59:59.999999999-12:00"}),
    Right("APIKey", {**KEY, "expires_at": "2096-02-29T00:00:00.000Z"}),
    Right("APIKey", {**KEY, "expires_at": "9999-12-31T23:59:59Z"}),
)

SSH_KEYS = (
    Right("SSHKey", {"public_key": SSH_KEY}),
    Right("SSHKey", {"public_key": f"{SSH_KEY} alice@laptop of 2026\r\n"}),
    Right("SSHKey", {"public_key": f"\n  {SSH_KEY.replace(' ', '  ')}\t\n"}),
    Right("SSHKey", {"public_key": openssh(rsa.RSAPublicNumbers(65537, 2**2047 + 1).public_key())}),
    Right("SSHKey", {"public_key": ecdsa(ec.SECP256R1())}),
    Right("SSHKey", {"public_key": ecdsa(ec.SECP384R1())}),
    Right("SSHKey", {"public_key": ecdsa(ec.SECP521R1()) + " é"}),
    Right("SSHKey", {"public_key": dss()}),
    Right("SSHKey", {"public_key": SSH_KEY, "disabled": True}),
    Right("SSHKey", {"public_key": SSH_KEY, "disabled": False, "project_id": "$WEB"}),
    Right("SSHKey", {"public_key": SSH_KEY, "name": "é 😀 / : " + "x" * 990}),
)


def member(username: str, **fields: Any) -> Right:
    return Right("User", {"email": "bob@example.com", "username": username, **fields})


USERS = (
    member("ab"),
    member("x" * 64),
    member("a@b.c_d-E"),
    member("typed", type="member", tags=["b", "a", "b"]),
    member("secret", password="Aa1-" + "é" * 34, send_password_email=True),
    member("spaced", password="Spaces in it 1"),
    member("named", first_name="é" * 64, last_name="😀" * 64, phone_number="+33123456789"),
    member("empty", first_name="", last_name="", phone_number=""),
    member("french", locale="fr_FR"),
    member("locked", locked=True),
    member("free", locked=False, send_welcome_email=True),
    Right("User", {"email": "Carol+iam@Example.COM", "username": "carol"}),
    Right("User", {"email": "g1@example.com", "type": "guest"}),
    Right("User", {"email": "g2@example.com", "type": "guest", "tags": ["a=b"], "locked": False}),
    Right("User", {"email": "g3@example.com", "type": "guest", "send_welcome_email": False}),
)

OTHERS = (
    Right("GroupMembership", {"group_id": "$devs", "user_id": "$alice"}),
    Right("GroupMembership", {"group_id": "$DEVS", "user_id": "$GINA"}),
    Right("GroupMembership", {"group_id": "$devs", "application_id": "$robot"}),
    Right(
        "OrganizationSecuritySettings",
        {
            "grace_period_duration": "86400.000s",
            "max_login_session_duration": "3600.5s",
            "max_api_key_expiration_duration": "0s",
            "login_attempts_before_locked": 50,
            "enforce_password_renewal": True,
        },
    ),
    Right("OrganizationSecuritySettings", {}),
    Right("OrganizationSecuritySettings", {"organization_id": "$ORGANIZATION"}),
    Right("OrganizationSecuritySettings", {"login_attempts_before_locked": 1}),
    Right("OrganizationSecuritySettings", {"grace_period_duration": "0259200s"}),
    Right("SAML", {"entity_id": "urn:é", "single_sign_on_url": "https://idp.example.com/a?b=c"}),
    Right("SAML", {}),
    Right("SAML", {"metadata": f"\ufeff {metadata(certificate())}\n"}),
    Right("SAML", {"metadata": metadata(), "entity_id": "https://idp"}),
    Right("SAML", {"entity_id": "urn:idp"}),
    Right("SCIM", {}),
    Right("SCIMToken", {"scim_id": "$scim"}, setup="federated"),
    Right(
        "SAMLCertificate",
        {"saml_id": "$saml", "type": "signing", "content": certificate()},
        setup="federated",
    ),
    Right(
        "SAMLCertificate",
        {
            "saml_id": "$SAML",
            "type": "encryption",
            "content": "\n  " + certificate().replace("\n", " \r\n") + "\n\n",
        },
        setup="federated",
    ),
)

RIGHT = (
    *GROUPS,
    *APPLICATIONS,
    *POLICIES,
    *CONDITIONS,
    *API_KEYS,
    *SSH_KEYS,
    *USERS,
    *OTHERS,
)
