"""The local IAM API and the client's types have the same fields in requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.emulator.operations.organizations import SECURITY, SECURITY_UPDATE
from pulumi_scw_iam.emulator.schema import kinds

if TYPE_CHECKING:
    from collections.abc import Collection

SHOWN: dict[str, Collection[str]] = {
    "APIKey": kinds.API_KEY.keys,
    "Application": kinds.APPLICATION.keys,
    "Group": kinds.GROUP.keys,
    "JWT": kinds.JWT.keys,
    "Log": kinds.LOG.keys,
    "Organization": kinds.ORGANIZATION.keys,
    "OrganizationSecuritySettings": SECURITY,
    "PermissionSet": kinds.PERMISSION_SET.keys,
    "Policy": kinds.POLICY.keys,
    "Project": kinds.PROJECT.keys,
    "Quotum": kinds.QUOTUM.keys,
    "Rule": kinds.RULE.keys,
    "SAML": kinds.SAML.keys,
    "SAMLCertificate": kinds.SAML_CERTIFICATE.keys,
    "SCIM": kinds.SCIM.keys,
    "SCIMToken": kinds.SCIM_TOKEN.keys,
    "SSHKey": kinds.SSH_KEY.keys,
    "User": kinds.USER.keys,
    "WebAuthnAuthenticator": kinds.WEBAUTHN_AUTHENTICATOR.keys,
}
NOT_SHOWN = {
    # The local API has no such fields.
    "Rule.account_root_user_id",
}
AS_AN_OPTION = {"srn"}
"""The fields that only an option of the local IAM API adds."""

MEMBER: Any = kinds.USER.create.arguments["member"]

WRITTEN: dict[str, dict[str, Collection[str]]] = {
    "APIKeyFields": {
        "create": kinds.API_KEY.create.arguments,
        "update": kinds.API_KEY.update.arguments,
    },
    "ApplicationFields": {
        "create": kinds.APPLICATION.create.arguments,
        "update": kinds.APPLICATION.update.arguments,
    },
    "GroupFields": {"create": kinds.GROUP.create.arguments, "update": kinds.GROUP.update.arguments},
    "LoginMethodsFields": {"update": kinds.ORGANIZATION.update.arguments},
    "PersonFields": {"create": MEMBER.arguments, "update": kinds.USER.update.arguments},
    "PolicyFields": {
        "create": kinds.POLICY.create.arguments,
        "update": kinds.POLICY.update.arguments,
    },
    "SAMLFields": {"update": kinds.SAML.update.arguments},
    "SSHKeyFields": {
        "create": kinds.SSH_KEY.create.arguments,
        "update": kinds.SSH_KEY.update.arguments,
    },
    "SecuritySettingsFields": {"update": SECURITY_UPDATE.arguments},
    "UserFields": {"update": kinds.USER.update.arguments},
    "CreateMember": {"create": MEMBER.arguments},
    "RuleSpecs": {"create": kinds.RULE_ARGUMENTS, "update": kinds.RULE_ARGUMENTS},
}
ANSWERS = {
    "LoginMethodsFields": "Organization",
    "PersonFields": "User",
    "SecuritySettingsFields": "OrganizationSecuritySettings",
}
"""The client's types of objects with another name."""


def keys_of(name: str) -> list[str]:
    return [*getattr(types, name).__annotations__]


@pytest.mark.parametrize("name", SHOWN)
def test_an_object_shows_every_key_of_its_type(name: str) -> None:
    keys = [key for key in keys_of(name) if key not in AS_AN_OPTION]
    missing = [f"{name}.{key}" for key in keys if key not in SHOWN[name]]
    assert [key for key in missing if key not in NOT_SHOWN] == [], (
        "missing in the responses of the local IAM API"
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_requests_take_every_keyword_of_their_type(name: str) -> None:
    missing = [
        f"{verb} {name}.{key}"
        for verb, fields in WRITTEN[name].items()
        for key in keys_of(name)
        if key not in fields
    ]
    assert missing == [], "missing in the requests of the local IAM API"


@pytest.mark.parametrize("name", [name for name in WRITTEN if name.endswith("Fields")])
def test_the_type_of_an_object_has_every_keyword_that_is_written(name: str) -> None:
    answer = ANSWERS.get(name, name.removesuffix("Fields"))
    missing = [f"{answer}.{key}" for key in keys_of(name) if key not in keys_of(answer)]
    assert missing == [], "missing in the responses of api/types.py"


def test_no_type_is_left_out() -> None:
    fields = {name for name in vars(types) if name.endswith("Fields")}
    assert fields | {"CreateMember", "RuleSpecs"} == WRITTEN.keys()
