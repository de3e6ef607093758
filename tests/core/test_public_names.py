"""The public packages and their exact names; all other modules are private."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam import api
from pulumi_scw_iam.common import errors
from tools.generate.names import PACKAGES

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator

PUBLIC = {
    "pulumi_scw_iam": """
        APIKey APIKeyResult APIKeysResult AccessHoldersResult AccessPathResult AccessResult Application ApplicationResult ApplicationsResult
        AuditEventResourceResult AuditEventResult AuditEventsResult AuthenticationEventResult
        AuthenticationEventsResult
        GracePeriodResult GracePeriodsResult Group GroupMembership GroupResult GroupsResult
        JWTResult JWTsResult LogResult LogsResult OrganizationSecuritySettings
        OrganizationSecuritySettingsResult PermissionSetResult PermissionSetsResult
        PoliciesResult Policy PolicyResult PolicyRule PolicyRuleArgs PolicyRuleArgsDict
        QuotaResult QuotumLimitResult QuotumResult RotatingAPIKey SAML SAMLCertificate SAMLMetadataResult
        SAMLServiceProvider SCIM SCIMToken SSHKey SSHKeyResult SSHKeysResult Team User UserResult UsersResult
        WebAuthnAuthenticatorResult WebAuthnAuthenticatorsResult
        conditions default_organization_id default_project_id get_access
        get_access_holders get_access_holders_output get_access_output get_api_key get_api_key_output
        get_api_keys get_api_keys_output get_application get_application_output
        get_applications get_applications_output get_audit_events get_audit_events_output
        get_authentication_events get_authentication_events_output get_grace_periods get_grace_periods_output
        get_group get_group_output get_groups get_groups_output get_jwt get_jwt_output
        get_jwts get_jwts_output get_log get_log_output get_logs get_logs_output
        get_organization_security_settings get_organization_security_settings_output
        get_permission_set get_permission_set_output get_permission_sets
        get_permission_sets_output get_policies get_policies_output get_policy
        get_policy_output get_quota get_quota_output get_quotum get_quotum_output
        get_ssh_key get_ssh_key_output get_ssh_keys get_ssh_keys_output get_user
        get_user_output get_users get_users_output get_web_authn_authenticators
        get_web_authn_authenticators_output parse_saml_metadata parse_saml_metadata_output
        rules_by_scope
    """,
    "pulumi_scw_iam.api": """
        ApiError AuditTrail Cancelled ConfigError Conflict Gone IamClient IamError Incomplete
        InvalidArguments NoAnswer NotFound PermissionDenied PreconditionFailed QuotaExceeded
        RateLimited Refused Retry SecretManager ServerError Settings TransientState
        Unauthenticated UnknownOutcome types
    """,
    "pulumi_scw_iam.conditions": """
        Condition after before hours ip resource_id resource_locality resource_name
        resource_name_starts_with text user_agent_contains weekdays
    """,
    "pulumi_scw_iam.emulator": """
        Emulator Fault FixedIdError SeedError Snapshot StateFileError faults_from_json
    """,
    "pulumi_scw_iam.guardrails": """
        BUILTIN_GROUP_UNPRIVILEGED CHAPTERS CIS CONDITION_BY_ID CONDITION_CAN_BE_MET
        CONDITION_LIMITS CONDITION_NOT_PAST CONDITION_NOT_SPOOFABLE CONDITION_ZONE
        ESCALATION_NAMED FULL_ACCESS_BY_PROJECT GROUP_NOT_MIXED GROUP_ONE_STYLE GUARDRAILS
        Context Guardrail KEY_DESCRIPTION KEY_EXPIRES KEY_NOT_FOR_OWNER KEY_NOT_FOR_PEOPLE
        KEY_NOT_NEAR_EXPIRY KEY_ONE_ACTIVE KEY_SHORT_LIFE NOT_IDLE
        NO_ADMINISTRATOR_BY_ACCUMULATION NO_ALL_PRODUCTS NotApplicable Option
        POLICY_NOT_ORPHAN POLICY_TO_GROUP PRIVILEGED_CONDITION PRIVILEGED_GROUP_CLOSED
        PRIVILEGED_PROTECTED REQUIRED_TAGS SECRETS_BY_PROJECT SEPARATED_DUTIES
        SETTINGS_GRACE_PERIOD SETTINGS_KEY_LIFE SETTINGS_LOGIN_ATTEMPTS
        SETTINGS_PASSWORD_RENEWAL SETTINGS_SESSION SSH_NO_DSA SSH_ONE_PROJECT SSH_RSA_BITS
        TAGS_LOWER_CASE USER_EMAIL_DOMAIN USER_EMAIL_LOWER_CASE USER_MFA USER_NO_PASSWORD
        Verdict Violation context_of evaluate every_policy policy
    """,
}
"""The public names by package. Each added or removed name needs a line in CHANGELOG.md."""


def test_the_reference_describes_exactly_these_packages() -> None:
    assert sorted(PACKAGES) == sorted(PUBLIC)


@pytest.mark.parametrize("package", PUBLIC)
def test_a_public_package_has_exactly_these_names(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == sorted(PUBLIC[package].split())
    assert len(module.__all__) == len(set(module.__all__))
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []


@pytest.mark.parametrize("package", ["pulumi_scw_iam", "pulumi_scw_iam.api"])
def test_a_package_that_loads_its_names_later_completes_exactly_these(package: str) -> None:
    module = importlib.import_module(package)
    assert [name for name in dir(module) if not name.startswith("_")] == PUBLIC[package].split()
    with pytest.raises(AttributeError, match=rf"^module '{package}' has no attribute 'Grop'$"):
        module.Grop  # noqa: B018


def test_the_client_comes_with_every_error_that_it_may_raise() -> None:
    classes = {
        name
        for name in errors.__all__
        if isinstance(value := getattr(errors, name), type) and issubclass(value, errors.IamError)
    }
    assert classes == {*api.__all__} - {
        *("AuditTrail", "IamClient", "Retry", "SecretManager", "Settings", "types")
    }
    assert all(getattr(api, name) is getattr(errors, name) for name in classes)


PROGRAM = """
import sys
from pulumi_scw_iam.api import IamClient, NotFound, Retry, Settings, types

client = IamClient(Settings.resolve(), retry=Retry.within(10))
group: types.Group = client.create_group(name="devs")
print([one["name"] for one in client.list_groups() if one["id"] == group["id"]])
client.delete_group(group["id"])
try:
    client.get_group(group["id"])
except NotFound as error:
    print(error.status, error.resource_id == group["id"])
print("pulumi" in sys.modules)
"""


def test_a_program_without_pulumi_uses_the_client(
    iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in iam_emulator.environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["['devs']", "404 True", "False"]
